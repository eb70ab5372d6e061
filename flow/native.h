#pragma once

#include "flow/heap.h"
#include "flow/value.h"

/*
 * Native functions: entries of the core-function table. A native never calls the VM. What must run
 * flow code (map, reduce, sort-by, update, swap in a lazy tail) is compiled from the prelude, which
 * is written in the flow language, or is a native frame (flow/vm.h).
 *
 * Lazy sequences: a native that looks into its arguments says so in its flags, and the VM realises
 * them (by running prelude code) before the call; so inside a native no lazy sequence is pending.
 */
struct native_call {
    struct heap *heap;
    struct value *args; /* in the VM's stack: valid during the call */
    uint32_t count;
    struct error *err;
    int64_t *fuel;      /* charge big work before it starts: native_charge() */
};

/* Puts the result in *out and answers true, or fills call->err. */
typedef bool native_function(struct native_call *call, struct value *out);

enum native_flags {
    NATIVE_PLAIN = 0,
    NATIVE_REALIZE_1 = 1 << 0, /* argument 1 is made a fully realised seq first (one level) */
    NATIVE_REALIZE_2 = 1 << 1,
    NATIVE_REALIZE_3 = 1 << 2,
    NATIVE_REALIZE_LAST = 1 << 3,
    NATIVE_REALIZE_ALL = 1 << 4, /* every argument, one level */
    NATIVE_DEEP = 1 << 5,        /* every argument, all levels: =, hash, str, pr-str, compare */
    NATIVE_FIRST_ONLY = 1 << 6,  /* argument 1, if lazy, only as far as its first item */
    NATIVE_STATIC_OK = 1 << 7,   /* pure: may be folded by the compiler on constants */
};

/* One line of the table; the tables are arrays in core_*.c, joined by flow/core.c. */
struct native_entry {
    const char *name;    /* "assoc", "clojure.string/join", "Math/floor" */
    int8_t args_min, args_max; /* args_max -1: variadic */
    uint16_t flags;
    native_function *function;
    const char *arglists; /* "[m k v & kvs]" */
    const char *doc;      /* one sentence */
    const char *example;  /* "(assoc {:a 1} :b 2) => {:a 1, :b 2}" */
};

/* E_FUEL when the run has not that much left. */
bool native_charge(struct native_call *call, int64_t fuel) MUST_CHECK;
/* E_CAST "assoc: argument 1 is a string; expected a map". */
bool native_wrong_type(struct native_call *call, uint32_t index, const char *expected);
