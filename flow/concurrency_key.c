/* Keys of runs that may not overlap. */
#include "flow/concurrency_key.h"

#include <string.h>

#define KEY_MAX 512 /* bytes of a concurrency key */

/* The value under the key's path, as text. */
static bool read_key(struct arena *arena, const struct definition *definition,
                     const struct json *input, struct text *out, struct error *err)
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

bool concurrency_key_read(struct arena *arena, const struct definition *definition,
                          const struct json *input, struct text *out_key, bool *out_own,
                          struct error *err)
{
    *out_key = TEXT_NONE;
    *out_own = false;
    // Where nothing is ever held back the key decides nothing, so its absence is no error.
    if (definition->on_conflict == CONFLICT_COEXIST &&
        definition->on_new_version == NEW_VERSION_COEXIST) {
        return true;
    }
    *out_key = TEXT("");
    *out_own = definition->key_path_count > 0;
    return !*out_own || read_key(arena, definition, input, out_key, err);
}
