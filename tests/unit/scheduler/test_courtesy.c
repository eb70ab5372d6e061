/* When those who have much make way. */

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "scheduler/courtesy.h"

enum { BIG = 1, SMALL = 2, NOW_MS = 5000 };

static void count(struct courtesy *courtesy, int64_t workspace, int runs)
{
    for (int i = 0; i < runs; i++) {
        courtesy_count(courtesy, workspace, 1);
    }
    for (int i = 0; i > runs; i--) {
        courtesy_count(courtesy, workspace, -1);
    }
}

static void it_lasts_a_while_after_the_last_light_run_that_met_a_crowd(void **state)
{
    struct courtesy courtesy = {0};

    (void)state;
    count(&courtesy, BIG, COURTESY_LIGHT_EACH + COURTESY_CROWD);
    assert_false(courtesy_is_on(&courtesy, NOW_MS));
    courtesy_came(&courtesy, NOW_MS);
    assert_true(courtesy_is_on(&courtesy, NOW_MS + COURTESY_MS - 1));
    assert_false(courtesy_is_on(&courtesy, NOW_MS + COURTESY_MS));
    courtesy_came(&courtesy, NOW_MS + 10);
    courtesy_came(&courtesy, NOW_MS); // another thread, a little late
    assert_true(courtesy_is_on(&courtesy, NOW_MS + COURTESY_MS + 9));
    count(&courtesy, BIG, -1); // no crowd any more
    courtesy_came(&courtesy, NOW_MS + 20);
    assert_false(courtesy_is_on(&courtesy, NOW_MS + COURTESY_MS + 10));
}

static void the_first_few_runs_of_a_workspace_make_no_crowd(void **state)
{
    struct courtesy courtesy = {0};

    (void)state;
    for (int64_t workspace = 1; workspace <= COURTESY_CROWD; workspace++) {
        count(&courtesy, workspace, COURTESY_LIGHT_EACH);
    }
    courtesy_came(&courtesy, NOW_MS);
    assert_false(courtesy_is_on(&courtesy, NOW_MS));
}

static void where_many_are_small_a_crowd_is_no_reason(void **state)
{
    struct courtesy courtesy = {0};
    int small = COURTESY_CROWD / COURTESY_RATIO - COURTESY_LIGHT_EACH; // as many as are few

    (void)state;
    count(&courtesy, BIG, COURTESY_LIGHT_EACH + COURTESY_CROWD);
    for (int64_t workspace = BIG + 1; workspace <= BIG + small; workspace++) {
        count(&courtesy, workspace, 1);
    }
    courtesy_came(&courtesy, NOW_MS);
    assert_true(courtesy_is_on(&courtesy, NOW_MS));
    count(&courtesy, BIG + small + 1, 1);
    courtesy_came(&courtesy, NOW_MS + 1);
    assert_false(courtesy_is_on(&courtesy, NOW_MS + COURTESY_MS));
}

static void a_workspace_is_light_while_it_has_few_runs(void **state)
{
    struct courtesy courtesy = {0};

    (void)state;
    for (int i = 0; i < COURTESY_LIGHT_EACH; i++) {
        assert_true(courtesy_is_light(&courtesy, SMALL));
        count(&courtesy, SMALL, 1);
    }
    assert_false(courtesy_is_light(&courtesy, SMALL));
    assert_true(courtesy_is_light(&courtesy, BIG));
    count(&courtesy, SMALL, -1);
    assert_true(courtesy_is_light(&courtesy, SMALL));
}

static void what_came_and_went_leaves_nothing(void **state)
{
    struct courtesy courtesy = {0};

    (void)state;
    count(&courtesy, BIG, 100);
    count(&courtesy, SMALL, 3);
    count(&courtesy, BIG, -100);
    count(&courtesy, SMALL, -3);
    assert_int_equal(shared_get(&courtesy.all), 0);
    assert_int_equal(shared_get(&courtesy.beyond), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lasts_a_while_after_the_last_light_run_that_met_a_crowd),
        cmocka_unit_test(the_first_few_runs_of_a_workspace_make_no_crowd),
        cmocka_unit_test(where_many_are_small_a_crowd_is_no_reason),
        cmocka_unit_test(a_workspace_is_light_while_it_has_few_runs),
        cmocka_unit_test(what_came_and_went_leaves_nothing),
    };

    return cmocka_run_group_tests_name("scheduler/courtesy", tests, NULL, NULL);
}
