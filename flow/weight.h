#pragma once

#include "flow/value.h"

/*
 * Weight: how much there is in a value, for charging what looks through all of it: one for each
 * item of a collection at any depth, one for each WEIGHT_UNITS characters of a string, and for a
 * big number what it takes to write it. A shared part counts once: it can have more paths than
 * there is time. Nothing in the value is pending.
 *
 * Counting stops when it passes the limit.
 */
#define WEIGHT_UNITS 64

int64_t weight_of(struct value value, int64_t limit);
