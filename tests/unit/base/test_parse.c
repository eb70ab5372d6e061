#include "base/parse.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static void integers_go_to_both_ends_of_their_range(void **state)
{
    (void)state;
    int64_t value = 0;
    uint64_t large = 0;

    assert_true(parse_int64(TEXT("-9223372036854775808"), &value));
    assert_true(value == INT64_MIN);
    assert_true(parse_int64(TEXT("9223372036854775807"), &value));
    assert_true(value == INT64_MAX);
    assert_true(parse_int64(TEXT("-0"), &value));
    assert_int_equal(value, 0);
    assert_true(parse_uint64(TEXT("18446744073709551615"), &large));
    assert_true(large == UINT64_MAX);
    assert_true(parse_hex_uint64(TEXT("fFfFfFfFfFfFfFfF"), &large));
    assert_true(large == UINT64_MAX);
}

static void what_is_no_integer_is_refused_and_the_result_untouched(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "--1",
                                      "a",
                                      "9223372036854775808",
                                      "99999999999999999999"};
    int64_t value = 7;
    uint64_t large = 7;

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_false(parse_int64(text_from(bad[i]), &value));
    }
    assert_false(parse_int64(TEXT("-9223372036854775809"), &value));
    assert_false(parse_uint64(TEXT("-1"), &large));
    assert_false(parse_uint64(TEXT("18446744073709551616"), &large));
    assert_false(parse_hex_uint64(TEXT("10000000000000000"), &large));
    assert_false(parse_hex_uint64(TEXT("g"), &large));
    assert_int_equal(value, 7);
    assert_int_equal(large, 7);
}

static void doubles_are_decimal_or_exponent(void **state)
{
    (void)state;
    double value = 0;

    assert_true(parse_double(TEXT("-12.5e-1"), &value));
    assert_true(value == -1.25);
    assert_true(parse_double(TEXT("1E+2"), &value));
    assert_true(value == 100);
    assert_true(parse_double(TEXT("5."), &value));
    assert_true(value == 5);
    assert_true(parse_double(TEXT("0.1000000000000000055511151231257827021181583404541015625000000"
                                  "00000000000000000000000"),
                             &value));
    assert_true(value == 0.1);
}

static void what_is_no_double_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "-",     ".",  "e5", "1e",    "1e+", "inf", "nan",
                                      "0x1p3", "1e999", " 1", "1 ", "1.2.3", "1f",  "+1"};
    double value = 7;

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_false(parse_double(text_from(bad[i]), &value));
    }
    assert_true(value == 7);
}

static void durations_have_a_unit_or_are_seconds(void **state)
{
    (void)state;

    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {{"250ms", 250},    {"30s", 30000},    {"5m", 300000},
                {"24h", 86400000}, {"7d", 604800000}, {"1.5", 1500},
                {"0.5h", 1800000}, {"10", 10000},     {"0", 0}};

    static const char *const bad[] = {
        "", "s", "-5s", "5 s", "5x", "1h30m", "99999999999999999d", "1e30d", "ms"};
    int64_t ms = -1;

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_true(parse_duration_ms(text_from(rows[i].text), &ms));
        assert_int_equal(ms, rows[i].ms);
    }
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_false(parse_duration_ms(text_from(bad[i]), &ms));
    }
}

static void instants_go_by_their_offset(void **state)
{
    (void)state;

    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-20T07:31:02.123Z", 1795159862123},
        {"2026-11-20T08:31:02.123456789+01:00", 1795159862123},
        {"2026-11-20t01:01:02.1-06:30", 1795159862100},
        {"2024-02-29T23:59:60z", 1709251200000},
        {"1969-12-31T23:59:59.999Z", -1},
        {"0000-03-01T00:00:00Z", -62162035200000},
    };

    int64_t ms = 0;

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_true(parse_instant_ms(text_from(rows[i].text), &ms));
        assert_int_equal(ms, rows[i].ms);
    }
}

static void what_is_no_instant_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2026-11-20",
                                      "2026-11-20T07:31:02",
                                      "2026-13-01T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-11-20T24:00:00Z",
                                      "2026-11-20T00:60:00Z",
                                      "2026-11-20T00:00:61Z",
                                      "2026-11-20T00:00:00.Z",
                                      "2026-11-20T00:00:00+0100",
                                      "2026-11-20T00:00:00+24:00",
                                      "2026-11-20T00:00:00Zx",
                                      "2026-11-00T00:00:00Z",
                                      "2026-11-20 00:00:00Z"};
    int64_t ms = 7;

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_false(parse_instant_ms(text_from(bad[i]), &ms));
    }
    assert_int_equal(ms, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_go_to_both_ends_of_their_range),
        cmocka_unit_test(what_is_no_integer_is_refused_and_the_result_untouched),
        cmocka_unit_test(doubles_are_decimal_or_exponent),
        cmocka_unit_test(what_is_no_double_is_refused),
        cmocka_unit_test(durations_have_a_unit_or_are_seconds),
        cmocka_unit_test(instants_go_by_their_offset),
        cmocka_unit_test(what_is_no_instant_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
