/*
 * Definition: the top of a flow file: its one map, the required fields, the body, and the keys that
 * other files of this name read. Reading goes on after an error, so that one look says all.
 */
#include "flow/definition.h"

#include "base/limits.h"
#include "flow/definition_internal.h"
#include "flow/near.h"
#include "flow/reader.h"
#include "flow/syntax_balance.h"

/* What is made of the forms takes less than this: entries are bounded, diagnostics too, and the
 * lint's scopes take some bytes a name. */
#define RESERVE_BYTES  (2 * 1024 * 1024)
#define RESERVE_FACTOR 16

/* Small questions */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

void definition_error(struct definition_reading *reading, const char *code, const struct form *at,
                      const char *path, const char *hint, const char *message)
{
    diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, code, at, path, hint, "%s", message);
}

bool definition_is_id(struct text name)
{
    if (name.len == 0 || name.len > 128 || !is_letter(name.ptr[0])) return false;
    for (size_t i = 1; i < name.len; i++) {
        char c = name.ptr[i];

        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '-') return false;
    }
    return true;
}

struct text definition_id(const struct form *form)
{
    if (!form || form->kind == FORM_SYMBOL) return TEXT_NONE;
    struct text name = form_name(form);

    if (form->kind == FORM_STRING && text_starts_with(name, TEXT(":"))) {
        name = text_slice(name, 1, name.len);
    }
    return definition_is_id(name) ? name : TEXT_NONE;
}

struct form *definition_get(const struct form *map, const char *key)
{
    struct form *value = form_get(map, key);

    return value && value->kind != FORM_NIL ? value : NULL;
}

struct text definition_string(struct diagnostics *diagnostics, const struct form *map,
                              const char *key, const char *path)
{
    const struct form *form = definition_get(map, key);

    if (!form) return TEXT_NONE;
    if (form->kind == FORM_STRING && text_trim(form->text).len > 0) return form->text;
    const char *full = arena_printf(diagnostics->arena, "%s%s:%s", path, *path ? " " : "", key).ptr;

    diagnostic_add(diagnostics, DIAGNOSTIC_ERROR, "invalid_required_field", form, full,
                   "Write a string in double quotes.", ":%s must be a string that is not blank",
                   key);
    return TEXT_NONE;
}

struct text definition_words(struct diagnostics *diagnostics, const struct form *map,
                             const char *key, const char *path)
{
    const struct form *form = definition_get(map, key);
    bool blank = form && form->kind == FORM_STRING && text_trim(form->text).len == 0;

    return blank ? TEXT_NONE : definition_string(diagnostics, map, key, path);
}

bool definition_bool(struct diagnostics *diagnostics, const struct form *map, const char *key,
                     const char *path, bool otherwise)
{
    const struct form *form = definition_get(map, key);

    if (!form) return otherwise;
    if (form->kind == FORM_BOOL) return form->boolean;
    const char *full = arena_printf(diagnostics->arena, "%s%s:%s", path, *path ? " " : "", key).ptr;

    diagnostic_add(diagnostics, DIAGNOSTIC_ERROR, "invalid_required_field", form, full,
                   "Write true or false.", ":%s must be true or false", key);
    return otherwise;
}

int definition_choice(const struct form *form, const char *const *names)
{
    struct text name = definition_id(form);

    for (int i = 0; name.ptr && names[i]; i++) {
        if (text_equal(name, text_from(names[i]))) return i;
    }
    return -1;
}

const char *definition_wrong(struct definition_reading *reading, const char *key,
                             const struct form *value)
{
    struct buf text CLEANUP(buf_done) = {.limit = 60};

    form_print(value, &text);
    return arena_printf(reading->diagnostics->arena, ":%s cannot be " TEXT_FMT, key,
                        TEXT_ARG(buf_get(&text)))
        .ptr;
}

const char *definition_choices(struct definition_reading *reading, const char *const *names)
{
    struct arena *arena = reading->diagnostics->arena;
    const char *text = arena_printf(arena, "Use :%s", names[0]).ptr;

    for (size_t i = 1; names[i]; i++) {
        text = arena_printf(arena, "%s%s:%s", text, names[i + 1] ? ", " : " or ", names[i]).ptr;
    }
    return arena_printf(arena, "%s.", text).ptr;
}

bool definition_too_many(struct definition_reading *reading, uint32_t count, const struct form *at,
                         const char *path)
{
    if (count <= LIMIT_FLOW_ENTRIES) return false;
    diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, error_wire(E_LIMIT), at, path,
                   "Split the flow.", "%u entries; at most %d are allowed", count,
                   LIMIT_FLOW_ENTRIES);
    return true;
}

void definition_fix_choice(struct diagnostics *diagnostics, const struct form *form,
                           const char *const *names)
{
    struct near meant;

    near_init(&meant, form_name(form));
    for (size_t i = 0; names[i]; i++) {
        near_consider(&meant, text_from(names[i]));
    }
    diagnostic_fix_name(diagnostics, form, near_get(&meant));
}

void definition_fix_invocation(struct definition_reading *reading, const struct form *form)
{
    const struct definition *definition = reading->definition;
    struct near meant;

    near_init(&meant, form_name(form));
    for (uint32_t i = 0; i < definition->invocation_count; i++) {
        near_consider(&meant, definition->invocations[i].id);
    }
    diagnostic_fix_name(reading->diagnostics, form, near_get(&meant));
}

size_t definition_reserve(struct arena *arena, size_t source_size)
{
    size_t budget = arena->budget_bytes;
    size_t reserve = RESERVE_BYTES + RESERVE_FACTOR * source_size;

    if (budget > 0) arena->budget_bytes = budget > reserve ? budget - reserve : 1;
    return budget;
}

static const char *nearest(struct text name, const char *const *known)
{
    const char *best = NULL;
    size_t best_distance = 3; // further away is another word

    for (size_t i = 0; known[i]; i++) {
        size_t distance = text_distance(name, text_from(known[i]), best_distance);

        if (distance >= best_distance) continue;
        best = known[i];
        best_distance = distance;
    }
    return best;
}

void definition_check_keys(struct diagnostics *diagnostics, const struct form *map,
                           const char *const *known, const char *path)
{
    struct arena *arena = diagnostics->arena;

    for (uint32_t i = 0; i + 1 < map->count; i += 2) {
        const struct form *key = map->items[i];
        size_t k = 0;

        while (known[k] && !form_is_keyword(key, known[k])) {
            k++;
        }
        if (known[k]) continue;
        const char *near = nearest(form_name(key), known);
        const char *hint = near ? arena_printf(arena, "Did you mean `:%s`?", near).ptr
                                : "It is kept, but nothing reads it. Remove it if it is a mistake.";
        struct buf text = {.limit = 60};

        form_print(key, &text);
        diagnostic_add(diagnostics, DIAGNOSTIC_WARNING, "unknown_key", key, path, hint,
                       "unknown key " TEXT_FMT, TEXT_ARG(buf_get(&text)));
        buf_done(&text);
    }
}

struct definition_function *definition_find_function(const struct definition *definition,
                                                     struct text id)
{
    for (uint32_t i = 0; i < definition->function_count; i++) {
        if (text_equal(definition->functions[i].id, id)) return &definition->functions[i];
    }
    return NULL;
}

const struct definition_template *definition_find_template(const struct definition *definition,
                                                           struct text id)
{
    for (uint32_t i = 0; i < definition->template_count; i++) {
        if (text_equal(definition->templates[i].id, id)) return &definition->templates[i];
    }
    return NULL;
}

const struct definition_step *definition_find_step(const struct definition *definition,
                                                   struct text id)
{
    for (uint32_t i = 0; i < definition->step_count; i++) {
        if (text_equal(definition->steps[i].id, id)) return &definition->steps[i];
    }
    return NULL;
}

struct definition_invocation *definition_find_invocation(const struct definition *definition,
                                                         struct text id)
{
    for (uint32_t i = 0; i < definition->invocation_count; i++) {
        if (text_equal(definition->invocations[i].id, id)) return &definition->invocations[i];
    }
    return NULL;
}

void definition_shift(struct form *form, uint32_t by)
{
    form->offset += by;
    form->end_offset += by;
    for (uint32_t i = 0; i < form->count; i++) {
        definition_shift(form->items[i], by);
    }
    if (form->meta) definition_shift(form->meta, by);
}

/* A required field that is missing may be there under a name with a typing error. */
static void fix_key(struct definition_reading *reading, const char *key)
{
    const struct form *root = reading->definition->root;
    const struct form *found = NULL;

    for (uint32_t i = 0; i + 1 < root->count; i += 2) {
        const struct form *other = root->items[i];
        struct near meant;

        if (other->kind != FORM_KEYWORD || other->ns.ptr) continue;
        near_init(&meant, other->name);
        near_consider(&meant, text_from(key));
        if (!near_get(&meant).ptr) continue;
        if (found) return;
        found = other;
    }
    if (found) diagnostic_fix_name(reading->diagnostics, found, text_from(key));
}

/* The required fields */

static const struct form *require(struct definition_reading *reading, const char *key,
                                  const char *hint)
{
    const struct form *root = reading->definition->root;
    const struct form *form = form_get(root, key);
    const char *path = arena_printf(reading->diagnostics->arena, ":%s", key).ptr;

    if (!form) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "missing_required_field", root, path,
                       hint, "the flow has no :%s", key);
        fix_key(reading, key);
        return NULL;
    }
    if (form->kind != FORM_NIL) return form;
    diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "invalid_required_field", form, path,
                   hint, ":%s cannot be nil", key);
    return NULL;
}

/* [a-zA-Z][a-zA-Z0-9_-]{0,127} */
static void read_slug(struct definition_reading *reading)
{
    const char *hint = "Use a keyword such as :order-review: a letter, then letters, digits, - "
                       "and _, at most 128 characters.";
    const struct form *form = require(reading, "slug", hint);

    if (!form) return;
    struct text slug = form->kind == FORM_SYMBOL ? TEXT_NONE : form_name(form);
    bool good = definition_is_id(slug);

    for (size_t i = 0; i < slug.len && good; i++) {
        good = (unsigned char)slug.ptr[i] < 0x80;
    }
    if (good) {
        reading->definition->slug = slug;
        return;
    }
    diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "invalid_required_field", form, ":slug",
                   hint, ":slug is not a name that can stand in a URL");
}

static void read_name(struct definition_reading *reading)
{
    const struct form *form =
        require(reading, "name", "Add a name that people read, such as :name \"Order review\".");

    if (!form) return;
    reading->definition->name =
        definition_string(reading->diagnostics, reading->definition->root, "name", "");
}

static void read_body(struct definition_reading *reading)
{
    const char *hint = "Quote the body: :flow '(let [input (flow/input)] …).";
    struct form *form = form_get(reading->definition->root, "flow");

    if (!require(reading, "flow", hint)) return;
    if (form_is_quote(form)) {
        reading->definition->body = form->items[1];
        return;
    }
    diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "invalid_required_field", form, ":flow",
                   hint, ":flow must be a quoted form");
    if (form->kind != FORM_LIST) return;
    diagnostic_fix(reading->diagnostics, form->offset, form->offset, TEXT("'"));
    reading->definition->body = form; // there may be more to say
}

/* Limits and shape of what is kept as written */

static size_t span(const struct form *form)
{
    return form ? form->end_offset - form->offset : 0;
}

static void check_size(struct definition_reading *reading, size_t size, size_t limit,
                       const char *what)
{
    if (size <= limit) return;
    diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, error_wire(E_TOO_LARGE), NULL, NULL,
                   "Move large texts into resources, or split the flow.",
                   "%s %zu bytes; at most %zu are allowed", what, size, limit);
}

static void check_sizes(struct definition_reading *reading, size_t source_size)
{
    const struct form *root = reading->definition->root;
    size_t templates = span(form_get(root, "templates"));
    size_t functions = span(form_get(root, "functions"));

    check_size(reading, source_size - templates - functions, LIMIT_FLOW_DEFINITION,
               "without templates and functions the file has");
    check_size(reading, templates, LIMIT_FLOW_PART, "the templates have");
    check_size(reading, functions, LIMIT_FLOW_PART, "the functions have");
}

/* :requires is a vector of maps; what it holds is definition_requires.c's business. */
static struct form *read_vector(struct definition_reading *reading, const char *key)
{
    struct form *form = definition_get(reading->definition->root, key);
    const char *path = arena_printf(reading->diagnostics->arena, ":%s", key).ptr;

    if (!form) return NULL;
    if (form->kind != FORM_VECTOR) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "invalid_required_field", form, path,
                       "Write a vector of maps.", ":%s must be a vector of maps", key);
        return NULL;
    }
    for (uint32_t i = 0; i < form->count; i++) {
        if (form->items[i]->kind == FORM_MAP) continue;
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "invalid_required_field",
                       form->items[i], path, "Write a map.", "each entry of :%s must be a map",
                       key);
        return NULL;
    }
    return form;
}

static void check_include(struct definition_reading *reading, const struct form *form)
{
    if (form->kind == FORM_TAGGED && text_equal(form->ns, TEXT("flow")) &&
        text_equal(form->name, TEXT("include"))) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, error_wire(E_INCLUDE), form, NULL,
                       "Push with `weir flows push`, which puts the included file in its place.",
                       "#flow/include was not expanded before the flow was sent");
    }
    for (uint32_t i = 0; i < form->count; i++) {
        check_include(reading, form->items[i]);
    }
}

static bool is_word(const struct form *form)
{
    return form->kind == FORM_KEYWORD || form->kind == FORM_STRING;
}

/* :icon, :tags and :deploy-key-required; the other optional keys have files of their own. */
static void check_optional(struct definition_reading *reading)
{
    const struct form *root = reading->definition->root;
    const struct form *icon = definition_get(root, "icon"), *tags = definition_get(root, "tags");

    definition_bool(reading->diagnostics, root, "deploy-key-required", "", false);
    if (icon && !is_word(icon)) {
        definition_error(reading, "invalid_required_field", icon, ":icon",
                         "Use a string or a keyword, such as :icon :inbox.",
                         ":icon must be a string or a keyword");
    }
    if (tags && tags->kind != FORM_VECTOR) {
        definition_error(reading, "invalid_required_field", tags, ":tags",
                         "Use :tags [\"orders\" \"approval\"].", ":tags must be a vector");
        return;
    }
    for (uint32_t i = 0; tags && i < tags->count; i++) {
        if (is_word(tags->items[i])) continue;
        definition_error(reading, "invalid_required_field", tags->items[i], ":tags",
                         "Use :tags [\"orders\" \"approval\"].",
                         "a tag must be a string or a keyword");
    }
}

static void warn_missing(struct definition_reading *reading)
{
    const struct form *root = reading->definition->root;

    if (!definition_get(root, "interfaces")) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_WARNING, "missing_interfaces", root,
                       ":interfaces",
                       "Add :interfaces {:manual [{:id :run :invocation :default}]}.",
                       "the flow has no :interfaces, so nobody can call it by a stable name");
    }
    if (!definition_get(root, "invocations")) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_WARNING, "missing_invocations", root,
                       ":invocations",
                       "Add :invocations {:default {:inputs [{:name :query :type :text}]}}.",
                       "the flow does not say what input it takes");
    }
}

static void read_root(struct definition_reading *reading)
{
    static const char *const known[] = {
        "slug",
        "name",
        "concurrency",
        "flow",
        "description",
        "icon",
        "tags",
        "requires",
        "invocations",
        "interfaces",
        "schedules",
        "triggers",
        "templates",
        "functions",
        "steps",
        "agents",
        "deploy-key-required",
        "discover",
        "marketplace",
        "publish-media",
        NULL,
    };
    struct definition *definition = reading->definition;
    const struct form *root = definition->root;

    definition_check_keys(reading->diagnostics, root, known, NULL);
    check_include(reading, root);
    read_slug(reading);
    read_name(reading);
    definition->description = definition_words(reading->diagnostics, root, "description", "");
    const struct form *concurrency = require(
        reading, "concurrency", "Use a map such as {:type :singleton :on-new-version :coexist}.");

    if (concurrency) definition_concurrency_read(reading, concurrency);
    check_optional(reading);
    definition->requires = read_vector(reading, "requires");
    definition_requires_read(reading);
    definition_steps_read(reading, definition_get(root, "steps"));
    definition_templates_read(reading, definition_get(root, "templates"));
    definition_functions_read(reading, definition_get(root, "functions"));
    definition_invocations_read(reading, definition_get(root, "invocations"));
    definition_interfaces_read(reading, definition_get(root, "interfaces"));
    definition_schedules_read(reading, definition_get(root, "schedules"));
    definition_triggers_read(reading, definition_get(root, "triggers"));
    read_body(reading);
    warn_missing(reading);
}

static void on_reader_error(const struct error *err, void *ctx)
{
    diagnostic_add_error(ctx, err, NULL);
}

static void fix_brackets(struct diagnostics *diagnostics, struct text source)
{
    struct arena scratch CLEANUP(arena_done) = {0};

    arena_init(&scratch, 0);
    struct syntax_balance balance = syntax_balance_read(&scratch, source);

    for (const struct diagnostic_edit *edit = balance.edits; edit; edit = edit->next) {
        diagnostic_fix(diagnostics, edit->from, edit->to, edit->text);
    }
}

/* The one form of the file, a map; NULL when it is not that. */
static struct form *read_map(struct arena *arena, struct text source,
                             struct diagnostics *diagnostics)
{
    struct reader reader;
    struct error err = {0};
    struct form *root = NULL, *second = NULL;
    enum reader_result result = READER_ERROR;
    size_t budget = definition_reserve(arena, source.len);

    if (reader_init(&reader, arena, source, &err)) {
        reader.flow_file = true;
        reader.on_error = on_reader_error;
        reader.error_ctx = diagnostics;
        result = reader_next(&reader, &root, &err);
    }
    if (result == READER_FORM && root->kind == FORM_MAP) {
        result = reader_next(&reader, &second, &err);
    }
    arena->budget_bytes = budget;
    if (result == READER_ERROR) {
        diagnostic_add_error(diagnostics, &err, NULL);
        if (err.code == E_DELIMITERS) fix_brackets(diagnostics, source);
        return NULL;
    }
    const char *hint = "A flow file is one map: {:slug … :name … :concurrency … :flow '…}.";

    if (!root || root->kind != FORM_MAP) {
        diagnostic_add(diagnostics, DIAGNOSTIC_ERROR, error_wire(E_READER), root, NULL, hint,
                       root ? "the file is not a map" : "the file has nothing in it");
        return NULL;
    }
    if (!second) return root;
    diagnostic_add(diagnostics, DIAGNOSTIC_ERROR, error_wire(E_READER), second, NULL, hint,
                   "something stands behind the flow's map");
    return NULL;
}

struct definition *definition_parse(struct arena *arena, struct text source,
                                    struct diagnostics *diagnostics)
{
    if (source.len > LIMIT_FLOW_FILE) {
        diagnostic_add(diagnostics, DIAGNOSTIC_ERROR, error_wire(E_TOO_LARGE), NULL, NULL,
                       "Move large texts into resources, or split the flow.",
                       "the file has %zu bytes; at most %d are allowed", source.len,
                       LIMIT_FLOW_FILE);
        return NULL;
    }
    diagnostics->source = source;
    arena_allow_overdraft(arena); // all but the forms is in the measure of them
    struct form *root = read_map(arena, source, diagnostics);

    if (!root) return NULL;
    struct definition *definition = ARENA_NEW(arena, struct definition);
    struct definition_reading reading = {definition, diagnostics};

    definition->arena = arena;
    definition->source = source;
    definition->root = root;
    check_sizes(&reading, source.len);
    read_root(&reading);
    return definition;
}

struct definition *definition_read(struct arena *arena, struct text source,
                                   struct diagnostics *diagnostics)
{
    struct definition *definition = definition_parse(arena, source, diagnostics);

    if (arena->is_over) {
        diagnostic_add(diagnostics, DIAGNOSTIC_ERROR, error_wire(E_ARENA_BUDGET), NULL, NULL,
                       error_default_hint(E_ARENA_BUDGET),
                       "reading the flow needs more memory than there is for it");
    }
    return diagnostics->error_count == 0 ? definition : NULL;
}
