#pragma once

#include "flow/hamt.h"
#include "flow/heap.h"
#include "flow/object.h"

/* Persistent hash set, in Clojure's order (flow/hamt.h). Iterate with hamt_iter or flow/seq.h. */
struct value pset_empty(void);
struct value pset_new(struct heap *heap, const struct value *items, uint32_t count);

static inline uint32_t pset_count(struct value set)
{
    return OBJECT_AS(map_object, set.object)->count;
}

bool pset_contains(struct value set, struct value item);
/* The item as it is in the set, or otherwise. */
struct value pset_get(struct value set, struct value item, struct value otherwise);
struct value pset_conj(struct heap *heap, struct value set, struct value item);
struct value pset_disj(struct heap *heap, struct value set, struct value item);
