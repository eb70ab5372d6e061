#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/*
 * Sorted map and set: a weight-balanced tree, persistent. Ordered by value_compare(), or by the
 * comparator value it carries, which only the VM can call: it passes a sorted_order. Natural
 * order needs none (NULL). Every function that compares can fail (E_CAST: not comparable).
 */
struct sorted_order {
    bool (*compare)(void *ctx, struct value comparator, struct value a, struct value b, int *out,
                    struct error *err);
    void *ctx;
    int64_t *fuel; /* pays for comparing; NULL: nobody does */
};

/* Empty ones; comparator nil: natural order. */
struct value sorted_map_new(struct heap *heap, struct value comparator);
struct value sorted_set_new(struct heap *heap, struct value comparator);
uint32_t sorted_count(struct value sorted);
struct value sorted_comparator(struct value sorted);

/* *out_found false: none; key and value are as in the collection and may be NULL. */
bool sorted_find(struct value sorted, struct value key, const struct sorted_order *order,
                 bool *out_found, struct value *out_key, struct value *out_value, struct error *err)
    MUST_CHECK;
/* Sets: value is ignored; an equal item stays as it was. Maps: the key stays, the value changes. */
bool sorted_put(struct heap *heap, struct value sorted, struct value key, struct value value,
                const struct sorted_order *order, struct value *out, struct error *err) MUST_CHECK;
bool sorted_remove(struct heap *heap, struct value sorted, struct value key,
                   const struct sorted_order *order, struct value *out, struct error *err)
    MUST_CHECK;
/* The entry at a position in order, index < count. */
void sorted_nth(struct value sorted, uint32_t index, struct value *out_key,
                struct value *out_value);
/* How many keys are less than key (or_equal: at most key): for subseq and rsubseq. */
bool sorted_rank(struct value sorted, struct value key, bool or_equal,
                 const struct sorted_order *order, uint32_t *out, struct error *err) MUST_CHECK;
/* The empty one with the same comparator. */
struct value sorted_empty_like(struct heap *heap, struct value sorted);
