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

/* The value is refused, and the message is that. */
static void assert_told(const char *inputs, const char *given, const char *message,
                        const char *hint)
{
    struct error err = {0};
    char out[400];

    assert_false(coerce(inputs, given, out, &err));
    assert_int_equal(err.code, E_INPUT);
    assert_string_equal(err.message, message);
    assert_string_equal(err.hint, hint);
}

static void a_value_out_of_its_bounds_is_refused_by_name(void **state)
{
    const char *number = "{:name :n :type :number :min 1 :max 2.5}";
    const char *text = "{:name :t :min 2 :max 3}";

    (void)state;
    assert_coerced(number, "{\"n\":\"1\"}", "{\"n\":1}");
    assert_coerced(number, "{\"n\":2.5}", "{\"n\":2.5}");
    assert_told(number, "{\"n\":\"0\"}", "the input n is 0, and its :min is 1", "Send 1 to 2.5.");
    assert_told(number, "{\"n\":3}", "the input n is 3, and its :max is 2.5", "Send 1 to 2.5.");
    assert_coerced(text, "{\"t\":\"\303\244\303\244\303\244\"}",
                   "{\"t\":\"\303\244\303\244\303\244\"}");
    assert_told(text, "{\"t\":\"abcd\"}", "the input t has 4 characters, and its :max is 3",
                "Send 2 to 3 characters.");
    assert_told("{:name :p :type :password :min 8}", "{\"p\":\"x\"}",
                "the input p has 1 character, and its :min is 8", "Send at least 8 characters.");
    assert_told("{:name :n :type :number :multiple true :max 2}", "{\"n\":[1,3]}",
                "the input n is 3, and its :max is 2", "Send at most 2.");
    assert_coerced("{:name :n :type :number :min 9007199254740993}", "{\"n\":9007199254740993}",
                   "{\"n\":9007199254740993}");
    assert_told("{:name :n :type :number :min 9007199254740993}", "{\"n\":9007199254740992}",
                "the input n is 9007199254740992, and its :min is 9007199254740993",
                "Send at least 9007199254740993.");
}

static void dates_and_times_are_compared_as_such(void **state)
{
    (void)state;
    assert_coerced("{:name :d :type :date :min \"2026-02-01\"}", "{\"d\":\"2026-02-01\"}",
                   "{\"d\":\"2026-02-01\"}");
    assert_told("{:name :d :type :date :min \"2026-02-01\"}", "{\"d\":\"2026-01-31\"}",
                "the input d is 2026-01-31, and its :min is 2026-02-01",
                "Send at least 2026-02-01.");
    assert_coerced("{:name :t :type :time :max \"17:00\"}", "{\"t\":\"17:00:00\"}",
                   "{\"t\":\"17:00:00\"}");
    assert_refused("{:name :t :type :time :max \"17:00\"}", "{\"t\":\"17:00:01\"}", E_INPUT, "t");
    // eleven o'clock in Oslo is before eleven in London
    assert_refused("{:name :w :type :datetime :min \"2026-06-01T11:00:00Z\"}",
                   "{\"w\":\"2026-06-01T11:00:00+02:00\"}", E_INPUT, "w");
}

static void a_file_is_of_a_type_that_is_accepted(void **state)
{
    const char *input = "{:name :f :type :file :accept \"image/*, .pdf\"}";
    const char *csv = "{:name :f :type :resource :accept [\".csv\"]}";

    (void)state;
    assert_coerced(input, "{\"f\":\"scans/a.PNG\"}", "{\"f\":\"scans/a.PNG\"}");
    assert_coerced(input, "{\"f\":\"https://x.example/a.pdf?page=1\"}",
                   "{\"f\":\"https://x.example/a.pdf?page=1\"}");
    assert_coerced(input, "{\"f\":{\"content-type\":\"Image/PNG; q=1\"}}",
                   "{\"f\":{\"content-type\":\"Image/PNG; q=1\"}}");
    assert_coerced(input, "{\"f\":{\"contentType\":\"application/pdf\"}}",
                   "{\"f\":{\"contentType\":\"application/pdf\"}}");
    assert_told(input, "{\"f\":{\"filename\":\"a.txt\"}}",
                "the input f is of the type text/plain, which its :accept does not take",
                "Send one of image/*, .pdf.");
    assert_told(input, "{\"f\":{\"content-type\":\"text/html\",\"filename\":\"a.png\"}}",
                "the input f is of the type text/html, which its :accept does not take",
                "Send one of image/*, .pdf.");
    assert_coerced(csv, "{\"f\":{\"content-type\":\"text/csv\"}}",
                   "{\"f\":{\"content-type\":\"text/csv\"}}");
    assert_told(csv, "{\"f\":\"a.unheard\"}",
                "the input f is of the type .unheard, which its :accept does not take",
                "Send one of [\".csv\"].");
}

static void a_reference_without_a_type_is_taken_only_where_all_types_are(void **state)
{
    const char *reference = "{\"f\":\"res://v1/ws/ws-1/file/7\"}";

    (void)state;
    assert_coerced("{:name :f :type :blob-ref}", reference, reference);
    assert_coerced("{:name :f :type :file :accept \"image/png,*/*\"}", reference, reference);
    assert_told("{:name :f :type :resource :accept \"image/*, .pdf\"}", reference,
                "the input f does not say of which type it is",
                "Its :accept takes image/*, .pdf. Send a map that has the reference and its "
                "\"content-type\" or \"filename\".");
    assert_refused("{:name :f :type :blob-ref :accept \".csv\"}", "{\"f\":{\"ref\":\"res://a\"}}",
                   E_INPUT, "f");
    assert_coerced("{:name :f :type :blob-ref :accept \".csv\"}",
                   "{\"f\":{\"ref\":\"res://a\",\"content-type\":\"text/csv\"}}",
                   "{\"f\":{\"ref\":\"res://a\",\"content-type\":\"text/csv\"}}");
}

static void a_default_arrives_as_if_it_had_been_sent(void **state)
{
    (void)state;
    assert_coerced("{:name :n :type :number :multiple true :default 3}", "{}", "{\"n\":[3]}");
    assert_coerced("{:name :t :type :text :default 3}", "{}", "{\"t\":\"3\"}");
    assert_coerced("{:name :t :type :text :default :north}", "{}", "{\"t\":\"north\"}");
    assert_coerced("{:name :t :default nil}", "{}", "{\"t\":null}");
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
        cmocka_unit_test(a_value_out_of_its_bounds_is_refused_by_name),
        cmocka_unit_test(dates_and_times_are_compared_as_such),
        cmocka_unit_test(a_file_is_of_a_type_that_is_accepted),
        cmocka_unit_test(a_reference_without_a_type_is_taken_only_where_all_types_are),
        cmocka_unit_test(a_default_arrives_as_if_it_had_been_sent),
        cmocka_unit_test(a_selection_is_one_of_its_options),
        cmocka_unit_test(every_type_of_input_has_its_values),
        cmocka_unit_test(what_no_input_names_goes_through),
        cmocka_unit_test(an_unknown_invocation_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
