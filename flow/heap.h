#pragma once

#include "flow/value.h"

/*
 * Heap: the objects of one VM. Bump allocation in chunks; a Cheney copying collection that the VM
 * starts between instructions. Chunks are freed by a collection and by heap_done(), so a parked run
 * holds none. heap_init_static() heaps (images) are never collected and live until heap_done().
 */
struct heap_chunk;
struct java_zone_cache;

struct heap {
    struct heap_chunk *chunks;
    char *next, *end;
    size_t used_bytes; /* since the last collection, live included */
    size_t budget_bytes;
    size_t collect_at; /* the VM collects when used_bytes passes this */
    size_t live_bytes; /* after the last collection */
    bool exhausted;    /* over budget: the VM ends with E_MEMORY */
    bool is_static;
    uint64_t collections;          /* how often, for tests and metrics */
    size_t fail_at;                /* tests: the n-th allocation sets exhausted; 0 never */
    struct java_zone_cache *zones; /* flow/java_zone.h; NULL: none was asked for yet */

    /* private, during a collection or a copy */
    struct heap_chunk *large; /* chunks of one object each */
    struct heap_chunk *from, *from_large, *grey;
    struct heap_chunk *spare; /* of the largest size, for the next that is needed; or NULL */
    struct heap_copy *copy;
};

void heap_init(struct heap *heap, size_t budget_bytes);
void heap_init_static(struct heap *heap);
void heap_done(struct heap *heap);
/* What it holds of the host's memory, garbage and spare room among it. */
size_t heap_held_bytes(const struct heap *heap);
/* An object of that kind and size, header set, body zeroed. Never NULL. */
struct object *heap_new(struct heap *heap, enum value_type type, size_t size_bytes);
/* False when that many more bytes would not fit in the budget (E_MEMORY in err, if given). */
bool heap_can(struct heap *heap, size_t size_bytes, struct error *err) MUST_CHECK;

static inline bool heap_wants_collection(const struct heap *heap)
{
    return heap->used_bytes >= heap->collect_at;
}

/* Copies what the roots reach. roots(ctx) calls heap_move() on each root. */
void heap_collect(struct heap *heap, void (*roots)(struct heap *heap, void *ctx), void *ctx);
void heap_move(struct heap *heap, struct value *root);
/* For object.c: a child that is a pointer, maybe NULL. */
void heap_move_object(struct heap *heap, struct object **child);

/* heap_copy.c: value_copy(), and the part of it that heap_move() calls meanwhile. */
struct value heap_copy_value(struct heap *into, struct value value);
struct object *heap_copy_object(struct heap *into, struct object *object);
