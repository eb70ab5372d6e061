#include "base/memory.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/java_hash.h"
#include "flow/regex.h"
#include "flow/utf.h"

/* Core text: clojure.string, but for what takes regexes (core_regex.c). */

/* Java's Character.isWhitespace of one unit. */
static bool is_space(uint16_t unit)
{
    if ((unit >= 9 && unit <= 13) || (unit >= 0x1C && unit <= 0x20)) return true;
    return unit == 0x1680 || (unit >= 0x2000 && unit <= 0x200A && unit != 0x2007) ||
           unit == 0x2028 || unit == 0x2029 || unit == 0x205F || unit == 0x3000;
}

static bool is_newline(uint16_t unit)
{
    return unit == '\n' || unit == '\r';
}

static bool trim_ends(struct native_call *call, bool (*drop)(uint16_t unit), bool left, bool right,
                      struct value *out)
{
    struct value source = call->args[0];
    uint32_t from = 0, to;

    if (!core_args_string(call, 0)) return false;
    to = string_length(source);
    if (!core_args_charge_units(call, to)) return false;
    while (left && from < to && drop(string_unit(source, from))) {
        from++;
    }
    while (right && to > from && drop(string_unit(source, to - 1))) {
        to--;
    }
    *out = string_slice(call->heap, source, from, to);
    return true;
}

static bool trim(struct native_call *call, struct value *out)
{
    return trim_ends(call, is_space, true, true, out);
}

static bool triml(struct native_call *call, struct value *out)
{
    return trim_ends(call, is_space, true, false, out);
}

static bool trimr(struct native_call *call, struct value *out)
{
    return trim_ends(call, is_space, false, true, out);
}

static bool trim_newline(struct native_call *call, struct value *out)
{
    return trim_ends(call, is_newline, false, true, out);
}

static bool is_blank(struct native_call *call, struct value *out)
{
    struct value source = call->args[0];
    bool blank = true;

    if (!value_is_nil(source)) {
        if (!core_args_string(call, 0)) return false;
        for (uint32_t i = 0; blank && i < string_length(source); i++) {
            blank = is_space(string_unit(source, i));
        }
    }
    *out = value_bool(blank);
    return true;
}

static struct value change_case(struct heap *heap, struct value source, bool upper)
{
    uint32_t length = string_length(source);
    uint16_t *units = memory_array(length + 1, sizeof(*units));
    struct buf changed CLEANUP(buf_done) = {0};

    for (uint32_t i = 0; i < length; i++) {
        units[i] = string_unit(source, i);
    }
    regex_change_case(units, length, upper, &changed);
    memory_free(units);
    return string_from_units(heap, (const uint16_t *)(const void *)changed.ptr,
                             (uint32_t)(changed.len / sizeof(uint16_t)));
}

static bool cased(struct native_call *call, bool upper, struct value *out)
{
    if (!core_args_to_string(call, 0)) return false;
    if (!core_args_charge_text(call, 4 * (int64_t)string_length(call->args[0]))) return false;
    *out = change_case(call->heap, call->args[0], upper);
    return true;
}

static bool upper_case(struct native_call *call, struct value *out)
{
    return cased(call, true, out);
}

static bool lower_case(struct native_call *call, struct value *out)
{
    return cased(call, false, out);
}

static bool capitalize(struct native_call *call, struct value *out)
{
    struct value source, first, rest;

    if (!core_args_to_string(call, 0)) return false;
    source = call->args[0];
    if (string_length(source) < 2) return cased(call, true, out);
    if (!core_args_charge_text(call, 4 * (int64_t)string_length(source))) return false;
    first = change_case(call->heap, string_slice(call->heap, source, 0, 1), true);
    rest =
        change_case(call->heap, string_slice(call->heap, source, 1, string_length(source)), false);
    *out = string_concat(call->heap, first, rest);
    return true;
}

/* The texts of the items with a separator between them. */
static bool join(struct native_call *call, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};
    struct buf separator CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {.limit = call->heap->budget_bytes};

    if (!core_args_items(call, call->count - 1, &items)) return false;
    if (call->count == 2) java_hash_display(call->args[0], &separator);
    for (size_t i = 0; i < items.count; i++) {
        if (i > 0) buf_text(&text, buf_get(&separator));
        java_hash_display(items.items[i], &text);
    }
    if (text.overflow) {
        return error_set(call->err, E_MEMORY, "clojure.string/join: the text is too long");
    }
    if (!core_args_charge_text(call, (int64_t)text.len)) return false;
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

static bool reverse(struct native_call *call, struct value *out)
{
    struct string_builder builder CLEANUP(string_builder_done) = {0};
    struct value source = call->args[0];

    if (!core_args_string(call, 0)) return false;
    if (!core_args_charge_text(call, string_length(source))) return false;
    for (uint32_t i = string_length(source); i > 0; i--) {
        uint16_t unit = string_unit(source, i - 1);

        if (i > 1 && utf_is_low(unit) && utf_is_high(string_unit(source, i - 2))) {
            string_builder_add_unit(&builder, string_unit(source, i - 2));
            i--;
        }
        string_builder_add_unit(&builder, unit);
    }
    *out = string_builder_make(&builder, call->heap);
    return true;
}

static bool two_strings(struct native_call *call)
{
    if (!core_args_to_string(call, 0) || !core_args_string(call, 1)) return false;
    return native_charge(call, string_length(call->args[0]) / 16);
}

static bool includes(struct native_call *call, struct value *out)
{
    if (!two_strings(call)) return false;
    *out = value_bool(string_index_of(call->args[0], call->args[1], 0) >= 0);
    return true;
}

static bool part_is(struct native_call *call, bool at_end, struct value *out)
{
    uint32_t whole, part, from;
    bool same;

    if (!two_strings(call)) return false;
    whole = string_length(call->args[0]);
    part = string_length(call->args[1]);
    same = part <= whole;
    from = at_end && same ? whole - part : 0;
    for (uint32_t i = 0; same && i < part; i++) {
        same = string_unit(call->args[0], from + i) == string_unit(call->args[1], i);
    }
    *out = value_bool(same);
    return true;
}

static bool starts_with(struct native_call *call, struct value *out)
{
    return part_is(call, false, out);
}

static bool ends_with(struct native_call *call, struct value *out)
{
    return part_is(call, true, out);
}

/* The value looked for: a string, or a character made one. */
static bool needle(struct native_call *call, struct value *out)
{
    uint16_t unit;

    if (call->args[1].type != VALUE_CHAR) {
        *out = call->args[1];
        return core_args_string(call, 1);
    }
    unit = (uint16_t)call->args[1].integer;
    *out = string_from_units(call->heap, &unit, 1);
    return true;
}

static bool position(struct native_call *call, bool last, struct value *out)
{
    struct value part;
    int64_t from, at;

    if (!core_args_to_string(call, 0) || !needle(call, &part)) return false;
    from = last ? string_length(call->args[0]) : 0;
    if (call->count > 2 && !core_args_int(call, 2, &from)) return false;
    if (!native_charge(call, string_length(call->args[0]) / 16)) return false;
    if (last) {
        at = from < 0 ? -1 : string_last_index_of(call->args[0], part, from);
    } else {
        at = string_index_of(call->args[0], part, MAX(from, 0));
    }
    *out = at < 0 ? value_nil() : value_int(at);
    return true;
}

static bool index_of(struct native_call *call, struct value *out)
{
    return position(call, false, out);
}

static bool last_index_of(struct native_call *call, struct value *out)
{
    return position(call, true, out);
}

static bool re_quote_replacement(struct native_call *call, struct value *out)
{
    struct string_builder builder CLEANUP(string_builder_done) = {0};
    struct value source;

    if (!core_args_to_string(call, 0)) return false;
    source = call->args[0];
    if (!core_args_charge_text(call, 2 * (int64_t)string_length(source))) return false;
    for (uint32_t i = 0; i < string_length(source); i++) {
        uint16_t unit = string_unit(source, i);

        if (unit == '\\' || unit == '$') string_builder_add_unit(&builder, '\\');
        string_builder_add_unit(&builder, unit);
    }
    *out = string_builder_make(&builder, call->heap);
    return true;
}

const struct native_entry core_text[] = {
    {"clojure.string/trim", 1, 1, NATIVE_STATIC_OK, trim},
    {"clojure.string/triml", 1, 1, NATIVE_STATIC_OK, triml},
    {"clojure.string/trimr", 1, 1, NATIVE_STATIC_OK, trimr},
    {"clojure.string/trim-newline", 1, 1, NATIVE_STATIC_OK, trim_newline},
    {"clojure.string/blank?", 1, 1, NATIVE_STATIC_OK, is_blank},
    {"clojure.string/upper-case", 1, 1, NATIVE_DEEP_1 | NATIVE_STATIC_OK, upper_case},
    {"clojure.string/lower-case", 1, 1, NATIVE_DEEP_1 | NATIVE_STATIC_OK, lower_case},
    {"clojure.string/capitalize", 1, 1, NATIVE_DEEP_1 | NATIVE_STATIC_OK, capitalize},
    {"clojure.string/join", 1, 2, NATIVE_DEEP, join},
    {"clojure.string/reverse", 1, 1, NATIVE_STATIC_OK, reverse},
    {"clojure.string/includes?", 2, 2, NATIVE_DEEP_1 | NATIVE_STATIC_OK, includes},
    {"clojure.string/starts-with?", 2, 2, NATIVE_DEEP_1 | NATIVE_STATIC_OK, starts_with},
    {"clojure.string/ends-with?", 2, 2, NATIVE_DEEP_1 | NATIVE_STATIC_OK, ends_with},
    {"clojure.string/index-of", 2, 3, NATIVE_DEEP_1 | NATIVE_STATIC_OK, index_of},
    {"clojure.string/last-index-of", 2, 3, NATIVE_DEEP_1 | NATIVE_STATIC_OK, last_index_of},
    {"clojure.string/re-quote-replacement", 1, 1, NATIVE_DEEP_1 | NATIVE_STATIC_OK,
     re_quote_replacement},
    {0},
};
