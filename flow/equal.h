#pragma once

#include "flow/value.h"

/* Equality of anything, iterative: what value_equal() does when a look is not enough. */
bool equal_values(struct value a, struct value b);
/* The same for callers that charge: takes one from *budget for each pair of items compared; false
 * when it ran out. A lazy sequence that is pending is equal to nothing else. */
bool equal_within(struct value a, struct value b, int64_t *budget, bool *out) MUST_CHECK;

/* The same for callers that can realise: no more is made of lazy sequences than it takes. */
struct equal_walk {
    bool java;            /* in: as Java's equals has it, for which numbers have a class */
    int64_t budget;       /* in and out */
    struct value pending; /* out: the lazy sequence to realise, or nil */
    uint32_t ahead;       /* out: how many of its items, so that long walks start anew seldom */
};

/* False: the budget ran out, or something is pending. */
bool equal_by_walk(struct value a, struct value b, struct equal_walk *walk, bool *out) MUST_CHECK;
