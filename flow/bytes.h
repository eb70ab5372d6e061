#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/* Bytes: immutable, equal by content; printed #weir/bytes "base64". */
struct value bytes_new(struct heap *heap, struct text data);
struct text bytes_get(struct value bytes);
