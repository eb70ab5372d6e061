#include "base/crypto.h"
#include "executor/run_input.h"
#include "flow/codec.h"
#include "flow/quote.h"
#include "flow/reader.h"
#include "flow/value.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

/* Inputs that bodies hand to other runs: what arrives in (flow/input) there. */

#define FLOW(keys)                                                                            \
    "{:slug :child :name \"c\" :concurrency {:type :keyed :key-field [:order :id] "           \
    ":on-new-version :coexist} :interfaces {:manual [{:id :run :invocation :default}]} " keys \
    " :flow '1}"

static struct arena arena;
static struct heap heap;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    heap_init(&heap, 1 << 24);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    heap_done(&heap);
    arena_done(&arena);
    return 0;
}

static struct value read_value(const char *source)
{
    struct reader reader;
    struct form *form;
    struct error err = {0};

    assert_true(reader_init(&reader, &arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    return quote_form(&heap, form);
}

/* As the run's body sees it. */
static void assert_arrives(struct text encoded, const char *expected)
{
    struct value value;
    struct buf text = {0};
    struct error err = {0};

    assert_true(codec_decode_input(&heap, encoded, &value, &err));
    value_print(value, &text);
    assert_string_equal(text.ptr, expected);
    buf_done(&text);
}

static void check_encoded(const char *source, const char *expected)
{
    struct buf bytes = {0};
    struct error err = {0};

    assert_true(run_input_encode(&heap, read_value(source), &bytes, &err));
    assert_arrives(buf_get(&bytes), expected);
    buf_done(&bytes);
}

static bool check(const char *keys, const char *source, struct run_input *out, struct error *err)
{
    struct diagnostics diagnostics;

    diagnostic_init(&diagnostics, &arena);
    const struct definition *definition = definition_read(&arena, text_from(keys), &diagnostics);

    assert_non_null(definition);
    return run_input_check(&heap, definition, read_value(source), &arena, out, err);
}

static void keys_are_strings_and_values_keep_their_types(void **state)
{
    (void)state;
    check_encoded("{:a :k \"b\" #inst \"2020-01-01T00:00:00Z\" :n/c {:d #{1/2}}}",
                  "{\"b\" #inst \"2020-01-01T00:00:00.000-00:00\", \"a\" :k, "
                  "\"n/c\" {\"d\" #{1/2}}}");
    check_encoded("nil", "{}");
}

static void a_keyword_is_newer_than_the_string_of_its_name(void **state)
{
    (void)state;
    check_encoded("{:n 2 \"n\" 1}", "{\"n\" 2}");
    check_encoded("{\"n\" 1 :n 2}", "{\"n\" 2}");
}

static void the_context_of_the_other_run_does_not_go_along(void **state)
{
    (void)state;
    check_encoded("{:flow/ctx {:version 1} :a 1}", "{\"a\" 1}");
}

static void what_is_no_map_or_too_large_is_refused(void **state)
{
    struct buf large = {0};
    struct buf bytes = {0};
    struct error err = {0};
    (void)state;

    assert_false(run_input_encode(&heap, read_value("[1]"), &bytes, &err));
    assert_int_equal(err.code, E_INPUT);
    buf_cstr(&large, "{:a \"");
    for (int i = 0; i < 600000; i++) {
        buf_char(&large, 'x');
    }
    buf_cstr(&large, "\"}");
    assert_false(run_input_encode(&heap, read_value(buf_get(&large).ptr), &bytes, &err));
    assert_int_equal(err.code, E_TOO_LARGE);
    buf_done(&large);
    buf_done(&bytes);
}

static void declared_inputs_are_coerced_the_others_go_through(void **state)
{
    const char *flow = FLOW(":invocations {:default {:inputs [{:name :n :type :number} "
                            "{:name :unit :type :text :default \"kg\"}]}}");
    struct run_input input = {0};
    struct error err = {0};
    (void)state;

    assert_true(check(flow, "{:n \"12\" :order {:id :x} :kind :new}", &input, &err));
    assert_arrives(input.encoded,
                   "{\"n\" 12, \"order\" {\"id\" :x}, \"kind\" :new, \"unit\" \"kg\"}");
    assert_memory_equal(input.invocation.ptr, "default", 8);
    assert_memory_equal(input.key.ptr, "x", 1);
    assert_false(check(flow, "{:n \"twelve\" :order {:id 1}}", &input, &err));
    assert_int_equal(err.code, E_INPUT);
}

static void an_input_without_the_concurrency_key_is_refused(void **state)
{
    const char *flow = FLOW(":invocations {:default {:inputs []}}");
    struct run_input input = {0};
    struct error err = {0};
    (void)state;

    assert_false(check(flow, "{:order {}}", &input, &err));
    assert_int_equal(err.code, E_MISSING_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_strings_and_values_keep_their_types, start, stop),
        cmocka_unit_test_setup_teardown(a_keyword_is_newer_than_the_string_of_its_name, start,
                                        stop),
        cmocka_unit_test_setup_teardown(the_context_of_the_other_run_does_not_go_along, start,
                                        stop),
        cmocka_unit_test_setup_teardown(what_is_no_map_or_too_large_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(declared_inputs_are_coerced_the_others_go_through, start,
                                        stop),
        cmocka_unit_test_setup_teardown(an_input_without_the_concurrency_key_is_refused, start,
                                        stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
