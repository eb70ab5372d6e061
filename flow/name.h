#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/* Name: what keywords and symbols share. */

/* With the hash of a symbol. */
struct name_object *name_new(struct heap *heap, enum value_type type, struct text ns,
                             struct text name);
struct text name_ns(const struct name_object *object); /* TEXT_NONE: none */
struct text name_name(const struct name_object *object);
bool name_equal(const struct name_object *a, const struct name_object *b);
int name_compare(const struct name_object *a, const struct name_object *b);
/* "ns/name" */
void name_append(const struct name_object *object, struct buf *out);
