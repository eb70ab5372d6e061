#pragma once

#include "base/buf.h"
#include "flow/value.h"

#include <stdint.h>

/*
 * Print: pr-str (readable) and str (only the top level bare) of anything, iterative. Halves of
 * surrogate pairs come out as they are in memory (flow/string.h); string_scrub() is for the edges.
 */
void print_value(struct value value, bool readable, struct buf *out);

/* How much is shown of sequences that may have no end (seq_may_go_on()). */
struct print_window {
    uint32_t items; /* of each of them */
    uint32_t total; /* of all of them together; what was used is taken off */
    bool is_cut;    /* out: "..." stands for more somewhere */
};

/* As pr-str, but in the window, if it is not NULL. What is not realised is not shown either. */
void print_shown(struct value value, struct print_window *window, struct buf *out);
