/* Policies. */
#include "gateway/policy.h"

#include "flow/concurrency_key.h"

static const enum admission_on_new_version on_new_versions[] = {
    [NEW_VERSION_SUPERSEDE] = ON_NEW_SUPERSEDE,
    [NEW_VERSION_DRAIN] = ON_NEW_DRAIN,
    [NEW_VERSION_COEXIST] = ON_NEW_COEXIST};

static const enum admission_on_conflict on_conflicts[] = {[CONFLICT_QUEUE] = ON_CONFLICT_QUEUE,
                                                          [CONFLICT_DROP] = ON_CONFLICT_DROP,
                                                          [CONFLICT_CANCEL_RUNNING] =
                                                              ON_CONFLICT_CANCEL,
                                                          [CONFLICT_COEXIST] = ON_CONFLICT_COEXIST};

bool policy_read(struct arena *arena, const struct definition *definition, const struct json *input,
                 struct policy *out, struct error *err)
{
    *out = (struct policy){
        .limit =
            definition->concurrency == CONCURRENCY_LIMIT ? (int)definition->concurrency_limit : 1,
        .priority = (int)definition->priority,
        .on_new_version = on_new_versions[definition->on_new_version],
        .on_conflict = on_conflicts[definition->on_conflict],
    };
    return concurrency_key_read(arena, definition, input, &out->key, &out->has_own_key, err);
}
