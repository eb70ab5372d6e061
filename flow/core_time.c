#include "base/parse.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/inst.h"
#include "flow/java_format.h"
#include "flow/java_zone.h"
#include "flow/keyword.h"

#include <string.h>

/*
 * Core time: instants as data, in UTC. Now is no function of this table: a flow asks (flow/now-ms),
 * which is recorded. An instant may also be given as ISO text or as milliseconds since 1970; a
 * duration is a number of milliseconds.
 */
#define DAY_MS 86400000LL

static bool instant(struct native_call *call, uint32_t index, int64_t *out_ms)
{
    struct value source = call->args[index];

    if (source.type == VALUE_INST) {
        *out_ms = inst_ms(source);
        return true;
    }
    if (java_value_is(source, JAVA_INSTANT)) {
        return java_time_to_ms(java_value_time(source), out_ms, call->err);
    }
    if (source.type == VALUE_INT) {
        *out_ms = source.integer;
        return true;
    }
    if (source.type == VALUE_STRING) {
        struct buf text CLEANUP(buf_done) = {0};

        if (!core_args_utf8(call, source, &text)) return false;
        if (parse_instant_ms(buf_get(&text), out_ms)) return true;
        return error_set(call->err, E_ARGUMENT, "%s: \"%.60s\" is no ISO 8601 instant",
                         call->entry->name, text.ptr ? text.ptr : "");
    }
    return core_args_wrong(call, index, "an instant");
}

static bool inst_ms_of(struct native_call *call, struct value *out)
{
    struct value source = call->args[0];
    int64_t ms = 0;

    if (source.type != VALUE_INST && !java_value_is(source, JAVA_INSTANT)) {
        return core_args_invalid(call, 0, "an instant");
    }
    if (!instant(call, 0, &ms)) return false;
    *out = value_int(ms);
    return true;
}

static bool parse_instant(struct native_call *call, struct value *out)
{
    int64_t ms = 0;

    if (!core_args_string(call, 0) || !instant(call, 0, &ms)) return false;
    *out = inst_new(call->heap, ms);
    return true;
}

static bool to_ms(struct native_call *call, struct value *out)
{
    int64_t ms = 0;

    if (!instant(call, 0, &ms)) return false;
    *out = value_int(ms);
    return true;
}

static bool from_ms(struct native_call *call, struct value *out)
{
    int64_t ms = 0;

    if (!core_args_int(call, 0, &ms)) return false;
    *out = inst_new(call->heap, ms);
    return true;
}

/* As Java's Instant.toString: the fraction only when there is one. */
static bool format_instant(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    int64_t ms = 0;

    if (!instant(call, 0, &ms)) return false;
    inst_print_iso(ms, &text);
    if (ms % 1000 == 0 && text.len > 5) {
        text.len -= 5; // ".000Z"
        buf_char(&text, 'Z');
    }
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

/* As java.time's DateTimeFormatter of that pattern, in UTC. */
static bool format_pattern(struct native_call *call, struct value *out)
{
    struct buf pattern CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};
    struct java_moment at = {.kind = JAVA_INSTANT, .zone = value_nil()};
    struct java_steps steps = {0};
    int64_t ms = 0;

    if (!instant(call, 0, &ms) || !core_args_string(call, 1)) return false;
    if (!native_charge(call, 2 * (int64_t)string_length(call->args[1]) + 10)) return false;
    string_append_utf8(call->args[1], &pattern);
    if (!java_format_compile(buf_get(&pattern), &steps, call->err)) return false;
    at.seconds = java_time_from_ms(ms).seconds;
    at.nanos = java_time_from_ms(ms).nanos;
    bool good = java_format_print(call->heap, &steps, java_zone_region(call->heap, TEXT("UTC")),
                                  &at, &text, call->err);

    java_format_done(&steps);
    if (good) *out = string_from_utf8(call->heap, buf_get(&text));
    return good;
}

static bool unit_ms(struct native_call *call, uint32_t index, int64_t *out)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"millis", 1},      {"milliseconds", 1}, {"seconds", 1000},    {"minutes", 60000},
                 {"hours", 3600000}, {"days", DAY_MS},    {"weeks", 7 * DAY_MS}};

    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        if (call->args[index].type == VALUE_KEYWORD &&
            keyword_is(call->args[index], units[i].name)) {
            *out = units[i].ms;
            return true;
        }
    }
    return core_args_invalid(call, index, ":millis, :seconds, :minutes, :hours or :days");
}

static bool move(struct native_call *call, int sign, struct value *out)
{
    int64_t ms = 0, amount = 0, unit = 1, moved;

    if (!instant(call, 0, &ms) || !core_args_int(call, 1, &amount) || !unit_ms(call, 2, &unit)) {
        return false;
    }
    if (__builtin_mul_overflow(amount, unit * sign, &moved) ||
        __builtin_add_overflow(ms, moved, &moved)) {
        return error_set(call->err, E_ARITHMETIC, "%s: the instant is out of range",
                         call->entry->name);
    }
    *out = inst_new(call->heap, moved);
    return true;
}

static bool instant_plus(struct native_call *call, struct value *out)
{
    return move(call, 1, out);
}

static bool instant_minus(struct native_call *call, struct value *out)
{
    return move(call, -1, out);
}

static bool truncate_instant(struct native_call *call, struct value *out)
{
    int64_t ms = 0, unit = 1, rest;

    if (!instant(call, 0, &ms) || !unit_ms(call, 1, &unit)) return false;
    rest = ms % unit;
    *out = inst_new(call->heap, ms - (rest < 0 ? rest + unit : rest));
    return true;
}

static bool duration_between(struct native_call *call, struct value *out)
{
    int64_t from = 0, to = 0, between;

    if (!instant(call, 0, &from) || !instant(call, 1, &to)) return false;
    if (__builtin_sub_overflow(to, from, &between)) {
        return error_set(call->err, E_ARITHMETIC, "duration-between: out of range");
    }
    *out = value_int(between);
    return true;
}

/* A number of seconds, or a text such as "5m"; in milliseconds. */
static bool duration_ms(struct native_call *call, struct value *out)
{
    struct value source = call->args[0];
    struct buf text CLEANUP(buf_done) = {.limit = 64};
    int64_t ms = -1;

    if (source.type == VALUE_STRING && !core_args_utf8(call, source, &text)) return false;
    if (source.type == VALUE_INT && source.integer >= 0 && source.integer < INT32_MAX) {
        ms = source.integer * 1000;
    } else if (source.type != VALUE_STRING || !parse_duration_ms(buf_get(&text), &ms) || ms < 0) {
        return error_set(call->err, E_INPUT, "a duration is a number of seconds or \"5m\"");
    }
    *out = value_int(ms);
    return true;
}

const struct native_entry core_time[] = {
    {"weir.core/duration-ms", 1, 1, NATIVE_INTERNAL, duration_ms},
    {"inst-ms", 1, 1, NATIVE_PLAIN, inst_ms_of},
    {"breyta.sandbox/parse-instant", 1, 1, NATIVE_PLAIN, parse_instant},
    {"breyta.sandbox/format-instant", 1, 1, NATIVE_PLAIN, format_instant},
    {"breyta.sandbox/format-instant-pattern", 2, 2, NATIVE_PLAIN, format_pattern},
    {"breyta.sandbox/instant->epoch-ms", 1, 1, NATIVE_PLAIN, to_ms},
    {"breyta.sandbox/epoch-ms->instant", 1, 1, NATIVE_PLAIN, from_ms},
    {"breyta.sandbox/duration-between", 2, 2, NATIVE_PLAIN, duration_between},
    {"breyta.sandbox/truncate-instant", 2, 2, NATIVE_PLAIN, truncate_instant},
    {"breyta.sandbox/instant-plus", 3, 3, NATIVE_PLAIN, instant_plus},
    {"breyta.sandbox/instant-minus", 3, 3, NATIVE_PLAIN, instant_minus},
    {0},
};
