#pragma once

#include "base/id.h"
#include "flow/heap.h"
#include "flow/object.h"

/* UUIDs as values. */
struct value uuid_new(struct heap *heap, struct uuid id);
struct uuid uuid_get(struct value uuid);
/* Java's order (signed halves) and hash. */
int uuid_compare(struct value a, struct value b);
uint32_t uuid_hash(struct value uuid);
