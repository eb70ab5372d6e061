/*
 * Kept: what a flow may say and this server keeps, but does not act on. Each is told, so that
 * nobody takes silence for a promise.
 */
#include "flow/definition_internal.h"
#include "flow/lint_internal.h"

/* :requires */

static const struct {
    const char *kind, *message, *hint;
} requirements[] = {
    {"form", "this server asks for no setup form: runs get no :activation",
     "Take these values as inputs: :invocations {:default {:inputs […]}}."},
    {"worker", "this server hands no jobs to workers",
     "Give an outside worker (:url (flow/callback :step-id)) and :wait for its answer."},
    {"secret", "the slot is kept, but steps name the secret itself",
     "Write {:secret-ref :name} where a step needs it, and store it: weir secrets set name."},
    {"connection", "this server binds no connections yet: the slot stays unbound",
     "Give steps their :url, and secrets by {:secret-ref :name}."},
};

static const char *kind_of(const struct form *map)
{
    const struct form *kind = form_get(map, "kind"), *type = form_get(map, "type");

    for (size_t i = 0; kind && i < ARRAY_COUNT(requirements); i++) {
        if (text_equal(form_name(kind), text_from(requirements[i].kind))) {
            return requirements[i].kind;
        }
    }
    return type && text_equal(form_name(type), TEXT("secret")) ? "secret" : "connection";
}

static void check_requires(struct lint *lint)
{
    const struct form *requires = lint->definition->requires;

    for (uint32_t i = 0; requires && i < requires->count; i++) {
        const char *kind = kind_of(requires->items[i]);
        size_t k = 0;

        while (strcmp(requirements[k].kind, kind) != 0) {
            k++;
        }
        lint_warn(lint, "unsupported_requires", requires->items[i],
                  arena_printf(lint->arena, ":requires [%u]", i).ptr, requirements[k].hint, "%s",
                  requirements[k].message);
    }
}

/* Keys of the flow */

static const struct {
    const char *key, *message, *hint;
} keys[] = {
    {"agents", "this server keeps :agents, but runs no agents",
     "Call the model's API by an :http step."},
    {"deploy-key-required", "this server asks for no deploy key: any token that may write releases",
     "Give such tokens only to those who may release."},
    {"discover", "this server has no catalogue of flows; :discover is kept as it is",
     "Leave it for servers that publish flows, or remove it."},
    {"marketplace", "this server sells no flows; :marketplace is kept as it is",
     "Leave it for servers that publish flows, or remove it."},
    {"publish-media", "this server publishes nothing; :publish-media is kept as it is",
     "Leave it for servers that publish flows, or remove it."},
};

static void check_keys(struct lint *lint)
{
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        const struct form *value = definition_get(lint->definition->root, keys[i].key);

        if (!value || (value->kind == FORM_BOOL && !value->boolean)) continue;
        lint_warn(lint, "unsupported_key", value, arena_printf(lint->arena, ":%s", keys[i].key).ptr,
                  keys[i].hint, "%s", keys[i].message);
    }
}

/* Interfaces */

static void check_http(struct lint *lint, const struct definition_interface *interface)
{
    static const char *const passed_over[] = {"method", "path", "auth"};
    const char *hint = arena_printf(lint->arena,
                                    "It is called by POST "
                                    "/api/flows/" TEXT_FMT "/interfaces/live/" TEXT_FMT
                                    " with a token of the workspace.",
                                    TEXT_ARG(lint->definition->slug), TEXT_ARG(interface->id))
                           .ptr;

    for (size_t i = 0; i < ARRAY_COUNT(passed_over); i++) {
        const struct form *value = definition_get(interface->form, passed_over[i]);

        if (!value || (i == 0 && text_equal_nocase(form_name(value), TEXT("post")))) continue;
        lint_warn(lint, "unsupported_interface_option", value, ":interfaces :http", hint,
                  "this server passes over :%s of an :http interface", passed_over[i]);
    }
}

static void check_interfaces(struct lint *lint)
{
    const struct definition *definition = lint->definition;

    for (uint32_t i = 0; i < definition->interface_count; i++) {
        const struct definition_interface *interface = &definition->interfaces[i];

        if (interface->kind == INTERFACE_HTTP) check_http(lint, interface);
        if (interface->kind != INTERFACE_MCP || !interface->id.ptr) continue; // said already
        lint_warn(lint, "unsupported_interface", interface->form, ":interfaces :mcp",
                  "Add a :manual or :http interface, which tools can call over HTTP.",
                  "this server speaks no MCP: nobody can call " TEXT_FMT " yet",
                  TEXT_ARG(interface->id));
    }
}

void lint_kept(struct lint *lint)
{
    check_requires(lint);
    check_keys(lint);
    check_interfaces(lint);
}
