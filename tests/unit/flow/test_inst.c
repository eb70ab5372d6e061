#include "flow/inst.h"
#include "tests/unit/flow/value_fixture.h"

static struct heap heap;

static int set_up(void **state)
{
    (void)state;
    heap_init(&heap, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    heap_done(&heap);
    return 0;
}

static void instants_print_in_both_notations(void **state)
{
    static const struct {
        int64_t ms;
        const char *printed, *shown, *iso;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000-00:00", "Thu Jan 01 00:00:00 UTC 1970",
         "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999-00:00", "Wed Dec 31 23:59:59 UTC 1969",
         "1969-12-31T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00.000-00:00", "Tue Feb 29 00:00:00 UTC 2000",
         "2000-02-29T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999-00:00", "Fri Dec 31 23:59:59 UTC 9999",
         "9999-12-31T23:59:59.999Z"},
    };

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct buf text = {0};

        inst_print(cases[i].ms, &text);
        assert_string_equal(text.ptr, cases[i].printed);
        buf_reset(&text);
        inst_display(cases[i].ms, &text);
        assert_string_equal(text.ptr, cases[i].shown);
        buf_reset(&text);
        inst_print_iso(cases[i].ms, &text);
        assert_string_equal(text.ptr, cases[i].iso);
        buf_done(&text);
        assert_int_equal(inst_ms(inst_new(&heap, cases[i].ms)), cases[i].ms);
    }
}

static void days_and_dates_agree_over_four_centuries(void **state)
{
    (void)state;
    for (int64_t days = -146097; days < 146097; days += 13) {
        int64_t year;
        int month, day;

        inst_civil(days, &year, &month, &day);
        assert_int_equal(inst_days(year, month, day), days);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(instants_print_in_both_notations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(days_and_dates_agree_over_four_centuries, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
