#include "base/limits.h"
#include "flow/definition.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

#define HEAD "{:slug :orders :name \"Orders\" "
#define ONE  ":concurrency {:type :singleton :on-new-version :coexist} "
#define CALL                                \
    ":invocations {:default {:inputs []}} " \
    ":interfaces {:manual [{:id :run :invocation :default}]} "
#define BODY ":flow '(flow/input)}"

static struct arena arena;
static struct diagnostics list;

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

static struct definition *read_source(const char *source)
{
    diagnostic_init(&list, &arena);
    return definition_read(&arena, text_from(source), &list);
}

static struct definition *accept(const char *source)
{
    struct definition *definition = read_source(source);

    if (!definition || list.warning_count > 0) {
        fail_msg("%s\n  %s at %u:%u", source, list.first->code, list.first->line,
                 list.first->column);
    }
    return definition;
}

static bool has(const char *code, uint32_t line, uint32_t column)
{
    return diagnostic_has(&list, code, line, column);
}

static void assert_text(struct text got, const char *expected)
{
    assert_true(text_equal(got, text_from(expected)));
}

static void the_small_flow_is_read(void **state)
{
    struct definition *definition = accept(HEAD ONE CALL BODY);

    (void)state;
    assert_text(definition->slug, "orders");
    assert_text(definition->name, "Orders");
    assert_int_equal(definition->concurrency, CONCURRENCY_SINGLETON);
    assert_int_equal(definition->on_new_version, NEW_VERSION_COEXIST);
    assert_int_equal(definition->on_conflict, CONFLICT_QUEUE);
    assert_int_equal(definition->concurrency_limit, 1);
    assert_int_equal(definition->body->kind, FORM_LIST);
    assert_int_equal(definition->interface_count, 1);
    assert_text(definition->interfaces[0].id, "run");
    assert_text(definition->interfaces[0].invocation, "default");
    assert_text(definition->interfaces[0].auth.type, "none");
    assert_true(definition->interfaces[0].enabled);
}

static void the_body_may_be_quoted_in_each_way(void **state)
{
    static const char *const bodies[] = {"'(a b)", "(quote (a b))", "`(a b)", "^:m '(a b)",
                                         "(clojure.core/quote (a b))"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) {
        struct definition *definition =
            accept(arena_printf(&arena, HEAD ONE CALL ":flow %s}", bodies[i]).ptr);

        assert_int_equal(definition->body->count, 2);
        assert_true(form_is_symbol(definition->body->items[0], "a"));
    }
    assert_true(
        form_is_symbol(accept(HEAD ONE CALL ":flow 'a :flow 'b}")->body, "b")); // the last wins
}

static void concurrency_is_read_in_full(void **state)
{
    struct definition *definition =
        accept(HEAD ":concurrency {:type :keyed :key-field [:order :id] :on-new-version :drain "
                    ":on-conflict :cancel-running :priority 5} " CALL BODY);

    (void)state;
    assert_int_equal(definition->concurrency, CONCURRENCY_KEYED);
    assert_int_equal(definition->key_path_count, 2);
    assert_text(definition->key_path[0], "order");
    assert_text(definition->key_path[1], "id");
    assert_int_equal(definition->on_new_version, NEW_VERSION_DRAIN);
    assert_int_equal(definition->on_conflict, CONFLICT_CANCEL_RUNNING);
    assert_int_equal(definition->priority, 5);
    definition = accept(
        HEAD
        ":concurrency {:type :limit :limit 4 :key-field :k :on-new-version :supersede} " CALL BODY);
    assert_int_equal(definition->concurrency, CONCURRENCY_LIMIT);
    assert_int_equal(definition->concurrency_limit, 4);
    assert_int_equal(definition->key_path_count, 1);
}

static void invocations_and_their_inputs_are_read(void **state)
{
    struct definition *definition = accept(
        HEAD ONE ":invocations {:go {:label \"Go\" :inputs [{:name :n :type :number :label \"N\" "
                 ":required true :default 3} {:name \"s\" :type :select :options [\"a\" \"b\"] "
                 ":multiple true}]}} :interfaces {:manual [{:id :run :invocation :go}]} " BODY);
    const struct definition_invocation *invocation =
        definition_find_invocation(definition, TEXT("go"));

    (void)state;
    assert_non_null(invocation);
    assert_text(invocation->label, "Go");
    assert_int_equal(invocation->input_count, 2);
    assert_text(invocation->inputs[0].name, "n");
    assert_text(invocation->inputs[0].type, "number");
    assert_true(invocation->inputs[0].required);
    assert_int_equal(invocation->inputs[0].default_value->integer, 3);
    assert_text(invocation->inputs[1].name, "s");
    assert_true(invocation->inputs[1].multiple);
    assert_int_equal(invocation->inputs[1].options->count, 2);
    assert_null(definition_find_invocation(definition, TEXT("other")));
}

static void a_webhook_has_path_event_and_auth(void **state)
{
    struct definition *definition = accept(
        HEAD ONE ":invocations {:default {}} :interfaces {:webhook [{:id :hook :invocation "
                 ":default :path \"/shop/orders/\" :event-name \"order.created\" :respond :ack "
                 ":enabled false :auth {:type :hmac-sha256 :secret-ref :orders-secret :header "
                 "\"X-Sig\" :prefix \"sha256=\"}}]} " BODY);
    const struct definition_interface *hook = &definition->interfaces[0];

    (void)state;
    assert_int_equal(hook->kind, INTERFACE_WEBHOOK);
    assert_text(hook->path, "shop/orders");
    assert_text(hook->event_name, "order.created");
    assert_text(hook->auth.type, "hmac-sha256");
    assert_text(hook->auth.secret_ref, "orders-secret");
    assert_text(hook->auth.header, "X-Sig");
    assert_text(hook->auth.prefix, "sha256=");
    assert_true(hook->respond_ack);
    assert_false(hook->enabled);
}

static void an_event_name_is_the_path_when_there_is_none(void **state)
{
    struct definition *definition =
        accept(HEAD ONE ":invocations {:default {}} :interfaces {:webhook [{:id :hook :invocation "
                        ":default :event-name \"order.created\" :auth {:type :api-key :secret-ref "
                        "\"k\" :query \"key\"}}]} " BODY);

    (void)state;
    assert_text(definition->interfaces[0].path, "order.created");
    assert_text(definition->interfaces[0].auth.query, "key");
}

static void schedules_are_read(void **state)
{
    struct definition *definition =
        accept(HEAD ONE CALL ":schedules [{:id :daily :cron \"0 9 * * *\" :timezone "
                             "\"Europe/Oslo\" :invocation :default :catch-up :none :input '{:a 1} "
                             ":enabled false} {:id :hourly :cron \"@hourly\"}] " BODY);

    (void)state;
    assert_int_equal(definition->schedule_count, 2);
    assert_text(definition->schedules[0].timezone, "Europe/Oslo");
    assert_text(definition->schedules[0].catch_up, "none");
    assert_int_equal(form_get(definition->schedules[0].input, "a")->integer, 1);
    assert_false(definition->schedules[0].enabled);
    assert_text(definition->schedules[1].timezone, "UTC");
    assert_text(definition->schedules[1].catch_up, "latest");
    assert_null(definition->schedules[1].input);
}

static void functions_are_quoted_or_in_strings(void **state)
{
    struct definition *definition =
        accept(HEAD ONE CALL ":functions [{:id :a :language :clojure :code '(fn [x] x)}\n"
                             " {:id :b :code \"(fn [x]\n  y)\"} {:id :c :code '#(inc %)}] " BODY);

    (void)state;
    assert_int_equal(definition->function_count, 3);
    assert_true(form_is_call(definition_find_function(definition, TEXT("a"))->code, "fn"));
    const struct form *code = definition_find_function(definition, TEXT("b"))->code;

    // positions are those of the file
    assert_int_equal(code->line, 2);
    assert_int_equal(code->column, 17);
    assert_int_equal(list.source.ptr[code->offset], '(');
    assert_int_equal(code->items[2]->line, 3);
    assert_int_equal(code->items[2]->column, 3);
    assert_int_equal(list.source.ptr[code->items[2]->offset], 'y');
    assert_null(definition_find_function(definition, TEXT("d")));
}

static void older_triggers_become_interfaces_and_schedules(void **state)
{
    struct definition *definition = read_source(
        HEAD ONE ":triggers [\n{:type :manual :label \"Run\" :config {:fields [{:key :q "
                 ":field-type :text :required true}]}} {:type :schedule :config {:cron "
                 "\"0 9 * * *\" :timezone \"Europe/Oslo\"}} {:type :event :enabled "
                 "false :config {:source :webhook :event-name \"x.y\" :auth {:type "
                 ":api-key :secret-ref :k}}}] " BODY);

    (void)state;
    assert_non_null(definition);
    assert_true(has("deprecated_manual_trigger", 2, 1));
    assert_int_equal(definition->interface_count, 2);
    assert_int_equal(definition->interfaces[0].kind, INTERFACE_MANUAL);
    assert_text(definition->interfaces[0].id, "manual");
    assert_text(definition->interfaces[0].invocation, "manual");
    assert_true(definition_find_invocation(definition, TEXT("manual"))->inputs[0].required);
    assert_int_equal(definition->interfaces[1].kind, INTERFACE_WEBHOOK);
    assert_text(definition->interfaces[1].path, "x.y");
    assert_text(definition->interfaces[1].auth.secret_ref, "k");
    assert_false(definition->interfaces[1].enabled);
    assert_int_equal(definition->schedule_count, 1);
    assert_text(definition->schedules[0].id, "schedule-2");
}

static void missing_interfaces_and_invocations_are_warnings(void **state)
{
    (void)state;
    assert_non_null(read_source(HEAD ONE BODY));
    assert_true(has("missing_interfaces", 1, 1));
    assert_true(has("missing_invocations", 1, 1));
    // and an interface of such a flow has no invocation to name
    assert_non_null(read_source(HEAD ONE ":interfaces {:manual [\n{:id :run}]} " BODY));
    assert_true(has("missing_interface_invocation", 2, 1));
}

static void unknown_keys_are_kept_and_warned_about(void **state)
{
    (void)state;
    assert_non_null(read_source(HEAD ONE CALL ":shedules [] " BODY));
    assert_string_equal(list.first->code, "unknown_key");
    assert_non_null(strstr(list.first->hint.ptr, ":schedules"));
}

static void what_is_wrong_is_named_with_its_position(void **state)
{
#define INVOKE(inputs)   HEAD ONE ":interfaces {}\n:invocations " inputs "\n" BODY
#define FACE(interfaces) HEAD ONE ":invocations {:default {}}\n:interfaces " interfaces "\n" BODY
#define TEMPLATE(keys)   HEAD ONE CALL "\n:templates [{" keys "}]\n" BODY
#define HOOK(auth)       FACE("{:webhook [{:id :h :invocation :default :path \"p\"\n" auth "}]}")

    static const struct {
        const char *source, *code;
        uint32_t line, column;
    } cases[] = {
        {"", "clojure_reader_invalid", 1, 1},
        {"; nothing", "clojure_reader_invalid", 1, 1},
        {"[1]", "clojure_reader_invalid", 1, 1},
        {"{}\n{}", "clojure_reader_invalid", 2, 1},
        {"{:slug", "clojure_delimiters_invalid", 1, 1},
        {"{:a\n\xff}", "invalid_utf8", 2, 1},
        {"{:slug :a :slug :b}", "clojure_reader_invalid", 1, 11},
        {"{:slug #=(+ 1 2)}", "clojure_reader_eval_disabled", 1, 8},
        /* required */
        {"{}", "missing_required_field", 1, 1},
        {"{:slug nil}", "invalid_required_field", 1, 8},
        {"{:slug a}", "invalid_required_field", 1, 8},
        {"{:slug :a/b}", "invalid_required_field", 1, 8},
        {"{:slug \"1a\"}", "invalid_required_field", 1, 8},
        {"{:slug \"b\xc3\xa5t\"}", "invalid_required_field", 1, 8},
        {"{:name 5}", "invalid_required_field", 1, 8},
        {"{:name \" \"}", "invalid_required_field", 1, 8},
        {"{:concurrency nil}", "invalid_required_field", 1, 15},
        {"{:concurrency :singleton}", "invalid_required_field", 1, 15},
        {"{:concurrency {}}", "missing_required_field", 1, 15},
        {"{:concurrency {:type :foo}}", "invalid_required_field", 1, 22},
        {"{:concurrency {:type :keyed}}", "missing_required_field", 1, 15},
        {"{:concurrency {:key-field []}}", "invalid_required_field", 1, 27},
        {"{:concurrency {:key-field [:a 5]}}", "invalid_required_field", 1, 31},
        {"{:concurrency {:type :limit}}", "missing_required_field", 1, 15},
        {"{:concurrency {:type :limit :limit 0}}", "invalid_required_field", 1, 36},
        {"{:concurrency {:on-new-version 5}}", "invalid_required_field", 1, 32},
        {"{:concurrency {:on-conflict :x}}", "invalid_required_field", 1, 29},
        {"{:concurrency {:priority :x}}", "invalid_required_field", 1, 26},
        {"{:concurrency {:rate {}}}", "unsupported_concurrency_option", 1, 22},
        {"{:flow (let [])}", "invalid_required_field", 1, 8},
        {"{:flow nil}", "invalid_required_field", 1, 8},
        {"{:flow '#flow/include \"x.clj\"}", "flow_include_invalid", 1, 9},
        {"{:requires {}}", "invalid_required_field", 1, 12},
        /* templates */
        {"{:templates {}}", "invalid_required_field", 1, 13},
        {"{:templates [5]}", "invalid_required_field", 1, 14},
        {TEMPLATE(":type :llm-prompt"), "missing_required_field", 2, 13},
        {TEMPLATE(":id 5 :type :llm-prompt :prompt \"x\""), "invalid_required_field", 2, 18},
        {TEMPLATE(":id :a :prompt \"x\""), "missing_required_field", 2, 13},
        {TEMPLATE(":id :a :type :letter"), "invalid_required_field", 2, 27},
        {TEMPLATE(":id :a :type :llm-prompt :prompt \"x\"} {:id :a :type :llm-prompt :prompt "
                  "\"x\""),
         "duplicate_template_id", 2, 57},
        {TEMPLATE(":id :a :type :http-request"), "missing_required_field", 2, 13},
        {TEMPLATE(":id :a :type :http-request :request []"), "invalid_required_field", 2, 50},
        {TEMPLATE(":id :a :type :llm-prompt"), "missing_required_field", 2, 13},
        {TEMPLATE(":id :a :type :llm-prompt :prompt :x"), "invalid_required_field", 2, 47},
        {TEMPLATE(":id :a :type :db-query :sql []"), "invalid_required_field", 2, 42},
        {TEMPLATE(":id :a :type :notification :channels 5"), "invalid_required_field", 2, 51},
        {TEMPLATE(":id :a :type :llm-prompt :prompt \"x\" :escape :sql"), "invalid_required_field",
         2, 59},
        {TEMPLATE(":id :a :type :llm-prompt :prompt \"a\\n{{#if x}}\""), "template_invalid", 2, 51},
        {TEMPLATE(":id :a :type :llm-prompt :prompt \"a\n {{#if x}}\""), "template_invalid", 3, 2},
        {TEMPLATE(":id :a :type :llm-prompt :system \"{{x\" :prompt \"x\""), "template_invalid", 2,
         48},
        {TEMPLATE(":id :a :type :http-request :request {:json {:a [\"{{x\"]}}"), "template_invalid",
         2, 63},
        {TEMPLATE(":id :a :type :http-request :request {:json {\"{{x}}\" 1}}"), "template_invalid",
         2, 58},
        {TEMPLATE(":id :a :type :http-request :request {:auth {:secret-ref \"{{x}}\"}}"),
         "template_invalid", 2, 70},
        {TEMPLATE(":id :a :type :db-query :sql \"a = '{{x}}'\""), "template_invalid", 2, 48},
        {TEMPLATE(":id :a :type :db-query :sql \"a = $1 {{x}}\""), "template_invalid", 2, 50},
        {TEMPLATE(":id :a :type :db-query :sql \"a = {{{x}}}\""), "template_invalid", 2, 47},
        {TEMPLATE(":id :a :type :db-query :sql \"/* {{x}} */\""), "template_invalid", 2, 46},
        {TEMPLATE(":id :a :type :db-query :sql \"a = E'\\\\'{{x}}'\""), "template_invalid", 2, 52},
        /* invocations */
        {INVOKE("[]"), "invalid_invocations_shape", 2, 14},
        {INVOKE("{\"x\" {}}"), "invalid_invocation_id", 2, 15},
        {INVOKE("{:a/b {}}"), "invalid_invocation_id", 2, 15},
        {INVOKE("{:a []}"), "invalid_invocation_shape", 2, 18},
        {INVOKE("{:a {:inputs {}}}"), "invalid_invocation_inputs_shape", 2, 27},
        {INVOKE("{:a {:inputs [5]}}"), "invalid_invocation_input_shape", 2, 28},
        {INVOKE("{:a {:inputs [{}]}}"), "missing_invocation_input_name", 2, 28},
        {INVOKE("{:a {:inputs [{:name 5}]}}"), "invalid_invocation_input_name", 2, 35},
        {INVOKE("{:a {:inputs [{:name :x} {:name :x}]}}"), "duplicate_invocation_input_name", 2,
         46},
        {INVOKE("{:a {:inputs [{:name :x :type :y}]}}"), "invalid_invocation_input_type", 2, 44},
        /* interfaces */
        {FACE("[]"), "invalid_interfaces_shape", 2, 13},
        {FACE("{:manual {}}"), "invalid_interface_category_shape", 2, 22},
        {FACE("{:manual [5]}"), "invalid_interface_shape", 2, 23},
        {FACE("{:manual [{:invocation :default}]}"), "missing_interface_id", 2, 23},
        {FACE("{:manual [{:id 5 :invocation :default}]}"), "invalid_interface_id", 2, 28},
        {FACE("{:manual [{:id :a :invocation :default}\n{:id :b :invocation :default}]}"),
         "too_many_interfaces", 3, 1},
        {FACE("{:mcp [{:tool-name \"a\" :invocation :default}\n{:tool-name \"a\" :invocation "
              ":default}]}"),
         "duplicate_interface_id", 3, 13},
        {FACE("{:mcp [{:tool-name :a :invocation :default}]}"), "invalid_interface_id", 2, 32},
        {FACE("{:manual [{:id :a}]}"), "missing_interface_invocation", 2, 23},
        {FACE("{:manual [{:id :a :invocation 5}]}"), "invalid_interface_invocation", 2, 43},
        {FACE("{:manual [{:id :a :invocation :x}]}"), "unknown_interface_invocation", 2, 43},
        {FACE("{:manual [{:id :a :invocation :default :enabled 5}]}"), "invalid_required_field", 2,
         61},
        {FACE("{:webhook [{:id :a :invocation :default :path \"a b\" :auth {:type :api-key "
              ":secret-ref :k}}]}"),
         "invalid_interface_shape", 2, 24},
        /* webhook auth */
        {HOOK(""), "missing_webhook_auth", 2, 24},
        {HOOK(":auth 5"), "invalid_webhook_auth", 3, 7},
        {HOOK(":auth {}"), "invalid_webhook_auth", 3, 7},
        {HOOK(":auth {:type :none}"), "invalid_webhook_auth", 3, 14},
        {HOOK(":auth {:type :bearer :secret-ref :k}"), "unsupported_webhook_auth", 3, 14},
        {HOOK(":auth {:type :github :secret-ref :k}"), "unsupported_webhook_auth", 3, 14},
        {HOOK(":auth {:type :api-key}"), "invalid_webhook_auth", 3, 7},
        {HOOK(":auth {:type :api-key :secret-ref 5}"), "invalid_webhook_auth", 3, 35},
        {HOOK(":auth {:type :api-key :secret \"hunter2\"}"), "secret_in_source", 3, 31},
        /* schedules and triggers */
        {"{:schedules {}}", "invalid_required_field", 1, 13},
        {"{:schedules [5]}", "invalid_required_field", 1, 14},
        {"{:schedules [{:cron \"* * * * *\"}]}", "missing_required_field", 1, 14},
        {"{:schedules [{:id :a}]}", "missing_required_field", 1, 14},
        {"{:schedules [{:id :a :cron 5}]}", "invalid_required_field", 1, 28},
        {"{:schedules [{:id :a :cron \"x\"} {:id :a :cron \"x\"}]}", "duplicate_schedule_id", 1,
         38},
        {"{:schedules [{:id :a :cron \"x\" :invocation :y}]}", "unknown_schedule_invocation", 1,
         44},
        {"{:schedules [{:id :a :cron \"x\" :catch-up :y}]}", "invalid_required_field", 1, 42},
        {"{:schedules [{:id :a :cron \"x\" :input 5}]}", "invalid_required_field", 1, 39},
        {"{:triggers {}}", "invalid_required_field", 1, 12},
        {"{:triggers [{:type :x}]}", "invalid_required_field", 1, 20},
        {"{:triggers [{:type :schedule}]}", "missing_required_field", 1, 13},
        {"{:triggers [{:type :event :config {:event-name \"a\"}}]}", "missing_webhook_auth", 1, 35},
        {"{:triggers [{:type :manual :config 5}]}", "invalid_required_field", 1, 36},
        /* functions */
        {"{:functions {}}", "invalid_required_field", 1, 13},
        {"{:functions [5]}", "invalid_required_field", 1, 14},
        {"{:functions [{:code '(fn [] 1)}]}", "missing_required_field", 1, 14},
        {"{:functions [{:id :a}]}", "missing_required_field", 1, 14},
        {"{:functions [{:id :a :code 5}]}", "invalid_function_code", 1, 28},
        {"{:functions [{:id :a :code '(fn []) :language :js}]}", "invalid_required_field", 1, 47},
        {"{:functions [{:id :a :code '(fn [])} {:id :a :code '(fn [])}]}", "duplicate_function_id",
         1, 43},
        {"{:functions [{:id :a :code \"(fn [x]\n (+ 1\"}]}", "function_code_string_invalid", 2, 2},
        {"{:functions [{:id :a :code \"\"}]}", "function_code_string_invalid", 1, 28},
        {"{:functions [{:id :a :code \"(fn []) 1\"}]}", "function_code_string_invalid", 1, 28},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_null(read_source(cases[i].source));
        if (has(cases[i].code, cases[i].line, cases[i].column)) continue;
        for (const struct diagnostic *item = list.first; item; item = item->next) {
            print_message("  %s %u:%u " TEXT_FMT "\n", item->code, item->line, item->column,
                          TEXT_ARG(item->message));
        }
        fail_msg("%s\n  has no %s at %u:%u", cases[i].source, cases[i].code, cases[i].line,
                 cases[i].column);
    }
}

static void each_diagnostic_has_a_hint(void **state)
{
    (void)state;
    read_source("{:slug 1 :name 2 :concurrency {:type 3} :flow 4 :interfaces {:webhook [{}] :x 1} "
                ":schedules [{}] :functions [{}] :triggers [{}] :invocations {:a {:inputs [{}]}}}");
    assert_true(list.error_count > 10);
    for (const struct diagnostic *item = list.first; item; item = item->next) {
        if (item->hint.len == 0) fail_msg("%s has no hint", item->code);
    }
}

/* A flow whose :description is that long. */
static void read_large(const char *before, size_t size, const char *after)
{
    struct buf source = {0};

    buf_cstr(&source, before);
    for (size_t i = 0; i < size; i++) {
        buf_char(&source, 'x');
    }
    buf_cstr(&source, after);
    diagnostic_init(&list, &arena);
    assert_null(definition_read(&arena, arena_text(&arena, buf_get(&source)), &list));
    buf_done(&source);
}

static void sizes_are_limited(void **state)
{
    (void)state;
    read_large("{:description \"", LIMIT_FLOW_DEFINITION, "\"}");
    assert_true(has("too_large", 1, 1));
    read_large("{:functions \"", LIMIT_FLOW_DEFINITION, "\"}");
    assert_false(has("too_large", 1, 1));
    read_large("{:functions \"", LIMIT_FLOW_PART, "\"}");
    assert_true(has("too_large", 1, 1));
    read_large("{:a \"", 10 * 1024 * 1024, "\"}");
    assert_int_equal(list.error_count, 1);
    assert_string_equal(list.first->code, "too_large");
}

/* Whether that many bytes of padding between the two texts are too large. */
static bool padded_is_too_large(const char *before, size_t size, const char *after)
{
    struct buf source = {0};

    buf_cstr(&source, before);
    while (source.len + strlen(after) < size) {
        buf_char(&source, 'x');
    }
    buf_cstr(&source, after);
    assert_int_equal(source.len, size);
    diagnostic_init(&list, &arena);
    (void)definition_read(&arena, arena_text(&arena, buf_get(&source)), &list);
    buf_done(&source);
    for (const struct diagnostic *item = list.first; item; item = item->next) {
        if (strcmp(item->code, "too_large") == 0) return true;
    }
    return false;
}

static void sizes_are_exact_at_their_limits(void **state)
{
    static const char part[] = "{:functions \"";
    const size_t around = strlen("{:functions ") + strlen("}");

    (void)state;
    for (size_t more = 0; more <= 2; more++) { // one less, the limit, one more
        assert_int_equal(
            padded_is_too_large("{:description \"", LIMIT_FLOW_DEFINITION - 1 + more, "\"}"),
            more == 2);
        // the part with its quotes; what stands around it counts for the definition
        assert_int_equal(padded_is_too_large(part, LIMIT_FLOW_PART - 1 + more + around, "\"}"),
                         more == 2);
    }
    // the whole file: nothing is read of a larger one
    assert_true(padded_is_too_large("{:slug :a} ;", LIMIT_FLOW_FILE, ""));
    assert_true(list.error_count > 1);
    assert_true(padded_is_too_large("{:slug :a} ;", LIMIT_FLOW_FILE + 1, ""));
    assert_int_equal(list.error_count, 1);
}

static void a_slug_is_exact_at_its_limit(void **state)
{
    (void)state;
    for (size_t len = 127; len <= 129; len++) {
        char slug[200] = {0};

        memset(slug, 'a', len);
        read_source(arena_printf(&arena, "{:slug :%s}", slug).ptr);
        assert_int_equal(has("invalid_required_field", 1, 8), len > 128);
    }
}

/* The text so often between the other two. */
static struct text many(const char *before, const char *text, size_t count, const char *after)
{
    struct buf source = {0};

    buf_cstr(&source, before);
    for (size_t i = 0; i < count; i++) {
        buf_cstr(&source, text);
    }
    buf_cstr(&source, after);
    struct text copy = arena_text(&arena, buf_get(&source));

    buf_done(&source);
    return copy;
}

static void entries_are_limited(void **state)
{
    static const char *const keys[] = {"{:functions [",
                                       "{:schedules [",
                                       "{:triggers [",
                                       "{:interfaces {:mcp [",
                                       "{:interfaces {} :triggers [",
                                       "{:invocations {:a {:inputs ["};
    static const char *const ends[] = {"]}", "]}", "]}", "]}}", "]}", "]}}}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        for (size_t count = LIMIT_FLOW_ENTRIES - 1; count <= LIMIT_FLOW_ENTRIES + 1; count++) {
            diagnostic_init(&list, &arena);
            assert_null(definition_read(&arena, many(keys[i], "5 ", count, ends[i]), &list));
            bool found = false;

            for (const struct diagnostic *item = list.first; item; item = item->next) {
                found = found || strcmp(item->code, "limit_exceeded") == 0;
            }
            if (found != (count > LIMIT_FLOW_ENTRIES)) fail_msg("%s %zu", keys[i], count);
        }
    }
}

static void a_budget_is_not_overrun(void **state)
{
    static const char *const texts[] = {"a ", "[] ", "(flow/step) ", "\"a\" "};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        for (size_t budget = 4 << 20; budget < 24 << 20; budget += 4 << 20) {
            struct text source =
                many("{:slug 5 :unknown 6 :flow '[", texts[i], 150000 / strlen(texts[i]), "]}");
            struct arena small;

            arena_init(&small, budget);
            diagnostic_init(&list, &small);
            assert_null(definition_read(&small, source, &list));
            arena_done(&small);
        }
    }
}

static void a_flow_with_errors_is_parsed_as_far_as_it_goes(void **state)
{
    struct definition *definition;

    (void)state;
    diagnostic_init(&list, &arena);
    definition = definition_parse(&arena, TEXT("{:slug 5 :flow '(a)}"), &list);
    assert_non_null(definition);
    assert_true(list.error_count > 0);
    assert_true(form_is_call(definition->body, "a"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_small_flow_is_read),
        TEST(the_body_may_be_quoted_in_each_way),
        TEST(concurrency_is_read_in_full),
        TEST(invocations_and_their_inputs_are_read),
        TEST(a_webhook_has_path_event_and_auth),
        TEST(an_event_name_is_the_path_when_there_is_none),
        TEST(schedules_are_read),
        TEST(functions_are_quoted_or_in_strings),
        TEST(older_triggers_become_interfaces_and_schedules),
        TEST(missing_interfaces_and_invocations_are_warnings),
        TEST(unknown_keys_are_kept_and_warned_about),
        TEST(what_is_wrong_is_named_with_its_position),
        TEST(each_diagnostic_has_a_hint),
        TEST(sizes_are_limited),
        TEST(sizes_are_exact_at_their_limits),
        TEST(a_slug_is_exact_at_its_limit),
        TEST(entries_are_limited),
        TEST(a_budget_is_not_overrun),
        TEST(a_flow_with_errors_is_parsed_as_far_as_it_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
