#include "flow/image.h"

#include "base/assert.h"
#include "base/memory.h"
#include "flow/packaged.h"

/*
 * The image's life, its constants, and positions.
 */
struct image *image_new(const struct core *core)
{
    struct image *image = MEMORY_NEW(struct image);

    refcount_init(&image->refs);
    arena_init(&image->arena, 0);
    heap_init_static(&image->statics);
    image->core = core;
    return image;
}

struct image *image_ref(struct image *image)
{
    refcount_ref(&image->refs);
    return image;
}

void image_unref(struct image *image)
{
    if (!image || !refcount_unref(&image->refs)) return;
    heap_done(&image->statics);
    arena_done(&image->arena);
    memory_free(image);
}

size_t image_bytes(const struct image *image)
{
    return sizeof(*image) + image->arena.used_bytes + image->statics.used_bytes;
}

/* Where equal constants would meet; false: this kind is not shared. */
static bool constant_hash(struct value value, uint64_t *out)
{
    switch (value.type) {
    case VALUE_INT:
    case VALUE_CHAR: *out = (uint64_t)value.integer * 0x9e3779b97f4a7c15u >> 32; return true;
    case VALUE_KEYWORD:
    case VALUE_SYMBOL:
    case VALUE_STRING: *out = value_hash(value); return true;
    case VALUE_FUNCTION:
    case VALUE_NATIVE: *out = (uintptr_t)value.object >> 4; return true;
    default: return false;
    }
}

static bool same_constant(struct value a, struct value b)
{
    if (a.type != b.type) return false;
    if (a.type == VALUE_FUNCTION || a.type == VALUE_NATIVE) return a.object == b.object;
    return value_equal(a, b);
}

static void grow_slots(struct image *image)
{
    size_t old_count = image->slot_count;
    uint32_t *old = image->constant_slots;

    image->slot_count = old_count ? 2 * old_count : 64;
    image->constant_slots = ARENA_ARRAY(&image->arena, image->slot_count, uint32_t);
    for (size_t i = 0; i < old_count; i++) {
        uint64_t hash;

        if (!old[i]) continue;
        bool shared = constant_hash(image->constants[old[i] - 1], &hash);

        ASSERT(shared); // or it would have no slot
        size_t slot = hash & (image->slot_count - 1);

        while (image->constant_slots[slot]) {
            slot = (slot + 1) & (image->slot_count - 1);
        }
        image->constant_slots[slot] = old[i];
    }
}

static uint32_t add_constant(struct image *image, struct value value)
{
    image->constants = arena_grow(&image->arena, image->constants, image->constant_count,
                                  &image->constant_capacity, sizeof(struct value));
    image->constants[image->constant_count] = value;
    return (uint32_t)image->constant_count++;
}

uint32_t image_constant(struct image *image, struct value value)
{
    uint64_t hash;

    if (!constant_hash(value, &hash)) return add_constant(image, value);
    if (2 * image->constant_count >= image->slot_count) grow_slots(image);
    size_t slot = hash & (image->slot_count - 1);

    for (; image->constant_slots[slot]; slot = (slot + 1) & (image->slot_count - 1)) {
        uint32_t index = image->constant_slots[slot] - 1;

        if (same_constant(image->constants[index], value)) return index;
    }
    uint32_t index = add_constant(image, value);

    image->constant_slots[slot] = index + 1;
    return index;
}

void image_add_code(struct image *image, struct code *code)
{
    image->codes = arena_grow(&image->arena, image->codes, image->code_count, &image->code_capacity,
                              sizeof(struct code *));
    image->codes[image->code_count++] = code;
}

const struct packaged *image_packaged(const struct image *image, struct text id)
{
    for (uint32_t i = 0; i < image->packaged_count; i++) {
        if (text_equal(image->packaged[i].id, id)) return &image->packaged[i];
    }
    return NULL;
}

void image_finish(struct image *image)
{
    for (size_t i = 0; i < image->code_count; i++) {
        image->codes[i]->constants = image->constants;
    }
    image->constant_slots = NULL; // garbage in the arena until the image goes
    image->slot_count = 0;
}

struct line_entry image_line(const struct code *code, uint32_t pc)
{
    uint32_t low = 0, high = code->line_count;

    while (low < high) { // the last entry at or before pc stands at low - 1
        uint32_t middle = low + (high - low) / 2;

        if (code->lines[middle].pc <= pc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? code->lines[low - 1] : (struct line_entry){0, 0, 0};
}
