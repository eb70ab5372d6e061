#include "flow/uuid.h"

#include <string.h>

struct value uuid_new(struct heap *heap, struct uuid id)
{
    struct object *made = heap_new(heap, VALUE_UUID, sizeof(struct uuid_object));

    memcpy(OBJECT_AS(uuid_object, made)->bytes, id.bytes, sizeof(id.bytes));
    return object_value(made);
}

struct uuid uuid_get(struct value uuid)
{
    struct uuid id;

    memcpy(id.bytes, OBJECT_AS(uuid_object, uuid.object)->bytes, sizeof(id.bytes));
    return id;
}

static uint64_t half(struct value uuid, uint32_t from)
{
    const uint8_t *bytes = OBJECT_AS(uuid_object, uuid.object)->bytes + from;
    uint64_t word = 0;

    for (uint32_t i = 0; i < 8; i++) {
        word = word << 8 | bytes[i];
    }
    return word;
}

int uuid_compare(struct value a, struct value b)
{
    for (uint32_t from = 0; from < 16; from += 8) {
        int64_t x = (int64_t)half(a, from);
        int64_t y = (int64_t)half(b, from);

        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

uint32_t uuid_hash(struct value uuid)
{
    uint64_t both = half(uuid, 0) ^ half(uuid, 8);

    return (uint32_t)(both >> 32) ^ (uint32_t)both;
}
