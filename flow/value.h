#pragma once

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Value: what a flow's code works on, 16 bytes, passed by value. nil, booleans, integers, doubles
 * and characters stand in the value itself; everything else is an immutable object in a heap.
 *
 * A heap belongs to one VM (flow/heap.h) and is collected by copying, only at points where the C
 * stack holds no values (between instructions, at effects and fuel slices). So a native function
 * may hold values in C locals freely, but nothing may hold one across a return to the VM's loop
 * except the VM's own registers and frames, and roots registered with the heap. Objects of a
 * compiled image (constants) are static: never moved, shared between runs and threads, and they
 * only refer to static objects.
 *
 * Allocation never fails: it sets heap->exhausted past the budget, and the VM ends the run with
 * E_MEMORY at the next instruction. A function whose result can be much larger than its arguments
 * asks heap_can() first.
 */
enum value_type {
    VALUE_NIL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_DOUBLE,
    VALUE_CHAR,
    /* objects from here on */
    VALUE_BIGINT,
    VALUE_RATIO,
    VALUE_DECIMAL,
    VALUE_STRING, /* Latin-1 or UTF-16 units */
    VALUE_KEYWORD,
    VALUE_SYMBOL,
    VALUE_LIST, /* persistent list, counted; the empty list too */
    VALUE_CONS, /* head and any seqable tail: what cons and concat make */
    VALUE_LAZY, /* lazy-seq: a thunk until realised, then a seq or nil */
    VALUE_SEQ,  /* a native cursor over a vector, string, map or set; a range */
    VALUE_VECTOR,
    VALUE_MAP,
    VALUE_SET,
    VALUE_SORTED_MAP,
    VALUE_SORTED_SET,
    VALUE_BYTES,
    VALUE_INST,
    VALUE_UUID,
    VALUE_REGEX,
    VALUE_FUNCTION, /* closure over a prototype */
    VALUE_NATIVE,   /* entry of the core-function table */
    VALUE_EXCEPTION,
    VALUE_REDUCED,
    VALUE_DELAY,
    VALUE_CELL, /* mutable slot inside a stateful transducer or loop; never reaches a codec */
    VALUE_TAGGED,
    VALUE_JAVA, /* flow/java_value.h */
    VALUE_TYPES
};

struct object;
struct heap;

struct value {
    uint32_t type;  /* enum value_type */
    uint32_t extra; /* 0; free for the type's own use */

    union {
        bool boolean;
        int64_t integer;
        double real;
        struct object *object;
    };
};

#define VALUE_NIL_INIT ((struct value){.type = VALUE_NIL})

static inline struct value value_nil(void)
{
    return (struct value){.type = VALUE_NIL};
}

static inline struct value value_bool(bool boolean)
{
    return (struct value){.type = VALUE_BOOL, .integer = boolean};
}

static inline struct value value_int(int64_t integer)
{
    return (struct value){.type = VALUE_INT, .integer = integer};
}

static inline struct value value_double(double real)
{
    return (struct value){.type = VALUE_DOUBLE, .real = real};
}

static inline struct value value_char(uint16_t unit)
{
    return (struct value){.type = VALUE_CHAR, .integer = unit};
}

static inline bool value_is_nil(struct value value)
{
    return value.type == VALUE_NIL;
}

/* Clojure's truth: all but nil and false. */
static inline bool value_truthy(struct value value)
{
    return value.type > VALUE_BOOL || (value.type == VALUE_BOOL && value.integer != 0);
}

static inline bool value_is_object(struct value value)
{
    return value.type >= VALUE_BIGINT;
}

/* Names as Clojure users know them: "string", "keyword", "persistent map", … */
const char *value_type_name(struct value value);
/* With its article: "an integer", "a map", "nil". */
const char *value_type_phrase(struct value value);

/* Equality as clojure.core/= (sequences by items, 1 and 1.0 differ, 1 and 1N do not) and hash as
 * clojure.core/hash (Murmur3), iterative on deep data. Lazy sequences inside must be realised
 * before; the VM does that for natives that ask (flow/native.h). */
bool value_equal(struct value a, struct value b);
uint32_t value_hash(struct value value);
/* clojure.core/compare: false and err E_CAST when the two cannot be compared. */
bool value_compare(struct value a, struct value b, int *out, struct error *err) MUST_CHECK;
bool value_identical(struct value a, struct value b);

/* Printing: value_print() is pr-str, value_display() is str (strings and characters bare, nil is
 * ""). UTF-8 out, where half of a surrogate pair is three bytes (string_scrub() is for the edges);
 * iterative. Honours out->limit (stop, out->overflow). */
void value_print(struct value value, struct buf *out);
void value_display(struct value value, struct buf *out);
/* A copy of the value with all its objects into another heap (VM to VM). */
struct value value_copy(struct heap *into, struct value value);
