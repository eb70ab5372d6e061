#pragma once

#include "flow/value.h"

/* clojure.core/compare in full: what value_compare() does when the two are not both ints. */
bool compare_values(struct value a, struct value b, int *out, struct error *err) MUST_CHECK;
