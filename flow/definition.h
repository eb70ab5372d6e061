#pragma once

#include "flow/diagnostic.h"
#include "flow/form.h"

/*
 * Definition: a flow file read into what the rest of the system needs: who may start it, how runs
 * queue, which functions it brings, and the body as a form. Everything lies in one arena.
 */
enum definition_concurrency { CONCURRENCY_SINGLETON, CONCURRENCY_KEYED, CONCURRENCY_LIMIT };

enum definition_on_new_version { NEW_VERSION_SUPERSEDE, NEW_VERSION_DRAIN, NEW_VERSION_COEXIST };

enum definition_on_conflict {
    CONFLICT_QUEUE,
    CONFLICT_DROP,
    CONFLICT_CANCEL_RUNNING,
    CONFLICT_COEXIST
};

struct definition_input {
    struct text name, type, label;
    bool required, multiple;
    struct form *default_value;      /* or NULL */
    struct form *options;            /* or NULL */
    struct form *min, *max, *accept; /* or NULL: flow/input_rules.h */
    const struct form *form;
};

struct definition_invocation {
    struct text id, label;
    struct definition_input *inputs;
    uint32_t input_count;
};

enum definition_interface_kind {
    INTERFACE_MANUAL,
    INTERFACE_HTTP,
    INTERFACE_WEBHOOK,
    INTERFACE_MCP
};

struct definition_auth {
    struct text type;       /* "hmac-sha256", "api-key", "none" for absent */
    struct text secret_ref; /* name of the secret */
    struct text header;     /* or absent: the type's default */
    struct text query;      /* api-key: query parameter name, or absent */
    struct text prefix;     /* "sha256=" or absent */
    const struct form *form;
};

struct definition_interface {
    enum definition_interface_kind kind;
    struct text id, label, invocation, method, path, event_name, tool_name, description;
    struct definition_auth auth;
    bool enabled, respond_ack;
    const struct form *form;
};

struct definition_schedule {
    struct text id, cron, timezone, invocation, catch_up; /* catch_up: "latest" by default */
    bool enabled;
    struct form *input; /* a map, or NULL */
    const struct form *form;
};

struct definition_function {
    struct text id;
    struct form
        *code; /* the (fn …) form; a string's code has been read. NULL: there was an error */
    const struct form *form;
};

enum definition_template_kind {
    DEFINITION_HTTP_REQUEST,
    DEFINITION_LLM_PROMPT,
    DEFINITION_DB_QUERY,
    DEFINITION_NOTIFICATION
};

struct definition_template {
    struct text id;
    enum definition_template_kind kind;
    bool is_html;               /* :escape :html */
    const struct form *content; /* :request, :channels, :sql; of a prompt the template itself */
    const struct form *form;
};

/* A packaged step: a step type with config of its own, called by its id. */
struct definition_step {
    struct text id; /* "ns/name" */
    struct text type;
    const struct form *schema;   /* :input-schema, or NULL */
    const struct form *defaults; /* a map, or NULL */
    const struct form *form;
};

struct definition {
    struct arena *arena;
    struct text source;
    struct form *root; /* the map */
    struct text slug, name, description;
    enum definition_concurrency concurrency;
    enum definition_on_new_version on_new_version;
    enum definition_on_conflict on_conflict;
    uint32_t key_path_count;
    struct text *key_path; /* :key-field as names */
    int64_t concurrency_limit;
    int64_t priority;
    struct definition_invocation *invocations;
    struct definition_interface *interfaces;
    struct definition_schedule *schedules;
    struct definition_function *functions;
    struct definition_template *templates;
    struct definition_step *steps;
    uint32_t invocation_count, interface_count, schedule_count, function_count;
    uint32_t template_count, step_count;
    struct form *requires; /* as written, or NULL */
    struct form *body;     /* what is quoted under :flow */
};

/* Reads the file and checks its shape (LANGUAGE sections 1 to 4). Always fills diagnostics; answers
 * NULL when there was an error. Older :triggers become interfaces and schedules. The source must
 * outlive the definition. An arena with a budget of at least 4 MB that is not used yet is never
 * overrun: source whose forms do not fit is an error. */
struct definition *definition_read(struct arena *arena, struct text source,
                                   struct diagnostics *diagnostics);
/* The same, but answers what could be understood although there are errors, so that the lint can
 * say all it has to say at once; NULL when the file is not one map. body may be NULL. */
struct definition *definition_parse(struct arena *arena, struct text source,
                                    struct diagnostics *diagnostics);

/* A letter, then letters, digits, _ and -; at most 128. */
bool definition_is_id(struct text name);
struct definition_function *definition_find_function(const struct definition *definition,
                                                     struct text id);
const struct definition_template *definition_find_template(const struct definition *definition,
                                                           struct text id);
const struct definition_step *definition_find_step(const struct definition *definition,
                                                   struct text id);
struct definition_invocation *definition_find_invocation(const struct definition *definition,
                                                         struct text id);
/* Cron and time zones are checked by the caller's function, which scheduler/ implements; the
 * definition itself only needs non-empty text. */
