#pragma once

#include "flow/core.h"
#include "flow/heap.h"
#include "flow/lint.h"
#include "flow/lint_options.h"

/*
 * What the files of the lint share: the flow that is looked at, and what was met on the way.
 */
struct lint_name {
    struct text name;
    const struct form *form;
    struct lint_name *next;
};

/* Local names, the innermost first. */
struct lint_scope {
    struct text name;
    const struct form *function; /* the (fn …) form, or (name …) of letfn, that it is; or NULL */
    const struct lint_scope *outer;
};

struct reference;

struct lint {
    const struct core *core;
    struct arena *arena;
    struct definition *definition;
    struct diagnostics *diagnostics;
    struct lint_options options;
    bool in_body; /* the style of the orchestration matters; false in functions */

    struct lint_name *waits;     /* ids of :wait steps */
    struct lint_name *callbacks; /* what flow/callback names */
    struct lint_name *functions; /* what :ref names */
    struct lint_name *packaged;  /* steps :ns/name that the body calls, as "ns/name" */
    struct lint_name *templates; /* what :template names */
    bool has_dynamic_wait;       /* a :wait whose id is worked out */
    bool has_dynamic_ref;        /* a :ref, likewise */
    bool has_dynamic_template;   /* a :template, likewise */

    struct arena schema_arena; /* private to lint_packaged.c, from here on */
    struct heap schema_statics;
    const struct schema **schemas; /* of the packaged steps; NULL: none, or with errors */
    struct reference *reference;   /* once it was needed */
};

PRINTF_LIKE(6, 7)
void lint_error(struct lint *lint, const char *code, const struct form *at, const char *path,
                const char *hint, const char *fmt, ...);
PRINTF_LIKE(6, 7)
void lint_warn(struct lint *lint, const char *code, const struct form *at, const char *path,
               const char *hint, const char *fmt, ...);
void lint_note(struct lint *lint, struct lint_name **list, struct text name,
               const struct form *form);
bool lint_noted(const struct lint_name *list, struct text name);

/* Strings, keywords and symbols of the whole file: secrets, workspace ids, large texts. */
void lint_source(struct lint *lint);
/* What this server keeps but does not act on. */
void lint_kept(struct lint *lint);
/* The body and the functions. */
void lint_body(struct lint *lint);
void lint_body_function(struct lint *lint, const struct form *code);
/* A (flow/step …) of the body. */
void lint_step(struct lint *lint, const struct form *form);
/* The config of a step of that type, which names a template: is it there, and right for the step?
 */
void lint_template(struct lint *lint, const char *type, const struct form *config, const char *path,
                   bool is_whole);
/* The requests of the flow's templates. */
void lint_template_requests(struct lint *lint);
/* Whether the form stands for itself, so that it can be looked at. */
bool lint_value_is_literal(const struct form *form);
/* An option of a step. */
void lint_value(struct lint *lint, const struct lint_option *option, const struct form *value,
                const char *path);
/* The values of a map that has these options, which end with name NULL; what has them: ":retry". */
void lint_value_map(struct lint *lint, const struct form *map, const struct lint_option *options,
                    const char *what, const char *path);
/* Warns of an option that what has not; near: what may be meant, or NULL. */
void lint_value_unknown(struct lint *lint, const struct form *key, const char *near,
                        const char *what, const char *path);
/* How a name of the language is called: "(count coll), such as (count [1 2])"; NULL: not known. */
const char *lint_usage(struct lint *lint, struct text name);
/* The same of the innermost call around an offset. */
const char *lint_usage_around(struct lint *lint, const struct form *code, uint32_t offset);
/* Calls with a number of arguments that is never taken, and of what is no function. */
void lint_arity(struct lint *lint, const struct form *call, const struct lint_scope *locals);
/* The function of a step, which is called with its input. */
void lint_arity_input(struct lint *lint, const struct form *code, const char *path);
/* A config of that type; is_whole: nothing else comes to it, so what the type needs is there. */
void lint_step_config(struct lint *lint, const struct lint_type *type, const struct form *config,
                      const char *path, bool is_whole);
void lint_step_id(struct lint *lint, const struct form *id, const char *path);
void lint_step_unknown_type(struct lint *lint, const struct form *at, const char *path);
/* A (flow/step :ns/name …) of the body; the packaged steps that the flow declares. */
void lint_packaged(struct lint *lint, const struct form *form, const char *path);
void lint_packaged_definitions(struct lint *lint);
/* Before and after all of the lint: what the two above share. */
void lint_packaged_init(struct lint *lint);
void lint_packaged_done(struct lint *lint);
/* The options of a step, written out, against the table of its type. */
void lint_step_options(struct lint *lint, const struct lint_type *type, const struct form *config,
                       const char *path);
/* A (flow/call-flow …) or (flow/slot-bound? …) of the body. */
void lint_call(struct lint *lint, const struct form *form);
/* Whether :requires has that slot; if not, an error at the form. */
void lint_call_slot(struct lint *lint, const struct form *form, const char *path, const char *hint);
/* Inline code of a step, which only the lint looks at. */
void lint_code(struct lint *lint, const struct form *form, const char *path);
/* Compiles a (fn …) form for its errors. */
void lint_compile(struct lint *lint, const struct form *code, const char *path);
