/*
 * Requires: what the flow needs from outside: connections, secrets, a form that is filled in when
 * it is set up, workers. Here their shape; which of it this server binds is the lint's business.
 */
#include "flow/definition_internal.h"

static void missing(struct definition_reading *reading, const struct form *map, const char *path,
                    const char *hint, const char *message)
{
    definition_error(reading, "missing_required_field", map, path, hint, message);
}

static void invalid(struct definition_reading *reading, const struct form *at, const char *path,
                    const char *hint, const char *message)
{
    definition_error(reading, "invalid_required_field", at, path, hint, message);
}

/* Slots */

static bool slot_is_taken(const struct definition *definition, struct text id, uint32_t before)
{
    for (uint32_t i = 0; i < before; i++) {
        const struct form *slot = form_get(definition->requires->items[i], "slot");

        if (slot && text_equal(definition_id(slot), id)) return true;
    }
    return false;
}

static void read_slot(struct definition_reading *reading, const struct form *map, uint32_t index,
                      const char *path)
{
    const struct form *form = definition_get(map, "slot");
    struct text id = definition_id(form);
    const char *hint = "Name it as steps do: :slot :crm.";

    if (!form) {
        missing(reading, map, path, hint, "the requirement has no :slot");
    } else if (!id.ptr) {
        invalid(reading, form, path, hint,
                "a :slot is a keyword: a letter, then letters, digits, - and _");
    } else if (slot_is_taken(reading->definition, id, index)) {
        definition_error(reading, "duplicate_slot", form, path, "Keep slots unique in the flow.",
                         "the slot is taken");
    }
}

/* A keyword of the list under that key; what it may be stands in the hint. */
static int read_choice(struct definition_reading *reading, const struct form *map, const char *key,
                       const char *const *names, const char *path)
{
    const struct form *form = definition_get(map, key);
    int index = form ? definition_choice(form, names) : -1;

    if (!form || index >= 0) return index;
    invalid(reading, form, path, definition_choices(reading, names),
            definition_wrong(reading, key, form));
    return -1;
}

static void check_auth(struct definition_reading *reading, const struct form *map, const char *path)
{
    static const char *const types[] = {"none", "api-key", "bearer", "basic", NULL};
    const struct form *auth = definition_get(map, "auth");

    if (!auth) return;
    path = arena_printf(reading->diagnostics->arena, "%s :auth", path).ptr;
    if (auth->kind != FORM_MAP) {
        invalid(reading, auth, path, "Use :auth {:type :bearer}.", ":auth must be a map");
        return;
    }
    if (!definition_get(auth, "type")) {
        missing(reading, auth, path, definition_choices(reading, types), ":auth has no :type");
    }
    read_choice(reading, auth, "type", types, path);
}

/* A connection or a secret: what fills a slot. */
static void read_connection(struct definition_reading *reading, const struct form *map,
                            uint32_t index, const char *path)
{
    static const char *const keys[] = {
        "kind", "slot",    "type",   "label",      "description", "optional", "base-url",
        "auth", "backend", "config", "secret-ref", "provided-by", "name",     NULL};
    static const char *const types[] = {"http-api",     "database", "ssh",          "kv-store",
                                        "blob-storage", "secret",   "llm-provider", NULL};
    static const char *const providers[] = {"author", "installer", NULL};
    struct diagnostics *diagnostics = reading->diagnostics;
    const struct form *secret = definition_get(map, "secret-ref");

    definition_check_keys(diagnostics, map, keys, path);
    read_slot(reading, map, index, path);
    if (!definition_get(map, "type")) {
        missing(reading, map, path, definition_choices(reading, types), "the slot has no :type");
    }
    int type = read_choice(reading, map, "type", types, path);
    bool is_secret = type >= 0 && text_equal(text_from(types[type]), TEXT("secret"));

    read_choice(reading, map, "provided-by", providers, path);
    definition_words(diagnostics, map, "label", path);
    definition_string(diagnostics, map, "base-url", path);
    definition_bool(diagnostics, map, "optional", path, false);
    check_auth(reading, map, path);
    if (is_secret && !secret) {
        missing(reading, map, path, "Name the secret of the workspace: :secret-ref :crm-key.",
                "a slot of :type :secret has no :secret-ref");
    }
    if (secret && !definition_id(secret).ptr) {
        invalid(reading, secret, path, "Name the secret of the workspace: :secret-ref :crm-key.",
                ":secret-ref must be the name of a secret");
    }
}

/* Forms and workers */

static void read_form(struct definition_reading *reading, const struct form *map, const char *path)
{
    static const char *const keys[] = {"kind", "collect", "fields", "label", "description", NULL};
    static const char *const times[] = {"setup", "run", NULL};
    struct arena *arena = reading->definition->arena;
    const struct form *fields = definition_get(map, "fields");

    definition_check_keys(reading->diagnostics, map, keys, path);
    read_choice(reading, map, "collect", times, path);
    if (!fields) {
        missing(reading, map, path,
                "Add :fields [{:key :region :label \"Region\" :field-type :text}].",
                "the form has no :fields");
        return;
    }
    struct definition_invocation form = {0}; // its fields have the shape of inputs

    definition_invocations_inputs(reading, &form, fields,
                                  arena_printf(arena, "%s :fields", path).ptr);
}

static void read_worker(struct definition_reading *reading, const struct form *map,
                        const char *path)
{
    static const char *const keys[] = {"kind",        "job-type", "label",
                                       "description", "optional", NULL};

    definition_check_keys(reading->diagnostics, map, keys, path);
    definition_string(reading->diagnostics, map, "job-type", path);
    if (definition_get(map, "job-type")) return;
    missing(reading, map, path, "Name the jobs that the worker takes: :job-type \"render\".",
            "the worker has no :job-type");
}

void definition_requires_read(struct definition_reading *reading)
{
    static const char *const kinds[] = {"connection", "secret", "form", "worker", NULL};
    const struct form *requires = reading->definition->requires;

    if (!requires || definition_too_many(reading, requires->count, requires, ":requires")) return;
    for (uint32_t i = 0; i < requires->count; i++) {
        const struct form *map = requires->items[i];
        const char *path = arena_printf(reading->definition->arena, ":requires [%u]", i).ptr;
        const struct form *kind = definition_get(map, "kind");
        int index = kind ? read_choice(reading, map, "kind", kinds, path) : 0;

        if (index == 0 || index == 1) read_connection(reading, map, i, path);
        if (index == 2) read_form(reading, map, path);
        if (index == 3) read_worker(reading, map, path);
    }
}
