// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "flow/regex.h"
#include "flow/regex_translate.h"

#include <string.h>

static size_t widen(const char *ascii, uint16_t *units)
{
    size_t len = strlen(ascii);

    for (size_t i = 0; i < len; i++) {
        units[i] = (uint16_t)(unsigned char)ascii[i];
    }
    return len;
}

static struct regex *compiled(const char *pattern, struct error *err)
{
    uint16_t units[512];

    return regex_new(units, widen(pattern, units), REGEX_ASCII, err);
}

/* The first match as [start, end), or -1. */
static int found_at(const char *pattern, const char *subject, int *out_end)
{
    struct error err = {0};
    struct regex *regex = compiled(pattern, &err);
    struct regex_match match;
    uint16_t units[512];
    int64_t fuel = 1000000;
    int start = -1;

    assert_non_null(regex);
    if (regex_find(regex, units, widen(subject, units), 0, false, &fuel, &match, &err) ==
        REGEX_MATCH) {
        start = (int)match.start[0];
        *out_end = (int)match.end[0];
    }
    regex_free(regex);
    return start;
}

static void a_class_may_hold_unions_and_intersections(void **state)
{
    int end = 0;
    (void)state;

    assert_int_equal(found_at("[a-z&&[^aeiou]]+", "aeixyz", &end), 3);
    assert_int_equal(end, 6);
    assert_int_equal(found_at("[^a[bc]]", "abcd", &end), 3);
    assert_int_equal(found_at("[a&&b]", "ab", &end), -1);
}

static void a_dollar_matches_before_the_last_line_terminator_only(void **state)
{
    int end = 0;
    (void)state;

    assert_int_equal(found_at("b$", "ab\r\n", &end), 1);
    assert_int_equal(found_at("a$", "a\nb", &end), -1);
    assert_int_equal(found_at("(?m)a$", "a\nb", &end), 0);
    assert_int_equal(found_at("(?m)^b", "a\rb", &end), 2);
}

static void what_java_refuses_is_an_argument_error(void **state)
{
    static const char *const patterns[] = {"a{",    "*a",    "(a",      "a)",          "[a",
                                           "[z-a]", "\\",    "\\y",     "(?<1>a)",     "a**",
                                           "(?<a",  "(?z)a", "(*FAIL)", "\\x{110000}", "[a-\\d]"};
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(patterns); i++) {
        struct error err = {0};

        assert_null(compiled(patterns[i], &err));
        assert_int_equal(err.code, E_ARGUMENT);
    }
}

static void what_pcre_cannot_mean_is_unsupported(void **state)
{
    struct error err = {0};
    (void)state;

    assert_null(compiled("(?<=a+)b", &err));
    assert_int_equal(err.code, E_REGEX);
    assert_null(compiled("\\p{InGreek}", &err));
    assert_int_equal(err.code, E_REGEX);
}

static void nesting_is_bounded(void **state)
{
    uint16_t units[2 * REGEX_DEPTH_MAX + 4];
    struct error err = {0};
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        units[i] = i < ARRAY_COUNT(units) / 2 ? '(' : ')';
    }
    assert_null(regex_new(units, ARRAY_COUNT(units), REGEX_ASCII, &err));
    assert_int_equal(err.code, E_REGEX);
    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        units[i] = '[';
    }
    assert_null(regex_new(units, ARRAY_COUNT(units), REGEX_ASCII, &err));
    assert_int_equal(err.code, E_REGEX);
}

static void backtracking_without_end_runs_out_of_fuel(void **state)
{
    struct error err = {0};
    struct regex *regex = compiled("(a+)+$", &err);
    struct regex_match match;
    uint16_t units[64];
    size_t len = widen("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", units);
    int64_t fuel = 200000;
    (void)state;

    assert_non_null(regex);
    assert_int_equal(regex_find(regex, units, len, 0, false, &fuel, &match, &err), REGEX_ERROR);
    assert_int_equal(err.code, E_FUEL);
    assert_true(fuel < 200000);
    regex_free(regex);
}

static void a_pair_counts_as_one_character(void **state)
{
    static const uint16_t face[] = {0xD83D, 0xDE00, 'x'};
    struct error err = {0};
    struct regex *regex = regex_new((const uint16_t[]){'.'}, 1, REGEX_PAIRS, &err);
    struct regex_match match;
    int64_t fuel = 1000;
    (void)state;

    assert_int_equal(regex_find(regex, face, 3, 0, false, &fuel, &match, &err), REGEX_MATCH);
    assert_int_equal(match.end[0], 2);
    regex_free(regex);
}

static void half_of_a_pair_is_no_error(void **state)
{
    static const uint16_t half[] = {'a', 0xD83D, 'b'};
    struct error err = {0};
    struct regex *regex = regex_new((const uint16_t[]){'b'}, 1, REGEX_PAIRS, &err);
    struct regex_match match;
    int64_t fuel = 1000;
    (void)state;

    assert_int_equal(regex_find(regex, half, 3, 0, false, &fuel, &match, &err), REGEX_MATCH);
    assert_int_equal(match.start[0], 2);
    regex_free(regex);
}

static void groups_are_found_by_name(void **state)
{
    struct error err = {0};
    struct regex *regex = compiled("(?<year>[0-9]{4})-(?<month>[0-9]{2})", &err);
    (void)state;

    assert_int_equal(regex_group_count(regex), 3);
    assert_int_equal(regex_group_number(regex, "month"), 2);
    assert_int_equal(regex_group_number(regex, "day"), 0);
    regex_free(regex);
}

static void case_mapping_follows_unicode(void **state)
{
    static const uint16_t source[] = {'a', 0xDF, 0xE9, 0xFB01, 0xD801, 0xDC28, 0xD800};
    static const uint16_t upper[] = {'A', 'S', 'S', 0xC9, 'F', 'I', 0xD801, 0xDC00, 0xD800};
    struct buf out CLEANUP(buf_done) = {0};
    (void)state;

    regex_change_case(source, ARRAY_COUNT(source), true, &out);
    assert_int_equal(out.len, sizeof(upper));
    assert_memory_equal(out.ptr, upper, sizeof(upper));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_may_hold_unions_and_intersections),
        cmocka_unit_test(a_dollar_matches_before_the_last_line_terminator_only),
        cmocka_unit_test(what_java_refuses_is_an_argument_error),
        cmocka_unit_test(what_pcre_cannot_mean_is_unsupported),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(backtracking_without_end_runs_out_of_fuel),
        cmocka_unit_test(a_pair_counts_as_one_character),
        cmocka_unit_test(half_of_a_pair_is_no_error),
        cmocka_unit_test(groups_are_found_by_name),
        cmocka_unit_test(case_mapping_follows_unicode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
