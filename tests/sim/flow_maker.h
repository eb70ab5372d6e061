#pragma once

#include "base/buf.h"

#include <stdint.h>

/*
 * Flow maker: bodies of flows from a seed. They nest everything that makes calls (steps, branches,
 * polls, loops, catches, recorded values) and compute with the answers in ways that would show a
 * difference between compilers or runs: order of maps and sets, hashes, doubles, formats, sorting.
 * The same seed gives the same text everywhere.
 */
struct flow_maker {
    struct buf *out;
    uint64_t random;     /* private, from here on */
    uint32_t step_count; /* for ids */
    uint32_t name_count; /* v0, v1, … are bound where the text stands */
};

void flow_maker_write(struct buf *out, uint64_t seed);
/* The next number of the generator that flows, answers and orders are drawn from. */
uint64_t flow_maker_random(uint64_t *state);
