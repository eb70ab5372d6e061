#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/* What can be called: closures and natives. */

/* captured may be NULL: filled by the caller through callable_captured(). */
struct value callable_function(struct heap *heap, const void *prototype,
                               const struct value *captured, uint32_t count);
struct value callable_native(struct heap *heap, const struct native_entry *entry);

static inline const void *callable_prototype(struct value function)
{
    return OBJECT_AS(function_object, function.object)->prototype;
}

static inline struct value *callable_captured(struct value function)
{
    return OBJECT_AS(function_object, function.object)->captured;
}

static inline const struct native_entry *callable_entry(struct value native)
{
    return OBJECT_AS(native_object, native.object)->entry;
}
