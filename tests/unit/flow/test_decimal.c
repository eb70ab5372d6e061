#include "flow/bignum.h"
#include "flow/decimal.h"
#include "flow/number.h"
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

static void decimals_print_as_big_decimal_does(void **state)
{
    static const char *const texts[] = {"0",        "1.50",   "-0.001", "1E+3", "1.2E-7",
                                        "0.000001", "123E+5", "0E-10",  "0.0",  "-5"};
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct buf text = {0};
        struct value value;

        assert_true(decimal_from_text(&heap, text_from(texts[i]), &value));
        decimal_print(value, &text);
        if (strcmp(texts[i], "123E+5") == 0) {
            assert_string_equal(text.ptr, "1.23E+7");
        } else {
            assert_string_equal(text.ptr, texts[i]);
        }
        buf_done(&text);
    }
}

static void what_is_no_decimal_is_refused(void **state)
{
    static const char *const texts[] = {"", "-", ".", "1.2.3", "1e", "1e99999999999", "x", "1 "};
    struct value value;
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_false(decimal_from_text(&heap, text_from(texts[i]), &value));
    }
}

static void a_scale_is_set_by_rounding_or_cutting(void **state)
{
    static const struct {
        const char *source;
        int scale;
        bool half_up;
        const char *result;
    } cases[] = {
        {"1.25M", 1, true, "1.3M"},    {"1.24M", 1, true, "1.2M"},   {"-1.25M", 1, true, "-1.3M"},
        {"-1.29M", 1, false, "-1.2M"}, {"1M", 3, true, "1.000M"},    {"0.4M", 0, true, "0M"},
        {"0.5M", 0, true, "1M"},       {"0.0001M", 1, true, "0.0M"},
    };

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err = {0};
        struct value out;

        assert_true(decimal_set_scale(&heap, value_of(&heap, cases[i].source), cases[i].scale,
                                      cases[i].half_up, &out, &err));
        assert_prints(out, cases[i].result);
    }
}

static void huge_scales_cost_nothing_to_compare_and_hash(void **state)
{
    struct value a = value_of(&heap, "1E+2000000000M");
    struct value b = value_of(&heap, "1E-2000000000M");
    struct error err = {0};
    struct value out;
    (void)state;

    assert_int_equal(decimal_compare(a, b), 1);
    assert_int_equal(decimal_hash(a), decimal_hash(value_of(&heap, "10E+1999999999M")));
    assert_false(decimal_add(&heap, a, b, &out, &err));
    assert_int_equal(err.code, E_MEMORY);
    assert_true(decimal_to_double(a) > 1e308);
    assert_true(decimal_to_double(b) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decimals_print_as_big_decimal_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_decimal_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_scale_is_set_by_rounding_or_cutting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(huge_scales_cost_nothing_to_compare_and_hash, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
