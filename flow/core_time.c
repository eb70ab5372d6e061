#include "base/parse.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/inst.h"
#include "flow/java_value.h"
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

struct moment {
    int64_t year, days;
    int month, day, hour, minute, second, milli, weekday; /* 0: Monday */
};

static struct moment moment_of(int64_t ms)
{
    struct moment m;
    int64_t days = ms / DAY_MS - (ms % DAY_MS < 0), rest = ms - days * DAY_MS;

    m.days = days;
    inst_civil(days, &m.year, &m.month, &m.day);
    m.milli = (int)(rest % 1000);
    m.second = (int)(rest / 1000 % 60);
    m.minute = (int)(rest / 60000 % 60);
    m.hour = (int)(rest / 3600000);
    m.weekday = (int)(((days + 3) % 7 + 7) % 7); // 1970-01-01 was a Thursday
    return m;
}

/* A number in at least that many digits; two letters of a year are its last two digits. */
static void put_digits(struct buf *out, int64_t number, int width)
{
    buf_printf(out, "%0*lld", width, (long long)number);
}

static void put_name(struct buf *out, const char *name, int width)
{
    if (width >= 4) {
        buf_cstr(out, name);
    } else {
        buf_append(out, name, 3);
    }
}

/* One run of a pattern letter; false when the letter has no meaning here. */
static bool put_field(struct buf *out, const struct moment *m, char letter, int width)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};

    switch (letter) {
    case 'y':
    case 'u': put_digits(out, width == 2 ? (m->year % 100 + 100) % 100 : m->year, width); break;
    case 'M':
    case 'L':
        if (width >= 3) {
            put_name(out, months[m->month - 1], width);
        } else {
            put_digits(out, m->month, width);
        }
        break;
    case 'd': put_digits(out, m->day, width); break;
    case 'D': put_digits(out, m->days - inst_days(m->year, 1, 1) + 1, width); break;
    case 'H': put_digits(out, m->hour, width); break;
    case 'h': put_digits(out, (m->hour + 11) % 12 + 1, width); break;
    case 'm': put_digits(out, m->minute, width); break;
    case 's': put_digits(out, m->second, width); break;
    case 'S':
        for (int i = 0, unit = 100; i < width; i++, unit /= 10) {
            buf_char(out, (char)('0' + (unit ? m->milli / unit % 10 : 0)));
        }
        break;
    case 'a': buf_cstr(out, m->hour < 12 ? "AM" : "PM"); break;
    case 'E': put_name(out, weekdays[m->weekday], width); break;
    case 'X': buf_char(out, 'Z'); break;
    case 'x': buf_cstr(out, width == 1 ? "+00" : width % 2 ? "+00:00" : "+0000"); break;
    case 'V':
    case 'z': buf_cstr(out, letter == 'V' ? "Z" : "UTC"); break;
    default: return false;
    }
    return true;
}

/* Quoted text in a pattern; two quotes are one. */
static size_t put_quoted(struct buf *out, struct text pattern, size_t at)
{
    if (at + 1 < pattern.len && pattern.ptr[at + 1] == '\'') {
        buf_char(out, '\'');
        return at + 2;
    }
    for (at++; at < pattern.len; at++) {
        if (pattern.ptr[at] != '\'') {
            buf_char(out, pattern.ptr[at]);
        } else if (at + 1 < pattern.len && pattern.ptr[at + 1] == '\'') {
            buf_char(out, pattern.ptr[at++]);
        } else {
            return at + 1;
        }
    }
    return at;
}

static bool format_pattern(struct native_call *call, struct value *out)
{
    struct buf source CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};
    struct text pattern;
    struct moment moment;
    int64_t ms = 0;

    if (!instant(call, 0, &ms) || !core_args_string(call, 1)) return false;
    if (!core_args_charge_units(call, 8 * (int64_t)string_length(call->args[1]))) return false;
    string_append_utf8(call->args[1], &source);
    pattern = buf_get(&source);
    moment = moment_of(ms);
    for (size_t at = 0; at < pattern.len;) {
        char c = pattern.ptr[at];
        size_t end = at;

        if (c == '\'') {
            at = put_quoted(&text, pattern, at);
            continue;
        }
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
            buf_char(&text, c);
            at++;
            continue;
        }
        while (end < pattern.len && pattern.ptr[end] == c) {
            end++;
        }
        if (end - at > 19 || !put_field(&text, &moment, c, (int)(end - at))) {
            return error_set(call->err, E_ARGUMENT, "%s: the pattern letter %c is not known",
                             call->entry->name, c);
        }
        at = end;
    }
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
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
