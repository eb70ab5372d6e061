#include "base/arena.h"
#include "base/buf.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

static void note(void *object)
{
    struct text *log = object;

    log->len++;
}

static void append_a(void *object)
{
    buf_char(object, 'a');
}

static void append_b(void *object)
{
    buf_char(object, 'b');
}

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, 0);
    for (size_t size = 0; size < 9000; size += 97) {
        char *ptr = arena_new(&arena, size);

        assert_int_equal((uintptr_t)ptr % 16, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(ptr[i], 0);
        }
        memset(ptr, 0xff, size);
    }
    arena_done(&arena);
}

static void memory_is_zeroed_again_after_a_reset(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, 0);
    memset(arena_new(&arena, 100), 0xff, 100);
    arena_reset(&arena);
    assert_int_equal(arena.used_bytes, 0);
    assert_int_equal(((char *)arena_new(&arena, 100))[99], 0);
    arena_done(&arena);
}

static void the_budget_refuses_what_goes_over_it(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, 1000);
    assert_non_null(arena_try(&arena, 500));
    assert_null(arena_try(&arena, 500));
    assert_null(arena_try(&arena, SIZE_MAX));
    assert_non_null(arena_try(&arena, 400));
    arena_reset(&arena);
    assert_non_null(arena_try(&arena, 900));
    arena_done(&arena);
}

static void memory_elsewhere_counts_against_the_budget(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, 1000);
    assert_true(arena_charge(&arena, 900));
    assert_false(arena_charge(&arena, 200));
    assert_null(arena_try(&arena, 200));
    arena_done(&arena);
}

static void the_nth_allocation_fails_on_demand(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, 0);
    arena_fail_at(&arena, 2);
    assert_non_null(arena_try(&arena, 8));
    assert_null(arena_try(&arena, 8));
    assert_non_null(arena_try(&arena, 8));
    arena_done(&arena);
}

static void copies_end_with_a_nul(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, 0);
    assert_string_equal(arena_cstr(&arena, TEXT("abc")), "abc");
    assert_string_equal(arena_cstr(&arena, TEXT_NONE), "");
    assert_string_equal(arena_text(&arena, TEXT("")).ptr, "");
    assert_null(arena_text(&arena, TEXT_NONE).ptr);
    assert_string_equal(arena_printf(&arena, "%d-%s", 7, "x").ptr, "7-x");
    assert_memory_equal(arena_copy(&arena, "abc", 3), "abc", 3);
    arena_done(&arena);
}

static void a_growing_array_keeps_its_items(void **state)
{
    (void)state;
    struct arena arena;
    int *items = NULL;
    size_t capacity = 0;

    arena_init(&arena, 0);
    for (int i = 0; i < 1000; i++) {
        items = arena_grow(&arena, items, (size_t)i, &capacity, sizeof(int));
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(items[i], i);
    }
    arena_done(&arena);
}

static void cleanups_run_last_first_and_once(void **state)
{
    (void)state;
    struct arena arena;
    struct buf order CLEANUP(buf_done) = {0};
    struct text count = TEXT_NONE;

    arena_init(&arena, 1); // a budget does not stop them
    arena_on_done(&arena, append_a, &order);
    arena_on_done(&arena, append_b, &order);
    arena_on_done(&arena, note, &count);
    arena_reset(&arena);
    arena_done(&arena);
    assert_string_equal(order.ptr, "ba");
    assert_int_equal(count.len, 1);
}

static void an_overdraft_goes_on_over_the_budget_and_says_so(void **state)
{
    struct arena arena;
    (void)state;

    arena_init(&arena, 1000);
    arena_allow_overdraft(&arena);
    char *first = arena_new(&arena, 900);

    assert_false(arena.is_over);
    char *copy = arena_copy(&arena, first, 900);

    assert_true(arena.is_over);
    assert_memory_equal(copy, first, 900);
    assert_null(arena_try(&arena, 900)); // who looks is told
    assert_string_equal(arena_printf(&arena, "%0200d", 7).ptr + 199, "7");
    arena_reset(&arena);
    assert_false(arena.is_over);
    arena_done(&arena);
}

static void a_failure_strikes_in_arenas_that_follow(void **state)
{
    struct arena leader, follower;
    (void)state;

    arena_init(&leader, 0);
    arena_init(&follower, 0);
    arena_follow(&follower, &leader);
    arena_fail_at(&leader, 2);
    assert_non_null(arena_try(&leader, 8));
    assert_null(arena_try(&follower, 8));
    assert_non_null(arena_try(&follower, 8));
    arena_fail_at(&leader, 1);
    arena_follow(&follower, NULL);
    assert_non_null(arena_try(&follower, 8));
    assert_null(arena_try(&leader, 8));
    arena_done(&follower);
    arena_done(&leader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(memory_is_zeroed_again_after_a_reset),
        cmocka_unit_test(the_budget_refuses_what_goes_over_it),
        cmocka_unit_test(memory_elsewhere_counts_against_the_budget),
        cmocka_unit_test(the_nth_allocation_fails_on_demand),
        cmocka_unit_test(copies_end_with_a_nul),
        cmocka_unit_test(a_growing_array_keeps_its_items),
        cmocka_unit_test(cleanups_run_last_first_and_once),
        cmocka_unit_test(an_overdraft_goes_on_over_the_budget_and_says_so),
        cmocka_unit_test(a_failure_strikes_in_arenas_that_follow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
