#include "flow/pvec.h"

#include "base/memory.h"

#include <string.h>

#define BITS  5
#define WIDTH 32

static const struct vector_object empty_vector = {
    .header = {.type = VALUE_VECTOR,
               .flags = OBJECT_STATIC | OBJECT_ETERNAL,
               .size = sizeof(struct vector_object)},
    .shift = BITS,
};

struct value pvec_empty(void)
{
    return object_value((struct object *)&empty_vector.header);
}

static const struct vector_object *vector_of(struct value vector)
{
    ASSERT(vector.type == VALUE_VECTOR);
    return OBJECT_AS(vector_object, vector.object);
}

/* How many items lie in the trie: the rest, 1 to 32 of them, in the tail. */
static uint32_t trie_count(uint32_t count)
{
    return count == 0 ? 0 : (count - 1) / WIDTH * WIDTH;
}

static struct values_object *values_new(struct heap *heap, uint32_t capacity)
{
    size_t size = sizeof(struct values_object) + capacity * sizeof(struct value);

    return OBJECT_AS(values_object, heap_new(heap, OBJECT_VALUES, size));
}

static struct value vector_new(struct heap *heap, uint32_t count, uint32_t shift,
                               struct object *root, struct object *tail, struct object *meta)
{
    struct object *made = heap_new(heap, VALUE_VECTOR, sizeof(struct vector_object));
    struct vector_object *vector = OBJECT_AS(vector_object, made);

    ASSERT(count <= PVEC_COUNT_MAX);
    vector->count = count;
    vector->shift = shift;
    vector->root = root;
    vector->tail = tail;
    vector->meta = meta;
    return object_value(made);
}

static struct vector_node *node_new(struct heap *heap, uint32_t count)
{
    size_t size = sizeof(struct vector_node) + count * sizeof(struct object *);
    struct object *made = heap_new(heap, OBJECT_VECTOR_NODE, size);

    OBJECT_AS(vector_node, made)->count = count;
    return OBJECT_AS(vector_node, made);
}

/* A copy with room for `count` children, the first ones as in node (which may be NULL). */
static struct vector_node *node_copy(struct heap *heap, struct object *node, uint32_t count)
{
    struct vector_node *copy = node_new(heap, count);

    if (node) {
        const struct vector_node *old = OBJECT_AS(vector_node, node);

        memcpy(copy->children, old->children, MIN(old->count, count) * sizeof(struct object *));
    }
    return copy;
}

/* Leaves, then nodes over them, level by level, in one array that shrinks. */
struct value pvec_new(struct heap *heap, const struct value *items, uint32_t count)
{
    uint32_t in_trie = trie_count(count);
    uint32_t level_count = in_trie / WIDTH;
    uint32_t shift = BITS;

    if (count == 0) return pvec_empty();
    struct values_object *tail = values_new(heap, count - in_trie);

    tail->count = count - in_trie;
    memcpy(tail->items, items + in_trie, tail->count * sizeof(*items));
    if (level_count == 0) return vector_new(heap, count, BITS, NULL, &tail->header, NULL);
    struct object **level = memory_array(level_count, sizeof(struct object *));

    for (uint32_t i = 0; i < level_count; i++) {
        struct values_object *leaf = values_new(heap, WIDTH);

        leaf->count = WIDTH;
        memcpy(leaf->items, items + (size_t)i * WIDTH, WIDTH * sizeof(*items));
        level[i] = &leaf->header;
    }
    for (;; shift += BITS) {
        uint32_t node_count = (level_count + WIDTH - 1) / WIDTH;

        for (uint32_t i = 0; i < node_count; i++) {
            uint32_t child_count = MIN((uint32_t)WIDTH, level_count - i * WIDTH);
            struct vector_node *node = node_new(heap, child_count);

            memcpy(node->children, level + (size_t)i * WIDTH,
                   child_count * sizeof(struct object *));
            level[i] = &node->header;
        }
        level_count = node_count;
        if (level_count == 1) break;
    }
    struct object *root = level[0];

    memory_free(level);
    return vector_new(heap, count, shift, root, &tail->header, NULL);
}

struct value pvec_entry(struct heap *heap, struct value key, struct value value)
{
    struct values_object *tail = values_new(heap, 2);

    tail->count = 2;
    tail->items[0] = key;
    tail->items[1] = value;
    struct value entry = vector_new(heap, 2, BITS, NULL, &tail->header, NULL);

    entry.object->kind = VECTOR_ENTRY;
    return entry;
}

static const struct values_object *leaf_of(const struct vector_object *vector, uint32_t index)
{
    const struct object *node = vector->root;

    if (index >= trie_count(vector->count)) return OBJECT_AS(values_object, vector->tail);
    for (uint32_t shift = vector->shift; shift > 0; shift -= BITS) {
        node = OBJECT_AS(vector_node, node)->children[(index >> shift) % WIDTH];
    }
    return OBJECT_AS(values_object, node);
}

struct value pvec_nth(struct value vector, uint32_t index)
{
    const struct vector_object *object = vector_of(vector);

    ASSERT(index < object->count);
    return leaf_of(object, index)->items[index % WIDTH];
}

const struct value *pvec_run(struct value vector, uint32_t index, uint32_t *out_count)
{
    const struct vector_object *object = vector_of(vector);

    ASSERT(index < object->count);
    *out_count = MIN(WIDTH - index % WIDTH, object->count - index);
    return &leaf_of(object, index)->items[index % WIDTH];
}

/* A chain of nodes down to the leaf. */
static struct object *new_path(struct heap *heap, uint32_t shift, struct object *leaf)
{
    for (; shift > 0; shift -= BITS) {
        struct vector_node *node = node_new(heap, 1);

        node->children[0] = leaf;
        leaf = &node->header;
    }
    return leaf;
}

/* Puts the full leaf behind index - 1 items into the subtree. */
static struct object *push_leaf(struct heap *heap, struct object *node, uint32_t shift,
                                uint32_t index, struct object *leaf)
{
    uint32_t slot = (index >> shift) % WIDTH;
    struct vector_node *copy = node_copy(heap, node, slot + 1);

    if (shift == BITS) {
        copy->children[slot] = leaf;
    } else if (slot < OBJECT_AS(vector_node, node)->count) {
        copy->children[slot] = push_leaf(heap, copy->children[slot], shift - BITS, index, leaf);
    } else {
        copy->children[slot] = new_path(heap, shift - BITS, leaf);
    }
    return &copy->header;
}

static uint32_t capacity_of(const struct object *values)
{
    return (uint32_t)((values->size - sizeof(struct values_object)) / sizeof(struct value));
}

/* The tail with the item at position `used`: the same object when it ends there and has room (older
 * vectors do not see further than their own count), else a copy. */
static struct object *tail_push(struct heap *heap, struct object *tail, uint32_t used,
                                struct value item)
{
    struct values_object *values = OBJECT_AS(values_object, tail);

    if (!tail || values->count != used || capacity_of(tail) == used ||
        (tail->flags & OBJECT_STATIC)) {
        struct values_object *copy =
            values_new(heap, MIN((uint32_t)WIDTH, MAX(2 * used, (uint32_t)4)));

        if (tail && used) memcpy(copy->items, values->items, used * sizeof(item));
        values = copy;
    }
    values->items[used] = item;
    values->count = used + 1;
    return &values->header;
}

struct value pvec_conj(struct heap *heap, struct value vector, struct value item)
{
    const struct vector_object *old = vector_of(vector);
    uint32_t in_trie = trie_count(old->count);
    uint32_t used = old->count - in_trie;
    struct object *root = old->root;
    uint32_t shift = old->shift;

    ASSERT(old->count < PVEC_COUNT_MAX); // no heap is that large
    if (used < WIDTH) {
        return vector_new(heap, old->count + 1, shift, root, tail_push(heap, old->tail, used, item),
                          old->meta);
    }
    if (!root) {
        root = new_path(heap, BITS, old->tail);
    } else if (in_trie >> BITS == 1u << shift) {
        struct vector_node *higher = node_new(heap, 2);

        higher->children[0] = root;
        higher->children[1] = new_path(heap, shift, old->tail);
        root = &higher->header;
        shift += BITS;
    } else {
        root = push_leaf(heap, root, shift, in_trie, old->tail);
    }
    return vector_new(heap, old->count + 1, shift, root, tail_push(heap, NULL, 0, item), old->meta);
}

static struct object *values_with(struct heap *heap, struct object *values, uint32_t count,
                                  uint32_t index, struct value item)
{
    struct values_object *copy = values_new(heap, count);

    copy->count = count;
    memcpy(copy->items, OBJECT_AS(values_object, values)->items, count * sizeof(item));
    copy->items[index] = item;
    return &copy->header;
}

static struct object *node_with(struct heap *heap, struct object *node, uint32_t shift,
                                uint32_t index, struct value item)
{
    if (shift == 0) return values_with(heap, node, WIDTH, index % WIDTH, item);
    struct vector_node *copy = node_copy(heap, node, OBJECT_AS(vector_node, node)->count);
    uint32_t slot = (index >> shift) % WIDTH;

    copy->children[slot] = node_with(heap, copy->children[slot], shift - BITS, index, item);
    return &copy->header;
}

struct value pvec_assoc(struct heap *heap, struct value vector, uint32_t index, struct value item)
{
    const struct vector_object *old = vector_of(vector);
    uint32_t in_trie = trie_count(old->count);

    ASSERT(index <= old->count);
    if (index == old->count) return pvec_conj(heap, vector, item);
    if (index >= in_trie) {
        struct object *tail =
            values_with(heap, old->tail, old->count - in_trie, index - in_trie, item);

        return vector_new(heap, old->count, old->shift, old->root, tail, old->meta);
    }
    struct object *root = node_with(heap, old->root, old->shift, index, item);

    return vector_new(heap, old->count, old->shift, root, old->tail, old->meta);
}

/* The subtree without its last leaf, which holds the item `index`; NULL when nothing is left. */
static struct object *without_leaf(struct heap *heap, struct object *node, uint32_t shift,
                                   uint32_t index)
{
    uint32_t slot = (index >> shift) % WIDTH;
    struct object *child = NULL;

    if (shift > BITS) {
        child =
            without_leaf(heap, OBJECT_AS(vector_node, node)->children[slot], shift - BITS, index);
    }
    if (!child && slot == 0) return NULL;
    struct vector_node *copy = node_copy(heap, node, slot + (child ? 1 : 0));

    if (child) copy->children[slot] = child;
    return &copy->header;
}

struct value pvec_pop(struct heap *heap, struct value vector)
{
    const struct vector_object *old = vector_of(vector);
    uint32_t in_trie = trie_count(old->count);
    uint32_t shift = old->shift;

    ASSERT(old->count > 0);
    if (old->count == 1) {
        return old->meta ? object_with_meta(heap, pvec_empty(), object_value(old->meta))
                         : pvec_empty();
    }
    if (old->count - in_trie > 1) {
        return vector_new(heap, old->count - 1, shift, old->root, old->tail, old->meta);
    }
    const struct values_object *leaf = leaf_of(old, old->count - 2);
    struct object *root = without_leaf(heap, old->root, shift, old->count - 2);

    while (root && shift > BITS && OBJECT_AS(vector_node, root)->count == 1) {
        root = OBJECT_AS(vector_node, root)->children[0];
        shift -= BITS;
    }
    return vector_new(heap, old->count - 1, root ? shift : BITS, root,
                      (struct object *)&leaf->header, old->meta);
}

struct value pvec_peek(struct value vector)
{
    uint32_t count = pvec_count(vector);

    return count ? pvec_nth(vector, count - 1) : value_nil();
}

struct value pvec_slice(struct heap *heap, struct value vector, uint32_t from, uint32_t to)
{
    ASSERT(from <= to);
    ASSERT(to <= pvec_count(vector));
    struct value *items = memory_array(MAX(to - from, 1u), sizeof(*items));

    for (uint32_t at = from, run; at < to; at += run) {
        const struct value *source = pvec_run(vector, at, &run);

        run = MIN(run, to - at);
        memcpy(items + (at - from), source, run * sizeof(*items));
    }
    struct value slice = pvec_new(heap, items, to - from);

    memory_free(items);
    return slice;
}
