/*
 * Any text is JSON or an error with a position. What was read is written as what reads the same,
 * becomes a value of flows, and JSON again.
 */
#include "flow/codec.h"
#include "tests/fuzz/fuzz.h"

#define BUDGET 16777216 /* 16 MiB */

static void write_node(const struct json *node, struct buf *out)
{
    struct json_writer writer;

    json_write_init(&writer, out);
    json_write_node(&writer, node);
}

static void check_written(const struct json *json)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct buf first CLEANUP(buf_done) = {0};
    struct buf second CLEANUP(buf_done) = {0};
    struct buf pretty CLEANUP(buf_done) = {0};
    struct error err = {0};

    arena_init(&arena, 0);
    json_append(&first, json);
    const struct json *again = json_read(&arena, buf_get(&first), &err);

    ASSERT(again);
    write_node(again, &second);
    ASSERT(text_equal(buf_get(&first), buf_get(&second)));
    json_pretty(&pretty, buf_get(&first));
    again = json_read(&arena, buf_get(&pretty), &err);
    ASSERT(again);
}

static void check_value(struct text input, bool keyword_keys)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct buf bytes CLEANUP(buf_done) = {0};
    struct buf json CLEANUP(buf_done) = {0};
    struct heap heap;
    struct value value;
    struct error err = {0};

    if (!codec_from_json(input, keyword_keys, &bytes, &err)) return;
    heap_init(&heap, BUDGET);
    bool ok = codec_decode(&heap, buf_get(&bytes), &value, &err);

    ASSERT(ok || err.code == E_MEMORY);
    heap_done(&heap);
    ok = codec_to_json(buf_get(&bytes), &json, &err);
    ASSERT(ok);
    arena_init(&arena, 0);
    const struct json *again = json_read(&arena, buf_get(&json), &err);

    ASSERT(again);
    heap_init(&heap, BUDGET);
    ok = codec_value_from_json(&heap, input, keyword_keys, &value, &err);
    ASSERT(ok || err.code == E_MEMORY);
    heap_done(&heap);
}

void fuzz_input(struct text input)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct error err = {0};

    arena_init(&arena, BUDGET);
    const struct json *json = json_read(&arena, input, &err);

    if (!json) {
        ASSERT(err.code != E_NONE);
        return;
    }
    check_written(json);
    check_value(input, true);
    check_value(input, false);
}
