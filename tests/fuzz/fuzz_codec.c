/*
 * Any bytes decode to a value or an error. What decodes encodes canonically: decoded and encoded
 * once more it is the same. JSON of it, and a preview of any length, is JSON.
 */
#include "flow/codec.h"
#include "tests/fuzz/fuzz.h"

#define HEAP 8388608 /* 8 MiB */

static void check_json(struct text json)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct error err = {0};

    arena_init(&arena, 0);
    if (json_read(&arena, json, &err)) return;
    // JSON all the same, only our reader refuses it: {:a 1 "a" 2}, a key with a NUL inside, 1e400M
    ASSERT(strstr(err.message, "duplicate") || strstr(err.message, "NUL") ||
           strstr(err.message, "number overflow"));
}

static void check_previews(struct text bytes)
{
    static const size_t lengths[] = {0, 1, 10, 60, 1000};

    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
        struct buf json CLEANUP(buf_done) = {0};

        codec_preview_json(bytes, lengths[i], &json);
        check_json(buf_get(&json));
    }
}

static void check_canonical(struct heap *heap, struct value value)
{
    struct buf first CLEANUP(buf_done) = {0};
    struct buf second CLEANUP(buf_done) = {0};
    struct buf json CLEANUP(buf_done) = {0};
    struct value again;
    struct error err = {0};

    if (!codec_encode(value, &first, &err)) return;
    bool ok = codec_decode(heap, buf_get(&first), &again, &err);

    ASSERT(ok || err.code == E_MEMORY);
    if (!ok) return;
    ok = codec_encode(again, &second, &err);
    ASSERT(ok);
    ASSERT(text_equal(buf_get(&first), buf_get(&second)));
    if (codec_to_json(buf_get(&first), &json, &err)) check_json(buf_get(&json));
    check_previews(buf_get(&first));
}

void fuzz_input(struct text input)
{
    struct heap heap;
    struct value value;
    struct error err = {0};
    struct buf json CLEANUP(buf_done) = {0};
    struct buf as_json CLEANUP(buf_done) = {0};

    heap_init(&heap, HEAP);
    if (codec_decode(&heap, input, &value, &err)) {
        check_canonical(&heap, value);
        if (!codec_value_to_json(value, &as_json, &err)) ASSERT(err.code != E_NONE);
    } else {
        ASSERT(err.code != E_NONE);
    }
    heap_done(&heap);
    heap_init(&heap, HEAP);
    if (codec_decode_input(&heap, input, &value, &err)) check_canonical(&heap, value);
    heap_done(&heap);
    if (!codec_to_json(input, &json, &err)) ASSERT(err.code != E_NONE);
    check_previews(input);
}
