/* Policies. */
#include "gateway/policy.h"

#include <string.h>

#define KEY_MAX 512 /* bytes of a concurrency key */

static const enum admission_on_new_version on_new_versions[] = {
    [NEW_VERSION_SUPERSEDE] = ON_NEW_SUPERSEDE,
    [NEW_VERSION_DRAIN] = ON_NEW_DRAIN,
    [NEW_VERSION_COEXIST] = ON_NEW_COEXIST};

static const enum admission_on_conflict on_conflicts[] = {[CONFLICT_QUEUE] = ON_CONFLICT_QUEUE,
                                                          [CONFLICT_DROP] = ON_CONFLICT_DROP,
                                                          [CONFLICT_CANCEL_RUNNING] =
                                                              ON_CONFLICT_CANCEL,
                                                          [CONFLICT_COEXIST] = ON_CONFLICT_COEXIST};

/* The value under the key's path, as text. */
static bool read_key(const struct definition *definition, const struct json *input,
                     struct arena *arena, struct text *out, struct error *err)
{
    const struct json *node = input;
    struct buf printed CLEANUP(buf_done) = {0};

    for (uint32_t i = 0; i < definition->key_path_count; i++) {
        node = json_get(node, arena_cstr(arena, definition->key_path[i]));
    }
    enum json_type type = json_get_type(node);

    if (type == JSON_ABSENT || type == JSON_NULL) {
        error_set(err, E_MISSING_FIELD,
                  "the input has no " TEXT_FMT ", which is the flow's concurrency key",
                  TEXT_ARG(definition->key_path[definition->key_path_count - 1]));
        return error_hint(err, "Send it, or change :key-field of the flow's :concurrency.");
    }
    if (type == JSON_STRING) {
        *out = json_text(node);
    } else {
        json_append(&printed, node);
        *out = arena_text(arena, buf_get(&printed));
    }
    if (out->len > KEY_MAX || memchr(out->ptr, 0, out->len)) {
        return error_set(err, E_INPUT, "the concurrency key is over %d bytes, or has a NUL",
                         KEY_MAX);
    }
    return true;
}

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
    // Where nothing is ever held back the key decides nothing, so its absence is no error.
    if (definition->on_conflict == CONFLICT_COEXIST &&
        definition->on_new_version == NEW_VERSION_COEXIST) {
        return true;
    }
    out->key = TEXT("");
    out->has_own_key = definition->key_path_count > 0;
    return !out->has_own_key || read_key(definition, input, arena, &out->key, err);
}
