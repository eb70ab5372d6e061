/* Inputs of runs that other runs start. */
#include "executor/run_input.h"

#include "base/limits.h"
#include "flow/codec.h"
#include "flow/coerce.h"
#include "flow/concurrency_key.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/string.h"

static bool is_context(struct value key)
{
    return key.type == VALUE_KEYWORD && text_equal(keyword_ns(key), TEXT("flow")) &&
           text_equal(keyword_name(key), TEXT("ctx"));
}

static struct value string_key(struct heap *heap, struct value key)
{
    struct buf name CLEANUP(buf_done) = {0};

    if (key.type != VALUE_KEYWORD) return key;
    if (keyword_ns(key).len > 0) {
        buf_text(&name, keyword_ns(key));
        buf_char(&name, '/');
    }
    buf_text(&name, keyword_name(key));
    return string_from_utf8(heap, buf_get(&name));
}

/* The map with string keys. What was put under a keyword is newer than what came under the string.
 */
static bool make_plain(struct heap *heap, struct value value, struct value *out, struct error *err)
{
    struct value plain = pmap_empty();
    struct pmap_iter iter;
    struct value key, item;

    *out = plain;
    if (value_is_nil(value)) return true;
    if (value.type != VALUE_MAP) {
        return error_set(err, E_INPUT, "a run's input is a map, not a %s", value_type_name(value));
    }
    for (int keywords = 0; keywords < 2; keywords++) {
        pmap_iter_init(&iter, value);
        while (pmap_iter_next(&iter, &key, &item)) {
            if (is_context(key) || (key.type == VALUE_KEYWORD) != (keywords == 1)) continue;
            plain = pmap_assoc(heap, plain, string_key(heap, key), item);
        }
    }
    *out = plain;
    return true;
}

static bool encode_plain(const struct heap *heap, struct value plain, struct buf *out,
                         struct error *err)
{
    size_t limit = out->limit;

    if (heap->exhausted) return error_set(err, E_MEMORY, "the input is too large to hold");
    out->limit = LIMIT_RUN_INPUT;
    bool ok = codec_encode(plain, out, err);

    if (out->overflow) {
        ok = error_set(err, E_TOO_LARGE, "the input of the run is larger than %d KB",
                       LIMIT_RUN_INPUT / 1024);
    }
    out->limit = limit;
    return ok;
}

bool run_input_encode(struct heap *heap, struct value value, struct buf *out, struct error *err)
{
    struct value plain;
    struct value own;
    struct buf bytes CLEANUP(buf_done) = {.limit = LIMIT_STEP_RESULT};

    // Of a VM's heap the map may be sorted; what decoding gives is not.
    if (!codec_encode(value, &bytes, err)) return false;
    if (bytes.overflow) {
        return error_set(err, E_TOO_LARGE, "the input of the run is larger than %d KB",
                         LIMIT_RUN_INPUT / 1024);
    }
    return codec_decode(heap, buf_get(&bytes), &own, err) && make_plain(heap, own, &plain, err) &&
           encode_plain(heap, plain, out, err);
}

/* Declared inputs take the values that coercion gave. */
static bool merge(struct heap *heap, const struct definition_invocation *invocation,
                  struct text json, struct value *plain, struct error *err)
{
    struct value coerced;

    if (!codec_value_from_json(heap, json, false, &coerced, err)) return false;
    for (uint32_t i = 0; i < invocation->input_count; i++) {
        struct value name = string_from_utf8(heap, invocation->inputs[i].name);

        *plain = pmap_contains(coerced, name)
                     ? pmap_assoc(heap, *plain, name, pmap_get(coerced, name, value_nil()))
                     : pmap_dissoc(heap, *plain, name);
    }
    return true;
}

bool run_input_check(struct heap *heap, const struct definition *definition, struct value value,
                     struct arena *arena, struct run_input *out, struct error *err)
{
    const struct definition_invocation *invocation = NULL;
    struct buf given CLEANUP(buf_done) = {.limit = 4UL * LIMIT_RUN_INPUT};
    struct buf coerced CLEANUP(buf_done) = {.limit = 4UL * LIMIT_RUN_INPUT};
    struct buf encoded CLEANUP(buf_done) = {0};
    struct value plain;
    bool has_own_key;

    if (!make_plain(heap, value, &plain, err) || !codec_value_to_json(plain, &given, err) ||
        !coerce_invocation(definition, TEXT_NONE, &invocation, err)) {
        return false;
    }
    if (given.overflow) {
        return error_set(err, E_TOO_LARGE, "the input of the run is larger than %d KB",
                         LIMIT_RUN_INPUT / 1024);
    }
    const struct json *tree = json_read(arena, buf_get(&given), err);

    if (!tree || !coerce_input(invocation, tree, &coerced, err)) return false;
    tree = json_read(arena, buf_get(&coerced), err);
    if (!tree) return false;
    if (invocation && !merge(heap, invocation, buf_get(&coerced), &plain, err)) return false;
    if (!concurrency_key_read(arena, definition, tree, &out->key, &has_own_key, err) ||
        !encode_plain(heap, plain, &encoded, err)) {
        return false;
    }
    out->encoded = arena_text(arena, buf_get(&encoded));
    out->invocation = invocation ? arena_text(arena, invocation->id) : TEXT("");
    return true;
}
