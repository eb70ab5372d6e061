/*
 * The names that rows and the wire share.
 */
#include "storage/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>

// clang-format on

static void every_run_status_has_a_name_that_finds_it(void **state)
{
    (void)state;

    for (int i = 0; i < RUN_STATUS_COUNT; i++) {
        enum run_status found = RUN_STATUS_COUNT;

        assert_true(status_run_find(text_from(status_run((enum run_status)i)), &found));
        assert_int_equal(found, i);
        assert_int_equal(status_run_ended(found), i >= RUN_COMPLETED);
    }
    assert_string_equal(status_run(RUN_TIMED_OUT), "timed-out");
}

static void every_enumeration_is_named_completely(void **state)
{
    (void)state;

    for (int i = 0; i < STEP_STATUS_COUNT; i++) {
        assert_non_null(status_step((enum step_status)i));
    }
    for (int i = 0; i < STEP_KIND_COUNT; i++) {
        assert_non_null(status_step_kind((enum step_kind)i));
    }
    for (int i = 0; i < WAIT_MODE_COUNT; i++) {
        assert_non_null(status_wait_mode((enum wait_mode)i));
    }
    for (int i = 0; i < DECISION_COUNT; i++) {
        assert_non_null(status_decision((enum concurrency_decision)i));
    }
    for (int i = 0; i < WAIT_STATUS_COUNT; i++) {
        enum wait_status found;

        assert_true(status_wait_find(text_from(status_wait((enum wait_status)i)), &found));
        assert_int_equal(found, i);
    }
    for (int i = 0; i < TARGET_COUNT; i++) {
        enum flow_target found;

        assert_true(status_target_find(text_from(status_target((enum flow_target)i)), &found));
        assert_int_equal(found, i);
    }
}

static void an_unknown_name_finds_nothing(void **state)
{
    enum run_status run = RUN_QUEUED;
    int catch_up = 7;
    (void)state;

    assert_false(status_run_find(TEXT("Running"), &run));
    assert_false(status_run_find(TEXT_NONE, &run));
    assert_int_equal(run, RUN_QUEUED);
    assert_false(status_catch_up_find(TEXT("some"), &catch_up));
    assert_true(status_catch_up_find(TEXT("all"), &catch_up));
    assert_string_equal(status_catch_up(catch_up), "all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_status_has_a_name_that_finds_it),
        cmocka_unit_test(every_enumeration_is_named_completely),
        cmocka_unit_test(an_unknown_name_finds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
