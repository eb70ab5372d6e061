#pragma once

#include "base/buf.h"
#include "flow/value.h"

/*
 * Java hash: x.hashCode() of the JVM, which differs from clojure.core/hash. It is seen where a lazy
 * sequence is made text: (str (map inc [1])) is "clojure.lang.LazySeq@21" in Clojure, and so here.
 * Iterative; lazy sequences must be realised.
 */
uint32_t java_hash_value(struct value value);
/* str of a value: as value_display(), and lazy sequences as above. */
void java_hash_display(struct value value, struct buf *out);
