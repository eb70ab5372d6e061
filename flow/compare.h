#pragma once

#include "flow/value.h"

/* clojure.core/compare in full: what value_compare() does when the two are not both ints. */
bool compare_values(struct value a, struct value b, int *out, struct error *err) MUST_CHECK;
/* The same for callers that charge: takes one from *budget for each pair of items compared, and
 * answers false with *budget below 0 and no error when it ran out. */
bool compare_within(struct value a, struct value b, int64_t *budget, int *out, struct error *err)
    MUST_CHECK;
