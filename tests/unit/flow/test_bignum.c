#include "flow/bignum.h"
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

static struct value big(const char *digits)
{
    struct value value;

    assert_true(bignum_from_text(&heap, text_from(digits), 10, &value));
    return value;
}

static void text_goes_both_ways_in_any_base(void **state)
{
    struct buf text = {0};
    struct value value;
    (void)state;

    assert_true(bignum_from_text(&heap, TEXT("-ff00ff00ff00ff00ff"), 16, &value));
    bignum_print(value, 16, &text);
    assert_string_equal(text.ptr, "-ff00ff00ff00ff00ff");
    buf_done(&text);
    assert_false(bignum_from_text(&heap, TEXT("12a"), 10, &value));
    assert_false(bignum_from_text(&heap, TEXT(""), 10, &value));
    assert_false(bignum_from_text(&heap, TEXT("-"), 10, &value));
    assert_false(bignum_from_text(&heap, TEXT("1_000"), 10, &value));
}

static void bytes_go_both_ways(void **state)
{
    static const char *const numbers[] = {
        "0", "1", "255", "256", "-18446744073709551616", "123456789012345678901234567890"};
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        struct buf bytes = {0};
        struct value back;

        bignum_to_bytes(big(numbers[i]), &bytes);
        assert_true(bignum_from_bytes(&heap, numbers[i][0] == '-', buf_get(&bytes), &back));
        assert_same(back, big(numbers[i]));
        buf_done(&bytes);
    }
}

static void the_edges_of_int64_are_known(void **state)
{
    int64_t out;
    (void)state;

    assert_true(bignum_to_int(big("9223372036854775807"), &out) && out == INT64_MAX);
    assert_true(bignum_to_int(big("-9223372036854775808"), &out) && out == INT64_MIN);
    assert_false(bignum_to_int(big("9223372036854775808"), &out));
    assert_false(bignum_to_int(big("-9223372036854775809"), &out));
    assert_int_equal(bignum_compare(big("-9223372036854775808"), value_int(INT64_MIN)), 0);
    assert_int_equal(bignum_shrink(big("5")).type, VALUE_INT);
    assert_int_equal(bignum_shrink(big("9223372036854775808")).type, VALUE_BIGINT);
}

static void doubles_are_nearest(void **state)
{
    (void)state;
    assert_true(bignum_to_double(big("9007199254740993")) == 9007199254740992.0);
    assert_true(bignum_to_double(big("9007199254740995")) == 9007199254740996.0);
    assert_true(bignum_to_double(big("-18446744073709551617")) == -18446744073709551616.0);
    assert_true(bignum_to_double(big("36893488147419107329")) == 36893488147419111424.0);
    assert_prints(bignum_from_double(&heap, -1e20), "-100000000000000000000N");
}

static void digits_are_counted(void **state)
{
    (void)state;
    assert_int_equal(bignum_digits(big("0")), 1);
    assert_int_equal(bignum_digits(big("9")), 1);
    assert_int_equal(bignum_digits(big("-10")), 2);
    assert_int_equal(bignum_digits(big("99999999999999999999")), 20);
    assert_int_equal(bignum_digits(big("100000000000000000000")), 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_goes_both_ways_in_any_base, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_go_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_edges_of_int64_are_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(doubles_are_nearest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(digits_are_counted, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
