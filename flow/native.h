#pragma once

#include "flow/heap.h"
#include "flow/sorted.h"
#include "flow/value.h"

/*
 * Native functions: entries of the core-function table. A native never calls the VM. What must run
 * flow code (map, reduce, sort-by, update, swap in a lazy tail) is compiled from the prelude, which
 * is written in the flow language (flow/core.h says what it may use).
 *
 * Lazy sequences: a native that looks into its arguments says so in its flags, and the VM realises
 * them before the call; so inside a native no lazy sequence that it may look at is pending. The
 * arguments themselves stay what they were: a realised lazy sequence is still VALUE_LAZY, and the
 * tails of a VALUE_CONS too; walk them with the seq functions of the value headers.
 */
struct native_call {
    struct heap *heap;
    struct value
        *args; /* in the VM's stack: valid during the call, and the native may change them */
    uint32_t count;
    struct error *err;
    int64_t *fuel;                    /* charge big work before it starts: native_charge() */
    const struct native_entry *entry; /* for messages: the name that was called */
    /* For sorted collections with a comparator of the flow's own: hand it on to flow/coll.h. The
     * only way that flow code runs inside a native: one level deep, without effects. */
    const struct sorted_order *order;
    uint32_t waits;       /* how often it has answered native_pending() before */
    struct value pending; /* private, from here on: native_pending() */
    uint32_t ahead;
};

/* Puts the result in *out and answers true, or fills call->err. */
typedef bool native_function(struct native_call *call, struct value *out);

enum native_flags {
    NATIVE_PLAIN = 0,
    NATIVE_REALIZE_1 = 1 << 0, /* argument 1 is made a fully realised seq first (one level) */
    NATIVE_REALIZE_2 = 1 << 1,
    NATIVE_REALIZE_3 = 1 << 2,
    NATIVE_REALIZE_LAST = 1 << 3,
    NATIVE_REALIZE_REST = 1 << 4, /* arguments 2, 3, 4 …, one level */
    NATIVE_DEEP = 1 << 5,         /* every argument, all levels: =, hash, str, pr-str, compare */
    NATIVE_FIRST_ONLY = 1 << 6,   /* argument 1, if lazy, only as far as its first item */
    NATIVE_STATIC_OK = 1 << 7,    /* pure: may be folded by the compiler on constants */
    NATIVE_DEEP_1 = 1 << 8,       /* argument 1, all levels */
    NATIVE_DEEP_2 = 1 << 9,       /* argument 2, all levels: the key of get, contains?, find */
    NATIVE_DEEP_REST = 1 << 10,   /* arguments 2, 3, 4 …, all levels: conj, disj, dissoc */
    NATIVE_KEYS = 1 << 11,        /* arguments 2, 4, 6 …, all levels: the keys of assoc */
    NATIVE_INTERNAL = 1 << 12,    /* only the prelude may name it */
    NATIVE_VM = 1 << 13,          /* carried out by the VM itself (core_vm.c only) */
    NATIVE_OVERLOADED = 1 << 14,  /* Java has several of the name: see core_args_wrong() */
    NATIVE_LOOKUP = 1 << 15,      /* keys are looked for only: nothing is, where there are none */
};

#define NATIVE_LAZY_FLAGS                                                                    \
    (NATIVE_REALIZE_1 | NATIVE_REALIZE_2 | NATIVE_REALIZE_3 | NATIVE_REALIZE_LAST |          \
     NATIVE_REALIZE_REST | NATIVE_DEEP | NATIVE_FIRST_ONLY | NATIVE_DEEP_1 | NATIVE_DEEP_2 | \
     NATIVE_DEEP_REST | NATIVE_KEYS)

#define NATIVE_DEEP_FLAGS \
    (NATIVE_DEEP | NATIVE_DEEP_1 | NATIVE_DEEP_2 | NATIVE_DEEP_REST | NATIVE_KEYS)

/* One line of the table; the tables are arrays in core_*.c, joined by flow/core.c. What each does
 * stands in flow/reference/. */
struct native_entry {
    const char *name;          /* "assoc", "clojure.string/join", "Math/floor", ".toUpperCase" */
    int8_t args_min, args_max; /* args_max -1: variadic; the VM checks the count */
    uint32_t flags;
    native_function *function;
};

/* For natives that find out by themselves how far they must look (SEQ_PENDING of flow/seq.h):
 * answers false; the VM realises that lazy sequence, or that delay, and calls the native again from
 * its start. Not for long walks: NATIVE_REALIZE_* goes along a sequence once. */
bool native_pending(struct native_call *call, struct value lazy);
/* The same for a walk along it: the VM realises so many of its items. When the native has waited
 * often already, or asks for ALL, all of its arguments are realised, at all levels. */
#define NATIVE_AHEAD_ALL UINT32_MAX
bool native_pending_ahead(struct native_call *call, struct value lazy, uint32_t count);
/* E_FUEL when the run has not that much left. */
bool native_charge(struct native_call *call, int64_t fuel) MUST_CHECK;
/* What is left of fuel as a budget of looks (a unit of fuel buys NATIVE_LOOKS), and paying for what
 * was taken from it. E_FUEL when the budget ran out: it is below 0. */
#define NATIVE_LOOKS 4
int64_t native_budget(const struct native_call *call);
bool native_spend(struct native_call *call, int64_t budget_left) MUST_CHECK;
/* E_CAST "assoc: argument 1 is a string; expected a map". index counts from 0. */
bool native_wrong_type(struct native_call *call, uint32_t index, const char *expected);
