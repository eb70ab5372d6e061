#pragma once

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Arena: memory with the lifetime of one piece of work (request, run, operation). Allocation is a
 * bump; everything goes at once with arena_done() or arena_reset(). Zeroed, aligned to 16.
 *
 * An arena has a budget in bytes (0: none). arena_try() answers NULL over budget, for sizes that
 * come from input; arena_new() and the copying helpers abort there, for sizes that we choose. When
 * the host has no memory we abort, and runs resume.
 *
 * Work that makes many small things in the measure of its input (a compiler) need not look at each
 * of them: with an overdraft, arena_new() and the copying helpers go on over the budget and set
 * is_over; the work looks at that wherever it could make much more, and ends.
 *
 * One thread at a time.
 */
struct arena {
    struct arena_block *blocks; /* private, newest first */
    char *next, *end;
    size_t used_bytes, budget_bytes;
    size_t fail_at;       /* tests: the n-th allocation from now fails; 0: never */
    struct arena *leader; /* its fail_at strikes here too, or NULL */
    bool overdraft, is_over;
    struct arena_cleanup *cleanups;
};

void arena_init(struct arena *arena, size_t budget_bytes);
void arena_done(struct arena *arena);
void arena_allow_overdraft(struct arena *arena);
/* Frees all but the first block, runs the cleanups. */
void arena_reset(struct arena *arena);

void *arena_try(struct arena *arena, size_t size_bytes) MUST_CHECK; /* NULL over budget */
void *arena_new(struct arena *arena, size_t size_bytes);            /* aborts over budget */
/* Counts memory that stands elsewhere but lives and dies with this arena (a parser's tree); false,
 * and nothing counted, over budget. */
bool arena_charge(struct arena *arena, size_t size_bytes) MUST_CHECK;
void *arena_array(struct arena *arena, size_t count, size_t item_size_bytes);
void *arena_copy(struct arena *arena, const void *data, size_t len);
/* Copies, and appends a NUL that len does not count. */
struct text arena_text(struct arena *arena, struct text source);
char *arena_cstr(struct arena *arena, struct text source);
struct text arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Grows an array for pushing: returns items, or a copy twice as large when count has reached
 * *capacity (which is updated; starts at 0 with items NULL). */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                 size_t item_size_bytes);
/* Calls function(object) when the arena is reset or done, last registered first. */
void arena_on_done(struct arena *arena, void (*function)(void *), void *object);
/* Tests only: makes the n-th allocation from now fail as if over budget (arena_try answers NULL);
 * allocations of arenas that follow this one count too. */
void arena_fail_at(struct arena *arena, size_t n);
/* The leader must live as long, or until another call; NULL: it follows none. */
void arena_follow(struct arena *arena, struct arena *leader);

#define ARENA_NEW(arena, type)          ((type *)arena_new((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))
