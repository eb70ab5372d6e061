#pragma once

#include "flow/form.h"

/*
 * Options: what the config of each step type may hold. One table; a step type that the executor
 * gains gets its lines here, and an option that it begins to run moves from LINT_REFUSED.
 */
enum lint_check {
    LINT_ANY,
    LINT_DURATION, /* seconds or "5m" */
    LINT_CHOICE,
    LINT_MAP,
    LINT_VECTOR,
    LINT_FLAG,  /* true or false */
    LINT_COUNT, /* a whole number */
    LINT_URL,
    LINT_RETRY,
    LINT_APPROVAL,
    LINT_TEMPLATE,
    LINT_EVENT,
    LINT_REFUSED, /* in the language, not run by this server: ignoring it would change the flow */
};

struct lint_option {
    const char *name;
    enum lint_check check;
    const char *const *choices; /* LINT_CHOICE: NULL-terminated */
    const char *hint;           /* LINT_REFUSED */
};

struct lint_type {
    const char *name;
    const struct lint_option *options; /* beside the common ones; ends with name NULL */
    const char *needs[4];              /* one of these must be there */
    const char *needs_hint;
};

const struct lint_type *lint_options_types(void); /* ends with name NULL */
const struct lint_type *lint_options_type(struct text name);
const struct lint_type *lint_options_call(void); /* the options of flow/call-flow */
/* The option of the type, or the common one; NULL when there is none. */
const struct lint_option *lint_options_find(const struct lint_type *type, const struct form *key);
/* What was probably meant: an option of other tools for the same, or the nearest; or NULL. */
const char *lint_options_nearest(const struct lint_type *type, struct text name);
/* The same in one list, which ends with name NULL. */
const struct lint_option *lint_options_in(const struct lint_option *options,
                                          const struct form *key);
const char *lint_options_nearest_in(const struct lint_option *options, struct text name);
