#pragma once

#include "flow/heap.h"
#include "flow/object.h"
#include "flow/sorted.h"

/*
 * Coll: the collection functions by any type, for the VM's opcodes and the core functions. `order`
 * is for sorted collections with a comparator of the flow's own; NULL otherwise.
 */

/* clojure.core/get: map, set, vector, string, sorted; otherwise for all else. Fails only on a
 * sorted collection whose keys cannot be compared with key. */
bool coll_get(struct value coll, struct value key, struct value otherwise,
              const struct sorted_order *order, struct value *out, struct error *err) MUST_CHECK;
/* E_ARGUMENT where Clojure throws (lists, numbers). */
bool coll_contains(struct value coll, struct value key, const struct sorted_order *order, bool *out,
                   struct error *err) MUST_CHECK;
/* conj: nil, list, seqs, vector, map (entry, map or nil), set, sorted. */
bool coll_conj(struct heap *heap, struct value coll, struct value item,
               const struct sorted_order *order, struct value *out, struct error *err) MUST_CHECK;
/* assoc: nil, map, sorted map, vector (E_INDEX outside). */
bool coll_assoc(struct heap *heap, struct value coll, struct value key, struct value value,
                const struct sorted_order *order, struct value *out, struct error *err) MUST_CHECK;
/* dissoc: nil, map, sorted map. */
bool coll_dissoc(struct heap *heap, struct value coll, struct value key,
                 const struct sorted_order *order, struct value *out, struct error *err) MUST_CHECK;
/* find: *out is the entry or nil. */
bool coll_find(struct heap *heap, struct value coll, struct value key,
               const struct sorted_order *order, struct value *out, struct error *err) MUST_CHECK;
/* (empty coll); nil of what is no collection. */
struct value coll_empty(struct heap *heap, struct value coll);
