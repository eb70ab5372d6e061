#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/*
 * HAMT: the trie under hash maps and sets, by 5 bits of the hash a level, lowest first. Walking it
 * gives Clojure's order: by those bits, nil first, keys of one hash in the order they came.
 * A root is NULL (empty), a node, or (all keys of one hash) a bucket inside a node. The stride is 2
 * (key, value) or 1 (key).
 */
#define HAMT_LEVELS 8 /* seven of bits, one of buckets */

struct hamt_iter {
    const struct object *nodes[HAMT_LEVELS];
    uint8_t slots[HAMT_LEVELS]; /* bit index in nodes */
    uint32_t bucket_index;
    uint8_t depth; /* levels in use; 0: at the end */
};

/* The entry (key first) or NULL. */
const struct value *hamt_find(const struct object *root, uint32_t hash, struct value key);
/* All entries of that hash: *out_count of them, stride values apart; NULL: none. */
const struct value *hamt_candidates(const struct object *root, uint32_t hash, uint32_t *out_count);
/* entry has stride values. *out_added tells whether the key is new. */
struct object *hamt_put(struct heap *heap, struct object *root, uint32_t stride, uint32_t hash,
                        const struct value *entry, bool *out_added);
/* Answers root itself when the key is not there. */
struct object *hamt_remove(struct heap *heap, struct object *root, uint32_t hash, struct value key);
/* Builds from count entries at once; a later equal key wins (its value, the first one's key and
 * place). *out_count is what remains. */
struct object *hamt_build(struct heap *heap, uint32_t stride, const struct value *entries,
                          uint32_t count, uint32_t *out_count);

void hamt_iter_init(struct hamt_iter *iter, const struct object *root);
/* The next entry, or NULL at the end. */
const struct value *hamt_iter_next(struct hamt_iter *iter);
