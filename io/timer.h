#pragma once

#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Timer heap: the running timers of one loop, soonest first; timers due in the same millisecond in
 * the order of their start. A binary heap of borrowed pointers; each timer knows its own place, so
 * that stopping one is logarithmic too. A zeroed struct is an empty heap.
 */
struct timer_heap {
    struct loop_timer **items; /* private; items[slot - 1]->slot == slot */
    size_t count, capacity;
};

void timer_heap_done(struct timer_heap *heap); /* timers still in it are marked as not running */
void timer_heap_push(struct timer_heap *heap, struct loop_timer *timer);
void timer_heap_remove(struct timer_heap *heap, struct loop_timer *timer);
/* Borrowed; NULL when there is none. */
struct loop_timer *timer_heap_first(const struct timer_heap *heap);
/* Asserts all invariants. */
void timer_heap_check(const struct timer_heap *heap);
