#pragma once

#include "base/shared.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Courtesy: whether those who have much in this process make way for those who have little.
 *
 * Where some have a backlog, processors and disk are never idle, and a run of a small workspace
 * waits for whoever is there at each of its hops: admission, worker, commit, answer. Fairness in
 * the queue does not help it, it does not even queue. So while such runs come, one worker is kept
 * for them, and each other worker asks one thing at a time of the database (handover.h,
 * executor/turnstile.h): of as many cores as there are workers about one is free. It costs the big
 * ones throughput, on two cores a third of it, on more cores less, while it is on; it is on for
 * COURTESY_MS after the last light run that met a crowd.
 *
 * Light: a run whose workspace has fewer than COURTESY_LIGHT_EACH others here. A crowd: those that
 * workspaces have beyond so many, when they are COURTESY_CROWD or more, and COURTESY_RATIO times as
 * many as all others: where all are small, or so many are that they fill the machine themselves,
 * making way would help none.
 *
 * Workspaces are counted by hash: two that meet there are light a little less often. Any thread.
 * Zeroed it is off and empty. Times are clock_monotonic_ms().
 */
#define COURTESY_MS         250
#define COURTESY_LIGHT_EACH 4
#define COURTESY_CROWD      64
#define COURTESY_RATIO      4

#define COURTESY_COUNTS_BITS 12

struct courtesy { /* private */
    struct shared_number runs[1 << COURTESY_COUNTS_BITS];
    struct shared_number all, beyond; /* beyond: of all, those after the first few of a workspace */
    struct shared_instant until;
};

/* A run of the workspace is here now (change 1), is not any more (-1). */
void courtesy_count(struct courtesy *courtesy, int64_t workspace, int change);
bool courtesy_is_light(struct courtesy *courtesy, int64_t workspace);
/* A light run has come. */
void courtesy_came(struct courtesy *courtesy, int64_t now_ms);
bool courtesy_is_on(struct courtesy *courtesy, int64_t now_ms);
