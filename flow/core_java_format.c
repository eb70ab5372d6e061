#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/java_pattern.h"
#include "flow/java_value.h"

/* Core java format: java.time's DateTimeFormatter on instants, in English and in UTC. */

static const char needs_formatter[] =
    "a formatter, as (java.time.format.DateTimeFormatter/ofPattern pattern)";

static bool of_pattern(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (!core_args_string(call, 0) || !core_args_utf8(call, call->args[0], &text)) return false;
    if (!java_pattern_check(buf_get(&text), call->err)) return false;
    *out = java_value_formatter(call->heap, call->args[0], JAVA_ZONE_NONE);
    return true;
}

static bool zone_of(struct native_call *call, struct value *out)
{
    if (!core_args_string(call, 0)) return false;
    bool utc = string_equal_text(call->args[0], TEXT("UTC"));

    if (!utc && !string_equal_text(call->args[0], TEXT("Z"))) {
        error_set(call->err, E_RUNTIME, "java.time.ZoneId/of: unknown time zone");
        return error_hint(call->err, "The zones are \"UTC\" and \"Z\".");
    }
    *out = java_value_new(call->heap, JAVA_ZONE, utc ? JAVA_ZONE_UTC : JAVA_ZONE_OFFSET, 0);
    return true;
}

static bool with_zone(struct native_call *call, struct value *out)
{
    struct value zone = call->args[1];
    int64_t number = JAVA_ZONE_NONE; // what nil says

    if (!java_value_is(call->args[0], JAVA_FORMATTER)) {
        return core_args_wrong(call, 0, needs_formatter);
    }
    if (!value_is_nil(zone)) {
        if (!java_value_is(zone, JAVA_ZONE)) {
            return core_args_wrong(call, 1, "a zone, as java.time.ZoneOffset/UTC");
        }
        number = java_value_time(zone).seconds;
    }
    *out = java_value_formatter(call->heap, java_value_pattern(call->args[0]), number);
    return true;
}

static bool format(struct native_call *call, struct value *out)
{
    struct buf pattern CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};
    struct value formatter = call->args[0], source;

    if (!java_value_is(formatter, JAVA_FORMATTER)) return core_args_wrong(call, 0, needs_formatter);
    if (!java_value_is(call->args[1], JAVA_INSTANT)) {
        return core_args_wrong(call, 1, "a java.time.Instant");
    }
    source = java_value_pattern(formatter);
    if (value_is_nil(source)) {
        java_value_display(call->args[1], &text);
    } else {
        if (!core_args_charge_units(call, 32 * (int64_t)string_length(source))) return false;
        string_append_utf8(source, &pattern);
        if (!java_pattern_print(buf_get(&pattern), java_value_time(call->args[1]),
                                (enum java_zone)java_value_time(formatter).seconds, &text,
                                call->err)) {
            return false;
        }
    }
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

const struct native_entry core_java_format[] = {
    {"java.time.ZoneId/of", 1, 1, NATIVE_PLAIN, zone_of},
    {"java.time.format.DateTimeFormatter/ofPattern", 1, 1, NATIVE_PLAIN, of_pattern},
    {".withZone", 2, 2, NATIVE_PLAIN, with_zone},
    {".format", 2, 2, NATIVE_PLAIN, format},
    {0},
};
