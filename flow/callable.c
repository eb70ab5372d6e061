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
