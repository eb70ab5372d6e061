#include "base/text.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static void comparison_goes_by_bytes_then_by_length(void **state)
{
    (void)state;
    assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
    assert_true(text_compare(TEXT("ab"), TEXT("a")) > 0);
    assert_int_equal(text_compare(TEXT("\xff"), TEXT("a")) > 0, 1);
    assert_int_equal(text_compare(TEXT("same"), TEXT("same")), 0);
    assert_int_equal(text_compare(TEXT_NONE, TEXT("")), 0);
}

static void comparison_without_case_knows_ascii_only(void **state)
{
    (void)state;
    assert_true(text_equal_nocase(TEXT("Content-TYPE"), TEXT("content-type")));
    assert_false(text_equal_nocase(TEXT("\xc3\x85"), TEXT("\xc3\xa5")));
    assert_false(text_equal_nocase(TEXT("a"), TEXT("ab")));
}

static void prefixes_and_suffixes_may_be_empty_or_the_whole(void **state)
{
    (void)state;
    assert_true(text_starts_with(TEXT("weir"), TEXT("we")));
    assert_true(text_starts_with(TEXT("weir"), TEXT("")));
    assert_true(text_ends_with(TEXT("weir"), TEXT("weir")));
    assert_true(text_ends_with(TEXT_NONE, TEXT("")));
    assert_false(text_ends_with(TEXT("ir"), TEXT("weir")));
}

static void a_slice_is_clamped(void **state)
{
    (void)state;
    assert_true(text_equal(text_slice(TEXT("weir"), 1, 3), TEXT("ei")));
    assert_true(text_equal(text_slice(TEXT("weir"), 2, 99), TEXT("ir")));
    assert_int_equal(text_slice(TEXT("weir"), 9, 99).len, 0);
    assert_int_equal(text_slice(TEXT("weir"), 3, 1).len, 0);
    assert_null(text_slice(TEXT_NONE, 0, 1).ptr);
}

static void trimming_drops_white_space_at_both_ends(void **state)
{
    (void)state;
    assert_true(text_equal(text_trim(TEXT(" \t\r\n a b \v\f")), TEXT("a b")));
    assert_int_equal(text_trim(TEXT("   ")).len, 0);
}

static void searching_answers_the_first_index_or_minus_one(void **state)
{
    (void)state;
    assert_int_equal(text_index_of(TEXT("abcabc"), TEXT("bc")), 1);
    assert_int_equal(text_index_of(TEXT("abc"), TEXT("x")), -1);
    assert_int_equal(text_index_of(TEXT("abc"), TEXT("")), 0);
    assert_int_equal(text_index_of(TEXT_NONE, TEXT("a")), -1);
    assert_int_equal(text_index_of_char(TEXT("a=b"), '='), 1);
    assert_int_equal(text_index_of_char(TEXT_NONE, '='), -1);
}

static void cutting_ends_with_an_absent_rest(void **state)
{
    (void)state;
    struct text rest = TEXT("a,,b");

    assert_true(text_equal(text_cut(&rest, ','), TEXT("a")));
    assert_true(text_equal(text_cut(&rest, ','), TEXT("")));
    assert_non_null(rest.ptr);
    assert_true(text_equal(text_cut(&rest, ','), TEXT("b")));
    assert_null(rest.ptr);
}

static void well_formed_utf8_is_accepted(void **state)
{
    (void)state;
    assert_true(text_is_utf8(TEXT("plain text that is longer than eight bytes"), NULL));
    assert_true(text_is_utf8(TEXT("\xc3\xb8\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"), NULL));
    assert_true(text_is_utf8(TEXT_NONE, NULL));
}

static void malformed_utf8_is_found_where_it_starts(void **state)
{
    (void)state;
    static const struct text bad[] = {
        {"12345678\x80", 9},
        {"12345678\xc0\x80", 10},
        {"12345678\xe0\x80\x80", 11},
        {"12345678\xed\xa0\x80", 11},
        {"12345678\xf4\x90\x80\x80", 12},
        {"12345678\xe2\x82", 10},
        {"12345678\xf8", 9},
        {"12345678\xc3(", 10},
    };

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        size_t offset = 0;

        assert_false(text_is_utf8(bad[i], &offset));
        assert_int_equal(offset, 8);
    }
}

static void distance_counts_edits_up_to_the_limit(void **state)
{
    (void)state;
    assert_int_equal(text_distance(TEXT("kitten"), TEXT("sitting"), 10), 3);
    assert_int_equal(text_distance(TEXT("flow"), TEXT("flow"), 3), 0);
    assert_int_equal(text_distance(TEXT(""), TEXT("abc"), 9), 3);
    assert_int_equal(text_distance(TEXT("abcdef"), TEXT("uvwxyz"), 3), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparison_goes_by_bytes_then_by_length),
        cmocka_unit_test(comparison_without_case_knows_ascii_only),
        cmocka_unit_test(prefixes_and_suffixes_may_be_empty_or_the_whole),
        cmocka_unit_test(a_slice_is_clamped),
        cmocka_unit_test(trimming_drops_white_space_at_both_ends),
        cmocka_unit_test(searching_answers_the_first_index_or_minus_one),
        cmocka_unit_test(cutting_ends_with_an_absent_rest),
        cmocka_unit_test(well_formed_utf8_is_accepted),
        cmocka_unit_test(malformed_utf8_is_found_where_it_starts),
        cmocka_unit_test(distance_counts_edits_up_to_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
