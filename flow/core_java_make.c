#include "base/civil.h"
#include "flow/core.h"
#include "flow/core_java_args.h"
#include "flow/java_period.h"
#include "flow/java_zone.h"

/* Core java make: the static methods of java.time that make dates, times and zones. What reads a
 * clock (now) is not there. */

static struct java_moment moment(enum java_kind kind)
{
    return (struct java_moment){.kind = kind, .zone = value_nil()};
}

/* Of year, month and day. */
static bool put_date(struct native_call *call, const int64_t *parts, struct java_moment *out)
{
    int64_t days;

    if (!java_moment_date(parts[0], parts[1], parts[2], &days, call->err)) return false;
    out->seconds = days * JAVA_DAY_SECONDS;
    return true;
}

/* Of hour, minute, second and nanosecond; those that are not given are zero. */
static bool put_time(struct native_call *call, const int64_t *parts, struct java_moment *out)
{
    struct java_moment time;

    if (!java_moment_time(parts[0], parts[1], parts[2], parts[3], &time, call->err)) return false;
    out->seconds += time.seconds;
    out->nanos = time.nanos;
    return true;
}

static bool date_of(struct native_call *call, struct value *out)
{
    struct java_moment made = moment(JAVA_LOCAL_DATE);
    int64_t parts[3];

    return core_java_args_ints(call, 3, true, parts) && put_date(call, parts, &made) &&
           core_java_args_give(call, &made, out);
}

static bool time_of(struct native_call *call, struct value *out)
{
    struct java_moment made = moment(JAVA_LOCAL_TIME);
    int64_t parts[4] = {0};

    for (uint32_t i = 0; i < call->count; i++) {
        if (!core_args_int32(call, i, &parts[i])) return false;
    }
    return put_time(call, parts, &made) && core_java_args_give(call, &made, out);
}

/* A date and a time, from index 0 on. */
static bool take_date_and_time(struct native_call *call, struct java_moment *out)
{
    struct java_moment date, time;

    if (!core_java_args_moment(call, 0, JAVA_LOCAL_DATE, &date) ||
        !core_java_args_moment(call, 1, JAVA_LOCAL_TIME, &time)) {
        return false;
    }
    out->seconds = date.seconds + time.seconds;
    out->nanos = time.nanos;
    return true;
}

/* Seven numbers, of which so many are given. */
static bool take_numbers(struct native_call *call, uint32_t count, struct java_moment *out)
{
    int64_t parts[7] = {0};

    return core_java_args_ints(call, count, call->count == count, parts) &&
           put_date(call, parts, out) && put_time(call, parts + 3, out);
}

static bool date_time_of(struct native_call *call, struct value *out)
{
    struct java_moment made = moment(JAVA_LOCAL_DATE_TIME);
    bool good = call->count == 2  ? take_date_and_time(call, &made)
                : call->count > 4 ? take_numbers(call, call->count, &made)
                                  : core_args_invalid(call, 0, "five to seven numbers");

    return good && core_java_args_give(call, &made, out);
}

/* A local date and time, and behind it an offset or a zone. */
static bool take_local(struct native_call *call, struct java_moment *out)
{
    switch (call->count) {
    case 2:
        if (!core_java_args_moment(call, 0, JAVA_LOCAL_DATE_TIME, out)) return false;
        out->kind = core_java_args_class(call);
        return true;
    case 3: return take_date_and_time(call, out);
    case 8: return take_numbers(call, 7, out);
    default: return core_args_invalid(call, 0, "a date, a time and a zone, or eight arguments");
    }
}

static bool offset_date_time_of(struct native_call *call, struct value *out)
{
    struct java_moment made = moment(JAVA_OFFSET_DATE_TIME);

    return take_local(call, &made) &&
           core_java_args_offset(call, call->count - 1, &made.offset_s) &&
           core_java_args_give(call, &made, out);
}

static bool zoned_date_time_of(struct native_call *call, struct value *out)
{
    struct java_moment made = moment(JAVA_ZONED_DATE_TIME);
    struct value zone;

    return take_local(call, &made) && core_java_args_zone(call, call->count - 1, &zone) &&
           java_moment_settle(call->heap, &made, zone, NULL, call->err) &&
           core_java_args_give(call, &made, out);
}

/* [local-date-time zone preferred-offset] */
static bool of_local(struct native_call *call, struct value *out)
{
    struct java_moment made;
    struct value zone;
    int32_t preferred_s = 0;
    bool prefers = !value_is_nil(call->args[2]);

    if (!core_java_args_moment(call, 0, JAVA_LOCAL_DATE_TIME, &made) ||
        !core_java_args_zone(call, 1, &zone) ||
        (prefers && !core_java_args_offset(call, 2, &preferred_s))) {
        return false;
    }
    return java_moment_settle(call->heap, &made, zone, prefers ? &preferred_s : NULL, call->err) &&
           core_java_args_give(call, &made, out);
}

/* [local-date-time offset zone]: the offset must be the zone's. */
static bool of_strict(struct native_call *call, struct value *out)
{
    struct java_moment made;
    struct value zone;
    int32_t offset_s = 0;

    if (!core_java_args_moment(call, 0, JAVA_LOCAL_DATE_TIME, &made) ||
        !core_java_args_offset(call, 1, &offset_s) || !core_java_args_zone(call, 2, &zone)) {
        return false;
    }
    struct buf local CLEANUP(buf_done) = {0}, offset CLEANUP(buf_done) = {0};
    struct buf name CLEANUP(buf_done) = {0};
    int64_t local_s = made.seconds;

    java_moment_print(&made, &local);
    java_zone_print_offset(offset_s, &offset);
    java_zone_print(zone, &name);
    if (!java_moment_settle(call->heap, &made, zone, &offset_s, call->err)) return false;
    if (made.seconds != local_s) {
        return error_set(call->err, E_DATE_TIME,
                         "LocalDateTime '%s' does not exist in zone '%s' due to a gap in the local "
                         "time-line, typically caused by daylight savings",
                         local.ptr, name.ptr);
    }
    if (made.offset_s != offset_s) {
        return error_set(call->err, E_DATE_TIME,
                         "ZoneOffset '%s' is not valid for LocalDateTime '%s' in zone '%s'",
                         offset.ptr, local.ptr, name.ptr);
    }
    return core_java_args_give(call, &made, out);
}

/* [instant zone]; of a zoned time also [local-date-time offset zone]. */
static bool of_instant(struct native_call *call, struct value *out)
{
    struct java_moment from, made;
    struct value zone;
    bool local = call->count == 3;
    int32_t offset_s = 0;

    if (!core_java_args_moment(call, 0, local ? JAVA_LOCAL_DATE_TIME : JAVA_INSTANT, &from) ||
        (local && !core_java_args_offset(call, 1, &offset_s)) ||
        !core_java_args_zone(call, local ? 2 : 1, &zone)) {
        return false;
    }
    from.offset_s = offset_s;
    return java_moment_at(call->heap, java_moment_instant(&from), zone, &made, call->err) &&
           java_moment_convert(&made, core_java_args_class(call), &made, call->err) &&
           core_java_args_give(call, &made, out);
}

static bool of_epoch_day(struct native_call *call, struct value *out)
{
    struct java_moment made = moment(JAVA_LOCAL_DATE);
    int64_t days;

    if (!core_args_int(call, 0, &days)) return false;
    if (!java_field_check(JAVA_FIELD_EPOCH_DAY, days, call->err)) return false;
    made.seconds = days * JAVA_DAY_SECONDS;
    return core_java_args_give(call, &made, out);
}

static bool of_year_day(struct native_call *call, struct value *out)
{
    struct java_moment made = moment(JAVA_LOCAL_DATE);
    int64_t parts[2], days;

    for (uint32_t i = 0; i < 2; i++) {
        if (!core_args_int32(call, i, &parts[i])) return false;
    }
    if (!java_moment_year_day(parts[0], parts[1], &days, call->err)) return false;
    made.seconds = days * JAVA_DAY_SECONDS;
    return core_java_args_give(call, &made, out);
}

/* LocalTime/ofSecondOfDay and ofNanoOfDay: the field is in the name. */
static bool of_part_of_day(struct native_call *call, struct value *out)
{
    bool seconds = text_ends_with(text_from(call->entry->name), TEXT("SecondOfDay"));
    enum java_field field = seconds ? JAVA_FIELD_SECOND_OF_DAY : JAVA_FIELD_NANO_OF_DAY;
    struct java_moment made = moment(JAVA_LOCAL_TIME);
    int64_t part;

    return core_args_int(call, 0, &part) &&
           java_moment_with(call->heap, &made, field, part, call->err) &&
           core_java_args_give(call, &made, out);
}

/* LocalDateTime/ofEpochSecond [seconds nanos offset] */
static bool of_epoch_second(struct native_call *call, struct value *out)
{
    struct java_time instant;
    struct java_moment made;
    int32_t offset_s;
    int64_t nanos;

    if (!core_args_int(call, 0, &instant.seconds) || !core_args_int32(call, 1, &nanos) ||
        !core_java_args_offset(call, 2, &offset_s) ||
        !java_field_check(JAVA_FIELD_NANO_OF_SECOND, nanos, call->err)) {
        return false;
    }
    instant.nanos = (int32_t)nanos;
    if (!java_moment_at_offset(instant, offset_s, &made, call->err)) return false;
    made.kind = JAVA_LOCAL_DATE_TIME;
    made.offset_s = 0;
    return core_java_args_give(call, &made, out);
}

/* Month/of, DayOfWeek/of, Year/of: the field of the class. */
static bool of_number(struct native_call *call, struct value *out)
{
    static const enum java_field fields[JAVA_KINDS] = {
        [JAVA_YEAR] = JAVA_FIELD_YEAR,
        [JAVA_MONTH] = JAVA_FIELD_MONTH_OF_YEAR,
        [JAVA_WEEKDAY] = JAVA_FIELD_DAY_OF_WEEK,
    };
    enum java_kind kind = core_java_args_class(call);
    struct java_moment date = moment(JAVA_LOCAL_DATE), made;
    int64_t number;

    if (!core_args_int32(call, 0, &number)) return false;
    if (kind != JAVA_YEAR && (number < 1 || number > (kind == JAVA_MONTH ? 12 : 7))) {
        return error_set(call->err, E_DATE_TIME, "Invalid value for %s: %lld",
                         java_field_text(fields[kind]), (long long)number);
    }
    return java_moment_with(call->heap, &date, fields[kind], number, call->err) &&
           java_moment_convert(&date, kind, &made, call->err) &&
           core_java_args_give(call, &made, out);
}

static bool year_month_of(struct native_call *call, struct value *out)
{
    struct java_moment made = moment(JAVA_YEAR_MONTH);
    int64_t parts[3] = {0, 0, 1};

    return core_java_args_ints(call, 2, true, parts) && put_date(call, parts, &made) &&
           core_java_args_give(call, &made, out);
}

/* Year/isLeap */
static bool is_leap(struct native_call *call, struct value *out)
{
    int64_t year;

    if (!core_args_int(call, 0, &year)) return false;
    *out = value_bool(civil_month_length(year, 2) == 29);
    return true;
}

/* X/from any date or time that has what X needs. */
static bool from(struct native_call *call, struct value *out)
{
    enum java_kind kind = core_java_args_class(call);
    struct java_moment source, made;

    if (value_is_nil(call->args[0])) return native_wrong_type(call, 0, "date or time");
    if (!core_java_args_temporal(call, 0, &source)) return false;
    if (kind == JAVA_ZONED_DATE_TIME && source.kind == JAVA_OFFSET_DATE_TIME) {
        source.zone = java_zone_offset(call->heap, source.offset_s);
    }
    return java_moment_convert(&source, kind, &made, call->err) &&
           core_java_args_give(call, &made, out);
}

/* Zones */

static bool take_text(struct native_call *call, uint32_t index, struct buf *out)
{
    return core_args_string(call, index) && core_args_utf8(call, call->args[index], out);
}

static bool zone_of(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    return take_text(call, 0, &text) && core_java_args_charge_zone(call) &&
           java_zone_of(call->heap, buf_get(&text), out, call->err);
}

static bool zone_of_offset(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    int32_t offset_s;

    return take_text(call, 0, &text) && core_java_args_offset(call, 1, &offset_s) &&
           java_zone_prefixed(call->heap, buf_get(&text), offset_s, out, call->err);
}

static bool offset_of(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    int32_t offset_s;

    if (value_is_nil(call->args[0])) return native_wrong_type(call, 0, "string");
    if (!take_text(call, 0, &text)) return false;
    if (!java_zone_parse_offset(buf_get(&text), &offset_s, call->err)) return false;
    *out = java_zone_offset(call->heap, offset_s);
    return true;
}

/* ofHours, ofHoursMinutes, ofHoursMinutesSeconds: as many numbers as the name has. */
static bool offset_of_numbers(struct native_call *call, struct value *out)
{
    int64_t parts[3] = {0};
    int32_t offset_s;

    for (uint32_t i = 0; i < call->count; i++) {
        if (!core_args_int32(call, i, &parts[i])) return false;
    }
    if (!java_zone_sum_offset(parts[0], parts[1], parts[2], &offset_s, call->err)) return false;
    *out = java_zone_offset(call->heap, offset_s);
    return true;
}

static bool offset_of_seconds(struct native_call *call, struct value *out)
{
    int64_t seconds;

    if (!core_args_int32(call, 0, &seconds)) return false;
    if (!java_zone_check_offset(seconds, call->err)) return false;
    *out = java_zone_offset(call->heap, (int32_t)seconds);
    return true;
}

/* Periods */

static bool give_period(struct native_call *call, int64_t years, int64_t months, int64_t days,
                        struct value *out)
{
    struct java_period period;

    if (!java_period_make(years, months, days, &period, call->err)) return false;
    *out = java_period_value(call->heap, period);
    return true;
}

static bool period_of(struct native_call *call, struct value *out)
{
    int64_t parts[3];

    for (uint32_t i = 0; i < 3; i++) {
        if (!core_args_int32(call, i, &parts[i])) return false;
    }
    return give_period(call, parts[0], parts[1], parts[2], out);
}

/* Period/ofDays and its kind: the name ends with the unit. */
static bool period_of_number(struct native_call *call, struct value *out)
{
    struct text name = text_from(call->entry->name);
    bool years = text_ends_with(name, TEXT("Years")), months = text_ends_with(name, TEXT("Months"));
    bool weeks = text_ends_with(name, TEXT("Weeks"));
    int64_t number;

    if (!core_args_int32(call, 0, &number)) return false;
    return give_period(call, years ? number : 0, months ? number : 0,
                       years || months ? 0 : number * (weeks ? 7 : 1), out);
}

static bool period_between(struct native_call *call, struct value *out)
{
    struct java_moment start, end;
    struct java_period period;

    if (!core_java_args_moment(call, 0, JAVA_LOCAL_DATE, &start) ||
        !core_java_args_moment(call, 1, JAVA_LOCAL_DATE, &end) ||
        !java_period_between(start.seconds / JAVA_DAY_SECONDS, end.seconds / JAVA_DAY_SECONDS,
                             &period, call->err)) {
        return false;
    }
    *out = java_period_value(call->heap, period);
    return true;
}

static bool period_parse(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct java_period period;

    if (!take_text(call, 0, &text)) return false;
    if (!java_period_parse(buf_get(&text), &period, call->err)) return false;
    *out = java_period_value(call->heap, period);
    return true;
}

const struct native_entry core_java_make[] = {
    {"java.time.LocalDate/of", 3, 3, NATIVE_OVERLOADED, date_of},
    {"java.time.LocalDate/ofYearDay", 2, 2, NATIVE_PLAIN, of_year_day},
    {"java.time.LocalDate/ofEpochDay", 1, 1, NATIVE_PLAIN, of_epoch_day},
    {"java.time.LocalDate/ofInstant", 2, 2, NATIVE_PLAIN, of_instant},
    {"java.time.LocalTime/of", 2, 4, NATIVE_PLAIN, time_of},
    {"java.time.LocalTime/ofSecondOfDay", 1, 1, NATIVE_PLAIN, of_part_of_day},
    {"java.time.LocalTime/ofNanoOfDay", 1, 1, NATIVE_PLAIN, of_part_of_day},
    {"java.time.LocalTime/ofInstant", 2, 2, NATIVE_PLAIN, of_instant},
    {"java.time.LocalDateTime/of", 2, 7, NATIVE_PLAIN, date_time_of},
    {"java.time.LocalDateTime/ofInstant", 2, 2, NATIVE_PLAIN, of_instant},
    {"java.time.LocalDateTime/ofEpochSecond", 3, 3, NATIVE_PLAIN, of_epoch_second},
    {"java.time.OffsetDateTime/of", 2, 8, NATIVE_PLAIN, offset_date_time_of},
    {"java.time.OffsetDateTime/ofInstant", 2, 2, NATIVE_PLAIN, of_instant},
    {"java.time.ZonedDateTime/of", 2, 8, NATIVE_PLAIN, zoned_date_time_of},
    {"java.time.ZonedDateTime/ofLocal", 3, 3, NATIVE_PLAIN, of_local},
    {"java.time.ZonedDateTime/ofStrict", 3, 3, NATIVE_PLAIN, of_strict},
    {"java.time.ZonedDateTime/ofInstant", 2, 3, NATIVE_PLAIN, of_instant},
    {"java.time.Year/of", 1, 1, NATIVE_PLAIN, of_number},
    {"java.time.Year/isLeap", 1, 1, NATIVE_PLAIN, is_leap},
    {"java.time.YearMonth/of", 2, 2, NATIVE_OVERLOADED, year_month_of},
    {"java.time.Month/of", 1, 1, NATIVE_PLAIN, of_number},
    {"java.time.DayOfWeek/of", 1, 1, NATIVE_PLAIN, of_number},
    {"java.time.Instant/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.LocalDate/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.LocalTime/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.LocalDateTime/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.OffsetDateTime/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.ZonedDateTime/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.Year/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.YearMonth/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.Month/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.DayOfWeek/from", 1, 1, NATIVE_PLAIN, from},
    {"java.time.ZoneOffset/from", 1, 1, NATIVE_OVERLOADED, from},
    {"java.time.ZoneId/of", 1, 1, NATIVE_PLAIN, zone_of},
    {"java.time.ZoneId/ofOffset", 2, 2, NATIVE_PLAIN, zone_of_offset},
    {"java.time.ZoneOffset/of", 1, 1, NATIVE_OVERLOADED, offset_of},
    {"java.time.ZoneOffset/ofHours", 1, 1, NATIVE_PLAIN, offset_of_numbers},
    {"java.time.ZoneOffset/ofHoursMinutes", 2, 2, NATIVE_PLAIN, offset_of_numbers},
    {"java.time.ZoneOffset/ofHoursMinutesSeconds", 3, 3, NATIVE_PLAIN, offset_of_numbers},
    {"java.time.ZoneOffset/ofTotalSeconds", 1, 1, NATIVE_PLAIN, offset_of_seconds},
    {"java.time.Period/of", 3, 3, NATIVE_PLAIN, period_of},
    {"java.time.Period/ofDays", 1, 1, NATIVE_PLAIN, period_of_number},
    {"java.time.Period/ofWeeks", 1, 1, NATIVE_PLAIN, period_of_number},
    {"java.time.Period/ofMonths", 1, 1, NATIVE_PLAIN, period_of_number},
    {"java.time.Period/ofYears", 1, 1, NATIVE_PLAIN, period_of_number},
    {"java.time.Period/between", 2, 2, NATIVE_PLAIN, period_between},
    {"java.time.Period/parse", 1, 1, NATIVE_PLAIN, period_parse},
    {0},
};
