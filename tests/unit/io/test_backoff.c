#include "io/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const struct backoff_rule doubling = {BACKOFF_EXPONENTIAL, 100, 1000, false};

static void an_exponential_delay_doubles_up_to_its_bound(void **state)
{
    (void)state;
    assert_int_equal(backoff_delay_ms(&doubling, 1, 7), 100);
    assert_int_equal(backoff_delay_ms(&doubling, 2, 7), 200);
    assert_int_equal(backoff_delay_ms(&doubling, 4, 7), 800);
    assert_int_equal(backoff_delay_ms(&doubling, 5, 7), 1000);
}

static void a_huge_attempt_number_does_not_overflow(void **state)
{
    struct backoff_rule unbounded = {BACKOFF_EXPONENTIAL, 100, 0, true};
    struct backoff_rule linear = {BACKOFF_LINEAR, INT64_MAX / 3, 0, false};

    (void)state;
    assert_int_equal(backoff_delay_ms(&doubling, INT64_MAX, UINT64_MAX), 1000);
    assert_true(backoff_delay_ms(&unbounded, INT64_MAX, UINT64_MAX) > 0);
    assert_true(backoff_delay_ms(&unbounded, INT64_MAX, UINT64_MAX) <= INT64_MAX / 4);
    assert_int_equal(backoff_delay_ms(&linear, 1000, 0), INT64_MAX / 4);
}

static void a_linear_delay_grows_by_its_base_and_a_constant_one_stays(void **state)
{
    struct backoff_rule linear = {BACKOFF_LINEAR, 100, 350, false};
    struct backoff_rule constant = {BACKOFF_CONSTANT, 100, 0, false};

    (void)state;
    assert_int_equal(backoff_delay_ms(&linear, 3, 0), 300);
    assert_int_equal(backoff_delay_ms(&linear, 4, 0), 350);
    assert_int_equal(backoff_delay_ms(&constant, 9, 0), 100);
}

static void jitter_stays_between_half_and_all_of_the_delay_and_reaches_both(void **state)
{
    struct backoff_rule jittered = {BACKOFF_CONSTANT, 101, 0, true};
    int64_t low = INT64_MAX;
    int64_t high = 0;

    (void)state;
    for (uint64_t random = 0; random < 1000; random++) {
        int64_t delay_ms = backoff_delay_ms(&jittered, 1, random);

        low = delay_ms < low ? delay_ms : low;
        high = delay_ms > high ? delay_ms : high;
    }
    assert_int_equal(low, 51);
    assert_int_equal(high, 101);
}

static void a_base_of_zero_gives_zero(void **state)
{
    struct backoff_rule nothing = {BACKOFF_EXPONENTIAL, 0, 0, true};

    (void)state;
    assert_int_equal(backoff_delay_ms(&nothing, 3, 12345), 0);
}

static void a_success_starts_the_series_over(void **state)
{
    struct backoff backoff = {.rule = doubling};

    (void)state;
    assert_int_equal(backoff_next_ms(&backoff, 0), 100);
    assert_int_equal(backoff_next_ms(&backoff, 0), 200);
    backoff_reset(&backoff);
    assert_int_equal(backoff_next_ms(&backoff, 0), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exponential_delay_doubles_up_to_its_bound),
        cmocka_unit_test(a_huge_attempt_number_does_not_overflow),
        cmocka_unit_test(a_linear_delay_grows_by_its_base_and_a_constant_one_stays),
        cmocka_unit_test(jitter_stays_between_half_and_all_of_the_delay_and_reaches_both),
        cmocka_unit_test(a_base_of_zero_gives_zero),
        cmocka_unit_test(a_success_starts_the_series_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
