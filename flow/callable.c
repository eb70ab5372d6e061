#include "flow/callable.h"

#include <string.h>

struct value callable_function(struct heap *heap, const void *prototype,
                               const struct value *captured, uint32_t count)
{
    size_t size = sizeof(struct function_object) + count * sizeof(struct value);
    struct object *made = heap_new(heap, VALUE_FUNCTION, size);
    struct function_object *function = OBJECT_AS(function_object, made);

    function->prototype = prototype;
    function->count = count;
    if (captured && count) memcpy(function->captured, captured, count * sizeof(*captured));
    return object_value(made);
}

struct value callable_native(struct heap *heap, const struct native_entry *entry)
{
    struct object *made = heap_new(heap, VALUE_NATIVE, sizeof(struct native_object));

    OBJECT_AS(native_object, made)->entry = entry;
    return object_value(made);
}

struct value callable_partial(struct heap *heap, uint8_t kind, const struct value *items,
                              uint32_t count)
{
    size_t size = sizeof(struct partial_object) + count * sizeof(struct value);
    struct object *made = heap_new(heap, VALUE_PARTIAL, size);
    struct partial_object *partial = OBJECT_AS(partial_object, made);

    made->kind = kind;
    partial->count = count;
    if (count) memcpy(partial->items, items, count * sizeof(*items));
    return object_value(made);
}
