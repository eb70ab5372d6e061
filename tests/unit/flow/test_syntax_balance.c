#include "base/memory.h"
#include "flow/syntax_balance.h"

#include <stdio.h>

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

/* expected NULL: nothing is done. */
static void becomes(const char *source, const char *expected, uint32_t places)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};

    arena_init(&arena, 0);
    struct syntax_balance balance = syntax_balance_read(&arena, text_from(source));

    diagnostic_apply(text_from(source), balance.edits, &text);
    if (!text_equal(buf_get(&text), text_from(expected ? expected : source))) {
        fail_msg("%s\n--- becomes\n%s\n--- not\n%s", source, text.ptr, expected);
    }
    assert_int_equal(balance.edits == NULL, expected == NULL);
    assert_int_equal(balance.places, places);
}

static void text_that_agrees_with_its_indentation_stays(void **state)
{
    (void)state;
    becomes("(let [a 1\n      b (f x)]\n  (+ a\n     b))\n\n(g)\n", NULL, 0);
    becomes("{:a 1\n :flow\n '(let [b 2]\n    ;; (\n    \"(\n\" \\( b)}", NULL, 0);
    becomes("(a\n (b)\n )", NULL, 0); // a closing bracket on a line of its own
    becomes("#(when %\n   y)\n#{1\n  2}", NULL, 0);
    becomes("", NULL, 0);
}

static void a_missing_bracket_is_put_where_the_line_ends(void **state)
{
    (void)state;
    becomes("(let [a 1]\n  (f a)\n", "(let [a 1]\n  (f a))\n", 1);
    becomes("(let [a (f 1]\n  (g a))", "(let [a (f 1)]\n  (g a))", 1);
    becomes("{:a (f 1\n :b 2}", "{:a (f 1)\n :b 2}", 1);
    becomes("(a\n (b ; why\n (c))", "(a\n (b) ; why\n (c))", 1);
    becomes("(a\n [b\n", "(a\n [b])\n", 1);
}

static void a_bracket_too_many_is_taken_out(void **state)
{
    (void)state;
    becomes("(let [a 1]]\n  (f a))", "(let [a 1]\n  (f a))", 1);
    becomes("(f (g 1)))\n(h)", "(f (g 1))\n(h)", 1);
    becomes("(a)\n)", "(a)\n", 1);
    becomes("(a ) ) b", "(a )  b", 1);
}

static void a_bracket_of_another_kind_is_replaced(void **state)
{
    (void)state;
    becomes("(f [a b)\n   c)", "(f [a b]\n   c)", 1);
    becomes("(f [a b) c)", "(f [a b] c)", 1);
    becomes("{:a 1)", "{:a 1}", 1);
}

static void of_several_places_the_one_that_is_enough_is_repaired(void **state)
{
    (void)state;
    // the second form is indented as if it stood in the first, but its brackets match
    becomes("(a)\n (b)\n(c [d)", "(a)\n (b)\n(c [d])", 3);
}

static void places_that_need_each_other_are_repaired_together(void **state)
{
    (void)state;
    becomes("(f [a\n   b)\n(g {c\n   d)", "(f [a]\n   b)\n(g {c}\n   d)", 2);
}

static void an_unclosed_string_says_nothing(void **state)
{
    (void)state;
    becomes("(a \"b\n(c", NULL, 0);
}

static void many_brackets_are_too_many(void **state)
{
    size_t len = 100000;
    char *source = memory_new(len + 1);
    struct arena arena CLEANUP(arena_done) = {0};

    (void)state;
    memset(source, '(', len);
    arena_init(&arena, 0);
    assert_null(syntax_balance_read(&arena, (struct text){source, len}).edits);
    memset(source, ')', len);
    assert_null(syntax_balance_read(&arena, (struct text){source, len}).edits);
    memory_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_agrees_with_its_indentation_stays),
        cmocka_unit_test(a_missing_bracket_is_put_where_the_line_ends),
        cmocka_unit_test(a_bracket_too_many_is_taken_out),
        cmocka_unit_test(a_bracket_of_another_kind_is_replaced),
        cmocka_unit_test(of_several_places_the_one_that_is_enough_is_repaired),
        cmocka_unit_test(places_that_need_each_other_are_repaired_together),
        cmocka_unit_test(an_unclosed_string_says_nothing),
        cmocka_unit_test(many_brackets_are_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
