#include "flow/java_value.h"

#include "flow/java_pattern.h"
#include "flow/string.h"

/* One line a kind. */
static const struct {
    const char *class, *phrase;
} kinds[JAVA_KINDS] = {
    [JAVA_ENCODER] = {"java.util.Base64$Encoder", "an encoder of Base64"},
    [JAVA_DECODER] = {"java.util.Base64$Decoder", "a decoder of Base64"},
    [JAVA_INSTANT] = {"java.time.Instant", "a java.time.Instant"},
    [JAVA_DURATION] = {"java.time.Duration", "a java.time.Duration"},
    [JAVA_ZONE] = {"java.time.ZoneId", "a java.time.ZoneId"},
    [JAVA_FORMATTER] = {"java.time.format.DateTimeFormatter", "a DateTimeFormatter"},
    [JAVA_UNIT] = {"java.time.temporal.ChronoUnit", "a ChronoUnit"},
};

static const struct java_object *get(struct value value)
{
    ASSERT(value.type == VALUE_JAVA && value.object->kind < JAVA_KINDS);
    return OBJECT_AS(java_object, value.object);
}

struct value java_value_new(struct heap *heap, enum java_kind kind, int64_t number, int32_t nanos)
{
    struct object *made = heap_new(heap, VALUE_JAVA, sizeof(struct java_object));

    made->kind = (uint8_t)kind;
    OBJECT_AS(java_object, made)->number = number;
    OBJECT_AS(java_object, made)->nanos = nanos;
    return object_value(made);
}

struct value java_value_formatter(struct heap *heap, struct value pattern, int64_t zone)
{
    struct value made = java_value_new(heap, JAVA_FORMATTER, zone, 0);

    OBJECT_AS(java_object, made.object)->text = value_is_nil(pattern) ? NULL : pattern.object;
    return made;
}

struct value java_value_pattern(struct value formatter)
{
    return object_value_or_nil(get(formatter)->text);
}

const char *java_value_class(struct value value)
{
    return kinds[get(value)->header.kind].class;
}

const char *java_value_phrase(struct value value)
{
    return kinds[get(value)->header.kind].phrase;
}

bool java_value_equal(struct value a, struct value b)
{
    const struct java_object *x = get(a), *y = get(b);

    if (x->header.kind != y->header.kind || x->number != y->number) return false;
    if (!x->text || !y->text) return x->text == y->text && x->nanos == y->nanos;
    return string_equal(object_value(x->text), object_value(y->text));
}

uint32_t java_value_hash(struct value value)
{
    const struct java_object *object = get(value);

    return (uint32_t)((uint64_t)object->number ^ (uint64_t)object->number >> 32) +
           51 * (uint32_t)object->nanos;
}

struct java_time java_value_time(struct value value)
{
    return (struct java_time){get(value)->number, get(value)->nanos};
}

bool java_value_is_data(struct value value)
{
    return get(value)->header.kind >= JAVA_INSTANT && get(value)->header.kind <= JAVA_UNIT;
}

bool java_value_compare(struct value a, struct value b, int *out)
{
    if (get(a)->header.kind != get(b)->header.kind || !java_value_is_data(a)) return false;
    if (java_value_is(a, JAVA_UNIT)) {
        *out = (int)(get(a)->number - get(b)->number);
    } else {
        *out = java_time_compare(java_value_time(a), java_value_time(b));
    }
    return true;
}

const char *java_value_constant(size_t index, struct heap *heap, struct value *out)
{
    static const char *const units[] = {
#define UNIT(name) "java.time.temporal.ChronoUnit/" name
        UNIT("NANOS"),     UNIT("MICROS"),    UNIT("MILLIS"),    UNIT("SECONDS"),
        UNIT("MINUTES"),   UNIT("HOURS"),     UNIT("HALF_DAYS"), UNIT("DAYS"),
        UNIT("WEEKS"),     UNIT("MONTHS"),    UNIT("YEARS"),     UNIT("DECADES"),
        UNIT("CENTURIES"), UNIT("MILLENNIA"), UNIT("ERAS"),      UNIT("FOREVER"),
#undef UNIT
    };
    _Static_assert(ARRAY_COUNT(units) == JAVA_TIME_UNITS, "a name for each unit");

    if (index < ARRAY_COUNT(units)) {
        *out = java_value_new(heap, JAVA_UNIT, (int64_t)index, 0);
        return units[index];
    }
    switch (index - ARRAY_COUNT(units)) {
    case 0: *out = java_value_new(heap, JAVA_DURATION, 0, 0); return "java.time.Duration/ZERO";
    case 1: *out = java_value_new(heap, JAVA_INSTANT, 0, 0); return "java.time.Instant/EPOCH";
    case 2:
        *out = java_value_new(heap, JAVA_ZONE, JAVA_ZONE_OFFSET, 0);
        return "java.time.ZoneOffset/UTC";
    case 3:
        *out = java_value_formatter(heap, value_nil(), JAVA_ZONE_NONE);
        return "java.time.format.DateTimeFormatter/ISO_INSTANT";
    default: return NULL;
    }
}

void java_value_display(struct value value, struct buf *out)
{
    switch (get(value)->header.kind) {
    case JAVA_INSTANT: java_time_print_instant(java_value_time(value), out); break;
    case JAVA_DURATION: java_time_print_duration(java_value_time(value), out); break;
    case JAVA_UNIT:
        buf_cstr(out, java_time_unit_text((enum java_time_unit)get(value)->number));
        break;
    case JAVA_ZONE: buf_cstr(out, get(value)->number == JAVA_ZONE_UTC ? "UTC" : "Z"); break;
    default: buf_cstr(out, java_value_class(value));
    }
}

void java_value_print(struct value value, struct buf *out)
{
    buf_printf(out, "#object[%s", java_value_class(value));
    if (java_value_is_data(value)) {
        buf_cstr(out, " \"");
        java_value_display(value, out);
        buf_char(out, '"');
    }
    buf_char(out, ']');
}
