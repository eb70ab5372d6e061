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

typedef bool binary(struct heap *heap, struct value a, struct value b, struct value *out,
                    struct error *err);

/* result: as pr-str, or "!! code" */
struct calculation {
    binary *function;
    const char *a, *b, *result;
};

static void check(const struct calculation *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf text = {0};
        struct error err = {0};
        struct value out;

        if (cases[i].function(&heap, value_of(&heap, cases[i].a), value_of(&heap, cases[i].b), &out,
                              &err)) {
            value_print(out, &text);
        } else {
            buf_printf(&text, "!! %s", error_wire(err.code));
        }
        if (strcmp(text.ptr, cases[i].result) != 0) {
            fail_msg("%zu: %s with %s: %s, expected %s", i, cases[i].a, cases[i].b, text.ptr,
                     cases[i].result);
        }
        buf_done(&text);
    }
}

static void arithmetic_is_clojures(void **state)
{
    static const struct calculation cases[] = {
        {number_add, "1", "2", "3"},
        {number_add, "9223372036854775807", "1", "!! arithmetic"},
        {number_add_promote, "9223372036854775807", "1", "9223372036854775808N"},
        {number_sub, "-9223372036854775808", "1", "!! arithmetic"},
        {number_mul, "4611686018427387904", "2", "!! arithmetic"},
        {number_mul_promote, "4611686018427387904", "2", "9223372036854775808N"},
        {number_add, "1N", "1", "2N"},
        {number_add, "1", "1.5", "2.5"},
        {number_add, "1/2", "1/2", "1N"},
        {number_mul, "1/2", "2", "1N"},
        {number_sub, "1/2", "1/2", "0N"},
        {number_add, "1/2", "0.5M", "1.0M"},
        {number_add, "1/3", "0.5M", "!! arithmetic"},
        {number_add, "0.0", "2/3", "0.6666666666666667"},
        {number_add, "1/3", "1/6", "1/2"},
        {number_mul, "1.5M", "2.00M", "3.000M"},
        {number_sub, "1.5M", "1.50M", "0.00M"},
        {number_add, "1.5M", "2.5", "4.0"},
        {number_add, "nil", "1", "!! null"},
        {number_add, "\"a\"", "1", "!! cast"},
        {number_div, "4", "2", "2"},
        {number_div, "1", "3", "1/3"},
        {number_div, "6", "-4", "-3/2"},
        {number_div, "4N", "2", "2N"},
        {number_div, "1/2", "1/2", "1N"},
        {number_div, "1", "0", "!! arithmetic"},
        {number_div, "1.0", "0", "!! arithmetic"},
        {number_div, "1.0", "4", "0.25"},
        {number_div, "-9223372036854775808", "-1", "-9223372036854775808"},
        {number_div, "1M", "3M", "!! arithmetic"},
        {number_div, "1M", "8M", "0.125M"},
        {number_div, "10M", "4M", "2.5M"},
        {number_div, "100M", "10M", "10M"},
        {number_div, "1.00M", "2M", "0.50M"},
    };
    (void)state;

    check(cases, ARRAY_COUNT(cases));
}

static void whole_division_is_clojures(void **state)
{
    static const struct calculation cases[] = {
        {number_quot, "7", "0", "!! arithmetic"},
        {number_quot, "7", "2", "3"},
        {number_quot, "-7", "2", "-3"},
        {number_quot, "-9223372036854775808", "-1", "-9223372036854775808"},
        {number_rem, "-9223372036854775808", "-1", "0"},
        {number_quot, "7.5", "2", "3.0"},
        {number_rem, "7.5", "2", "1.5"},
        {number_quot, "7.5", "0", "!! arithmetic"},
        {number_quot, "1e300", "3", "3.3333333333333335E299"},
        {number_rem, "1e20", "3", "0.0"},
        {number_quot, "##Inf", "2", "!! number-format"},
        {number_mod, "-7", "3", "2"},
        {number_mod, "7", "-3", "-2"},
        {number_mod, "-6", "3", "0"},
        {number_rem, "-7", "3", "-1"},
        {number_mod, "-7.5", "2", "0.5"},
        {number_mod, "-1/3", "1/2", "1/6"},
        {number_quot, "7/2", "1", "3N"},
        {number_rem, "7/2", "1", "1/2"},
        {number_quot, "7.5M", "2M", "3.0M"},
        {number_quot, "100M", "0.1M", "1.00E+3M"},
        {number_rem, "7.5M", "2M", "1.5M"},
        {number_mod, "-7.5M", "2M", "0.5M"},
        {number_quot, "100000000000000000000N", "3", "33333333333333333333N"},
        {number_rem, "100000000000000000000N", "3", "1N"},
    };
    (void)state;

    check(cases, ARRAY_COUNT(cases));
}

static void huge_results_are_refused(void **state)
{
    struct value number = value_int(10);
    struct error err = {0};
    (void)state;

    while (number_mul_promote(&heap, number, number, &number, &err)) {
        heap_can(&heap, 1, NULL) ? (void)0 : fail();
    }
    assert_int_equal(err.code, E_MEMORY);
}

static void numbers_compare_across_kinds(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
        bool equiv, equal;
    } cases[] = {
        {"1", "2", -1, false, false},
        {"1", "1.0", 0, true, false},
        {"1", "1N", 0, true, true},
        {"1", "1M", 0, true, false},
        {"1/2", "0.5M", 0, true, false},
        {"1/2", "0.5", 0, true, false},
        {"1/2", "2/4", 0, true, true},
        {"1/3", "1/2", -1, false, false},
        {"1.0M", "1.00M", 0, true, true},
        {"1E+1000000M", "1M", 1, false, false},
        {"-1E+1000000M", "1M", -1, false, false},
        {"1E-1000000M", "1E-999999M", -1, false, false},
        {"##NaN", "1", 0, false, false},
        {"##Inf", "99999999999999999999N", 1, false, false},
        {"0.0", "-0.0", 0, true, true},
        {"99999999999999999999N", "99999999999999999998N", 1, false, false},
    };

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct value a = value_of(&heap, cases[i].a);
        struct value b = value_of(&heap, cases[i].b);
        struct error err = {0};
        int order;
        bool equiv;

        assert_true(number_compare(a, b, &order, &err));
        assert_true(number_equiv(a, b, &equiv, &err));
        assert_int_equal(order, cases[i].order);
        assert_int_equal(equiv, cases[i].equiv);
        assert_int_equal(value_equal(a, b), cases[i].equal);
        if (cases[i].equal) assert_int_equal(value_hash(a), value_hash(b));
    }
}

static void nan_is_never_less(void **state)
{
    struct value nan = value_of(&heap, "##NaN");
    struct error err = {0};
    bool less;
    (void)state;

    assert_true(number_less(value_int(1), nan, &less, &err) && !less);
    assert_true(number_less_equal(nan, value_int(1), &less, &err) && !less);
    assert_false(number_less(value_nil(), nan, &less, &err));
    assert_int_equal(err.code, E_NULL);
}

static void conversions_are_clojures(void **state)
{
    struct error err = {0};
    struct value out;
    int64_t integer;
    double real;
    (void)state;

    assert_true(number_to_int(value_of(&heap, "-1.9"), &integer, &err) && integer == -1);
    assert_true(number_to_int(value_of(&heap, "7/2"), &integer, &err) && integer == 3);
    assert_true(number_to_int(value_of(&heap, "1.5M"), &integer, &err) && integer == 1);
    assert_true(number_to_int(value_of(&heap, "\\a"), &integer, &err) && integer == 97);
    assert_true(number_to_int(value_of(&heap, "##NaN"), &integer, &err) && integer == 0);
    assert_false(number_to_int(value_of(&heap, "1e30"), &integer, &err));
    assert_int_equal(err.code, E_ARGUMENT);
    assert_true(number_to_double(value_of(&heap, "2/3"), &real, &err));
    assert_prints(value_double(real), "0.6666666666666667");
    assert_true(number_to_double(value_of(&heap, "1/7"), &real, &err));
    assert_prints(value_double(real), "0.1428571428571429");
    assert_true(number_to_double(value_of(&heap, "9007199254740993N"), &real, &err));
    assert_prints(value_double(real), "9.007199254740992E15");
    assert_true(number_to_double(value_of(&heap, "36893488147419103233N"), &real, &err));
    assert_prints(value_double(real), "3.6893488147419103E19");
    assert_true(number_to_decimal(&heap, value_of(&heap, "1.1"), &out, &err));
    assert_prints(out, "1.1M");
    assert_true(number_to_bigint(&heap, value_of(&heap, "-1.5M"), &out, &err));
    assert_prints(out, "-1N");
    assert_true(number_to_bigint(&heap, value_of(&heap, "1e30"), &out, &err));
    assert_prints(out, "1000000000000000000000000000000N"); // by its decimal form
    assert_true(number_negate(&heap, value_of(&heap, "1E+5M"), false, &out, &err));
    assert_prints(out, "-1E+5M");
    assert_true(number_negate(&heap, value_of(&heap, "0.0"), false, &out, &err));
    assert_prints(out, "-0.0");
    assert_false(number_negate(&heap, value_int(INT64_MIN), false, &out, &err));
    assert_true(number_rationalize(&heap, value_of(&heap, "1.5"), &out, &err));
    assert_prints(out, "3/2");
    assert_true(number_rationalize(&heap, value_of(&heap, "1.0"), &out, &err));
    assert_prints(out, "1N");
}

/* Doubles read back what they print, over many magnitudes. */
static void doubles_print_the_shortest_that_reads_back(void **state)
{
    uint64_t bits = 0x9E3779B97F4A7C15ULL;
    struct buf text = {0};
    (void)state;

    for (int i = 0; i < 20000; i++) {
        double real, back;

        bits = bits * 6364136223846793005ULL + 1442695040888963407ULL;
        memcpy(&real, &bits, sizeof(real));
        if (real != real || real - real != 0) continue;
        buf_reset(&text);
        number_print_double(real, &text);
        back = value_of(&heap, text.ptr).real;
        if (back != real) fail_msg("%s is not %.17g", text.ptr, real);
    }
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(arithmetic_is_clojures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whole_division_is_clojures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(huge_results_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_compare_across_kinds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nan_is_never_less, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conversions_are_clojures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(doubles_print_the_shortest_that_reads_back, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
