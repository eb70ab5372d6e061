#include "base/json.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <math.h>
#include <string.h>

static struct arena arena;

static const struct json *read_ok(struct text source)
{
    struct error err = {0};
    const struct json *node = json_read(&arena, source, &err);

    if (!node) fail_msg("%s (%d:%d)", err.message, err.line, err.column);
    return node;
}

static void assert_refused(struct text source, enum error_code code, int line, int column)
{
    struct error err = {0};

    assert_null(json_read(&arena, source, &err));
    assert_int_equal(err.code, code);
    assert_int_equal(err.line, line);
    if (column > 0) assert_int_equal(err.column, column);
}

static void assert_compact(struct text source, const char *expected)
{
    struct buf out CLEANUP(buf_done) = {0};

    json_append(&out, read_ok(source));
    assert_string_equal(out.ptr, expected);
}

static void assert_real(double value, const char *expected)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct json_writer writer;

    json_write_init(&writer, &out);
    json_write_real(&writer, value);
    assert_string_equal(out.ptr, expected);
}

static void accessors_answer_by_type(void **state)
{
    (void)state;
    const struct json *node =
        read_ok(TEXT("{\"t\":\"x\",\"i\":-5,\"r\":2.9,\"b\":true,\"n\":null,\"a\":[1,\"two\"]}"));

    assert_int_equal(json_count(node), 6);
    assert_true(text_equal(json_get_text(node, "t"), TEXT("x")));
    assert_int_equal(json_int(json_get(node, "i"), 0), -5);
    assert_int_equal(json_int(json_get(node, "r"), 0), 2);
    assert_true(json_real(json_get(node, "i"), 0) == -5);
    assert_true(json_bool(json_get(node, "b"), false));
    assert_int_equal(json_get_type(json_get(node, "n")), JSON_NULL);
    assert_int_equal(json_count(json_get(node, "a")), 2);
    assert_true(text_equal(json_text(json_item(json_get(node, "a"), 1)), TEXT("two")));
}

static void absence_passes_through_every_accessor(void **state)
{
    (void)state;
    const struct json *node = read_ok(TEXT("{}")), *value;
    struct text key;

    assert_int_equal(json_get_type(json_get(node, "x")), JSON_ABSENT);
    assert_null(json_get(json_get(node, "x"), "y"));
    assert_null(json_item(NULL, 3));
    assert_null(json_text(NULL).ptr);
    assert_int_equal(json_int(NULL, 7), 7);
    assert_true(json_real(NULL, 7) == 7);
    assert_true(json_bool(NULL, true));
    assert_int_equal(json_count(NULL), 0);
    assert_null(json_member(NULL, NULL, &key, &value));
    assert_int_equal(json_int(read_ok(TEXT("\"5\"")), 7), 7);
}

static void members_come_in_the_documents_order(void **state)
{
    (void)state;
    assert_compact(TEXT("{\"z\":1,\"a\":{\"y\":[],\"b\":{}},\"m\":[true,false,null]}"),
                   "{\"z\":1,\"a\":{\"y\":[],\"b\":{}},\"m\":[true,false,null]}");
}

static void any_value_may_stand_at_the_top(void **state)
{
    (void)state;
    assert_compact(TEXT(" 5 "), "5");
    assert_compact(TEXT("\"x\""), "\"x\"");
    assert_compact(TEXT("null"), "null");
}

static void integers_beyond_64_bits_become_reals_and_others_do_not(void **state)
{
    (void)state;
    const struct json *node =
        read_ok(TEXT("[9223372036854775807, 9223372036854775808, -1,"
                     "\"99999999999999999999\", -99999999999999999999, 2.5]"));

    assert_true(json_int(json_item(node, 0), 0) == INT64_MAX);
    assert_int_equal(json_get_type(json_item(node, 1)), JSON_REAL);
    assert_true(json_real(json_item(node, 1), 0) == 0x1p63);
    assert_true(json_int(json_item(node, 1), -7) == -7); // does not fit
    assert_int_equal(json_get_type(json_item(node, 2)), JSON_INT);
    assert_int_equal(json_text(json_item(node, 3)).len, 20);
    assert_true(json_real(json_item(node, 4), 0) == -1e20);
}

static void malformed_documents_are_refused_with_a_position(void **state)
{
    (void)state;
    assert_refused(TEXT(""), E_BAD_JSON, 1, 0);
    assert_refused(TEXT_NONE, E_BAD_JSON, 1, 0);
    assert_refused(TEXT("{\n  \"a\": }"), E_BAD_JSON, 2, 0);
    assert_refused(TEXT("{\"a\":1,\"a\":2}"), E_BAD_JSON, 1, 0);
    assert_refused(TEXT("[1] x"), E_BAD_JSON, 1, 0);
    assert_refused(TEXT("[1,]"), E_BAD_JSON, 1, 0);
    assert_refused(TEXT("[01]"), E_BAD_JSON, 1, 0);
    assert_refused(TEXT("[\"\\ud800\"]"), E_BAD_JSON, 1, 0);
    assert_refused(TEXT("[1e999]"), E_BAD_JSON, 1, 0);
    assert_refused(TEXT("[99999999999999999999,\n x]"), E_BAD_JSON, 2, 0);
    assert_refused(TEXT("\"abc"), E_BAD_JSON, 1, 0);
    assert_refused(TEXT("\"abc\\"), E_BAD_JSON, 1, 0);
    assert_refused(TEXT("[\"\xff\"]"), E_BAD_UTF8, 1, 0);
    assert_refused(TEXT("\xc3"), E_BAD_UTF8, 1, 0);
}

static void nesting_goes_to_the_limit_and_no_further(void **state)
{
    (void)state;
    struct buf deep CLEANUP(buf_done) = {0};
    struct buf out CLEANUP(buf_done) = {0};

    for (int i = 0; i < LIMIT_JSON_DEPTH; i++) {
        buf_char(&deep, '[');
    }
    for (int i = 0; i < LIMIT_JSON_DEPTH; i++) {
        buf_char(&deep, ']');
    }
    json_append(&out, read_ok(buf_get(&deep)));
    assert_string_equal(out.ptr, deep.ptr);
    buf_reset(&deep);
    buf_char(&deep, '\n');
    for (int i = 0; i < 100000; i++) {
        buf_cstr(&deep, "[");
    }
    assert_refused(buf_get(&deep), E_LIMIT, 2, LIMIT_JSON_DEPTH + 1);
    assert_non_null(read_ok(TEXT("\"[[[[ \\\" [[[[\"")));
}

static void a_tree_over_the_arenas_budget_is_refused(void **state)
{
    (void)state;
    struct arena small;
    struct error err = {0};

    arena_init(&small, 200);
    assert_null(json_read(&small, TEXT("[1,2,3,4,5,6,7,8,9]"), &err));
    assert_int_equal(err.code, E_ARENA_BUDGET);
    assert_non_null(json_read(&small, TEXT("[1]"), &err));
    arena_done(&small);
}

static void strings_keep_every_character(void **state)
{
    (void)state;
    assert_compact(TEXT("\"\\u0000\\u001f\\n\\t\\r\\\"\\\\\\/\\u20ac\\ud83d\\ude00\""),
                   "\"\\u0000\\u001f\\n\\t\\r\\\"\\\\/\xe2\x82\xac\xf0\x9f\x98\x80\"");
    assert_int_equal(json_text(read_ok(TEXT("\"a\\u0000b\""))).len, 3);
}

static void bytes_that_are_not_utf8_are_replaced_on_writing(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = {0};
    struct json_writer writer;

    json_write_init(&writer, &out);
    json_write_text(&writer, TEXT("a\xff\xc3(\xed\xa0\x80z"));
    assert_string_equal(out.ptr,
                        "\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}

static void reals_are_the_shortest_that_read_back(void **state)
{
    (void)state;
    assert_real(0.1, "0.1");
    assert_real(0.1 + 0.2, "0.30000000000000004");
    assert_real(1.0, "1.0");
    assert_real(-0.0, "-0.0");
    assert_real(1e22, "1e+22");
    assert_real(1.0 / 3, "0.3333333333333333");
    assert_real(5e-324, "5e-324");
    assert_real(DBL_MIN, "2.2250738585072014e-308");
    assert_real(DBL_MAX, "1.7976931348623157e+308");
    assert_real(INFINITY, "null");
    assert_real(NAN, "null");
}

static void the_writer_keeps_commas_and_nesting(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = {0};
    struct json_writer w;

    json_write_init(&w, &out);
    json_write_object(&w);
    json_put_cstr(&w, "a", "x");
    json_put_text(&w, "b", TEXT_NONE);
    json_put_int(&w, "c", INT64_MIN);
    json_put_bool(&w, "d", true);
    json_put_time(&w, "e", 1795159862123);
    json_put_time(&w, "f", 0);
    json_put_raw(&w, "g", TEXT("[1, 2]"));
    json_put_raw(&w, "h", TEXT_NONE);
    json_write_key(&w, "i");
    json_write_array(&w);
    json_write_array(&w);
    json_write_array_end(&w);
    json_write_object(&w);
    json_write_object_end(&w);
    json_write_array_end(&w);
    json_write_object_end(&w);
    assert_string_equal(out.ptr, "{\"a\":\"x\",\"b\":null,\"c\":-9223372036854775808,\"d\":true,"
                                 "\"e\":\"2026-11-20T07:31:02.123Z\",\"f\":null,\"g\":[1, 2],"
                                 "\"h\":null,\"i\":[[],{}]}");
}

static void pretty_indents_and_keeps_strings(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = {0};

    json_pretty(&out, TEXT("{\"a\":[1,{ }, [ ]],\"b\":\"x, {y} \\\" :\"}"));
    assert_string_equal(out.ptr, "{\n  \"a\": [\n    1,\n    {},\n    []\n  ],\n"
                                 "  \"b\": \"x, {y} \\\" :\"\n}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accessors_answer_by_type),
        cmocka_unit_test(absence_passes_through_every_accessor),
        cmocka_unit_test(members_come_in_the_documents_order),
        cmocka_unit_test(any_value_may_stand_at_the_top),
        cmocka_unit_test(integers_beyond_64_bits_become_reals_and_others_do_not),
        cmocka_unit_test(malformed_documents_are_refused_with_a_position),
        cmocka_unit_test(nesting_goes_to_the_limit_and_no_further),
        cmocka_unit_test(a_tree_over_the_arenas_budget_is_refused),
        cmocka_unit_test(strings_keep_every_character),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced_on_writing),
        cmocka_unit_test(reals_are_the_shortest_that_read_back),
        cmocka_unit_test(the_writer_keeps_commas_and_nesting),
        cmocka_unit_test(pretty_indents_and_keeps_strings),
    };

    arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    arena_done(&arena);
    return failed;
}
