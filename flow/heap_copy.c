#include "base/assert.h"
#include "base/memory.h"
#include "flow/heap.h"
#include "flow/object.h"
#include "flow/value.h"

#include <string.h>

/*
 * Copying a value from one heap into another, which the collector's own description of children
 * does: while heap->copy is set, heap_move_object() comes here. A table from source to copy keeps
 * shared parts shared; static objects are copied too, because their image may go before the copy
 * does.
 */
struct copied {
    const struct object *source;
    struct object *copy;
};

struct heap_copy {
    struct copied *slots;
    size_t capacity, count;
    struct object **pending;
    size_t pending_count, pending_capacity;
};

static struct copied *slot_of(const struct heap_copy *copy, const struct object *source)
{
    size_t mask = copy->capacity - 1;
    size_t at = (size_t)(((uintptr_t)source >> 3) * 0x9E3779B97F4A7C15ULL >> 20) & mask;

    while (copy->slots[at].source && copy->slots[at].source != source) {
        at = (at + 1) & mask;
    }
    return &copy->slots[at];
}

static void grow(struct heap_copy *copy)
{
    struct heap_copy old = *copy;

    copy->capacity = MAX(old.capacity * 2, (size_t)64);
    copy->slots = memory_array(copy->capacity, sizeof(*copy->slots));
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].source) *slot_of(copy, old.slots[i].source) = old.slots[i];
    }
    memory_free(old.slots);
}

struct object *heap_copy_object(struct heap *into, struct object *object)
{
    struct heap_copy *copy = into->copy;

    if (object->flags & OBJECT_ETERNAL) return object;
    if (copy->count * 2 >= copy->capacity) grow(copy);
    struct copied *slot = slot_of(copy, object);

    if (slot->source) return slot->copy;
    struct object *made = heap_new(into, (enum value_type)object->type, object->size);

    memcpy(made + 1, object + 1, object->size - sizeof(*object));
    made->kind = object->kind;
    made->flags |= object->flags & (OBJECT_HASHED | OBJECT_INPUT);
    if (made->type == VALUE_REGEX) OBJECT_AS(regex_object, made)->code = NULL; // its owner may go
    *slot = (struct copied){object, made};
    copy->count++;

    if (copy->pending_count == copy->pending_capacity) {
        copy->pending_capacity = MAX(copy->pending_capacity * 2, (size_t)64);
        copy->pending =
            memory_resize(copy->pending, copy->pending_capacity, sizeof(struct object *));
    }
    copy->pending[copy->pending_count++] = made;
    return made;
}

struct value heap_copy_value(struct heap *into, struct value value)
{
    struct heap_copy copy = {0};

    if (!value_is_object(value)) return value;
    ASSERT(!into->copy);
    into->copy = &copy;
    value.object = heap_copy_object(into, value.object);
    while (copy.pending_count > 0) {
        object_move_children(into, copy.pending[--copy.pending_count]);
    }
    into->copy = NULL;
    memory_free(copy.slots);
    memory_free(copy.pending);
    return value;
}
