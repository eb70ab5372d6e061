#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/inst.h"
#include "flow/java_time.h"
#include "flow/java_value.h"

#include <string.h>

/* Core java time: java.time's Instant, Duration and ChronoUnit. What reads a clock is not there. */

static struct value make(struct native_call *call, enum java_kind kind, struct java_time time)
{
    return java_value_new(call->heap, kind, time.seconds, time.nanos);
}

static bool give_instant(struct native_call *call, struct java_time at, struct value *out)
{
    if (!java_time_is_instant(at)) {
        return error_set(call->err, E_RUNTIME, "%s: the instant is out of range",
                         call->entry->name);
    }
    *out = make(call, JAVA_INSTANT, at);
    return true;
}

/* An instant or a duration, as the kind says. */
static bool take(struct native_call *call, uint32_t index, enum java_kind kind,
                 struct java_time *out)
{
    *out = (struct java_time){0};
    if (!java_value_is(call->args[index], kind)) {
        return core_args_wrong(
            call, index, kind == JAVA_INSTANT ? "a java.time.Instant" : "a java.time.Duration");
    }
    *out = java_value_time(call->args[index]);
    return true;
}

static bool take_unit(struct native_call *call, uint32_t index, enum java_time_unit *out)
{
    *out = JAVA_TIME_NANO;
    if (!java_value_is(call->args[index], JAVA_UNIT)) {
        return core_args_wrong(call, index, "a unit, as java.time.temporal.ChronoUnit/DAYS");
    }
    *out = (enum java_time_unit)java_value_time(call->args[index]).seconds;
    return true;
}

/* The object of a method that both instants and durations have. */
static bool take_either(struct native_call *call, enum java_kind *out_kind, struct java_time *out)
{
    *out_kind = java_value_is(call->args[0], JAVA_DURATION) ? JAVA_DURATION : JAVA_INSTANT;
    *out = (struct java_time){0};
    if (java_value_is(call->args[0], *out_kind)) return take(call, 0, *out_kind, out);
    return core_args_wrong(call, 0, "an instant or a duration of java.time");
}

static bool give(struct native_call *call, enum java_kind kind, struct java_time time,
                 struct value *out)
{
    if (kind == JAVA_INSTANT) return give_instant(call, time, out);
    *out = make(call, kind, time);
    return true;
}

/* ── made from text ── */

typedef bool parser(struct text source, struct java_time *out);

static bool parse(struct native_call *call, parser *function, enum java_kind kind,
                  const char *example, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct java_time time;

    if (!core_args_string(call, 0) || !core_args_utf8(call, call->args[0], &text)) return false;
    if (!function(buf_get(&text), &time)) {
        error_set(call->err, E_RUNTIME, "Text '%.60s' could not be parsed",
                  text.ptr ? text.ptr : "");
        return error_hint(call->err, "%s reads text such as \"%s\".", call->entry->name, example);
    }
    *out = make(call, kind, time);
    return true;
}

static bool parse_instant(struct native_call *call, struct value *out)
{
    return parse(call, java_time_parse_instant, JAVA_INSTANT, "2026-01-31T12:00:00Z", out);
}

static bool parse_duration(struct native_call *call, struct value *out)
{
    return parse(call, java_time_parse_duration, JAVA_DURATION, "PT1H30M", out);
}

/* ── made from numbers: the name of the entry says the unit ── */

static const struct {
    const char *ending; /* of the name of the method */
    enum java_time_unit unit;
} endings[] = {
    {"Nanos", JAVA_TIME_NANO},     {"Millis", JAVA_TIME_MILLI},  {"Milli", JAVA_TIME_MILLI},
    {"Seconds", JAVA_TIME_SECOND}, {"Second", JAVA_TIME_SECOND}, {"Minutes", JAVA_TIME_MINUTE},
    {"Hours", JAVA_TIME_HOUR},     {"Days", JAVA_TIME_DAY},
};

static enum java_time_unit unit_of_name(const struct native_call *call)
{
    struct text name = text_from(call->entry->name);

    for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
        if (text_ends_with(name, text_from(endings[i].ending))) return endings[i].unit;
    }
    ASSERT(!"the name of the entry ends with a unit");
    return JAVA_TIME_NANO;
}

static bool span_of_name(struct native_call *call, uint32_t index, struct java_time *out)
{
    int64_t amount;

    *out = (struct java_time){0};
    return core_args_int(call, index, &amount) &&
           java_time_of(amount, unit_of_name(call), out, call->err);
}

/* A number of units, and with two arguments nanoseconds to add. */
static bool of_number(struct native_call *call, enum java_kind kind, struct value *out)
{
    struct java_time time, more = {0};
    int64_t nanos = 0;

    if (!span_of_name(call, 0, &time)) return false;
    if (call->count > 1) {
        if (!core_args_int(call, 1, &nanos)) return false;
        if (!java_time_of(nanos, JAVA_TIME_NANO, &more, call->err)) return false;
    }
    return java_time_add(time, more, &time, call->err) && give(call, kind, time, out);
}

static bool instant_of(struct native_call *call, struct value *out)
{
    return of_number(call, JAVA_INSTANT, out);
}

static bool duration_of_number(struct native_call *call, struct value *out)
{
    return of_number(call, JAVA_DURATION, out);
}

static bool duration_of(struct native_call *call, struct value *out)
{
    enum java_time_unit unit;
    struct java_time span;
    int64_t amount;

    if (!core_args_int(call, 0, &amount) || !take_unit(call, 1, &unit)) return false;
    return java_time_of(amount, unit, &span, call->err) && give(call, JAVA_DURATION, span, out);
}

static bool duration_between(struct native_call *call, struct value *out)
{
    struct java_time from, to;

    if (!take(call, 0, JAVA_INSTANT, &from) || !take(call, 1, JAVA_INSTANT, &to)) return false;
    return java_time_subtract(to, from, &to, call->err) && give(call, JAVA_DURATION, to, out);
}

/* ── instants and #inst ── */

static bool to_instant(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_INST) return core_args_wrong(call, 0, "an #inst");
    *out = make(call, JAVA_INSTANT, java_time_from_ms(inst_ms(call->args[0])));
    return true;
}

static bool get_time(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_INST) return core_args_wrong(call, 0, "an #inst");
    *out = value_int(inst_ms(call->args[0]));
    return true;
}

static bool date_from(struct native_call *call, struct value *out)
{
    struct java_time at;
    int64_t ms = 0;

    if (!take(call, 0, JAVA_INSTANT, &at)) return false;
    if (!java_time_to_ms(at, &ms, call->err)) {
        return error_set(call->err, E_ARGUMENT, "java.util.Date/from: the instant is out of range");
    }
    *out = inst_new(call->heap, ms);
    return true;
}

static bool to_epoch_milli(struct native_call *call, struct value *out)
{
    struct java_time at;
    int64_t ms = 0;

    if (!take(call, 0, JAVA_INSTANT, &at) || !java_time_to_ms(at, &ms, call->err)) return false;
    *out = value_int(ms);
    return true;
}

static bool get_epoch_second(struct native_call *call, struct value *out)
{
    struct java_time at;

    if (!take(call, 0, JAVA_INSTANT, &at)) return false;
    *out = value_int(at.seconds);
    return true;
}

static bool get_nano(struct native_call *call, struct value *out)
{
    enum java_kind kind;
    struct java_time time;

    if (!take_either(call, &kind, &time)) return false;
    *out = value_int(time.nanos);
    return true;
}

/* ── arithmetic ── */

typedef bool combine(struct java_time a, struct java_time b, struct java_time *out,
                     struct error *err);

/* Java has several methods of the name for instants, one for durations; the errors are theirs. */
static bool no_method(struct native_call *call, enum java_kind kind, uint32_t index,
                      const char *expected)
{
    return kind == JAVA_INSTANT ? core_args_invalid(call, index, expected)
                                : core_args_wrong(call, index, expected);
}

/* (.plus x duration) and (.plus x amount unit) */
static bool move(struct native_call *call, combine *function, struct value *out)
{
    enum java_kind kind;
    enum java_time_unit unit;
    struct java_time time, span;
    int64_t amount;

    if (!take_either(call, &kind, &time)) return false;
    if (call->count == 2) {
        if (!value_is_nil(call->args[1]) && !java_value_is(call->args[1], JAVA_DURATION)) {
            return no_method(call, kind, 1, "a java.time.Duration");
        }
        if (!take(call, 1, JAVA_DURATION, &span)) return false;
    } else {
        if (kind == JAVA_INSTANT && call->args[1].type != VALUE_INT) {
            return core_args_invalid(call, 1, "an integer");
        }
        if (!core_args_int(call, 1, &amount)) return false;
        if (!value_is_nil(call->args[2]) && !java_value_is(call->args[2], JAVA_UNIT)) {
            return no_method(call, kind, 2, "a unit, as java.time.temporal.ChronoUnit/DAYS");
        }
        if (!take_unit(call, 2, &unit)) return false;
        if (!java_time_of(amount, unit, &span, call->err)) return false;
    }
    return function(time, span, &time, call->err) && give(call, kind, time, out);
}

static bool plus(struct native_call *call, struct value *out)
{
    return move(call, java_time_add, out);
}

static bool minus(struct native_call *call, struct value *out)
{
    return move(call, java_time_subtract, out);
}

/* .plusSeconds and its kind; minutes and longer ones are methods of durations alone. */
static bool move_by_name(struct native_call *call, combine *function, struct value *out)
{
    enum java_kind kind = JAVA_DURATION;
    struct java_time time, span;

    if (unit_of_name(call) > JAVA_TIME_SECOND) {
        if (!take(call, 0, JAVA_DURATION, &time)) return false;
    } else if (!take_either(call, &kind, &time)) {
        return false;
    }
    return span_of_name(call, 1, &span) && function(time, span, &time, call->err) &&
           give(call, kind, time, out);
}

static bool plus_by_name(struct native_call *call, struct value *out)
{
    return move_by_name(call, java_time_add, out);
}

static bool minus_by_name(struct native_call *call, struct value *out)
{
    return move_by_name(call, java_time_subtract, out);
}

static bool truncated_to(struct native_call *call, struct value *out)
{
    enum java_kind kind;
    enum java_time_unit unit;
    struct java_time time;

    if (!take_either(call, &kind, &time) || !take_unit(call, 1, &unit)) return false;
    return java_time_truncate(time, unit, kind == JAVA_INSTANT, &time, call->err) &&
           give(call, kind, time, out);
}

static bool count_between(struct native_call *call, uint32_t from_index, uint32_t unit_index,
                          struct value *out)
{
    enum java_time_unit unit;
    struct java_time from, to;
    int64_t count = 0;

    if (!take(call, from_index, JAVA_INSTANT, &from)) return false;
    if (!take(call, from_index + 1, JAVA_INSTANT, &to)) return false;
    if (!take_unit(call, unit_index, &unit)) return false;
    if (unit == JAVA_TIME_MILLI) { // Java counts from one millisecond to the other
        if (!java_time_truncate(from, unit, true, &from, call->err)) return false;
        if (!java_time_truncate(to, unit, true, &to, call->err)) return false;
    }
    if (!java_time_subtract(to, from, &to, call->err)) return false;
    if (!java_time_count(to, unit, &count, call->err)) return false;
    *out = value_int(count);
    return true;
}

static bool until(struct native_call *call, struct value *out)
{
    return count_between(call, 0, 2, out);
}

static bool between(struct native_call *call, struct value *out)
{
    enum java_time_unit unit;

    return take_unit(call, 0, &unit) && count_between(call, 1, 0, out);
}

static bool compare(struct native_call *call, int sign, struct value *out)
{
    struct java_time a, b;

    if (!take(call, 0, JAVA_INSTANT, &a) || !take(call, 1, JAVA_INSTANT, &b)) return false;
    *out = value_bool(sign * java_time_compare(a, b) > 0);
    return true;
}

static bool is_before(struct native_call *call, struct value *out)
{
    return compare(call, -1, out);
}

static bool is_after(struct native_call *call, struct value *out)
{
    return compare(call, 1, out);
}

/* ── durations ── */

static bool count_by_name(struct native_call *call, struct value *out)
{
    struct java_time span;
    enum java_time_unit unit = unit_of_name(call);
    int64_t count = 0;

    if (!take(call, 0, JAVA_DURATION, &span)) return false;
    if (!java_time_count(span, unit, &count, call->err)) return false;
    *out = value_int(count);
    return true;
}

/* Whole seconds are those below: of -0.5 s it is -1. */
static bool get_seconds(struct native_call *call, struct value *out)
{
    struct java_time span;

    if (!take(call, 0, JAVA_DURATION, &span)) return false;
    *out = value_int(span.seconds);
    return true;
}

static bool multiplied_by(struct native_call *call, struct value *out)
{
    struct java_time span;
    int64_t factor;

    if (!take(call, 0, JAVA_DURATION, &span) || !core_args_int(call, 1, &factor)) return false;
    return java_time_multiply(span, factor, &span, call->err) &&
           give(call, JAVA_DURATION, span, out);
}

static bool negated(struct native_call *call, struct value *out)
{
    struct java_time span;

    return take(call, 0, JAVA_DURATION, &span) && java_time_multiply(span, -1, &span, call->err) &&
           give(call, JAVA_DURATION, span, out);
}

static bool absolute(struct native_call *call, struct value *out)
{
    struct java_time span;

    if (!take(call, 0, JAVA_DURATION, &span)) return false;
    return java_time_multiply(span, span.seconds < 0 ? -1 : 1, &span, call->err) &&
           give(call, JAVA_DURATION, span, out);
}

static bool is_zero(struct native_call *call, struct value *out)
{
    struct java_time span;

    if (!take(call, 0, JAVA_DURATION, &span)) return false;
    *out = value_bool(span.seconds == 0 && span.nanos == 0);
    return true;
}

static bool is_negative(struct native_call *call, struct value *out)
{
    struct java_time span;

    if (!take(call, 0, JAVA_DURATION, &span)) return false;
    *out = value_bool(span.seconds < 0);
    return true;
}

const struct native_entry core_java_time[] = {
    {"java.time.Instant/parse", 1, 1, NATIVE_PLAIN, parse_instant},
    {"java.time.Instant/ofEpochMilli", 1, 1, NATIVE_PLAIN, instant_of},
    {"java.time.Instant/ofEpochSecond", 1, 2, NATIVE_PLAIN, instant_of},
    {"java.util.Date/from", 1, 1, NATIVE_PLAIN, date_from},
    {".toInstant", 1, 1, NATIVE_PLAIN, to_instant},
    {".getTime", 1, 1, NATIVE_PLAIN, get_time},
    {".toEpochMilli", 1, 1, NATIVE_PLAIN, to_epoch_milli},
    {".getEpochSecond", 1, 1, NATIVE_PLAIN, get_epoch_second},
    {".getNano", 1, 1, NATIVE_PLAIN, get_nano},
    {".plus", 2, 3, NATIVE_PLAIN, plus},
    {".minus", 2, 3, NATIVE_PLAIN, minus},
    {".plusNanos", 2, 2, NATIVE_PLAIN, plus_by_name},
    {".plusMillis", 2, 2, NATIVE_PLAIN, plus_by_name},
    {".plusSeconds", 2, 2, NATIVE_PLAIN, plus_by_name},
    {".plusMinutes", 2, 2, NATIVE_PLAIN, plus_by_name},
    {".plusHours", 2, 2, NATIVE_PLAIN, plus_by_name},
    {".plusDays", 2, 2, NATIVE_PLAIN, plus_by_name},
    {".minusNanos", 2, 2, NATIVE_PLAIN, minus_by_name},
    {".minusMillis", 2, 2, NATIVE_PLAIN, minus_by_name},
    {".minusSeconds", 2, 2, NATIVE_PLAIN, minus_by_name},
    {".minusMinutes", 2, 2, NATIVE_PLAIN, minus_by_name},
    {".minusHours", 2, 2, NATIVE_PLAIN, minus_by_name},
    {".minusDays", 2, 2, NATIVE_PLAIN, minus_by_name},
    {".truncatedTo", 2, 2, NATIVE_PLAIN, truncated_to},
    {".until", 3, 3, NATIVE_PLAIN, until},
    {".between", 3, 3, NATIVE_PLAIN, between},
    {".isBefore", 2, 2, NATIVE_PLAIN, is_before},
    {".isAfter", 2, 2, NATIVE_PLAIN, is_after},
    {"java.time.Duration/parse", 1, 1, NATIVE_PLAIN, parse_duration},
    {"java.time.Duration/ofNanos", 1, 1, NATIVE_PLAIN, duration_of_number},
    {"java.time.Duration/ofMillis", 1, 1, NATIVE_PLAIN, duration_of_number},
    {"java.time.Duration/ofSeconds", 1, 2, NATIVE_PLAIN, duration_of_number},
    {"java.time.Duration/ofMinutes", 1, 1, NATIVE_PLAIN, duration_of_number},
    {"java.time.Duration/ofHours", 1, 1, NATIVE_PLAIN, duration_of_number},
    {"java.time.Duration/ofDays", 1, 1, NATIVE_PLAIN, duration_of_number},
    {"java.time.Duration/of", 2, 2, NATIVE_PLAIN, duration_of},
    {"java.time.Duration/between", 2, 2, NATIVE_PLAIN, duration_between},
    {".toNanos", 1, 1, NATIVE_PLAIN, count_by_name},
    {".toMillis", 1, 1, NATIVE_PLAIN, count_by_name},
    {".toSeconds", 1, 1, NATIVE_PLAIN, get_seconds},
    {".getSeconds", 1, 1, NATIVE_PLAIN, get_seconds},
    {".toMinutes", 1, 1, NATIVE_PLAIN, count_by_name},
    {".toHours", 1, 1, NATIVE_PLAIN, count_by_name},
    {".toDays", 1, 1, NATIVE_PLAIN, count_by_name},
    {".multipliedBy", 2, 2, NATIVE_PLAIN, multiplied_by},
    {".negated", 1, 1, NATIVE_PLAIN, negated},
    {".abs", 1, 1, NATIVE_PLAIN, absolute},
    {".isZero", 1, 1, NATIVE_PLAIN, is_zero},
    {".isNegative", 1, 1, NATIVE_PLAIN, is_negative},
    {0},
};
