#include "executor/light.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>

// clang-format on

enum { BIG = 1, SMALL = 2 };

static void the_first_runs_of_a_workspace_are_light(void **state)
{
    struct light light = {0};
    struct light_place places[LIGHT_RUNS_EACH + 1] = {0};
    (void)state;

    for (int i = 0; i <= LIGHT_RUNS_EACH; i++) {
        light_enter(&light, &places[i], BIG);
        assert_int_equal(places[i].is_light, i < LIGHT_RUNS_EACH);
    }
    for (int i = 0; i <= LIGHT_RUNS_EACH; i++) {
        light_leave(&light, &places[i]);
    }
    light_done(&light);
}

static void a_backlog_of_one_workspace_takes_nothing_from_another(void **state)
{
    struct light light = {0};
    struct light_place big[100] = {0};
    struct light_place small = {0};
    (void)state;

    for (int i = 0; i < 100; i++) {
        light_enter(&light, &big[i], BIG);
    }
    light_enter(&light, &small, SMALL);
    assert_true(small.is_light);
    light_leave(&light, &small);
    // Its first runs have left, but it still has its backlog here.
    for (int i = 0; i < LIGHT_RUNS_EACH; i++) {
        light_leave(&light, &big[i]);
    }
    light_enter(&light, &big[0], BIG);
    assert_false(big[0].is_light);
    light_leave(&light, &big[0]);
    for (int i = LIGHT_RUNS_EACH; i < 100; i++) {
        light_leave(&light, &big[i]);
    }
    light_done(&light);
}

static void where_all_are_small_light_runs_have_a_bound(void **state)
{
    struct light light = {0};
    struct light_place places[LIGHT_RUNS_MAX + 1] = {0};
    (void)state;

    for (int i = 0; i <= LIGHT_RUNS_MAX; i++) {
        light_enter(&light, &places[i], i + 1);
        assert_int_equal(places[i].is_light, i < LIGHT_RUNS_MAX);
    }
    for (int i = 0; i <= LIGHT_RUNS_MAX; i++) {
        light_leave(&light, &places[i]);
    }
    light_done(&light);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_runs_of_a_workspace_are_light),
        cmocka_unit_test(a_backlog_of_one_workspace_takes_nothing_from_another),
        cmocka_unit_test(where_all_are_small_light_runs_have_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
