/*
 * Step: what a (flow/step …) call looks like: its type, id and config, as far as they are written
 * out. What is worked out at run time is checked there.
 */
#include "flow/lint_internal.h"
#include "flow/near.h"

/* Types */

static struct text nearest_type(struct text type)
{
    struct text best = TEXT_NONE;
    size_t best_distance = 3;

    for (const struct lint_type *known = lint_options_types(); known->name; known++) {
        size_t distance = text_distance(type, text_from(known->name), best_distance);

        if (distance >= best_distance) continue;
        best = text_from(known->name);
        best_distance = distance;
    }
    return best;
}

/* What else a step of that name would be. */
static const char *const advice[][2] = {
    {"webhook", "A webhook starts a flow: :interfaces {:webhook […]}; one that continues it is a "
                ":wait with flow/callback."},
    {"trigger", "What starts a flow stands under :interfaces and :schedules."},
    {"schedule", "What starts a flow stands under :interfaces and :schedules."},
    {"script", "Code is a :function step; it is pure."},
    {"transform", "Code is a :function step; it is pure."},
    {"clojure", "Code is a :function step; it is pure."},
    {"fn", "Code is a :function step; it is pure."},
    {"approval", "Use (flow/step :wait :approval {:approval {:title \"…\"}})."},
    {"callback", "Use (flow/callback :id), then (flow/step :wait :id {…})."},
    {"email", "Send it by an :http step to your mail service."},
    {"slack", "Send it by an :http step to Slack's webhook."},
    {"request", "Use :http."},
    {"fetch", "Use :http."},
    {"rest", "Use :http."},
    {"get", "Use :http with :method :get."},
    {"post", "Use :http with :method :post."},
    {"store", "Use :kv."},
    {"state", "Use :kv."},
    {"cache", "Use :kv."},
    {"delay", "Use :sleep."},
    {"timer", "Use :sleep, or :wait with :duration."},
    {"parallel", "Use (flow/parallel […])."},
    {"loop", "Use for, or (flow/each [x xs] …)."},
    {"each", "Use (flow/each [x xs] …)."},
    {"subflow", "Use (flow/call-flow :slug {…})."},
    {"flow", "Use (flow/call-flow :slug {…})."},
};

static const char *type_hint(struct lint *lint, struct text type, const char *all)
{
    struct text near = nearest_type(type);

    for (size_t i = 0; i < ARRAY_COUNT(advice); i++) {
        if (text_equal(type, text_from(advice[i][0]))) return advice[i][1];
    }
    if (!near.ptr) return all;
    return arena_printf(lint->arena, "Did you mean `:" TEXT_FMT "`? %s", TEXT_ARG(near), all).ptr;
}

void lint_step_unknown_type(struct lint *lint, const struct form *at, const char *path)
{
    static const char *const others[] = {"llm",   "agent", "search", "db",  "notify", "table",
                                         "files", "ssh",   "fanout", "job", NULL};
    struct text type = form_name(at);

    for (size_t i = 0; others[i]; i++) {
        if (!text_equal(type, text_from(others[i]))) continue;
        lint_error(lint, "unknown_step_type", at, path,
                   "There are :http, :function, :kv, :sleep and :wait; an :http step can reach "
                   "what this one would.",
                   "this server does not run :" TEXT_FMT " steps", TEXT_ARG(type));
        return;
    }
    lint_error(lint, "unknown_step_type", at, path,
               type_hint(lint, type, "There are :http, :function, :code, :kv, :sleep and :wait."),
               "there is no step type :" TEXT_FMT, TEXT_ARG(type));
    struct near meant;

    near_init(&meant, type);
    for (const struct lint_type *known = lint_options_types(); known->name; known++) {
        near_consider(&meant, text_from(known->name));
    }
    diagnostic_fix_name(lint->diagnostics, at, near_get(&meant));
}

/* Options that name other parts of the flow. */
static void check_named(struct lint *lint, const struct form *key, const struct form *value,
                        const char *path)
{
    if (form_is_keyword(key, "connection") && value->kind == FORM_KEYWORD) {
        lint_call_slot(lint, value, path, "Declare it under :requires, or give the step its :url.");
    }
}

void lint_step_options(struct lint *lint, const struct lint_type *type, const struct form *config,
                       const char *path)
{
    for (uint32_t i = 0; i + 1 < config->count; i += 2) {
        const struct form *key = config->items[i], *value = config->items[i + 1];
        const struct lint_option *option = lint_options_find(type, key);

        if (option) {
            lint_value(lint, option, value, path);
            check_named(lint, key, value, path);
            continue;
        }
        const char *what = type == lint_options_call()
                               ? type->name
                               : arena_printf(lint->arena, "the :%s step", type->name).ptr;

        lint_value_unknown(lint, key, lint_options_nearest(type, form_name(key)), what, path);
    }
}

/* Of the options in each group one must be there. */
static void check_needed(struct lint *lint, const struct lint_type *type, const struct form *config,
                         const char *path)
{
    if (!type->needs[0]) return;
    for (size_t i = 0; i < ARRAY_COUNT(type->needs) && type->needs[i]; i++) {
        if (form_get(config, type->needs[i])) return;
    }
    lint_error(lint, "step_config_invalid", config, path, type->needs_hint,
               "the config of the :%s step lacks :%s", type->name, type->needs[0]);
}

static void check_headers(struct lint *lint, const struct form *headers, const char *path)
{
    for (uint32_t i = 0; headers && headers->kind == FORM_MAP && i < headers->count; i++) {
        const struct form *part = headers->items[i];

        if (part->kind != FORM_STRING || (text_index_of_char(part->text, '\r') < 0 &&
                                          text_index_of_char(part->text, '\n') < 0)) {
            continue;
        }
        lint_error(lint, "step_config_invalid", part, path, "Take the line break out.",
                   "a line of :headers has a line break in it");
    }
}

/* At most one body. */
static void check_http(struct lint *lint, const struct form *config, const char *path)
{
    static const char *const bodies[] = {"json", "form", "body"};
    const struct form *first = NULL;

    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) {
        const struct form *body = form_get(config, bodies[i]);

        if (body && first) {
            lint_error(lint, "step_config_invalid", body, path,
                       "Keep one: :json for data, :form for a form, :body for text.",
                       "a request has one of :json, :form and :body");
        }
        if (body) first = body;
    }
    check_headers(lint, form_get(config, "headers"), path);
}

static void check_kv(struct lint *lint, const struct form *config, const char *path)
{
    const struct form *operation = form_get(config, "operation");
    struct text name = operation ? form_name(operation) : TEXT_NONE;

    if (!name.ptr || !lint_value_is_literal(operation)) return;
    bool writes = text_equal(name, TEXT("set")) || text_equal(name, TEXT("append"));

    if (!text_equal(name, TEXT("list-keys")) && !form_get(config, "key")) {
        lint_error(lint, "step_config_invalid", config, path, "Add :key \"orders/42\".",
                   "a :kv step needs :key");
    }
    if (writes && !form_get(config, "value")) {
        lint_error(lint, "step_config_invalid", config, path, "Add :value.",
                   "a :kv step that writes needs :value");
    }
}

/* Function steps */

/* True when the form can never be a map, whatever the code around it does. */
static bool never_a_map(const struct form *form)
{
    if (form_is_quote(form)) {
        const struct form *data = form->items[1];

        return data->kind != FORM_MAP && data->kind != FORM_TAGGED;
    }
    switch (form->kind) {
    case FORM_MAP:
    case FORM_SYMBOL:
    case FORM_TAGGED:
    case FORM_INST: // a data reader might make anything of these
    case FORM_UUID:
    case FORM_BYTES: return false;
    case FORM_LIST: return form->count == 0 || form_is_call(form, "fn*");
    default: return true;
    }
}

static void check_ref(struct lint *lint, const struct form *ref, const char *path)
{
    const struct definition *definition = lint->definition;
    struct text name =
        definition_find_function(definition, form_name(ref)) ? form_name(ref) : TEXT_NONE;

    if (!lint_value_is_literal(ref)) {
        lint->has_dynamic_ref = true;
        return;
    }
    if (name.ptr) {
        lint_note(lint, &lint->functions, name, ref);
        return;
    }
    const char *hint = "Declare it: :functions [{:id :name :code '(fn [input] …)}].";
    size_t best = 4;
    struct near meant;

    near_init(&meant, form_name(ref));

    for (uint32_t i = 0; i < definition->function_count; i++) {
        struct text id = definition->functions[i].id;
        size_t distance = text_distance(form_name(ref), id, best);

        near_consider(&meant, id);
        if (distance >= best) continue;
        best = distance;
        hint = arena_printf(lint->arena, "Did you mean `:" TEXT_FMT "`?", TEXT_ARG(id)).ptr;
    }
    lint_error(lint, "unknown_function", ref, path, hint, "no function :" TEXT_FMT " is declared",
               TEXT_ARG(form_name(ref)));
    diagnostic_fix_name(lint->diagnostics, ref, near_get(&meant));
}

static void check_language(struct lint *lint, const struct form *language, const char *path)
{
    if (!language || !lint_value_is_literal(language) ||
        text_equal(form_name(language), TEXT("clojure"))) {
        return;
    }
    lint_error(lint, "step_config_invalid", language, path, "Use :language :clojure.",
               "functions are written in :clojure");
}

static void check_function(struct lint *lint, const struct form *config, const char *path)
{
    const struct form *code = form_get(config, "code"), *ref = form_get(config, "ref");
    const struct form *input = form_get(config, "input");

    if (code && ref) {
        lint_error(lint, "function_step_code_ref_conflict", config, path,
                   "Keep :code, or :ref to one of :functions, not both.",
                   "the config of a function step has both :code and :ref");
    } else if (!code && !ref) {
        lint_error(lint, "function_step_missing_code_or_ref", config, path,
                   "Add :code '(fn [input] …), or :ref to one of :functions.",
                   "the config of a function step has neither :code nor :ref");
    }
    if (ref) check_ref(lint, ref, path);
    if (code) lint_code(lint, code, path);
    check_language(lint, form_get(config, "language"), path);
    if (input && ref && never_a_map(input)) {
        lint_error(lint, "function_step_input_shape_invalid", input, path,
                   "Use a map such as :input {:rows rows}, or an expression that makes one.",
                   ":input of a function step must be a map, and this never is");
    }
}

/* The call */

static bool check_arity(struct lint *lint, const struct form *form, const char *path)
{
    const struct form *type = form->items[1];
    bool function = form_is_keyword(type, "function") || form_is_keyword(type, "code");
    const char *hint = "Write (flow/step :type :step-id {…}); all options go into the one map.";

    if (form->count == 4) return true;
    if (form->count == 3 && !function && form->items[2]->kind != FORM_MAP) {
        lint_error(lint, "flow_step_missing_config", form, path, hint,
                   "the step has no config map");
        return false;
    }
    lint_error(lint, function ? "function_step_arity_invalid" : "flow_step_arity_invalid", form,
               path, hint, "flow/step takes a type, a step id and a config map, not %u argument%s",
               form->count - 1, form->count == 2 ? "" : "s");
    return false;
}

void lint_step_id(struct lint *lint, const struct form *id, const char *path)
{
    if (!lint_value_is_literal(id)) {
        lint_warn(lint, "flow_step_missing_step_id", id, path,
                  "Use a keyword such as :fetch-order, so that runs show it and replays find it.",
                  "the step id is not written out");
        return;
    }
    struct text name = form_name(id);
    bool good = name.len > 0 && name.len <= 128;

    for (size_t i = 0; i < name.len && good; i++) {
        good = (unsigned char)name.ptr[i] > ' ' && name.ptr[i] != '/' && name.ptr[i] != '#';
    }
    if (good) return;
    lint_error(lint, "invalid_step_id", id, path, "Use a plain keyword such as :fetch-order.",
               "a step id is a keyword without a namespace, and without / or #");
}

static bool is_function(const struct lint_type *type)
{
    return text_equal(text_from(type->name), TEXT("function")) ||
           text_equal(text_from(type->name), TEXT("code"));
}

void lint_step_config(struct lint *lint, const struct lint_type *type, const struct form *config,
                      const char *path, bool is_whole)
{
    struct text name = text_from(type->name);

    lint_step_options(lint, type, config, path);
    if (is_whole) check_needed(lint, type, config, path);
    lint_template(lint, type->name, config, path, is_whole);
    if (is_function(type)) check_function(lint, config, path);
    if (is_whole && text_equal(name, TEXT("kv"))) check_kv(lint, config, path);
    if (text_equal(name, TEXT("http"))) check_http(lint, config, path);
}

static void check_config(struct lint *lint, const struct lint_type *type, const struct form *config,
                         const char *path)
{
    if (config->kind == FORM_MAP) {
        lint_step_config(lint, type, config, path, true);
    } else if (is_function(type)) {
        lint_error(lint, "function_step_config_invalid", config, path,
                   "Use (flow/step :function :step-id {:ref :name :input {…}}).",
                   "the config of a function step must be a map that is written out");
    } else if (lint_value_is_literal(config)) {
        lint_error(lint, "flow_step_missing_config", config, path,
                   "Write (flow/step :type :step-id {…}).", "the config of a step must be a map");
    }
}

void lint_step(struct lint *lint, const struct form *form)
{
    if (form->count < 2) {
        lint_error(lint, "flow_step_arity_invalid", form, ":flow",
                   "Write (flow/step :type :step-id {…}).", "flow/step has no arguments");
        return;
    }
    const struct form *type = form->items[1];
    const char *path = ":flow";

    if (form->count > 2 && form->items[2]->kind == FORM_KEYWORD) {
        path = arena_printf(lint->arena, ":flow :" TEXT_FMT, TEXT_ARG(form->items[2]->name)).ptr;
    }
    if (type->kind != FORM_KEYWORD) {
        struct text name = form_name(type);
        const char *hint = "Use a keyword such as :http.";

        if (name.ptr && lint_options_type(name)) {
            hint = arena_printf(lint->arena, "Write :" TEXT_FMT ".", TEXT_ARG(name)).ptr;
        }
        lint_warn(lint, "flow_step_invalid_type", type, path, hint,
                  "the step type is not a keyword that is written out");
        return;
    }
    if (type->ns.ptr) {
        lint_packaged(lint, form, path);
        return;
    }
    const struct lint_type *known = lint_options_type(type->name);

    if (!known) lint_step_unknown_type(lint, type, ":flow");
    if (!check_arity(lint, form, path)) return;
    lint_step_id(lint, form->items[2], path);
    if (form_is_keyword(type, "wait")) {
        lint->has_dynamic_wait = lint->has_dynamic_wait || !lint_value_is_literal(form->items[2]);
        if (form_name(form->items[2]).ptr) {
            lint_note(lint, &lint->waits, form_name(form->items[2]), form->items[2]);
        }
    }
    if (known) check_config(lint, known, form->items[3], path);
}
