#include "flow/lazy.h"

#include "flow/seq.h"
#include "flow/value_list.h"

/* A lazy sequence and a delay differ in layout only. */
static struct value *slot(struct value lazy)
{
    if (lazy.type == VALUE_LAZY) return &OBJECT_AS(lazy_object, lazy.object)->value;
    ASSERT(lazy.type == VALUE_DELAY);
    return &OBJECT_AS(box_object, lazy.object)->value;
}

static void enter(struct value lazy, enum lazy_state next)
{
    static const bool legal[3][3] = {
        [LAZY_PENDING] = {[LAZY_RUNNING] = true, [LAZY_REALISED] = true},
        [LAZY_RUNNING] = {[LAZY_PENDING] = true, [LAZY_REALISED] = true},
    };

    ASSERT(legal[lazy.object->kind][next]);
    ASSERT(!(lazy.object->flags & OBJECT_STATIC));
    lazy.object->kind = (uint8_t)next;
}

struct value lazy_new(struct heap *heap, struct value thunk)
{
    struct object *made = heap_new(heap, VALUE_LAZY, sizeof(struct lazy_object));

    OBJECT_AS(lazy_object, made)->value = thunk;
    return object_value(made);
}

struct value lazy_delay(struct heap *heap, struct value thunk)
{
    struct object *made = heap_new(heap, VALUE_DELAY, sizeof(struct box_object));

    OBJECT_AS(box_object, made)->value = thunk;
    return object_value(made);
}

struct value lazy_value(struct value lazy)
{
    return *slot(lazy);
}

void lazy_start(struct value lazy)
{
    enter(lazy, LAZY_RUNNING);
}

void lazy_finish(struct value lazy, struct value result)
{
    ASSERT(lazy.type == VALUE_DELAY || value_is_nil(result) || seq_is(result));
    enter(lazy, LAZY_REALISED);
    *slot(lazy) = result;
}

void lazy_reset(struct value lazy)
{
    enter(lazy, LAZY_PENDING);
}

struct value lazy_unwrap(struct value value)
{
    while (value.type == VALUE_LAZY && value.object->kind == LAZY_REALISED) {
        value = lazy_value(value);
    }
    return value;
}

/* Pushes what may contain a lazy; scalars and strings cannot. */
static void push_if_deep(struct value_list *list, struct value value)
{
    if (value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET) value_list_push(list, value);
    if (value.type == VALUE_TAGGED || value.type == VALUE_REDUCED) value_list_push(list, value);
}

/* Cursors that need no walk to know what is in them: ranges, strings, bytes, repeats. */
static bool is_plain_cursor(struct value value)
{
    if (value.type != VALUE_SEQ) return false;
    return value.object->kind == SEQ_RANGE || value.object->kind == SEQ_STRING ||
           value.object->kind == SEQ_BYTES || value.object->kind == SEQ_REPEAT;
}

static enum lazy_scan scan_items(struct value coll, bool deep, int64_t *budget,
                                 struct value_list *pending, struct value *out)
{
    struct seq_iter iter;
    struct value key, item;

    seq_iter_init(&iter, coll);
    while (seq_iter_next_pair(&iter, &key, &item)) {
        if (--*budget < 0) return LAZY_SCAN_BUDGET;
        if (!deep) continue;
        push_if_deep(pending, key);
        push_if_deep(pending, item);
    }
    if (iter.result == SEQ_PENDING) *out = iter.rest;
    return iter.result == SEQ_PENDING ? LAZY_SCAN_PENDING : LAZY_SCAN_CLEAR;
}

enum lazy_scan lazy_scan(struct value value, bool deep, int64_t *budget, struct value *out)
{
    struct value_list pending CLEANUP(value_list_done) = {0};
    enum lazy_scan result = LAZY_SCAN_CLEAR;

    push_if_deep(&pending, value);
    while (pending.count > 0 && result == LAZY_SCAN_CLEAR) {
        struct value next = lazy_unwrap(value_list_pop(&pending));
        bool is_box = next.type == VALUE_TAGGED || next.type == VALUE_REDUCED;
        int64_t count = 0;

        if (is_box) {
            push_if_deep(&pending, OBJECT_AS(box_object, next.object)->value);
        } else if (is_plain_cursor(next)) {
            (void)!seq_count(next, &count, out, NULL);
            *budget = count > *budget ? -1 : *budget - count;
            if (*budget < 0) result = LAZY_SCAN_BUDGET;
            if (deep && next.object->kind == SEQ_REPEAT) {
                push_if_deep(&pending, OBJECT_AS(seq_object, next.object)->coll);
            }
        } else if (deep || seq_is(next)) {
            result = scan_items(next, deep, budget, &pending, out);
        }
    }
    return result;
}

bool lazy_find_pending(struct value value, bool deep, struct value *out)
{
    int64_t budget = INT64_MAX;

    return lazy_scan(value, deep, &budget, out) == LAZY_SCAN_PENDING;
}
