#include "flow/box.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/quote.h"
#include "flow/reader.h"

/* Core read: text to data. Nothing of it is evaluated. */

/* The position is one in the text, not in the flow. */
static bool no_position(struct native_call *call)
{
    return error_at(call->err, 0, 0);
}

/* The first form of a text; at the end of the text *out_end, and nothing else. */
static bool read_first(struct native_call *call, uint32_t index, bool edn, struct value *out,
                       bool *out_end)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};
    struct reader reader;
    struct form *form;

    if (!core_args_string(call, index)) return false;
    if (!native_charge(call, 2 * (int64_t)string_length(call->args[index]))) return false;
    if (!heap_can(call->heap, (size_t)string_length(call->args[index]) * 8, call->err)) {
        return false;
    }
    string_append_utf8(call->args[index], &text);
    arena_init(&arena, call->heap->budget_bytes);
    if (!reader_init(&reader, &arena, buf_get(&text), call->err)) return no_position(call);
    reader.edn = edn;
    reader.data = true;
    switch (reader_next(&reader, &form, call->err)) {
    case READER_FORM:
        *out = quote_form(call->heap, form);
        *out_end = false;
        return true;
    case READER_END: *out_end = true; return true;
    default: return no_position(call);
    }
}

static bool read_string(struct native_call *call, struct value *out)
{
    bool end = false;

    if (!read_first(call, 0, false, out, &end)) return false;
    if (end) return error_set(call->err, E_SYNTAX, "read-string: the text ends before a form");
    return true;
}

/* nil of nil; at the end the options' :eof, or nil without options. */
static bool edn_read_string(struct native_call *call, struct value *out)
{
    struct value options = call->count > 1 ? call->args[0] : value_nil();
    uint32_t index = call->count - 1;
    bool end = false;

    *out = value_nil();
    if (!value_truthy(call->args[index])) return true;
    if (!core_args_string(call, index)) return false;
    if (call->count > 1 && options.type != VALUE_MAP) return core_args_wrong(call, 0, "a map");
    if (!read_first(call, index, true, out, &end)) return false;
    if (!end || call->count == 1) return true;

    if (!pmap_contains(options, keyword_from_cstr(call->heap, "eof"))) {
        return error_set(call->err, E_SYNTAX, "the text ends before a form");
    }
    *out = pmap_get_named(options, "eof");
    return true;
}

static bool tagged_literal(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_SYMBOL) return core_args_wrong(call, 0, "a symbol");
    *out = box_tagged(call->heap, call->args[0], call->args[1]);
    return true;
}

const struct native_entry core_read[] = {
    {"read-string", 1, 1, NATIVE_PLAIN, read_string},
    {"clojure.edn/read-string", 1, 2, NATIVE_PLAIN, edn_read_string},
    {"tagged-literal", 2, 2, NATIVE_PLAIN, tagged_literal},
    {0},
};
