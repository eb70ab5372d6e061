#include "flow/lint.h"
#include "flow/vm.h"

#include <stdio.h>

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

#define HEAD                                                                                    \
    "{:slug :orders :name \"Orders\" :concurrency {:type :singleton :on-new-version :coexist} " \
    ":invocations {:default {:inputs []}} "                                                     \
    ":interfaces {:manual [{:id :run :invocation :default}]} "

static struct core *core;
static struct arena arena;
static struct diagnostics list;

static int start_all(void **state)
{
    (void)state;
    core = vm_core_new();
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    vm_core_free(core);
    return 0;
}

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

static struct definition *lint_with(const char *source, struct lint_options options)
{
    diagnostic_init(&list, &arena);
    return lint_flow(core, &arena, text_from(source), options, &list);
}

/* The body begins at line 2, column 1; more: further keys of the flow. */
static struct definition *lint_body_of(const char *more, const char *body)
{
    return lint_with(arena_printf(&arena, HEAD "%s :flow '\n%s\n}", more, body).ptr,
                     (struct lint_options){0});
}

static void show(void)
{
    for (const struct diagnostic *item = list.first; item; item = item->next) {
        print_message("  %s %u:%u " TEXT_FMT "\n", item->code, item->line, item->column,
                      TEXT_ARG(item->message));
    }
}

static bool has_code(const char *code)
{
    for (const struct diagnostic *item = list.first; item; item = item->next) {
        if (strcmp(item->code, code) == 0) return true;
    }
    return false;
}

static void clean(const char *more, const char *body)
{
    if (lint_body_of(more, body) && list.warning_count == 0) return;
    show();
    fail_msg("%s is not clean", body);
}

struct expectation {
    const char *body, *code;
    uint32_t line, column;
};

static void check_more(const char *more, const struct expectation *cases, size_t count,
                       enum diagnostic_severity severity)
{
    for (size_t i = 0; i < count; i++) {
        bool found = false;

        lint_body_of(more, cases[i].body);
        for (const struct diagnostic *item = list.first; item; item = item->next) {
            found = found ||
                    (item->severity == severity && item->line == cases[i].line &&
                     item->column == cases[i].column && strcmp(item->code, cases[i].code) == 0);
            if (item->hint.len == 0) fail_msg("%s has no hint", item->code);
        }
        if (found) continue;
        show();
        fail_msg("%s\n  has no %s at %u:%u", cases[i].body, cases[i].code, cases[i].line,
                 cases[i].column);
    }
}

static void check(const struct expectation *cases, size_t count, enum diagnostic_severity severity)
{
    check_more(":functions [{:id :known :code '(fn [x] x)}] :steps [{:id :my/step :type :http}]",
               cases, count, severity);
}

static void good_steps_are_clean(void **state)
{
    (void)state;
    clean("", "(flow/step :http :fetch {:url \"https://x.example\" :method :get :timeout \"5m\" "
              ":retry {:max-attempts 3 :backoff :linear} :headers {:authorization {:secret-ref "
              ":k}}})");
    clean(":functions [{:id :f :code '(fn [x] (map inc x))}]",
          "(flow/step :function :sum {:ref :f :input {:a 1}})");
    clean("", "(flow/step :function :sum {:code '(fn [x] (+ 1 2)) :input 5})");
    clean("", "(flow/step :code :sum {:code \"(fn [x] (+ 1 2))\"})");
    clean("", "(flow/step :http :fetch {:base-url \"https://x.example\" :path \"/a\" "
              ":response-as :text :throw-on-error false})");
    clean("", "(flow/step :wait :nap {:duration \"5m\"})");
    clean("", "(flow/step :kv :keep {:operation :set :key \"a\" :value 1 :ttl 60})");
    clean("", "(flow/step :sleep :nap {:millis 250})");
    clean("", "(let [link (flow/callback :done)] (flow/step :wait :done {:timeout \"1h\" "
              ":on-timeout :continue :default-value link}))");
    clean("", "(let [config {:url \"x\"}] (flow/step :http :fetch config))");
}

static void what_is_no_code_is_not_flagged(void **state)
{
    static const char *const bodies[] = {
        "'(flow/step)",
        "(quote (map (range)))",
        "(do (comment (flow/step) (map inc)) 1)",
        "(do #_(flow/step) 1)",
        "(do #_ #_ (flow/step) (map 1) 1)",
        "#?(:cljs (flow/step) :clj 1)",
        "(let [map (fn [x] x)] (map 2))",
        "(let [{:keys [filter] :as reduce} {}] [filter reduce])",
        "(fn [range] (range))",
        "(letfn [(map [x] x)] (map 1))",
        "(for [keep [1 2] :let [remove keep]] (str keep remove))",
        "(case 1 (map filter) 2 3)",
        "(try 1 (catch Exception map map))",
        "{:a :map \"map\" 1}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) {
        clean("", bodies[i]);
    }
}

static void errors_of_steps_stand_at_the_step(void **state)
{
    static const struct expectation cases[] = {
        {"(flow/step)", "flow_step_arity_invalid", 2, 1},
        {"(flow/step :http)", "flow_step_arity_invalid", 2, 1},
        {"(flow/step :http {:url \"x\"})", "flow_step_arity_invalid", 2, 1},
        {"(do 1\n (flow/step :http :a {} {}))", "flow_step_arity_invalid", 3, 2},
        {"(flow/step :http :a)", "flow_step_missing_config", 2, 1},
        {"(flow/step :http :a [])", "flow_step_missing_config", 2, 21},
        {"(flow/step :http :a/b {:url \"x\"})", "invalid_step_id", 2, 18},
        {"(flow/step :http 5 {:url \"x\"})", "invalid_step_id", 2, 18},
        {"(flow/step :http :a {})", "step_config_invalid", 2, 21},
        {"(flow/step :htpp :a {})", "unknown_step_type", 2, 12},
        {"(flow/step :llm :a {})", "unknown_step_type", 2, 12},
        {"(flow/step :my/step :a)", "flow_step_missing_config", 2, 21},
        {"(flow/step :other/step :a {})", "missing_packaged_step_reference", 2, 12},
        {"(flow/step :http :a {:template :t})", "unknown_template", 2, 32},
        {"(flow/step :http :a {:connection :c})", "unknown_connection_slot", 2, 34},
        {"(flow/step :http :a {:url \"x\" :persist {}})", "unsupported_step_option", 2, 40},
        {"(flow/step :http :a {:url \"x\" :review {}})", "unsupported_step_option", 2, 39},
        {"(flow/step :wait :a {:approval {:approvers 2}})", "unsupported_step_option", 2, 44},
        {"(flow/step :wait :a {:approval {:roles [:x]}})", "unsupported_step_option", 2, 40},
        {"(flow/step :http :a {:url \"x\" :timeout \"x\"})", "step_config_invalid", 2, 40},
        {"(flow/step :http :a {:url \"x\" :timeout -1})", "step_config_invalid", 2, 40},
        {"(flow/step :http :a {:url \"x\" :retry 5})", "step_config_invalid", 2, 38},
        {"(flow/step :http :a {:url \"x\" :retry {:max-attempts 0}})", "step_config_invalid", 2,
         53},
        {"(flow/step :http :a {:url \"x\" :method :fetch})", "step_config_invalid", 2, 39},
        {"(flow/step :kv :a {:key \"x\"})", "step_config_invalid", 2, 19},
        {"(flow/step :kv :a {:operation :get})", "step_config_invalid", 2, 19},
        {"(flow/step :kv :a {:operation :set :key 1})", "step_config_invalid", 2, 19},
        {"(flow/step :kv :a {:operation :take})", "step_config_invalid", 2, 31},
        {"(flow/step :sleep :a {})", "step_config_invalid", 2, 22},
        {"(flow/callback :nobody)", "unknown_wait", 2, 16},
    };

    (void)state;
    check(cases, ARRAY_COUNT(cases), DIAGNOSTIC_ERROR);
}

#define TEMPLATES                                                                        \
    ":templates [{:id :fetch :type :http-request :request {:url \"https://x.example\"}}" \
    "{:id :part :type :http-request :request {:path \"/{{id}}\"}}"                       \
    "{:id :ask :type :llm-prompt :prompt \"{{x}}\"}] "

static void a_template_must_be_there_and_fit_the_step(void **state)
{
    static const struct expectation errors[] = {
        {"(flow/step :http :a {:template :fetsh})", "unknown_template", 2, 32},
        {"(flow/step :http :a {:template :ask})", "unknown_template", 2, 32},
        {"(flow/step :http :a {:template :part :data {:id 1}})", "step_config_invalid", 2, 21},
        {"(flow/step :http :a {:template :fetch :data [1]})", "step_config_invalid", 2, 45},
        {"(flow/step :kv :a {:operation :get :key 1 :template :fetch})", "unsupported_step_option",
         2, 53},
    };
    static const char *const good[] = {
        "(flow/step :http :a {:template :fetch :data {:id 1}})",
        "(flow/step :http :a {:template \"fetch\"})",
        "(flow/step :http :a {:template :part :url \"https://x.example\" :data (flow/input)})",
        "(let [t (if (flow/input) :fetch :part)] (flow/step :http :a {:template t}))",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        check_more(TEMPLATES, &errors[i], 1, DIAGNOSTIC_ERROR);
    }
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        assert_non_null(lint_body_of(TEMPLATES, good[i]));
        assert_false(has_code("unknown_step_option"));
    }
    lint_body_of(TEMPLATES, "(flow/step :http :a {:template :fetch})");
    assert_true(has_code("unreferenced_template"));
    lint_body_of(TEMPLATES, "(let [t :fetch] (flow/step :http :a {:template t}))");
    assert_false(has_code("unreferenced_template"));
}

static void the_request_of_a_template_is_looked_at(void **state)
{
    static const char body[] = "(flow/step :http :a {:template :t})";

    (void)state;
    lint_body_of(":templates [{:id :t :type :http-request :request {:url \"x\" :ulr 1}}]", body);
    assert_true(has_code("unknown_step_option"));
    assert_null(lint_body_of(":templates [{:id :t :type :http-request :request {:url \"x\" "
                             ":method :fetch}}]",
                             body));
    assert_true(has_code("step_config_invalid"));
    assert_null(lint_body_of(":templates [{:id :t :type :http-request :request {:url \"x\" "
                             ":multipart []}}]",
                             body));
    assert_true(has_code("unsupported_step_option"));
    clean(
        ":templates [{:id :t :type :http-request :request {:url \"https://x\" :method \"{{m}}\" :auth "
        "{:type :bearer :token \"{{token}}\"}}}]",
        body);
    // said once, though the trial compilation meets it again
    lint_body_of(":templates [{:id :t :type :http-request :request {:url \"{{x\"}}]", body);
    assert_int_equal(list.error_count, 1);
    assert_true(has_code("template_invalid"));
}

static void function_steps_have_rules_of_their_own(void **state)
{
    static const struct expectation cases[] = {
        {"(flow/step :function :a)", "function_step_arity_invalid", 2, 1},
        {"(flow/step :function :a {:ref :known} :input {})", "function_step_arity_invalid", 2, 1},
        {"(let [x {}] (flow/step :function :a x))", "function_step_config_invalid", 2, 37},
        {"(flow/step :function :a {:ref :known :code '(fn [x] x)})",
         "function_step_code_ref_conflict", 2, 25},
        {"(flow/step :function :a {:input {}})", "function_step_missing_code_or_ref", 2, 25},
        {"(flow/step :function :a {:ref :knwon})", "unknown_function", 2, 31},
        {"(flow/step :function :a {:ref :known :input [1]})", "function_step_input_shape_invalid",
         2, 45},
        {"(flow/step :function :a {:ref :known :input '(a)})", "function_step_input_shape_invalid",
         2, 45},
        {"(flow/step :function :a {:ref :known :input \"x\"})", "function_step_input_shape_invalid",
         2, 45},
        {"(flow/step :function :a {:code 5})", "invalid_function_code", 2, 32},
        {"(flow/step :function :a {:code '(+ 1 2)})", "invalid_function_code", 2, 33},
        {"(flow/step :function :a {:code \"(fn [x]\"})", "function_code_string_invalid", 2, 33},
        {"(flow/step :function :a {:code '(fn [x] (nope x))})", "unknown_symbol", 2, 42},
        {"(flow/step :function :a {:code \"(fn [x] (nope x))\"})", "unknown_symbol", 2, 42},
    };

    (void)state;
    check(cases, ARRAY_COUNT(cases), DIAGNOSTIC_ERROR);
}

static void a_function_input_that_may_be_a_map_passes(void **state)
{
    static const char *const inputs[] = {"{}",     "'{:a 1}",   "input",  "(f input)",
                                         "@input", "#my/tag 1", "^:m {}", "(if input {} nil)"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(inputs); i++) {
        lint_body_of(":functions [{:id :f :code '(fn [x] x)}]",
                     arena_printf(&arena,
                                  "(let [input (flow/input) f identity] (flow/step :function :a "
                                  "{:ref :f :input %s}))",
                                  inputs[i])
                         .ptr);
        assert_false(has_code("function_step_input_shape_invalid"));
    }
}

static void warnings_stand_where_they_belong(void **state)
{
    static const struct expectation cases[] = {
        {"(flow/step :http :a {:url \"x\" :ulr 1})", "unknown_step_option", 2, 31},
        {"(let [t :http] (flow/step t :a {}))", "flow_step_invalid_type", 2, 27},
        {"(let [i :a] (flow/step :sleep i {:seconds 1}))", "flow_step_missing_step_id", 2, 31},
        {"(flow/step :my/step :a {} 1)", "flow_step_packaged_extra_argument", 2, 27},
        {"(map inc [1])", "prohibited_orchestration_transform", 2, 2},
        {"(apply clojure.core/reduce [+ [1]])", "prohibited_orchestration_transform", 2, 8},
        {"(->> 1 inc)", "unsupported_visual_flow_form", 2, 2},
        {"(cond-> 1 true inc)", "unsupported_visual_flow_form", 2, 2},
        {"(take 1 (range))", "sandbox_unbounded_range", 2, 9},
        {"(do (throw (ex-info \"x\" {}))\n 1)", "unreachable_code", 3, 2},
        {"[\"ws-abc123\"]", "hardcoded_workspace_id", 2, 2},
    };

    (void)state;
    check(cases, ARRAY_COUNT(cases), DIAGNOSTIC_WARNING);
    lint_body_of(":functions [{:id :f :code '(fn [x] x)}] :steps [{:id :a/b :type :http}]", "1");
    assert_true(has_code("unreferenced_packaged_step"));
    assert_true(has_code("unreferenced_function"));
}

static void style_is_an_error_when_strict(void **state)
{
    struct lint_options strict = {.strict = true};

    (void)state;
    assert_non_null(lint_with(HEAD ":flow '(vec (map inc [1]))}", (struct lint_options){0}));
    assert_null(lint_with(HEAD ":flow '(vec (map inc [1]))}", strict));
    assert_null(lint_with(HEAD ":flow '(->> 1 inc)}", strict));
    assert_non_null(lint_with(HEAD ":flow '(-> 1 inc)}", strict));
    // functions may transform as they like
    assert_non_null(lint_with(HEAD ":functions [{:id :f :code '(fn [x] (->> x (map inc)))}] :flow "
                                   "'(flow/step :function :a {:ref :f :input {}})}",
                              strict));
}

static void secrets_are_found_wherever_they_stand(void **state)
{
    static const char *const bodies[] = {
        "{:key \"sk_live_0123456789abcdefghij\"}",
        "'[ghp_0123456789abcdefghijklmnopqrstuvwxyz]",
        "{\"Authorization\" \"Bearer 0123456789abcdef\"}",
        "{:auth {:type :basic :password \"hunter2hunter2\"}}",
        "\"-----BEGIN RSA PRIVATE KEY-----\\nabc\"",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) {
        assert_null(lint_body_of("", bodies[i]));
        assert_true(has_code("secret_in_source"));
    }
    clean("", "{\"Authorization\" {:secret-ref :k} :auth {:type :bearer :token {:secret-ref :t}}}");
    clean("", "{\"Authorization\" \"Bearer {{token}}-of-the-user\" :a \"sk-short\"}");
}

static void large_strings_belong_elsewhere_but_for_functions(void **state)
{
    struct buf large = {0};

    (void)state;
    for (int i = 0; i < 5000; i++) {
        buf_char(&large, 'x');
    }
    lint_body_of("", arena_printf(&arena, "\"%s\"", large.ptr).ptr);
    assert_true(has_code("large_inline_string"));
    lint_body_of(
        arena_printf(&arena, ":functions [{:id :f :code '(fn [x] \"%s\")}]", large.ptr).ptr,
        "(flow/step :function :a {:ref :f})");
    assert_false(has_code("large_inline_string"));
    buf_done(&large);
}

static void unknown_symbols_have_the_position_of_the_symbol(void **state)
{
    static const struct expectation cases[] = {
        {"(let [x 1]\n  (frobnicate x))", "unknown_symbol", 3, 4},
        {"(flow/stpe :http :a {})", "unknown_symbol", 2, 2},
    };

    (void)state;
    check(cases, ARRAY_COUNT(cases), DIAGNOSTIC_ERROR);
    assert_null(lint_body_of(":functions [{:id :f :code \"(fn [x]\n (frobnicate x))\"}]",
                             "(flow/step :function :a {:ref :f})"));
    assert_true(diagnostic_has(&list, "unknown_symbol", 2, 3));
}

static void wrong_numbers_of_arguments_are_warned_about(void **state)
{
    (void)state;
    assert_non_null(lint_body_of("", "(fn [x] (count x 1))"));
    assert_true(has_code("arity_mismatch"));
    clean("", "(fn [x] (-> x (get :a) count))");
    clean("", "(let [count (fn [a b] a)] (count 1 2))");
}

static bool cron_says_no(struct text cron, struct text timezone, struct error *err)
{
    if (!text_equal(timezone, TEXT("UTC"))) return error_set(err, E_TIMEZONE, "no such zone");
    if (text_equal(cron, TEXT("good"))) return true;
    return error_set(err, E_CRON, "no such time");
}

static void cron_and_time_zone_are_asked_of_the_caller(void **state)
{
    struct lint_options options = {.check_cron = cron_says_no};

    (void)state;
    assert_non_null(lint_with(HEAD ":schedules [{:id :a :cron \"good\"}] :flow '1}", options));
    assert_null(lint_with(HEAD ":schedules [{:id :a\n:cron \"bad\"}] :flow '1}", options));
    assert_true(diagnostic_has(&list, "cron_invalid", 2, 7));
    assert_null(
        lint_with(HEAD ":schedules [{:id :a :cron \"good\"\n:timezone \"X\"}] :flow '1}", options));
    assert_true(diagnostic_has(&list, "timezone_invalid", 2, 11));
    assert_non_null(
        lint_with(HEAD ":schedules [{:id :a :cron \"bad\"}] :flow '1}", (struct lint_options){0}));
}

static void all_that_is_wrong_is_said_at_once(void **state)
{
    (void)state;
    assert_null(lint_with("{:slug 5 :flow '(do (flow/step :nope :a {})\n(frobnicate))}",
                          (struct lint_options){0}));
    assert_true(has_code("invalid_required_field"));
    assert_true(has_code("missing_required_field"));
    assert_true(has_code("unknown_step_type"));
    assert_true(diagnostic_has(&list, "unknown_symbol", 2, 2));
}

/* A file of examples/, which lies beside tests/. */
static struct text read_example(const char *name)
{
    struct text here = TEXT(__FILE__);
    struct text root = text_slice(here, 0, here.len - strlen("tests/unit/flow/test_lint.c"));
    const char *path = arena_printf(&arena, TEXT_FMT "examples/%s", TEXT_ARG(root), name).ptr;
    char *source = arena_new(&arena, 65536);
    FILE *file = fopen(path, "r");

    if (!file) fail_msg("cannot open %s", path);
    size_t len = fread(source, 1, 65536, file);

    fclose(file);
    return (struct text){source, len};
}

static void the_examples_are_clean_and_portable(void **state)
{
    static const char *const names[] = {"order-review.clj",   "daily-report.clj",
                                        "outside-worker.clj", "catalog-sync.clj",
                                        "catalog-item.clj",   "parcel-notice.clj"};
    struct lint_options strict = {.strict = true};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct text source = read_example(names[i]);

        diagnostic_init(&list, &arena);
        assert_non_null(lint_flow(core, &arena, source, strict, &list));
        if (list.warning_count > 0) {
            show();
            fail_msg("%s is not clean", names[i]);
        }
    }
}

static void the_step_types_that_run_are_known(void **state)
{
    (void)state;
    assert_true(lint_knows_step_type(TEXT("http")));
    assert_true(lint_knows_step_type(TEXT("code")));
    assert_true(lint_knows_step_type(TEXT("wait")));
    assert_false(lint_knows_step_type(TEXT("llm")));
    assert_false(lint_knows_step_type(TEXT("")));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_steps_are_clean),
        TEST(what_is_no_code_is_not_flagged),
        TEST(errors_of_steps_stand_at_the_step),
        TEST(a_template_must_be_there_and_fit_the_step),
        TEST(the_request_of_a_template_is_looked_at),
        TEST(function_steps_have_rules_of_their_own),
        TEST(a_function_input_that_may_be_a_map_passes),
        TEST(warnings_stand_where_they_belong),
        TEST(style_is_an_error_when_strict),
        TEST(secrets_are_found_wherever_they_stand),
        TEST(large_strings_belong_elsewhere_but_for_functions),
        TEST(unknown_symbols_have_the_position_of_the_symbol),
        TEST(wrong_numbers_of_arguments_are_warned_about),
        TEST(cron_and_time_zone_are_asked_of_the_caller),
        TEST(all_that_is_wrong_is_said_at_once),
        TEST(the_examples_are_clean_and_portable),
        TEST(the_step_types_that_run_are_known),
    };

    return cmocka_run_group_tests(tests, start_all, stop_all);
}
