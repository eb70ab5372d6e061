#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory share: what one virtual machine, of a run or of a function step, holds of the memory that
 * its worker has for all of them (worker_config.memory_bytes).
 *
 * A run may use 64 MB, a worker may have 512 runs, and few of them need more than some KB. So they
 * share a budget: over three quarters of it no further runs are claimed; over all of it, runs that
 * hold as much as the average or more are given back when they come to a rest or have used up a
 * slice, as long as there is another. Whoever claims such a run replays its journal, and it goes on
 * where it was. Nothing fails, and the last run always goes on.
 */
struct worker;

struct memory_share {
    size_t bytes;
};

/* What it holds now; 0 at its end. */
void memory_share_set(struct worker *worker, struct memory_share *share, size_t bytes);
/* Whether the worker has room for what it would claim. */
bool memory_share_has_room(const struct worker *worker);
/* Whether that one should go. */
bool memory_share_must_go(const struct worker *worker, const struct memory_share *share);
