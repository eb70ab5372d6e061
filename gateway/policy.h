#pragma once

#include "base/json.h"
#include "flow/definition.h"
#include "storage/admission.h"

/*
 * Policy: how a run of a definition is admitted, given its input: concurrency key, limit, what a
 * new version and a conflict do, priority.
 */
struct policy {
    struct text key;  /* absent: unlimited; "": the flow as a whole */
    bool has_own_key; /* the key is a value of the input */
    int limit, priority;
    enum admission_on_new_version on_new_version;
    enum admission_on_conflict on_conflict;
};

/* input: checked and coerced, an object. E_MISSING_FIELD when it lacks the key. The key lies in the
 * arena, or is the input's. */
bool policy_read(struct arena *arena, const struct definition *definition, const struct json *input,
                 struct policy *out, struct error *err) MUST_CHECK;
