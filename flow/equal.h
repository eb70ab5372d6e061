#pragma once

#include "flow/value.h"

/* Equality of anything, iterative: what value_equal() does when a look is not enough. */
bool equal_values(struct value a, struct value b);
/* The same for callers that charge: takes one from *budget for each pair of items compared; false
 * when it ran out. */
bool equal_within(struct value a, struct value b, int64_t *budget, bool *out) MUST_CHECK;
