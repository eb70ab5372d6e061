#include "flow/pset.h"

static const struct map_object empty_set = {
    .header = {.type = VALUE_SET,
               .kind = MAP_HASH,
               .flags = OBJECT_STATIC | OBJECT_ETERNAL,
               .size = sizeof(struct map_object)},
};

struct value pset_empty(void)
{
    return object_value((struct object *)&empty_set.header);
}

static const struct map_object *set_of(struct value set)
{
    ASSERT(set.type == VALUE_SET);
    return OBJECT_AS(map_object, set.object);
}

static struct value set_new(struct heap *heap, uint32_t count, struct object *root,
                            struct object *meta)
{
    struct object *made = heap_new(heap, VALUE_SET, sizeof(struct map_object));

    made->kind = MAP_HASH;
    OBJECT_AS(map_object, made)->count = count;
    OBJECT_AS(map_object, made)->root = root;
    OBJECT_AS(map_object, made)->meta = meta;
    return object_value(made);
}

struct value pset_new(struct heap *heap, const struct value *items, uint32_t count)
{
    uint32_t kept;

    if (count == 0) return pset_empty();
    struct object *root = hamt_build(heap, 1, items, count, &kept);

    return set_new(heap, kept, root, NULL);
}

bool pset_contains(struct value set, struct value item)
{
    return hamt_find(set_of(set)->root, value_hash(item), item) != NULL;
}

struct value pset_get(struct value set, struct value item, struct value otherwise)
{
    const struct value *found = hamt_find(set_of(set)->root, value_hash(item), item);

    return found ? *found : otherwise;
}

struct value pset_conj(struct heap *heap, struct value set, struct value item)
{
    const struct map_object *old = set_of(set);
    bool added;
    struct object *root = hamt_put(heap, old->root, 1, value_hash(item), &item, &added);

    return added ? set_new(heap, old->count + 1, root, old->meta) : set;
}

struct value pset_disj(struct heap *heap, struct value set, struct value item)
{
    const struct map_object *old = set_of(set);
    struct object *root = hamt_remove(heap, old->root, value_hash(item), item);

    return root == old->root ? set : set_new(heap, old->count - 1, root, old->meta);
}
