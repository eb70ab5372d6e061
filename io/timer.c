/*
 * Timer heap: a binary heap in an array. Invariants: no item comes before its parent, and
 * items[i]->slot == i + 1 for every item; timer_heap_check() asserts both.
 */
#include "io/timer.h"

#include "base/assert.h"
#include "base/memory.h"

static bool comes_before(const struct loop_timer *a, const struct loop_timer *b)
{
    if (a->due_ms != b->due_ms) return a->due_ms < b->due_ms;
    return a->sequence < b->sequence;
}

static void place(struct timer_heap *heap, size_t index, struct loop_timer *timer)
{
    heap->items[index] = timer;
    timer->slot = index + 1;
}

static void move_up(struct timer_heap *heap, size_t index, struct loop_timer *timer)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;

        if (!comes_before(timer, heap->items[parent])) break;
        place(heap, index, heap->items[parent]);
        index = parent;
    }
    place(heap, index, timer);
}

static void move_down(struct timer_heap *heap, size_t index, struct loop_timer *timer)
{
    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= heap->count) break;
        if (child + 1 < heap->count && comes_before(heap->items[child + 1], heap->items[child])) {
            child++;
        }
        if (!comes_before(heap->items[child], timer)) break;
        place(heap, index, heap->items[child]);
        index = child;
    }
    place(heap, index, timer);
}

void timer_heap_done(struct timer_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        heap->items[i]->slot = 0;
    }
    memory_free(heap->items);
    *heap = (struct timer_heap){0};
}

void timer_heap_push(struct timer_heap *heap, struct loop_timer *timer)
{
    ASSERT(timer->slot == 0);
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity ? 2 * heap->capacity : 64;
        heap->items = (struct loop_timer **)memory_resize((void *)heap->items, heap->capacity,
                                                          sizeof(struct loop_timer *));
    }
    heap->count++;
    move_up(heap, heap->count - 1, timer);
}

void timer_heap_remove(struct timer_heap *heap, struct loop_timer *timer)
{
    size_t index = timer->slot - 1;

    ASSERT(timer->slot > 0 && index < heap->count);
    ASSERT(heap->items[index] == timer);
    struct loop_timer *last = heap->items[heap->count - 1];

    heap->count--;
    timer->slot = 0;
    if (last == timer) return;
    if (index > 0 && comes_before(last, heap->items[(index - 1) / 2])) {
        move_up(heap, index, last);
    } else {
        move_down(heap, index, last);
    }
}

struct loop_timer *timer_heap_first(const struct timer_heap *heap)
{
    return heap->count > 0 ? heap->items[0] : NULL;
}

void timer_heap_check(const struct timer_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        ASSERT(heap->items[i]->slot == i + 1);
        ASSERT(i == 0 || !comes_before(heap->items[i], heap->items[(i - 1) / 2]));
    }
}
