#include "flow/hamt.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/*
 * Every slot of a node is empty, an entry (data_bits), or a child (child_bits). All recursion here
 * is by level, of which there are seven. A bucket stands below the place where its hash is alone,
 * and is pushed further down when another hash comes to that place.
 */
#define BITS 5

static const struct hamt_node *node_of(const struct object *object)
{
    return OBJECT_AS(hamt_node, object);
}

static const struct hamt_bucket *bucket_of(const struct object *object)
{
    return OBJECT_AS(hamt_bucket, object);
}

static bool is_bucket(const struct object *object)
{
    return object->type == OBJECT_HAMT_BUCKET;
}

static uint32_t bit_of(uint32_t hash, uint32_t shift)
{
    return 1u << (hash >> shift & 31);
}

/* Position among the set bits. */
static uint32_t position(uint32_t bits, uint32_t bit)
{
    return (uint32_t)__builtin_popcount(bits & (bit - 1));
}

static uint32_t count_bits(uint32_t bits)
{
    return (uint32_t)__builtin_popcount(bits);
}

static struct object **children_of(const struct hamt_node *node)
{
    size_t entries = (size_t)count_bits(node->data_bits) * node->header.kind;

    return (struct object **)(node->entries + entries);
}

static struct hamt_node *node_new(struct heap *heap, uint32_t stride, uint32_t data_bits,
                                  uint32_t child_bits)
{
    size_t size = sizeof(struct hamt_node) + count_bits(data_bits) * stride * sizeof(struct value) +
                  count_bits(child_bits) * sizeof(struct object *);
    struct object *made = heap_new(heap, OBJECT_HAMT_NODE, size);

    made->kind = (uint8_t)stride;
    OBJECT_AS(hamt_node, made)->data_bits = data_bits;
    OBJECT_AS(hamt_node, made)->child_bits = child_bits;
    return OBJECT_AS(hamt_node, made);
}

static struct hamt_bucket *bucket_new(struct heap *heap, uint32_t stride, uint32_t hash,
                                      uint32_t count)
{
    size_t size = sizeof(struct hamt_bucket) + (size_t)count * stride * sizeof(struct value);
    struct object *made = heap_new(heap, OBJECT_HAMT_BUCKET, size);

    made->kind = (uint8_t)stride;
    OBJECT_AS(hamt_bucket, made)->hash = hash;
    OBJECT_AS(hamt_bucket, made)->count = count;
    return OBJECT_AS(hamt_bucket, made);
}

const struct value *hamt_candidates(const struct object *root, uint32_t hash, uint32_t *out_count)
{
    *out_count = 0;
    for (uint32_t shift = 0; root; shift += BITS) {
        if (is_bucket(root)) {
            const struct hamt_bucket *bucket = bucket_of(root);

            if (bucket->hash != hash) return NULL;
            *out_count = bucket->count;
            return bucket->entries;
        }
        const struct hamt_node *node = node_of(root);
        uint32_t bit = bit_of(hash, shift);

        if (node->data_bits & bit) {
            *out_count = 1;
            return node->entries + (size_t)position(node->data_bits, bit) * root->kind;
        }
        root = node->child_bits & bit ? children_of(node)[position(node->child_bits, bit)] : NULL;
    }
    return NULL;
}

const struct value *hamt_find(const struct object *root, uint32_t hash, struct value key)
{
    uint32_t count;
    const struct value *entry = hamt_candidates(root, hash, &count);

    for (; count > 0; count--, entry += root->kind) {
        if (value_equal(*entry, key)) return entry;
    }
    return NULL;
}

static void copy_children(struct object **into, struct object **from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        into[i] = from[i];
    }
}

/* The node with slot `bit` changed from what it is to an entry, a child, or (both NULL) nothing. */
static struct object *node_with(struct heap *heap, const struct hamt_node *node, uint32_t bit,
                                const struct value *entry, struct object *child)
{
    uint32_t stride = node->header.kind;
    uint32_t data_bits = (node->data_bits & ~bit) | (entry ? bit : 0);
    uint32_t child_bits = (node->child_bits & ~bit) | (child ? bit : 0);
    struct hamt_node *copy = node_new(heap, stride, data_bits, child_bits);
    struct object **into = children_of(copy);
    struct object **from = children_of(node);
    size_t entry_bytes = stride * sizeof(struct value);

    // what lies before the slot is at the same place in both, what follows may be shifted by one
    uint32_t before = position(data_bits, bit);
    uint32_t after_from = before + (node->data_bits & bit ? 1 : 0);
    uint32_t after_into = before + (entry ? 1 : 0);

    memcpy(copy->entries, node->entries, before * entry_bytes);
    if (entry) memcpy(copy->entries + (size_t)before * stride, entry, entry_bytes);
    memcpy(copy->entries + (size_t)after_into * stride, node->entries + (size_t)after_from * stride,
           (count_bits(data_bits) - after_into) * entry_bytes);

    before = position(child_bits, bit);
    after_from = before + (node->child_bits & bit ? 1 : 0);
    after_into = before + (child ? 1 : 0);
    copy_children(into, from, before);
    if (child) into[before] = child;
    copy_children(into + after_into, from + after_from, count_bits(child_bits) - after_into);
    return &copy->header;
}

/* Two entries of different keys, below `shift`. */
static struct object *pair(struct heap *heap, uint32_t stride, uint32_t shift, uint32_t hash_a,
                           const struct value *a, uint32_t hash_b, const struct value *b)
{
    size_t entry_bytes = stride * sizeof(struct value);

    if (hash_a == hash_b) {
        struct hamt_bucket *bucket = bucket_new(heap, stride, hash_a, 2);
        bool nil_first = value_is_nil(*b); // nil leads a map's order whatever came first

        memcpy(bucket->entries, nil_first ? b : a, entry_bytes);
        memcpy(bucket->entries + stride, nil_first ? a : b, entry_bytes);
        return &bucket->header;
    }
    uint32_t bit_a = bit_of(hash_a, shift);
    uint32_t bit_b = bit_of(hash_b, shift);

    if (bit_a == bit_b) {
        struct hamt_node *node = node_new(heap, stride, 0, bit_a);
        struct object *child = pair(heap, stride, shift + BITS, hash_a, a, hash_b, b);

        children_of(node)[0] = child;
        return &node->header;
    }
    struct hamt_node *node = node_new(heap, stride, bit_a | bit_b, 0);

    memcpy(node->entries, bit_a < bit_b ? a : b, entry_bytes);
    memcpy(node->entries + stride, bit_a < bit_b ? b : a, entry_bytes);
    return &node->header;
}

/* The entry in hand, and what put() finds out. */
struct put {
    struct heap *heap;
    uint32_t stride, hash;
    const struct value *entry;
    bool added;
};

static struct object *put_in_bucket(struct put *put, struct object *object)
{
    const struct hamt_bucket *bucket = bucket_of(object);
    uint32_t stride = put->stride;
    uint32_t at = 0;

    while (at < bucket->count && !value_equal(bucket->entries[at * stride], put->entry[0])) {
        at++;
    }
    put->added = at == bucket->count;
    if (!put->added && stride == 1) return object;
    struct hamt_bucket *copy =
        bucket_new(put->heap, stride, bucket->hash, bucket->count + (put->added ? 1 : 0));
    uint32_t shifted = put->added && value_is_nil(put->entry[0]) ? 1 : 0;

    memcpy(copy->entries + (size_t)shifted * stride, bucket->entries,
           (size_t)bucket->count * stride * sizeof(struct value));
    if (put->added) {
        memcpy(copy->entries + (shifted ? 0 : (size_t)at * stride), put->entry,
               stride * sizeof(struct value));
    } else {
        copy->entries[at * stride + 1] = put->entry[1]; // the key that was there stays
    }
    return &copy->header;
}

static struct object *put_in(struct put *put, struct object *object, uint32_t shift)
{
    if (is_bucket(object) && bucket_of(object)->hash == put->hash) {
        return put_in_bucket(put, object);
    }
    if (is_bucket(object)) {
        struct hamt_node *above =
            node_new(put->heap, put->stride, 0, bit_of(bucket_of(object)->hash, shift));

        children_of(above)[0] = object;
        object = &above->header;
    }
    const struct hamt_node *node = node_of(object);
    uint32_t bit = bit_of(put->hash, shift);

    if (node->child_bits & bit) {
        struct object *child = children_of(node)[position(node->child_bits, bit)];
        struct object *changed = put_in(put, child, shift + BITS);

        return changed == child ? object : node_with(put->heap, node, bit, NULL, changed);
    }
    if (!(node->data_bits & bit)) {
        put->added = true;
        return node_with(put->heap, node, bit, put->entry, NULL);
    }
    const struct value *there = node->entries + position(node->data_bits, bit) * put->stride;

    if (value_equal(there[0], put->entry[0])) {
        if (put->stride == 1) return object;
        struct value changed[2] = {there[0], put->entry[1]};

        return node_with(put->heap, node, bit, changed, NULL);
    }
    put->added = true;
    struct object *child = pair(put->heap, put->stride, shift + BITS, value_hash(there[0]), there,
                                put->hash, put->entry);

    return node_with(put->heap, node, bit, NULL, child);
}

struct object *hamt_put(struct heap *heap, struct object *root, uint32_t stride, uint32_t hash,
                        const struct value *entry, bool *out_added)
{
    struct put put = {.heap = heap, .stride = stride, .hash = hash, .entry = entry};

    if (!root) {
        struct hamt_node *node = node_new(heap, stride, bit_of(hash, 0), 0);

        memcpy(node->entries, entry, stride * sizeof(*entry));
        *out_added = true;
        return &node->header;
    }
    struct object *changed = put_in(&put, root, 0);

    *out_added = put.added;
    return changed;
}

/* An entry that is alone in what remains of a child moves up into its parent. */
static const struct value *lone_entry(const struct object *object)
{
    if (is_bucket(object)) return bucket_of(object)->count == 1 ? bucket_of(object)->entries : NULL;
    const struct hamt_node *node = node_of(object);

    return node->child_bits == 0 && count_bits(node->data_bits) == 1 ? node->entries : NULL;
}

static struct object *remove_from_bucket(struct heap *heap, struct object *object, struct value key)
{
    const struct hamt_bucket *bucket = bucket_of(object);
    uint32_t stride = object->kind;

    for (uint32_t at = 0; at < bucket->count; at++) {
        if (!value_equal(bucket->entries[at * stride], key)) continue;
        struct hamt_bucket *copy = bucket_new(heap, stride, bucket->hash, bucket->count - 1);
        size_t entry_bytes = stride * sizeof(struct value);

        memcpy(copy->entries, bucket->entries, at * entry_bytes);
        memcpy(copy->entries + (size_t)at * stride, bucket->entries + (size_t)(at + 1) * stride,
               (bucket->count - at - 1) * entry_bytes);
        return &copy->header;
    }
    return object;
}

/* NULL when nothing remains. */
static struct object *remove_from(struct heap *heap, struct object *object, uint32_t shift,
                                  uint32_t hash, struct value key)
{
    if (is_bucket(object)) {
        return bucket_of(object)->hash == hash ? remove_from_bucket(heap, object, key) : object;
    }
    const struct hamt_node *node = node_of(object);
    uint32_t bit = bit_of(hash, shift);

    if (node->data_bits & bit) {
        const struct value *there = node->entries + position(node->data_bits, bit) * object->kind;

        if (!value_equal(there[0], key)) return object;
        if (count_bits(node->data_bits) == 1 && node->child_bits == 0) return NULL;
        return node_with(heap, node, bit, NULL, NULL);
    }
    if (!(node->child_bits & bit)) return object;
    struct object *child = children_of(node)[position(node->child_bits, bit)];
    struct object *changed = remove_from(heap, child, shift + BITS, hash, key);

    if (changed == child) return object;
    ASSERT(changed); // a child holds two entries at least
    const struct value *lone = lone_entry(changed);

    return node_with(heap, node, bit, lone, lone ? NULL : changed);
}

struct object *hamt_remove(struct heap *heap, struct object *root, uint32_t hash, struct value key)
{
    return root ? remove_from(heap, root, 0, hash, key) : NULL;
}

/* One entry to build from. `order` is the hash with its groups of bits reversed, so that sorting by
 * it gives the order of the trie. */
struct build_entry {
    uint32_t order, hash;
    uint32_t key, value; /* indexes of the entries that give key and value */
};

struct build {
    struct heap *heap;
    uint32_t stride;
    const struct value *entries;
    struct build_entry *sorted;
};

static uint32_t order_of(uint32_t hash)
{
    uint32_t order = 0;

    for (uint32_t shift = 0; shift < 30; shift += BITS) {
        order = order << BITS | (hash >> shift & 31);
    }
    return order << 2 | hash >> 30;
}

static int by_order(const void *a, const void *b)
{
    const struct build_entry *x = a;
    const struct build_entry *y = b;

    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    return x->key < y->key ? -1 : 1;
}

/* Drops entries whose key came before, which get the later value; nil goes first among its hash. */
static uint32_t unify(struct build *build, uint32_t count)
{
    struct build_entry *sorted = build->sorted;
    uint32_t kept = 0;
    uint32_t group = 0; // where the entries of this hash begin

    for (uint32_t i = 0; i < count; i++) {
        struct value key = build->entries[(size_t)sorted[i].key * build->stride];
        uint32_t at = kept;

        if (kept == 0 || sorted[kept - 1].hash != sorted[i].hash) group = kept;
        for (uint32_t j = group; j < kept; j++) {
            if (value_equal(build->entries[(size_t)sorted[j].key * build->stride], key)) at = j;
        }
        if (at < kept) {
            sorted[at].value = sorted[i].value;
            continue;
        }
        struct build_entry added = sorted[i];

        if (value_is_nil(key)) {
            memmove(&sorted[group + 1], &sorted[group], (kept - group) * sizeof(*sorted));
            at = group;
        }
        sorted[at] = added;
        kept++;
    }
    return kept;
}

static void build_entry(struct build *build, struct value *into, const struct build_entry *entry)
{
    into[0] = build->entries[(size_t)entry->key * build->stride];
    if (build->stride == 2) into[1] = build->entries[(size_t)entry->value * build->stride + 1];
}

/* How many entries from `first` on are in the same slot at `shift`. */
static uint32_t run_length(const struct build *build, uint32_t first, uint32_t end, uint32_t shift)
{
    uint32_t slot = build->sorted[first].hash >> shift & 31;
    uint32_t at = first + 1;

    while (at < end && (build->sorted[at].hash >> shift & 31) == slot) {
        at++;
    }
    return at - first;
}

static struct object *build_node(struct build *build, uint32_t first, uint32_t end, uint32_t shift)
{
    const struct build_entry *sorted = build->sorted;
    uint32_t data_bits = 0;
    uint32_t child_bits = 0;
    uint32_t run;

    if (shift > 0 && sorted[first].hash == sorted[end - 1].hash) {
        struct hamt_bucket *bucket =
            bucket_new(build->heap, build->stride, sorted[first].hash, end - first);

        for (uint32_t i = first; i < end; i++) {
            build_entry(build, bucket->entries + (size_t)(i - first) * build->stride, &sorted[i]);
        }
        return &bucket->header;
    }
    for (uint32_t at = first; at < end; at += run) {
        run = run_length(build, at, end, shift);
        *(run == 1 ? &data_bits : &child_bits) |= bit_of(sorted[at].hash, shift);
    }
    struct hamt_node *node = node_new(build->heap, build->stride, data_bits, child_bits);
    struct value *entry = node->entries;
    struct object **child = children_of(node);

    for (uint32_t at = first; at < end; at += run) {
        run = run_length(build, at, end, shift);
        if (run == 1) {
            build_entry(build, entry, &sorted[at]);
            entry += build->stride;
        } else {
            *child++ = build_node(build, at, at + run, shift + BITS);
        }
    }
    return &node->header;
}

struct object *hamt_build(struct heap *heap, uint32_t stride, const struct value *entries,
                          uint32_t count, uint32_t *out_count)
{
    struct build build = {.heap = heap, .stride = stride, .entries = entries};

    *out_count = 0;
    if (count == 0) return NULL;
    build.sorted = memory_array(count, sizeof(*build.sorted));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t hash = value_hash(entries[(size_t)i * stride]);

        build.sorted[i] = (struct build_entry){order_of(hash), hash, i, i};
    }
    qsort(build.sorted, count, sizeof(*build.sorted), by_order);
    *out_count = unify(&build, count);
    struct object *root = build_node(&build, 0, *out_count, 0);

    memory_free(build.sorted);
    return root;
}

void hamt_iter_init(struct hamt_iter *iter, const struct object *root)
{
    *iter = (struct hamt_iter){0};
    if (!root) return;
    iter->nodes[0] = root;
    iter->depth = 1;
}

const struct value *hamt_iter_next(struct hamt_iter *iter)
{
    while (iter->depth > 0) {
        const struct object *object = iter->nodes[iter->depth - 1];
        uint8_t *slot = &iter->slots[iter->depth - 1];

        if (is_bucket(object)) {
            if (iter->bucket_index < bucket_of(object)->count) {
                return bucket_of(object)->entries + (size_t)iter->bucket_index++ * object->kind;
            }
            iter->depth--;
            continue;
        }
        const struct hamt_node *node = node_of(object);
        uint32_t left = *slot < 32 ? (node->data_bits | node->child_bits) & ~0u << *slot : 0;

        if (!left) {
            iter->depth--;
            continue;
        }
        uint32_t bit = left & -left;

        *slot = (uint8_t)(__builtin_ctz(left) + 1);
        if (node->data_bits & bit) {
            return node->entries + (size_t)position(node->data_bits, bit) * object->kind;
        }
        ASSERT(iter->depth < HAMT_LEVELS);
        iter->nodes[iter->depth] = children_of(node)[position(node->child_bits, bit)];
        iter->slots[iter->depth] = 0;
        iter->bucket_index = 0;
        iter->depth++;
    }
    return NULL;
}
