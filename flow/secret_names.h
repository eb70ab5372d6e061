#pragma once

#include "flow/form.h"

/*
 * The secrets that a flow's source names: what is written behind a :secret-ref, anywhere in it. A
 * reference in a step's config counts only when its name is one of these, since a config may hold
 * what a stranger sent: {"secret-ref": "x"} in the JSON of an answer must not choose a secret.
 */
struct secret_names {
    struct text *names;
    size_t count, capacity;
};

/* Adds the names in form, copied into arena. */
void secret_names_collect(struct secret_names *names, const struct form *form, struct arena *arena);
bool secret_names_has(const struct secret_names *names, struct text name);
