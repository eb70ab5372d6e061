#pragma once

#include "base/buf.h"

/*
 * Diff: what has to change in one text to make it another, by lines, in the unified format that
 * patch(1) and people read. The shortest edit where the texts are near to each other; where they
 * are far apart the search gives up early and what it has is still right, only longer: the time is
 * bounded by the number of lines.
 */
struct diff_stat {
    size_t additions, deletions, hunks;
};

/* Appends the diff, three lines of context around each change; nothing when the texts are equal.
 * The names stand in its first two lines. */
struct diff_stat diff_unified(struct text old_text, struct text new_text, const char *old_name,
                              const char *new_name, struct buf *out);
