#include "flow/java_value.h"

/* One line a kind. */
static const struct {
    const char *class, *phrase;
} kinds[JAVA_KINDS] = {
    [JAVA_ENCODER] = {"java.util.Base64$Encoder", "an encoder of Base64"},
    [JAVA_DECODER] = {"java.util.Base64$Decoder", "a decoder of Base64"},
    [JAVA_INSTANT] = {"java.time.Instant", "a java.time.Instant"},
    [JAVA_DURATION] = {"java.time.Duration", "a java.time.Duration"},
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

    return x->header.kind == y->header.kind && x->number == y->number && x->nanos == y->nanos;
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
    return get(value)->header.kind >= JAVA_INSTANT;
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
    if (index > ARRAY_COUNT(units) + 1) return NULL;
    bool zero = index == ARRAY_COUNT(units);

    *out = java_value_new(heap, zero ? JAVA_DURATION : JAVA_INSTANT, 0, 0);
    return zero ? "java.time.Duration/ZERO" : "java.time.Instant/EPOCH";
}

void java_value_display(struct value value, struct buf *out)
{
    switch (get(value)->header.kind) {
    case JAVA_INSTANT: java_time_print_instant(java_value_time(value), out); break;
    case JAVA_DURATION: java_time_print_duration(java_value_time(value), out); break;
    case JAVA_UNIT:
        buf_cstr(out, java_time_unit_text((enum java_time_unit)get(value)->number));
        break;
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
