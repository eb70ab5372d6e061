/*
 * Invocations: the inputs a flow takes, by the names that interfaces and schedules refer to.
 */
#include "flow/coerce.h"
#include "flow/definition_internal.h"

/* The parts of one input that have a shape of their own; NULL-terminated. */
static const char *const input_keys[] = {
    "name", "key",         "type",        "label",  "required", "multiple", "options",    "default",
    "help", "description", "placeholder", "accept", "min",      "max",      "field-type", NULL};

static const char *const text_types[] = {"string", "text", "textarea"};

/* Types whose values are texts of a shape. */
static const struct {
    const char *type;
    bool (*check)(struct text source);
    const char *hint;
} shaped_types[] = {
    {"email", input_rules_is_email, "Write an address: \"ada@example.com\"."},
    {"date", input_rules_is_date, "Write it as \"2026-01-31\"."},
    {"time", input_rules_is_time, "Write it as \"09:30\" or \"09:30:00\"."},
    {"datetime", input_rules_is_datetime,
     "Write it as \"2026-01-31T09:30:00Z\", or without a zone: \"2026-01-31T09:30\"."},
};

static bool is_taken(const struct definition_invocation *invocation, struct text name)
{
    for (uint32_t i = 0; i < invocation->input_count; i++) {
        if (text_equal(invocation->inputs[i].name, name)) return true;
    }
    return false;
}

/* Fields of older triggers call the name :key and the type :field-type. */
static struct form *get_either(const struct form *map, const char *key, const char *older)
{
    struct form *form = definition_get(map, key);

    return form ? form : definition_get(map, older);
}

/* Of a setup form, or of an older trigger: it is told of in their words. */
static bool is_form_field(const char *path)
{
    return text_starts_with(text_from(path), TEXT(":requires")) ||
           text_starts_with(text_from(path), TEXT(":triggers"));
}

static struct text read_input_name(struct definition_reading *reading,
                                   const struct definition_invocation *invocation,
                                   const struct form *map, const char *path)
{
    const struct form *form = get_either(map, "name", "key");

    const char *key = form && !definition_get(map, "name") ? "key" : "name";

    if (!form && is_form_field(path)) key = "key";
    if (!form) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "missing_invocation_input_name", map,
                       path,
                       arena_printf(reading->diagnostics->arena,
                                    "Add :%s with a keyword or string such as :query.", key)
                           .ptr,
                       "the input has no :%s", key);
        return TEXT_NONE;
    }
    struct text name = definition_id(form);

    if (!name.ptr) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "invalid_invocation_input_name",
                       form, path, "Use a keyword or string like :query, :repo or :branch.",
                       "an input's :%s is a letter, then letters, digits, - and _", key);
    } else if (is_taken(invocation, name)) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "duplicate_invocation_input_name",
                       form, path,
                       is_form_field(path) ? "Keep the keys of a form's fields unique."
                                           : "Keep input names unique within each invocation.",
                       "the input's :%s is taken", key);
    }
    return name;
}

/* What others call it. */
static const char *type_hint(struct text name)
{
    static const char *const synonyms[][2] = {
        {"int", "Use :number."},
        {"integer", "Use :number."},
        {"float", "Use :number."},
        {"double", "Use :number."},
        {"long", "Use :number."},
        {"bool", "Use :boolean."},
        {"object", "Use :json."},
        {"map", "Use :json."},
        {"any", "Use :json."},
        {"timestamp", "Use :datetime."},
        {"url", "Use :text."},
        {"str", "Use :string."},
        {"enum", "Use :select with :options."},
        {"array", "Use the type of its items with :multiple true, or :json."},
        {"list", "Use the type of its items with :multiple true, or :json."},
        {"vector", "Use the type of its items with :multiple true, or :json."},
    };

    for (size_t i = 0; i < ARRAY_COUNT(synonyms); i++) {
        if (text_equal(name, text_from(synonyms[i][0]))) return synonyms[i][1];
    }
    return NULL;
}

static struct text read_input_type(struct definition_reading *reading, const struct form *map,
                                   const char *path)
{
    const struct form *form = get_either(map, "type", "field-type");
    int index = form ? definition_choice(form, input_rules_types) : 1;

    if (index >= 0) return text_from(input_rules_types[index]);
    const char *hint = type_hint(form_name(form));

    definition_error(
        reading, "invalid_invocation_input_type", form, path,
        hint ? hint : definition_choices(reading, input_rules_types),
        definition_wrong(reading, definition_get(map, "type") ? "type" : "field-type", form));
    return TEXT("text");
}

/* Options and defaults */

static bool is_option(const struct form *form)
{
    if (form->kind == FORM_MAP) return form_get(form, "value") != NULL;
    return form->kind == FORM_STRING || form->kind == FORM_KEYWORD || form->kind == FORM_INT;
}

static void check_options(struct definition_reading *reading, const struct form *options,
                          const char *path)
{
    const char *hint = "Use :options [\"small\" \"large\"], or maps with :value and :label.";

    if (options->kind != FORM_VECTOR) {
        definition_error(reading, "invalid_invocation_input_shape", options, path, hint,
                         ":options must be a vector");
        return;
    }
    for (uint32_t i = 0; i < options->count; i++) {
        if (is_option(options->items[i])) continue;
        definition_error(reading, "invalid_invocation_input_shape", options->items[i], path, hint,
                         "an option is a string, a keyword, a number, or a map with :value");
    }
}

static bool is_offered(const struct form *options, const struct form *value)
{
    if (!options || options->kind != FORM_VECTOR || options->count == 0) return true;
    for (uint32_t i = 0; i < options->count; i++) {
        const struct form *option = options->items[i];

        if (option->kind == FORM_MAP) option = form_get(option, "value");
        if (!option) continue;
        if (form_equal(option, value)) return true;
        if (form_name(value).ptr && text_equal(form_name(option), form_name(value))) return true;
    }
    return false;
}

/* What an input of that type may have as its default, one value of it. */
static bool is_default(const struct definition_input *input, const struct form *value)
{
    bool number = value->kind == FORM_INT || value->kind == FORM_DOUBLE ||
                  value->kind == FORM_BIGINT || value->kind == FORM_DECIMAL;
    bool word = value->kind == FORM_STRING || value->kind == FORM_KEYWORD;

    if (text_equal(input->type, TEXT("number"))) return number;
    if (text_equal(input->type, TEXT("boolean")) || text_equal(input->type, TEXT("checkbox"))) {
        return value->kind == FORM_BOOL;
    }
    if (text_equal(input->type, TEXT("select"))) return is_offered(input->options, value);
    for (size_t i = 0; i < ARRAY_COUNT(text_types); i++) {
        if (text_equal(input->type, text_from(text_types[i]))) return word || number;
    }
    for (size_t i = 0; i < ARRAY_COUNT(shaped_types); i++) {
        if (!text_equal(input->type, text_from(shaped_types[i].type))) continue;
        return value->kind == FORM_STRING && shaped_types[i].check(text_trim(value->text));
    }
    return true; // json, files and their like take anything
}

/* Whether the rules, which are well declared, take the default. */
static void check_default_rules(struct definition_reading *reading,
                                const struct definition_input *input, const struct form *item,
                                const char *path)
{
    struct arena scratch CLEANUP(arena_done) = {0};
    struct buf json CLEANUP(buf_done) = {0};
    struct input_rules rules;
    struct error err = {0};
    const char *key;

    arena_init(&scratch, 0);
    if (!coerce_rules(&scratch, input, &rules) || !input_rules_declared(&rules, &key, &err)) return;
    if (!coerce_form(item, &json, &err)) return;
    const struct json *value = json_read(&scratch, buf_get(&json), &err);

    if (!value || input_rules_check(&rules, "the :default of", input->name, value, &err)) return;
    definition_error(reading, "invalid_invocation_input_default", item, path, err.hint,
                     err.message);
}

static const char *default_hint(const struct definition_input *input)
{
    if (text_equal(input->type, TEXT("select"))) return "Use one of its :options.";
    for (size_t i = 0; i < ARRAY_COUNT(shaped_types); i++) {
        if (text_equal(input->type, text_from(shaped_types[i].type))) return shaped_types[i].hint;
    }
    return "Write a value of that type, without quotes where it is a number or true or false.";
}

static void check_default(struct definition_reading *reading, const struct definition_input *input,
                          const char *path)
{
    const struct form *value = input->default_value;
    bool list = input->multiple && value->kind == FORM_VECTOR;

    if (value->kind == FORM_NIL) return;
    if (text_equal(input->type, TEXT("secret")) || text_equal(input->type, TEXT("password"))) {
        definition_error(reading, "secret_in_source", value, path,
                         "Leave :default out, so that it must be given; or name a stored secret "
                         "where a step needs it: {:secret-ref :name}.",
                         "a secret stands in the flow's source");
        return;
    }
    for (uint32_t i = 0; i < (list ? value->count : 1); i++) {
        const struct form *item = list ? value->items[i] : value;

        if (is_default(input, item)) {
            check_default_rules(reading, input, item, path);
            continue;
        }
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "invalid_invocation_input_default",
                       item, path, default_hint(input),
                       "the :default is no value of an input of :type :" TEXT_FMT,
                       TEXT_ARG(input->type));
    }
}

static void check_rules(struct definition_reading *reading, const struct definition_input *input,
                        const char *path)
{
    struct arena scratch CLEANUP(arena_done) = {0};
    struct input_rules rules;
    struct error err = {0};
    const char *key;

    arena_init(&scratch, 0);
    if (!coerce_rules(&scratch, input, &rules) || input_rules_declared(&rules, &key, &err)) return;
    definition_error(reading, "invalid_invocation_input_rule", definition_get(input->form, key),
                     path, err.hint, err.message);
}

static void read_input(struct definition_reading *reading, struct definition_invocation *invocation,
                       const struct form *map, const char *path)
{
    struct diagnostics *diagnostics = reading->diagnostics;

    if (map->kind != FORM_MAP) {
        definition_error(reading, "invalid_invocation_input_shape", map, path,
                         "Use an input map such as {:name :query :type :text}.",
                         "each input must be a map");
        return;
    }
    struct definition_input input = {.form = map};
    uint32_t errors = reading->diagnostics->error_count;

    definition_check_keys(diagnostics, map, input_keys, path);
    input.name = read_input_name(reading, invocation, map, path);
    input.type = read_input_type(reading, map, path);
    input.label = definition_words(diagnostics, map, "label", path);
    input.required = definition_bool(diagnostics, map, "required", path, false);
    input.multiple = definition_bool(diagnostics, map, "multiple", path, false);
    input.default_value = form_get(map, "default");
    input.options = definition_get(map, "options");
    input.min = definition_get(map, "min");
    input.max = definition_get(map, "max");
    input.accept = definition_get(map, "accept");
    if (reading->diagnostics->error_count == errors) check_rules(reading, &input, path);
    if (input.options) check_options(reading, input.options, path);
    if (input.default_value) check_default(reading, &input, path);
    if (input.name.ptr) invocation->inputs[invocation->input_count++] = input;
}

void definition_invocations_inputs(struct definition_reading *reading,
                                   struct definition_invocation *invocation,
                                   const struct form *form, const char *path)
{
    if (form->kind != FORM_VECTOR) {
        bool fields = is_form_field(path);

        definition_error(reading, "invalid_invocation_inputs_shape", form, path,
                         fields ? "Use :fields [{:key :query :field-type :text :required true}]."
                                : "Use :inputs [{:name :query :type :text :required true}].",
                         fields ? ":fields must be a vector of maps"
                                : ":inputs must be a vector of input maps");
        return;
    }
    struct arena *arena = reading->definition->arena;

    if (definition_too_many(reading, form->count, form, path)) return;
    invocation->inputs = ARENA_ARRAY(arena, form->count + 1, struct definition_input);
    for (uint32_t i = 0; i < form->count; i++) {
        read_input(reading, invocation, form->items[i],
                   arena_printf(arena, "%s [%u]", path, i).ptr);
    }
}

static void read_invocation(struct definition_reading *reading, const struct form *key,
                            const struct form *map)
{
    static const char *const keys[] = {"label", "description", "inputs", NULL};
    struct definition *definition = reading->definition;
    struct text id = key->kind == FORM_KEYWORD ? definition_id(key) : TEXT_NONE;

    if (!id.ptr) {
        definition_error(reading, "invalid_invocation_id", key, ":invocations",
                         "Use ids like :default or :run, not strings or namespaced keywords.",
                         "an invocation's id must be a plain keyword");
        reading->invocations_broken = true;
        return;
    }
    const char *path = arena_printf(definition->arena, ":invocations :" TEXT_FMT, TEXT_ARG(id)).ptr;

    if (map->kind != FORM_MAP) {
        definition_error(reading, "invalid_invocation_shape", map, path,
                         "Use a shape such as :default {:inputs [{:name :query :type :text}]}.",
                         "an invocation must be a map");
        reading->invocations_broken = true;
        return;
    }
    struct definition_invocation *invocation =
        &definition->invocations[definition->invocation_count++];

    definition_check_keys(reading->diagnostics, map, keys, path);
    invocation->id = id;
    invocation->label = definition_words(reading->diagnostics, map, "label", path);
    const struct form *inputs = definition_get(map, "inputs");

    if (!inputs) return;
    definition_invocations_inputs(reading, invocation, inputs,
                                  arena_printf(definition->arena, "%s :inputs", path).ptr);
}

const char *definition_invocation_hint(struct definition_reading *reading)
{
    const struct definition *definition = reading->definition;
    struct buf names CLEANUP(buf_done) = {.limit = 200};

    if (definition->invocation_count == 0) {
        return "Declare it: :invocations {:default {:inputs […]}}.";
    }
    for (uint32_t i = 0; i < definition->invocation_count && i < 5; i++) {
        buf_printf(&names, "%s:" TEXT_FMT, i > 0 ? ", " : "",
                   TEXT_ARG(definition->invocations[i].id));
    }
    return arena_printf(definition->arena, "Declare it under :invocations, which has " TEXT_FMT ".",
                        TEXT_ARG(buf_get(&names)))
        .ptr;
}

void definition_invocations_read(struct definition_reading *reading, const struct form *form)
{
    if (!form) return;
    if (form->kind != FORM_MAP) {
        definition_error(reading, "invalid_invocations_shape", form, ":invocations",
                         "Use a shape such as :invocations {:default {:inputs […]}}.",
                         ":invocations must be a map from id to invocation");
        reading->invocations_broken = true;
        return;
    }
    struct definition *definition = reading->definition;

    if (definition_too_many(reading, form->count / 2, form, ":invocations")) return;
    definition->invocations =
        ARENA_ARRAY(definition->arena, form->count / 2 + 1, struct definition_invocation);
    for (uint32_t i = 0; i + 1 < form->count; i += 2) {
        read_invocation(reading, form->items[i], form->items[i + 1]);
    }
}
