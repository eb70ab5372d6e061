#include "flow/equal.h"

#include "base/memory.h"
#include "flow/box.h"
#include "flow/bytes.h"
#include "flow/callable.h"
#include "flow/decimal.h"
#include "flow/hamt.h"
#include "flow/inst.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/lazy.h"
#include "flow/number.h"
#include "flow/seq.h"
#include "flow/sorted.h"
#include "flow/string.h"
#include "flow/uuid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Equal: a machine with a stack of its own, because values can be nested as deep as memory allows,
 * keys of maps too. A frame compares two collections; step() either needs another pair compared
 * first (its answer comes with the next step) or is done.
 *
 * Maps and sets: for each entry of `a` the candidates of `b` with the key's hash are tried in turn.
 * A HAMT finds them itself; of a small array map all are candidates; of anything else the frame
 * makes a table sorted by hash.
 *
 * Lazy sequences: a walk that meets one that is pending where Clojure would make its next item ends
 * there and says which (EQUAL_WAIT); a later walk starts anew.
 */
enum verdict { EQUAL_NO, EQUAL_YES, EQUAL_DEEPER, EQUAL_WAIT };

enum phase { PHASE_START, PHASE_KEY, PHASE_VALUE };

struct frame {
    struct value a, b; /* the collections; in step() also what to compare next */
    struct seq_iter iter_a, iter_b;
    bool unordered;
    enum phase phase;
    uint32_t stride;
    struct value value_a; /* of the entry in hand */
    struct value key_a;
    const struct value *candidates;
    uint32_t candidate_count;
    struct value *index_entries; /* owned */
    uint32_t *index_hashes;      /* owned */
    uint32_t index_count;
    uint32_t passed; /* items of a sequence that were equal */
};

/* Pairs that were found equal: kept when there is much to do, because parts may be shared, and then
 * there are more paths to them than time. */
struct pair {
    const struct object *a, *b;
};

#define STEPS_MANY   1000
#define ENTRY_LOOKS  8  /* of an entry that is looked for in another map or set */
#define UNITS_A_LOOK 16 /* of strings */
/* When so many items were made one by one, one more is made at a time, and so on. */
#define AHEAD 8

struct machine {
    struct frame first, *frames;
    size_t count, capacity;
    struct heap scratch; /* entries of sequences over maps */
    struct equal_walk *walk;
    int64_t steps;
    struct pair *known;
    size_t known_count, known_capacity;
};

static bool is_map(struct value value)
{
    return value.type == VALUE_MAP || value.type == VALUE_SORTED_MAP;
}

static bool is_set(struct value value)
{
    return value.type == VALUE_SET || value.type == VALUE_SORTED_SET;
}

static bool is_counted(struct value value)
{
    return value.type == VALUE_LIST ||
           (value.type >= VALUE_VECTOR && value.type <= VALUE_SORTED_SET);
}

static int64_t count_of(struct value value)
{
    int64_t count = 0;
    struct value pending;

    // counted collections neither wait nor fail
    return seq_count(value, &count, &pending, NULL) == SEQ_OK ? count : 0;
}

static enum verdict compare_scalars(struct equal_walk *walk, struct value a, struct value b)
{
    switch (a.type) {
    case VALUE_STRING: walk->budget -= string_length(a) / UNITS_A_LOOK; return string_equal(a, b);
    case VALUE_KEYWORD:
    case VALUE_SYMBOL: return keyword_equal(a, b);
    case VALUE_BYTES: return text_equal(bytes_get(a), bytes_get(b));
    case VALUE_INST: return inst_ms(a) == inst_ms(b);
    case VALUE_UUID: return uuid_compare(a, b) == 0;
    case VALUE_JAVA: return java_value_equal(a, b);
    case VALUE_NATIVE: // one with metadata is another function
        return a.object == b.object ||
               (callable_entry(a) == callable_entry(b) && value_is_nil(object_get_meta(a)) &&
                value_is_nil(object_get_meta(b)));
    case VALUE_TAGGED:
        return box_name(a).type == box_name(b).type && keyword_equal(box_name(a), box_name(b))
                   ? EQUAL_DEEPER
                   : EQUAL_NO;
    default: return EQUAL_NO; // by identity, which was looked at
    }
}

static enum verdict wait_for(struct equal_walk *walk, struct value lazy, uint32_t passed)
{
    walk->pending = lazy_unwrap(lazy);
    walk->ahead = passed / AHEAD + 1;
    return EQUAL_WAIT;
}

/* A lazy sequence is asked for its first item to find out what else is equal to it, but by maps and
 * sets, which know that they are not, by nil on the left, and in Java by all that is no sequence.
 */
static bool asks(const struct equal_walk *walk, struct value asker, struct value lazy, bool left)
{
    if (lazy.type != VALUE_LAZY || !lazy_is_pending(lazy_unwrap(lazy))) return false;
    if (seq_is_sequential(asker)) return false; // both are walked
    return !left || !(walk->java || value_is_nil(asker) || is_map(asker) || is_set(asker));
}

static enum verdict look_at_numbers(const struct equal_walk *walk, struct value a, struct value b)
{
    if (!walk->java) return number_equal(a, b);
    if (a.type != b.type) return EQUAL_NO;
    if (a.type == VALUE_DOUBLE) return a.integer == b.integer || (isnan(a.real) && isnan(b.real));
    if (a.type == VALUE_DECIMAL && decimal_scale(a) != decimal_scale(b)) return EQUAL_NO;
    return number_equal(a, b);
}

/* What can be said without looking into collections. */
static enum verdict look(struct equal_walk *walk, struct value a, struct value b)
{
    if (walk->java && number_is(a) && number_is(b)) return look_at_numbers(walk, a, b);
    if (value_identical(a, b)) return EQUAL_YES;
    if (asks(walk, b, a, false)) return wait_for(walk, a, 0);
    if (asks(walk, a, b, true)) return wait_for(walk, b, 0);
    if (!value_is_object(a) && !value_is_object(b)) {
        if (a.type != b.type) return EQUAL_NO;
        return a.type == VALUE_DOUBLE && a.real == b.real; // 0.0 and -0.0
    }
    if (number_is(a) && number_is(b)) return look_at_numbers(walk, a, b);
    bool sequential = seq_is_sequential(a) && seq_is_sequential(b);

    if (sequential || (is_map(a) && is_map(b)) || (is_set(a) && is_set(b))) {
        if ((a.object->flags & b.object->flags & OBJECT_HASHED) && value_hash(a) != value_hash(b)) {
            return EQUAL_NO;
        }
        if (is_counted(a) && is_counted(b) && count_of(a) != count_of(b)) return EQUAL_NO;
        return EQUAL_DEEPER;
    }
    return a.type == b.type ? compare_scalars(walk, a, b) : EQUAL_NO;
}

static bool is_hamt(struct value value)
{
    return (value.type == VALUE_MAP || value.type == VALUE_SET) && value.object->kind == MAP_HASH;
}

struct indexed {
    uint32_t hash, position;
};

static int by_hash(const void *a, const void *b)
{
    const struct indexed *x = a;
    const struct indexed *y = b;

    return x->hash == y->hash ? 0 : x->hash < y->hash ? -1 : 1;
}

static void make_index(struct frame *frame)
{
    uint32_t count = (uint32_t)count_of(frame->b);
    struct indexed *order = memory_array(count, sizeof(*order));
    struct value *entries = memory_array(count, 2 * sizeof(*entries));
    struct seq_iter iter;

    seq_iter_init(&iter, frame->b);
    for (uint32_t i = 0; i < count; i++) {
        if (!seq_iter_next_pair(&iter, &entries[2 * i], &entries[2 * i + 1])) break;
        order[i] = (struct indexed){value_hash(entries[2 * i]), i};
    }
    qsort(order, count, sizeof(*order), by_hash);
    frame->index_count = count;
    frame->index_entries = memory_array(count, 2 * sizeof(*entries));
    frame->index_hashes = memory_array(count, sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        memcpy(&frame->index_entries[2 * i], &entries[2 * order[i].position], 2 * sizeof(*entries));
        frame->index_hashes[i] = order[i].hash;
    }
    memory_free(order);
    memory_free(entries);
}

static void find_in_index(struct frame *frame, uint32_t hash)
{
    uint32_t low = 0;
    uint32_t high = frame->index_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (frame->index_hashes[middle] < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    frame->candidates = frame->index_entries + (size_t)2 * low;
    for (high = low; high < frame->index_count && frame->index_hashes[high] == hash;) {
        high++;
    }
    frame->candidate_count = high - low;
}

static void find_candidates(struct frame *frame)
{
    if (is_hamt(frame->b)) {
        frame->candidates = hamt_candidates(OBJECT_AS(map_object, frame->b.object)->root,
                                            value_hash(frame->key_a), &frame->candidate_count);
    } else if (frame->index_entries) {
        find_in_index(frame, value_hash(frame->key_a));
    } else {
        const struct map_object *map = OBJECT_AS(map_object, frame->b.object);

        frame->candidates = OBJECT_AS(values_object, map->root)->items;
        frame->candidate_count = map->count;
    }
}

static void frame_init(struct frame *frame, struct value a, struct value b)
{
    *frame = (struct frame){.a = a, .b = b};
    if (a.type == VALUE_TAGGED) return;
    frame->unordered = is_map(a) || is_set(a);
    if (frame->unordered && is_hamt(a) && !is_hamt(b)) {
        frame->a = b;
        frame->b = a;
    }
    frame->stride = is_set(a) && is_hamt(frame->b) ? 1 : 2;
    seq_iter_init(&frame->iter_a, frame->a);
    if (!frame->unordered) {
        seq_iter_init(&frame->iter_b, frame->b);
    } else if (!is_hamt(frame->b) && (frame->b.type != VALUE_MAP || count_of(frame->b) > 8)) {
        make_index(frame);
    }
}

static void frame_done(struct frame *frame)
{
    memory_free(frame->index_entries);
    memory_free(frame->index_hashes);
}

/* DEEPER: compare *x with *y, and step again with the answer. */
static enum verdict step_sequence(struct frame *frame, struct machine *machine, bool answer,
                                  struct value *x, struct value *y)
{
    if (!answer) return EQUAL_NO;
    for (;;) {
        bool more_a = seq_iter_next(&frame->iter_a, &machine->scratch, x);

        if (!more_a && frame->iter_a.result == SEQ_PENDING) {
            return wait_for(machine->walk, frame->iter_a.rest, frame->passed);
        }
        bool more_b = seq_iter_next(&frame->iter_b, &machine->scratch, y);

        if (!more_b && frame->iter_b.result == SEQ_PENDING) {
            return wait_for(machine->walk, frame->iter_b.rest, frame->passed);
        }
        if (!more_a || !more_b || --machine->walk->budget < 0) return more_a == more_b;
        frame->passed++;
        enum verdict verdict = look(machine->walk, *x, *y);

        if (verdict != EQUAL_YES) return verdict;
    }
}

static enum verdict try_candidates(struct frame *frame, struct equal_walk *walk, struct value *x,
                                   struct value *y)
{
    bool java = walk->java;

    for (; frame->candidate_count > 0;
         frame->candidate_count--, frame->candidates += frame->stride) {
        walk->java = false; // keys are found as Clojure's maps find them
        enum verdict verdict = look(walk, frame->key_a, frame->candidates[0]);

        walk->java = java;
        if (verdict == EQUAL_NO) continue;
        *x = frame->key_a;
        *y = frame->candidates[0];
        return verdict;
    }
    return EQUAL_NO;
}

static enum verdict step_unordered(struct frame *frame, struct machine *machine, bool answer,
                                   struct value *x, struct value *y)
{
    enum verdict verdict = answer;

    for (;;) {
        if (frame->phase == PHASE_KEY && verdict == EQUAL_NO) {
            // the candidate in hand was compared in depth, or none is left
            if (frame->candidate_count == 0) return EQUAL_NO;
            frame->candidate_count--;
            frame->candidates += frame->stride;
            verdict = try_candidates(frame, machine->walk, x, y);
            if (verdict == EQUAL_NO) return EQUAL_NO;
        } else if (frame->phase == PHASE_KEY && verdict == EQUAL_YES) {
            frame->phase = PHASE_VALUE;
            *x = frame->value_a;
            *y = frame->stride == 2 && is_map(frame->b) ? frame->candidates[1] : *x;
            verdict = look(machine->walk, *x, *y);
        } else if (frame->phase == PHASE_VALUE && verdict == EQUAL_NO) {
            return EQUAL_NO;
        } else {
            if (!seq_iter_next_pair(&frame->iter_a, &frame->key_a, &frame->value_a)) {
                return EQUAL_YES;
            }
            machine->walk->budget -= ENTRY_LOOKS;
            if (machine->walk->budget < 0) return EQUAL_NO;
            frame->phase = PHASE_KEY;
            find_candidates(frame);
            verdict = try_candidates(frame, machine->walk, x, y);
            if (verdict == EQUAL_NO) return EQUAL_NO;
        }
        if (verdict == EQUAL_DEEPER || verdict == EQUAL_WAIT) return verdict;
    }
}

static enum verdict step_tagged(struct frame *frame, struct equal_walk *walk, bool answer,
                                struct value *x, struct value *y)
{
    if (frame->phase == PHASE_VALUE) return answer;
    frame->phase = PHASE_VALUE;
    *x = box_get(frame->a);
    *y = box_get(frame->b);
    return look(walk, *x, *y);
}

static struct pair *known_slot(const struct machine *machine, struct pair pair)
{
    size_t mask = machine->known_capacity - 1;
    size_t at = ((uintptr_t)pair.a * 31 + (uintptr_t)pair.b) * 0x9E3779B97F4A7C15ULL >> 32 & mask;

    while (machine->known[at].a &&
           (machine->known[at].a != pair.a || machine->known[at].b != pair.b)) {
        at = (at + 1) & mask;
    }
    return &machine->known[at];
}

static bool is_known(const struct machine *machine, struct value a, struct value b)
{
    return machine->known_count > 0 && known_slot(machine, (struct pair){a.object, b.object})->a;
}

static void remember(struct machine *machine, const struct frame *frame)
{
    struct pair *old = machine->known;
    size_t capacity = machine->known_capacity;

    // entries made on the way have no place that lasts
    if (machine->steps < STEPS_MANY || machine->scratch.used_bytes > 0) return;
    if (machine->known_count * 2 >= capacity) {
        machine->known_capacity = MAX(capacity * 2, (size_t)256);
        machine->known = memory_array(machine->known_capacity, sizeof(*old));
        for (size_t i = 0; i < capacity; i++) {
            if (old[i].a) *known_slot(machine, old[i]) = old[i];
        }
        memory_free(old);
    }
    struct pair pair = {frame->a.object, frame->b.object};

    *known_slot(machine, pair) = pair;
    machine->known_count++;
}

static void push(struct machine *machine, struct value a, struct value b)
{
    if (machine->count == machine->capacity) {
        size_t capacity = machine->capacity * 4;
        struct frame *old = machine->frames == &machine->first ? NULL : machine->frames;

        machine->frames = memory_resize(old, capacity, sizeof(*machine->frames));
        if (!old) machine->frames[0] = machine->first;
        machine->capacity = capacity;
    }
    frame_init(&machine->frames[machine->count++], a, b);
}

static void pop(struct machine *machine)
{
    frame_done(&machine->frames[--machine->count]);
}

static enum verdict run(struct machine *machine)
{
    enum verdict verdict = EQUAL_YES; // the first step of a frame is told yes

    while (machine->count > 0 && --machine->walk->budget >= 0) {
        struct frame *frame = &machine->frames[machine->count - 1];
        struct value x = {0};
        struct value y = {0};

        machine->steps++;
        if (machine->count == 1) heap_done(&machine->scratch); // what is in it has been compared
        verdict = frame->a.type == VALUE_TAGGED ? step_tagged(frame, machine->walk, verdict, &x, &y)
                  : frame->unordered            ? step_unordered(frame, machine, verdict, &x, &y)
                                                : step_sequence(frame, machine, verdict, &x, &y);
        if (verdict == EQUAL_DEEPER) {
            verdict = EQUAL_YES;
            if (!is_known(machine, x, y)) push(machine, x, y);
            continue;
        }
        if (verdict == EQUAL_WAIT) return verdict;
        if (verdict == EQUAL_YES) remember(machine, frame);
        pop(machine);
    }
    return verdict;
}

bool equal_by_walk(struct value a, struct value b, struct equal_walk *walk, bool *out)
{
    enum verdict verdict = look(walk, a, b);

    if (verdict == EQUAL_DEEPER) {
        struct machine machine = {.capacity = 1, .walk = walk};

        machine.frames = &machine.first;
        heap_init(&machine.scratch, 0);
        push(&machine, a, b);
        verdict = run(&machine);
        while (machine.count > 0) {
            pop(&machine);
        }
        heap_done(&machine.scratch);
        memory_free(machine.known);
        if (machine.frames != &machine.first) memory_free(machine.frames);
    }
    *out = verdict == EQUAL_YES;
    return verdict != EQUAL_WAIT && walk->budget >= 0;
}

bool equal_within(struct value a, struct value b, int64_t *budget, bool *out)
{
    struct equal_walk walk = {.budget = *budget};

    bool done = equal_by_walk(a, b, &walk, out);

    *budget = walk.budget;
    return done || *budget >= 0; // what waits is not equal yet
}

bool equal_values(struct value a, struct value b)
{
    int64_t budget = INT64_MAX;
    bool equal = false;

    return equal_within(a, b, &budget, &equal) && equal;
}
