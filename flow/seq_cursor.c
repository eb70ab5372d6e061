#include "flow/seq_cursor.h"

#include "flow/bytes.h"
#include "flow/pvec.h"
#include "flow/sorted.h"
#include "flow/string.h"

#include <string.h>

/*
 * A cursor never changes: its next is a new one. Only what its kind needs is allocated (the layout
 * in seq.h says which fields).
 */
static const struct seq_object *cursor_of(struct value seq)
{
    ASSERT(seq.type == VALUE_SEQ);
    return OBJECT_AS(seq_object, seq.object);
}

static struct seq_object *cursor_new(struct heap *heap, enum seq_kind kind, size_t size,
                                     struct value coll)
{
    struct object *made = heap_new(heap, VALUE_SEQ, size);

    made->kind = kind;
    OBJECT_AS(seq_object, made)->coll = coll;
    return OBJECT_AS(seq_object, made);
}

static struct value by_index(struct heap *heap, enum seq_kind kind, struct value coll,
                             uint32_t index, uint32_t left, uint32_t part)
{
    if (left == 0) return value_nil();
    struct seq_object *seq = cursor_new(heap, kind, offsetof(struct seq_object, start), coll);

    seq->index = index;
    seq->left = left;
    seq->part = part;
    return object_value(&seq->header);
}

/* The cursor on what the iterator gives next. */
static struct value by_entry(struct heap *heap, struct value coll, uint32_t left, uint32_t part,
                             const struct hamt_iter *iter)
{
    if (left == 0) return value_nil();
    enum seq_kind kind = coll.type == VALUE_MAP ? SEQ_MAP : SEQ_SET;
    struct seq_object *seq = cursor_new(heap, kind, sizeof(struct seq_object), coll);

    seq->left = left;
    seq->part = part;
    seq->iter = *iter;
    const struct value *entry = hamt_iter_next(&seq->iter);

    ASSERT(entry);
    seq->key = entry[0];
    if (kind == SEQ_MAP) seq->value = entry[1];
    return object_value(&seq->header);
}

struct value seq_cursor_new(struct heap *heap, struct value coll, enum seq_part part)
{
    struct hamt_iter iter;

    switch (coll.type) {
    case VALUE_VECTOR: return by_index(heap, SEQ_VECTOR, coll, 0, pvec_count(coll), part);
    case VALUE_STRING: return by_index(heap, SEQ_STRING, coll, 0, string_length(coll), part);
    case VALUE_BYTES:
        return by_index(heap, SEQ_BYTES, coll, 0, (uint32_t)bytes_get(coll).len, part);
    case VALUE_SORTED_MAP:
    case VALUE_SORTED_SET: return by_index(heap, SEQ_SORTED, coll, 0, sorted_count(coll), part);
    default: break;
    }
    ASSERT(coll.type == VALUE_MAP || coll.type == VALUE_SET);
    const struct map_object *map = OBJECT_AS(map_object, coll.object);

    if (map->header.kind == MAP_ARRAY) return by_index(heap, SEQ_MAP, coll, 0, map->count, part);
    hamt_iter_init(&iter, map->root);
    return by_entry(heap, coll, map->count, part, &iter);
}

struct value seq_reverse(struct heap *heap, struct value coll)
{
    if (coll.type == VALUE_VECTOR) {
        uint32_t count = pvec_count(coll);

        return by_index(heap, SEQ_REVERSE, coll, count - 1, count, SEQ_ENTRIES);
    }
    return seq_sorted(heap, coll, 0, sorted_count(coll), true);
}

struct value seq_sorted(struct heap *heap, struct value sorted, uint32_t from, uint32_t to,
                        bool reverse)
{
    if (from >= to) return value_nil();
    ASSERT(to <= sorted_count(sorted));
    return by_index(heap, reverse ? SEQ_RSORTED : SEQ_SORTED, sorted, reverse ? to - 1 : from,
                    to - from, SEQ_ENTRIES);
}

static struct value counted(struct heap *heap, enum seq_kind kind, struct value item, int64_t start,
                            int64_t step, int64_t count)
{
    if (count <= 0) return value_nil();
    struct seq_object *seq = cursor_new(heap, kind, offsetof(struct seq_object, key), item);

    seq->start = start;
    seq->step = step;
    seq->count = count;
    return object_value(&seq->header);
}

struct value seq_range(struct heap *heap, int64_t start, int64_t step, int64_t count)
{
    return counted(heap, SEQ_RANGE, value_nil(), start, step, count);
}

struct value seq_repeat(struct heap *heap, struct value item, int64_t count)
{
    return counted(heap, SEQ_REPEAT, item, 0, 0, count);
}

static struct value entry_part(struct heap *heap, uint32_t part, struct value key,
                               struct value value)
{
    if (part == SEQ_KEYS) return key;
    return part == SEQ_VALS ? value : pvec_entry(heap, key, value);
}

struct value seq_cursor_item(struct heap *heap, struct value cursor)
{
    const struct seq_object *seq = cursor_of(cursor);
    struct value key, value;

    switch ((enum seq_kind)seq->header.kind) {
    case SEQ_VECTOR:
    case SEQ_REVERSE: return pvec_nth(seq->coll, seq->index);
    case SEQ_STRING: return value_char(string_unit(seq->coll, seq->index));
    case SEQ_BYTES: return value_int((int8_t)bytes_get(seq->coll).ptr[seq->index]);
    case SEQ_RANGE: return value_int(seq->start);
    case SEQ_REPEAT: return seq->coll;
    case SEQ_SET: return seq->key;
    case SEQ_SORTED:
    case SEQ_RSORTED:
        sorted_nth(seq->coll, seq->index, &key, &value);
        if (seq->coll.type == VALUE_SORTED_SET) return key;
        return entry_part(heap, seq->part, key, value);
    case SEQ_MAP: break;
    }
    if (seq->coll.object->kind == MAP_HASH) {
        return entry_part(heap, seq->part, seq->key, seq->value);
    }
    struct object *root = OBJECT_AS(map_object, seq->coll.object)->root;
    const struct value *entry = OBJECT_AS(values_object, root)->items + 2 * (size_t)seq->index;

    return entry_part(heap, seq->part, entry[0], entry[1]);
}

static bool is_backward(const struct seq_object *seq)
{
    return seq->header.kind == SEQ_REVERSE || seq->header.kind == SEQ_RSORTED;
}

static bool is_counted(const struct seq_object *seq)
{
    return seq->header.kind == SEQ_RANGE || seq->header.kind == SEQ_REPEAT;
}

static bool is_by_entry(const struct seq_object *seq)
{
    return seq->header.size == sizeof(struct seq_object);
}

struct value seq_cursor_drop(struct heap *heap, struct value cursor, int64_t count)
{
    const struct seq_object *seq = cursor_of(cursor);

    ASSERT(!is_by_entry(seq));
    if (count >= seq_cursor_left(cursor)) return value_nil();
    if (is_counted(seq)) {
        int64_t left = seq->count == INT64_MAX ? seq->count : seq->count - count;
        // past the last item it may overflow, and is not looked at
        uint64_t start = (uint64_t)seq->start + (uint64_t)seq->step * (uint64_t)count;

        return counted(heap, (enum seq_kind)seq->header.kind, seq->coll, (int64_t)start, seq->step,
                       left);
    }
    uint32_t passed = (uint32_t)count;

    return by_index(heap, (enum seq_kind)seq->header.kind, seq->coll,
                    is_backward(seq) ? seq->index - passed : seq->index + passed,
                    seq->left - passed, seq->part);
}

bool seq_cursor_is_walked(struct value cursor)
{
    return is_by_entry(cursor_of(cursor));
}

struct value seq_cursor_next(struct heap *heap, struct value cursor)
{
    const struct seq_object *seq = cursor_of(cursor);

    if (is_by_entry(seq)) return by_entry(heap, seq->coll, seq->left - 1, seq->part, &seq->iter);
    struct value next = seq_cursor_drop(heap, cursor, 1);

    // of all sequences those of strings hand their metadata on
    if (seq->header.kind == SEQ_STRING && next.type == VALUE_SEQ) {
        OBJECT_AS(seq_object, next.object)->meta = seq->meta;
    }
    return next;
}

int64_t seq_cursor_left(struct value cursor)
{
    const struct seq_object *seq = cursor_of(cursor);

    return is_counted(seq) ? seq->count : seq->left;
}

bool seq_cursor_nth(struct heap *heap, struct value cursor, int64_t index, struct value *out,
                    struct error *err)
{
    const struct seq_object *seq = cursor_of(cursor);

    ASSERT(index < seq_cursor_left(cursor));
    if (seq->header.kind == SEQ_RANGE) {
        int64_t offset, item;

        if (__builtin_mul_overflow(seq->step, index, &offset) ||
            __builtin_add_overflow(seq->start, offset, &item)) {
            return error_set(err, E_ARITHMETIC, "integer overflow in a range");
        }
        *out = value_int(item);
    } else if (seq->header.kind == SEQ_REPEAT) {
        *out = seq->coll;
    } else if (is_by_entry(seq)) {
        struct seq_iter iter;

        seq_cursor_iter(&iter, cursor);
        while (index-- >= 0 && seq_iter_next(&iter, heap, out)) {
        }
    } else {
        uint32_t at =
            is_backward(seq) ? seq->index - (uint32_t)index : seq->index + (uint32_t)index;
        struct value there = by_index(heap, (enum seq_kind)seq->header.kind, seq->coll, at,
                                      seq->left - (uint32_t)index, seq->part);

        *out = seq_cursor_item(heap, there);
    }
    return true;
}

void seq_cursor_iter(struct seq_iter *iter, struct value cursor)
{
    const struct seq_object *seq = cursor_of(cursor);

    *iter = (struct seq_iter){.rest = seq->coll, .kind = seq->header.kind};
    iter->part = (uint8_t)seq->part;
    iter->index = seq->index;
    iter->left = seq_cursor_left(cursor);
    if (is_counted(seq)) {
        iter->start = seq->start;
        iter->step = seq->step;
    } else if (is_by_entry(seq)) {
        iter->has_entry = true;
        iter->key = seq->key;
        iter->value = seq->value;
        iter->hamt = seq->iter;
    }
}
