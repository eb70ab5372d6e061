/*
 * Packaged steps: what they declare, and the calls of them.
 */
#include "flow/heap.h"
#include "flow/lint_internal.h"
#include "flow/near.h"
#include "flow/packaged.h"

#define KEYS_TOLD 10 /* that one call lacks */

/* Their config */

struct config {
    struct lint *lint;
    const struct definition_step *step;
    const struct lint_type *type;
    bool has_input;              /* the input is a key of the config: :input or :data */
    const struct schema *schema; /* or NULL */
};

static bool has_key(const struct form *map, const char *key)
{
    return map && form_get(map, key) != NULL;
}

static struct config config_of(struct lint *lint, const struct definition_step *step)
{
    return (struct config){
        .lint = lint,
        .step = step,
        .type = lint_options_type(step->type),
        .has_input = text_equal(step->type, TEXT("function")) ||
                     text_equal(step->type, TEXT("code")) || has_key(step->form, "template") ||
                     has_key(step->defaults, "template"),
        .schema = lint->schemas[step - lint->definition->steps],
    };
}

/* Each is read once: a schema may be large, and its step called often. */
void lint_packaged_init(struct lint *lint)
{
    const struct definition *definition = lint->definition;
    struct arena *arena = &lint->schema_arena;

    arena_init(arena, 0);
    heap_init_static(&lint->schema_statics);
    lint->schemas = ARENA_ARRAY(arena, definition->step_count + 1, const struct schema *);
    for (uint32_t i = 0; i < definition->step_count; i++) {
        const struct form *form = definition->steps[i].schema;

        if (form) lint->schemas[i] = schema_parse(arena, &lint->schema_statics, form, NULL, NULL);
    }
}

void lint_packaged_done(struct lint *lint)
{
    heap_done(&lint->schema_statics);
    arena_done(&lint->schema_arena);
}

/* Under which input the config gets an option: then it may still lack what its type needs. */
static bool is_whole(const struct config *config)
{
    bool required;

    if (config->has_input) return true;
    if (!config->schema) return false;
    for (uint32_t i = 0; i < schema_key_count(config->schema); i++) {
        struct form key = {.kind = FORM_KEYWORD, .name = schema_key(config->schema, i, &required)};

        if (lint_options_find(config->type, &key)) return false;
    }
    return schema_key_count(config->schema) > 0 || schema_is_closed(config->schema);
}

static void add_pair(struct form *map, struct form *key, struct form *value)
{
    map->items[map->count++] = key;
    map->items[map->count++] = value;
}

/* The options that the definition gives, as one map. */
static struct form *options_of(const struct config *config)
{
    const struct form *form = config->step->form, *defaults = config->step->defaults;
    struct arena *arena = config->lint->arena;
    struct form *map = arena_copy(arena, form, sizeof(*form));

    map->count = 0;
    map->items = ARENA_ARRAY(arena, form->count + (defaults ? defaults->count : 0), struct form *);
    for (uint32_t i = 0; i + 1 < form->count; i += 2) {
        if (packaged_is_about(form->items[i]) && !(form_is_keyword(form->items[i], "description") ||
                                                   form_is_keyword(form->items[i], "label"))) {
            continue;
        }
        add_pair(map, form->items[i], form->items[i + 1]);
    }
    for (uint32_t i = 0; defaults && i + 1 < defaults->count; i += 2) {
        bool is_input = config->has_input && !lint_options_find(config->type, defaults->items[i]);

        if (!is_input) add_pair(map, defaults->items[i], defaults->items[i + 1]);
    }
    return map;
}

static void check_definition(struct config *config)
{
    struct lint *lint = config->lint;
    const struct definition_step *step = config->step;
    const struct form *output = form_get(step->form, "output-schema");
    const struct form *prepare = form_get(step->form, "prepare");
    const char *path = arena_printf(lint->arena, ":steps :" TEXT_FMT, TEXT_ARG(step->id)).ptr;

    if (prepare) {
        lint_error(lint, "unsupported_step_option", prepare, path,
                   "Use a :template, which makes the request of the input, or a :function step "
                   "before this one.",
                   "this server does not run :prepare");
    }
    if (output) {
        lint_warn(lint, "unsupported_key", output, path, "Check the result in the body.",
                  "this server keeps :output-schema but does not check results by it");
    }
    if (!config->type) {
        lint_step_unknown_type(lint, form_get(step->form, "type"), path);
        return;
    }
    lint_step_config(lint, config->type, options_of(config), path, is_whole(config));
}

void lint_packaged_definitions(struct lint *lint)
{
    for (uint32_t i = 0; i < lint->definition->step_count; i++) {
        struct config config = config_of(lint, &lint->definition->steps[i]);

        check_definition(&config);
    }
}

/* Calls */

static bool declares_agent(const struct lint *lint, const struct form *id)
{
    const struct form *agents = form_get(lint->definition->root, "agents");

    if (!agents || agents->kind != FORM_VECTOR) return false;
    for (uint32_t i = 0; i < agents->count; i++) {
        const struct form *other = form_get(agents->items[i], "id");

        if (other && other->kind == FORM_KEYWORD && form_equal(other, id)) return true;
    }
    return false;
}

static bool is_literal_key(const struct form *key)
{
    return key->kind == FORM_KEYWORD || key->kind == FORM_STRING;
}

/* Whether the key is that name, as schema_key() has it: "ns/name" or "name". */
static bool is_key(const struct form *key, struct text name)
{
    if (key->kind == FORM_STRING) return text_equal(key->text, name);
    if (key->ns.len == 0) return text_equal(key->name, name);
    return name.len == key->ns.len + 1 + key->name.len && text_starts_with(name, key->ns) &&
           name.ptr[key->ns.len] == '/' && text_ends_with(name, key->name);
}

static const struct form *find_key(const struct form *map, struct text name)
{
    for (uint32_t i = 0; map && i + 1 < map->count; i += 2) {
        if (is_literal_key(map->items[i]) && is_key(map->items[i], name)) return map->items[i];
    }
    return NULL;
}

static bool has_default(struct config *config, struct text name)
{
    const struct form *defaults = config->step->defaults;
    const struct form *nested = NULL;

    for (size_t i = 0; i < 2 && defaults && config->has_input && !nested; i++) {
        nested = form_get(defaults, i == 0 ? "input" : "data");
    }
    return find_key(defaults, name) ||
           (nested && nested->kind == FORM_MAP && find_key(nested, name));
}

static bool names_key(const struct schema *schema, const struct form *key)
{
    bool required;

    for (uint32_t i = 0; i < schema_key_count(schema); i++) {
        if (is_key(key, schema_key(schema, i, &required))) return true;
    }
    return false;
}

/* An input that is written out, against the keys of the schema. */
static void check_input(struct config *config, const struct form *input, const char *path)
{
    struct lint *lint = config->lint;

    for (uint32_t i = 0; i + 1 < input->count; i += 2) {
        const struct form *key = input->items[i];

        if (!is_literal_key(key)) return; // worked out at run time
        if (!schema_is_closed(config->schema) || names_key(config->schema, key)) continue;
        lint_error(lint, "step_config_invalid", key, path,
                   "Leave it out, or add it to the step's :input-schema.",
                   "the :input-schema of :" TEXT_FMT " has no key :" TEXT_FMT,
                   TEXT_ARG(config->step->id),
                   TEXT_ARG(key->kind == FORM_STRING ? key->text : key->name));
    }
    int told = 0;

    for (uint32_t i = 0; i < schema_key_count(config->schema) && told < KEYS_TOLD; i++) {
        bool required;
        struct text name = schema_key(config->schema, i, &required);

        if (!required || find_key(input, name) || has_default(config, name)) continue;
        lint_error(lint, "step_config_invalid", input, path,
                   "Pass it, or make it {:optional true} in the step's :input-schema.",
                   "the input of :" TEXT_FMT " lacks :" TEXT_FMT, TEXT_ARG(config->step->id),
                   TEXT_ARG(name));
        told++;
    }
}

static void check_call(struct config *config, const struct form *form, const char *path)
{
    struct lint *lint = config->lint;
    bool has_id = form->count > 3;
    const struct form *input = form->items[has_id ? 3 : 2];
    struct text id = has_id ? form_name(form->items[2]) : form->items[1]->name;

    if (has_id) lint_step_id(lint, form->items[2], path);
    if (text_equal(config->step->type, TEXT("wait"))) {
        if (id.ptr) lint_note(lint, &lint->waits, id, form);
        lint->has_dynamic_wait = lint->has_dynamic_wait || !id.ptr;
    }
    if (input->kind == FORM_MAP) {
        check_input(config, input, path);
    } else if (input->kind != FORM_SYMBOL && input->kind != FORM_LIST && input->kind != FORM_NIL) {
        lint_error(lint, "flow_step_missing_config", input, path,
                   "Write (flow/step :ns/name :step-id {…}).",
                   "the input of a packaged step must be a map");
    }
}

/* Whether :steps has an entry of that id, which cannot be used. */
static bool is_broken(const struct lint *lint, struct text name)
{
    const struct form *steps = form_get(lint->definition->root, "steps");

    for (uint32_t i = 0; steps && steps->kind == FORM_VECTOR && i < steps->count; i++) {
        const struct form *id = form_get(steps->items[i], "id");

        if (id && is_literal_key(id) && is_key(id, name)) return true;
    }
    return false;
}

static void fix_reference(struct lint *lint, const struct form *type, struct text name)
{
    const struct definition *definition = lint->definition;
    struct near meant;

    near_init(&meant, name);
    for (uint32_t i = 0; i < definition->step_count; i++) {
        near_consider(&meant, definition->steps[i].id);
    }
    diagnostic_fix_name(lint->diagnostics, type, near_get(&meant));
}

void lint_packaged(struct lint *lint, const struct form *form, const char *path)
{
    const struct form *type = form->items[1];
    struct text name =
        arena_printf(lint->arena, TEXT_FMT "/" TEXT_FMT, TEXT_ARG(type->ns), TEXT_ARG(type->name));
    const struct definition_step *step = definition_find_step(lint->definition, name);

    lint_note(lint, &lint->packaged, name, type);
    if (form->count > 4) {
        lint_warn(lint, "flow_step_packaged_extra_argument", form->items[4], ":flow",
                  "Put everything into the one input map.",
                  "a packaged step takes a step id and an input map; what follows is ignored");
    }
    if (!step && declares_agent(lint, type)) {
        lint_error(lint, "unknown_step_type", type, ":flow",
                   "Let an :http step reach what does the work.",
                   "this server does not run agents");
        return;
    }
    if (!step && is_broken(lint, name)) return; // what is wrong there is said there
    if (!step) {
        lint_error(lint, "missing_packaged_step_reference", type, ":flow",
                   "Declare it under :steps, or use a step type such as :http.",
                   "no packaged step :" TEXT_FMT " is declared", TEXT_ARG(name));
        fix_reference(lint, type, name);
        return;
    }
    if (form->count < 3) {
        lint_error(lint, "flow_step_missing_config", form, path,
                   "Write (flow/step :ns/name :step-id {…}).", "the step has no input map");
        return;
    }
    struct config config = config_of(lint, step);

    check_call(&config, form, path);
}
