#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "executor/redact.h"
#include "flow/secret_names.h"
#include "flow/value.h"

/*
 * Secret references: in a step's config the map {:secret-ref :name} stands for a secret's value.
 * The config is recorded with the reference; the value takes its place on the way out (at egress)
 * only.
 *
 *     collect ─▶ names ─▶ (storage, vault) ─▶ give each value ─▶ fill ─▶ config with values
 *
 * Only the keyword :secret-ref is one: what callers send has string keys, and stays data.
 *
 * A map with :secret-ref and other keys (an auth map) keeps them and gets :secret.
 */
#define SECRET_REFS_MAX   32
#define SECRET_REFS_DEPTH 200 /* of nesting that is looked through */

struct secret_ref {
    struct text name;
    struct text value; /* absent until it is given */
};

struct secret_refs {
    struct arena *arena; /* Private, but for refs and count. */
    const struct secret_names *named;
    struct secret_ref refs[SECRET_REFS_MAX];
    size_t count;
};

/* named: by the flow's source; NULL where none may stand. */
void secret_refs_init(struct secret_refs *refs, const struct secret_names *named,
                      struct arena *arena);
/* Adds the names in value. `allowed` false: one is an error that names the place; true: one that
 * the flow's source does not name is. */
bool secret_refs_collect(struct secret_refs *refs, struct value value, const char *place,
                         bool allowed, struct error *err) MUST_CHECK;
bool secret_refs_has(struct value value); /* within the depth */
/* Copies the value. */
void secret_refs_give(struct secret_refs *refs, size_t index, struct text value);
/* value with all references replaced; all must have been given. */
struct value secret_refs_fill(const struct secret_refs *refs, struct heap *heap,
                              struct value value);
void secret_refs_wipe(struct secret_refs *refs);
