#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

NORETURN static void out_of_memory(size_t count, size_t size_bytes)
{
    fprintf(stderr, "out of memory: %zu times %zu bytes\n", count, size_bytes);
    abort();
}

void *memory_new(size_t size_bytes)
{
    return memory_array(1, size_bytes);
}

void *memory_array(size_t count, size_t size_bytes)
{
    // At least one byte, so that NULL always means failure. calloc() checks the product.
    void *ptr = calloc(count ? count : 1, size_bytes ? size_bytes : 1);

    if (!ptr) out_of_memory(count, size_bytes);
    return ptr;
}

void *memory_resize(void *ptr, size_t count, size_t size_bytes)
{
    size_t total;

    if (__builtin_mul_overflow(count, size_bytes, &total)) out_of_memory(count, size_bytes);
    void *resized = realloc(ptr, total ? total : 1);

    if (!resized) out_of_memory(count, size_bytes);
    return resized;
}

void memory_free(void *ptr)
{
    free(ptr);
}
