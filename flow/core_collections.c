#include "flow/coll.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/lazy.h"
#include "flow/number.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/pvec.h"

/* Core collections: making vectors, lists and sets, adding to and taking from any collection. */

static bool vector(struct native_call *call, struct value *out)
{
    if (!core_args_charge_items(call, call->count)) return false;
    *out = pvec_new(call->heap, call->args, call->count);
    return true;
}

static bool vec(struct native_call *call, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};
    struct value source = call->args[0];

    if (source.type == VALUE_VECTOR && !pvec_is_entry(source)) {
        *out = value_is_nil(object_get_meta(source))
                   ? source
                   : object_with_meta(call->heap, source, value_nil());
        return true;
    }
    if (!value_is_nil(source) && !seq_is_seqable(source)) {
        return error_set(call->err, E_RUNTIME, "vec: no vector can be made of %s",
                         value_type_name(source));
    }
    if (!core_args_items(call, 0, &items)) return false;
    *out = pvec_new(call->heap, items.items, (uint32_t)items.count);
    return true;
}

static bool list(struct native_call *call, struct value *out)
{
    if (!core_args_charge_items(call, call->count)) return false;
    *out = plist_new(call->heap, call->args, call->count);
    return true;
}

static bool list_from(struct native_call *call, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};

    if (!core_args_items(call, 0, &items)) return false;
    *out = plist_new(call->heap, items.items, (uint32_t)items.count);
    return true;
}

/* What stands behind may be lazy and stays so. */
static bool list_star(struct native_call *call, struct value *out)
{
    uint32_t last = call->count - 1;
    struct value tail = call->args[last];

    if (last == 0 || !seq_is(tail)) {
        switch (seq_of(call->heap, tail, &tail, call->err)) {
        case SEQ_OK: break;
        case SEQ_PENDING: return native_pending(call, tail);
        case SEQ_FAILED: return core_args_invalid(call, last, "a collection");
        }
    }
    for (uint32_t i = last; i > 0; i--) {
        tail = plist_cons(call->heap, call->args[i - 1], tail);
    }
    *out = tail;
    return true;
}

static bool hash_set(struct native_call *call, struct value *out)
{
    if (!core_args_charge_keys(call, call->count)) return false;
    *out = pset_new(call->heap, call->args, call->count);
    return true;
}

static bool set(struct native_call *call, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};

    if (call->args[0].type == VALUE_SET || call->args[0].type == VALUE_SORTED_SET) {
        *out = value_is_nil(object_get_meta(call->args[0]))
                   ? call->args[0]
                   : object_with_meta(call->heap, call->args[0], value_nil());
        return true;
    }
    if (!core_args_items(call, 0, &items)) return false;
    if (!core_args_charge_keys(call, (int64_t)items.count)) return false;
    *out = pset_new(call->heap, items.items, (uint32_t)items.count);
    return true;
}

enum { KEY_LOOKS = 8 }; /* that a unit of fuel buys */

/* Realises what adding the item would hash; values of entries are not looked at, so that they stay
 * lazy. False: something is pending, or the fuel does not suffice. */
static bool key_is_ready(struct native_call *call, struct value to, struct value item)
{
    bool map = to.type == VALUE_MAP || to.type == VALUE_SORTED_MAP;
    struct value lazy;
    const int64_t start = (MIN(*call->fuel, INT64_MAX / 16) + 1) * KEY_LOOKS - 1;
    int64_t budget = start;

    if (!map && to.type != VALUE_SET && to.type != VALUE_SORTED_SET) return true;
    if (map && item.type == VALUE_VECTOR && pvec_count(item) == 2) item = pvec_nth(item, 0);
    if (item.type < VALUE_LIST || item.type > VALUE_SORTED_SET) return true;
    switch (lazy_scan(item, true, &budget, &lazy)) {
    case LAZY_SCAN_PENDING: return native_pending(call, lazy);
    case LAZY_SCAN_BUDGET: return native_charge(call, INT64_MAX);
    default: return native_charge(call, (start - budget) / KEY_LOOKS);
    }
}

static bool conj_all(struct native_call *call, struct value *out)
{
    struct value coll = call->count ? call->args[0] : pvec_empty();

    for (uint32_t i = 1; i < call->count; i++) {
        bool many = call->args[i].type == VALUE_MAP && coll.type == VALUE_MAP; // all its entries

        if (!key_is_ready(call, coll, call->args[i])) return false;
        if (many && !core_args_charge_keys(call, pmap_count(call->args[i]))) return false;
        if (!coll_conj(call->heap, coll, call->args[i], call->order, &coll, call->err)) {
            return false;
        }
    }
    *out = coll;
    return true;
}

/* into without a transducer */
static bool into(struct native_call *call, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};
    struct value to = call->args[0];

    if (!core_args_items(call, 1, &items)) return false;
    if (to.type == VALUE_VECTOR && pvec_count(to) == 0 && value_is_nil(object_get_meta(to))) {
        *out = pvec_new(call->heap, items.items, (uint32_t)items.count);
        return true;
    }
    bool keyed = to.type >= VALUE_MAP; // maps and sets, sorted ones too

    if (keyed && !core_args_charge_keys(call, (int64_t)items.count)) return false;
    for (size_t i = 0; i < items.count; i++) {
        if (!key_is_ready(call, to, items.items[i])) return false;
        if (!coll_conj(call->heap, to, items.items[i], call->order, &to, call->err)) return false;
        if (i % 256 == 255 && call->heap->exhausted) {
            return error_set(call->err, E_MEMORY, "into: no memory is left");
        }
    }
    *out = to;
    return true;
}

static bool disj(struct native_call *call, struct value *out)
{
    struct value set_value = call->args[0];

    if (!value_truthy(set_value) || call->count == 1) {
        *out = call->count == 1 ? set_value : value_nil();
        return true;
    }
    if (set_value.type != VALUE_SET && set_value.type != VALUE_SORTED_SET) {
        return core_args_wrong(call, 0, "a set");
    }
    for (uint32_t i = 1; i < call->count; i++) {
        if (set_value.type == VALUE_SET) {
            set_value = pset_disj(call->heap, set_value, call->args[i]);
        } else if (!sorted_remove(call->heap, set_value, call->args[i], call->order, &set_value,
                                  call->err)) {
            return false;
        }
    }
    *out = set_value;
    return true;
}

static bool get(struct native_call *call, struct value *out)
{
    struct value otherwise = call->count > 2 ? call->args[2] : value_nil();

    return coll_get(call->args[0], call->args[1], otherwise, call->order, out, call->err);
}

static bool contains(struct native_call *call, struct value *out)
{
    bool found;

    if (!coll_contains(call->args[0], call->args[1], call->order, &found, call->err)) return false;
    *out = value_bool(found);
    return true;
}

static bool find(struct native_call *call, struct value *out)
{
    return coll_find(call->heap, call->args[0], call->args[1], call->order, out, call->err);
}

static bool nth(struct native_call *call, struct value *out)
{
    struct value coll = call->args[0];
    struct value item;
    int64_t index;
    bool found;

    if (!core_args_int32(call, 1, &index)) return false;
    if (value_is_nil(coll) || (index < 0 && call->count > 2)) {
        *out = call->count > 2 ? call->args[2] : value_nil();
        return true;
    }
    if (coll.type == VALUE_MAP || coll.type == VALUE_SET || coll.type == VALUE_SORTED_MAP ||
        coll.type == VALUE_SORTED_SET || (!seq_is_seqable(coll))) {
        return error_set(call->err, E_UNSUPPORTED, "nth: %s has no positions",
                         value_type_name(coll));
    }
    if (seq_nth(call->heap, coll, index, &found, &item, call->err) != SEQ_OK) return false;
    if (!found && call->count == 2) {
        return error_set(call->err, E_INDEX, "nth: there is no item at %lld", (long long)index);
    }
    *out = found ? item : call->args[2];
    return true;
}

static bool count(struct native_call *call, struct value *out)
{
    struct value pending;
    int64_t length;

    if (!value_is_nil(call->args[0]) && !seq_is_seqable(call->args[0])) {
        return error_set(call->err, E_UNSUPPORTED, "count: %s has no count",
                         value_type_name(call->args[0]));
    }
    if (seq_count(call->args[0], &length, &pending, call->err) != SEQ_OK) return false;
    *out = value_int(length);
    return true;
}

static bool peek(struct native_call *call, struct value *out)
{
    struct value coll = call->args[0];

    if (coll.type == VALUE_VECTOR) {
        *out = pvec_peek(coll);
    } else if (coll.type == VALUE_LIST) {
        *out = plist_first(coll);
    } else if (value_is_nil(coll)) {
        *out = value_nil();
    } else {
        return core_args_wrong(call, 0, "a vector or list");
    }
    return true;
}

static bool pop(struct native_call *call, struct value *out)
{
    struct value coll = call->args[0];
    bool empty = (coll.type == VALUE_VECTOR && pvec_count(coll) == 0) ||
                 (coll.type == VALUE_LIST && plist_count(coll) == 0);

    if (empty) return error_set(call->err, E_STATE, "pop: the collection is empty");
    if (coll.type == VALUE_VECTOR) {
        *out = pvec_pop(call->heap, coll);
    } else if (coll.type == VALUE_LIST) {
        struct value meta = object_get_meta(coll);

        *out = plist_rest(coll);
        if (plist_count(*out) == 0 && !value_is_nil(meta)) {
            *out = object_with_meta(call->heap, *out, meta);
        }
    } else if (value_is_nil(coll)) {
        *out = value_nil();
    } else {
        return core_args_wrong(call, 0, "a vector or list");
    }
    return true;
}

static bool count_of(struct native_call *call, int64_t *out)
{
    struct value pending;

    switch (seq_count(call->args[0], out, &pending, call->err)) {
    case SEQ_PENDING: return native_pending(call, pending);
    case SEQ_FAILED: return false;
    case SEQ_OK: break;
    }
    return true;
}

static bool subvec(struct native_call *call, struct value *out)
{
    struct value source = call->args[0];
    int64_t from, to = 0;

    if (call->count == 2 && !count_of(call, &to)) return false; // (subvec v start (count v))
    bool null = value_is_nil(source); // which Clojure finds when it has looked at the indexes

    if (source.type != VALUE_VECTOR && !null) return core_args_wrong(call, 0, "a vector");
    if (!core_args_int32(call, 1, &from)) return false;
    if (call->count > 2 && !core_args_int32(call, 2, &to)) return false;
    if (from < 0 || to < from || (!null && to > pvec_count(source))) {
        return error_set(call->err, E_INDEX, "subvec: %lld to %lld is outside of the vector",
                         (long long)from, (long long)to);
    }
    if (null) return core_args_wrong(call, 0, "a vector");
    if (!core_args_charge_items(call, to - from)) return false;
    *out = pvec_slice(call->heap, source, (uint32_t)from, (uint32_t)to);
    return true;
}

static bool empty(struct native_call *call, struct value *out)
{
    *out = coll_empty(call->heap, call->args[0]);
    return true;
}

const struct native_entry core_collections[] = {
    {"vector", 0, -1, NATIVE_PLAIN, vector},
    {"vec", 1, 1, NATIVE_REALIZE_1, vec},
    {"list", 0, -1, NATIVE_PLAIN, list},
    {"-list-from", 1, 1, NATIVE_REALIZE_1 | NATIVE_INTERNAL, list_from},
    {"list*", 1, -1, NATIVE_PLAIN, list_star},
    {"hash-set", 0, -1, NATIVE_DEEP, hash_set},
    {"set", 1, 1, NATIVE_DEEP_1, set},
    {"conj", 0, -1, NATIVE_PLAIN, conj_all},
    {"-into", 2, 2, NATIVE_REALIZE_2 | NATIVE_INTERNAL, into},
    {"disj", 1, -1, NATIVE_DEEP_REST | NATIVE_LOOKUP, disj},
    {"get", 2, 3, NATIVE_DEEP_2 | NATIVE_LOOKUP | NATIVE_STATIC_OK, get},
    {"contains?", 2, 2, NATIVE_DEEP_2 | NATIVE_LOOKUP | NATIVE_STATIC_OK, contains},
    {"find", 2, 2, NATIVE_DEEP_2 | NATIVE_LOOKUP, find},
    {"nth", 2, 3, NATIVE_REALIZE_1, nth},
    {"count", 1, 1, NATIVE_REALIZE_1 | NATIVE_STATIC_OK, count},
    {"peek", 1, 1, NATIVE_PLAIN, peek},
    {"pop", 1, 1, NATIVE_PLAIN, pop},
    {"subvec", 2, 3, NATIVE_PLAIN, subvec},
    {"empty", 1, 1, NATIVE_PLAIN, empty},
    {0},
};
