#pragma once

#include "executor/batch.h"
#include "storage/claim.h"

/*
 * Warm-up: the first transaction of a database session is slow, since Postgres reads its catalogs
 * and plans our functions then; the first runs after a start would wait for it at each step. So a
 * worker, before it says that it is ready, once claims a run on each connection and commits a step
 * of it: one that does not exist. The claim is refused and the commit fenced, nothing is written.
 *
 * Whatever goes wrong is found again by the first real transaction, so errors are ignored.
 */
struct worker;

struct warm_claim {
    struct warm_up *warm_up;
    struct claim claim;
    struct claim_key key;
    struct arena arena;
};

struct warm_commit {
    struct warm_up *warm_up;
    struct journal_batch journal;
    struct journal_entry entry;
    struct journal_row row;
    struct journal_wait wait;
};

struct warm_up {
    struct worker *worker; /* In. */
    void (*on_done)(struct warm_up *warm_up);

    struct warm_claim claims[BATCH_CONNECTIONS]; /* Private, from here on. */
    struct warm_commit commits[BATCH_LANES];
    int pending_count;
};

void warm_up_start(struct warm_up *warm_up);
