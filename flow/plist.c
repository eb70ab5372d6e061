#include "flow/plist.h"

/* The empty list: constant data, so that it costs nothing and belongs to no heap. */
static const struct list_object empty_list = {
    .header = {.type = VALUE_LIST,
               .flags = OBJECT_STATIC | OBJECT_ETERNAL,
               .size = sizeof(struct list_object)},
};

struct value plist_empty(void)
{
    return object_value((struct object *)&empty_list.header);
}

struct value plist_push(struct heap *heap, struct value list, struct value first)
{
    const struct list_object *rest = OBJECT_AS(list_object, list.object);
    struct object *made = heap_new(heap, VALUE_LIST, sizeof(struct list_object));
    struct list_object *pushed = OBJECT_AS(list_object, made);

    pushed->meta = rest->meta;
    pushed->count = rest->count + 1;
    pushed->first = first;
    pushed->rest = rest->count > 0 ? list.object : NULL;
    return object_value(made);
}

struct value plist_new(struct heap *heap, const struct value *items, uint32_t count)
{
    struct value list = plist_empty();

    for (uint32_t i = count; i > 0; i--) {
        list = plist_push(heap, list, items[i - 1]);
    }
    return list;
}

struct value plist_cons(struct heap *heap, struct value first, struct value rest)
{
    if (value_is_nil(rest)) return plist_push(heap, plist_empty(), first);
    struct object *made = heap_new(heap, VALUE_CONS, sizeof(struct cons_object));
    struct cons_object *cons = OBJECT_AS(cons_object, made);

    ASSERT(rest.type >= VALUE_LIST && rest.type <= VALUE_SEQ);
    cons->first = first;
    cons->rest = rest;
    return object_value(made);
}

uint32_t plist_count(struct value list)
{
    return OBJECT_AS(list_object, list.object)->count;
}

struct value plist_first(struct value list)
{
    return OBJECT_AS(list_object, list.object)->first; // zeroed, so nil, in the empty one
}

struct value plist_rest(struct value list)
{
    struct object *rest = OBJECT_AS(list_object, list.object)->rest;

    return rest ? object_value(rest) : plist_empty();
}
