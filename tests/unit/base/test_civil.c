#include "base/civil.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static void days_count_from_1970(void **state)
{
    (void)state;
    assert_int_equal(civil_days(1970, 1, 1), 0);
    assert_int_equal(civil_days(1969, 12, 31), -1);
    assert_int_equal(civil_days(2000, 2, 29), 11016);
    assert_int_equal(civil_days(2026, 11, 20), 20777);
    assert_int_equal(civil_days(0, 3, 1), -719468);
}

static void every_day_of_two_eras_comes_back(void **state)
{
    int month_days = 0;

    (void)state;
    for (int64_t days = civil_days(1600, 1, 1); days < civil_days(2400, 1, 1); days++) {
        struct civil date = civil_from_days(days);

        assert_int_equal(civil_days(date.year, date.month, date.day), days);
        assert_int_equal(date.day, date.day == 1 ? 1 : month_days + 1);
        month_days = date.day;
        assert_true(date.day <= civil_month_length(date.year, date.month));
    }
}

static void weekdays_go_round_before_1970_too(void **state)
{
    (void)state;
    assert_int_equal(civil_weekday(0), 4);
    assert_int_equal(civil_weekday(-1), 3);
    assert_int_equal(civil_weekday(civil_days(2026, 11, 22)), 0);
    assert_int_equal(civil_weekday(civil_days(1900, 1, 1)), 1);
}

static void february_has_29_days_in_leap_years_only(void **state)
{
    (void)state;
    assert_int_equal(civil_month_length(2024, 2), 29);
    assert_int_equal(civil_month_length(2026, 2), 28);
    assert_int_equal(civil_month_length(2000, 2), 29);
    assert_int_equal(civil_month_length(2100, 2), 28);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_count_from_1970),
        cmocka_unit_test(every_day_of_two_eras_comes_back),
        cmocka_unit_test(weekdays_go_round_before_1970_too),
        cmocka_unit_test(february_has_29_days_in_leap_years_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
