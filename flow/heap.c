#include "flow/heap.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/memory.h"
#include "flow/java_zone.h"
#include "flow/object.h"

#include <string.h>

/*
 * Heap: bump allocation and a Cheney collection. Chunks grow fourfold from 4 KB to 256 KB, so that
 * a short run touches little; an object of more than a quarter of that has a chunk of its own,
 * which changes lists instead of being copied.
 *
 * A collection moves all chunks to `from`, copies the roots, then scans what was copied in the
 * order of copying (chunks oldest first, then the grey large objects) until nothing new appears.
 * Depth of the data costs no C stack.
 *
 * One chunk of the largest size is kept for the time after a collection: a run that makes garbage
 * at a steady rate would else take it from the system, page by page, each time.
 *
 * Budget: the VM collects at the latest when used_bytes reaches the budget. Between two points
 * where it can, garbage may pile up to half as much again; past that, or when what lives after a
 * collection is more than the budget, the heap is exhausted.
 */
#define CHUNK_FIRST   4096
#define CHUNK_MAX     (256 * 1024)
#define LARGE_MIN     (CHUNK_MAX / 4)
#define COLLECT_FIRST (512 * 1024)

struct heap_chunk {
    struct heap_chunk *older, *newer;
    size_t size_bytes;
    char *fill; /* end of what is used; of the newest chunk heap->next is true */
    struct heap_chunk *grey;
    bool reached; /* a large object that this collection has reached */
    _Alignas(16) char data[];
};

static void chunk_push(struct heap_chunk **list, struct heap_chunk *chunk)
{
    chunk->older = *list;
    chunk->newer = NULL;
    if (*list) (*list)->newer = chunk;
    *list = chunk;
}

static void chunk_remove(struct heap_chunk **list, struct heap_chunk *chunk)
{
    if (chunk->older) chunk->older->newer = chunk->newer;
    if (chunk->newer) {
        chunk->newer->older = chunk->older;
    } else {
        *list = chunk->older;
    }
}

static void chunk_free_all(struct heap_chunk **list)
{
    while (*list) {
        struct heap_chunk *chunk = *list;

        *list = chunk->older;
        memory_free(chunk);
    }
}

/* As chunk_free_all(), but for one that is kept. */
static void chunk_retire_all(struct heap *heap)
{
    while (heap->from) {
        struct heap_chunk *chunk = heap->from;

        heap->from = chunk->older;
        if (chunk->size_bytes == CHUNK_MAX && !heap->spare) {
            heap->spare = chunk;
        } else {
            memory_free(chunk);
        }
    }
}

static struct heap_chunk *chunk_new(size_t size_bytes)
{
    struct heap_chunk *chunk = memory_new(sizeof(*chunk) + size_bytes);

    chunk->size_bytes = size_bytes;
    chunk->fill = chunk->data;
    return chunk;
}

static size_t collect_at(const struct heap *heap)
{
    size_t next = MAX(heap->live_bytes * 2, (size_t)COLLECT_FIRST);

    return heap->budget_bytes ? MIN(next, heap->budget_bytes) : next;
}

void heap_init(struct heap *heap, size_t budget_bytes)
{
    *heap = (struct heap){.budget_bytes = budget_bytes};
    heap->collect_at = collect_at(heap);
}

void heap_init_static(struct heap *heap)
{
    *heap = (struct heap){.is_static = true, .collect_at = SIZE_MAX};
}

void heap_done(struct heap *heap)
{
    chunk_free_all(&heap->chunks);
    chunk_free_all(&heap->large);
    memory_free(heap->spare);
    java_zone_cache_free(heap->zones);
    *heap = (struct heap){.is_static = heap->is_static};
}

size_t heap_held_bytes(const struct heap *heap)
{
    return heap->used_bytes + (heap->spare ? CHUNK_MAX : 0);
}

static size_t hard_limit(const struct heap *heap)
{
    return heap->budget_bytes ? heap->budget_bytes + heap->budget_bytes / 2 : SIZE_MAX;
}

bool heap_can(struct heap *heap, size_t size_bytes, struct error *err)
{
    size_t limit = hard_limit(heap);
    bool fits = !heap->budget_bytes || size_bytes <= heap->budget_bytes;

    if (fits && heap->used_bytes <= limit && size_bytes <= limit - heap->used_bytes &&
        size_bytes < UINT32_MAX / 2) {
        return true;
    }
    return error_set(err, E_MEMORY, "no room for %zu more bytes, the run may use %zu", size_bytes,
                     heap->budget_bytes);
}

static struct object *allocate_large(struct heap *heap, size_t size_bytes)
{
    struct heap_chunk *chunk = chunk_new(size_bytes);
    struct object *object = (struct object *)(void *)chunk->data;

    chunk_push(&heap->large, chunk);
    object->flags = OBJECT_LARGE;
    return object;
}

static struct object *allocate_in_new_chunk(struct heap *heap, size_t size_bytes)
{
    size_t chunk_bytes = CHUNK_FIRST;

    if (heap->chunks) {
        heap->chunks->fill = heap->next;
        chunk_bytes = MIN(heap->chunks->size_bytes * 4, (size_t)CHUNK_MAX);
    }
    struct heap_chunk *chunk = heap->spare;

    if (chunk && chunk_bytes == CHUNK_MAX && size_bytes <= chunk_bytes) {
        memset(chunk->data, 0, (size_t)(chunk->fill - chunk->data));
        chunk->fill = chunk->data;
        heap->spare = NULL;
    } else {
        chunk = chunk_new(MAX(chunk_bytes, size_bytes));
    }
    chunk_push(&heap->chunks, chunk);
    heap->next = chunk->data + size_bytes;
    heap->end = chunk->data + chunk->size_bytes;
    return (struct object *)(void *)chunk->data;
}

static struct object *allocate(struct heap *heap, size_t size_bytes)
{
    heap->used_bytes += size_bytes;
    if (size_bytes >= LARGE_MIN) return allocate_large(heap, size_bytes);
    if ((size_t)(heap->end - heap->next) < size_bytes) {
        return allocate_in_new_chunk(heap, size_bytes);
    }
    struct object *object = (struct object *)(void *)heap->next;

    heap->next += size_bytes;
    return object;
}

struct object *heap_new(struct heap *heap, enum value_type type, size_t size_bytes)
{
    size_t rounded = (size_bytes + 7) & ~(size_t)7;

    ASSERT(size_bytes >= sizeof(struct object) + sizeof(void *));
    ASSERT(rounded < UINT32_MAX);
    struct object *object = allocate(heap, rounded);

    object->type = (uint8_t)type;
    object->flags |= heap->is_static ? OBJECT_STATIC : 0;
    object->size = (uint32_t)rounded;
    if (heap->used_bytes > hard_limit(heap)) heap->exhausted = true;
    if (heap->fail_at && --heap->fail_at == 0) heap->exhausted = true;
    return object;
}

static struct heap_chunk *large_chunk(struct object *object)
{
    return CONTAINER_OF(object, struct heap_chunk, data);
}

static void reach_large(struct heap *heap, struct object *object)
{
    struct heap_chunk *chunk = large_chunk(object);

    if (chunk->reached) return;
    chunk->reached = true;
    chunk_remove(&heap->from_large, chunk);
    chunk_push(&heap->large, chunk);
    chunk->grey = heap->grey;
    heap->grey = chunk;
    heap->used_bytes += object->size;
}

static struct object **forwarding(struct object *object)
{
    return (struct object **)(void *)(object + 1);
}

static struct object *forward(struct heap *heap, struct object *object)
{
    if (object->flags & OBJECT_STATIC) return object;
    if (object->flags & OBJECT_MOVED) return *forwarding(object);
    if (object->flags & OBJECT_LARGE) {
        reach_large(heap, object);
        return object;
    }
    struct object *moved = allocate(heap, object->size);

    memcpy(moved, object, object->size);
    object->flags |= OBJECT_MOVED;
    *forwarding(object) = moved;
    return moved;
}

void heap_move_object(struct heap *heap, struct object **child)
{
    if (!*child) return;
    *child = heap->copy ? heap_copy_object(heap, *child) : forward(heap, *child);
}

void heap_move(struct heap *heap, struct value *root)
{
    if (value_is_object(*root)) heap_move_object(heap, &root->object);
}

static void scan(struct heap *heap)
{
    struct heap_chunk *chunk = NULL;
    char *at = NULL;

    for (;;) {
        if (!chunk && heap->chunks) {
            for (chunk = heap->chunks; chunk->older;) {
                chunk = chunk->older;
            }
            at = chunk->data;
        }
        char *fill = !chunk ? at : chunk == heap->chunks ? heap->next : chunk->fill;

        if (at < fill) {
            struct object *object = (struct object *)(void *)at;

            at += object->size;
            object_move_children(heap, object);
        } else if (chunk && chunk->newer) {
            chunk = chunk->newer;
            at = chunk->data;
        } else if (heap->grey) {
            struct heap_chunk *grey = heap->grey;

            heap->grey = grey->grey;
            object_move_children(heap, (struct object *)(void *)grey->data);
        } else {
            return;
        }
    }
}

void heap_collect(struct heap *heap, void (*roots)(struct heap *heap, void *ctx), void *ctx)
{
    ASSERT(!heap->is_static);
    ASSERT(!heap->copy);
    if (heap->chunks) heap->chunks->fill = heap->next;
    heap->from = heap->chunks;
    heap->from_large = heap->large;
    heap->chunks = heap->large = heap->grey = NULL;
    heap->next = heap->end = NULL;
    heap->used_bytes = 0;

    roots(heap, ctx);
    scan(heap);

    chunk_retire_all(heap);
    chunk_free_all(&heap->from_large);
    for (struct heap_chunk *chunk = heap->large; chunk; chunk = chunk->older) {
        chunk->reached = false;
    }
    heap->live_bytes = heap->used_bytes;
    heap->collect_at = collect_at(heap);
    heap->collections++;
    if (heap->budget_bytes && heap->live_bytes > heap->budget_bytes) heap->exhausted = true;
}
