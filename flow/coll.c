#include "flow/coll.h"

#include "flow/keyword.h"
#include "flow/number.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/string.h"

static bool wrong_type(struct error *err, enum error_code code, const char *what, struct value coll)
{
    return error_set(err, code, "%s does not work on a %s", what, value_type_name(coll));
}

/* A key as an index: integers for vectors, any number for strings (as Java's intValue). */
static bool as_index(struct value coll, struct value key, int64_t *out)
{
    if (key.type == VALUE_INT) {
        *out = key.integer;
        return true;
    }
    if (key.type == VALUE_BIGINT) return bignum_to_int(key, out);
    return coll.type == VALUE_STRING && number_is(key) && number_to_int(key, out, NULL);
}

static int64_t index_count(struct value coll)
{
    return coll.type == VALUE_STRING ? (int64_t)string_length(coll) : (int64_t)pvec_count(coll);
}

static struct value get_indexed(struct value coll, struct value key, struct value otherwise)
{
    int64_t index;

    if (!as_index(coll, key, &index) || index < 0 || index >= index_count(coll)) return otherwise;
    return coll.type == VALUE_STRING ? value_char(string_unit(coll, (uint32_t)index))
                                     : pvec_nth(coll, (uint32_t)index);
}

bool coll_get(struct value coll, struct value key, struct value otherwise,
              const struct sorted_order *order, struct value *out, struct error *err)
{
    struct value found_key, found_value;
    bool found;

    *out = otherwise;
    switch (coll.type) {
    case VALUE_MAP: *out = pmap_get(coll, key, otherwise); return true;
    case VALUE_SET: *out = pset_get(coll, key, otherwise); return true;
    case VALUE_VECTOR:
    case VALUE_STRING: *out = get_indexed(coll, key, otherwise); return true;
    case VALUE_SORTED_MAP:
    case VALUE_SORTED_SET:
        if (!sorted_find(coll, key, order, &found, &found_key, &found_value, err)) return false;
        if (found) *out = coll.type == VALUE_SORTED_MAP ? found_value : found_key;
        return true;
    case VALUE_TAGGED:
        if (keyword_is(key, "tag")) *out = OBJECT_AS(box_object, coll.object)->name;
        if (keyword_is(key, "form")) *out = OBJECT_AS(box_object, coll.object)->value;
        return true;
    default: return true;
    }
}

bool coll_contains(struct value coll, struct value key, const struct sorted_order *order, bool *out,
                   struct error *err)
{
    int64_t index;

    switch (coll.type) {
    case VALUE_NIL: *out = false; return true;
    case VALUE_MAP: *out = pmap_contains(coll, key); return true;
    case VALUE_SET: *out = pset_contains(coll, key); return true;
    case VALUE_SORTED_MAP:
    case VALUE_SORTED_SET: return sorted_find(coll, key, order, out, NULL, NULL, err);
    case VALUE_STRING:
        if (!number_is(key)) return wrong_type(err, E_ARGUMENT, "contains? with such a key", coll);
        // fall through
    case VALUE_VECTOR:
        *out = as_index(coll, key, &index) && index >= 0 && index < index_count(coll);
        return true;
    default: return wrong_type(err, E_ARGUMENT, "contains?", coll);
    }
}

static bool put(struct heap *heap, struct value map, struct value key, struct value value,
                const struct sorted_order *order, struct value *out, struct error *err)
{
    if (map.type == VALUE_SORTED_MAP) {
        return sorted_put(heap, map, key, value, order, out, err);
    }
    *out = pmap_assoc(heap, map, key, value);
    return true;
}

/* conj on a map: an entry, nil, a map, or a sequence of entries. */
static bool conj_map(struct heap *heap, struct value map, struct value item,
                     const struct sorted_order *order, struct value *out, struct error *err)
{
    struct value result = map;
    struct seq_iter iter;
    struct value key, value;

    if (item.type == VALUE_VECTOR) {
        if (pvec_count(item) != 2) {
            return error_set(err, E_ARGUMENT, "a vector added to a map must be a pair");
        }
        return put(heap, map, pvec_nth(item, 0), pvec_nth(item, 1), order, out, err);
    }
    seq_iter_init(&iter, item);
    while (seq_iter_next_pair(&iter, &key, &value)) {
        if (!seq_iter_gives_entries(&iter)) {
            if (!pvec_is_entry(key)) {
                return error_set(err, value_is_nil(key) ? E_NULL : E_CAST, "%s is not a map entry",
                                 value_type_phrase(key));
            }
            value = pvec_nth(key, 1);
            key = pvec_nth(key, 0);
        }
        if (!put(heap, result, key, value, order, &result, err)) return false;
    }
    if (iter.result != SEQ_OK) return wrong_type(err, E_ARGUMENT, "conj on a map with", item);
    *out = result;
    return true;
}

bool coll_conj(struct heap *heap, struct value coll, struct value item,
               const struct sorted_order *order, struct value *out, struct error *err)
{
    switch (coll.type) {
    case VALUE_NIL: *out = plist_push(heap, plist_empty(), item); return true;
    case VALUE_LIST: *out = plist_push(heap, coll, item); return true;
    case VALUE_CONS:
    case VALUE_LAZY:
    case VALUE_SEQ: *out = plist_cons(heap, item, coll); return true;
    case VALUE_VECTOR: *out = pvec_conj(heap, coll, item); return true;
    case VALUE_MAP:
    case VALUE_SORTED_MAP: return conj_map(heap, coll, item, order, out, err);
    case VALUE_SET: *out = pset_conj(heap, coll, item); return true;
    case VALUE_SORTED_SET: return sorted_put(heap, coll, item, value_nil(), order, out, err);
    default: return wrong_type(err, E_CAST, "conj", coll);
    }
}

bool coll_assoc(struct heap *heap, struct value coll, struct value key, struct value value,
                const struct sorted_order *order, struct value *out, struct error *err)
{
    int64_t index;

    switch (coll.type) {
    case VALUE_NIL: *out = pmap_assoc(heap, pmap_empty(), key, value); return true;
    case VALUE_MAP:
    case VALUE_SORTED_MAP: return put(heap, coll, key, value, order, out, err);
    case VALUE_VECTOR: break;
    default: return wrong_type(err, E_CAST, "assoc", coll);
    }
    if (!as_index(coll, key, &index)) {
        return error_set(err, E_ARGUMENT, "the key of a vector must be an integer, not %s",
                         value_type_phrase(key));
    }
    if (index < 0 || index > pvec_count(coll)) {
        return error_set(err, E_INDEX, "index %lld is outside a vector of %u", (long long)index,
                         pvec_count(coll));
    }
    *out = pvec_assoc(heap, coll, (uint32_t)index, value);
    return true;
}

bool coll_dissoc(struct heap *heap, struct value coll, struct value key,
                 const struct sorted_order *order, struct value *out, struct error *err)
{
    switch (coll.type) {
    case VALUE_NIL: *out = coll; return true;
    case VALUE_MAP: *out = pmap_dissoc(heap, coll, key); return true;
    case VALUE_SORTED_MAP: return sorted_remove(heap, coll, key, order, out, err);
    default: return wrong_type(err, E_CAST, "dissoc", coll);
    }
}

bool coll_find(struct heap *heap, struct value coll, struct value key,
               const struct sorted_order *order, struct value *out, struct error *err)
{
    struct value found_key, found_value;
    bool found = false;
    int64_t index;

    switch (coll.type) {
    case VALUE_NIL: break;
    case VALUE_MAP: found = pmap_find(coll, key, &found_key, &found_value); break;
    case VALUE_SORTED_MAP:
        if (!sorted_find(coll, key, order, &found, &found_key, &found_value, err)) return false;
        break;
    case VALUE_VECTOR:
        found = as_index(coll, key, &index) && index >= 0 && index < pvec_count(coll);
        if (!found) break;
        found_key = key;
        found_value = pvec_nth(coll, (uint32_t)index);
        break;
    default: return wrong_type(err, E_ARGUMENT, "find", coll);
    }
    *out = found ? pvec_entry(heap, found_key, found_value) : value_nil();
    return true;
}

struct value coll_empty(struct heap *heap, struct value coll)
{
    struct value empty;

    switch (coll.type) {
    case VALUE_LIST: empty = plist_empty(); break;
    case VALUE_CONS:
    case VALUE_LAZY:
    case VALUE_SEQ: return plist_empty();
    case VALUE_VECTOR:
        if (pvec_is_entry(coll)) return value_nil();
        empty = pvec_empty();
        break;
    case VALUE_MAP: return pmap_empty_like(heap, coll);
    case VALUE_SET: empty = pset_empty(); break;
    case VALUE_SORTED_MAP:
    case VALUE_SORTED_SET: return sorted_empty_like(heap, coll);
    default: return value_nil();
    }
    struct value meta = object_get_meta(coll);

    return value_is_nil(meta) ? empty : object_with_meta(heap, empty, meta);
}
