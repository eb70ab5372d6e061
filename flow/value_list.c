#include "flow/value_list.h"

#include "base/assert.h"

void value_list_push(struct value_list *list, struct value value)
{
    if (list->count == list->capacity) {
        list->capacity = MAX(list->capacity * 2, (size_t)16);
        list->items = memory_resize(list->items, list->capacity, sizeof(*list->items));
    }
    list->items[list->count++] = value;
}

struct value value_list_pop(struct value_list *list)
{
    ASSERT(list->count > 0);
    return list->items[--list->count];
}

void value_list_truncate(struct value_list *list, size_t count)
{
    ASSERT(count <= list->count);
    list->count = count;
}

void value_list_done(struct value_list *list)
{
    memory_free(list->items);
    *list = (struct value_list){0};
}
