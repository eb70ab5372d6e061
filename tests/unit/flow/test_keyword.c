#include "flow/keyword.h"
#include "flow/symbol.h"
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

static void text_is_split_at_the_first_slash(void **state)
{
    struct value keyword = keyword_from_cstr(&heap, "a/b/c");
    (void)state;

    assert_true(text_equal(keyword_ns(keyword), TEXT("a")));
    assert_true(text_equal(keyword_name(keyword), TEXT("b/c")));
    assert_prints(keyword_from_cstr(&heap, "/"), ":/");
    assert_null(keyword_ns(keyword_from_cstr(&heap, "x")).ptr);
    assert_true(keyword_is(keyword_from_cstr(&heap, "x"), "x"));
    assert_false(keyword_is(keyword, "b/c"));
    assert_false(keyword_is(symbol_from_text(&heap, TEXT("x")), "x"));
}

static void equal_names_are_equal_wherever_they_were_made(void **state)
{
    struct heap other;
    (void)state;

    heap_init(&other, 0);
    assert_same(keyword_from_cstr(&heap, "a/b"), keyword_new(&other, TEXT("a"), TEXT("b")));
    assert_false(keyword_equal(keyword_from_cstr(&heap, "a/b"), keyword_from_cstr(&heap, "b")));
    assert_same(symbol_from_text(&heap, TEXT("a/b")), value_of(&other, "a/b"));
    assert_true(value_identical(keyword_from_cstr(&heap, "a"), keyword_from_cstr(&other, "a")));
    heap_done(&other);
}

static void order_is_by_namespace_then_name(void **state)
{
    (void)state;
    assert_true(keyword_compare(value_of(&heap, ":b"), value_of(&heap, ":a/a")) < 0);
    assert_true(keyword_compare(value_of(&heap, ":a/z"), value_of(&heap, ":b/a")) < 0);
    assert_int_equal(keyword_compare(value_of(&heap, ":abc"), value_of(&heap, ":a")), 2);
    assert_int_equal(symbol_compare(value_of(&heap, "a"), value_of(&heap, "abc")), -2);
    assert_int_equal(symbol_compare(value_of(&heap, "a"), value_of(&heap, "a")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_is_split_at_the_first_slash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_names_are_equal_wherever_they_were_made, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(order_is_by_namespace_then_name, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
