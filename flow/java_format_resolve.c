#include "base/civil.h"
#include "flow/java_format.h"
#include "flow/java_zone.h"

#include <inttypes.h>

/*
 * Java format, resolving: the fields that were read become a date and a time, in the order of
 * java.time.format.Parsed and IsoChronology, so that the same one of several errors is found.
 * Strictly nothing is made up; else a day beyond the month's end is its last, and 24:00 is
 * midnight.
 */
#define FIELD(name) JAVA_FIELD_##name
#define BIT(name)   (1ULL << JAVA_FIELD_##name)

struct resolver {
    struct heap *heap;
    struct java_parsed *parsed;
    bool strict;
    struct error *err;
};

static bool has(const struct resolver *r, enum java_field field)
{
    return r->parsed->present >> field & 1;
}

static int64_t get(const struct resolver *r, enum java_field field)
{
    return r->parsed->values[field];
}

static int64_t take(struct resolver *r, enum java_field field)
{
    r->parsed->present &= ~(1ULL << field);
    return r->parsed->values[field];
}

static void put(struct resolver *r, enum java_field field, int64_t value)
{
    r->parsed->present |= 1ULL << field;
    r->parsed->values[field] = value;
}

static bool check(struct resolver *r, enum java_field field, int64_t value)
{
    return java_field_check(field, value, r->err);
}

static bool put_same(struct resolver *r, enum java_field field, int64_t value)
{
    if (has(r, field) && get(r, field) != value) {
        return error_set(r->err, E_DATE_TIME,
                         "Conflict found: %s %" PRId64 " differs from %s %" PRId64,
                         java_field_text(field), get(r, field), java_field_text(field), value);
    }
    put(r, field, value);
    return true;
}

static bool put_date(struct resolver *r, int64_t days)
{
    if (r->parsed->has_date && r->parsed->days != days) {
        return error_set(r->err, E_DATE_TIME,
                         "Conflict found: Fields resolved to two different dates");
    }
    r->parsed->has_date = true;
    r->parsed->days = days;
    return true;
}

static bool put_time(struct resolver *r, int64_t nano_of_day, int64_t excess_days)
{
    struct java_parsed *parsed = r->parsed;

    if (parsed->has_time && parsed->nano_of_day != nano_of_day) {
        return error_set(r->err, E_DATE_TIME, "Conflict found: Fields resolved to different times");
    }
    parsed->has_time = true;
    parsed->nano_of_day = nano_of_day;
    parsed->excess_days = excess_days;
    return true;
}

/* The zone that an instant is to be seen in: nil when there is none. */
static struct value zone_of(struct resolver *r)
{
    if (!value_is_nil(r->parsed->zone) || !has(r, FIELD(OFFSET_SECONDS))) return r->parsed->zone;
    return java_zone_offset(r->heap, (int32_t)get(r, FIELD(OFFSET_SECONDS)));
}

static bool resolve_instant_fields(struct resolver *r)
{
    struct java_moment at;

    if (!has(r, FIELD(INSTANT_SECONDS))) return true;
    if (has(r, FIELD(OFFSET_SECONDS)) &&
        !java_zone_check_offset(get(r, FIELD(OFFSET_SECONDS)), r->err)) {
        return false;
    }
    struct value zone = zone_of(r);

    if (value_is_nil(zone)) return true;
    struct java_time instant = {get(r, FIELD(INSTANT_SECONDS)), 0};

    if (!java_moment_at(r->heap, instant, zone, &at, r->err)) return false;
    int64_t days = civil_divide(at.seconds, JAVA_DAY_SECONDS);

    return put_date(r, days) &&
           put_same(r, FIELD(SECOND_OF_DAY), at.seconds - days * JAVA_DAY_SECONDS) &&
           put_same(r, FIELD(OFFSET_SECONDS), at.offset_s);
}

/* The date */

static bool resolve_proleptic_month(struct resolver *r)
{
    if (!has(r, FIELD(PROLEPTIC_MONTH))) return true;
    int64_t months = take(r, FIELD(PROLEPTIC_MONTH)), year = civil_divide(months, 12);

    return check(r, FIELD(PROLEPTIC_MONTH), months) &&
           put_same(r, FIELD(MONTH_OF_YEAR), months - year * 12 + 1) &&
           put_same(r, FIELD(YEAR), year);
}

/* The era is made up where it may be. */
static bool resolve_year_of_era(struct resolver *r)
{
    if (!has(r, FIELD(YEAR_OF_ERA))) {
        return !has(r, FIELD(ERA)) || check(r, FIELD(ERA), get(r, FIELD(ERA)));
    }
    int64_t of_era = take(r, FIELD(YEAR_OF_ERA));
    bool year = has(r, FIELD(YEAR)), after = !year || get(r, FIELD(YEAR)) > 0;

    if (!check(r, FIELD(YEAR_OF_ERA), of_era)) return false;
    if (has(r, FIELD(ERA))) {
        int64_t era = take(r, FIELD(ERA));

        return check(r, FIELD(ERA), era) && put_same(r, FIELD(YEAR), era ? of_era : 1 - of_era);
    }
    if (r->strict && !year) {
        put(r, FIELD(YEAR_OF_ERA), of_era);
        return true;
    }
    return put_same(r, FIELD(YEAR), after ? of_era : 1 - of_era);
}

static bool resolve_month_day(struct resolver *r)
{
    int64_t year = take(r, FIELD(YEAR)), month = take(r, FIELD(MONTH_OF_YEAR));
    int64_t day = take(r, FIELD(DAY_OF_MONTH)), days;

    if (!check(r, FIELD(YEAR), year) || !check(r, FIELD(MONTH_OF_YEAR), month) ||
        !check(r, FIELD(DAY_OF_MONTH), day)) {
        return false;
    }
    if (!r->strict) day = MIN(day, civil_month_length(year, (int)month));
    return java_moment_date(year, month, day, &days, r->err) && put_date(r, days);
}

static bool resolve_year_day(struct resolver *r)
{
    int64_t year = take(r, FIELD(YEAR)), day = take(r, FIELD(DAY_OF_YEAR)), days;

    return java_moment_year_day(year, day, &days, r->err) && put_date(r, days);
}

/* Week and day of the week, of a month: counted from its first day, or by the names of the days. */
static bool resolve_aligned(struct resolver *r, enum java_field week_field,
                            enum java_field day_field)
{
    bool of_year = week_field == FIELD(ALIGNED_WEEK_OF_YEAR);
    int64_t year = take(r, FIELD(YEAR)), month = of_year ? 1 : take(r, FIELD(MONTH_OF_YEAR));
    int64_t week = take(r, week_field), day = take(r, day_field), first;

    if (!check(r, FIELD(YEAR), year) || !check(r, FIELD(MONTH_OF_YEAR), month) ||
        !check(r, week_field, week) || !check(r, day_field, day)) {
        return false;
    }
    first = civil_days(year, (int)month, 1);
    int64_t days = first + (week - 1) * 7;

    if (day_field == FIELD(DAY_OF_WEEK)) {
        int64_t weekday = java_moment_weekday(days);

        days += (day - weekday + 7) % 7;
    } else {
        days += day - 1;
    }
    struct civil date = civil_from_days(days);

    if (r->strict && (of_year ? date.year != year : date.month != month)) {
        return error_set(r->err, E_DATE_TIME,
                         "Strict mode rejected resolved date as it is in a different %s",
                         of_year ? "year" : "month");
    }
    return put_date(r, days);
}

static bool resolve_date(struct resolver *r)
{
    if (has(r, FIELD(EPOCH_DAY))) {
        int64_t days = take(r, FIELD(EPOCH_DAY));

        return check(r, FIELD(EPOCH_DAY), days) && put_date(r, days);
    }
    if (!resolve_proleptic_month(r) || !resolve_year_of_era(r)) return false;
    if (!has(r, FIELD(YEAR))) return true;
    if (has(r, FIELD(MONTH_OF_YEAR))) {
        if (has(r, FIELD(DAY_OF_MONTH))) return resolve_month_day(r);
        if (has(r, FIELD(ALIGNED_WEEK_OF_MONTH))) {
            if (has(r, FIELD(ALIGNED_DAY_OF_WEEK_IN_MONTH))) {
                return resolve_aligned(r, FIELD(ALIGNED_WEEK_OF_MONTH),
                                       FIELD(ALIGNED_DAY_OF_WEEK_IN_MONTH));
            }
            if (has(r, FIELD(DAY_OF_WEEK))) {
                return resolve_aligned(r, FIELD(ALIGNED_WEEK_OF_MONTH), FIELD(DAY_OF_WEEK));
            }
        }
    }
    return !has(r, FIELD(DAY_OF_YEAR)) || resolve_year_day(r);
}

/* The year and the week of ISO_WEEK_DATE, the quarter of a pattern. */
static bool resolve_iso_fields(struct resolver *r)
{
    if (!has(r, FIELD(WEEK_YEAR)) || !has(r, FIELD(WEEK_OF_WEEK_YEAR)) ||
        !has(r, FIELD(DAY_OF_WEEK))) {
        return true;
    }
    int64_t year = take(r, FIELD(WEEK_YEAR)), week = take(r, FIELD(WEEK_OF_WEEK_YEAR));
    int64_t day = take(r, FIELD(DAY_OF_WEEK)), count = 52;
    int64_t fourth = civil_days(year, 1, 4); // always in the first week
    int first_weekday = java_moment_weekday(civil_days(year, 1, 1));

    if (!check(r, FIELD(WEEK_YEAR), year)) return false;
    if (first_weekday == 4 || (first_weekday == 3 && civil_month_length(year, 2) == 29)) count = 53;
    if (week < 1 || week > count) {
        return error_set(r->err, E_DATE_TIME,
                         "Invalid value for WeekOfWeekBasedYear (valid values 1 - %" PRId64
                         "): %" PRId64,
                         count, week);
    }
    if (!check(r, FIELD(DAY_OF_WEEK), day)) return false;
    return put_date(r, fourth - java_moment_weekday(fourth) + (week - 1) * 7 + day);
}

/* The time */

/* A field that is a clock's hour, where 12 or 24 is zero. */
static bool resolve_clock(struct resolver *r, enum java_field clock, enum java_field hour,
                          int64_t zero)
{
    if (!has(r, clock)) return true;
    int64_t value = take(r, clock);

    if ((r->strict || value != 0) && !check(r, clock, value)) return false;
    return put_same(r, hour, value == zero ? 0 : value);
}

/* A field of the day that stands for several smaller ones. */
static bool resolve_day_part(struct resolver *r, enum java_field whole,
                             const enum java_field *parts, int64_t nanos)
{
    if (!has(r, whole)) return true;
    int64_t value = take(r, whole);

    if (!check(r, whole, value)) return false;
    for (; *parts != JAVA_FIELDS; parts++) {
        if (!put_same(r, *parts, java_field_of_time(*parts, value * nanos))) return false;
    }
    return true;
}

static bool resolve_time(struct resolver *r, int64_t hour, int64_t minute, int64_t second,
                         int64_t nano)
{
    struct java_moment time;

    if (!check(r, FIELD(MINUTE_OF_HOUR), minute) || !check(r, FIELD(NANO_OF_SECOND), nano)) {
        return false;
    }
    if (!r->strict && hour == 24 && minute == 0 && second == 0 && nano == 0) {
        return put_time(r, 0, 1);
    }
    return java_moment_time(hour, minute, second, nano, &time, r->err) &&
           put_time(r, time.seconds * JAVA_TIME_NANOS + nano, 0);
}

static const enum java_field to_nanos[] = {FIELD(HOUR_OF_DAY), FIELD(MINUTE_OF_HOUR),
                                           FIELD(SECOND_OF_MINUTE), FIELD(NANO_OF_SECOND),
                                           JAVA_FIELDS};

static const enum java_field to_seconds[] = {FIELD(HOUR_OF_DAY), FIELD(MINUTE_OF_HOUR),
                                             FIELD(SECOND_OF_MINUTE), JAVA_FIELDS};

static const enum java_field to_minutes[] = {FIELD(HOUR_OF_DAY), FIELD(MINUTE_OF_HOUR),
                                             JAVA_FIELDS};

static const enum java_field millis[] = {FIELD(SECOND_OF_DAY), FIELD(MILLI_OF_SECOND), JAVA_FIELDS};

/* AM and PM need the hour of the half day. */
static bool resolve_half_day(struct resolver *r)
{
    if (!has(r, FIELD(AMPM_OF_DAY)) || !has(r, FIELD(HOUR_OF_AMPM))) return true;
    int64_t half = take(r, FIELD(AMPM_OF_DAY)), hour = take(r, FIELD(HOUR_OF_AMPM));

    return check(r, FIELD(AMPM_OF_DAY), half) && check(r, FIELD(HOUR_OF_AMPM), hour) &&
           put_same(r, FIELD(HOUR_OF_DAY), half * 12 + hour);
}

static bool resolve_time_fields(struct resolver *r)
{
    if (!resolve_clock(r, FIELD(CLOCK_HOUR_OF_DAY), FIELD(HOUR_OF_DAY), 24) ||
        !resolve_clock(r, FIELD(CLOCK_HOUR_OF_AMPM), FIELD(HOUR_OF_AMPM), 12) ||
        !resolve_half_day(r) || !resolve_day_part(r, FIELD(NANO_OF_DAY), to_nanos, 1) ||
        !resolve_day_part(r, FIELD(MILLI_OF_DAY), millis, 1000000) ||
        !resolve_day_part(r, FIELD(SECOND_OF_DAY), to_seconds, JAVA_TIME_NANOS) ||
        !resolve_day_part(r, FIELD(MINUTE_OF_DAY), to_minutes, 60 * JAVA_TIME_NANOS)) {
        return false;
    }
    if (!has(r, FIELD(NANO_OF_SECOND))) return true;
    if (!check(r, FIELD(NANO_OF_SECOND), get(r, FIELD(NANO_OF_SECOND)))) return false;
    if (has(r, FIELD(MILLI_OF_SECOND))) {
        int64_t milli = take(r, FIELD(MILLI_OF_SECOND));

        if (!put_same(r, FIELD(NANO_OF_SECOND),
                      milli * 1000000 + get(r, FIELD(NANO_OF_SECOND)) % 1000000)) {
            return false;
        }
    }
    return true;
}

/* A time of what there is: the hour must be, and nothing between. */
static bool resolve_rest_of_time(struct resolver *r)
{
    const uint64_t parts =
        BIT(HOUR_OF_DAY) | BIT(MINUTE_OF_HOUR) | BIT(SECOND_OF_MINUTE) | BIT(NANO_OF_SECOND);

    if (has(r, FIELD(MILLI_OF_SECOND))) {
        put(r, FIELD(NANO_OF_SECOND), take(r, FIELD(MILLI_OF_SECOND)) * 1000000);
    }
    if (!(r->parsed->present & parts) && !r->strict && has(r, FIELD(AMPM_OF_DAY))) {
        int64_t half = take(r, FIELD(AMPM_OF_DAY));

        if (!check(r, FIELD(AMPM_OF_DAY), half)) return false;
        put(r, FIELD(HOUR_OF_DAY), half * 12 + 6); // the middle of it
    }
    bool minute = has(r, FIELD(MINUTE_OF_HOUR)), second = has(r, FIELD(SECOND_OF_MINUTE));
    bool nano = has(r, FIELD(NANO_OF_SECOND));

    if (!has(r, FIELD(HOUR_OF_DAY)) || (!minute && (second || nano)) || (!second && nano)) {
        return true;
    }
    if (!resolve_time(r, get(r, FIELD(HOUR_OF_DAY)), minute ? get(r, FIELD(MINUTE_OF_HOUR)) : 0,
                      second ? get(r, FIELD(SECOND_OF_MINUTE)) : 0,
                      nano ? get(r, FIELD(NANO_OF_SECOND)) : 0)) {
        return false;
    }
    r->parsed->present &= ~parts;
    return true;
}

static bool check_times_left(struct resolver *r)
{
    for (uint32_t field = 0; field <= JAVA_FIELD_AMPM_OF_DAY; field++) {
        if (has(r, field) && !check(r, field, get(r, field))) return false;
    }
    return true;
}

/* What is left must be true of the date and the time. */
static bool cross_check(struct resolver *r, enum java_kind kind)
{
    const struct java_parsed *parsed = r->parsed;
    struct java_moment moment = {.kind = kind, .zone = value_nil()};

    if (kind != JAVA_LOCAL_TIME) moment.seconds = parsed->days * JAVA_DAY_SECONDS;
    if (kind != JAVA_LOCAL_DATE) {
        moment.seconds += parsed->nano_of_day / JAVA_TIME_NANOS;
        moment.nanos = (int32_t)(parsed->nano_of_day % JAVA_TIME_NANOS);
    }
    for (uint32_t field = 0; field < JAVA_FIELDS; field++) {
        int64_t value;

        if (!has(r, field) || !java_moment_get(&moment, field, &value, NULL)) continue;
        if (value != get(r, field)) {
            struct buf text CLEANUP(buf_done) = {0};

            java_moment_print(&moment, &text);
            return error_set(
                r->err, E_DATE_TIME,
                "Conflict found: Field %s %" PRId64 " differs from %s %" PRId64 " derived from %s",
                java_field_text(field), value, java_field_text(field), get(r, field), text.ptr);
        }
        take(r, field);
    }
    return true;
}

/* The instant, where date, time and offset or zone are there. */
static bool resolve_instant(struct resolver *r)
{
    const struct java_parsed *parsed = r->parsed;
    struct java_moment local = {.kind = JAVA_LOCAL_DATE_TIME, .zone = value_nil()};

    if (has(r, FIELD(INSTANT_SECONDS)) || !parsed->has_date || !parsed->has_time) return true;
    local.seconds = parsed->days * JAVA_DAY_SECONDS + parsed->nano_of_day / JAVA_TIME_NANOS;
    if (has(r, FIELD(OFFSET_SECONDS))) {
        if (!java_zone_check_offset(get(r, FIELD(OFFSET_SECONDS)), r->err)) return false;
        local.offset_s = (int32_t)get(r, FIELD(OFFSET_SECONDS));
    } else if (value_is_nil(parsed->zone)) {
        return true;
    } else if (!java_moment_settle(r->heap, &local, parsed->zone, NULL, r->err)) {
        return false;
    }
    put(r, FIELD(INSTANT_SECONDS), java_moment_instant(&local).seconds);
    return true;
}

bool java_format_resolve(struct heap *heap, struct java_parsed *parsed, bool strict,
                         struct error *err)
{
    struct resolver r = {.heap = heap, .parsed = parsed, .strict = strict, .err = err};

    if (!resolve_instant_fields(&r) || !resolve_date(&r) || !resolve_time_fields(&r) ||
        !resolve_iso_fields(&r) || !resolve_rest_of_time(&r) || !check_times_left(&r)) {
        return false;
    }
    if (parsed->has_date && !cross_check(&r, JAVA_LOCAL_DATE)) return false;
    if (parsed->has_time && !cross_check(&r, JAVA_LOCAL_TIME)) return false;
    if (parsed->has_date && parsed->has_time) {
        if (!cross_check(&r, JAVA_LOCAL_DATE_TIME)) return false;
        parsed->days += parsed->excess_days;
        parsed->excess_days = 0;
        if (!check(&r, FIELD(EPOCH_DAY), parsed->days)) return false;
    }
    return resolve_instant(&r);
}

/* Queries */

static bool refuse(enum java_kind kind, struct error *err)
{
    return error_set(err, E_DATE_TIME,
                     "Unable to obtain %s from TemporalAccessor: the text has not all of it",
                     java_value_class_short(kind));
}

static struct java_time local_of(const struct java_parsed *parsed)
{
    return (struct java_time){parsed->days * JAVA_DAY_SECONDS +
                                  parsed->nano_of_day / JAVA_TIME_NANOS,
                              (int32_t)(parsed->nano_of_day % JAVA_TIME_NANOS)};
}

/* ZonedDateTime.from, OffsetDateTime.from: the instant, seen in the zone. */
static bool query_zoned(struct resolver *r, enum java_kind kind, struct java_moment *out)
{
    const struct java_parsed *parsed = r->parsed;
    struct value zone = zone_of(r);
    int32_t offset_s = 0;

    if (kind == JAVA_OFFSET_DATE_TIME) {
        bool given = has(r, FIELD(OFFSET_SECONDS));

        if (given) {
            if (!java_zone_check_offset(get(r, FIELD(OFFSET_SECONDS)), r->err)) return false;
            offset_s = (int32_t)get(r, FIELD(OFFSET_SECONDS));
        } else if (!java_value_is(zone, JAVA_OFFSET) || !java_zone_is_fixed(zone, &offset_s)) {
            return refuse(kind, r->err);
        }
    } else if (value_is_nil(zone)) {
        return refuse(kind, r->err);
    }
    if (kind == JAVA_OFFSET_DATE_TIME && parsed->has_date && parsed->has_time) {
        out->seconds = local_of(parsed).seconds;
        out->nanos = local_of(parsed).nanos;
        out->offset_s = offset_s;
        return true;
    }
    if (has(r, FIELD(INSTANT_SECONDS))) {
        int32_t nanos =
            parsed->has_time ? local_of(parsed).nanos : (int32_t)get(r, FIELD(NANO_OF_SECOND));
        struct java_time instant = {get(r, FIELD(INSTANT_SECONDS)), nanos};

        return kind == JAVA_ZONED_DATE_TIME ? java_moment_at(r->heap, instant, zone, out, r->err)
                                            : java_moment_at_offset(instant, offset_s, out, r->err);
    }
    if (!parsed->has_date || !parsed->has_time) return refuse(kind, r->err);
    out->seconds = local_of(parsed).seconds;
    out->nanos = local_of(parsed).nanos;
    return java_moment_settle(r->heap, out, zone, NULL, r->err);
}

static bool query_instant(struct resolver *r, struct java_moment *out)
{
    const struct java_parsed *parsed = r->parsed;

    if (!has(r, FIELD(INSTANT_SECONDS))) return refuse(JAVA_INSTANT, r->err);
    out->seconds = get(r, FIELD(INSTANT_SECONDS));
    out->nanos = parsed->has_time                ? local_of(parsed).nanos
                 : has(r, FIELD(NANO_OF_SECOND)) ? (int32_t)get(r, FIELD(NANO_OF_SECOND))
                                                 : 0;
    return java_time_is_instant((struct java_time){out->seconds, out->nanos}) ||
           error_set(r->err, E_DATE_TIME, "Instant exceeds minimum or maximum instant");
}

/* Years and months may be there without a day. */
static bool query_fields(struct resolver *r, enum java_kind kind, struct java_moment *out)
{
    int64_t year = 1970, month = 1, weekday = 1;
    bool date = r->parsed->has_date;
    struct civil civil = civil_from_days(r->parsed->days);

    const struct {
        enum java_kind kind;
        enum java_field field;
        int64_t of_date;
        int64_t *out;
    } needs[] = {
        {JAVA_YEAR, FIELD(YEAR), civil.year, &year},
        {JAVA_YEAR_MONTH, FIELD(YEAR), civil.year, &year},
        {JAVA_YEAR_MONTH, FIELD(MONTH_OF_YEAR), civil.month, &month},
        {JAVA_MONTH, FIELD(MONTH_OF_YEAR), civil.month, &month},
        {JAVA_WEEKDAY, FIELD(DAY_OF_WEEK), java_moment_weekday(r->parsed->days), &weekday},
    };

    for (size_t i = 0; i < ARRAY_COUNT(needs); i++) {
        if (needs[i].kind != kind) continue;
        if (!date && !has(r, needs[i].field)) return refuse(kind, r->err);
        *needs[i].out = date ? needs[i].of_date : get(r, needs[i].field);
        if (!check(r, needs[i].field, *needs[i].out)) return false;
    }
    out->seconds = kind == JAVA_WEEKDAY ? (weekday + 3) * JAVA_DAY_SECONDS
                                        : civil_days(year, (int)month, 1) * JAVA_DAY_SECONDS;
    return true;
}

bool java_format_query(struct heap *heap, const struct java_parsed *parsed, enum java_kind kind,
                       struct java_moment *out, struct error *err)
{
    struct java_parsed copy = *parsed;
    struct resolver r = {.heap = heap, .parsed = &copy, .err = err};
    bool date = kind == JAVA_LOCAL_DATE || kind == JAVA_LOCAL_DATE_TIME;
    bool time = kind == JAVA_LOCAL_TIME || kind == JAVA_LOCAL_DATE_TIME;

    *out = (struct java_moment){.kind = kind, .zone = value_nil()};
    if (kind == JAVA_INSTANT) return query_instant(&r, out);
    if (kind == JAVA_OFFSET_DATE_TIME || kind == JAVA_ZONED_DATE_TIME) {
        return query_zoned(&r, kind, out);
    }
    if (!date && !time) return query_fields(&r, kind, out);
    if ((date && !parsed->has_date) || (time && !parsed->has_time)) return refuse(kind, err);
    if (date) out->seconds = parsed->days * JAVA_DAY_SECONDS;
    if (time) {
        out->seconds += parsed->nano_of_day / JAVA_TIME_NANOS;
        out->nanos = (int32_t)(parsed->nano_of_day % JAVA_TIME_NANOS);
    }
    return true;
}
