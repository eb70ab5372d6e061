#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/java_hash.h"
#include "flow/keyword.h"
#include "flow/symbol.h"

/* Core strings: str, printing, parts of strings, names. */

/* Text that a run may not make longer; the heap's budget is the real bound. */
static bool text_done(struct native_call *call, const struct buf *text, struct value *out)
{
    if (text->overflow) {
        return error_set(call->err, E_MEMORY, "%s: the text is too long", call->entry->name);
    }
    if (!core_args_charge_text(call, (int64_t)text->len)) return false;
    *out = string_from_utf8(call->heap, buf_get(text));
    return true;
}

static size_t text_limit(const struct native_call *call)
{
    return call->heap->budget_bytes ? call->heap->budget_bytes : (size_t)INT32_MAX;
}

static bool str(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {.limit = text_limit(call)};

    if (call->count == 1 && call->args[0].type == VALUE_STRING) {
        *out = call->args[0];
        return true;
    }
    for (uint32_t i = 0; i < call->count; i++) {
        if (call->args[i].type == VALUE_STRING) {
            string_append_utf8(call->args[i], &text);
        } else {
            java_hash_display(call->args[i], &text);
        }
    }
    return text_done(call, &text, out);
}

static bool print(struct native_call *call, const char *end, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {.limit = text_limit(call)};

    for (uint32_t i = 0; i < call->count; i++) {
        if (i > 0) buf_char(&text, ' ');
        value_print(call->args[i], &text);
    }
    buf_cstr(&text, end);
    return text_done(call, &text, out);
}

static bool pr_str(struct native_call *call, struct value *out)
{
    return print(call, "", out);
}

static bool prn_str(struct native_call *call, struct value *out)
{
    return print(call, "\n", out);
}

static bool subs(struct native_call *call, struct value *out)
{
    struct value source = call->args[0];
    int64_t from, to = 0;

    if (!value_is_nil(source) && !core_args_string(call, 0)) return false;
    if (!core_args_int32(call, 1, &from)) return false;
    if (call->count > 2 && !core_args_int32(call, 2, &to)) return false;
    if (!core_args_string(call, 0)) return false; // nil, which Java finds when it has the indexes
    if (call->count == 2) to = string_length(source);
    if (from < 0 || to < from || to > string_length(source)) {
        return error_set(call->err, E_INDEX, "subs: %lld to %lld is outside of 0 to %u",
                         (long long)from, (long long)to, string_length(source));
    }
    if (!core_args_charge_units(call, to - from)) return false;
    *out = string_slice(call->heap, source, (uint32_t)from, (uint32_t)to);
    return true;
}

static bool name(struct native_call *call, struct value *out)
{
    struct value x = call->args[0];

    if (x.type == VALUE_STRING) {
        *out = x;
    } else if (x.type == VALUE_KEYWORD) {
        *out = string_from_utf8(call->heap, keyword_name(x));
    } else if (x.type == VALUE_SYMBOL) {
        *out = string_from_utf8(call->heap, symbol_name(x));
    } else {
        return core_args_wrong(call, 0, "a string, keyword or symbol");
    }
    return true;
}

static bool namespace_of(struct native_call *call, struct value *out)
{
    struct value x = call->args[0];
    struct text ns;

    if (x.type != VALUE_KEYWORD && x.type != VALUE_SYMBOL) {
        return core_args_wrong(call, 0, "a keyword or symbol");
    }
    ns = x.type == VALUE_KEYWORD ? keyword_ns(x) : symbol_ns(x);
    *out = ns.ptr ? string_from_utf8(call->heap, ns) : value_nil();
    return true;
}

/* For making a keyword or symbol: it is hashed twice, unit by unit. */
static bool charge_name(struct native_call *call, size_t len)
{
    return native_charge(call, (int64_t)len / 4) && core_args_charge_units(call, (int64_t)len);
}

/* Two names as text; the first may be nil. */
static bool two_names(struct native_call *call, struct buf *ns, struct buf *local)
{
    if (!value_is_nil(call->args[0])) {
        if (!core_args_string(call, 0)) return false;
        string_append_utf8(call->args[0], ns);
    }
    if (!core_args_string(call, 1)) return false;
    string_append_utf8(call->args[1], local);
    return charge_name(call, ns->len + local->len);
}

static struct text ns_or_none(struct native_call *call, const struct buf *ns)
{
    return value_is_nil(call->args[0]) ? TEXT_NONE : buf_get(ns);
}

static bool keyword(struct native_call *call, struct value *out)
{
    struct buf ns CLEANUP(buf_done) = {0};
    struct buf local CLEANUP(buf_done) = {0};
    struct value x = call->args[0];

    if (call->count == 2) {
        if (!two_names(call, &ns, &local)) return false;
        *out = keyword_new(call->heap, ns_or_none(call, &ns), buf_get(&local));
        return true;
    }
    switch (x.type) {
    case VALUE_KEYWORD: *out = x; return true;
    case VALUE_SYMBOL: *out = keyword_new(call->heap, symbol_ns(x), symbol_name(x)); return true;
    case VALUE_STRING:
        string_append_utf8(x, &local);
        if (!charge_name(call, local.len)) return false;
        *out = keyword_from_text(call->heap, buf_get(&local));
        return true;
    default: *out = value_nil(); return true;
    }
}

static bool symbol(struct native_call *call, struct value *out)
{
    struct buf ns CLEANUP(buf_done) = {0};
    struct buf local CLEANUP(buf_done) = {0};
    struct value x = call->args[0];

    if (call->count == 2) {
        if (!two_names(call, &ns, &local)) return false;
        *out = symbol_new(call->heap, ns_or_none(call, &ns), buf_get(&local));
        return true;
    }
    switch (x.type) {
    case VALUE_SYMBOL: *out = x; return true;
    case VALUE_KEYWORD: *out = symbol_new(call->heap, keyword_ns(x), keyword_name(x)); return true;
    case VALUE_STRING:
        string_append_utf8(x, &local);
        if (!charge_name(call, local.len)) return false;
        *out = symbol_from_text(call->heap, buf_get(&local));
        return true;
    default: return core_args_invalid(call, 0, "a string, keyword or symbol");
    }
}

/* str of all items of a sequence: what prelude code ends with that builds text in pieces. */
static bool join_all(struct native_call *call, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};
    struct native_call whole = *call;

    if (!core_args_items(call, 0, &items)) return false;
    whole.args = items.items;
    whole.count = (uint32_t)items.count;
    return str(&whole, out);
}

const struct native_entry core_strings[] = {
    {"str", 0, -1, NATIVE_DEEP | NATIVE_STATIC_OK, str},
    {"pr-str", 0, -1, NATIVE_DEEP, pr_str},
    {"prn-str", 0, -1, NATIVE_DEEP, prn_str},
    {"subs", 2, 3, NATIVE_STATIC_OK, subs},
    {"name", 1, 1, NATIVE_STATIC_OK, name},
    {"namespace", 1, 1, NATIVE_STATIC_OK, namespace_of},
    {"keyword", 1, 2, NATIVE_STATIC_OK, keyword},
    {"symbol", 1, 2, NATIVE_STATIC_OK, symbol},
    {"-join-all", 1, 1, NATIVE_DEEP_1 | NATIVE_INTERNAL, join_all},
    {0},
};
