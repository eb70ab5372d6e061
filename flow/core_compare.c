#include "flow/compare.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/equal.h"
#include "flow/hash.h"
#include "flow/pset.h"

/* Core compare: equality, order and hash of all values. */

static bool equal(struct native_call *call, struct value *out)
{
    bool same = true;

    for (uint32_t i = 0; same && i + 1 < call->count; i++) {
        struct equal_walk walk = {.budget = native_budget(call)};
        bool done = equal_by_walk(call->args[i], call->args[i + 1], &walk, &same);

        if (!native_spend(call, walk.budget)) return false;
        if (!done) return native_pending_ahead(call, walk.pending, walk.ahead);
    }
    *out = value_bool(same);
    return true;
}

static bool not_equal(struct native_call *call, struct value *out)
{
    if (!equal(call, out)) return false;
    *out = value_bool(!value_truthy(*out));
    return true;
}

static bool identical(struct native_call *call, struct value *out)
{
    *out = value_bool(value_identical(call->args[0], call->args[1]));
    return true;
}

static bool compare(struct native_call *call, struct value *out)
{
    int order = 0;
    int64_t budget = native_budget(call);
    bool done = compare_within(call->args[0], call->args[1], &budget, &order, call->err);

    if (!native_spend(call, budget) || !done) return false;
    *out = value_int(order);
    return true;
}

static bool hash(struct native_call *call, struct value *out)
{
    *out = value_int((int32_t)value_hash(call->args[0]));
    return true;
}

/* hash-ordered-coll, hash-unordered-coll: of the items, as vectors and sets have it. */
static bool hash_items(struct native_call *call, uint32_t start, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};
    uint32_t mixed = start;

    if (call->args[0].type < VALUE_LIST || call->args[0].type > VALUE_SORTED_SET) {
        return core_args_wrong(call, 0, "a collection");
    }
    if (!core_args_items(call, 0, &items)) return false;
    for (size_t i = 0; i < items.count; i++) {
        uint32_t item = value_hash(items.items[i]);

        mixed = start == HASH_ORDERED ? hash_add_ordered(mixed, item) : mixed + item;
    }
    *out = value_int((int32_t)hash_mix(mixed, (uint32_t)items.count));
    return true;
}

static bool hash_ordered(struct native_call *call, struct value *out)
{
    return hash_items(call, HASH_ORDERED, out);
}

static bool hash_unordered(struct native_call *call, struct value *out)
{
    return hash_items(call, HASH_UNORDERED, out);
}

static bool mix_hash(struct native_call *call, struct value *out)
{
    int64_t hash_basis, count;

    if (!core_args_int32(call, 0, &hash_basis) || !core_args_int32(call, 1, &count)) return false;
    *out = value_int((int32_t)hash_mix((uint32_t)(uint64_t)hash_basis, (uint32_t)(uint64_t)count));
    return true;
}

static bool logical_not(struct native_call *call, struct value *out)
{
    *out = value_bool(!value_truthy(call->args[0]));
    return true;
}

static bool is_distinct(struct native_call *call, struct value *out)
{
    struct value seen = pset_empty();

    if (!core_args_charge_keys(call, call->count)) return false;
    for (uint32_t i = 0; i < call->count; i++) {
        seen = pset_conj(call->heap, seen, call->args[i]);
    }
    *out = value_bool(pset_count(seen) == call->count);
    return true;
}

const struct native_entry core_compare[] = {
    {"=", 1, -1, NATIVE_STATIC_OK, equal},
    {"not=", 1, -1, NATIVE_STATIC_OK, not_equal},
    {"identical?", 2, 2, NATIVE_PLAIN, identical},
    {"compare", 2, 2, NATIVE_STATIC_OK, compare},
    {"hash", 1, 1, NATIVE_DEEP | NATIVE_STATIC_OK, hash},
    {"hash-ordered-coll", 1, 1, NATIVE_DEEP, hash_ordered},
    {"hash-unordered-coll", 1, 1, NATIVE_DEEP, hash_unordered},
    {"mix-collection-hash", 2, 2, NATIVE_PLAIN, mix_hash},
    {"not", 1, 1, NATIVE_STATIC_OK, logical_not},
    {"distinct?", 1, -1, NATIVE_DEEP, is_distinct},
    {0},
};
