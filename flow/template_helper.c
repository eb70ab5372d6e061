/*
 * Helpers: what {{truncate x}} and its like answer, and values as text.
 */
#include "base/assert.h"
#include "base/crypto.h"
#include "base/json.h"
#include "flow/bytes.h"
#include "flow/codec.h"
#include "flow/inst.h"
#include "flow/keyword.h"
#include "flow/name.h"
#include "flow/number.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/template.h"

#define TRUNCATE_LENGTH 100
#define BYTES_A_FUEL    64

const struct template_helper_entry template_helper_table[] = {
    [TEMPLATE_NO_HELPER] = {"a path", 1, 1, {NULL}},
    [TEMPLATE_TRUNCATE] = {"truncate", 1, 3, {NULL, "length", "suffix"}},
    [TEMPLATE_JSON] = {"json", 1, 2, {NULL, "pretty"}},
    [TEMPLATE_LENGTH] = {"length", 1, 1, {NULL}},
    [TEMPLATE_JOIN] = {"join", 1, 2, {NULL, "separator"}},
    [TEMPLATE_FIRST_OF] = {"first", 1, 1, {NULL}},
    [TEMPLATE_LAST_OF] = {"last", 1, 1, {NULL}},
    [TEMPLATE_DEFAULT] = {"default", 2, 2, {NULL}},
};

enum template_helper template_helper_find(struct text name)
{
    for (size_t i = TEMPLATE_TRUNCATE; i < ARRAY_COUNT(template_helper_table); i++) {
        if (text_equal(name, text_from(template_helper_table[i].name))) {
            return (enum template_helper)i;
        }
    }
    return TEMPLATE_NO_HELPER;
}

bool template_helper_charge(struct template_run *run, size_t bytes, struct error *err)
{
    run->fuel -= 1 + (int64_t)(bytes / BYTES_A_FUEL);
    if (run->fuel >= 0) return true;
    error_set(err, E_FUEL, "the template takes too much work with this data");
    return error_hint(err, "Pass less in :data, or work it out in a function before.");
}

static bool is_collection(struct value value)
{
    return value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET;
}

static bool is_map(struct value value)
{
    return value.type == VALUE_MAP || value.type == VALUE_SORTED_MAP;
}

/* Of anything but a collection: 0. */
static int64_t count_of(struct value value)
{
    struct value pending;
    struct error ignored;
    int64_t count = 0;

    if (!is_collection(value)) return 0;
    return seq_count(value, &count, &pending, &ignored) == SEQ_OK ? count : 0;
}

bool template_helper_is_empty(struct value value)
{
    if (value.type == VALUE_STRING) return string_length(value) == 0;
    if (value.type == VALUE_INT) return value.integer == 0;
    if (value.type == VALUE_DOUBLE) return value.real == 0;
    if (is_map(value)) return false;
    return is_collection(value) ? count_of(value) == 0 : !value_truthy(value);
}

bool template_helper_show(struct template_run *run, struct value value, struct buf *out,
                          struct error *err)
{
    size_t from = out->len;

    switch (value.type) {
    case VALUE_NIL: break;
    case VALUE_STRING:
        if (!template_helper_charge(run, string_length(value), err)) return false;
        string_append_utf8(value, out);
        break;
    case VALUE_KEYWORD:
    case VALUE_SYMBOL: name_append(OBJECT_AS(name_object, value.object), out); break;
    case VALUE_INST: inst_print_iso(inst_ms(value), out); break;
    case VALUE_BYTES: crypto_base64(out, bytes_get(value)); break;
    default:
        if (is_collection(value)) {
            if (!codec_value_to_json(value, out, err)) return false;
        } else {
            value_display(value, out);
        }
    }
    return template_helper_charge(run, out->len - from, err);
}

static struct value text_value(struct template_run *run, const struct buf *text)
{
    return string_from_utf8(run->heap, buf_get(text));
}

/* Cuts the text behind its first `length` characters; the suffix stands for the rest. */
static bool truncate_text(struct template_run *run, const struct value *args, struct buf *text,
                          struct error *err)
{
    int64_t length = TRUNCATE_LENGTH;
    size_t end = 0;

    if (!value_is_nil(args[1])) {
        if (args[1].type != VALUE_INT || args[1].integer < 0) {
            error_set(err, E_INPUT, "the length of truncate is a %s; expected a whole number",
                      value_type_name(args[1]));
            return false;
        }
        length = args[1].integer;
    }
    if (!template_helper_show(run, args[0], text, err)) return false;
    for (int64_t i = 0; i < length && end < text->len; i++) {
        uint32_t code_point;
        struct text rest = text_slice(buf_get(text), end, text->len);

        end += MAX(text_utf8_next(rest, &code_point), (size_t)1);
    }
    if (end >= text->len) return true;
    text->len = end;
    if (!value_is_nil(args[2])) return template_helper_show(run, args[2], text, err);
    buf_cstr(text, "...");
    return true;
}

static bool write_json(struct template_run *run, const struct value *args, struct buf *text,
                       struct error *err)
{
    struct buf json CLEANUP(buf_done) = {.limit = text->limit};

    if (!codec_value_to_json(args[0], &json, err) || !template_helper_charge(run, json.len, err)) {
        return false;
    }
    if (value_truthy(args[1])) {
        json_pretty(text, buf_get(&json));
    } else {
        buf_text(text, buf_get(&json));
    }
    return true;
}

static bool join(struct template_run *run, const struct value *args, struct buf *text,
                 struct error *err)
{
    struct seq_iter iter;
    struct value item;
    bool first = true;

    if (!is_collection(args[0])) return template_helper_show(run, args[0], text, err);
    seq_iter_init(&iter, args[0]);
    while (seq_iter_next(&iter, run->heap, &item) && !text->overflow) {
        if (!first && !value_is_nil(args[1])) {
            if (!template_helper_show(run, args[1], text, err)) return false;
        } else if (!first) {
            buf_cstr(text, ", ");
        }
        if (!template_helper_show(run, item, text, err)) return false;
        first = false;
    }
    return true;
}

/* One character: both halves of a pair. */
static struct value end_of_string(struct heap *heap, struct value string, bool last)
{
    uint32_t length = string_length(string);
    uint32_t from = last && length > 0 ? length - 1 : 0, to = MIN(from + 1, length);

    if (last && from > 0 && (string_unit(string, from) & 0xFC00) == 0xDC00) from--;
    if (!last && length > 1 && (string_unit(string, 0) & 0xFC00) == 0xD800) to++;
    return string_slice(heap, string, from, to);
}

static bool end_of(struct template_run *run, struct value value, bool last, struct value *out,
                   struct error *err)
{
    struct seq_iter iter;
    struct value item;

    *out = value_nil();
    if (value.type == VALUE_STRING) {
        *out = end_of_string(run->heap, value, last);
        return true;
    }
    if (!is_collection(value)) return true;
    if (value.type == VALUE_VECTOR) {
        uint32_t count = pvec_count(value);

        if (count > 0) *out = pvec_nth(value, last ? count - 1 : 0);
        return true;
    }
    seq_iter_init(&iter, value);
    while (seq_iter_next(&iter, run->heap, &item)) {
        *out = item;
        if (!last) break;
        if (!template_helper_charge(run, 0, err)) return false;
    }
    return true;
}

static bool make_text(struct template_run *run, enum template_helper helper,
                      const struct value *args, struct value *out, struct error *err)
{
    struct buf text CLEANUP(buf_done) = {.limit = run->scratch.limit};
    bool good = helper == TEMPLATE_TRUNCATE ? truncate_text(run, args, &text, err)
                : helper == TEMPLATE_JSON   ? write_json(run, args, &text, err)
                                            : join(run, args, &text, err);

    if (!good) return false;
    if (text.overflow) {
        return error_set(err, E_LIMIT, "a text in the template is larger than %zu KB",
                         text.limit / 1024);
    }
    if (!heap_can(run->heap, 2 * text.len + 64, err)) return false;
    *out = text_value(run, &text);
    return true;
}

bool template_helper_call(struct template_run *run, enum template_helper helper,
                          const struct value *args, struct value *out, struct error *err)
{
    if (!template_helper_charge(run, 0, err)) return false;
    switch (helper) {
    case TEMPLATE_NO_HELPER: *out = args[0]; return true;
    case TEMPLATE_LENGTH:
        *out = value_int(args[0].type == VALUE_STRING ? string_length(args[0]) : count_of(args[0]));
        return true;
    case TEMPLATE_FIRST_OF: return end_of(run, args[0], false, out, err);
    case TEMPLATE_LAST_OF: return end_of(run, args[0], true, out, err);
    case TEMPLATE_DEFAULT: {
        bool missing = value_is_nil(args[0]) ||
                       (args[0].type == VALUE_STRING && string_length(args[0]) == 0) ||
                       (is_collection(args[0]) && count_of(args[0]) == 0);

        *out = missing ? args[1] : args[0];
        return true;
    }
    default: return make_text(run, helper, args, out, err);
    }
}
