// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/macros.h"
#include "io/timer.h"

#define TIMERS 500

/* The same numbers in every run. */
static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void timers_leave_the_heap_soonest_first(void **state)
{
    static struct loop_timer timers[TIMERS];
    struct timer_heap heap = {0};
    uint32_t seed = 7;
    int64_t last_ms = -1;
    (void)state;

    for (size_t i = 0; i < TIMERS; i++) {
        timers[i] = (struct loop_timer){.due_ms = next_number(&seed) % 100, .sequence = i};
        timer_heap_push(&heap, &timers[i]);
        timer_heap_check(&heap);
    }
    for (size_t i = 0; i < TIMERS; i++) {
        struct loop_timer *first = timer_heap_first(&heap);

        assert_true(first->due_ms >= last_ms);
        last_ms = first->due_ms;
        timer_heap_remove(&heap, first);
        assert_int_equal(first->slot, 0);
    }
    assert_null(timer_heap_first(&heap));
    timer_heap_done(&heap);
}

static void timers_due_together_leave_in_the_order_of_their_start(void **state)
{
    struct loop_timer timers[9] = {0};
    struct timer_heap heap = {0};
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(timers); i++) {
        timers[i].sequence = i;
        timer_heap_push(&heap, &timers[i]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(timers); i++) {
        struct loop_timer *first = timer_heap_first(&heap);

        assert_ptr_equal(first, &timers[i]);
        timer_heap_remove(&heap, first);
    }
    timer_heap_done(&heap);
}

static void removing_from_the_middle_keeps_the_order(void **state)
{
    static struct loop_timer timers[TIMERS];
    struct timer_heap heap = {0};
    uint32_t seed = 11;
    size_t left = TIMERS;
    (void)state;

    for (size_t i = 0; i < TIMERS; i++) {
        timers[i] = (struct loop_timer){.due_ms = next_number(&seed) % 1000, .sequence = i};
        timer_heap_push(&heap, &timers[i]);
    }
    for (size_t i = 0; i < 400; i++) {
        struct loop_timer *victim = &timers[next_number(&seed) % TIMERS];

        if (!victim->slot) continue;
        timer_heap_remove(&heap, victim);
        timer_heap_check(&heap);
        left--;
    }
    assert_int_equal(heap.count, left);
    timer_heap_done(&heap);
}

static void timers_left_in_a_heap_that_ends_are_not_running(void **state)
{
    struct loop_timer timer = {0};
    struct timer_heap heap = {0};
    (void)state;

    timer_heap_push(&heap, &timer);
    assert_int_not_equal(timer.slot, 0);
    timer_heap_done(&heap);
    assert_int_equal(timer.slot, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_leave_the_heap_soonest_first),
        cmocka_unit_test(timers_due_together_leave_in_the_order_of_their_start),
        cmocka_unit_test(removing_from_the_middle_keeps_the_order),
        cmocka_unit_test(timers_left_in_a_heap_that_ends_are_not_running),
    };

    return cmocka_run_group_tests_name("io/timer", tests, NULL, NULL);
}
