#include "base/arena.h"

#include "base/assert.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Blocks hang newest first; next and end point into the newest, except after an allocation that got
 * a block of its own: that one goes behind the newest, so that the room left in it is not lost.
 *
 * Invariants: next <= end; used_bytes <= budget_bytes unless the budget is 0. Cleanup records are
 * not counted, so that arena_on_done() cannot fail.
 */

#define ALIGNMENT      16
#define BLOCK_SIZE_MIN 4096
#define BLOCK_SIZE_MAX 262144
#define GROW_FIRST     8 /* items */

struct arena_block {
    struct arena_block *older;
    size_t size_bytes; /* of data */
    _Alignas(ALIGNMENT) char data[];
};

struct arena_cleanup {
    struct arena_cleanup *older;
    void (*function)(void *);
    void *object;
};

void arena_init(struct arena *arena, size_t budget_bytes)
{
    *arena = (struct arena){.budget_bytes = budget_bytes};
}

static void run_cleanups(struct arena *arena)
{
    while (arena->cleanups) {
        struct arena_cleanup *cleanup = arena->cleanups;

        arena->cleanups = cleanup->older;
        cleanup->function(cleanup->object);
    }
}

void arena_done(struct arena *arena)
{
    run_cleanups(arena);
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;

        arena->blocks = block->older;
        memory_free(block);
    }
    *arena = (struct arena){.budget_bytes = arena->budget_bytes,
                            .leader = arena->leader,
                            .overdraft = arena->overdraft};
}

void arena_reset(struct arena *arena)
{
    run_cleanups(arena);
    struct arena_block *first = arena->blocks;

    while (first && first->older) {
        struct arena_block *older = first->older;

        memory_free(first);
        first = older;
    }
    arena->blocks = first;
    arena->next = first ? first->data : NULL;
    arena->end = first ? first->data + first->size_bytes : NULL;
    arena->used_bytes = 0;
    arena->is_over = false;
}

void arena_allow_overdraft(struct arena *arena)
{
    arena->overdraft = true;
}

static struct arena_block *new_block(size_t size_bytes)
{
    struct arena_block *block =
        memory_resize(NULL, 1, sizeof(struct arena_block) + size_bytes); // zeroed when handed out

    block->size_bytes = size_bytes;
    return block;
}

/* The bump, after the budget was looked at. size_bytes is a multiple of ALIGNMENT. Not zeroed. */
static void *bump(struct arena *arena, size_t size_bytes)
{
    if ((size_t)(arena->end - arena->next) < size_bytes) {
        size_t wanted = arena->blocks ? arena->blocks->size_bytes * 2 : BLOCK_SIZE_MIN;

        wanted = MIN(MAX(wanted, BLOCK_SIZE_MIN), BLOCK_SIZE_MAX);
        if (arena->blocks && size_bytes > wanted / 2) {
            struct arena_block *own = new_block(size_bytes);

            own->older = arena->blocks->older;
            arena->blocks->older = own;
            return own->data;
        }
        struct arena_block *block = new_block(MAX(wanted, size_bytes));

        block->older = arena->blocks;
        arena->blocks = block;
        arena->next = block->data;
        arena->end = block->data + block->size_bytes;
    }
    void *ptr = arena->next;

    arena->next += size_bytes;
    return ptr;
}

bool arena_charge(struct arena *arena, size_t size_bytes)
{
    struct arena *counter = arena->leader ? arena->leader : arena;
    size_t used;

    if (counter->fail_at > 0 && --counter->fail_at == 0) return false;
    if (__builtin_add_overflow(arena->used_bytes, size_bytes, &used)) return false;
    if (arena->budget_bytes > 0 && used > arena->budget_bytes) return false;
    arena->used_bytes = used;
    return true;
}

static bool round_up(size_t size_bytes, size_t *out)
{
    if (__builtin_add_overflow(size_bytes, ALIGNMENT - 1, out)) return false;
    *out -= *out % ALIGNMENT;
    if (*out == 0) *out = ALIGNMENT; // every object has an address of its own
    return true;
}

static void *try_dirty(struct arena *arena, size_t size_bytes)
{
    size_t rounded;

    return round_up(size_bytes, &rounded) && arena_charge(arena, rounded) ? bump(arena, rounded)
                                                                          : NULL;
}

/* Never NULL. */
static void *get_dirty(struct arena *arena, size_t size_bytes)
{
    void *ptr = try_dirty(arena, size_bytes);
    size_t rounded;

    if (!ptr && arena->overdraft && round_up(size_bytes, &rounded)) {
        arena->is_over = true;
        ptr = bump(arena, rounded);
    }
    ASSERT(ptr);
    return ptr;
}

void *arena_try(struct arena *arena, size_t size_bytes)
{
    void *ptr = try_dirty(arena, size_bytes);

    return ptr ? memset(ptr, 0, size_bytes) : NULL;
}

void *arena_new(struct arena *arena, size_t size_bytes)
{
    return memset(get_dirty(arena, size_bytes), 0, size_bytes);
}

void *arena_array(struct arena *arena, size_t count, size_t item_size_bytes)
{
    size_t total = 0;
    bool overflow = __builtin_mul_overflow(count, item_size_bytes, &total);

    ASSERT(!overflow);
    return arena_new(arena, total);
}

void *arena_copy(struct arena *arena, const void *data, size_t len)
{
    void *copy = get_dirty(arena, len);

    if (len > 0) memcpy(copy, data, len);
    return copy;
}

char *arena_cstr(struct arena *arena, struct text source)
{
    ASSERT(source.len < SIZE_MAX);
    char *copy = get_dirty(arena, source.len + 1);

    if (source.len > 0) memcpy(copy, source.ptr, source.len);
    copy[source.len] = '\0';
    return copy;
}

struct text arena_text(struct arena *arena, struct text source)
{
    if (!source.ptr) return TEXT_NONE;
    return (struct text){arena_cstr(arena, source), source.len};
}

struct text arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args, again;

    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);

    va_end(args);
    ASSERT(len >= 0);
    char *ptr = get_dirty(arena, (size_t)len + 1);

    vsnprintf(ptr, (size_t)len + 1, fmt, again);
    va_end(again);
    return (struct text){ptr, (size_t)len};
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                 size_t item_size_bytes)
{
    if (count < *capacity) return items;
    size_t wanted = *capacity ? *capacity * 2 : GROW_FIRST;
    void *grown = arena_array(arena, wanted, item_size_bytes);

    if (count > 0) memcpy(grown, items, count * item_size_bytes);
    *capacity = wanted;
    return grown;
}

void arena_on_done(struct arena *arena, void (*function)(void *), void *object)
{
    size_t size_bytes = sizeof(struct arena_cleanup) + ALIGNMENT - 1;
    struct arena_cleanup *cleanup = bump(arena, size_bytes - size_bytes % ALIGNMENT);

    *cleanup = (struct arena_cleanup){arena->cleanups, function, object};
    arena->cleanups = cleanup;
}

void arena_fail_at(struct arena *arena, size_t n)
{
    arena->fail_at = n;
}

void arena_follow(struct arena *arena, struct arena *leader)
{
    arena->leader = leader && leader->leader ? leader->leader : leader;
}
