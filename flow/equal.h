#pragma once

#include "flow/value.h"

/* Equality of anything, iterative: what value_equal() does when a look is not enough. */
bool equal_values(struct value a, struct value b);
