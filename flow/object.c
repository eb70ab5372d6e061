#include "flow/object.h"

#include "flow/heap.h"
#include "flow/seq.h"

#include <string.h>

/*
 * How each type's children are found: one function a shape, one line a type in the table below. A
 * type without a line has none.
 */
typedef void move_children(struct heap *heap, struct object *object);

static void move_values(struct heap *heap, struct value *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        heap_move(heap, &items[i]);
    }
}

static void move_array(struct heap *heap, struct object *object)
{
    struct values_object *values = OBJECT_AS(values_object, object);

    move_values(heap, values->items, values->count);
}

static void move_ratio(struct heap *heap, struct object *object)
{
    struct ratio_object *ratio = OBJECT_AS(ratio_object, object);

    heap_move_object(heap, &ratio->numerator);
    heap_move_object(heap, &ratio->denominator);
}

static void move_decimal(struct heap *heap, struct object *object)
{
    heap_move_object(heap, &OBJECT_AS(decimal_object, object)->unscaled);
}

static void move_symbol(struct heap *heap, struct object *object)
{
    heap_move_object(heap, &OBJECT_AS(name_object, object)->meta);
}

static void move_list(struct heap *heap, struct object *object)
{
    struct list_object *list = OBJECT_AS(list_object, object);

    heap_move_object(heap, &list->meta);
    heap_move(heap, &list->first);
    heap_move_object(heap, &list->rest);
}

static void move_cons(struct heap *heap, struct object *object)
{
    struct cons_object *cons = OBJECT_AS(cons_object, object);

    heap_move_object(heap, &cons->meta);
    heap_move(heap, &cons->first);
    heap_move(heap, &cons->rest);
}

static void move_lazy(struct heap *heap, struct object *object)
{
    struct lazy_object *lazy = OBJECT_AS(lazy_object, object);

    heap_move_object(heap, &lazy->meta);
    heap_move(heap, &lazy->value);
}

static void move_seq(struct heap *heap, struct object *object)
{
    struct seq_object *seq = OBJECT_AS(seq_object, object);

    heap_move_object(heap, &seq->meta);
    heap_move(heap, &seq->coll);
    if (object->size < sizeof(*seq)) return; // only walks of hash maps and sets have the rest
    heap_move(heap, &seq->key);
    heap_move(heap, &seq->value);
    for (uint32_t i = 0; i < seq->iter.depth; i++) {
        heap_move_object(heap, (struct object **)&seq->iter.nodes[i]);
    }
}

static void move_vector(struct heap *heap, struct object *object)
{
    struct vector_object *vector = OBJECT_AS(vector_object, object);

    heap_move_object(heap, &vector->meta);
    heap_move_object(heap, &vector->root);
    heap_move_object(heap, &vector->tail);
}

static void move_vector_node(struct heap *heap, struct object *object)
{
    struct vector_node *node = OBJECT_AS(vector_node, object);

    for (uint32_t i = 0; i < node->count; i++) {
        heap_move_object(heap, &node->children[i]);
    }
}

static void move_map(struct heap *heap, struct object *object)
{
    struct map_object *map = OBJECT_AS(map_object, object);

    heap_move_object(heap, &map->meta);
    heap_move_object(heap, &map->root);
}

static void move_hamt_node(struct heap *heap, struct object *object)
{
    struct hamt_node *node = OBJECT_AS(hamt_node, object);
    size_t entries = (size_t)__builtin_popcount(node->data_bits) * object->kind;
    size_t children = (size_t)__builtin_popcount(node->child_bits);
    struct object **child = (struct object **)(void *)(node->entries + entries);

    move_values(heap, node->entries, entries);
    for (size_t i = 0; i < children; i++) {
        heap_move_object(heap, &child[i]);
    }
}

static void move_hamt_bucket(struct heap *heap, struct object *object)
{
    struct hamt_bucket *bucket = OBJECT_AS(hamt_bucket, object);

    move_values(heap, bucket->entries, (size_t)bucket->count * object->kind);
}

static void move_sorted(struct heap *heap, struct object *object)
{
    struct sorted_object *sorted = OBJECT_AS(sorted_object, object);

    heap_move_object(heap, &sorted->meta);
    heap_move_object(heap, &sorted->root);
    heap_move(heap, &sorted->comparator);
}

static void move_sorted_node(struct heap *heap, struct object *object)
{
    struct sorted_node *node = OBJECT_AS(sorted_node, object);

    heap_move_object(heap, &node->left);
    heap_move_object(heap, &node->right);
    heap_move(heap, &node->key);
    heap_move(heap, &node->value);
}

static void move_regex(struct heap *heap, struct object *object)
{
    heap_move_object(heap, &OBJECT_AS(regex_object, object)->source);
}

static void move_java(struct heap *heap, struct object *object)
{
    heap_move_object(heap, &OBJECT_AS(java_object, object)->text);
    heap_move_object(heap, &OBJECT_AS(java_object, object)->zone);
}

static void move_function(struct heap *heap, struct object *object)
{
    struct function_object *function = OBJECT_AS(function_object, object);

    heap_move_object(heap, &function->meta);
    move_values(heap, function->captured, function->count);
}

static void move_native(struct heap *heap, struct object *object)
{
    heap_move_object(heap, &OBJECT_AS(native_object, object)->meta);
}

static void move_exception(struct heap *heap, struct object *object)
{
    struct exception_object *exception = OBJECT_AS(exception_object, object);

    heap_move(heap, &exception->message);
    heap_move(heap, &exception->data);
    heap_move(heap, &exception->cause);
}

static void move_box(struct heap *heap, struct object *object)
{
    struct box_object *box = OBJECT_AS(box_object, object);

    heap_move(heap, &box->value);
    heap_move(heap, &box->name);
}

static move_children *const move_table[OBJECT_TYPES] = {
    [VALUE_RATIO] = move_ratio,
    [VALUE_DECIMAL] = move_decimal,
    [VALUE_SYMBOL] = move_symbol,
    [VALUE_LIST] = move_list,
    [VALUE_CONS] = move_cons,
    [VALUE_LAZY] = move_lazy,
    [VALUE_SEQ] = move_seq,
    [VALUE_VECTOR] = move_vector,
    [VALUE_MAP] = move_map,
    [VALUE_SET] = move_map,
    [VALUE_SORTED_MAP] = move_sorted,
    [VALUE_SORTED_SET] = move_sorted,
    [VALUE_REGEX] = move_regex,
    [VALUE_FUNCTION] = move_function,
    [VALUE_NATIVE] = move_native,
    [VALUE_EXCEPTION] = move_exception,
    [VALUE_REDUCED] = move_box,
    [VALUE_DELAY] = move_box,
    [VALUE_CELL] = move_box,
    [VALUE_TAGGED] = move_box,
    [VALUE_JAVA] = move_java,
    [OBJECT_VALUES] = move_array,
    [OBJECT_VECTOR_NODE] = move_vector_node,
    [OBJECT_HAMT_NODE] = move_hamt_node,
    [OBJECT_HAMT_BUCKET] = move_hamt_bucket,
    [OBJECT_SORTED_NODE] = move_sorted_node,
};

void object_move_children(struct heap *heap, struct object *object)
{
    ASSERT(object->type < OBJECT_TYPES);
    if (move_table[object->type]) move_table[object->type](heap, object);
}

bool object_can_have_meta(struct value value)
{
    if (value.type == VALUE_VECTOR) return value.object->kind == VECTOR_PLAIN;
    return value.type == VALUE_SYMBOL || value.type == VALUE_FUNCTION ||
           value.type == VALUE_NATIVE ||
           (value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET);
}

struct value object_get_meta(struct value value)
{
    if (!object_can_have_meta(value)) return value_nil();
    return object_value_or_nil(OBJECT_AS(object_with_meta, value.object)->meta);
}

struct value object_with_meta(struct heap *heap, struct value value, struct value meta)
{
    const struct object *source = value.object;

    ASSERT(object_can_have_meta(value));
    struct object *copy = heap_new(heap, (enum value_type)source->type, source->size);

    memcpy(copy + 1, source + 1, source->size - sizeof(*source));
    copy->kind = source->kind;
    copy->flags |= source->flags & (OBJECT_HASHED | OBJECT_INPUT);
    OBJECT_AS(object_with_meta, copy)->meta = value_is_object(meta) ? meta.object : NULL;
    value.object = copy;
    return value;
}
