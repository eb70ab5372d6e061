#pragma once

#include "flow/diagnostic.h"

/*
 * Balance: closing brackets by indentation, for text whose brackets do not match. A line belongs to
 * the brackets that were opened further left; where a line's closing brackets say otherwise there
 * is a place to repair. What stands within a line is taken at its word.
 */
struct syntax_balance {
    struct diagnostic_edit *edits; /* NULL: the indentation does not tell */
    uint32_t places;               /* where brackets and indentation disagree, in all of the text */
};

/* Repairs the one place that makes the brackets match, when there is exactly one such; otherwise
 * all places, when they are few. The arena takes some hundred bytes a bracket: a scratch one,
 * without a budget. Text over 512 KiB is not looked at. */
struct syntax_balance syntax_balance_read(struct arena *arena, struct text source);
