#include "base/memory.h"
#include "flow/box.h"
#include "flow/compare.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/number.h"
#include "flow/plist.h"
#include "flow/pvec.h"

/* Core seqs: sequences that need no flow function, sorting by compare, reduced values and the cells
 * that stateful transducers keep their state in. */

/* Cursors cost nothing to make, but C code that walks them does not ask for fuel: longer ones are
 * lazy sequences of the prelude. */
#define CURSOR_MAX (1 << 20)

static bool reverse(struct native_call *call, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};

    if (!core_args_items(call, 0, &items)) return false;
    for (size_t i = 0, j = items.count; i + 1 < j; i++) {
        struct value swapped = items.items[i];

        items.items[i] = items.items[--j];
        items.items[j] = swapped;
    }
    *out = plist_new(call->heap, items.items, (uint32_t)items.count);
    return true;
}

static bool rseq(struct native_call *call, struct value *out)
{
    struct value coll = call->args[0];

    if (coll.type != VALUE_VECTOR && coll.type != VALUE_SORTED_MAP &&
        coll.type != VALUE_SORTED_SET) {
        return core_args_wrong(call, 0, "a vector or sorted collection");
    }
    *out = seq_reverse(call->heap, coll);
    return true;
}

static bool no_items(struct native_call *call, bool *out)
{
    struct value seq;

    if (seq_of(call->heap, call->args[0], &seq, call->err) != SEQ_OK) {
        return core_args_invalid(call, 0, "a collection");
    }
    *out = value_is_nil(seq);
    return true;
}

static bool is_empty(struct native_call *call, struct value *out)
{
    bool empty = false;

    if (!no_items(call, &empty)) return false;
    *out = value_bool(empty);
    return true;
}

static bool not_empty(struct native_call *call, struct value *out)
{
    bool empty = false;

    if (!no_items(call, &empty)) return false;
    *out = empty ? value_nil() : call->args[0];
    return true;
}

/* Start, end and step are ints, the step is not zero. nil when there are more than CURSOR_MAX. */
static bool range_ints(struct native_call *call, struct value *out)
{
    __int128 start = call->args[0].integer, end = call->args[1].integer;
    __int128 step = call->args[2].integer;
    __int128 count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step;

    if (count <= 0) {
        *out = plist_empty();
        return true;
    }
    if (count > CURSOR_MAX) {
        *out = value_nil();
        return true;
    }
    *out = seq_range(call->heap, (int64_t)start, (int64_t)step, (int64_t)count);
    return true;
}

/* At most CURSOR_MAX times. */
static bool repeat(struct native_call *call, struct value *out)
{
    int64_t count = call->args[0].integer;

    ASSERT(call->args[0].type == VALUE_INT && count <= CURSOR_MAX);
    *out = count > 0 ? seq_repeat(call->heap, call->args[1], count) : plist_empty();
    return true;
}

/* Stable merge sort of order[] by the keys it points to. */
struct sorter {
    const struct value *keys;
    uint32_t *order, *spare;
    size_t count;
    struct native_call *call;
    int64_t budget; /* of comparisons */
};

static bool merge_runs(struct sorter *sorter, size_t low, size_t middle, size_t high)
{
    size_t i = low, j = middle;

    for (size_t at = low; at < high; at++) {
        int order = 0;

        if (i < middle && j < high &&
            !compare_within(sorter->keys[sorter->order[i]], sorter->keys[sorter->order[j]],
                            &sorter->budget, &order, sorter->call->err)) {
            return false;
        }
        if (j >= high || (i < middle && order <= 0)) {
            sorter->spare[at] = sorter->order[i++];
        } else {
            sorter->spare[at] = sorter->order[j++];
        }
    }
    return true;
}

static bool sort_order(struct sorter *sorter)
{
    for (size_t width = 1; width < sorter->count; width *= 2) {
        for (size_t low = 0; low < sorter->count; low += 2 * width) {
            size_t middle = MIN(low + width, sorter->count);

            if (!merge_runs(sorter, low, middle, MIN(middle + width, sorter->count))) return false;
        }
        uint32_t *swapped = sorter->order;

        sorter->order = sorter->spare;
        sorter->spare = swapped;
    }
    return true;
}

/* The items in the order of their keys, as a seq. */
static bool sort_by_keys(struct native_call *call, const struct value_list *keys,
                         const struct value_list *items, struct value *out)
{
    struct value_list sorted CLEANUP(value_list_done) = {0};
    struct sorter sorter = {.keys = keys->items, .count = items->count, .call = call};
    int64_t levels = 1;

    while ((size_t)1 << levels < items->count) {
        levels++;
    }
    if (!native_charge(call, (int64_t)items->count * levels / 2)) return false;
    sorter.order = memory_array(items->count + 1, sizeof(uint32_t));
    sorter.spare = memory_array(items->count + 1, sizeof(uint32_t));
    for (size_t i = 0; i < items->count; i++) {
        sorter.order[i] = (uint32_t)i;
    }

    sorter.budget = native_budget(call);
    bool done = sort_order(&sorter);

    done = native_spend(call, sorter.budget) && done;
    for (size_t i = 0; done && i < items->count; i++) {
        value_list_push(&sorted, items->items[sorter.order[i]]);
    }
    memory_free(sorter.order);
    memory_free(sorter.spare);
    if (done) *out = core_args_seq(call->heap, &sorted);
    return done;
}

static bool sort(struct native_call *call, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};

    return core_args_items(call, 0, &items) && sort_by_keys(call, &items, &items, out);
}

static bool sort_keyed(struct native_call *call, struct value *out)
{
    struct value_list keys CLEANUP(value_list_done) = {0};
    struct value_list items CLEANUP(value_list_done) = {0};

    return core_args_items(call, 0, &keys) && core_args_items(call, 1, &items) &&
           sort_by_keys(call, &keys, &items, out);
}

static bool reduced(struct native_call *call, struct value *out)
{
    *out = box_reduced(call->heap, call->args[0]);
    return true;
}

static bool is_reduced(struct native_call *call, struct value *out)
{
    *out = value_bool(call->args[0].type == VALUE_REDUCED);
    return true;
}

static bool unreduced(struct native_call *call, struct value *out)
{
    *out = call->args[0].type == VALUE_REDUCED ? box_get(call->args[0]) : call->args[0];
    return true;
}

static bool cell(struct native_call *call, struct value *out)
{
    *out = box_cell(call->heap, call->args[0]);
    return true;
}

static bool cell_get(struct native_call *call, struct value *out)
{
    *out = box_get(call->args[0]);
    return true;
}

static bool cell_set(struct native_call *call, struct value *out)
{
    box_set(call->args[0], call->args[1]);
    *out = call->args[1];
    return true;
}

static bool is_cell(struct native_call *call, struct value *out)
{
    *out = value_bool(call->args[0].type == VALUE_CELL);
    return true;
}

static bool is_chain(struct native_call *call, struct value *out)
{
    *out = value_bool(call->args[0].type == VALUE_LAZY || call->args[0].type == VALUE_CONS);
    return true;
}

const struct native_entry core_seqs[] = {
    {"reverse", 1, 1, NATIVE_REALIZE_1, reverse},
    {"rseq", 1, 1, NATIVE_PLAIN, rseq},
    {"empty?", 1, 1, NATIVE_FIRST_ONLY, is_empty},
    {"not-empty", 1, 1, NATIVE_FIRST_ONLY, not_empty},
    {"-range-ints", 3, 3, NATIVE_INTERNAL, range_ints},
    {"-repeat", 2, 2, NATIVE_INTERNAL, repeat},
    {"sort", 1, 1, NATIVE_DEEP_1, sort},
    {"-sort-keyed", 2, 2, NATIVE_DEEP_1 | NATIVE_INTERNAL, sort_keyed},
    {"reduced", 1, 1, NATIVE_PLAIN, reduced},
    {"reduced?", 1, 1, NATIVE_PLAIN, is_reduced},
    {"unreduced", 1, 1, NATIVE_PLAIN, unreduced},
    {"-cell", 1, 1, NATIVE_INTERNAL, cell},
    {"-cell-get", 1, 1, NATIVE_INTERNAL, cell_get},
    {"-cell-set", 2, 2, NATIVE_INTERNAL, cell_set},
    {"-cell?", 1, 1, NATIVE_INTERNAL, is_cell},
    {"-chain?", 1, 1, NATIVE_INTERNAL, is_chain},
    {0},
};
