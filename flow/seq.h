#pragma once

#include "flow/hamt.h"
#include "flow/heap.h"
#include "flow/object.h"

/*
 * Seq: walking everything that is seqable. Nothing here runs flow code: where an unrealised lazy
 * sequence is in the way the answer is SEQ_PENDING and *out is that lazy value; the VM realises it
 * and calls again.
 *
 * A VALUE_SEQ is an immutable cursor that stands on an item (never at an end).
 *
 * The cost of a walk is the number of its items, which a short range can make large: natives charge
 * seq_count() (O(1) on cursors) before they walk.
 */
enum seq_result { SEQ_OK, SEQ_PENDING, SEQ_FAILED };

enum seq_kind {
    SEQ_VECTOR,  /* coll, index */
    SEQ_REVERSE, /* a vector backwards: index is the current one */
    SEQ_STRING,
    SEQ_BYTES,
    SEQ_MAP, /* array and hash map: entries, keys or values */
    SEQ_SET,
    SEQ_SORTED,  /* sorted map or set */
    SEQ_RSORTED, /* the same, backwards */
    SEQ_RANGE,   /* start, step, count */
    SEQ_REPEAT,  /* coll is the item; count, or INT64_MAX without end */
};

enum seq_part { SEQ_ENTRIES, SEQ_KEYS, SEQ_VALS };

struct seq_object {
    struct object header; /* kind: enum seq_kind */
    struct object *meta;
    struct value coll;
    uint32_t part;  /* enum seq_part, for maps */
    uint32_t index; /* position in coll; not of hash maps and sets */
    uint32_t left;  /* how many items from here on; not RANGE and REPEAT */
    uint32_t hash;
    /* RANGE and REPEAT only, from here on */
    int64_t start, step, count;
    /* hash maps and sets only, from here on: the current entry, and what follows it */
    struct value key, value;
    struct hamt_iter iter;
};

/* What seq, first, next, rest are in Clojure, on any value. FAILED: not seqable (E_ARGUMENT).
 * seq_of answers nil, list, cons or seq; a realised lazy gives what is in it. */
enum seq_result seq_of(struct heap *heap, struct value coll, struct value *out, struct error *err);
enum seq_result seq_first(struct heap *heap, struct value coll, struct value *out,
                          struct error *err);
enum seq_result seq_next(struct heap *heap, struct value coll, struct value *out,
                         struct error *err);
/* Never nil; an unrealised tail is returned as it is. */
enum seq_result seq_rest(struct heap *heap, struct value coll, struct value *out,
                         struct error *err);
/* count: O(1) but for cons and lazy. E_USER on what has none, as Clojure's. */
enum seq_result seq_count(struct value coll, int64_t *out_count, struct value *out_pending,
                          struct error *err);
/* nth on any sequential value, string, bytes, nil (which has no items); *out_found false when the
 * index is outside. PENDING: *out is the lazy to realise. FAILED: E_USER, maps and the like. */
enum seq_result seq_nth(struct heap *heap, struct value coll, int64_t index, bool *out_found,
                        struct value *out, struct error *err);

/* keys, vals: a seq or nil. The map may be nil. */
struct value seq_keys(struct heap *heap, struct value map);
struct value seq_vals(struct heap *heap, struct value map);
/* rseq of vector or sorted collection: a seq or nil. */
struct value seq_reverse(struct heap *heap, struct value coll);
/* The items from ≤ i < to of a sorted collection (subseq), backwards when reverse. */
struct value seq_sorted(struct heap *heap, struct value sorted, uint32_t from, uint32_t to,
                        bool reverse);
/* start, start+step … count items (> 0, INT64_MAX: without end, then fails at overflow as +). */
struct value seq_range(struct heap *heap, int64_t start, int64_t step, int64_t count);
struct value seq_repeat(struct heap *heap, struct value item, int64_t count);

/* list, cons, seq, lazy: clojure.core/seq? */
static inline bool seq_is(struct value value)
{
    return value.type >= VALUE_LIST && value.type <= VALUE_SEQ;
}

/* sequential?: seqs and vectors */
static inline bool seq_is_sequential(struct value value)
{
    return value.type >= VALUE_LIST && value.type <= VALUE_VECTOR;
}

/* What may have no end, or none that was made yet. */
static inline bool seq_may_go_on(struct value value)
{
    return value.type == VALUE_LAZY || value.type == VALUE_CONS ||
           (value.type == VALUE_SEQ &&
            (value.object->kind == SEQ_RANGE || value.object->kind == SEQ_REPEAT));
}

bool seq_is_seqable(struct value value); /* what seq_of() accepts */

/*
 * Iterator for C code: walks any seqable without making cursors. It holds values: it must not live
 * across a return to the VM's loop.
 *
 *     seq_iter_init(&iter, coll);
 *     while (seq_iter_next(&iter, heap, &item)) { … }
 *     if (iter.result != SEQ_OK) … // PENDING: iter.rest is the lazy; FAILED: not seqable
 */
struct seq_iter {
    struct value rest; /* the collection or what is left of a chain */
    enum seq_result result;
    uint8_t kind; /* private, from here on */
    uint8_t part; /* enum seq_part */
    uint32_t index;
    int64_t left;
    int64_t start, step;
    const struct value *run; /* of a vector */
    uint32_t run_left;
    bool has_entry; /* a cursor's current one comes before what hamt gives */
    struct value key, value;
    struct hamt_iter hamt;
};

void seq_iter_init(struct seq_iter *iter, struct value coll);
/* The next item; map entries are made as vectors in heap. */
bool seq_iter_next(struct seq_iter *iter, struct heap *heap, struct value *out);
/* The same without a heap: of a map the key and value apart, else the item and nil. */
bool seq_iter_next_pair(struct seq_iter *iter, struct value *out_key, struct value *out_value);
/* Whether what it gives are entries (key and value apart in the function above). */
bool seq_iter_gives_entries(const struct seq_iter *iter);
