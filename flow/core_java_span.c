#include "flow/core.h"
#include "flow/core_java_args.h"
#include "flow/java_period.h"

#include <string.h>

/* Core java span: durations and periods of java.time. */

#define SPANS (CORE_JAVA_DURATION | CORE_JAVA_PERIOD)

static bool give(struct native_call *call, struct java_time span, struct value *out)
{
    *out = java_value_new(call->heap, JAVA_DURATION, span.seconds, span.nanos);
    return true;
}

static bool give_period(struct native_call *call, struct java_period period, struct value *out)
{
    *out = java_period_value(call->heap, period);
    return true;
}

static bool take(struct native_call *call, struct java_time *out)
{
    *out = (struct java_time){0};
    if (!core_java_args_kind(call, 0, JAVA_DURATION)) return false;
    *out = java_value_time(call->args[0]);
    return true;
}

static bool parse(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct java_time span;

    if (!core_args_string(call, 0) || !core_args_utf8(call, call->args[0], &text)) return false;
    if (!java_time_parse_duration(buf_get(&text), &span)) {
        error_set(call->err, E_DATE_TIME_PARSE, "Text cannot be parsed to a Duration");
        return error_hint(call->err, "%s reads text such as \"PT1H30M\".", call->entry->name);
    }
    return give(call, span, out);
}

/* The name of the entry ends with the unit. */
static enum java_time_unit unit_of_name(const struct native_call *call)
{
    static const struct {
        const char *ending;
        enum java_time_unit unit;
    } endings[] = {
        {"Nanos", JAVA_TIME_NANO},     {"Millis", JAVA_TIME_MILLI},  {"Milli", JAVA_TIME_MILLI},
        {"Seconds", JAVA_TIME_SECOND}, {"Second", JAVA_TIME_SECOND}, {"Minutes", JAVA_TIME_MINUTE},
        {"Hours", JAVA_TIME_HOUR},     {"Days", JAVA_TIME_DAY},
    };
    struct text name = text_from(call->entry->name);

    for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
        if (text_ends_with(name, text_from(endings[i].ending))) return endings[i].unit;
    }
    ASSERT(!"the name of the entry ends with a unit");
    return JAVA_TIME_NANO;
}

/* A number of units, and with two arguments nanoseconds to add; of instants since 1970. */
static bool of_number(struct native_call *call, struct value *out)
{
    bool instant = text_starts_with(text_from(call->entry->name), TEXT("java.time.Instant"));
    struct java_time time, more = {0};
    int64_t amount, nanos = 0;

    if (!core_args_int(call, 0, &amount)) return false;
    if (!java_time_of(amount, unit_of_name(call), &time, call->err)) return false;
    if (call->count > 1) {
        if (!core_args_int(call, 1, &nanos)) return false;
        if (!java_time_of(nanos, JAVA_TIME_NANO, &more, call->err)) return false;
    }
    if (!java_time_add(time, more, &time, call->err)) return false;
    if (instant && !java_time_is_instant(time)) {
        return error_set(call->err, E_DATE_TIME, "Instant exceeds minimum or maximum instant");
    }
    *out = java_value_new(call->heap, instant ? JAVA_INSTANT : JAVA_DURATION, time.seconds,
                          time.nanos);
    return true;
}

static bool of(struct native_call *call, struct value *out)
{
    enum java_time_unit unit;
    struct java_time span;
    int64_t amount;

    return core_args_int(call, 0, &amount) && core_java_args_unit(call, 1, &unit) &&
           java_time_of(amount, unit, &span, call->err) && give(call, span, out);
}

static bool between(struct native_call *call, struct value *out)
{
    struct java_moment from, to;
    struct java_time span;

    return core_java_args_temporal(call, 0, &from) && core_java_args_temporal(call, 1, &to) &&
           java_moment_between(call->heap, &from, &to, &span, call->err) && give(call, span, out);
}

/* .toMinutes: how many there are in all; .toMinutesPart: of those that are left of the hour. */
static bool count_by_name(struct native_call *call, struct value *out)
{
    struct java_time span;
    int64_t count = 0;

    if (!take(call, &span)) return false;
    if (!java_time_count(span, unit_of_name(call), &count, call->err)) return false;
    *out = value_int(count);
    return true;
}

/* Whole seconds are those below: of -0.5 s it is -1. */
static bool get_seconds(struct native_call *call, struct value *out)
{
    struct java_time span;

    if (!take(call, &span)) return false;
    *out = value_int(span.seconds);
    return true;
}

static bool part_by_name(struct native_call *call, struct value *out)
{
    static const struct {
        const char *name;
        int64_t seconds, count;
    } parts[] = {
        {".toDaysPart", 86400, INT64_MAX},
        {".toHoursPart", 3600, 24},
        {".toMinutesPart", 60, 60},
        {".toSecondsPart", 1, 60},
    };
    struct java_time span;

    if (!take(call, &span)) return false;
    *out = value_int(span.nanos);
    if (strcmp(call->entry->name, ".toMillisPart") == 0) *out = value_int(span.nanos / 1000000);
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (strcmp(parts[i].name, call->entry->name) == 0) {
            *out = value_int(span.seconds / parts[i].seconds % parts[i].count);
        }
    }
    return true;
}

/* Both kinds times a number. */
static bool multiply(struct native_call *call, int64_t factor, struct value *out)
{
    if (java_value_is(call->args[0], JAVA_PERIOD)) {
        struct java_period period;

        return java_period_add((struct java_period){0}, java_period_of(call->args[0]), factor,
                               &period, call->err) &&
               give_period(call, period, out);
    }
    struct java_time span = java_value_time(call->args[0]);

    return java_time_multiply(span, factor, &span, call->err) && give(call, span, out);
}

static bool multiplied_by(struct native_call *call, struct value *out)
{
    bool period = java_value_is(call->args[0], JAVA_PERIOD);
    int64_t factor;

    return core_java_args_method(call, SPANS) &&
           (period ? core_args_int32 : core_args_int)(call, 1, &factor) &&
           multiply(call, factor, out);
}

/* By a number, or how often another one is in it. */
static bool divided_by(struct native_call *call, struct value *out)
{
    struct java_time span, by;
    int64_t divisor;

    if (!take(call, &span)) return false;
    if (java_value_is(call->args[1], JAVA_DURATION)) {
        by = java_value_time(call->args[1]);
        if (!java_time_divide(span, by, &divisor, call->err)) return false;
        *out = value_int(divisor);
        return true;
    }
    if (call->args[1].type != VALUE_INT && !value_is_nil(call->args[1])) {
        return core_args_invalid(call, 1, "an integer or a java.time.Duration");
    }
    return core_args_int(call, 1, &divisor) && java_time_split(span, divisor, &span, call->err) &&
           give(call, span, out);
}

static bool negated(struct native_call *call, struct value *out)
{
    return core_java_args_method(call, SPANS) && multiply(call, -1, out);
}

static bool absolute(struct native_call *call, struct value *out)
{
    struct java_time span;

    return take(call, &span) && multiply(call, span.seconds < 0 ? -1 : 1, out);
}

static bool is_zero(struct native_call *call, struct value *out)
{
    if (!core_java_args_method(call, SPANS)) return false;
    struct java_time time = java_value_time(call->args[0]); // of a period: all its parts

    *out = value_bool(time.seconds == 0 && time.nanos == 0);
    return true;
}

static bool is_negative(struct native_call *call, struct value *out)
{
    if (!core_java_args_method(call, SPANS)) return false;
    if (java_value_is(call->args[0], JAVA_PERIOD)) {
        struct java_period period = java_period_of(call->args[0]);

        *out = value_bool(period.years < 0 || period.months < 0 || period.days < 0);
    } else {
        *out = value_bool(java_value_time(call->args[0]).seconds < 0);
    }
    return true;
}

/* Periods: the parts by their names. */

static bool period_part(struct native_call *call, struct value *out)
{
    struct text name = text_from(call->entry->name);

    if (!core_java_args_kind(call, 0, JAVA_PERIOD)) return false;
    struct java_period period = java_period_of(call->args[0]);

    *out = value_int(text_ends_with(name, TEXT("Years"))    ? period.years
                     : text_ends_with(name, TEXT("Months")) ? period.months
                                                            : period.days);
    return true;
}

static bool period_with(struct native_call *call, struct value *out)
{
    struct text name = text_from(call->entry->name);
    int64_t number;

    if (!core_java_args_kind(call, 0, JAVA_PERIOD) || !core_args_int32(call, 1, &number)) {
        return false;
    }
    struct java_period period = java_period_of(call->args[0]);

    *(text_ends_with(name, TEXT("Years"))    ? &period.years
      : text_ends_with(name, TEXT("Months")) ? &period.months
                                             : &period.days) = (int32_t)number;
    return give_period(call, period, out);
}

static bool to_total_months(struct native_call *call, struct value *out)
{
    if (!core_java_args_kind(call, 0, JAVA_PERIOD)) return false;
    struct java_period period = java_period_of(call->args[0]);

    *out = value_int((int64_t)period.years * 12 + period.months);
    return true;
}

static bool normalized(struct native_call *call, struct value *out)
{
    struct java_period period;

    return core_java_args_kind(call, 0, JAVA_PERIOD) &&
           java_period_normalize(java_period_of(call->args[0]), &period, call->err) &&
           give_period(call, period, out);
}

#define OF(name)                                                    \
    {                                                               \
        "java.time.Duration/of" name, 1, 1, NATIVE_PLAIN, of_number \
    }
#define COUNT(name)                             \
    {                                           \
        name, 1, 1, NATIVE_PLAIN, count_by_name \
    }
#define PART(name)                             \
    {                                          \
        name, 1, 1, NATIVE_PLAIN, part_by_name \
    }

const struct native_entry core_java_span[] = {
    {"java.time.Instant/ofEpochMilli", 1, 1, NATIVE_PLAIN, of_number},
    {"java.time.Instant/ofEpochSecond", 1, 2, NATIVE_PLAIN, of_number},
    {"java.time.Duration/parse", 1, 1, NATIVE_PLAIN, parse},
    OF("Nanos"),
    OF("Millis"),
    {"java.time.Duration/ofSeconds", 1, 2, NATIVE_PLAIN, of_number},
    OF("Minutes"),
    OF("Hours"),
    OF("Days"),
    {"java.time.Duration/of", 2, 2, NATIVE_PLAIN, of},
    {"java.time.Duration/between", 2, 2, NATIVE_PLAIN, between},
    COUNT(".toNanos"),
    COUNT(".toMillis"),
    COUNT(".toMinutes"),
    COUNT(".toHours"),
    COUNT(".toDays"),
    {".toSeconds", 1, 1, NATIVE_PLAIN, get_seconds},
    {".getSeconds", 1, 1, NATIVE_PLAIN, get_seconds},
    PART(".toDaysPart"),
    PART(".toHoursPart"),
    PART(".toMinutesPart"),
    PART(".toSecondsPart"),
    PART(".toMillisPart"),
    PART(".toNanosPart"),
    {".multipliedBy", 2, 2, NATIVE_PLAIN, multiplied_by},
    {".dividedBy", 2, 2, NATIVE_PLAIN, divided_by},
    {".negated", 1, 1, NATIVE_PLAIN, negated},
    {".abs", 1, 1, NATIVE_PLAIN, absolute},
    {".isZero", 1, 1, NATIVE_PLAIN, is_zero},
    {".isNegative", 1, 1, NATIVE_PLAIN, is_negative},
    {".getYears", 1, 1, NATIVE_PLAIN, period_part},
    {".getMonths", 1, 1, NATIVE_PLAIN, period_part},
    {".getDays", 1, 1, NATIVE_PLAIN, period_part},
    {".withYears", 2, 2, NATIVE_PLAIN, period_with},
    {".withMonths", 2, 2, NATIVE_PLAIN, period_with},
    {".withDays", 2, 2, NATIVE_PLAIN, period_with},
    {".toTotalMonths", 1, 1, NATIVE_PLAIN, to_total_months},
    {".normalized", 1, 1, NATIVE_PLAIN, normalized},
    {0},
};
