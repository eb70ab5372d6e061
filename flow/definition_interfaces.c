/*
 * Interfaces: who may start the flow: people, HTTP callers, webhooks, MCP clients. A webhook must
 * say how its callers prove themselves; secrets are named, never written.
 */
#include "flow/definition_internal.h"

/* Types of webhook auth in the language; those that this server runs stand first. */
static const char *const auth_types[] = {
    "hmac-sha256", "api-key",           "bearer",       "basic", "signature", "stripe-signature",
    "github",      "standard-webhooks", "ip-allowlist", NULL};
#define AUTH_RUNS 2

/* Auth */

static bool check_auth_type(struct definition_reading *reading, const struct form *map,
                            const char *path, struct definition_auth *out)
{
    const struct form *form = definition_get(map, "type");
    int index = form ? definition_choice(form, auth_types) : -1;

    if (index >= 0 && index < AUTH_RUNS) {
        out->type = text_from(auth_types[index]);
        return true;
    }
    if (index >= 0) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "unsupported_webhook_auth", form,
                       path, "Use :hmac-sha256 or :api-key.",
                       "this server does not run webhook auth of :type :%s; it runs :hmac-sha256 "
                       "and :api-key",
                       auth_types[index]);
        return false;
    }
    definition_error(reading, "invalid_webhook_auth", form ? form : map, path,
                     "Use :hmac-sha256 or :api-key.",
                     form ? "unknown :type of webhook auth" : ":auth has no :type");
    if (form) definition_fix_choice(reading->diagnostics, form, auth_types);
    return false;
}

/* What looks like a secret written out where its name belongs. */
static void check_auth_literals(struct definition_reading *reading, const struct form *map,
                                const char *path)
{
    static const char *const keys[] = {"secret", "key", "token", "password", "api-key", "value"};

    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        const struct form *form = form_get(map, keys[i]);

        if (!form || form->kind != FORM_STRING) continue;
        definition_error(reading, "secret_in_source", form, path,
                         "Store it with `weir secrets set` and name it: :secret-ref :name.",
                         "a secret stands in the flow's source");
    }
}

void definition_interfaces_auth(struct definition_reading *reading, const struct form *form,
                                const struct form *at, const char *path,
                                struct definition_auth *out)
{
    static const char *const keys[] = {"type",   "secret-ref", "header",   "query",
                                       "prefix", "label",      "encoding", NULL};
    struct diagnostics *diagnostics = reading->diagnostics;
    const char *hint = "Add :auth {:type :hmac-sha256 :secret-ref :name}.";

    out->type = TEXT("none");
    path = arena_printf(diagnostics->arena, "%s :auth", path).ptr;
    if (!form) {
        definition_error(reading, "missing_webhook_auth", at, path, hint,
                         "a webhook must have :auth");
        return;
    }
    out->form = form;
    if (form->kind != FORM_MAP) {
        definition_error(reading, "invalid_webhook_auth", form, path, hint, ":auth must be a map");
        return;
    }
    check_auth_literals(reading, form, path);
    if (!check_auth_type(reading, form, path, out)) return;
    definition_check_keys(diagnostics, form, keys, path);
    out->header = definition_string(diagnostics, form, "header", path);
    out->query = definition_string(diagnostics, form, "query", path);
    out->prefix = definition_string(diagnostics, form, "prefix", path);
    const struct form *secret = definition_get(form, "secret-ref");

    out->secret_ref = secret && secret->kind != FORM_SYMBOL ? form_name(secret) : TEXT_NONE;
    if (out->secret_ref.len > 0) return;
    definition_error(reading, "invalid_webhook_auth", secret ? secret : form, path,
                     "Name the secret that callers sign with: :secret-ref :orders-secret.",
                     secret ? ":secret-ref must be a keyword or a string"
                            : ":auth has no :secret-ref");
}

/* Ids and invocations */

static bool id_is_taken(const struct definition *definition, struct text id)
{
    for (uint32_t i = 0; i < definition->interface_count; i++) {
        if (text_equal(definition->interfaces[i].id, id)) return true;
    }
    return false;
}

static struct text read_interface_id(struct definition_reading *reading, const struct form *map,
                                     const char *path, bool mcp)
{
    const char *key = mcp ? "tool-name" : "id";
    const struct form *form = definition_get(map, key);

    path = arena_printf(reading->diagnostics->arena, "%s :%s", path, key).ptr;
    if (!form) {
        definition_error(reading, "missing_interface_id", map, path,
                         "Add a stable name such as :id :run.",
                         mcp ? "the interface has no :tool-name" : "the interface has no :id");
        return TEXT_NONE;
    }
    struct text id = mcp && form->kind == FORM_STRING ? text_trim(form->text)
                     : mcp                            ? TEXT_NONE
                                                      : definition_id(form);

    if (id.len == 0) {
        definition_error(reading, "invalid_interface_id", form, path,
                         mcp ? "Use a string: :tool-name \"enrich_company\"."
                             : "Use a keyword or string like :run or \"enrich_company\".",
                         mcp ? ":tool-name must be a string that is not blank"
                             : "an interface's :id is a letter, then letters, digits, - and _");
        return TEXT_NONE;
    }
    if (id_is_taken(reading->definition, id)) {
        definition_error(reading, "duplicate_interface_id", form, path,
                         "Keep interface ids and tool names unique in the flow.",
                         "the interface's id is taken");
    }
    return id;
}

static struct text read_interface_invocation(struct definition_reading *reading,
                                             const struct form *map, const char *path)
{
    const struct form *form = definition_get(map, "invocation");

    path = arena_printf(reading->diagnostics->arena, "%s :invocation", path).ptr;
    if (!form) {
        // A flow without any invocation takes what it is given; there is none to name.
        bool declares = reading->definition->invocation_count > 0;

        diagnostic_add(reading->diagnostics, declares ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
                       "missing_interface_invocation", map, path,
                       "Name a declared invocation: :invocation :default.",
                       "the interface has no :invocation");
        return TEXT_NONE;
    }
    struct text id = definition_id(form);

    if (!id.ptr) {
        definition_error(reading, "invalid_interface_invocation", form, path,
                         "Use a keyword or string that is a key of :invocations.",
                         ":invocation must be a keyword or a string");
    } else if (!reading->invocations_broken &&
               !definition_find_invocation(reading->definition, id)) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "unknown_interface_invocation", form,
                       path, definition_invocation_hint(reading),
                       "there is no invocation :" TEXT_FMT, TEXT_ARG(id));
        definition_fix_invocation(reading, form);
    }
    return id;
}

/* "/orders/" is the path "orders"; without one the event's name is the path. */
static void read_webhook_path(struct definition_reading *reading,
                              struct definition_interface *interface, const char *path)
{
    struct text route = interface->path.ptr ? interface->path : interface->event_name;

    while (text_starts_with(route, TEXT("/"))) {
        route = text_slice(route, 1, route.len);
    }
    while (text_ends_with(route, TEXT("/"))) {
        route = text_slice(route, 0, route.len - 1);
    }
    interface->path = route;
    bool good = route.len > 0 && route.len <= 200;

    for (size_t i = 0; i < route.len && good; i++) {
        char c = route.ptr[i];
        bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        good = alphanumeric || strchr("-_./", c);
    }
    if (good) return;
    definition_error(reading, "invalid_interface_shape", interface->form, path,
                     "Add :path \"orders\": letters, digits, - _ . and / only.",
                     "a webhook needs a :path or an :event-name that can stand in a URL");
}

/* One interface */

static bool reads_ack(struct definition_reading *reading, const struct form *map, const char *path)
{
    static const char *const names[] = {"ack", "result", NULL};
    const struct form *form = definition_get(map, "respond");
    int index = form ? definition_choice(form, names) : 1;

    if (index < 0) {
        definition_error(reading, "invalid_interface_shape", form, path,
                         "Use :respond :ack to be answered at once.",
                         ":respond must be :ack or :result");
    }
    return index == 0;
}

static void read_interface(struct definition_reading *reading, enum definition_interface_kind kind,
                           const struct form *map, const char *path)
{
    static const char *const keys[] = {
        "id",   "label",      "description", "invocation", "enabled",      "method", "path",
        "auth", "event-name", "respond",     "tool-name",  "input-schema", NULL};
    struct diagnostics *diagnostics = reading->diagnostics;
    struct definition *definition = reading->definition;

    if (map->kind != FORM_MAP) {
        definition_error(reading, "invalid_interface_shape", map, path,
                         "Use a map with :id, or :tool-name, and :invocation.",
                         "an interface must be a map");
        return;
    }
    struct definition_interface interface = {.kind = kind, .form = map};
    const struct form *method = definition_get(map, "method");

    definition_check_keys(diagnostics, map, keys, path);
    interface.id = read_interface_id(reading, map, path, kind == INTERFACE_MCP);
    interface.tool_name = kind == INTERFACE_MCP ? interface.id : TEXT_NONE;
    interface.invocation = read_interface_invocation(reading, map, path);
    interface.label = definition_words(diagnostics, map, "label", path);
    interface.description = definition_words(diagnostics, map, "description", path);
    interface.path = definition_string(diagnostics, map, "path", path);
    interface.method = method ? form_name(method) : TEXT("post");
    interface.enabled = definition_bool(diagnostics, map, "enabled", path, true);
    interface.respond_ack = reads_ack(reading, map, path);
    interface.auth.type = TEXT("none");
    const struct form *event = definition_get(map, "event-name");

    if (event && event->kind != FORM_SYMBOL) interface.event_name = form_name(event);
    if (kind == INTERFACE_WEBHOOK) {
        read_webhook_path(reading, &interface, path);
        definition_interfaces_auth(reading, definition_get(map, "auth"), map, path,
                                   &interface.auth);
    }
    definition->interfaces[definition->interface_count++] = interface;
}

static void read_category(struct definition_reading *reading, enum definition_interface_kind kind,
                          const char *name, const struct form *form)
{
    struct arena *arena = reading->definition->arena;
    const char *path = arena_printf(arena, ":interfaces :%s", name).ptr;

    if (form->kind != FORM_VECTOR) {
        definition_error(reading, "invalid_interface_category_shape", form, path,
                         "Use a vector: :manual [{:id :run :invocation :default}].",
                         "a category of interfaces must be a vector of maps");
        return;
    }
    if (kind != INTERFACE_MCP && form->count > 1) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "too_many_interfaces",
                       form->items[1], path,
                       "Keep one, and tell cases apart by an input such as :mode.",
                       ":%s may hold one interface", name);
    }
    for (uint32_t i = 0; i < form->count; i++) {
        read_interface(reading, kind, form->items[i], arena_printf(arena, "%s [%u]", path, i).ptr);
    }
}

static uint32_t count_entries(const struct form *form)
{
    uint32_t count = 0;

    for (uint32_t i = 1; form && form->kind == FORM_MAP && i < form->count; i += 2) {
        count += form->items[i]->count;
    }
    return count;
}

void definition_interfaces_read(struct definition_reading *reading, const struct form *form)
{
    static const char *const names[] = {"manual", "http", "webhook", "mcp", NULL};
    struct definition *definition = reading->definition;
    const struct form *triggers = definition_get(definition->root, "triggers");
    uint32_t count = count_entries(form) + (triggers ? triggers->count : 0);

    if (definition_too_many(reading, count, form ? form : triggers, ":interfaces")) return;
    definition->interfaces = ARENA_ARRAY(definition->arena, count + 1, struct definition_interface);
    if (!form) return;
    if (form->kind != FORM_MAP) {
        definition_error(reading, "invalid_interfaces_shape", form, ":interfaces",
                         "Use :interfaces {:manual [{:id :run :invocation :default}]}.",
                         ":interfaces must be a map of categories");
        return;
    }
    definition_check_keys(reading->diagnostics, form, names, ":interfaces");
    for (int i = 0; names[i]; i++) {
        const struct form *category = definition_get(form, names[i]);

        if (!category) continue;
        read_category(reading, (enum definition_interface_kind)i, names[i], category);
    }
}
