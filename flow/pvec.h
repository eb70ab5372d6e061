#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/*
 * Persistent vector: a trie of 32-way nodes with a tail. conj is amortised O(1): a tail with room
 * is shared by vectors of different counts, the newest of which may append in place.
 */
#define PVEC_COUNT_MAX (1u << 30)

struct value pvec_empty(void);
struct value pvec_new(struct heap *heap, const struct value *items, uint32_t count);
/* The map entry [key value]. What is made from it by conj, assoc, … is a plain vector. */
struct value pvec_entry(struct heap *heap, struct value key, struct value value);

static inline bool pvec_is_entry(struct value value)
{
    return value.type == VALUE_VECTOR && value.object->kind == VECTOR_ENTRY;
}

static inline uint32_t pvec_count(struct value vector)
{
    return OBJECT_AS(vector_object, vector.object)->count;
}

struct value pvec_nth(struct value vector, uint32_t index); /* index < count */
/* The run of items that index lies in; *out_count is how many follow from it on. For loops. */
const struct value *pvec_run(struct value vector, uint32_t index, uint32_t *out_count);
struct value pvec_conj(struct heap *heap, struct value vector, struct value item);
/* index ≤ count; at count it appends. */
struct value pvec_assoc(struct heap *heap, struct value vector, uint32_t index, struct value item);
struct value pvec_pop(struct heap *heap, struct value vector); /* count > 0 */
struct value pvec_peek(struct value vector);                   /* nil when empty */
/* A copy of from ≤ i < to (subvec). */
struct value pvec_slice(struct heap *heap, struct value vector, uint32_t from, uint32_t to);
