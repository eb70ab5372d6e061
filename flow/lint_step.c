/*
 * Step: what a (flow/step …) call looks like: its type, id and config, as far as they are written
 * out. What is worked out at run time is checked there.
 */
#include "base/parse.h"
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

static void unknown_type(struct lint *lint, const struct form *at)
{
    static const char *const others[] = {"llm",   "agent", "search", "db",  "notify", "table",
                                         "files", "ssh",   "fanout", "job", NULL};
    struct text type = at->name;

    for (size_t i = 0; others[i]; i++) {
        if (!text_equal(type, text_from(others[i]))) continue;
        lint_error(lint, "unknown_step_type", at, ":flow",
                   "There are :http, :function, :kv, :sleep and :wait; an :http step can reach "
                   "what this one would.",
                   "this server does not run :" TEXT_FMT " steps", TEXT_ARG(type));
        return;
    }
    struct text near = nearest_type(type);
    const char *hint = "There are :http, :function, :code, :kv, :sleep and :wait.";

    if (near.ptr) {
        hint =
            arena_printf(lint->arena, "Did you mean :" TEXT_FMT "? %s", TEXT_ARG(near), hint).ptr;
    }
    lint_error(lint, "unknown_step_type", at, ":flow", hint, "there is no step type :" TEXT_FMT,
               TEXT_ARG(type));
    struct near meant;

    near_init(&meant, type);
    for (const struct lint_type *known = lint_options_types(); known->name; known++) {
        near_consider(&meant, text_from(known->name));
    }
    diagnostic_fix_name(lint->diagnostics, at, near_get(&meant));
}

/* Packaged steps */

static bool declares(const struct form *entries, const struct form *id)
{
    for (uint32_t i = 0; entries && i < entries->count; i++) {
        const struct form *other = form_get(entries->items[i], "id");

        if (other && other->kind == FORM_KEYWORD && form_equal(other, id)) return true;
    }
    return false;
}

static void check_packaged(struct lint *lint, const struct form *form)
{
    const struct form *type = form->items[1];
    const struct form *agents = form_get(lint->definition->root, "agents");
    bool agent = agents && agents->kind == FORM_VECTOR && declares(agents, type);
    struct text name =
        arena_printf(lint->arena, TEXT_FMT "/" TEXT_FMT, TEXT_ARG(type->ns), TEXT_ARG(type->name));

    lint_note(lint, &lint->packaged, name, type);
    if (form->count > 4) {
        lint_warn(lint, "flow_step_packaged_extra_argument", form->items[4], ":flow",
                  "Put everything into the one input map.",
                  "a packaged step takes a step id and an input map");
    }
    if (!agent && !declares(lint->definition->steps, type)) {
        lint_error(lint, "missing_packaged_step_reference", type, ":flow",
                   "Declare it under :steps, or use a step type such as :http.",
                   "no packaged step :" TEXT_FMT " is declared", TEXT_ARG(name));
        return;
    }
    lint_error(lint, "unknown_step_type", type, ":flow",
               "Write the step out with its own type: (flow/step :http :step-id {…}).",
               "this server does not run packaged steps or agents");
}

/* Values that are written out */

static bool is_literal(const struct form *form)
{
    return form->kind != FORM_SYMBOL && form->kind != FORM_LIST;
}

static void check_duration(struct lint *lint, const struct form *form, const char *key,
                           const char *path)
{
    int64_t ms;
    bool good = true;

    if (form->kind == FORM_INT) {
        good = form->integer >= 0;
    } else if (form->kind == FORM_DOUBLE) {
        good = form->real >= 0;
    } else if (form->kind == FORM_STRING) {
        good = parse_duration_ms(form->text, &ms);
    } else if (is_literal(form)) {
        good = false;
    }
    if (good) return;
    lint_error(lint, "step_config_invalid", form, path,
               "Write seconds, or a duration such as \"30s\", \"5m\" or \"24h\".",
               ":%s is not a duration", key);
}

static bool is_choice(struct text name, const char *const *choices)
{
    for (size_t i = 0; choices[i]; i++) {
        if (text_equal(name, text_from(choices[i]))) return true;
    }
    return false;
}

static void check_choice(struct lint *lint, const struct form *form, const char *key,
                         const char *const *choices, const char *path)
{
    struct buf hint = {.limit = 200};
    struct near meant;

    if (!is_literal(form) || is_choice(form_name(form), choices)) return;
    near_init(&meant, form_name(form));
    for (size_t i = 0; choices[i]; i++) {
        near_consider(&meant, text_from(choices[i]));
        buf_printf(&hint, "%s:%s", i == 0 ? "Use one of " : ", ", choices[i]);
    }
    buf_char(&hint, '.');
    lint_error(lint, "step_config_invalid", form, path, hint.ptr, ":%s has an unknown value", key);
    diagnostic_fix_name(lint->diagnostics, form, near_get(&meant));
    buf_done(&hint);
}

static void check_retry(struct lint *lint, const struct form *form, const char *path)
{
    static const char *const backoffs[] = {"exponential", "linear", "constant", NULL};
    const struct form *attempts = form_get(form, "max-attempts");
    const struct form *backoff = form_get(form, "backoff");

    if (is_literal(form) && form->kind != FORM_MAP) {
        lint_error(lint, "step_config_invalid", form, path,
                   "Use {:max-attempts 3 :backoff-ms 500 :backoff :exponential}.",
                   ":retry must be a map");
    }
    if (attempts && is_literal(attempts) &&
        (attempts->kind != FORM_INT || attempts->integer < 1 || attempts->integer > 100)) {
        lint_error(lint, "step_config_invalid", attempts, path, "Use :max-attempts 3.",
                   ":max-attempts must be a whole number from 1 to 100");
    }
    if (backoff) check_choice(lint, backoff, "backoff", backoffs, path);
}

/* What would make an approval stricter than this server is may not be passed over. */
static void check_approval(struct lint *lint, const struct form *form, const char *path)
{
    const struct form *approvers = form_get(form, "approvers");
    const struct form *expires = form_get(form, "expires");
    const struct form *roles = form_get(form, "roles");

    if (is_literal(form) && form->kind != FORM_MAP) {
        lint_error(lint, "step_config_invalid", form, path, "Use {:title \"…\" :params {…}}.",
                   ":approval must be a map");
    }
    if (approvers && (approvers->kind != FORM_INT || approvers->integer != 1)) {
        lint_error(lint, "unsupported_step_option", approvers, path,
                   "Put one :wait step behind the other, one for each reviewer.",
                   "this server runs approvals by one reviewer");
    }
    if (expires) {
        lint_error(lint, "unsupported_step_option", expires, path,
                   "Use :timeout of the :wait step.", "this server does not run :expires");
    }
    if (roles) {
        lint_error(lint, "unsupported_step_option", roles, path,
                   "Give the approval's link only to those who may decide.",
                   "this server does not run :roles");
    }
}

void lint_step_option(struct lint *lint, const struct lint_option *option, const struct form *value,
                      const char *path)
{
    if (option->check == LINT_DURATION) check_duration(lint, value, option->name, path);
    if (option->check == LINT_RETRY) check_retry(lint, value, path);
    if (option->check == LINT_APPROVAL) check_approval(lint, value, path);
    if (option->check == LINT_CHOICE) {
        check_choice(lint, value, option->name, option->choices, path);
    }
    if (option->check != LINT_REFUSED) return;
    lint_error(lint, "unsupported_step_option", value, path, option->hint,
               "this server does not run :%s", option->name);
}

/* Options that name other parts of the flow. */
static void check_named(struct lint *lint, const struct form *key, const struct form *value,
                        const char *path)
{
    if (form_is_keyword(key, "connection") && value->kind == FORM_KEYWORD) {
        const struct form *requires = lint->definition->requires;
        bool declared = false;

        for (uint32_t i = 0; requires && i < requires->count; i++) {
            const struct form *slot = form_get(requires->items[i], "slot");

            declared = declared || (slot && text_equal(form_name(slot), value->name));
        }
        if (declared) return;
        lint_error(lint, "unknown_connection_slot", value, path,
                   "Declare it under :requires, or give the step its :url.",
                   "no connection slot :" TEXT_FMT " is declared", TEXT_ARG(value->name));
    }
}

static void check_options(struct lint *lint, const struct lint_type *type,
                          const struct form *config, const char *path)
{
    for (uint32_t i = 0; i + 1 < config->count; i += 2) {
        const struct form *key = config->items[i], *value = config->items[i + 1];
        const struct lint_option *option = lint_options_find(type, key);

        if (option) {
            lint_step_option(lint, option, value, path);
            check_named(lint, key, value, path);
            continue;
        }
        const char *near = lint_options_nearest(type, form_name(key));
        const char *hint = near ? arena_printf(lint->arena, "Did you mean :%s?", near).ptr
                                : "Remove it if it is a mistake.";
        struct buf text = {.limit = 60};

        form_print(key, &text);
        lint_warn(lint, "unknown_step_option", key, path, hint,
                  "a :%s step does not know the option " TEXT_FMT, type->name,
                  TEXT_ARG(buf_get(&text)));
        buf_done(&text);
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
               "the config of a :%s step lacks :%s", type->name, type->needs[0]);
}

static void check_kv(struct lint *lint, const struct form *config, const char *path)
{
    const struct form *operation = form_get(config, "operation");
    struct text name = operation ? form_name(operation) : TEXT_NONE;

    if (!name.ptr || !is_literal(operation)) return;
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

    if (!is_literal(ref)) {
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
        hint = arena_printf(lint->arena, "Did you mean :" TEXT_FMT "?", TEXT_ARG(id)).ptr;
    }
    lint_error(lint, "unknown_function", ref, path, hint, "no function :" TEXT_FMT " is declared",
               TEXT_ARG(form_name(ref)));
    diagnostic_fix_name(lint->diagnostics, ref, near_get(&meant));
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

static void check_id(struct lint *lint, const struct form *id, const char *path)
{
    if (!is_literal(id)) {
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

static void check_config(struct lint *lint, const struct lint_type *type, const struct form *config,
                         const char *path)
{
    bool function = text_equal(text_from(type->name), TEXT("function")) ||
                    text_equal(text_from(type->name), TEXT("code"));

    if (config->kind == FORM_MAP) {
        check_options(lint, type, config, path);
        check_needed(lint, type, config, path);
        lint_template(lint, type->name, config, path);
        if (function) check_function(lint, config, path);
        if (text_equal(text_from(type->name), TEXT("kv"))) check_kv(lint, config, path);
        return;
    }
    if (function) {
        lint_error(lint, "function_step_config_invalid", config, path,
                   "Use (flow/step :function :step-id {:ref :name :input {…}}).",
                   "the config of a function step must be a map that is written out");
    } else if (is_literal(config)) {
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
        lint_warn(lint, "flow_step_invalid_type", type, path, "Use a keyword such as :http.",
                  "the step type is not a keyword that is written out");
        return;
    }
    if (type->ns.ptr) {
        check_packaged(lint, form);
        return;
    }
    const struct lint_type *known = lint_options_type(type->name);

    if (!known) unknown_type(lint, type);
    if (!check_arity(lint, form, path)) return;
    check_id(lint, form->items[2], path);
    if (form_is_keyword(type, "wait")) {
        lint->has_dynamic_wait = lint->has_dynamic_wait || !is_literal(form->items[2]);
        if (form_name(form->items[2]).ptr) {
            lint_note(lint, &lint->waits, form_name(form->items[2]), form->items[2]);
        }
    }
    if (known) check_config(lint, known, form->items[3], path);
}
