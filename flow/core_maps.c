#include "flow/callable.h"
#include "flow/coll.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/pvec.h"

/* Core maps: making maps, adding and removing entries, paths, sorted collections. */

static bool is_map(struct value value)
{
    return value.type == VALUE_MAP || value.type == VALUE_SORTED_MAP;
}

static bool even_count(struct native_call *call, uint32_t count)
{
    if (count % 2 == 0) return core_args_charge_keys(call, count / 2);
    return error_set(call->err, E_ARGUMENT, "%s: the last key has no value", call->entry->name);
}

static bool hash_map(struct native_call *call, struct value *out)
{
    if (!even_count(call, call->count)) return false;
    *out = pmap_new_hash(call->heap, call->args, call->count / 2);
    return true;
}

static bool array_map(struct native_call *call, struct value *out)
{
    if (!even_count(call, call->count)) return false;
    *out = pmap_new_array(call->heap, call->args, call->count / 2);
    return true;
}

/* Puts the arguments from `first` on into a sorted collection. */
static bool sorted_fill(struct native_call *call, uint32_t first, struct value sorted,
                        struct value *out)
{
    bool map = sorted.type == VALUE_SORTED_MAP;

    if (!core_args_charge_keys(call, 2 * (int64_t)(call->count - first))) return false;
    for (uint32_t i = first; i < call->count; i += map ? 2 : 1) {
        if (map && i + 1 == call->count) return even_count(call, call->count - first);
        struct value value = map ? call->args[i + 1] : value_nil();

        if (!sorted_put(call->heap, sorted, call->args[i], value, call->order, &sorted,
                        call->err)) {
            return false;
        }
    }
    *out = sorted;
    return true;
}

static bool sorted_map(struct native_call *call, struct value *out)
{
    return sorted_fill(call, 0, sorted_map_new(call->heap, value_nil()), out);
}

static bool sorted_set(struct native_call *call, struct value *out)
{
    return sorted_fill(call, 0, sorted_set_new(call->heap, value_nil()), out);
}

/* Of what can be called only functions compare. */
static bool has_comparator(struct native_call *call)
{
    uint32_t type = call->args[0].type;

    return type == VALUE_FUNCTION || type == VALUE_NATIVE || value_is_nil(call->args[0]) ||
           core_args_wrong(call, 0, "a comparing function");
}

/* nil compares nothing, where there is anything to compare. */
static bool can_compare(struct native_call *call, uint32_t items_max)
{
    return !value_is_nil(call->args[0]) || call->count <= 1 + items_max ||
           native_wrong_type(call, 0, "comparing function");
}

static bool sorted_map_by(struct native_call *call, struct value *out)
{
    if (!has_comparator(call)) return false;
    if (call->count % 2 == 1 && !can_compare(call, 2)) return false;
    return sorted_fill(call, 1, sorted_map_new(call->heap, call->args[0]), out);
}

static bool sorted_set_by(struct native_call *call, struct value *out)
{
    if (!has_comparator(call) || !can_compare(call, 1)) return false;
    return sorted_fill(call, 1, sorted_set_new(call->heap, call->args[0]), out);
}

static bool assoc(struct native_call *call, struct value *out)
{
    struct value map = call->args[0];

    for (uint32_t i = 1; i + 1 < call->count; i += 2) {
        if (!coll_assoc(call->heap, map, call->args[i], call->args[i + 1], call->order, &map,
                        call->err)) {
            return false;
        }
    }
    if (call->count % 2 == 0) {
        return error_set(call->err, E_ARGUMENT, "assoc: the last key has no value");
    }
    *out = map;
    return true;
}

static bool dissoc(struct native_call *call, struct value *out)
{
    struct value map = call->args[0];

    for (uint32_t i = 1; i < call->count; i++) {
        if (!coll_dissoc(call->heap, map, call->args[i], call->order, &map, call->err)) {
            return false;
        }
    }
    *out = map;
    return true;
}

static bool get_in(struct native_call *call, struct value *out)
{
    struct value_list path CLEANUP(value_list_done) = {0};
    /* a value that no map holds, to tell a missing key from nil */
    struct value missing = {.type = VALUE_TYPES};
    struct value at = call->args[0];

    if (!core_args_items(call, 1, &path)) return false;
    for (size_t i = 0; i < path.count; i++) {
        if (!coll_get(at, path.items[i], call->count > 2 ? missing : value_nil(), call->order, &at,
                      call->err)) {
            return false;
        }
        if (at.type == VALUE_TYPES) {
            *out = call->args[2];
            return true;
        }
    }
    *out = at;
    return true;
}

static bool assoc_in(struct native_call *call, struct value *out)
{
    struct value_list path CLEANUP(value_list_done) = {0};
    struct value_list maps CLEANUP(value_list_done) = {0};
    struct value at = call->args[0];
    struct value value = call->args[2];

    if (!core_args_items(call, 1, &path)) return false;
    if (path.count == 0) value_list_push(&path, value_nil());
    for (size_t i = 0; i < path.count; i++) {
        value_list_push(&maps, at);
        if (i + 1 < path.count &&
            !coll_get(at, path.items[i], value_nil(), call->order, &at, call->err)) {
            return false;
        }
    }
    for (size_t i = path.count; i > 0; i--) {
        if (!coll_assoc(call->heap, maps.items[i - 1], path.items[i - 1], value, call->order,
                        &value, call->err)) {
            return false;
        }
    }
    *out = value;
    return true;
}

static bool select_keys(struct native_call *call, struct value *out)
{
    struct value_list keys CLEANUP(value_list_done) = {0};
    struct value source = call->args[0];
    struct value chosen = pmap_empty();

    if (!core_args_items(call, 1, &keys)) return false;
    for (size_t i = 0; i < keys.count; i++) {
        struct value entry;

        if (!coll_find(call->heap, source, keys.items[i], call->order, &entry, call->err)) {
            return false;
        }
        if (value_is_nil(entry)) continue;
        chosen = pmap_assoc(call->heap, chosen, pvec_nth(entry, 0), pvec_nth(entry, 1));
    }
    if (source.type == VALUE_MAP && pmap_is_input(source)) {
        chosen = pmap_with_input(call->heap, chosen, true);
    }
    if (object_can_have_meta(source) && !value_is_nil(object_get_meta(source))) {
        chosen = object_with_meta(call->heap, chosen, object_get_meta(source));
    }
    *out = chosen;
    return true;
}

static bool merge(struct native_call *call, struct value *out)
{
    struct value merged = value_nil();

    for (uint32_t i = 0; i < call->count; i++) {
        if (i == 0) {
            merged = call->args[0];
            continue;
        }
        bool any = value_truthy(merged) || value_truthy(call->args[i]);

        if (!any) continue;
        if (!value_truthy(merged)) merged = pmap_empty();
        if (call->args[i].type == VALUE_MAP &&
            !core_args_charge_keys(call, pmap_count(call->args[i]))) {
            return false;
        }
        if (!coll_conj(call->heap, merged, call->args[i], call->order, &merged, call->err)) {
            return false;
        }
    }
    *out = value_truthy(merged) ? merged : value_nil();
    return true;
}

/* Of a map; the prelude does it for sequences of entries. */
static bool parts(struct native_call *call, uint32_t part, struct value *out)
{
    struct value source = call->args[0];

    if (!value_is_nil(source) && !is_map(source)) return core_args_wrong(call, 0, "a map");
    *out = part == 0 ? seq_keys(call->heap, source) : seq_vals(call->heap, source);
    return true;
}

static bool keys(struct native_call *call, struct value *out)
{
    return parts(call, 0, out);
}

static bool vals(struct native_call *call, struct value *out)
{
    return parts(call, 1, out);
}

static bool entry_part(struct native_call *call, uint32_t part, struct value *out)
{
    struct value entry = call->args[0];

    if (!pvec_is_entry(entry)) return core_args_wrong(call, 0, "a map entry");
    *out = pvec_nth(entry, part);
    return true;
}

static bool key(struct native_call *call, struct value *out)
{
    return entry_part(call, 0, out);
}

static bool val(struct native_call *call, struct value *out)
{
    return entry_part(call, 1, out);
}

static bool map_entry(struct native_call *call, struct value *out)
{
    *out = pvec_entry(call->heap, call->args[0], call->args[1]);
    return true;
}

/* {} with the metadata of the map: what update-vals starts from. */
static bool empty_plain_map(struct native_call *call, struct value *out)
{
    struct value source = call->args[0];

    *out = pmap_empty();
    if (object_can_have_meta(source) && !value_is_nil(object_get_meta(source))) {
        *out = object_with_meta(call->heap, *out, object_get_meta(source));
    }
    return true;
}

/* > and >=, of the tests that subseq takes. */
static bool is_lower(struct value test)
{
    return test.type == VALUE_NATIVE && callable_entry(test)->name[0] == '>';
}

/* The bound that a test (< <= > >=) and a key put on the positions of a sorted collection. */
static bool narrow(struct native_call *call, uint32_t test_index, uint32_t *from, uint32_t *to)
{
    struct value test = call->args[test_index];
    const char *name = test.type == VALUE_NATIVE ? callable_entry(test)->name : "";
    uint32_t rank;
    bool lower = is_lower(test), upper = name[0] == '<';
    bool or_equal = name[0] && name[1] == '=';

    if (!lower && !upper) {
        return error_set(call->err, E_ARGUMENT,
                         "%s: the test must be <, <=, > or >=", call->entry->name);
    }
    if (!sorted_rank(call->args[0], call->args[test_index + 1], lower ? !or_equal : or_equal,
                     call->order, &rank, call->err)) {
        return false;
    }
    if (lower) {
        *from = MAX(*from, rank);
    } else {
        *to = MIN(*to, rank);
    }
    return true;
}

static bool sorted_part(struct native_call *call, bool reverse, struct value *out)
{
    struct value sorted = call->args[0];
    uint32_t from = 0, to;

    if (call->count == 4) {
        return error_set(call->err, E_ARITY, "%s takes 3 or 5 arguments", call->entry->name);
    }
    if (sorted.type != VALUE_SORTED_MAP && sorted.type != VALUE_SORTED_SET) {
        return core_args_wrong(call, 0, "a sorted collection");
    }
    to = sorted_count(sorted);
    for (uint32_t i = 1; i < call->count; i += 2) {
        if (!narrow(call, i, &from, &to)) return false;
    }
    if (from < to) {
        *out = seq_sorted(call->heap, sorted, from, to, reverse);
    } else { // nil where there is nothing to begin with, () where the first item is too far already
        bool bounded = call->count > 3 || is_lower(call->args[1]) == reverse;
        bool begins = call->count == 3 || (reverse ? to > 0 : from < sorted_count(sorted));

        *out = bounded && begins ? plist_empty() : value_nil();
    }
    return true;
}

/* The comparing function of a sorted collection, or nil. */
static bool comparator_of(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_SORTED_MAP && call->args[0].type != VALUE_SORTED_SET) {
        return core_args_wrong(call, 0, "a sorted collection");
    }
    *out = sorted_comparator(call->args[0]);
    return true;
}

static bool subseq(struct native_call *call, struct value *out)
{
    return sorted_part(call, false, out);
}

static bool rsubseq(struct native_call *call, struct value *out)
{
    return sorted_part(call, true, out);
}

const struct native_entry core_maps[] = {
    {"hash-map", 0, -1, NATIVE_DEEP, hash_map},
    {"array-map", 0, -1, NATIVE_DEEP, array_map},
    {"sorted-map", 0, -1, NATIVE_DEEP, sorted_map},
    {"sorted-set", 0, -1, NATIVE_DEEP, sorted_set},
    {"sorted-map-by", 1, -1, NATIVE_DEEP, sorted_map_by},
    {"sorted-set-by", 1, -1, NATIVE_DEEP, sorted_set_by},
    {"assoc", 3, -1, NATIVE_KEYS, assoc},
    {"dissoc", 1, -1, NATIVE_DEEP_REST | NATIVE_LOOKUP, dissoc},
    {"get-in", 2, 3, NATIVE_DEEP_2, get_in},
    {"assoc-in", 3, 3, NATIVE_DEEP_2, assoc_in},
    {"select-keys", 2, 2, NATIVE_DEEP_2, select_keys},
    {"merge", 0, -1, NATIVE_REALIZE_REST, merge},
    {"keys", 1, 1, NATIVE_PLAIN, keys},
    {"vals", 1, 1, NATIVE_PLAIN, vals},
    {"key", 1, 1, NATIVE_PLAIN, key},
    {"val", 1, 1, NATIVE_PLAIN, val},
    {"-map-entry", 2, 2, NATIVE_INTERNAL, map_entry},
    {"-empty-plain-map", 1, 1, NATIVE_INTERNAL, empty_plain_map},
    {"-comparator-of", 1, 1, NATIVE_INTERNAL, comparator_of},
    {"subseq", 3, 5, NATIVE_DEEP, subseq},
    {"rsubseq", 3, 5, NATIVE_DEEP, rsubseq},
    {0},
};
