#include "flow/seq.h"

#include "flow/bytes.h"
#include "flow/lazy.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/seq_cursor.h"
#include "flow/sorted.h"
#include "flow/string.h"

static bool not_seqable(struct value coll, struct error *err)
{
    return error_set(err, E_ARGUMENT, "%s is not a sequence; cannot walk it",
                     value_type_phrase(coll));
}

bool seq_is_seqable(struct value value)
{
    return value.type == VALUE_NIL || value.type == VALUE_STRING || value.type == VALUE_BYTES ||
           (value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET);
}

enum seq_result seq_of(struct heap *heap, struct value coll, struct value *out, struct error *err)
{
    coll = lazy_unwrap(coll);
    switch (coll.type) {
    case VALUE_NIL:
    case VALUE_CONS:
    case VALUE_SEQ: *out = coll; return SEQ_OK;
    case VALUE_LAZY: *out = coll; return SEQ_PENDING;
    case VALUE_LIST: *out = plist_count(coll) ? coll : value_nil(); return SEQ_OK;
    default: break;
    }
    if (!seq_is_seqable(coll)) {
        not_seqable(coll, err);
        return SEQ_FAILED;
    }
    *out = seq_cursor_new(heap, coll, SEQ_ENTRIES);
    return SEQ_OK;
}

/* Of what seq_of() answered. */
static struct value first_of(struct heap *heap, struct value seq)
{
    switch (seq.type) {
    case VALUE_LIST: return plist_first(seq);
    case VALUE_CONS: return OBJECT_AS(cons_object, seq.object)->first;
    case VALUE_SEQ: return seq_cursor_item(heap, seq);
    default: return value_nil();
    }
}

static struct value rest_of(struct heap *heap, struct value seq)
{
    struct value rest = value_nil();

    switch (seq.type) {
    case VALUE_LIST: return plist_rest(seq);
    case VALUE_CONS: rest = OBJECT_AS(cons_object, seq.object)->rest; break;
    case VALUE_SEQ: rest = seq_cursor_next(heap, seq); break;
    default: break;
    }
    return value_is_nil(rest) ? plist_empty() : rest;
}

enum seq_result seq_first(struct heap *heap, struct value coll, struct value *out,
                          struct error *err)
{
    if (coll.type == VALUE_VECTOR) { // without a cursor
        *out = pvec_count(coll) ? pvec_nth(coll, 0) : value_nil();
        return SEQ_OK;
    }
    enum seq_result result = seq_of(heap, coll, out, err);

    if (result == SEQ_OK) *out = first_of(heap, *out);
    return result;
}

enum seq_result seq_rest(struct heap *heap, struct value coll, struct value *out, struct error *err)
{
    enum seq_result result = seq_of(heap, coll, out, err);

    if (result == SEQ_OK) *out = rest_of(heap, *out);
    return result;
}

enum seq_result seq_next(struct heap *heap, struct value coll, struct value *out, struct error *err)
{
    enum seq_result result = seq_rest(heap, coll, out, err);

    return result == SEQ_OK ? seq_of(heap, *out, out, err) : result;
}

/* The count of what knows it. */
static bool known_count(struct value coll, int64_t *out)
{
    switch (coll.type) {
    case VALUE_NIL: *out = 0; return true;
    case VALUE_STRING: *out = string_length(coll); return true;
    case VALUE_BYTES: *out = (int64_t)bytes_get(coll).len; return true;
    case VALUE_LIST: *out = plist_count(coll); return true;
    case VALUE_VECTOR: *out = pvec_count(coll); return true;
    case VALUE_MAP:
    case VALUE_SET: *out = OBJECT_AS(map_object, coll.object)->count; return true;
    case VALUE_SORTED_MAP:
    case VALUE_SORTED_SET: *out = sorted_count(coll); return true;
    case VALUE_SEQ: *out = seq_cursor_left(coll); return true;
    default: return false;
    }
}

enum seq_result seq_count(struct value coll, int64_t *out_count, struct value *out_pending,
                          struct error *err)
{
    int64_t before = 0;

    for (;;) {
        coll = lazy_unwrap(coll);
        if (known_count(coll, out_count)) {
            if (__builtin_add_overflow(*out_count, before, out_count)) *out_count = INT64_MAX;
            return SEQ_OK;
        }
        if (coll.type == VALUE_LAZY) {
            *out_pending = coll;
            return SEQ_PENDING;
        }
        if (coll.type != VALUE_CONS) {
            error_set(err, E_UNSUPPORTED, "%s has no count", value_type_phrase(coll));
            return SEQ_FAILED;
        }
        coll = OBJECT_AS(cons_object, coll.object)->rest;
        before++;
    }
}

/* Steps along lists and conses to what holds the index; *index becomes the one in there. */
static enum seq_result nth_chain(struct value *coll, int64_t *index)
{
    for (;;) {
        *coll = lazy_unwrap(*coll);
        if (coll->type == VALUE_LAZY) return SEQ_PENDING;
        bool steps = coll->type == VALUE_CONS || (coll->type == VALUE_LIST && plist_count(*coll));

        if (!steps || *index == 0) return SEQ_OK;
        *coll = coll->type == VALUE_LIST ? plist_rest(*coll)
                                         : OBJECT_AS(cons_object, coll->object)->rest;
        (*index)--;
    }
}

enum seq_result seq_nth(struct heap *heap, struct value coll, int64_t index, bool *out_found,
                        struct value *out, struct error *err)
{
    int64_t count;

    *out_found = false;
    if (coll.type >= VALUE_MAP && coll.type <= VALUE_SORTED_SET) {
        error_set(err, E_UNSUPPORTED, "nth does not work on a %s", value_type_name(coll));
        return SEQ_FAILED;
    }
    if (index < 0 && seq_is_seqable(coll)) return SEQ_OK;
    if (seq_is(coll) && nth_chain(&coll, &index) == SEQ_PENDING) {
        *out = coll;
        return SEQ_PENDING;
    }
    if (coll.type == VALUE_CONS) {
        *out_found = true;
        *out = OBJECT_AS(cons_object, coll.object)->first;
        return SEQ_OK;
    }
    if (!known_count(coll, &count)) {
        error_set(err, E_UNSUPPORTED, "nth does not work on a %s", value_type_name(coll));
        return SEQ_FAILED;
    }
    if (index >= count) return SEQ_OK;
    *out_found = true;
    switch (coll.type) {
    case VALUE_LIST: *out = plist_first(coll); break;
    case VALUE_VECTOR: *out = pvec_nth(coll, (uint32_t)index); break;
    case VALUE_STRING: *out = value_char(string_unit(coll, (uint32_t)index)); break;
    case VALUE_BYTES: *out = value_int((int8_t)bytes_get(coll).ptr[index]); break;
    default: return seq_cursor_nth(heap, coll, index, out, err) ? SEQ_OK : SEQ_FAILED;
    }
    return SEQ_OK;
}

struct value seq_keys(struct heap *heap, struct value map)
{
    return value_is_nil(map) ? map : seq_cursor_new(heap, map, SEQ_KEYS);
}

struct value seq_vals(struct heap *heap, struct value map)
{
    return value_is_nil(map) ? map : seq_cursor_new(heap, map, SEQ_VALS);
}

enum {
    ITER_END = SEQ_REPEAT + 1,
    ITER_CHAIN,
};

void seq_iter_init(struct seq_iter *iter, struct value coll)
{
    *iter = (struct seq_iter){.rest = coll, .kind = ITER_END};
    switch (coll.type) {
    case VALUE_NIL: return;
    case VALUE_LIST:
    case VALUE_CONS:
    case VALUE_LAZY: iter->kind = ITER_CHAIN; return;
    case VALUE_SEQ: seq_cursor_iter(iter, coll); return;
    case VALUE_STRING: iter->kind = SEQ_STRING; break;
    case VALUE_BYTES: iter->kind = SEQ_BYTES; break;
    case VALUE_VECTOR: iter->kind = SEQ_VECTOR; break;
    case VALUE_MAP:
    case VALUE_SET:
        iter->kind = coll.type == VALUE_MAP ? SEQ_MAP : SEQ_SET;
        if (coll.object->kind == MAP_HASH) {
            hamt_iter_init(&iter->hamt, OBJECT_AS(map_object, coll.object)->root);
        }
        break;
    case VALUE_SORTED_MAP:
    case VALUE_SORTED_SET: iter->kind = SEQ_SORTED; break;
    default: iter->result = SEQ_FAILED; return;
    }
    known_count(coll, &iter->left);
}

/* Where a chain of lists and conses stands: an item, an end, or another kind of sequence. */
static bool chain_next(struct seq_iter *iter, struct value *out)
{
    iter->rest = lazy_unwrap(iter->rest);
    if (iter->rest.type == VALUE_LIST && plist_count(iter->rest) > 0) {
        *out = plist_first(iter->rest);
        iter->rest = plist_rest(iter->rest);
        return true;
    }
    if (iter->rest.type == VALUE_CONS) {
        const struct cons_object *cons = OBJECT_AS(cons_object, iter->rest.object);

        *out = cons->first;
        iter->rest = cons->rest;
        return true;
    }
    if (iter->rest.type == VALUE_LAZY) {
        iter->result = SEQ_PENDING;
        return false;
    }
    if (iter->rest.type == VALUE_LIST) {
        iter->kind = ITER_END;
    } else {
        seq_iter_init(iter, iter->rest);
    }
    return false;
}

static struct value vector_next(struct seq_iter *iter)
{
    if (iter->run_left == 0) {
        iter->run = pvec_run(iter->rest, iter->index, &iter->run_left);
    }
    iter->run_left--;
    iter->index++;
    return *iter->run++;
}

static void entry_next(struct seq_iter *iter, struct value *out_key, struct value *out_value)
{
    const struct value *entry;

    if (iter->has_entry) {
        iter->has_entry = false;
        *out_key = iter->key;
        *out_value = iter->value;
        return;
    }
    if (iter->rest.object->kind == MAP_ARRAY) {
        struct object *root = OBJECT_AS(map_object, iter->rest.object)->root;

        entry = OBJECT_AS(values_object, root)->items + 2 * (size_t)iter->index++;
    } else {
        entry = hamt_iter_next(&iter->hamt);
    }
    *out_key = entry[0];
    if (iter->kind == SEQ_MAP) *out_value = entry[1];
}

bool seq_iter_next_pair(struct seq_iter *iter, struct value *out_key, struct value *out_value)
{
    *out_value = value_nil();
    while (iter->kind == ITER_CHAIN) {
        if (chain_next(iter, out_key)) return true;
        if (iter->result != SEQ_OK) return false;
    }
    if (iter->kind == ITER_END || iter->left == 0) return false;
    if (iter->left != INT64_MAX) iter->left--;
    switch (iter->kind) {
    case SEQ_VECTOR: *out_key = vector_next(iter); break;
    case SEQ_REVERSE: *out_key = pvec_nth(iter->rest, iter->index--); break;
    case SEQ_STRING: *out_key = value_char(string_unit(iter->rest, iter->index++)); break;
    case SEQ_BYTES: *out_key = value_int((int8_t)bytes_get(iter->rest).ptr[iter->index++]); break;
    case SEQ_SORTED: sorted_nth(iter->rest, iter->index++, out_key, out_value); break;
    case SEQ_RSORTED: sorted_nth(iter->rest, iter->index--, out_key, out_value); break;
    case SEQ_RANGE:
        *out_key = value_int(iter->start);
        // past the last item it may overflow, and is not looked at
        iter->start = (int64_t)((uint64_t)iter->start + (uint64_t)iter->step);
        break;
    case SEQ_REPEAT: *out_key = iter->rest; break;
    default: entry_next(iter, out_key, out_value); break;
    }
    if (iter->part == SEQ_VALS) *out_key = *out_value;
    if (iter->part != SEQ_ENTRIES) *out_value = value_nil();
    return true;
}

bool seq_iter_gives_entries(const struct seq_iter *iter)
{
    if (iter->part != SEQ_ENTRIES) return false;
    return iter->kind == SEQ_MAP || ((iter->kind == SEQ_SORTED || iter->kind == SEQ_RSORTED) &&
                                     iter->rest.type == VALUE_SORTED_MAP);
}

bool seq_iter_next(struct seq_iter *iter, struct heap *heap, struct value *out)
{
    struct value value;

    if (!seq_iter_next_pair(iter, out, &value)) return false;
    if (seq_iter_gives_entries(iter)) *out = pvec_entry(heap, *out, value);
    return true;
}
