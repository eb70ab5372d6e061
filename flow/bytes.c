#include "flow/bytes.h"

#include <string.h>

struct value bytes_new(struct heap *heap, struct text data)
{
    struct object *made =
        heap_new(heap, VALUE_BYTES, MAX(sizeof(struct bytes_object) + data.len, (size_t)16));
    struct bytes_object *bytes = OBJECT_AS(bytes_object, made);

    bytes->len = (uint32_t)data.len;
    if (data.len) memcpy(bytes->data, data.ptr, data.len);
    return object_value(made);
}

struct text bytes_get(struct value bytes)
{
    const struct bytes_object *object = OBJECT_AS(bytes_object, bytes.object);

    return (struct text){(const char *)object->data, object->len};
}
