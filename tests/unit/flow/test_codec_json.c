#include "flow/callable.h"
#include "flow/codec.h"
#include "flow/pvec.h"
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

static void assert_json(struct value value, const char *expected)
{
    struct buf json = {0};
    struct error err = {0};

    if (!codec_value_to_json(value, &json, &err)) fail_msg("%s", err.message);
    assert_string_equal(json.ptr, expected);
    buf_done(&json);
}

static void values_become_json(void **state)
{
    static const struct {
        const char *source, *json;
    } cases[] = {
        {"nil", "null"},
        {"true", "true"},
        {"-12", "-12"},
        {"1.0", "1.0"},
        {"1e21", "1.0E21"},
        {"##NaN", "null"},
        {"123456789012345678901234567890N", "123456789012345678901234567890"},
        {"1.50M", "1.50"},
        {"1/2", "0.5"},
        {"\"a\\\"b\\nü🎉\"", "\"a\\\"b\\nü🎉\""},
        {":a", "\"a\""},
        {":a/b", "\"a/b\""},
        {"sym", "\"sym\""},
        {"\\x", "\"x\""},
        {"[1 (2 3) #{4}]", "[1,[2,3],[4]]"},
        {"{:a {\"b\" [nil]}, 1 2, [1] 3, nil 4}",
         "{\"a\":{\"b\":[null]},\"1\":2,\"[1]\":3,\"nil\":4}"},
        {"#inst \"2020-01-01T10:00:00.5Z\"", "\"2020-01-01T10:00:00.500Z\""},
        {"#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
         "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""},
        {"#weir/bytes \"AAEC\"", "\"AAEC\""},
        {"#foo [1]", "\"#foo [1]\""},
    };

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_json(value_of(&heap, cases[i].source), cases[i].json);
    }
}

static void json_becomes_values(void **state)
{
    const char *json = "{\"a\":[1,1.0,-2,1e3,null,true,\"x\"],\"b/c\":{\"d\":[]}}";
    struct error err = {0};
    struct value value;
    (void)state;

    assert_true(codec_value_from_json(&heap, text_from(json), true, &value, &err));
    assert_prints(value, "{:a [1 1.0 -2 1000.0 nil true \"x\"], :b/c {:d []}}");
    assert_true(codec_value_from_json(&heap, text_from(json), false, &value, &err));
    assert_prints(value, "{\"a\" [1 1.0 -2 1000.0 nil true \"x\"], \"b/c\" {\"d\" []}}");
    assert_false(codec_value_from_json(&heap, TEXT("{\"a\":"), true, &value, &err));
    assert_int_equal(err.code, E_BAD_JSON);
}

static void large_objects_have_clojures_order(void **state)
{
    struct error err = {0};
    struct value value;
    (void)state;

    assert_true(codec_value_from_json(&heap,
                                      TEXT("{\"k0\":0,\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4,"
                                           "\"k5\":5,\"k6\":6,\"k7\":7,\"k8\":8,\"k9\":9}"),
                                      true, &value, &err));
    assert_prints(value, "{:k8 8, :k5 5, :k7 7, :k9 9, :k6 6, :k0 0, :k3 3, :k4 4, :k1 1, :k2 2}");
}

static void encoded_bytes_become_json_and_back(void **state)
{
    const char *json = "{\"a\":[1,2.5,{\"b\":null}]}";
    struct buf bytes = {0};
    struct buf back = {0};
    struct error err = {0};
    (void)state;

    assert_true(codec_from_json(text_from(json), true, &bytes, &err));
    assert_true(codec_to_json(buf_get(&bytes), &back, &err));
    assert_string_equal(back.ptr, json);
    buf_reset(&back);
    assert_false(codec_to_json(TEXT("\x01\x0d"), &back, &err));
    assert_int_equal(back.len, 0);
    buf_done(&bytes);
    buf_done(&back);
}

static void a_node_is_encoded_within_the_limit(void **state)
{
    struct arena arena;
    struct error err = {0};
    struct buf bytes = {.limit = 8};
    (void)state;

    arena_init(&arena, 0);
    const struct json *node = json_read(&arena, TEXT("[\"long enough to pass the limit\"]"), &err);

    codec_from_json_node(node, true, &bytes);
    assert_true(bytes.overflow);
    buf_done(&bytes);
    arena_done(&arena);
}

static void what_has_no_json_is_an_error(void **state)
{
    struct value native = callable_native(&heap, NULL);
    struct buf json = {0};
    struct error err = {0};
    struct value deep = value_nil();
    (void)state;

    assert_false(codec_value_to_json(pvec_new(&heap, &native, 1), &json, &err));
    assert_int_equal(err.code, E_INPUT);
    for (int i = 0; i < 1000; i++) {
        deep = pvec_new(&heap, &deep, 1);
    }
    assert_false(codec_value_to_json(deep, &json, &err));
    assert_int_equal(err.code, E_INPUT);
    assert_int_equal(json.len, 0);
    buf_done(&json);
}

static void a_preview_is_short_and_still_json(void **state)
{
    struct buf bytes = {0};
    struct buf json = {0};
    struct error err = {0};
    struct value items[500];
    struct arena arena;
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(items); i++) {
        items[i] = value_of(&heap, "{:name \"a text that is not so very short 🎉🎉🎉🎉\" :n [1 2 3]}");
    }
    assert_true(codec_encode(pvec_new(&heap, items, ARRAY_COUNT(items)), &bytes, &err));
    for (size_t max_len = 1; max_len < 200; max_len++) {
        buf_reset(&json);
        codec_preview_json(buf_get(&bytes), max_len, &json);
        assert_true(json.len < max_len + 120);
        arena_init(&arena, 0);
        if (!json_read(&arena, buf_get(&json), &err)) fail_msg("%s: %s", json.ptr, err.message);
        arena_done(&arena);
    }
    buf_reset(&json);
    codec_preview_json(TEXT("garbage"), 100, &json);
    assert_string_equal(json.ptr, "null");
    buf_done(&bytes);
    buf_done(&json);
}

static void half_a_pair_becomes_a_question_mark(void **state)
{
    uint16_t half = 0xD83C;
    (void)state;

    assert_json(string_from_units(&heap, &half, 1), "\"?\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_become_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_becomes_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_objects_have_clojures_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(encoded_bytes_become_json_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_node_is_encoded_within_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_no_json_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_preview_is_short_and_still_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_pair_becomes_a_question_mark, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
