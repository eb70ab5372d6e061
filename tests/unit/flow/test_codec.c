#include "flow/callable.h"
#include "flow/codec.h"
#include "flow/java_period.h"
#include "flow/java_zone.h"
#include "flow/keyword.h"
#include "flow/lazy.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/sorted.h"
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

static struct value through(struct value value)
{
    struct buf bytes = {0};
    struct buf again = {0};
    struct error err = {0};
    struct value decoded;

    if (!codec_encode(value, &bytes, &err)) fail_msg("%s", err.message);
    if (!codec_decode(&heap, buf_get(&bytes), &decoded, &err)) fail_msg("%s", err.message);
    assert_true(codec_encode(decoded, &again, &err));
    assert_true(text_equal(buf_get(&bytes), buf_get(&again)));
    buf_done(&bytes);
    buf_done(&again);
    return decoded;
}

static void instants_durations_and_units_of_java_survive(void **state)
{
    const struct value values[] = {
        java_value_new(&heap, JAVA_INSTANT, 1577836800, 123456789),
        java_value_new(&heap, JAVA_INSTANT, -31557014167219200, 0),
        java_value_new(&heap, JAVA_DURATION, INT64_MIN, 999999999),
        java_value_new(&heap, JAVA_DURATION, INT64_MAX, 1),
        java_value_new(&heap, JAVA_UNIT, JAVA_TIME_FOREVER, 0),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        assert_true(value_equal(through(values[i]), values[i]));
    }
}

static void dates_times_and_zones_of_java_survive(void **state)
{
    const struct value oslo = java_zone_region(&heap, TEXT("Europe/Oslo"));
    const struct java_moment zoned = {.kind = JAVA_ZONED_DATE_TIME,
                                      .seconds = 1774751400,
                                      .nanos = 5,
                                      .offset_s = 7200,
                                      .zone = oslo};
    struct java_moment offset = zoned;
    struct value values[32] = {oslo, java_moment_value(&heap, &zoned),
                               java_zone_offset(&heap, -64800)};
    size_t count = 3;

    (void)state;
    offset.zone = java_zone_offset(&heap, 7200);
    values[count++] = java_moment_value(&heap, &offset);
    offset.zone = value_nil();
    offset.kind = JAVA_OFFSET_DATE_TIME;
    values[count++] = java_moment_value(&heap, &offset);
    for (enum java_kind kind = JAVA_LOCAL_DATE; kind <= JAVA_WEEKDAY; kind++) {
        struct java_moment made;

        if (kind == JAVA_ZONED_DATE_TIME) continue;
        assert_true(java_moment_convert(&zoned, kind, &made, NULL));
        values[count++] = java_moment_value(&heap, &made);
    }
    values[count++] = java_period_value(&heap, (struct java_period){-1, INT32_MAX, INT32_MIN});
    values[count++] = java_value_new(&heap, JAVA_FIELD, JAVA_FIELD_ERA, 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(value_equal(through(values[i]), values[i]));
    }
}

static void damaged_dates_of_java_are_refused(void **state)
{
    static const struct text sources[] = {
        TEXT("\x01\x1b\x06\x02\x00\x00\x00"),         // a date that is not midnight
        TEXT("\x01\x1b\x06\x00\x02\x00\x00"),         // a date with a nanosecond
        TEXT("\x01\x1b\x07\x01\x00\x00\x00"),         // a time before midnight
        TEXT("\x01\x1b\x08\x00\x00\x02\x00"),         // a local time with an offset
        TEXT("\x01\x1b\x0a\x00\x00\x00\x00"),         // a zoned time without a zone
        TEXT("\x01\x1b\x0a\x00\x00\x00\x02../"),      // a zone that is no name
        TEXT("\x01\x1b\x0b\x02\x00\x00\x00"),         // a year that is not its first day
        TEXT("\x01\x1b\x0f\xc2\xf4\x07\x00\x00\x00"), // an offset over 18 hours
        TEXT("\x01\x1b\x10\x00\x00\x00\x00"),         // a region without a name
        TEXT("\x01\x1b\x12\x7e\x00\x00\x00"),         // no field has that number
        TEXT("\x01\x1b\x02\x00\x00\x00\x00"),         // a formatter
        TEXT("\x01\x1b\x05\x00\x00\x00\x00"),         // a unit, which has a tag of its own
        TEXT("\x01\x1b\x7f\x00\x00\x00\x00"),         // no kind has that number
        TEXT("\x01\x1b\x06\x00\x00\x00"),             // cut short
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        struct error err = {0};
        struct value value;

        assert_false(codec_decode(&heap, sources[i], &value, &err));
        assert_int_equal(err.code, E_INTERNAL);
    }
}

/* Tags, as codec_format.h has them, and what no encoder writes behind them. */
static void damaged_values_of_java_are_refused(void **state)
{
    static const char *const sources[] = {
        "\x01\x18\x00",                                         // an instant without nanoseconds
        "\x01\x18\x00\x80\x94\xeb\xdc\x03",                     // 1,000,000,000 of them
        "\x01\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", // out of the range of instants
        "\x01\x1a\x10",                                         // no unit has that number
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        // zeros within: the length is that of the literal, which ends with the last byte
        size_t len = i == 0 ? 3 : strlen(sources[i] + 3) + 3;
        struct error err = {0};
        struct value value;

        assert_false(codec_decode(&heap, (struct text){sources[i], len}, &value, &err));
        assert_int_equal(err.code, E_INTERNAL);
    }
}

static void every_kind_of_value_survives(void **state)
{
    static const char *const sources[] = {
        "nil",
        "true",
        "false",
        "0",
        "63",
        "64",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "1.5",
        "-0.0",
        "##Inf",
        "##-Inf",
        "\\a",
        "\\newline",
        "12N",
        "-123456789012345678901234567890N",
        "0N",
        "1/3",
        "-22/7",
        "1.50M",
        "-1E+10M",
        "0.00M",
        "\"\"",
        "\"hello\"",
        "\"Grüße\"",
        "\"Привет 🎉\"",
        ":a",
        ":a/b",
        ":привет",
        "sym",
        "a/sym",
        "()",
        "(1 2 3)",
        "[]",
        "[1 [2 [3]]]",
        "{}",
        "{:a 1, :b {:c 2}}",
        "#{}",
        "#{:a}",
        "{:a 1, :b 2, :c 3, :d 4, :e 5, :f 6, :g 7, :h 8}",
        "{\"a\" [:a \"a\" :a], :a \"a\"}",
        "[{:id 1, :name \"x\"} {:id 2, :name \"y\"}]",
        "{\"id\" 1, \"x\" {\"id\" 2}}",
        "#weir/bytes \"AAEC/w==\"",
        "#inst \"2020-01-01T10:00:00.123-00:00\"",
        "#inst \"1900-01-01T10:00:00.123-00:00\"",
        "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
        "#foo/bar {:a [1]}",
        "{nil nil, [1] {[2] 3}}",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        struct value value = value_of(&heap, sources[i]);
        struct value back = through(value);

        assert_prints(back, sources[i]);
        assert_same(back, value);
    }
}

static void long_texts_and_large_collections_survive(void **state)
{
    struct value items[3000];
    char text[5000];
    (void)state;

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    struct value string = string_from_cstr(&heap, text);

    assert_same(through(string), string);
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "key-%d", i);
        items[2 * i] = keyword_from_cstr(&heap, text);
        items[2 * i + 1] = value_int(i - 500);
    }
    struct value map = pmap_new(&heap, items, 1000);
    struct value back = through(map);
    struct buf a = {0};
    struct buf b = {0};

    assert_same(back, map);
    value_print(map, &a);
    value_print(back, &b);
    assert_string_equal(a.ptr, b.ptr); // the same order
    buf_done(&a);
    buf_done(&b);
    struct value vector = pvec_new(&heap, items, 2000);

    assert_same(through(vector), vector);
}

static void the_body_sees_plain_data(void **state)
{
    struct error err = {0};
    struct value sorted = sorted_map_new(&heap, value_nil());
    struct value meta = value_of(&heap, "^{:m 1} [1]");
    (void)state;

    for (int i = 0; i < 12; i++) {
        assert_true(sorted_put(&heap, sorted, value_int(i), value_nil(), NULL, &sorted, &err));
    }
    assert_int_equal(through(sorted).type, VALUE_MAP);
    assert_int_equal(through(seq_range(&heap, 0, 1, 3)).type, VALUE_LIST);
    assert_prints(through(seq_range(&heap, 0, 1, 3)), "(0 1 2)");
    assert_false(value_is_nil(object_get_meta(meta)));
    assert_true(value_is_nil(object_get_meta(through(meta))));
    assert_prints(through(seq_reverse(&heap, value_of(&heap, "[1 2]"))), "(2 1)");

    struct value entries;

    assert_int_equal(seq_of(&heap, value_of(&heap, "{:a 1}"), &entries, &err), SEQ_OK);
    assert_prints(through(entries), "([:a 1])");
}

static void what_cannot_be_stored_is_named_with_its_path(void **state)
{
    struct buf out = {0};
    struct error err = {0};
    struct value native = callable_native(&heap, NULL);
    struct value bad = pvec_new(&heap, (struct value[]){value_int(1), native}, 2);
    struct value map = pmap_put_named(&heap, pmap_empty(), "items", bad);
    uint16_t half = 0xD83C;
    (void)state;

    assert_false(codec_encode(map, &out, &err));
    assert_int_equal(err.code, E_INPUT);
    assert_string_equal(err.message, "a function cannot be stored: at :items 1");
    assert_int_equal(out.len, 0);

    assert_false(codec_encode(string_from_units(&heap, &half, 1), &out, &err));
    assert_string_equal(err.message, "half of a surrogate pair cannot be stored");
    assert_false(codec_encode(lazy_new(&heap, native), &out, &err));
    assert_false(codec_encode(value_of(&heap, "[#\"a\"]"), &out, &err));
    assert_string_equal(err.message, "a regex cannot be stored: at 0");
    buf_done(&out);
}

static void a_limit_is_an_error_and_leaves_nothing(void **state)
{
    struct buf out = {.limit = 100};
    struct error err = {0};
    (void)state;

    assert_false(codec_encode(seq_range(&heap, 1000, 1, 1000000000), &out, &err));
    assert_int_equal(err.code, E_TOO_LARGE);
    assert_int_equal(out.len, 0);
    buf_done(&out);
}

static void damaged_bytes_are_refused_wherever_they_are_cut(void **state)
{
    struct value value = value_of(
        &heap, "{:a [1 -70 1.5 \"text\" 12N 1/3 1.5M :b/c sym \\x] \"k\" #{1 2} :t #foo (1 2) "
               ":u #uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\" :i #inst \"2020\" "
               ":y #weir/bytes \"AAEC\" :a2 {:a 1 :b 2 :c 3 :d 4 :e 5 :f 6 :g 7 :h 8 :i 9}}");
    struct buf bytes = {0};
    struct error err = {0};
    struct value out;
    (void)state;

    assert_true(codec_encode(value, &bytes, &err));
    for (size_t len = 0; len < bytes.len; len++) {
        assert_false(codec_decode(&heap, (struct text){bytes.ptr, len}, &out, &err));
        assert_int_equal(err.code, E_INTERNAL);
    }
    // any byte changed: an error or another value, never a crash
    for (size_t at = 0; at < bytes.len; at++) {
        for (int byte = 0; byte < 256; byte++) {
            char kept = bytes.ptr[at];

            bytes.ptr[at] = (char)byte;
            if (codec_decode(&heap, buf_get(&bytes), &out, &err)) (void)value_hash(out);
            bytes.ptr[at] = kept;
        }
        if (at % 16 == 0) {
            heap_done(&heap);
            heap_init(&heap, 0);
        }
    }
    buf_char(&bytes, 0);
    assert_false(codec_decode(&heap, buf_get(&bytes), &out, &err)); // something behind it
    buf_done(&bytes);
}

static void depth_costs_no_c_stack(void **state)
{
    struct value value = value_int(1);
    (void)state;

    for (int i = 0; i < 200000; i++) {
        value = pvec_new(&heap, &value, 1);
    }
    assert_true(value_equal(through(value), value));
}

static void a_decode_stays_in_the_budget(void **state)
{
    struct value items[1000];
    struct buf bytes = {0};
    struct error err = {0};
    struct heap small;
    struct value out;
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(items); i++) {
        items[i] = value_of(&heap, "[1 2 3]");
    }
    assert_true(codec_encode(pvec_new(&heap, items, ARRAY_COUNT(items)), &bytes, &err));
    heap_init(&small, 20000);
    assert_false(codec_decode(&small, buf_get(&bytes), &out, &err));
    assert_int_equal(err.code, E_MEMORY);
    heap_done(&small);
    buf_done(&bytes);
}

static struct value input_of(const char *json)
{
    struct buf bytes = {0};
    struct error err = {0};
    struct value value;

    assert_true(codec_from_json(text_from(json), false, &bytes, &err));
    assert_true(codec_decode_input(&heap, buf_get(&bytes), &value, &err));
    buf_done(&bytes);
    return value;
}

static void an_input_answers_keywords_and_names(void **state)
{
    struct value input = input_of("{\"order-id\":7,\"flow/ctx\":{\"a\":{\"b\":1}},\"n\":null}");
    struct value inner;
    (void)state;

    assert_prints(input, "{\"order-id\" 7, \"flow/ctx\" {\"a\" {\"b\" 1}}, \"n\" nil}");
    assert_prints(pmap_get(input, value_of(&heap, ":order-id"), value_nil()), "7");
    assert_prints(pmap_get(input, value_of(&heap, "\"order-id\""), value_nil()), "7");
    inner = pmap_get(input, value_of(&heap, ":flow/ctx"), value_nil());
    inner = pmap_get(inner, value_of(&heap, ":a"), value_nil());
    assert_prints(pmap_get(inner, value_of(&heap, ":b"), value_nil()), "1");
    assert_true(pmap_contains(input, value_of(&heap, ":n")));
    assert_false(pmap_contains(input, value_of(&heap, ":missing")));
    // stored again, it is still one
    assert_prints(pmap_get(through(input), value_of(&heap, ":order-id"), value_nil()), "7");
}

static void an_inputs_keyword_keys_become_strings(void **state)
{
    struct buf bytes = {0};
    struct error err = {0};
    struct value input;
    (void)state;

    assert_true(codec_encode(value_of(&heap, "{:activation {:a/b :c}}"), &bytes, &err));
    assert_true(codec_decode_input(&heap, buf_get(&bytes), &input, &err));
    assert_prints(input, "{\"activation\" {\"a/b\" :c}}");
    assert_prints(pmap_get(input, value_of(&heap, ":activation"), value_nil()), "{\"a/b\" :c}");
    buf_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_value_survives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(instants_durations_and_units_of_java_survive, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(damaged_values_of_java_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dates_times_and_zones_of_java_survive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_dates_of_java_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_texts_and_large_collections_survive, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_body_sees_plain_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_stored_is_named_with_its_path, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_limit_is_an_error_and_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_bytes_are_refused_wherever_they_are_cut, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(depth_costs_no_c_stack, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_decode_stays_in_the_budget, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_input_answers_keywords_and_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_inputs_keyword_keys_become_strings, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
