#include "base/civil.h"
#include "flow/java_moment.h"
#include "flow/java_zone.h"

/* Java moment, two of them: their order, what is between them, and one made of another. */

static int64_t days_of(const struct java_moment *moment)
{
    return civil_divide(moment->seconds, JAVA_DAY_SECONDS);
}

static struct java_time local_of(const struct java_moment *moment)
{
    return (struct java_time){moment->seconds, moment->nanos};
}

/* One made of another */

static bool refuse(const struct java_moment *from, enum java_kind kind, struct error *err)
{
    struct buf text CLEANUP(buf_done) = {0};

    java_moment_print(from, &text);
    return error_set(err, E_DATE_TIME, "Unable to obtain %s from TemporalAccessor: %s of type %s",
                     java_value_class_short(kind), text.ptr ? text.ptr : "",
                     java_value_class_of(from->kind));
}

bool java_moment_convert(const struct java_moment *from, enum java_kind kind,
                         struct java_moment *out, struct error *err)
{
    // what each kind must find in the other
    static const uint32_t needs[JAVA_KINDS] = {
        [JAVA_INSTANT] = JAVA_FIELD_BIT(JAVA_FIELD_INSTANT_SECONDS),
        [JAVA_LOCAL_DATE] = JAVA_FIELD_BIT(JAVA_FIELD_EPOCH_DAY),
        [JAVA_LOCAL_TIME] = JAVA_FIELD_BIT(JAVA_FIELD_NANO_OF_DAY),
        [JAVA_LOCAL_DATE_TIME] =
            JAVA_FIELD_BIT(JAVA_FIELD_EPOCH_DAY) | JAVA_FIELD_BIT(JAVA_FIELD_NANO_OF_DAY),
        [JAVA_OFFSET_DATE_TIME] =
            JAVA_FIELD_BIT(JAVA_FIELD_OFFSET_SECONDS) | JAVA_FIELD_BIT(JAVA_FIELD_EPOCH_DAY),
        [JAVA_ZONED_DATE_TIME] =
            JAVA_FIELD_BIT(JAVA_FIELD_OFFSET_SECONDS) | JAVA_FIELD_BIT(JAVA_FIELD_EPOCH_DAY),
        [JAVA_YEAR] = JAVA_FIELD_BIT(JAVA_FIELD_YEAR),
        [JAVA_YEAR_MONTH] =
            JAVA_FIELD_BIT(JAVA_FIELD_YEAR) | JAVA_FIELD_BIT(JAVA_FIELD_MONTH_OF_YEAR),
        [JAVA_MONTH] = JAVA_FIELD_BIT(JAVA_FIELD_MONTH_OF_YEAR),
        [JAVA_WEEKDAY] = JAVA_FIELD_BIT(JAVA_FIELD_DAY_OF_WEEK),
        [JAVA_OFFSET] = JAVA_FIELD_BIT(JAVA_FIELD_OFFSET_SECONDS),
    };
    struct java_moment made = {.kind = kind, .zone = value_nil()};
    int64_t days = days_of(from);
    struct civil date = civil_from_days(days);

    for (uint32_t field = 0; field < JAVA_CHRONO_FIELDS; field++) {
        if ((needs[kind] & JAVA_FIELD_BIT(field)) &&
            !java_moment_has(from->kind, (enum java_field)field)) {
            return refuse(from, kind, err);
        }
    }
    switch (kind) {
    case JAVA_LOCAL_DATE: made.seconds = days * JAVA_DAY_SECONDS; break;
    case JAVA_LOCAL_TIME:
        made.seconds = from->seconds - days * JAVA_DAY_SECONDS;
        made.nanos = from->nanos;
        break;
    case JAVA_YEAR: made.seconds = civil_days(date.year, 1, 1) * JAVA_DAY_SECONDS; break;
    case JAVA_YEAR_MONTH:
        made.seconds = civil_days(date.year, date.month, 1) * JAVA_DAY_SECONDS;
        break;
    case JAVA_MONTH: made.seconds = civil_days(1970, date.month, 1) * JAVA_DAY_SECONDS; break;
    case JAVA_WEEKDAY: made.seconds = (java_moment_weekday(days) + 3) * JAVA_DAY_SECONDS; break;
    case JAVA_OFFSET: made.offset_s = from->offset_s; break;
    default:
        made.seconds = from->seconds;
        made.nanos = from->nanos;
        made.offset_s = from->offset_s;
        if (kind == JAVA_INSTANT) made.seconds -= from->offset_s;
        if (kind == JAVA_INSTANT || kind == JAVA_LOCAL_DATE_TIME) made.offset_s = 0;
    }
    if (kind == JAVA_ZONED_DATE_TIME) made.zone = from->zone;
    *out = made;
    return true;
}

/* Between */

typedef __int128 wide;

static wide nanos_of(struct java_time time)
{
    return (wide)time.seconds * JAVA_TIME_NANOS + time.nanos;
}

/* A day that is not whole is left out, as Java does; then months, whose days are counted. */
static int64_t months_between(struct java_time from, struct java_time to)
{
    int64_t first = civil_divide(from.seconds, JAVA_DAY_SECONDS);
    int64_t last = civil_divide(to.seconds, JAVA_DAY_SECONDS);
    struct java_time from_time = {from.seconds - first * JAVA_DAY_SECONDS, from.nanos};
    struct java_time to_time = {to.seconds - last * JAVA_DAY_SECONDS, to.nanos};
    int order = java_time_compare(to_time, from_time);

    if (last > first && order < 0) last--;
    if (last < first && order > 0) last++;
    struct civil start = civil_from_days(first), end = civil_from_days(last);

    return (((end.year - start.year) * 12 + end.month - start.month) * 32 + end.day - start.day) /
           32;
}

static int64_t era_of(struct java_time local)
{
    return civil_from_days(civil_divide(local.seconds, JAVA_DAY_SECONDS)).year >= 1;
}

/* The other one as the first would show it: in its offset or its zone. */
static bool aligned(struct heap *heap, const struct java_moment *from, struct java_moment *to,
                    struct error *err)
{
    struct java_time instant = java_moment_instant(to);

    if (!java_moment_convert(to, from->kind, to, err)) return false;
    if (from->kind == JAVA_OFFSET_DATE_TIME) {
        return java_moment_at_offset(instant, from->offset_s, to, err);
    }
    if (from->kind != JAVA_ZONED_DATE_TIME) return true;
    return java_moment_at(heap, instant, from->zone, to, err);
}

bool java_moment_until(struct heap *heap, const struct java_moment *from,
                       const struct java_moment *to, enum java_time_unit unit, int64_t *out,
                       struct error *err)
{
    struct java_moment end = *to;
    int32_t months = java_time_unit_months(unit);

    if (!aligned(heap, from, &end, err)) return false;
    if (!java_moment_has_unit(from->kind, unit)) return java_time_unit_refuse(unit, err);
    struct java_time start = local_of(from), stop = local_of(&end);

    if (months) {
        *out = months_between(start, stop) / months;
        return true;
    }
    if (unit == JAVA_TIME_ERA) {
        *out = era_of(stop) - era_of(start);
        return true;
    }
    // along the time line where there is one, but for days and weeks, which are those of calendars
    if (unit < JAVA_TIME_DAY) {
        start = java_moment_instant(from);
        stop = java_moment_instant(&end);
    }
    if (from->kind == JAVA_INSTANT && unit == JAVA_TIME_MILLI) {
        start.nanos -= start.nanos % 1000000; // Java counts from one millisecond to the other
        stop.nanos -= stop.nanos % 1000000;
    }
    wide count = (nanos_of(stop) - nanos_of(start)) / java_time_unit_nanos(unit);

    if (count < INT64_MIN || count > INT64_MAX) {
        return error_set(err, E_ARITHMETIC, "long overflow");
    }
    *out = (int64_t)count;
    return true;
}

bool java_moment_between(struct heap *heap, const struct java_moment *from,
                         const struct java_moment *to, struct java_time *out, struct error *err)
{
    struct java_moment end = *to;

    if (!aligned(heap, from, &end, err)) return false;
    if (!java_moment_has_unit(from->kind, JAVA_TIME_SECOND)) {
        return java_time_unit_refuse(JAVA_TIME_SECOND, err);
    }
    return java_time_subtract(java_moment_instant(&end), java_moment_instant(from), out, err);
}

/* Order */

static int sign(int64_t difference)
{
    return difference < 0 ? -1 : difference > 0;
}

int java_moment_compare_time(const struct java_moment *a, const struct java_moment *b)
{
    return sign(java_time_compare(java_moment_instant(a), java_moment_instant(b)));
}

/* As LocalDate and LocalDateTime: the difference of years, months or days, then of the times. */
static int compare_local(const struct java_moment *a, const struct java_moment *b)
{
    struct civil x = civil_from_days(days_of(a)), y = civil_from_days(days_of(b));

    if (x.year != y.year) return (int)(x.year - y.year);
    if (x.month != y.month) return x.month - y.month;
    if (x.day != y.day) return x.day - y.day;
    return sign(java_time_compare(local_of(a), local_of(b)));
}

bool java_moment_compare(const struct java_moment *a, const struct java_moment *b, int *out)
{
    struct java_time x = java_moment_instant(a), y = java_moment_instant(b);

    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case JAVA_INSTANT: *out = java_time_compare(x, y); return true;
    case JAVA_LOCAL_TIME: *out = sign(java_time_compare(x, y)); return true;
    case JAVA_LOCAL_DATE:
    case JAVA_LOCAL_DATE_TIME:
    case JAVA_YEAR:
    case JAVA_YEAR_MONTH:
    case JAVA_MONTH:
    case JAVA_WEEKDAY: *out = compare_local(a, b); return true;
    case JAVA_OFFSET: *out = b->offset_s - a->offset_s; return true;
    case JAVA_OFFSET_DATE_TIME:
        *out = a->offset_s == b->offset_s ? 0 : java_time_compare(x, y);
        if (*out == 0) *out = compare_local(a, b);
        return true;
    case JAVA_ZONED_DATE_TIME: break;
    default: return false;
    }
    *out = java_time_compare(x, y);
    if (*out == 0) *out = compare_local(a, b);
    if (*out == 0) {
        struct buf left CLEANUP(buf_done) = {0}, right CLEANUP(buf_done) = {0};

        java_zone_print(a->zone, &left);
        java_zone_print(b->zone, &right);
        *out = text_compare(buf_get(&left), buf_get(&right));
    }
    return true;
}

/* Hash */

static uint32_t hash_date(const struct java_moment *moment)
{
    struct civil date = civil_from_days(days_of(moment));
    uint32_t year = (uint32_t)date.year;

    return (year & 0xFFFFF800) ^ ((year << 11) + ((uint32_t)date.month << 6) + (uint32_t)date.day);
}

static uint32_t hash_time(const struct java_moment *moment)
{
    uint64_t nanos =
        (uint64_t)(moment->seconds - days_of(moment) * JAVA_DAY_SECONDS) * JAVA_TIME_NANOS +
        (uint64_t)moment->nanos;

    return (uint32_t)(nanos ^ nanos >> 32);
}

uint32_t java_moment_hash(const struct java_moment *moment)
{
    uint32_t local = hash_date(moment) ^ hash_time(moment);
    struct civil date = civil_from_days(days_of(moment));

    switch (moment->kind) {
    case JAVA_LOCAL_DATE: return hash_date(moment);
    case JAVA_LOCAL_TIME: return hash_time(moment);
    case JAVA_LOCAL_DATE_TIME: return local;
    case JAVA_OFFSET_DATE_TIME: return local ^ (uint32_t)moment->offset_s;
    case JAVA_ZONED_DATE_TIME: {
        uint32_t zone = java_value_hash(moment->zone);

        return local ^ (uint32_t)moment->offset_s ^ (zone << 3 | zone >> 29);
    }
    case JAVA_YEAR: return (uint32_t)date.year;
    case JAVA_YEAR_MONTH: return (uint32_t)date.year ^ (uint32_t)date.month << 27;
    case JAVA_OFFSET: return (uint32_t)moment->offset_s;
    default:
        return (uint32_t)((uint64_t)moment->seconds ^ (uint64_t)moment->seconds >> 32) +
               51 * (uint32_t)moment->nanos;
    }
}
