#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/* Persistent list (counted) and cons cells. */
struct value plist_empty(void);
struct value plist_new(struct heap *heap, const struct value *items, uint32_t count);
/* conj on a list. */
struct value plist_push(struct heap *heap, struct value list, struct value first);
/* clojure.core/cons on something that is nil, list, cons, seq or lazy: a list on nil, else a cons.
 */
struct value plist_cons(struct heap *heap, struct value first, struct value rest);
uint32_t plist_count(struct value list);
struct value plist_first(struct value list); /* nil of the empty one */
struct value plist_rest(struct value list);  /* a list; the empty one has itself */
