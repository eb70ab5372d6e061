#include "flow/java_moment.h"

#include "base/civil.h"
#include "flow/java_names.h"
#include "flow/java_zone.h"

#include <inttypes.h>

#define MONTH_BITS \
    (JAVA_FIELD_BIT(JAVA_FIELD_MONTH_OF_YEAR) | JAVA_FIELD_BIT(JAVA_FIELD_PROLEPTIC_MONTH))
#define YEAR_BITS                                                               \
    (JAVA_FIELD_BIT(JAVA_FIELD_YEAR_OF_ERA) | JAVA_FIELD_BIT(JAVA_FIELD_YEAR) | \
     JAVA_FIELD_BIT(JAVA_FIELD_ERA))
#define INSTANT_BITS JAVA_FIELD_BIT(JAVA_FIELD_INSTANT_SECONDS)
#define OFFSET_BITS  JAVA_FIELD_BIT(JAVA_FIELD_OFFSET_SECONDS)
#define PART_BITS                                                                             \
    (JAVA_FIELD_BIT(JAVA_FIELD_NANO_OF_SECOND) | JAVA_FIELD_BIT(JAVA_FIELD_MICRO_OF_SECOND) | \
     JAVA_FIELD_BIT(JAVA_FIELD_MILLI_OF_SECOND))

/* What each kind has: its fields, and the units it can move by, from one to the other. */
static const struct {
    uint32_t fields;
    enum java_time_unit first, last;
} kinds[JAVA_KINDS] = {
    [JAVA_INSTANT] = {PART_BITS | INSTANT_BITS, JAVA_TIME_NANO, JAVA_TIME_DAY},
    [JAVA_LOCAL_DATE] = {JAVA_FIELDS_DATE, JAVA_TIME_DAY, JAVA_TIME_ERA},
    [JAVA_LOCAL_TIME] = {JAVA_FIELDS_TIME, JAVA_TIME_NANO, JAVA_TIME_HALF_DAY},
    [JAVA_LOCAL_DATE_TIME] = {JAVA_FIELDS_DATE | JAVA_FIELDS_TIME, JAVA_TIME_NANO, JAVA_TIME_ERA},
    [JAVA_OFFSET_DATE_TIME] = {JAVA_FIELDS_DATE | JAVA_FIELDS_TIME | INSTANT_BITS | OFFSET_BITS,
                               JAVA_TIME_NANO, JAVA_TIME_ERA},
    [JAVA_ZONED_DATE_TIME] = {JAVA_FIELDS_DATE | JAVA_FIELDS_TIME | INSTANT_BITS | OFFSET_BITS,
                              JAVA_TIME_NANO, JAVA_TIME_ERA},
    [JAVA_YEAR] = {YEAR_BITS, JAVA_TIME_YEAR, JAVA_TIME_ERA},
    [JAVA_YEAR_MONTH] = {YEAR_BITS | MONTH_BITS, JAVA_TIME_MONTH, JAVA_TIME_ERA},
    [JAVA_MONTH] = {JAVA_FIELD_BIT(JAVA_FIELD_MONTH_OF_YEAR), JAVA_TIME_UNITS, JAVA_TIME_NANO},
    [JAVA_WEEKDAY] = {JAVA_FIELD_BIT(JAVA_FIELD_DAY_OF_WEEK), JAVA_TIME_UNITS, JAVA_TIME_NANO},
    [JAVA_OFFSET] = {OFFSET_BITS, JAVA_TIME_UNITS, JAVA_TIME_NANO},
};

/* Values */

bool java_moment_of(struct value value, struct java_moment *out)
{
    *out = (struct java_moment){.kind = JAVA_KINDS, .zone = value_nil()};
    if (value.type != VALUE_JAVA || kinds[value.object->kind].fields == 0) return false;
    const struct java_object *object = OBJECT_AS(java_object, value.object);

    out->kind = (enum java_kind)value.object->kind;
    out->seconds = object->number;
    out->nanos = object->nanos;
    out->offset_s = object->offset_s;
    out->zone = object_value_or_nil(object->zone);
    if (out->kind == JAVA_OFFSET) {
        out->offset_s = (int32_t)object->number;
        out->seconds = 0;
    }
    return true;
}

struct value java_moment_value(struct heap *heap, const struct java_moment *moment)
{
    if (moment->kind == JAVA_OFFSET) return java_zone_offset(heap, moment->offset_s);
    struct value made = java_value_new(heap, moment->kind, moment->seconds, moment->nanos);
    struct java_object *object = OBJECT_AS(java_object, made.object);

    object->offset_s = moment->offset_s;
    object->zone = value_is_nil(moment->zone) ? NULL : moment->zone.object;
    return made;
}

static int64_t days_of(const struct java_moment *moment)
{
    return civil_divide(moment->seconds, JAVA_DAY_SECONDS);
}

static int64_t nano_of_day(const struct java_moment *moment)
{
    return (moment->seconds - days_of(moment) * JAVA_DAY_SECONDS) * JAVA_TIME_NANOS + moment->nanos;
}

static void set_nano_of_day(struct java_moment *moment, int64_t nanos)
{
    moment->seconds = days_of(moment) * JAVA_DAY_SECONDS + nanos / JAVA_TIME_NANOS;
    moment->nanos = (int32_t)(nanos % JAVA_TIME_NANOS);
}

static void set_days(struct java_moment *moment, int64_t days)
{
    moment->seconds += (days - days_of(moment)) * JAVA_DAY_SECONDS;
}

bool java_moment_check(const struct java_moment *moment, struct error *err)
{
    return java_field_check(JAVA_FIELD_EPOCH_DAY, days_of(moment), err);
}

/* Dates and times of numbers */

static bool is_leap(int64_t year)
{
    return civil_month_length(year, 2) == 29;
}

bool java_moment_date(int64_t year, int64_t month, int64_t day, int64_t *out_days,
                      struct error *err)
{
    if (!java_field_check(JAVA_FIELD_YEAR, year, err) ||
        !java_field_check(JAVA_FIELD_MONTH_OF_YEAR, month, err) ||
        !java_field_check(JAVA_FIELD_DAY_OF_MONTH, day, err)) {
        return false;
    }
    if (day == 29 && day > civil_month_length(year, (int)month)) {
        return error_set(err, E_DATE_TIME,
                         "Invalid date 'February 29' as '%" PRId64 "' is not a leap year", year);
    }
    if (day > civil_month_length(year, (int)month)) {
        struct buf name CLEANUP(buf_done) = {0};

        java_moment_print_name(java_names_month((int)month), &name);
        return error_set(err, E_DATE_TIME, "Invalid date '%s %d'", name.ptr, (int)day);
    }
    *out_days = civil_days(year, (int)month, (int)day);
    return true;
}

bool java_moment_year_day(int64_t year, int64_t day, int64_t *out_days, struct error *err)
{
    if (!java_field_check(JAVA_FIELD_YEAR, year, err) ||
        !java_field_check(JAVA_FIELD_DAY_OF_YEAR, day, err)) {
        return false;
    }
    if (day == 366 && !is_leap(year)) {
        return error_set(err, E_DATE_TIME,
                         "Invalid date 'DayOfYear 366' as '%" PRId64 "' is not a leap year", year);
    }
    *out_days = civil_days(year, 1, 1) + day - 1;
    return true;
}

bool java_moment_time(int64_t hour, int64_t minute, int64_t second, int64_t nano,
                      struct java_moment *out, struct error *err)
{
    if (!java_field_check(JAVA_FIELD_HOUR_OF_DAY, hour, err) ||
        !java_field_check(JAVA_FIELD_MINUTE_OF_HOUR, minute, err) ||
        !java_field_check(JAVA_FIELD_SECOND_OF_MINUTE, second, err) ||
        !java_field_check(JAVA_FIELD_NANO_OF_SECOND, nano, err)) {
        return false;
    }
    *out = (struct java_moment){.kind = JAVA_LOCAL_TIME,
                                .zone = value_nil(),
                                .seconds = hour * 3600 + minute * 60 + second,
                                .nanos = (int32_t)nano};
    return true;
}

/* Fields */

bool java_moment_has(enum java_kind kind, enum java_field field)
{
    // those of IsoFields are made of these
    if (field == JAVA_FIELD_QUARTER_OF_YEAR) field = JAVA_FIELD_MONTH_OF_YEAR;
    if (field >= JAVA_CHRONO_FIELDS) field = JAVA_FIELD_EPOCH_DAY;
    return kinds[kind].fields & JAVA_FIELD_BIT(field);
}

static bool refuse_field(enum java_field field, struct error *err)
{
    return error_set(err, E_TEMPORAL_TYPE, "Unsupported field: %s", java_field_text(field));
}

int java_moment_weekday(int64_t days)
{
    return (civil_weekday(days) + 6) % 7 + 1;
}

/* The year and the week of ISO 8601: those of the week's Thursday. */
static int64_t week_year(int64_t days, int64_t *out_week)
{
    int64_t thursday = days - java_moment_weekday(days) + 4, year = civil_from_days(thursday).year;

    *out_week = (thursday - civil_days(year, 1, 1)) / 7 + 1;
    return year;
}

static int64_t field_of_date(enum java_field field, int64_t days)
{
    struct civil date = civil_from_days(days);
    int64_t day_of_year = days - civil_days(date.year, 1, 1) + 1, week = 0;

    switch (field) {
    case JAVA_FIELD_DAY_OF_WEEK: return java_moment_weekday(days);
    case JAVA_FIELD_ALIGNED_DAY_OF_WEEK_IN_MONTH: return (date.day - 1) % 7 + 1;
    case JAVA_FIELD_ALIGNED_DAY_OF_WEEK_IN_YEAR: return (day_of_year - 1) % 7 + 1;
    case JAVA_FIELD_DAY_OF_MONTH: return date.day;
    case JAVA_FIELD_DAY_OF_YEAR: return day_of_year;
    case JAVA_FIELD_EPOCH_DAY: return days;
    case JAVA_FIELD_ALIGNED_WEEK_OF_MONTH: return (date.day - 1) / 7 + 1;
    case JAVA_FIELD_ALIGNED_WEEK_OF_YEAR: return (day_of_year - 1) / 7 + 1;
    case JAVA_FIELD_MONTH_OF_YEAR: return date.month;
    case JAVA_FIELD_PROLEPTIC_MONTH: return date.year * 12 + date.month - 1;
    case JAVA_FIELD_YEAR_OF_ERA: return date.year >= 1 ? date.year : 1 - date.year;
    case JAVA_FIELD_YEAR: return date.year;
    case JAVA_FIELD_ERA: return date.year >= 1;
    case JAVA_FIELD_WEEK_YEAR: return week_year(days, &week);
    case JAVA_FIELD_WEEK_OF_WEEK_YEAR: week_year(days, &week); return week;
    case JAVA_FIELD_QUARTER_OF_YEAR: return (date.month + 2) / 3;
    default: ASSERT(!"a field of dates"); return 0;
    }
}

bool java_moment_get(const struct java_moment *moment, enum java_field field, int64_t *out,
                     struct error *err)
{
    if (!java_moment_has(moment->kind, field)) return refuse_field(field, err);
    if (field <= JAVA_FIELD_AMPM_OF_DAY) {
        *out = java_field_of_time(field, nano_of_day(moment));
    } else if (field == JAVA_FIELD_INSTANT_SECONDS) {
        *out = moment->seconds - moment->offset_s;
    } else if (field == JAVA_FIELD_OFFSET_SECONDS) {
        *out = moment->offset_s;
    } else {
        *out = field_of_date(field, days_of(moment));
    }
    return true;
}

/* The day of that month, or its last. */
static int64_t clamped(int64_t year, int month, int day)
{
    return civil_days(year, month, MIN(day, civil_month_length(year, month)));
}

static bool date_with(int64_t *days, enum java_field field, int64_t value, struct error *err)
{
    struct civil date = civil_from_days(*days);
    int64_t old = field_of_date(field, *days);

    switch (field) {
    case JAVA_FIELD_DAY_OF_WEEK:
    case JAVA_FIELD_ALIGNED_DAY_OF_WEEK_IN_MONTH:
    case JAVA_FIELD_ALIGNED_DAY_OF_WEEK_IN_YEAR: *days += value - old; return true;
    case JAVA_FIELD_ALIGNED_WEEK_OF_MONTH:
    case JAVA_FIELD_ALIGNED_WEEK_OF_YEAR: *days += (value - old) * 7; return true;
    case JAVA_FIELD_DAY_OF_MONTH: return java_moment_date(date.year, date.month, value, days, err);
    case JAVA_FIELD_DAY_OF_YEAR: return java_moment_year_day(date.year, value, days, err);
    case JAVA_FIELD_EPOCH_DAY: *days = value; return true;
    case JAVA_FIELD_MONTH_OF_YEAR: *days = clamped(date.year, (int)value, date.day); return true;
    case JAVA_FIELD_PROLEPTIC_MONTH:
        date.year = civil_divide(value, 12);
        *days = clamped(date.year, (int)(value - date.year * 12) + 1, date.day);
        return true;
    case JAVA_FIELD_YEAR_OF_ERA: value = date.year >= 1 ? value : 1 - value; break;
    case JAVA_FIELD_ERA: value = old == value ? date.year : 1 - date.year; break;
    default: ASSERT(field == JAVA_FIELD_YEAR);
    }
    if (!java_field_check(JAVA_FIELD_YEAR, value, err)) return false;
    *days = clamped(value, date.month, date.day);
    return true;
}

/* The moment has another local date or time now. */
static bool changed(struct heap *heap, struct java_moment *moment, struct error *err)
{
    int32_t offset_s = moment->offset_s;

    if (moment->kind == JAVA_INSTANT) return true; // what is within its second or its day
    if (!java_moment_check(moment, err)) return false;
    if (moment->kind != JAVA_ZONED_DATE_TIME) return true;
    return java_moment_settle(heap, moment, moment->zone, &offset_s, err);
}

static bool with_instant(struct heap *heap, struct java_moment *moment, int64_t seconds,
                         struct error *err)
{
    struct java_time at = {seconds, moment->nanos};

    if (moment->kind == JAVA_INSTANT) {
        moment->seconds = seconds;
        return java_time_is_instant(at) ||
               error_set(err, E_DATE_TIME, "Instant exceeds minimum or maximum instant");
    }
    if (moment->kind == JAVA_ZONED_DATE_TIME) {
        return java_moment_at(heap, at, moment->zone, moment, err);
    }
    return java_moment_at_offset(at, moment->offset_s, moment, err);
}

static bool with_offset(struct heap *heap, struct java_moment *moment, int64_t offset_s,
                        struct error *err)
{
    int32_t preferred_s = (int32_t)offset_s;

    if (moment->kind == JAVA_ZONED_DATE_TIME) {
        return java_moment_settle(heap, moment, moment->zone, &preferred_s, err);
    }
    moment->offset_s = preferred_s;
    return true;
}

bool java_moment_with(struct heap *heap, struct java_moment *moment, enum java_field field,
                      int64_t value, struct error *err)
{
    int64_t days = days_of(moment);

    if (!java_field_check(field, value, err)) return false;
    if (!java_moment_has(moment->kind, field)) return refuse_field(field, err);
    if (field == JAVA_FIELD_INSTANT_SECONDS) return with_instant(heap, moment, value, err);
    if (field == JAVA_FIELD_OFFSET_SECONDS) return with_offset(heap, moment, value, err);
    if (field <= JAVA_FIELD_AMPM_OF_DAY) {
        set_nano_of_day(moment, java_field_with_time(field, nano_of_day(moment), value));
    } else {
        if (!date_with(&days, field, value, err)) return false;
        set_days(moment, days);
    }
    return changed(heap, moment, err);
}

/* Instants and zones */

struct java_time java_moment_instant(const struct java_moment *moment)
{
    return (struct java_time){moment->seconds - moment->offset_s, moment->nanos};
}

bool java_moment_at_offset(struct java_time instant, int32_t offset_s, struct java_moment *out,
                           struct error *err)
{
    struct java_moment made = {.kind = JAVA_OFFSET_DATE_TIME,
                               .zone = value_nil(),
                               .nanos = instant.nanos,
                               .offset_s = offset_s};

    if (__builtin_add_overflow(instant.seconds, (int64_t)offset_s, &made.seconds)) {
        return error_set(err, E_ARITHMETIC, "long overflow");
    }
    if (!java_moment_check(&made, err)) return false;
    *out = made;
    return true;
}

bool java_moment_at(struct heap *heap, struct java_time instant, struct value zone,
                    struct java_moment *out, struct error *err)
{
    int32_t offset_s;

    if (!java_time_is_instant(instant)) {
        return error_set(err, E_DATE_TIME, "Instant exceeds minimum or maximum instant");
    }
    if (!java_zone_at(heap, zone, instant.seconds, &offset_s, err) ||
        !java_moment_at_offset(instant, offset_s, out, err)) {
        return false;
    }
    out->kind = JAVA_ZONED_DATE_TIME;
    out->zone = zone;
    return true;
}

bool java_moment_settle(struct heap *heap, struct java_moment *moment, struct value zone,
                        const int32_t *preferred_s, struct error *err)
{
    struct java_zone_shift shift;

    if (!java_zone_shift(heap, zone, moment->seconds, &shift, err)) return false;
    moment->kind = JAVA_ZONED_DATE_TIME;
    moment->zone = zone;
    moment->offset_s = shift.before_s;
    if (shift.before_s < shift.after_s) {
        moment->seconds += shift.after_s - shift.before_s;
        moment->offset_s = shift.after_s;
    } else if (preferred_s && *preferred_s == shift.after_s) {
        moment->offset_s = shift.after_s;
    }
    return java_moment_check(moment, err);
}

bool java_moment_start_of_day(struct heap *heap, struct java_moment *moment, struct value zone,
                              struct error *err)
{
    struct java_zone_shift shift;

    if (!java_zone_shift(heap, zone, moment->seconds, &shift, err)) return false;
    if (shift.before_s < shift.after_s) { // the end of the gap, wherever midnight is in it
        moment->seconds = shift.change_s + shift.after_s;
    }
    return java_moment_settle(heap, moment, zone, NULL, err);
}

/* Arithmetic */

bool java_moment_has_unit(enum java_kind kind, enum java_time_unit unit)
{
    return unit >= kinds[kind].first && unit <= kinds[kind].last;
}

typedef __int128 wide;

static bool plus_months(struct heap *heap, struct java_moment *moment, int64_t amount,
                        enum java_time_unit unit, struct error *err)
{
    struct civil date = civil_from_days(days_of(moment));
    int32_t months = java_time_unit_months(unit);
    int64_t more;

    if (months > 12 && __builtin_mul_overflow(amount, (int64_t)months / 12, &more)) {
        return error_set(err, E_ARITHMETIC, "long overflow");
    }
    wide sum = (wide)amount * months + date.year * 12 + date.month - 1;
    wide year = (sum - (sum % 12 + 12) % 12) / 12;

    if (year < -JAVA_YEAR_MAX || year > JAVA_YEAR_MAX) {
        int64_t shown = year < INT64_MIN ? INT64_MIN : year > INT64_MAX ? INT64_MAX : (int64_t)year;

        return java_field_check(JAVA_FIELD_YEAR, shown, err);
    }
    set_days(moment, clamped((int64_t)year, (int)((sum % 12 + 12) % 12) + 1, date.day));
    return changed(heap, moment, err);
}

static bool plus_days(struct heap *heap, struct java_moment *moment, int64_t amount,
                      enum java_time_unit unit, struct error *err)
{
    int64_t days, weeks = unit == JAVA_TIME_WEEK ? 7 : 1;

    if (__builtin_mul_overflow(amount, weeks, &days) ||
        __builtin_add_overflow(days, days_of(moment), &days)) {
        return error_set(err, E_ARITHMETIC, "long overflow");
    }
    if (!java_field_check(JAVA_FIELD_EPOCH_DAY, days, err)) return false;
    set_days(moment, days);
    return changed(heap, moment, err);
}

/* Exact: of a zoned time along the time line, of a local one around its clock. */
static bool plus_nanos(struct heap *heap, struct java_moment *moment, wide nanos, struct error *err)
{
    const wide day = (wide)JAVA_DAY_SECONDS * JAVA_TIME_NANOS;
    wide sum = (wide)moment->seconds * JAVA_TIME_NANOS + moment->nanos + nanos;

    if (moment->kind == JAVA_LOCAL_TIME) sum = (sum % day + day) % day;
    wide rest = (sum % JAVA_TIME_NANOS + JAVA_TIME_NANOS) % JAVA_TIME_NANOS;
    wide seconds = (sum - rest) / JAVA_TIME_NANOS;
    wide days = (seconds - (seconds % JAVA_DAY_SECONDS + JAVA_DAY_SECONDS) % JAVA_DAY_SECONDS) /
                JAVA_DAY_SECONDS;

    if (!java_field_check(JAVA_FIELD_EPOCH_DAY,
                          days < INT64_MIN   ? INT64_MIN
                          : days > INT64_MAX ? INT64_MAX
                                             : (int64_t)days,
                          err)) {
        return false;
    }
    moment->seconds = (int64_t)seconds;
    moment->nanos = (int32_t)rest;
    if (moment->kind != JAVA_ZONED_DATE_TIME) return true;
    return java_moment_at(heap, java_moment_instant(moment), moment->zone, moment, err);
}

static bool plus_span(struct java_moment *instant, struct java_time span, struct error *err)
{
    struct java_time at = java_moment_instant(instant);

    if (!java_time_add(at, span, &at, err)) return false;
    if (!java_time_is_instant(at)) {
        return error_set(err, E_DATE_TIME, "Instant exceeds minimum or maximum instant");
    }
    instant->seconds = at.seconds;
    instant->nanos = at.nanos;
    return true;
}

bool java_moment_plus(struct heap *heap, struct java_moment *moment, int64_t amount,
                      enum java_time_unit unit, struct error *err)
{
    struct java_time span;

    if (!java_moment_has_unit(moment->kind, unit)) return java_time_unit_refuse(unit, err);
    if (moment->kind == JAVA_INSTANT) {
        return java_time_of(amount, unit, &span, err) && plus_span(moment, span, err);
    }
    if (unit == JAVA_TIME_ERA) {
        int64_t era = field_of_date(JAVA_FIELD_ERA, days_of(moment));

        if (__builtin_add_overflow(era, amount, &era)) {
            return error_set(err, E_ARITHMETIC, "long overflow");
        }
        return java_moment_with(heap, moment, JAVA_FIELD_ERA, era, err);
    }
    if (java_time_unit_months(unit)) return plus_months(heap, moment, amount, unit, err);
    if (unit >= JAVA_TIME_DAY) return plus_days(heap, moment, amount, unit, err);
    return plus_nanos(heap, moment, (wide)amount * java_time_unit_nanos(unit), err);
}

bool java_moment_minus(struct heap *heap, struct java_moment *moment, int64_t amount,
                       enum java_time_unit unit, struct error *err)
{
    if (amount > INT64_MIN) return java_moment_plus(heap, moment, -amount, unit, err);
    return java_moment_plus(heap, moment, INT64_MAX, unit, err) &&
           java_moment_plus(heap, moment, 1, unit, err);
}

bool java_moment_add(struct heap *heap, struct java_moment *moment, struct java_time span,
                     struct error *err)
{
    // as Duration.addTo: the seconds first, which some kinds have not
    bool seconds = span.seconds != 0, nanos = span.nanos != 0;

    if (seconds && !java_moment_has_unit(moment->kind, JAVA_TIME_SECOND)) {
        return java_time_unit_refuse(JAVA_TIME_SECOND, err);
    }
    if (nanos && !java_moment_has_unit(moment->kind, JAVA_TIME_NANO)) {
        return java_time_unit_refuse(JAVA_TIME_NANO, err);
    }
    if (!seconds && !nanos) return true;
    if (moment->kind == JAVA_INSTANT) return plus_span(moment, span, err);
    return plus_nanos(heap, moment, (wide)span.seconds * JAVA_TIME_NANOS + span.nanos, err);
}

bool java_moment_truncate(struct heap *heap, struct java_moment *moment, enum java_time_unit unit,
                          struct error *err)
{
    int64_t nanos = nano_of_day(moment);

    if (!java_moment_has(moment->kind, JAVA_FIELD_NANO_OF_SECOND)) {
        return java_time_unit_refuse(unit, err);
    }
    if (unit > JAVA_TIME_DAY) {
        return error_set(err, E_TEMPORAL_TYPE, "Unit is too large to be used for truncation");
    }
    set_nano_of_day(moment, nanos - nanos % java_time_unit_nanos(unit));
    return changed(heap, moment, err);
}
