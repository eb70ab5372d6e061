#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/*
 * Keyword: a namespace (or none) and a name, UTF-8. Not interned: equal by content, which the hash
 * made with it decides quickly.
 */
struct value keyword_new(struct heap *heap, struct text ns, struct text name);
/* "a/b" is split at its first slash, as (keyword "a/b") does; "/" alone is a name. */
struct value keyword_from_text(struct heap *heap, struct text source);
struct value keyword_from_cstr(struct heap *heap, const char *source);
struct text keyword_ns(struct value keyword); /* TEXT_NONE: none */
struct text keyword_name(struct value keyword);
/* Unqualified and of that name. */
bool keyword_is(struct value keyword, const char *name);
bool keyword_equal(struct value a, struct value b);
/* Clojure's order: no namespace first, then by namespace, then by name; as Java's compareTo. */
int keyword_compare(struct value a, struct value b);

/* Splits "a/b" as (symbol "a/b") does. */
void keyword_split(struct text source, struct text *out_ns, struct text *out_name);
