#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/* Symbol: as a keyword (flow/keyword.h), with metadata. */
struct value symbol_new(struct heap *heap, struct text ns, struct text name);
struct value symbol_from_text(struct heap *heap, struct text source);
struct text symbol_ns(struct value symbol); /* TEXT_NONE: none */
struct text symbol_name(struct value symbol);
bool symbol_equal(struct value a, struct value b);
int symbol_compare(struct value a, struct value b);
