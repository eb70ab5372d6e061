#pragma once

#include "flow/hamt.h"
#include "flow/heap.h"
#include "flow/object.h"

/*
 * Persistent map: up to 8 entries in the order they came (array map), then a HAMT. As Clojure: an
 * array map turns into a hash map by assoc of a ninth key only, never back.
 *
 * An input map (OBJECT_INPUT) has string keys and answers for :k what it has under "k", and the
 * reverse, in get, find, contains and dissoc when the key itself is missing. assoc and dissoc keep
 * the flag and treat keys as written.
 */
#define PMAP_ARRAY_MAX 8

struct value pmap_empty(void);
/* From key, value, key, value …: count pairs, as a literal or (into {} …) makes it; the last of
 * equal keys wins. */
struct value pmap_new(struct heap *heap, const struct value *pairs, uint32_t count);
/* (hash-map …), (array-map …): of that kind whatever the count, but {} when empty. */
struct value pmap_new_hash(struct heap *heap, const struct value *pairs, uint32_t count);
struct value pmap_new_array(struct heap *heap, const struct value *pairs, uint32_t count);

static inline uint32_t pmap_count(struct value map)
{
    return OBJECT_AS(map_object, map.object)->count;
}

/* The value, or otherwise. */
struct value pmap_get(struct value map, struct value key, struct value otherwise);
/* For C code: under the unqualified keyword, or under the string of that name; nil: none. */
struct value pmap_get_named(struct value map, const char *name);
/* The entry as it is in the map; out parameters may be NULL. */
bool pmap_find(struct value map, struct value key, struct value *out_key, struct value *out_value);
bool pmap_contains(struct value map, struct value key);
struct value pmap_assoc(struct heap *heap, struct value map, struct value key, struct value value);
struct value pmap_dissoc(struct heap *heap, struct value map, struct value key);
/* assoc under an unqualified keyword, for C code. */
struct value pmap_put_named(struct heap *heap, struct value map, const char *name,
                            struct value value);
/* (empty map): the same kind, metadata and flag. */
struct value pmap_empty_like(struct heap *heap, struct value map);

bool pmap_is_input(struct value map);
/* The map with (without) the flag; nested maps are not touched. */
struct value pmap_with_input(struct heap *heap, struct value map, bool input);

struct pmap_iter {
    const struct values_object *array; /* NULL: hamt */
    uint32_t index;
    struct hamt_iter hamt;
};

void pmap_iter_init(struct pmap_iter *iter, struct value map);
bool pmap_iter_next(struct pmap_iter *iter, struct value *out_key, struct value *out_value);
