#include "flow/form.h"
#include "flow/reader.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static struct arena arena;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct form *read_one(const char *source)
{
    struct reader reader;
    struct form *form = NULL;
    struct error err = {0};

    assert_true(reader_init(&reader, &arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    return form;
}

static void questions_look_at_the_unqualified_name(void **state)
{
    (void)state;
    assert_true(form_is_call(read_one("(if a b)"), "if"));
    assert_false(form_is_call(read_one("(x/if a b)"), "if"));
    assert_false(form_is_call(read_one("()"), "if"));
    assert_false(form_is_call(NULL, "if"));
    assert_true(form_is_symbol(read_one("a"), "a"));
    assert_false(form_is_symbol(read_one(":a"), "a"));
    assert_true(form_is_keyword(read_one(":a"), "a"));
    assert_false(form_is_keyword(read_one(":x/a"), "a"));
}

static void a_map_answers_the_last_value_of_a_key(void **state)
{
    struct form *map = read_one("{:a 1 :x/a 2 \"a\" 3 :b nil}");

    (void)state;
    assert_int_equal(form_get(map, "a")->integer, 1);
    assert_int_equal(form_get(map, "b")->kind, FORM_NIL);
    assert_null(form_get(map, "c"));
    assert_null(form_get(read_one("[:a 1]"), "a"));
    assert_null(form_get(NULL, "a"));
}

static void quotes_are_seen_through(void **state)
{
    (void)state;
    assert_true(form_is_quote(read_one("'x")));
    assert_true(form_is_quote(read_one("(clojure.core/quote x)")));
    assert_false(form_is_quote(read_one("(quote x y)")));
    assert_true(form_is_symbol(form_unquote(read_one("''x")), "x"));
    assert_true(form_is_symbol(form_unquote(read_one("x")), "x"));
}

static void a_name_is_that_of_a_keyword_symbol_or_string(void **state)
{
    (void)state;
    assert_true(text_equal(form_name(read_one(":a")), TEXT("a")));
    assert_true(text_equal(form_name(read_one("a")), TEXT("a")));
    assert_true(text_equal(form_name(read_one("\"a\"")), TEXT("a")));
    assert_null(form_name(read_one(":x/a")).ptr);
    assert_null(form_name(read_one("1")).ptr);
    assert_null(form_name(NULL).ptr);
}

static void equality_is_that_of_the_quoted_data(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"1", "1", true},
        {"1", "1N", true},
        {"1", "1.0", false},
        {"0.0", "-0.0", true},
        {"##NaN", "##NaN", false},
        {"12345678901234567890", "12345678901234567890N", true},
        {"[1 2]", "(1 2)", true},
        {"[1 2]", "[2 1]", false},
        {"#{1 2}", "#{2 1}", true},
        {"{:a 1 :b 2}", "{:b 2 :a 1}", true},
        {"{:a 1}", "{:a 2}", false},
        {"{}", "#{}", false},
        {"[]", "()", true},
        {"a", ":a", false},
        {"a/b", "a/b", true},
        {"\"a\"", "\"a\"", true},
        {"\"a\"", "\\a", false},
        {"#\"a\"", "#\"a\"", false},
        {"#x 1", "#x 1", true},
        {"#x 1", "#y 1", false},
        {"#inst \"2020\"", "#inst \"2020-01-01T00:00:00Z\"", true},
        {"^:m a", "a", true},
        {"nil", "nil", true},
        {"nil", "false", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct form *a = read_one(cases[i].a), *b = read_one(cases[i].b);

        if (form_equal(a, b) != cases[i].equal || form_equal(b, a) != cases[i].equal) {
            fail_msg("%s and %s", cases[i].a, cases[i].b);
        }
        if (cases[i].equal) assert_int_equal(form_hash(a), form_hash(b));
    }
}

static void printing_gives_source_that_reads_back(void **state)
{
    static const char *const sources[] = {
        "nil",
        "true",
        "-12",
        "12345678901234567890N",
        "1.5M",
        "-1/3",
        "0.1",
        "1.0",
        "1e+300",
        "##Inf",
        "##-Inf",
        "##NaN",
        "\\a",
        "\\newline",
        "\\space",
        "\\é",
        "\\u0000",
        "\"a\\\"b\\\\c\\nd\\te\"",
        "#\"a\\d\\\"\"",
        ":a",
        ":a/b",
        "a/b",
        "(a [b {:c #{d}}])",
        "{:a 1, :b 2}",
        "#inst \"2020-01-01T00:00:00.000Z\"",
        "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
        "#weir/bytes \"AAEC\"",
        "#my/tag [1]",
        "(quote x)",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        struct buf out = {0};

        form_print(read_one(sources[i]), &out);
        assert_string_equal(out.ptr, sources[i]);
        buf_done(&out);
    }
}

static void printing_stops_at_the_limit(void **state)
{
    struct buf out = {.limit = 10};

    (void)state;
    form_print(read_one("[aaaa bbbb cccc dddd]"), &out);
    assert_true(out.overflow);
    assert_true(out.len <= 10);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(questions_look_at_the_unqualified_name, start, stop),
        cmocka_unit_test_setup_teardown(a_map_answers_the_last_value_of_a_key, start, stop),
        cmocka_unit_test_setup_teardown(quotes_are_seen_through, start, stop),
        cmocka_unit_test_setup_teardown(a_name_is_that_of_a_keyword_symbol_or_string, start, stop),
        cmocka_unit_test_setup_teardown(equality_is_that_of_the_quoted_data, start, stop),
        cmocka_unit_test_setup_teardown(printing_gives_source_that_reads_back, start, stop),
        cmocka_unit_test_setup_teardown(printing_stops_at_the_limit, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
