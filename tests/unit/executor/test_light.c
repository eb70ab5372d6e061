#include "executor/light.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>

// clang-format on

enum { BIG = 1, SMALL = 2 };

struct group {
    struct light_place places[LIGHT_RUNS_MAX + 100];
    int count;
};

static bool enter(struct light *light, struct group *group, int64_t workspace)
{
    struct light_place *place = &group->places[group->count++];

    light_enter(light, place, workspace, false);
    return place->is_light;
}

static void fill(struct light *light, struct group *group, int64_t workspace, int count)
{
    for (int i = 0; i < count; i++) {
        (void)enter(light, group, workspace);
    }
}

static void leave(struct light *light, struct group *group)
{
    while (group->count > 0) {
        light_leave(light, &group->places[--group->count]);
    }
}

static void the_first_runs_of_a_workspace_beside_a_backlog_are_light(void **state)
{
    struct light light = {0};
    struct group big = {0}, small = {0};
    (void)state;

    fill(&light, &big, BIG, LIGHT_BESIDE);
    for (int i = 0; i <= LIGHT_RUNS_EACH; i++) {
        assert_int_equal(enter(&light, &small, SMALL), i < LIGHT_RUNS_EACH);
    }
    leave(&light, &small);
    leave(&light, &big);
    light_done(&light);
}

static void a_workspace_by_itself_has_no_light_runs(void **state)
{
    struct light light = {0};
    struct group big = {0};
    (void)state;

    for (int i = 0; i < 2 * LIGHT_BESIDE; i++) {
        assert_false(enter(&light, &big, BIG));
    }
    leave(&light, &big);
    light_done(&light);
}

static void a_backlog_is_not_light_when_another_one_has_come(void **state)
{
    struct light light = {0};
    struct group big = {0}, other = {0};
    (void)state;

    fill(&light, &big, BIG, 100);
    fill(&light, &other, SMALL, LIGHT_BESIDE);
    assert_false(enter(&light, &big, BIG));
    leave(&light, &other);
    assert_true(enter(&light, &other, SMALL)); // it has nothing here any more
    leave(&light, &other);
    leave(&light, &big);
    light_done(&light);
}

static void where_all_are_small_light_runs_have_a_bound(void **state)
{
    struct light light = {0};
    struct group all = {0};
    int light_count = 0;
    (void)state;

    for (int i = 0; i < LIGHT_RUNS_MAX + 50; i++) {
        light_count += enter(&light, &all, i + 1);
    }
    assert_int_equal(light_count, LIGHT_RUNS_MAX);
    leave(&light, &all);
    light_done(&light);
}

static void what_was_given_as_light_is_light(void **state)
{
    struct light light = {0};
    struct light_place place;
    (void)state;

    light_enter(&light, &place, SMALL, true);
    assert_true(place.is_light);
    assert_int_equal(light.count, 1);
    light_leave(&light, &place);
    light_done(&light);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_runs_of_a_workspace_beside_a_backlog_are_light),
        cmocka_unit_test(a_workspace_by_itself_has_no_light_runs),
        cmocka_unit_test(a_backlog_is_not_light_when_another_one_has_come),
        cmocka_unit_test(what_was_given_as_light_is_light),
        cmocka_unit_test(where_all_are_small_light_runs_have_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
