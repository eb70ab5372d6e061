#include "flow/java_value.h"

#include "base/civil.h"
#include "flow/java_format.h"
#include "flow/java_moment.h"
#include "flow/java_period.h"
#include "flow/java_zone.h"
#include "flow/string.h"

#include <string.h>

/* One line a kind. */
static const struct {
    const char *class, *phrase;
} kinds[JAVA_KINDS] = {
    [JAVA_ENCODER] = {"java.util.Base64$Encoder", "an encoder of Base64"},
    [JAVA_DECODER] = {"java.util.Base64$Decoder", "a decoder of Base64"},
    [JAVA_FORMATTER] = {"java.time.format.DateTimeFormatter", "a DateTimeFormatter"},
    [JAVA_INSTANT] = {"java.time.Instant", "a java.time.Instant"},
    [JAVA_DURATION] = {"java.time.Duration", "a java.time.Duration"},
    [JAVA_UNIT] = {"java.time.temporal.ChronoUnit", "a ChronoUnit"},
    [JAVA_LOCAL_DATE] = {"java.time.LocalDate", "a java.time.LocalDate"},
    [JAVA_LOCAL_TIME] = {"java.time.LocalTime", "a java.time.LocalTime"},
    [JAVA_LOCAL_DATE_TIME] = {"java.time.LocalDateTime", "a java.time.LocalDateTime"},
    [JAVA_OFFSET_DATE_TIME] = {"java.time.OffsetDateTime", "a java.time.OffsetDateTime"},
    [JAVA_ZONED_DATE_TIME] = {"java.time.ZonedDateTime", "a java.time.ZonedDateTime"},
    [JAVA_YEAR] = {"java.time.Year", "a java.time.Year"},
    [JAVA_YEAR_MONTH] = {"java.time.YearMonth", "a java.time.YearMonth"},
    [JAVA_MONTH] = {"java.time.Month", "a java.time.Month"},
    [JAVA_WEEKDAY] = {"java.time.DayOfWeek", "a java.time.DayOfWeek"},
    [JAVA_OFFSET] = {"java.time.ZoneOffset", "a java.time.ZoneOffset"},
    [JAVA_REGION] = {"java.time.ZoneRegion", "a java.time.ZoneId"},
    [JAVA_PERIOD] = {"java.time.Period", "a java.time.Period"},
    [JAVA_FIELD] = {"java.time.temporal.ChronoField", "a ChronoField"},
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

const char *java_value_class_of(enum java_kind kind)
{
    ASSERT(kind < JAVA_KINDS);
    return kinds[kind].class;
}

static const char *class_of(struct value value)
{
    return java_value_class_of((enum java_kind)get(value)->header.kind);
}

const char *java_value_class_short(enum java_kind kind)
{
    return strrchr(java_value_class_of(kind), '.') + 1;
}

const char *java_value_phrase(struct value value)
{
    return kinds[get(value)->header.kind].phrase;
}

static bool parts_equal(const struct object *a, const struct object *b)
{
    if (!a || !b || a == b) return a == b;
    struct value x = object_value((struct object *)a), y = object_value((struct object *)b);

    return x.type == VALUE_STRING ? string_equal(x, y) : java_value_equal(x, y);
}

bool java_value_equal(struct value a, struct value b)
{
    const struct java_object *x = get(a), *y = get(b);

    return x->header.kind == y->header.kind && x->number == y->number && x->nanos == y->nanos &&
           x->offset_s == y->offset_s && parts_equal(x->text, y->text) &&
           parts_equal(x->zone, y->zone);
}

uint32_t java_value_hash(struct value value)
{
    const struct java_object *object = get(value);
    struct java_moment moment;

    if (java_moment_of(value, &moment)) return java_moment_hash(&moment);
    if (java_value_is(value, JAVA_PERIOD)) return java_period_hash(java_period_of(value));
    if (java_value_is(value, JAVA_REGION)) return string_hash(object_value(object->text));
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

bool java_value_has_order(struct value value)
{
    int order;

    return java_value_compare(value, value, &order);
}

bool java_value_compare(struct value a, struct value b, int *out)
{
    struct java_moment x, y;

    if (get(a)->header.kind != get(b)->header.kind) return false;
    if (java_moment_of(a, &x) && java_moment_of(b, &y)) return java_moment_compare(&x, &y, out);
    switch (get(a)->header.kind) {
    case JAVA_UNIT:
    case JAVA_FIELD: *out = (int)(get(a)->number - get(b)->number); return true;
    case JAVA_DURATION:
        *out = java_time_compare(java_value_time(a), java_value_time(b));
        return true;
    default: return false;
    }
}

/* Parts */

struct java_parts java_value_parts(struct value value, struct buf *zone)
{
    const struct java_object *object = get(value);

    if (object->zone) java_zone_print(object_value(object->zone), zone);
    if (java_value_is(value, JAVA_REGION)) java_zone_print(value, zone);
    return (struct java_parts){.kind = (enum java_kind)object->header.kind,
                               .nanos = object->nanos,
                               .offset_s = object->offset_s,
                               .number = object->number,
                               .zone = buf_get(zone)};
}

/* An offset, or a region by a name that could be one: whether it is, its rules will say. */
static bool restore_zone(struct heap *heap, struct text id, struct value *out)
{
    int32_t offset_s;

    if (java_zone_parse_offset(id, &offset_s, NULL)) {
        *out = java_zone_offset(heap, offset_s);
        return true;
    }
    if (!java_zone_is_id(id)) return false;
    *out = java_zone_region(heap, id);
    return true;
}

static bool restore_moment(struct heap *heap, const struct java_parts *parts, struct value *out)
{
    bool zoned = parts->kind == JAVA_ZONED_DATE_TIME;
    struct java_moment made = {
        .kind = zoned || parts->kind == JAVA_OFFSET_DATE_TIME ? parts->kind : JAVA_LOCAL_DATE_TIME,
        .seconds = parts->number,
        .nanos = parts->nanos,
        .offset_s = parts->offset_s,
        .zone = value_nil()};
    struct java_moment same;

    if (parts->nanos < 0 || parts->nanos >= JAVA_TIME_NANOS || zoned != (parts->zone.len > 0) ||
        !java_zone_check_offset(parts->offset_s, NULL) || !java_moment_check(&made, NULL)) {
        return false;
    }
    if (zoned && !restore_zone(heap, parts->zone, &made.zone)) return false;
    // what the kind has not is zero
    if (!java_moment_convert(&made, parts->kind, &same, NULL) || same.seconds != made.seconds ||
        same.nanos != made.nanos || same.offset_s != made.offset_s) {
        return false;
    }
    *out = java_moment_value(heap, &same);
    return true;
}

bool java_value_restore(struct heap *heap, const struct java_parts *parts, struct value *out)
{
    bool plain = parts->offset_s == 0 && parts->zone.len == 0;

    switch (parts->kind) {
    case JAVA_OFFSET:
        if (!plain || parts->nanos || !java_zone_check_offset(parts->number, NULL)) return false;
        *out = java_zone_offset(heap, (int32_t)parts->number);
        return true;
    case JAVA_REGION:
        if (parts->number || parts->nanos || parts->offset_s) return false;
        return restore_zone(heap, parts->zone, out) && java_value_is(*out, JAVA_REGION);
    case JAVA_PERIOD:
        *out = java_value_new(heap, JAVA_PERIOD, parts->number, parts->nanos);
        return plain;
    case JAVA_FIELD:
        *out = java_value_new(heap, JAVA_FIELD, parts->number, 0);
        return plain && parts->nanos == 0 && parts->number >= 0 &&
               parts->number < JAVA_CHRONO_FIELDS;
    case JAVA_LOCAL_DATE:
    case JAVA_LOCAL_TIME:
    case JAVA_LOCAL_DATE_TIME:
    case JAVA_OFFSET_DATE_TIME:
    case JAVA_ZONED_DATE_TIME:
    case JAVA_YEAR:
    case JAVA_YEAR_MONTH:
    case JAVA_MONTH:
    case JAVA_WEEKDAY: return restore_moment(heap, parts, out);
    default: return false;
    }
}

/* Constants */

struct constant {
    const char *name; /* behind java.time. */
    enum java_kind kind;
    int32_t nanos;
    int64_t number;
    int32_t offset_s;
};

#define LAST_NANO 999999999
#define LOCAL_MIN (JAVA_EPOCH_DAY_MIN * JAVA_DAY_SECONDS)
#define LOCAL_MAX (JAVA_EPOCH_DAY_MAX * JAVA_DAY_SECONDS)

static const struct constant constants[] = {
    {"Duration/ZERO", JAVA_DURATION, 0, 0, 0},
    {"Period/ZERO", JAVA_PERIOD, 0, 0, 0},
    {"Instant/EPOCH", JAVA_INSTANT, 0, 0, 0},
    {"Instant/MIN", JAVA_INSTANT, 0, JAVA_TIME_INSTANT_MIN, 0},
    {"Instant/MAX", JAVA_INSTANT, LAST_NANO, JAVA_TIME_INSTANT_MAX, 0},
    {"LocalDate/EPOCH", JAVA_LOCAL_DATE, 0, 0, 0},
    {"LocalDate/MIN", JAVA_LOCAL_DATE, 0, LOCAL_MIN, 0},
    {"LocalDate/MAX", JAVA_LOCAL_DATE, 0, LOCAL_MAX, 0},
    {"LocalTime/MIN", JAVA_LOCAL_TIME, 0, 0, 0},
    {"LocalTime/MIDNIGHT", JAVA_LOCAL_TIME, 0, 0, 0},
    {"LocalTime/NOON", JAVA_LOCAL_TIME, 0, 43200, 0},
    {"LocalTime/MAX", JAVA_LOCAL_TIME, LAST_NANO, 86399, 0},
    {"LocalDateTime/MIN", JAVA_LOCAL_DATE_TIME, 0, LOCAL_MIN, 0},
    {"LocalDateTime/MAX", JAVA_LOCAL_DATE_TIME, LAST_NANO, LOCAL_MAX + 86399, 0},
    {"OffsetDateTime/MIN", JAVA_OFFSET_DATE_TIME, 0, LOCAL_MIN, JAVA_OFFSET_MAX},
    {"OffsetDateTime/MAX", JAVA_OFFSET_DATE_TIME, LAST_NANO, LOCAL_MAX + 86399, -JAVA_OFFSET_MAX},
    {"ZoneOffset/UTC", JAVA_OFFSET, 0, 0, 0},
    {"ZoneOffset/MIN", JAVA_OFFSET, 0, -JAVA_OFFSET_MAX, 0},
    {"ZoneOffset/MAX", JAVA_OFFSET, 0, JAVA_OFFSET_MAX, 0},
};

/* The members of an enum: their names, and the number of the index-th. */
static const struct {
    const char *class;
    enum java_kind kind;
    size_t count;
} enums[] = {
    {"temporal.ChronoUnit/", JAVA_UNIT, JAVA_TIME_UNITS},
    {"temporal.ChronoField/", JAVA_FIELD, JAVA_CHRONO_FIELDS},
    {"Month/", JAVA_MONTH, 12},
    {"DayOfWeek/", JAVA_WEEKDAY, 7},
    {"format.DateTimeFormatter/", JAVA_FORMATTER, JAVA_FORMAT_CONSTANTS},
};

static struct value member(struct heap *heap, enum java_kind kind, size_t index)
{
    struct java_moment date = {.kind = JAVA_LOCAL_DATE, .zone = value_nil()};
    struct java_moment made;
    int64_t days = kind == JAVA_MONTH ? civil_days(1970, (int)index + 1, 1) : (int64_t)index + 4;

    if (kind != JAVA_MONTH && kind != JAVA_WEEKDAY) {
        return java_value_new(heap, kind, (int64_t)index, 0);
    }
    date.seconds = days * JAVA_DAY_SECONDS;
    if (!java_moment_convert(&date, kind, &made, NULL)) ASSERT(!"every date has both");
    return java_moment_value(heap, &made);
}

static void print_member(enum java_kind kind, size_t index, struct value value, struct buf *out)
{
    switch (kind) {
    case JAVA_UNIT: buf_cstr(out, java_time_unit_name((enum java_time_unit)index)); break;
    case JAVA_FIELD: buf_cstr(out, java_field_name((enum java_field)index)); break;
    case JAVA_FORMATTER: buf_cstr(out, java_format_constant(index)); break;
    default: java_value_display(value, out);
    }
}

bool java_value_constant(size_t index, struct heap *heap, struct buf *out_name, struct value *out)
{
    buf_cstr(out_name, "java.time.");
    if (index < ARRAY_COUNT(constants)) {
        const struct constant *one = &constants[index];

        buf_cstr(out_name, one->name);
        *out = java_value_new(heap, one->kind, one->number, one->nanos);
        OBJECT_AS(java_object, out->object)->offset_s = one->offset_s;
        return true;
    }
    index -= ARRAY_COUNT(constants);
    for (size_t i = 0; i < ARRAY_COUNT(enums); i++) {
        if (index < enums[i].count) {
            buf_cstr(out_name, enums[i].class);
            *out = member(heap, enums[i].kind, index);
            print_member(enums[i].kind, index, *out, out_name);
            return true;
        }
        index -= enums[i].count;
    }
    return false;
}

/* Text */

void java_value_display(struct value value, struct buf *out)
{
    struct java_moment moment;

    if (java_moment_of(value, &moment)) {
        java_moment_print(&moment, out);
        return;
    }
    switch (get(value)->header.kind) {
    case JAVA_DURATION: java_time_print_duration(java_value_time(value), out); break;
    case JAVA_UNIT:
        buf_cstr(out, java_time_unit_text((enum java_time_unit)get(value)->number));
        break;
    case JAVA_FIELD: buf_cstr(out, java_field_text((enum java_field)get(value)->number)); break;
    case JAVA_REGION: java_zone_print(value, out); break;
    case JAVA_PERIOD: java_period_print(java_period_of(value), out); break;
    default: buf_cstr(out, class_of(value));
    }
}

void java_value_print(struct value value, struct buf *out)
{
    buf_printf(out, "#object[%s", class_of(value));
    if (java_value_is_data(value)) {
        buf_cstr(out, " \"");
        java_value_display(value, out);
        buf_char(out, '"');
    }
    buf_char(out, ']');
}
