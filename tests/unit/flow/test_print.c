#include "flow/box.h"
#include "flow/callable.h"
#include "flow/exception.h"
#include "flow/print.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/string.h"
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

static void what_is_read_prints_as_clojure_prints_it(void **state)
{
    static const char *const same[] = {
        "nil",
        "true",
        "-5",
        "1.0E7",
        "1.0E-5",
        "0.001",
        "1.23456789E8",
        "1.0E21",
        "1.0E22",
        "4.9E-324",
        "100.0",
        "9999999.0",
        "0.1",
        "0.3333333333333333",
        "1.7976931348623157E308",
        "2.2250738585072014E-308",
        "-0.0",
        "123.456",
        "1234567.125",
        "0.00123",
        "##Inf",
        "##-Inf",
        "##NaN",
        "12N",
        "-1/3",
        "1E+10M",
        "1E-10M",
        "0.000001M",
        "1E-7M",
        "123.4500M",
        "0E+3M",
        "1.00E+3M",
        "\"a\\\"b\\\\c\\n\\t\\r\\f\\bé\"",
        "\\newline",
        "\\space",
        "\\tab",
        "\\backspace",
        "\\formfeed",
        "\\return",
        "\\a",
        "\\é",
        "\\\\",
        "\\\"",
        ":a/b",
        "c/d",
        "()",
        "(1 (2) [3])",
        "[]",
        "{}",
        "#{}",
        "{:a 1, :b {:c [1 2]}}",
        "#{1}",
        "(quote x)",
        "#\"a\\\"b\\d\"",
        "#inst \"2020-01-01T12:11:12.345-00:00\"",
        "#inst \"1969-12-31T23:59:59.999-00:00\"",
        "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
        "#weir/bytes \"AAEC\"",
        "#foo [1 #bar nil]",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(same); i++) {
        assert_prints(value_of(&heap, same[i]), same[i]);
    }
}

static void str_is_bare_at_the_top_only(void **state)
{
    static const struct {
        const char *source, *shown;
    } cases[] = {
        {"nil", ""},
        {"\"a\\nb\"", "a\nb"},
        {"\\a", "a"},
        {"\\newline", "\n"},
        {"[\\a \"b\" nil 1N 1.5M ##Inf]", "[\\a \"b\" nil 1N 1.5M ##Inf]"},
        {"1N", "1"},
        {"1.5M", "1.5"},
        {"##Inf", "Infinity"},
        {"##-Inf", "-Infinity"},
        {"##NaN", "NaN"},
        {"1/2", "1/2"},
        {":a/b", ":a/b"},
        {"#inst \"2020-01-01\"", "Wed Jan 01 00:00:00 UTC 2020"},
        {"#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
        {"#\"a\\d\"", "a\\d"},
        {"{:a \"x\"}", "{:a \"x\"}"},
    };

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_displays(value_of(&heap, cases[i].source), cases[i].shown);
    }
}

static void what_has_no_source_form_is_named(void **state)
{
    struct error err = {0};
    struct value entries;
    struct value message = string_from_cstr(&heap, "boom");
    struct value data = value_of(&heap, "{:a [1]}");
    (void)state;

    assert_prints(exception_new(&heap, E_EX_INFO, message, data, value_nil()),
                  "#error {:cause \"boom\", :data {:a [1]}}");
    assert_prints(exception_new(&heap, E_CAST, message, value_nil(), value_nil()),
                  "#error {:cause \"boom\"}");
    assert_prints(callable_function(&heap, NULL, NULL, 0), "#function[fn]");
    assert_prints(box_reduced(&heap, data), "#reduced[{:a [1]}]");
    assert_int_equal(seq_of(&heap, value_of(&heap, "{:a 1 :b [2]}"), &entries, &err), SEQ_OK);
    assert_prints(entries, "([:a 1] [:b [2]])");
    assert_prints(seq_keys(&heap, value_of(&heap, "{:a 1 :b [2]}")), "(:a :b)");
    assert_prints(seq_range(&heap, 0, 2, 3), "(0 2 4)");
}

static void a_limit_ends_it(void **state)
{
    struct buf out = {.limit = 100};
    (void)state;

    value_print(seq_range(&heap, 0, 1, INT64_MAX), &out);
    assert_true(out.overflow);
    assert_true(out.len <= 100);
    buf_done(&out);
}

static void depth_costs_no_c_stack(void **state)
{
    struct value value = value_int(1);
    struct buf out = {0};
    (void)state;

    for (int i = 0; i < 200000; i++) {
        value = pvec_new(&heap, &value, 1);
    }
    value_print(value, &out);
    assert_int_equal(out.len, 400001);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_read_prints_as_clojure_prints_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(str_is_bare_at_the_top_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_no_source_form_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_limit_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(depth_costs_no_c_stack, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
