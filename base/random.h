#pragma once

#include <stddef.h>
#include <stdint.h>

/* The only source of randomness: the kernel's, never predictable. */
void random_bytes(void *out, size_t len);
uint64_t random_u64(void);
/* Uniform in [0, bound), for jitter; 0 for bound 0. */
uint64_t random_below(uint64_t bound);
