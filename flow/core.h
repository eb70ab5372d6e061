#pragma once

#include "base/text.h"
#include "flow/native.h"
#include "flow/value.h"

/*
 * Core: the names that flow code may use without defining them. They come from the native tables
 * (core_tables.def) and from the prelude: all of flow/prelude/ (.clj, embedded, in the order of the
 * file names), compiled once into a static image that all threads share.
 *
 * What a prelude file may hold, at top level:
 *     (defn name "doc" [args] body)  (defn name "doc" ([a] …) ([a b & c] …))
 *     (defn- name …)                 only the prelude may name it
 *     (def name literal)             a constant: (def Math/PI 3.141592653589793)
 * Names may be qualified (clojure.string/join). All names of all files are known before the first
 * body is compiled, so order does not matter. A name of the prelude wins over a native of that
 * name, and within the function's own body `native/name` means the native (so that a prelude
 * function can wrap it: (defn sort ([coll] …) …)). The bodies use the whole language, but no flow
 * calls.
 *
 * Natives that only the VM can do and that the prelude builds on (core_vm.c):
 *     apply, seq, first, rest, next, force, deref, realized?, ex-info, ex-data, ex-message,
 * ex-cause, (weir.core/effectful? f)  true when f contains or holds a flow call: map, filter, keep,
 * mapcat and their kind are then eager (weir.core/deep x)        x with every lazy sequence inside
 * realised (weir.core/throw "family" "message" "hint-or-nil")  throws one of the families of
 * LANGUAGE section 11: "cast", "argument", "index", "arity", "null", … Not there on purpose, since
 * prelude code does it: map, filter, reduce, sort, update, swap.
 *
 * Aliases: clojure.core/x is x; str/ and string/ are clojure.string/, set/ clojure.set/, walk/
 * clojure.walk/, edn/ clojure.edn/.
 */
struct core;

#define X(table) extern const struct native_entry table[];
#include "flow/core_tables.def"
#undef X

/* One name, as the compiler sees it; what it does stands in flow/reference/. */
struct core_entry {
    struct text name;                  /* full, without alias */
    struct value value;                /* VALUE_NATIVE, VALUE_FUNCTION, or a constant */
    struct value native_value;         /* what native/name means; nil when there is none */
    const struct native_entry *native; /* NULL for a prelude function that wraps none */
    struct text arglists; /* "[m k v & kvs]" of a prelude function; of others see reference.h */
    bool internal;        /* only the prelude may name it */
};

/* By the name as written (aliases are resolved); NULL when there is none. */
const struct core_entry *core_find(const struct core *core, struct text ns, struct text name);
/* The known name nearest to that one, or TEXT_NONE when none is near. Macros and special forms are
 * candidates too. */
struct text core_nearest(const struct core *core, struct text name);
/* The short names of namespaces: "str" of clojure.string; NULL at the end. */
const char *core_alias(size_t index, const char **out_ns);
/* All entries, in the order of their names; index from 0; NULL at the end. */
const struct core_entry *core_entry(const struct core *core, size_t index);

/* As vm_core_new() and vm_core_free(). */
struct core *core_new(void);
void core_free(struct core *core);
