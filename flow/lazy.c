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

void lazy_defer(struct value lazy, struct value other)
{
    ASSERT(lazy_state(lazy) == LAZY_RUNNING);
    ASSERT(other.type == VALUE_LAZY);
    *slot(lazy) = other;
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

/*
 * A scan. What it will look into is marked as clear at once, so that shared parts are looked at
 * once (a tree of shared parts may have more paths than there is time); if something pending turns
 * up the marks are taken back. Marks stay true: what was clear cannot become pending. Constants are
 * clear.
 */
struct scan {
    struct value_list pending, marked;
    int64_t budget;
    struct value *out;
    bool deep;
};

/* Pushes what may contain a lazy; scalars and strings cannot. */
static void push_if_open(struct scan *scan, struct value value)
{
    bool is_collection = value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET;

    if (!is_collection && value.type != VALUE_TAGGED && value.type != VALUE_REDUCED) return;
    if (value.object->flags & (OBJECT_STATIC | OBJECT_CLEAR)) return;
    value_list_push(&scan->pending, value);
    if (!scan->deep) return;
    value.object->flags |= OBJECT_CLEAR;
    value_list_push(&scan->marked, value);
}

/* Cursors that need no walk to know what is in them: ranges, strings, bytes, repeats. */
static bool is_plain_cursor(struct value value)
{
    if (value.type != VALUE_SEQ) return false;
    return value.object->kind == SEQ_RANGE || value.object->kind == SEQ_STRING ||
           value.object->kind == SEQ_BYTES || value.object->kind == SEQ_REPEAT;
}

static enum lazy_scan scan_cursor(struct scan *scan, struct value cursor)
{
    int64_t count = 0;

    (void)!seq_count(cursor, &count, scan->out, NULL);
    if (count > scan->budget) {
        scan->budget = -1;
        return LAZY_SCAN_BUDGET;
    }
    scan->budget -= count;
    if (scan->deep && cursor.object->kind == SEQ_REPEAT) {
        push_if_open(scan, OBJECT_AS(seq_object, cursor.object)->coll);
    }
    return LAZY_SCAN_CLEAR;
}

static enum lazy_scan scan_items(struct scan *scan, struct value coll)
{
    struct seq_iter iter;
    struct value key, item;

    seq_iter_init(&iter, coll);
    while (seq_iter_next_pair(&iter, &key, &item)) {
        if (--scan->budget < 0) return LAZY_SCAN_BUDGET;
        if (!scan->deep) continue;
        push_if_open(scan, key);
        push_if_open(scan, item);
    }
    if (iter.result == SEQ_PENDING) *scan->out = iter.rest;
    return iter.result == SEQ_PENDING ? LAZY_SCAN_PENDING : LAZY_SCAN_CLEAR;
}

static enum lazy_scan scan_next(struct scan *scan)
{
    struct value next = lazy_unwrap(value_list_pop(&scan->pending));

    if (next.type == VALUE_TAGGED || next.type == VALUE_REDUCED) {
        push_if_open(scan, OBJECT_AS(box_object, next.object)->value);
        return LAZY_SCAN_CLEAR;
    }
    if (is_plain_cursor(next)) return scan_cursor(scan, next);
    return scan->deep || seq_is(next) ? scan_items(scan, next) : LAZY_SCAN_CLEAR;
}

enum lazy_scan lazy_scan(struct value value, bool deep, int64_t *budget, struct value *out)
{
    struct scan scan = {.budget = *budget, .out = out, .deep = deep};
    enum lazy_scan result = LAZY_SCAN_CLEAR;

    push_if_open(&scan, value);
    while (scan.pending.count > 0 && result == LAZY_SCAN_CLEAR) {
        result = scan_next(&scan);
    }
    for (size_t i = 0; result != LAZY_SCAN_CLEAR && i < scan.marked.count; i++) {
        scan.marked.items[i].object->flags &= (uint16_t)~OBJECT_CLEAR;
    }
    value_list_done(&scan.pending);
    value_list_done(&scan.marked);
    *budget = scan.budget;
    return result;
}

bool lazy_find_pending(struct value value, bool deep, struct value *out)
{
    int64_t budget = INT64_MAX;

    return lazy_scan(value, deep, &budget, out) == LAZY_SCAN_PENDING;
}
