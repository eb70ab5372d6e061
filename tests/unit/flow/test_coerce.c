/* Inputs at the door. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "flow/coerce.h"

#include <stdio.h>
#include <string.h>

/* A flow with these inputs, schedules and more. */
static const struct definition *read_flow(struct arena *arena, const char *parts)
{
    struct diagnostics diagnostics;
    struct text source = arena_printf(
        arena,
        "{:slug :a :name \"A\" :concurrency {:type :singleton :on-new-version :coexist} "
        "%s :flow '(flow/input)}",
        parts);

    diagnostic_init(&diagnostics, arena);
    const struct definition *definition = definition_read(arena, source, &diagnostics);

    assert_non_null(definition);
    return definition;
}

static bool coerce(const char *inputs, const char *given, char out[400], struct error *err)
{
    struct arena arena;
    struct buf json = {0};
    const struct definition_invocation *invocation;

    arena_init(&arena, 0);
    const struct definition *definition = read_flow(
        &arena, arena_printf(&arena, ":invocations {:default {:inputs [%s]}}", inputs).ptr);
    const struct json *node = json_read(&arena, text_from(given), err);

    assert_non_null(node);
    assert_true(coerce_invocation(definition, TEXT_NONE, &invocation, err));
    assert_non_null(invocation);
    bool ok = coerce_input(invocation, node, &json, err);

    if (ok) memcpy(out, json.ptr, json.len + 1);
    buf_done(&json);
    arena_done(&arena);
    return ok;
}

static void assert_coerced(const char *inputs, const char *given, const char *expected)
{
    struct error err = {0};
    char out[400];

    if (!coerce(inputs, given, out, &err)) fail_msg("%s: %s", given, err.message);
    assert_string_equal(out, expected);
}

static void assert_refused(const char *inputs, const char *given, enum error_code code,
                           const char *name)
{
    struct error err = {0};
    char out[400];

    assert_false(coerce(inputs, given, out, &err));
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.message, name));
}

static void text_becomes_what_the_type_says(void **state)
{
    (void)state;
    assert_coerced("{:name :n :type :number}", "{\"n\":\"7\"}", "{\"n\":7}");
    assert_coerced("{:name :n :type :number}", "{\"n\":\" 1.5 \"}", "{\"n\":1.5}");
    assert_coerced("{:name :b :type :boolean}", "{\"b\":\"on\"}", "{\"b\":true}");
    assert_coerced("{:name :b :type :checkbox}", "{\"b\":0}", "{\"b\":false}");
    assert_coerced("{:name :t :type :text}", "{\"t\":5}", "{\"t\":\"5\"}");
    assert_coerced("{:name :j :type :json}", "{\"j\":\"{\\\"a\\\":[1]}\"}", "{\"j\":{\"a\":[1]}}");
    assert_coerced("{:name :d :type :date}", "{\"d\":\"2026-02-28\"}", "{\"d\":\"2026-02-28\"}");
}

static void what_is_of_another_kind_is_refused_by_name(void **state)
{
    (void)state;
    assert_refused("{:name :count :type :number}", "{\"count\":\"seven\"}", E_INPUT, "count");
    assert_refused("{:name :count :type :number}", "{\"count\":true}", E_INPUT, "count");
    assert_refused("{:name :b :type :boolean}", "{\"b\":\"maybe\"}", E_INPUT, "b");
    assert_refused("{:name :t :type :text}", "{\"t\":{}}", E_INPUT, "t");
    assert_refused("{:name :d :type :date}", "{\"d\":\"2026-02-30\"}", E_INPUT, "d");
    assert_refused("{:name :d :type :time}", "{\"d\":\"24:00\"}", E_INPUT, "d");
    assert_refused("{:name :m :type :email}", "{\"m\":\"a@b@c\"}", E_INPUT, "m");
}

static void a_missing_input_has_its_default_or_is_refused(void **state)
{
    (void)state;
    assert_refused("{:name :n :type :number :required true}", "{}", E_MISSING_FIELD, "n");
    assert_refused("{:name :n :type :text :required true}", "{\"n\":\"\"}", E_MISSING_FIELD, "n");
    assert_refused("{:name :n :type :text :required true}", "{\"n\":null}", E_MISSING_FIELD, "n");
    assert_coerced("{:name :n :type :number :default 3}", "{}", "{\"n\":3}");
    assert_coerced("{:name :n :type :json :default {:a [1 \"x\" :k]}}", "{}",
                   "{\"n\":{\"a\":[1,\"x\",\"k\"]}}");
    assert_coerced("{:name :n :type :number}", "{}", "{}");
}

static void several_values_are_checked_each(void **state)
{
    (void)state;
    assert_coerced("{:name :n :type :number :multiple true}", "{\"n\":[1,\"2\"]}", "{\"n\":[1,2]}");
    assert_coerced("{:name :n :type :number :multiple true}", "{\"n\":\"2\"}", "{\"n\":[2]}");
    assert_refused("{:name :n :type :number :multiple true}", "{\"n\":[1,\"x\"]}", E_INPUT, "n");
}

static void a_selection_is_one_of_its_options(void **state)
{
    const char *inputs = "{:name :s :type :select :options [:a \"b\" {:value \"c\" :label \"C\"}]}";

    (void)state;
    assert_coerced(inputs, "{\"s\":\"a\"}", "{\"s\":\"a\"}");
    assert_coerced(inputs, "{\"s\":\"b\"}", "{\"s\":\"b\"}");
    assert_coerced(inputs, "{\"s\":\"c\"}", "{\"s\":\"c\"}");
    assert_refused(inputs, "{\"s\":\"d\"}", E_INPUT, "s");
}

/* One value that fits and one that does not; NULL: there is none that does not. */
static void every_type_of_input_has_its_values(void **state)
{
    static const struct {
        const char *type, *good, *becomes, *bad;
    } cases[] = {
        {"string", "\"x\"", "\"x\"", "[1]"},
        {"text", "1.5", "\"1.5\"", "{}"},
        {"textarea", "\"a\\nb\"", "\"a\\nb\"", "{}"},
        {"number", "\"-7\"", "-7", "\"0x10\""},
        {"email", "\"a@b.example\"", "\"a@b.example\"", "\"a b@c\""},
        {"password", "\"hunter2\"", "\"hunter2\"", "[]"},
        {"boolean", "\"No\"", "false", "2"},
        {"checkbox", "\"on\"", "true", "\"checked\""},
        {"select", "\"b\"", "\"b\"", "\"c\""},
        {"date", "\"2024-02-29\"", "\"2024-02-29\"", "\"2023-02-29\""},
        {"time", "\"23:59:59\"", "\"23:59:59\"", "\"9:00\""},
        {"datetime", "\"2026-11-20T09:00\"", "\"2026-11-20T09:00\"", "\"2026-11-20\""},
        {"json", "\"[1, 2]\"", "[1,2]", NULL},
        {"file", "\"res://x\"", "\"res://x\"", "5"},
        {"blob", "{\"uri\":\"x\"}", "{\"uri\":\"x\"}", "[]"},
        {"blob-ref", "\"x\"", "\"x\"", "true"},
        {"resource", "\"x\"", "\"x\"", "1"},
        {"secret", "\"s\"", "\"s\"", "{}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char input[100], given[100], expected[100];

        snprintf(input, sizeof(input), "{:name :v :type :%s :options [\"a\" \"b\"]}",
                 cases[i].type);
        snprintf(given, sizeof(given), "{\"v\":%s}", cases[i].good);
        snprintf(expected, sizeof(expected), "{\"v\":%s}", cases[i].becomes);
        assert_coerced(input, given, expected);
        if (!cases[i].bad) continue;
        snprintf(given, sizeof(given), "{\"v\":%s}", cases[i].bad);
        assert_refused(input, given, E_INPUT, cases[i].type);
    }
}

static void what_no_input_names_goes_through(void **state)
{
    (void)state;
    assert_coerced("{:name :n :type :number}", "{\"x\":{\"y\":[null]},\"n\":1}",
                   "{\"n\":1,\"x\":{\"y\":[null]}}");
}

static void an_unknown_invocation_is_refused(void **state)
{
    struct arena arena;
    struct error err = {0};
    const struct definition_invocation *invocation;

    (void)state;
    arena_init(&arena, 0);
    const struct definition *definition = read_flow(&arena, "");

    assert_false(coerce_invocation(definition, TEXT("nope"), &invocation, &err));
    assert_true(coerce_invocation(definition, TEXT_NONE, &invocation, &err));
    assert_null(invocation);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_what_the_type_says),
        cmocka_unit_test(what_is_of_another_kind_is_refused_by_name),
        cmocka_unit_test(a_missing_input_has_its_default_or_is_refused),
        cmocka_unit_test(several_values_are_checked_each),
        cmocka_unit_test(a_selection_is_one_of_its_options),
        cmocka_unit_test(every_type_of_input_has_its_values),
        cmocka_unit_test(what_no_input_names_goes_through),
        cmocka_unit_test(an_unknown_invocation_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
