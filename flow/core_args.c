#include "flow/core_args.h"

#include "flow/java_hash.h"
#include "flow/number.h"
#include "flow/plist.h"
#include "flow/pvec.h"

#include <string.h>

bool core_args_wrong(struct native_call *call, uint32_t index, const char *expected)
{
    struct value value = call->args[index];
    bool method = call->entry->name[0] == '.';
    bool chosen = (call->entry->flags & NATIVE_OVERLOADED) || (method && index == 0);
    bool null = value_is_nil(value) && (method || !chosen);

    return error_set(call->err,
                     null     ? E_NULL
                     : chosen ? E_ARGUMENT
                              : E_CAST,
                     "%s: argument %u is %s; expected %s", call->entry->name, index + 1,
                     value_type_phrase(value), expected);
}

bool core_args_invalid(struct native_call *call, uint32_t index, const char *expected)
{
    return error_set(call->err, E_ARGUMENT, "%s: argument %u is %s; expected %s", call->entry->name,
                     index + 1, value_type_phrase(call->args[index]), expected);
}

bool core_args_string(struct native_call *call, uint32_t index)
{
    return call->args[index].type == VALUE_STRING || core_args_wrong(call, index, "a string");
}

bool core_args_to_string(struct native_call *call, uint32_t index)
{
    struct buf text CLEANUP(buf_done) = {.limit = call->heap->budget_bytes};
    struct value source = call->args[index];

    if (source.type == VALUE_STRING) return true;
    if (value_is_nil(source)) return core_args_wrong(call, index, "a string");
    java_hash_display(source, &text);
    if (!core_args_charge_text(call, (int64_t)text.len)) return false;
    call->args[index] = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

bool core_args_utf8(struct native_call *call, struct value string, struct buf *out)
{
    if (!native_charge(call, string_length(string) / 4)) return false;
    string_append_utf8(string, out);
    return true;
}

bool core_args_int(struct native_call *call, uint32_t index, int64_t *out)
{
    if (call->args[index].type == VALUE_INT) {
        *out = call->args[index].integer;
        return true;
    }
    if (!number_is(call->args[index])) return core_args_wrong(call, index, "an integer");
    return number_to_int(call->args[index], out, call->err);
}

bool core_args_int32(struct native_call *call, uint32_t index, int64_t *out)
{
    if (!core_args_int(call, index, out)) return false;
    if (*out >= INT32_MIN && *out <= INT32_MAX) return true;
    return error_set(call->err, E_ARITHMETIC, "integer overflow");
}

bool core_args_charge_items(struct native_call *call, int64_t count)
{
    return native_charge(call, count / 2 + 1) &&
           heap_can(call->heap, (size_t)count * sizeof(struct value) * 2, call->err);
}

bool core_args_charge_keys(struct native_call *call, int64_t count)
{
    return native_charge(call, 4 * count + 1) &&
           heap_can(call->heap, (size_t)count * sizeof(struct value) * 2, call->err);
}

bool core_args_charge_text(struct native_call *call, int64_t length)
{
    return native_charge(call, length / 4 + 1) &&
           heap_can(call->heap, (size_t)length * sizeof(uint16_t), call->err);
}

bool core_args_charge_units(struct native_call *call, int64_t length)
{
    return native_charge(call, length / 32 + 1) &&
           heap_can(call->heap, (size_t)length * sizeof(uint16_t), call->err);
}

bool core_args_items(struct native_call *call, uint32_t index, struct value_list *out)
{
    struct seq_iter iter;
    struct value item;

    seq_iter_init(&iter, call->args[index]);
    while (seq_iter_next(&iter, call->heap, &item)) {
        value_list_push(out, item);
        if (out->count % 1024 == 0 && !core_args_charge_items(call, 1024)) return false;
        if (out->count % 1024 == 0 &&
            !heap_can(call->heap, out->count * sizeof(struct value), call->err)) {
            return false;
        }
    }
    if (iter.result == SEQ_PENDING) return native_pending(call, iter.rest);
    if (iter.result == SEQ_FAILED) return core_args_invalid(call, index, "a collection");
    return native_charge(call, (int64_t)(out->count % 1024) / 2);
}

struct value core_args_seq(struct heap *heap, const struct value_list *items)
{
    struct value seq;

    if (items->count == 0) return plist_empty();
    if (seq_of(heap, pvec_new(heap, items->items, (uint32_t)items->count), &seq, NULL) != SEQ_OK) {
        ASSERT(false);
    }
    return seq;
}
