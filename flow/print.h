#pragma once

#include "base/buf.h"
#include "flow/value.h"

/*
 * Print: pr-str (readable) and str (only the top level bare) of anything, iterative. Halves of
 * surrogate pairs come out as they are in memory (flow/string.h); string_scrub() is for the edges.
 */
void print_value(struct value value, bool readable, struct buf *out);
