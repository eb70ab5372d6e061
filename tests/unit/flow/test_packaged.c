#include "flow/packaged.h"
#include "tests/unit/flow/statics_fixture.h"

#define HEAD                                                                                    \
    "{:slug :orders :name \"Orders\" :concurrency {:type :singleton :on-new-version :coexist} " \
    ":flow '1 :steps [{:id :crm/it "

/* rest: what follows the id. */
static struct packaged packaged_of(const char *rest)
{
    struct text source = arena_printf(&arena, HEAD "%s}]}", rest);
    struct diagnostics diagnostics;
    struct packaged packaged = {0};
    struct error err = {0};

    diagnostic_init(&diagnostics, &arena);
    const struct definition *definition = definition_read(&arena, source, &diagnostics);

    if (!definition) {
        fail_msg("%s: " TEXT_FMT, rest, TEXT_ARG(diagnostics.first->message));
        return packaged;
    }
    assert_true(packaged_build(&definition->steps[0], &arena, &statics, &packaged, &err));
    return packaged;
}

static void gives(const char *rest, const char *input, const char *expected)
{
    struct packaged packaged = packaged_of(rest);
    struct error err = {0};
    struct value value;

    if (!packaged_config(&packaged, &heap, value_of(&heap, input), &value, &err)) {
        fail_msg("%s: %s", rest, err.message);
    }
    assert_prints(value, expected);
}

static void refuses(const char *rest, const char *input, const char *message)
{
    struct packaged packaged = packaged_of(rest);
    struct error err = {0};
    struct value value;

    assert_false(packaged_config(&packaged, &heap, value_of(&heap, input), &value, &err));
    assert_int_equal(err.code, E_INPUT);
    assert_string_equal(err.message, message);
}

static void the_input_of_most_steps_is_config(void **state)
{
    (void)state;
    gives(":type :http :url \"https://x.example\" :description \"d\"", "{:path \"/a\"}",
          "{:path \"/a\", :url \"https://x.example\"}");
    gives(":type :http :url \"u\"", "nil", "{:url \"u\"}");
    gives(":type :http :defaults {:url \"u\" :method :get}", "{:method :put}",
          "{:url \"u\", :method :put}");
    gives(":type :http :defaults {:url \"u\"}", "{\"url\" \"v\"}", "{\"url\" \"v\"}");
}

static void what_is_not_a_default_is_fixed(void **state)
{
    (void)state;
    gives(":type :http :url \"u\"", "{:url \"v\" :path \"/p\"}", "{:url \"u\", :path \"/p\"}");
    gives(":type :http :url \"u\"", "{\"url\" \"v\"}", "{:url \"u\"}");
    gives(":type :function :code '(fn [x] x)", "{:code \"(fn [x] 1)\"}",
          "{:code (fn [x] x), :input {:code \"(fn [x] 1)\"}}");
}

static void the_input_of_a_function_is_its_input(void **state)
{
    (void)state;
    gives(":type :function :ref :f", "{:n 1}", "{:ref :f, :input {:n 1}}");
    gives(":type :code :defaults {:code \"(fn [x] x)\" :input {:n 2 :m 3}}", "{:n 1}",
          "{:code \"(fn [x] x)\", :input {:n 1, :m 3}}");
    gives(":type :function :ref :f :defaults {:limit 10 :timeout \"5s\"}", "{}",
          "{:timeout \"5s\", :ref :f, :input {:limit 10}}");
    gives(":type :function :ref :f :input {:a 1}", "{:a 2 :b 3}", "{:ref :f, :input {:a 1, :b 3}}");
}

static void the_input_of_a_template_is_its_data(void **state)
{
    (void)state;
    gives(":type :http :template :t :timeout \"5s\" :defaults {:data {:a 1} :b 2 :url \"u\"}",
          "{:c 3 :url \"v\"}",
          "{:url \"u\", :template :t, :timeout \"5s\", :data {:a 1, :b 2, :c 3, :url \"v\"}}");
    gives(":type :http :template :t :data {:who \"us\"}", "{:who \"them\"}",
          "{:template :t, :data {:who \"us\"}}");
}

static void the_input_is_checked_with_its_defaults(void **state)
{
    static const char schema[] = ":type :function :ref :f :input-schema [:map {:closed true} [:n "
                                 "[:int {:min 1}]] [:m {:optional true} :string]] ";

    (void)state;
    gives(schema, "{\"n\" 1}", "{:ref :f, :input {\"n\" 1}}");
    refuses(schema, "{:n 0}",
            "the input of :crm/it is wrong at [:n]: expected a whole number from 1 on, got 0");
    refuses(schema, "{}", "the input of :crm/it lacks [:n]: expected a whole number from 1 on");
    refuses(schema, "{:n 1 :o 2}", "the input of :crm/it has [:o], which its schema does not have");
    refuses(schema, "[1]", "the input of :crm/it is a vector; expected a map");
    gives(arena_printf(&arena, "%s :defaults {:input {:n 2}}", schema).ptr, "nil",
          "{:ref :f, :input {:n 2}}");
    // the config of an :http step: only what the schema names counts as input
    gives(":type :http :url \"u\" :input-schema [:map {:closed true} [:path :string] [:method "
          ":keyword]] :defaults {:method :get :timeout 5}",
          "{:path \"/a\"}", "{:method :get, :timeout 5, :path \"/a\", :url \"u\"}");
    refuses(":type :http :url \"u\" :input-schema [:map {:closed true} [:path :string]]",
            "{:path \"/a\" :headers {}}",
            "the input of :crm/it has [:headers], which its schema does not have");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_input_of_most_steps_is_config, start, stop),
        cmocka_unit_test_setup_teardown(what_is_not_a_default_is_fixed, start, stop),
        cmocka_unit_test_setup_teardown(the_input_of_a_function_is_its_input, start, stop),
        cmocka_unit_test_setup_teardown(the_input_of_a_template_is_its_data, start, stop),
        cmocka_unit_test_setup_teardown(the_input_is_checked_with_its_defaults, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
