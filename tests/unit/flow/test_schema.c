#include "base/buf.h"
#include "flow/schema.h"
#include "tests/unit/flow/statics_fixture.h"

static struct form *form_of(const char *source)
{
    struct reader reader;
    struct form *form = NULL;
    struct error err = {0};

    if (!reader_init(&reader, &arena, text_from(source), &err) ||
        reader_next(&reader, &form, &err) != READER_FORM) {
        fail_msg("%s: %s", source, err.message);
    }
    return form;
}

static const struct schema *schema_of(const char *source)
{
    const struct schema *schema = schema_parse(&arena, &statics, form_of(source), NULL, NULL);

    if (!schema) fail_msg("%s is no schema", source);
    return schema;
}

static bool check(const char *schema, const char *value, struct error *err)
{
    return schema_check(schema_of(schema), value_of(&heap, value), "it", err);
}

static void accepts(const char *schema, const char *value)
{
    struct error err = {0};

    if (!check(schema, value, &err)) fail_msg("%s, %s: %s", schema, value, err.message);
}

static void refuses(const char *schema, const char *value, const char *message)
{
    struct error err = {0};

    if (check(schema, value, &err)) fail_msg("%s accepts %s", schema, value);
    assert_int_equal(err.code, E_INPUT);
    assert_string_equal(err.message, message);
}

static void scalars_are_of_their_type(void **state)
{
    (void)state;
    accepts(":any", "nil");
    accepts(":any", "[1 {:a 2}]");
    accepts(":string", "\"\"");
    accepts(":int", "-5");
    accepts(":double", "5.0");
    accepts(":boolean", "false");
    accepts(":keyword", ":a/b");
    accepts("[:string]", "\"x\"");
    refuses(":string", ":a", "it is wrong: expected a string, got :a");
    refuses(":int", "5.0", "it is wrong: expected a whole number, got 5.0");
    refuses(":int", "5N", "it is wrong: expected a whole number, got 5N");
    refuses(":double", "5", "it is wrong: expected a double, got 5");
    refuses(":boolean", "nil", "it is wrong: expected true or false, got nil");
    refuses(":keyword", "\"a\"", "it is wrong: expected a keyword, got \"a\"");
    refuses(":string", "[1]", "it is wrong: expected a string, got a vector");
}

static void bounds_include_their_ends(void **state)
{
    static const struct {
        const char *schema, *good[2], *bad[2];
    } cases[] = {
        {"[:string {:min 1 :max 3}]", {"\"a\"", "\"abc\""}, {"\"\"", "\"abcd\""}},
        {"[:int {:min -1 :max 2}]", {"-1", "2"}, {"-2", "3"}},
        {"[:double {:min 0.5 :max 2}]", {"0.5", "2.0"}, {"0.4", "2.1"}},
        {"[:vector {:min 1 :max 2} :int]", {"[1]", "[1 2]"}, {"[]", "[1 2 3]"}},
        {"[:map-of {:min 1 :max 1} :keyword :int]", {"{:a 1}", "{:b 2}"}, {"{}", "{:a 1 :b 2}"}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        for (size_t j = 0; j < 2; j++) {
            struct error err = {0};

            accepts(cases[i].schema, cases[i].good[j]);
            assert_false(check(cases[i].schema, cases[i].bad[j], &err));
        }
    }
    refuses("[:string {:min 1}]", "\"\"",
            "it is wrong: expected a string of at least 1 character, got \"\"");
    refuses("[:string {:max 2}]", "\"abc\"",
            "it is wrong: expected a string of at most 2 characters, got \"abc\"");
    refuses("[:int {:min 1 :max 9}]", "0",
            "it is wrong: expected a whole number from 1 to 9, got 0");
    refuses("[:int {:min 1}]", "0", "it is wrong: expected a whole number from 1 on, got 0");
    refuses("[:double {:max 1.5}]", "2.0", "it is wrong: expected a double up to 1.5, got 2.0");
    refuses("[:vector {:min 2 :max 3} :int]", "[]",
            "it is wrong: expected a vector of 2 to 3 items, got a vector");
}

static void maps_have_their_keys(void **state)
{
    static const char schema[] =
        "[:map [:id :string] [:n {:optional true} :int] [\"s\" {:optional true} :int] [:x/y :any]]";

    (void)state;
    accepts(schema, "{:id \"a\" :x/y 1}");
    accepts(schema, "{\"id\" \"a\" :x/y nil :n 5 :s 1 :more 2}");
    accepts(":map", "{:a 1}");
    accepts("[:map {:closed true} [:a :int]]", "{\"a\" 1}");
    refuses(schema, "{:x/y 1}", "it lacks [:id]: expected a string");
    refuses(schema, "{:id \"a\"}", "it lacks [:x/y]: expected anything");
    refuses(schema, "{:id \"a\" :x/y 1 :n nil}",
            "it is wrong at [:n]: expected a whole number, got nil");
    refuses(schema, "{:id 5 :x/y 1}", "it is wrong at [:id]: expected a string, got 5");
    refuses(schema, "[]", "it is wrong: expected a map, got a vector");
    refuses("[:map {:closed true} [:a :int]]", "{:a 1 :b 2}",
            "it has [:b], which its schema does not have");
}

static void errors_say_where_in_the_value(void **state)
{
    static const char schema[] = "[:map [:order [:map [:lines [:vector [:map [:sku [:string {:min "
                                 "1}]]]]]]] [:tags {:optional true} [:map-of :keyword :int]]]";

    (void)state;
    accepts(schema, "{:order {:lines []}}");
    refuses(schema, "{:order {:lines [{:sku \"a\"} {:sku \"\"}]}}",
            "it is wrong at [:order :lines 1 :sku]: expected a string of at least 1 character, "
            "got \"\"");
    refuses(schema, "{:order {:lines [{}]}}",
            "it lacks [:order :lines 0 :sku]: expected a string of at least 1 character");
    refuses(schema, "{:order {:lines []} :tags {:a 1 :b \"x\"}}",
            "it is wrong at [:tags :b]: expected a whole number, got \"x\"");
    refuses(schema, "{:order {:lines []} :tags {\"a\" 1}}",
            "it is wrong at [:tags \"a\"]: expected a keyword, got \"a\"");
    refuses("[:vector :int]", "(1)", "it is wrong: expected a vector, got a list");
}

static void alternatives_are_told_together(void **state)
{
    (void)state;
    accepts("[:maybe :int]", "nil");
    accepts("[:maybe :int]", "5");
    accepts("[:or :int :string]", "\"a\"");
    accepts("[:and :int [:enum 1 2]]", "2");
    accepts("[:enum :a \"b\" 3 nil [1 {:c 2}]]", "[1 {:c 2}]");
    accepts("[:enum :a \"b\" 3 nil]", "nil");
    refuses("[:or :int [:string {:max 3}] :keyword]", "2.5",
            "it is wrong: expected a whole number, a string of at most 3 characters or a keyword, "
            "got 2.5");
    refuses("[:and :int [:enum 1 2]]", "3", "it is wrong: expected 1 or 2, got 3");
    refuses("[:enum :a :b :c]", "\"a\"", "it is wrong: expected :a, :b or :c, got \"a\"");
    refuses("[:map [:a [:or [:map [:b :int]] :int]]]", "{:a {:b \"x\"}}",
            "it is wrong at [:a]: expected a map or a whole number, got a map");
}

static void patterns_are_looked_for(void **state)
{
    (void)state;
    accepts("[:re #\"^[a-z]+-\\d+$\"]", "\"order-17\"");
    accepts("[:re \"b\"]", "\"abc\"");
    accepts("[:re #\"\\p{L}\\x{1F600}\"]", "\"\u00e9\U0001F600\"");
    refuses("[:re #\"^b\"]", "\"abc\"",
            "it is wrong: expected a string that matches \"^b\", got \"abc\"");
    refuses("[:re #\"b\"]", "5", "it is wrong: expected a string that matches \"b\", got 5");
}

static void work_is_bounded(void **state)
{
    struct buf value = {0};
    struct buf schema = {0};
    struct error err = {0};

    (void)state;
    buf_char(&value, '[');
    for (int i = 0; i < 5000; i++) {
        buf_cstr(&value, "0 ");
    }
    buf_char(&value, ']');
    buf_cstr(&schema, "[:vector [:or ");
    for (int i = 0; i < 500; i++) {
        buf_cstr(&schema, ":string ");
    }
    buf_cstr(&schema, ":int]]");
    assert_false(check(schema.ptr, value.ptr, &err));
    assert_int_equal(err.code, E_FUEL);
    // a pattern that backtracks without end
    assert_false(
        check("[:re #\"(a+)+$\"]", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"", &err));
    buf_done(&value);
    buf_done(&schema);
}

struct mistake {
    const char *source;
    uint32_t line, column;
    int count;
};

static void on_error(const struct form *at, const char *message, const char *hint, void *ctx)
{
    struct mistake *mistake = ctx;

    assert_true(message[0] && hint[0]);
    mistake->count--;
    if (at->line == mistake->line && at->column == mistake->column) mistake->line = 0;
}

static void mistakes_are_told_where_they_stand(void **state)
{
    static const struct mistake cases[] = {
        {":strng", 1, 1, 1},
        {"5", 1, 1, 1},
        {"[]", 1, 1, 1},
        {"{:a :int}", 1, 1, 1},
        {"[:map [:a :strin]]", 1, 11, 1},
        {"[:map\n [:a]]", 2, 2, 1},
        {"[:map :a]", 1, 7, 1},
        {"[:map [:a 5 :int]]", 1, 7, 1},
        {"[:map [a :int]]", 1, 8, 1},
        {"[:map [:a :int] [\"a\" :int]]", 1, 17, 1},
        {"[:map {:closed 1}]", 1, 16, 1},
        {"[:map [:a {:optional :yes} :int]]", 1, 22, 1},
        {":vector", 1, 1, 1},
        {"[:vector]", 1, 1, 1},
        {"[:vector :int :int]", 1, 1, 1},
        {"[:map-of :int]", 1, 1, 1},
        {"[:enum]", 1, 1, 1},
        {"[:or]", 1, 1, 1},
        {"[:int :string]", 1, 1, 1},
        {"[:string {:min -1}]", 1, 16, 1},
        {"[:string {:min 1.5}]", 1, 16, 1},
        {"[:int {:max :a}]", 1, 13, 1},
        {"[:int {:min 5 :max 4}]", 1, 20, 1},
        {"[:re 5]", 1, 6, 1},
        {"[:re \"(\"]", 1, 6, 1},
        {"[:or :a :b [:maybe :c]]", 1, 20, 3},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct mistake mistake = cases[i];

        assert_null(schema_parse(&arena, &statics, form_of(mistake.source), on_error, &mistake));
        if (mistake.line != 0 || mistake.count != 0) fail_msg("%s", mistake.source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scalars_are_of_their_type, start, stop),
        cmocka_unit_test_setup_teardown(bounds_include_their_ends, start, stop),
        cmocka_unit_test_setup_teardown(maps_have_their_keys, start, stop),
        cmocka_unit_test_setup_teardown(errors_say_where_in_the_value, start, stop),
        cmocka_unit_test_setup_teardown(alternatives_are_told_together, start, stop),
        cmocka_unit_test_setup_teardown(patterns_are_looked_for, start, stop),
        cmocka_unit_test_setup_teardown(work_is_bounded, start, stop),
        cmocka_unit_test_setup_teardown(mistakes_are_told_where_they_stand, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
