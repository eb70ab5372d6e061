#pragma once

#include "base/macros.h"

#include <stddef.h>

/* The heap for what outlives an arena. Never NULL: when the host has no memory we abort, and runs
 * resume elsewhere. Sizes are multiplied with an overflow check. */
void *memory_new(size_t size_bytes);                 /* zeroed */
void *memory_array(size_t count, size_t size_bytes); /* zeroed */
void *memory_resize(void *ptr, size_t count, size_t size_bytes);
void memory_free(void *ptr); /* accepts NULL */

#define MEMORY_NEW(type) ((type *)memory_new(sizeof(type)))
