#include "flow/name.h"

#include "flow/hash.h"
#include "flow/string.h"
#include "flow/utf.h"

#include <string.h>

struct name_object *name_new(struct heap *heap, enum value_type type, struct text ns,
                             struct text name)
{
    size_t size = sizeof(struct name_object) + ns.len + name.len;
    struct name_object *object = OBJECT_AS(name_object, heap_new(heap, type, size));

    object->hash = hash_symbol(ns, name);
    object->name_hash = string_hash_utf8(name);
    object->ns_len = (uint32_t)ns.len;
    object->name_len = (uint32_t)name.len;
    if (ns.len) memcpy(object->data, ns.ptr, ns.len);
    if (name.len) memcpy(object->data + ns.len, name.ptr, name.len);
    return object;
}

struct text name_ns(const struct name_object *object)
{
    return object->ns_len ? (struct text){object->data, object->ns_len} : TEXT_NONE;
}

struct text name_name(const struct name_object *object)
{
    return (struct text){object->data + object->ns_len, object->name_len};
}

bool name_equal(const struct name_object *a, const struct name_object *b)
{
    if (a == b) return true;
    return a->hash == b->hash && a->ns_len == b->ns_len && a->name_len == b->name_len &&
           memcmp(a->data, b->data, (size_t)a->ns_len + a->name_len) == 0;
}

/* As String.compareTo, by UTF-16 units: the difference of the first that differ, else of lengths.
 */
static int compare_texts(struct text a, struct text b)
{
    struct utf_units x = {.rest = a};
    struct utf_units y = {.rest = b};
    int left = 0;

    for (;;) {
        uint16_t unit_x = 0;
        uint16_t unit_y = 0;
        bool more_x = utf_units_next(&x, &unit_x);
        bool more_y = utf_units_next(&y, &unit_y);

        if (more_x && more_y && unit_x != unit_y) return unit_x - unit_y;
        if (more_x && more_y) continue;
        if (!more_x && !more_y) return left;
        // one has ended: count what the other has more
        struct utf_units *longer = more_x ? &x : &y;

        for (left = 1; utf_units_next(longer, &unit_x);) {
            left++;
        }
        return more_x ? left : -left;
    }
}

int name_compare(const struct name_object *a, const struct name_object *b)
{
    if (name_equal(a, b)) return 0;
    if (!a->ns_len && b->ns_len) return -1;
    if (a->ns_len && !b->ns_len) return 1;
    int by_ns = compare_texts(name_ns(a), name_ns(b));

    return by_ns ? by_ns : compare_texts(name_name(a), name_name(b));
}

void name_append(const struct name_object *object, struct buf *out)
{
    if (object->ns_len) {
        buf_append(out, object->data, object->ns_len);
        buf_char(out, '/');
    }
    buf_append(out, object->data + object->ns_len, object->name_len);
}
