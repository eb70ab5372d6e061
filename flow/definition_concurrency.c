/*
 * Concurrency: how many runs at once, by which key, and what a new version or a conflict does.
 */
#include "flow/definition_internal.h"

static void fail(struct definition_reading *reading, const struct form *at, const char *key,
                 const char *hint, const char *what)
{
    const char *path = arena_printf(reading->diagnostics->arena, ":concurrency :%s", key).ptr;

    diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "invalid_required_field", at, path, hint,
                   ":%s %s", key, what);
}

static void fail_value(struct definition_reading *reading, const struct form *at, const char *key,
                       const char *hint)
{
    const char *path = arena_printf(reading->diagnostics->arena, ":concurrency :%s", key).ptr;

    definition_error(reading, "invalid_required_field", at, path, hint,
                     definition_wrong(reading, key, at));
}

/* The index of a required keyword, or 0 after saying what is wrong. */
static int read_required(struct definition_reading *reading, const struct form *map,
                         const char *key, const char *const *names, const char *hint)
{
    const struct form *form = definition_get(map, key);
    int index = definition_choice(form, names);

    if (!form) {
        const char *path = arena_printf(reading->diagnostics->arena, ":concurrency :%s", key).ptr;

        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "missing_required_field", map, path,
                       hint, ":concurrency has no :%s", key);
        return 0;
    }
    if (index >= 0) return index;
    fail_value(reading, form, key, hint);
    definition_fix_choice(reading->diagnostics, form, names);
    return 0;
}

static void read_key_path(struct definition_reading *reading, const struct form *form)
{
    struct definition *definition = reading->definition;
    const char *hint = "Name the input: :key-field :order-id, or a path [:order :id].";
    struct form *const *items = form->kind == FORM_VECTOR ? form->items : NULL;
    uint32_t count = items ? form->count : 1;

    if (count == 0) {
        fail(reading, form, "key-field", hint, "is an empty path");
        return;
    }
    definition->key_path = ARENA_ARRAY(definition->arena, count, struct text);
    for (uint32_t i = 0; i < count; i++) {
        const struct form *part = items ? items[i] : form;

        definition->key_path[i] = part->kind == FORM_SYMBOL ? TEXT_NONE : form_name(part);
        if (definition->key_path[i].len > 0) continue;
        fail(reading, part, "key-field", hint, "is not a keyword or a vector of keywords");
        return;
    }
    definition->key_path_count = count;
}

static void read_limit(struct definition_reading *reading, const struct form *map)
{
    const struct form *form = definition_get(map, "limit");
    const char *hint = "Say how many runs may be active at once: :limit 5.";

    if (!form) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "missing_required_field", map,
                       ":concurrency :limit", hint, ":type :limit needs :limit");
        return;
    }
    if (form->kind != FORM_INT || form->integer < 1 || form->integer > 100000) {
        fail(reading, form, "limit", hint, "must be a whole number from 1 to 100000");
        return;
    }
    reading->definition->concurrency_limit = form->integer;
}

static void read_priority(struct definition_reading *reading, const struct form *map)
{
    const struct form *form = definition_get(map, "priority");

    if (!form) return;
    if (form->kind != FORM_INT || form->integer < -100 || form->integer > 100) {
        fail(reading, form, "priority", "Larger goes first; 0 is the default.",
             "must be a whole number from -100 to 100");
        return;
    }
    reading->definition->priority = form->integer;
}

static void pass_over(struct definition_reading *reading, const struct form *form, const char *key,
                      const char *hint)
{
    const char *path = arena_printf(reading->diagnostics->arena, ":concurrency :%s", key).ptr;

    diagnostic_add(reading->diagnostics, DIAGNOSTIC_WARNING, "unsupported_key", form, path, hint,
                   ":%s means nothing to this :type of concurrency", key);
}

/* What only another :type reads. */
static void pass_over_others(struct definition_reading *reading, const struct form *map)
{
    struct definition *definition = reading->definition;
    const struct form *limit = definition_get(map, "limit");

    if (!definition_get(map, "type")) return;
    if (definition->concurrency == CONCURRENCY_SINGLETON && definition->key_path_count > 0) {
        pass_over(reading, definition_get(map, "key-field"), "key-field",
                  "Use :type :keyed for one run per key.");
        definition->key_path_count = 0;
    }
    if (definition->concurrency != CONCURRENCY_LIMIT && limit) {
        pass_over(
            reading, limit, "limit",
            "Use :type :limit for so many runs at once, with :key-field for so many per key.");
    }
}

/* Known to the language; a server that ignored them would start too many runs. */
static void refuse(struct definition_reading *reading, const struct form *map, const char *key)
{
    const struct form *form = definition_get(map, key);

    if (!form) return;
    const char *path = arena_printf(reading->diagnostics->arena, ":concurrency :%s", key).ptr;

    diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "unsupported_concurrency_option", form,
                   path, "Use :type :limit, or :on-conflict, to bound how many runs start.",
                   "this server does not have :%s", key);
}

void definition_concurrency_read(struct definition_reading *reading, const struct form *form)
{
    static const char *const keys[] = {"type",  "key-field",   "on-new-version",
                                       "limit", "on-conflict", "priority",
                                       "rate",  "debounce",    NULL};
    static const char *const types[] = {"singleton", "keyed", "limit", NULL};
    static const char *const versions[] = {"supersede", "drain", "coexist", NULL};
    static const char *const conflicts[] = {"queue", "drop", "cancel-running", "coexist", NULL};
    struct definition *definition = reading->definition;
    const char *conflict_hint = "Use :queue, :drop, :cancel-running or :coexist.";

    if (form->kind != FORM_MAP) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "invalid_required_field", form,
                       ":concurrency",
                       "Use a map such as {:type :singleton :on-new-version :coexist}.",
                       ":concurrency must be a map");
        return;
    }
    definition_check_keys(reading->diagnostics, form, keys, ":concurrency");
    definition->concurrency = (enum definition_concurrency)read_required(
        reading, form, "type", types, "Use :singleton, :keyed or :limit.");
    definition->on_new_version = (enum definition_on_new_version)read_required(
        reading, form, "on-new-version", versions, "Use :supersede, :drain or :coexist.");
    const struct form *conflict = definition_get(form, "on-conflict");
    int index = conflict ? definition_choice(conflict, conflicts) : CONFLICT_QUEUE;

    if (index < 0) {
        fail_value(reading, conflict, "on-conflict", conflict_hint);
        definition_fix_choice(reading->diagnostics, conflict, conflicts);
    }
    if (index >= 0) definition->on_conflict = (enum definition_on_conflict)index;
    definition->concurrency_limit = 1;
    if (definition->concurrency == CONCURRENCY_LIMIT) read_limit(reading, form);
    const struct form *key = definition_get(form, "key-field");

    if (key) read_key_path(reading, key);
    pass_over_others(reading, form);
    if (!key && definition->concurrency == CONCURRENCY_KEYED) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "missing_required_field", form,
                       ":concurrency :key-field",
                       "Name the input that is the key: :key-field :order-id.",
                       ":type :keyed needs :key-field");
    }
    read_priority(reading, form);
    refuse(reading, form, "rate");
    refuse(reading, form, "debounce");
}
