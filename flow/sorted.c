#include "flow/sorted.h"

#include "flow/compare.h"
#include "flow/java_value.h"
#include "flow/native.h"
#include "flow/number.h"

/*
 * A weight-balanced tree (Adams; the constants of Haskell's Data.Map): neither side of a node
 * weighs more than DELTA times the other. So it is never deeper than about 2.4 times log2 of its
 * count, and recursion by level is bounded. Counts in the nodes give positions in order.
 */
#define DELTA 3
#define GAMMA 2

static struct sorted_node *node_of(const struct object *object)
{
    return OBJECT_AS(sorted_node, object);
}

static uint32_t weight(const struct object *object)
{
    return object ? node_of(object)->count : 0;
}

static struct object *root_of(struct value sorted)
{
    ASSERT(sorted.type == VALUE_SORTED_MAP || sorted.type == VALUE_SORTED_SET);
    return OBJECT_AS(sorted_object, sorted.object)->root;
}

static struct value sorted_new(struct heap *heap, enum value_type type, struct value comparator,
                               struct object *meta, struct object *root)
{
    struct object *made = heap_new(heap, type, sizeof(struct sorted_object));
    struct sorted_object *sorted = OBJECT_AS(sorted_object, made);

    sorted->comparator = comparator;
    sorted->meta = meta;
    sorted->root = root;
    return object_value(made);
}

static struct value sorted_like(struct heap *heap, struct value old, struct object *root)
{
    return sorted_new(heap, (enum value_type)old.type, sorted_comparator(old),
                      OBJECT_AS(sorted_object, old.object)->meta, root);
}

struct value sorted_map_new(struct heap *heap, struct value comparator)
{
    return sorted_new(heap, VALUE_SORTED_MAP, comparator, NULL, NULL);
}

struct value sorted_set_new(struct heap *heap, struct value comparator)
{
    return sorted_new(heap, VALUE_SORTED_SET, comparator, NULL, NULL);
}

struct value sorted_empty_like(struct heap *heap, struct value sorted)
{
    return sorted_like(heap, sorted, NULL);
}

uint32_t sorted_count(struct value sorted)
{
    return weight(root_of(sorted));
}

struct value sorted_comparator(struct value sorted)
{
    return OBJECT_AS(sorted_object, sorted.object)->comparator;
}

/* What a descent needs. */
struct search {
    struct heap *heap;
    struct value comparator, key, value;
    const struct sorted_order *order;
    struct error *err;
    bool is_map;
};

static bool compare_paid(const struct search *search, struct value a, struct value b, int *out)
{
    int64_t *fuel = search->order->fuel;
    int64_t start = MIN(*fuel, INT64_MAX / NATIVE_LOOKS) * NATIVE_LOOKS;
    int64_t budget = start;
    bool done = compare_within(a, b, &budget, out, search->err);

    *fuel = MAX(*fuel - (start - budget) / NATIVE_LOOKS, 0);
    if (done || budget >= 0) return done;
    return error_set(search->err, E_FUEL, "the run has no fuel left");
}

static bool compare(const struct search *search, struct value a, struct value b, int *out)
{
    if (value_is_nil(search->comparator)) {
        bool pays = a.type == VALUE_VECTOR && search->order && search->order->fuel;

        return pays ? compare_paid(search, a, b, out) : value_compare(a, b, out, search->err);
    }
    if (!search->order) {
        error_set(search->err, E_ARGUMENT,
                  "a sorted collection with a comparator of its own cannot be changed here");
        return false;
    }
    return search->order->compare(search->order->ctx, search->comparator, a, b, out, search->err);
}

static struct object *node_new(struct heap *heap, const struct sorted_node *entry,
                               struct object *left, struct object *right)
{
    struct object *made = heap_new(heap, OBJECT_SORTED_NODE, sizeof(struct sorted_node));
    struct sorted_node *node = node_of(made);

    node->key = entry->key;
    node->value = entry->value;
    node->left = left;
    node->right = right;
    node->count = weight(left) + weight(right) + 1;
    return made;
}

static struct object *rotate_left(struct heap *heap, const struct sorted_node *entry,
                                  struct object *left, struct object *right)
{
    const struct sorted_node *r = node_of(right);

    if (weight(r->left) < GAMMA * weight(r->right)) {
        return node_new(heap, r, node_new(heap, entry, left, r->left), r->right);
    }
    const struct sorted_node *middle = node_of(r->left);
    struct object *lower = node_new(heap, entry, left, middle->left);

    return node_new(heap, middle, lower, node_new(heap, r, middle->right, r->right));
}

static struct object *rotate_right(struct heap *heap, const struct sorted_node *entry,
                                   struct object *left, struct object *right)
{
    const struct sorted_node *l = node_of(left);

    if (weight(l->right) < GAMMA * weight(l->left)) {
        return node_new(heap, l, l->left, node_new(heap, entry, l->right, right));
    }
    const struct sorted_node *middle = node_of(l->right);
    struct object *upper = node_new(heap, entry, middle->right, right);

    return node_new(heap, middle, node_new(heap, l, l->left, middle->left), upper);
}

/* A node over two sides, one of which has just changed by one. */
static struct object *balance(struct heap *heap, const struct sorted_node *entry,
                              struct object *left, struct object *right)
{
    uint32_t l = weight(left);
    uint32_t r = weight(right);

    if (l + r >= 2 && r > DELTA * l) return rotate_left(heap, entry, left, right);
    if (l + r >= 2 && l > DELTA * r) return rotate_right(heap, entry, left, right);
    return node_new(heap, entry, left, right);
}

/* What the order of compare is defined for. */
static bool has_order(struct value key)
{
    switch (key.type) {
    case VALUE_NIL:
    case VALUE_BOOL:
    case VALUE_CHAR:
    case VALUE_STRING:
    case VALUE_KEYWORD:
    case VALUE_SYMBOL:
    case VALUE_VECTOR:
    case VALUE_INST:
    case VALUE_UUID: return true;
    case VALUE_JAVA: return java_value_has_order(key);
    default: return number_is(key);
    }
}

/* NULL on failure. Answers object itself when nothing changes. */
static struct object *put(const struct search *search, struct object *object)
{
    int order;

    if (!object) {
        struct sorted_node entry = {.key = search->key, .value = search->value};

        return node_new(search->heap, &entry, NULL, NULL);
    }
    const struct sorted_node *node = node_of(object);

    if (!compare(search, search->key, node->key, &order)) return NULL;
    if (order == 0) {
        struct sorted_node changed = {.key = node->key, .value = search->value};

        return search->is_map ? node_new(search->heap, &changed, node->left, node->right) : object;
    }
    struct object *side = put(search, order < 0 ? node->left : node->right);

    if (!side) return NULL;
    if (side == (order < 0 ? node->left : node->right)) return object;
    return order < 0 ? balance(search->heap, node, side, node->right)
                     : balance(search->heap, node, node->left, side);
}

bool sorted_put(struct heap *heap, struct value sorted, struct value key, struct value value,
                const struct sorted_order *order, struct value *out, struct error *err)
{
    bool is_map = sorted.type == VALUE_SORTED_MAP;
    struct search search = {.heap = heap,
                            .comparator = sorted_comparator(sorted),
                            .key = key,
                            .value = is_map ? value : value_nil(),
                            .order = order,
                            .err = err,
                            .is_map = is_map};

    // as Clojure: even the first key must be one that can be compared
    if (!root_of(sorted) && value_is_nil(search.comparator) && !has_order(key)) {
        return error_set(err, E_CAST, "%s has no order", value_type_phrase(key));
    }
    struct object *root = put(&search, root_of(sorted));

    if (!root) return false;
    *out = root == root_of(sorted) ? sorted : sorted_like(heap, sorted, root);
    return true;
}

/* The tree without its first node, which is *out_first. */
static struct object *take_first(struct heap *heap, struct object *object,
                                 const struct sorted_node **out_first)
{
    const struct sorted_node *node = node_of(object);

    if (!node->left) {
        *out_first = node;
        return node->right;
    }
    struct object *left = take_first(heap, node->left, out_first);

    return balance(heap, node, left, node->right);
}

static struct object *take_last(struct heap *heap, struct object *object,
                                const struct sorted_node **out_last)
{
    const struct sorted_node *node = node_of(object);

    if (!node->right) {
        *out_last = node;
        return node->left;
    }
    struct object *right = take_last(heap, node->right, out_last);

    return balance(heap, node, node->left, right);
}

static struct object *join(struct heap *heap, struct object *left, struct object *right)
{
    const struct sorted_node *middle;

    if (!left) return right;
    if (!right) return left;
    if (weight(left) > weight(right)) {
        struct object *rest = take_last(heap, left, &middle);

        return balance(heap, middle, rest, right);
    }
    struct object *rest = take_first(heap, right, &middle);

    return balance(heap, middle, left, rest);
}

/* *out is object itself when the key is not there. */
static bool take_out(const struct search *search, struct object *object, struct object **out)
{
    struct object *side;
    int order;

    *out = object;
    if (!object) return true;
    const struct sorted_node *node = node_of(object);

    if (!compare(search, search->key, node->key, &order)) return false;
    if (order == 0) {
        *out = join(search->heap, node->left, node->right);
        return true;
    }
    if (!take_out(search, order < 0 ? node->left : node->right, &side)) return false;
    if (side == (order < 0 ? node->left : node->right)) return true;
    *out = order < 0 ? balance(search->heap, node, side, node->right)
                     : balance(search->heap, node, node->left, side);
    return true;
}

bool sorted_remove(struct heap *heap, struct value sorted, struct value key,
                   const struct sorted_order *order, struct value *out, struct error *err)
{
    struct search search = {.heap = heap,
                            .comparator = sorted_comparator(sorted),
                            .key = key,
                            .order = order,
                            .err = err};
    struct object *root;

    if (!take_out(&search, root_of(sorted), &root)) return false;
    *out = root == root_of(sorted) ? sorted : sorted_like(heap, sorted, root);
    return true;
}

bool sorted_find(struct value sorted, struct value key, const struct sorted_order *order,
                 bool *out_found, struct value *out_key, struct value *out_value, struct error *err)
{
    struct search search = {.comparator = sorted_comparator(sorted), .order = order, .err = err};
    const struct object *object = root_of(sorted);
    int side = 1;

    while (object) {
        const struct sorted_node *node = node_of(object);

        if (!compare(&search, key, node->key, &side)) return false;
        if (side == 0) {
            if (out_key) *out_key = node->key;
            if (out_value) *out_value = node->value;
            break;
        }
        object = side < 0 ? node->left : node->right;
    }
    *out_found = object != NULL;
    return true;
}

void sorted_nth(struct value sorted, uint32_t index, struct value *out_key, struct value *out_value)
{
    const struct sorted_node *node = node_of(root_of(sorted));

    ASSERT(index < sorted_count(sorted));
    for (;;) {
        uint32_t before = weight(node->left);

        if (index == before) break;
        if (index < before) {
            node = node_of(node->left);
        } else {
            index -= before + 1;
            node = node_of(node->right);
        }
    }
    if (out_key) *out_key = node->key;
    if (out_value) *out_value = node->value;
}

bool sorted_rank(struct value sorted, struct value key, bool or_equal,
                 const struct sorted_order *order, uint32_t *out, struct error *err)
{
    struct search search = {.comparator = sorted_comparator(sorted), .order = order, .err = err};
    const struct object *object = root_of(sorted);
    uint32_t rank = 0;
    int side;

    while (object) {
        const struct sorted_node *node = node_of(object);

        if (!compare(&search, key, node->key, &side)) return false;
        if (side > 0 || (side == 0 && or_equal)) {
            rank += weight(node->left) + 1;
            object = node->right;
        } else {
            object = node->left;
        }
    }
    *out = rank;
    return true;
}
