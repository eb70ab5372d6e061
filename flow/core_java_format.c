#include "flow/core.h"
#include "flow/core_java_args.h"
#include "flow/java_format.h"
#include "flow/java_zone.h"

/* Core java format: java.time's DateTimeFormatter in English, and the parse of each class. */

static const char needs_formatter[] =
    "a formatter, as (java.time.format.DateTimeFormatter/ofPattern pattern)";

/* What a step of a formatter takes, in fuel: a letter of a pattern is at most one. */
#define STEP_FUEL 2

static bool charge(struct native_call *call, size_t steps, size_t text)
{
    return native_charge(call, (int64_t)steps * STEP_FUEL + (int64_t)text / 16 + 10);
}

static const struct java_object *formatter_of(struct value value)
{
    return OBJECT_AS(java_object, value.object);
}

static struct value zone_of(struct value formatter)
{
    return object_value_or_nil(formatter_of(formatter)->zone);
}

static bool take_formatter(struct native_call *call, uint32_t index)
{
    return java_value_is(call->args[index], JAVA_FORMATTER) ||
           core_args_wrong(call, index, needs_formatter);
}

/* The steps; of a pattern they point into it. */
static bool take_steps(struct native_call *call, struct value formatter, struct buf *pattern,
                       struct java_steps *out)
{
    const struct java_object *object = formatter_of(formatter);

    if (!object->text) {
        *out = java_format_table((enum java_format_id)object->number);
        return charge(call, out->count, 0);
    }
    struct value source = object_value(object->text);

    if (!charge(call, string_length(source), string_length(source))) return false;
    string_append_utf8(source, pattern);
    return java_format_compile(buf_get(pattern), out, call->err);
}

static struct value formatter_new(struct heap *heap, int64_t number, struct object *text,
                                  struct object *zone)
{
    struct value made = java_value_new(heap, JAVA_FORMATTER, number, 0);

    OBJECT_AS(java_object, made.object)->text = text;
    OBJECT_AS(java_object, made.object)->zone = zone;
    return made;
}

static bool of_pattern(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct java_steps steps = {0};

    if (!core_args_string(call, 0) || !core_args_utf8(call, call->args[0], &text)) return false;
    if (!charge(call, text.len, text.len)) return false;
    if (!java_format_compile(buf_get(&text), &steps, call->err)) return false;
    java_format_done(&steps);
    *out = formatter_new(call->heap, JAVA_FORMAT_PATTERN, call->args[0].object, NULL);
    return true;
}

static bool with_zone(struct native_call *call, struct value *out)
{
    struct value zone = call->args[1];

    if (!take_formatter(call, 0)) return false;
    if (!value_is_nil(zone) && !core_java_args_zone(call, 1, &zone)) return false;
    const struct java_object *formatter = formatter_of(call->args[0]);

    *out = formatter_new(call->heap, formatter->number, formatter->text,
                         value_is_nil(zone) ? NULL : zone.object);
    return true;
}

/* (.format formatter time), and (.format time formatter), which instants have not. */
static bool format(struct native_call *call, struct value *out)
{
    uint32_t first = java_value_is(call->args[0], JAVA_FORMATTER) ? 0 : 1;
    struct buf pattern CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};
    struct java_steps steps = {0};
    struct java_moment moment;

    if (first == 0
            ? !core_java_args_temporal(call, 1, &moment)
            : !core_java_args_self(call,
                                   CORE_JAVA_DATES | CORE_JAVA_KIND(JAVA_LOCAL_TIME) |
                                       CORE_JAVA_KIND(JAVA_YEAR) | CORE_JAVA_KIND(JAVA_YEAR_MONTH),
                                   &moment) ||
                  !take_formatter(call, 1)) {
        return false;
    }
    struct value formatter = call->args[first];

    if (!value_is_nil(zone_of(formatter)) && !core_java_args_charge_zone(call)) return false;
    if (!take_steps(call, formatter, &pattern, &steps)) return false;
    bool good =
        java_format_print(call->heap, &steps, zone_of(formatter), &moment, &text, call->err);

    java_format_done(&steps);
    if (good) *out = string_from_utf8(call->heap, buf_get(&text));
    return good;
}

/* X/parse text, X/parse text formatter */
static bool parse(struct native_call *call, struct value *out)
{
    static const enum java_format_id formats[JAVA_KINDS] = {
        [JAVA_INSTANT] = JAVA_FORMAT_ISO_INSTANT,
        [JAVA_LOCAL_DATE] = JAVA_FORMAT_ISO_LOCAL_DATE,
        [JAVA_LOCAL_TIME] = JAVA_FORMAT_ISO_LOCAL_TIME,
        [JAVA_LOCAL_DATE_TIME] = JAVA_FORMAT_ISO_LOCAL_DATE_TIME,
        [JAVA_OFFSET_DATE_TIME] = JAVA_FORMAT_ISO_OFFSET_DATE_TIME,
        [JAVA_ZONED_DATE_TIME] = JAVA_FORMAT_ISO_ZONED_DATE_TIME,
        [JAVA_YEAR] = JAVA_FORMAT_YEAR,
        [JAVA_YEAR_MONTH] = JAVA_FORMAT_YEAR_MONTH,
    };
    enum java_kind kind = core_java_args_class(call);
    struct buf pattern CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};
    struct java_steps steps = java_format_table(formats[kind]);
    struct value zone = value_nil();
    struct java_moment made;

    if (!core_args_string(call, 0) || !core_args_utf8(call, call->args[0], &text)) return false;
    if (call->count > 1) {
        if (!take_formatter(call, 1)) return false;
        zone = zone_of(call->args[1]);
        if (!take_steps(call, call->args[1], &pattern, &steps)) return false;
    } else if (!charge(call, steps.count, 0)) {
        return false;
    }
    bool good = charge(call, 0, text.len) &&
                (kind == JAVA_INSTANT || core_java_args_charge_zone(call)) &&
                java_format_parse(call->heap, &steps, zone, buf_get(&text), kind, &made, call->err);

    java_format_done(&steps);
    return good && core_java_args_give(call, &made, out);
}

#define PARSE(class)                                           \
    {                                                          \
        "java.time." class "/parse", 1, 2, NATIVE_PLAIN, parse \
    }

const struct native_entry core_java_format[] = {
    {"java.time.Instant/parse", 1, 1, NATIVE_PLAIN, parse},
    PARSE("LocalDate"),
    PARSE("LocalTime"),
    PARSE("LocalDateTime"),
    PARSE("OffsetDateTime"),
    PARSE("ZonedDateTime"),
    PARSE("Year"),
    PARSE("YearMonth"),
    {"java.time.format.DateTimeFormatter/ofPattern", 1, 1, NATIVE_PLAIN, of_pattern},
    {".withZone", 2, 2, NATIVE_PLAIN, with_zone},
    {".format", 2, 2, NATIVE_PLAIN, format},
    {0},
};
