#pragma once

#include "base/list.h"
#include "executor/turnstile.h"
#include "io/loop.h"
#include "storage/journal.h"

/*
 * Batch: the group commit of one worker (ARCHITECTURE.md). What runs have to write gathers while
 * the batch before is in flight and leaves when that one returns; there is no timer. Two lanes, and
 * one for light runs (light.h), each a connection; a run always takes the same one, so that its
 * commits are in order.
 *
 *     of a lane:  IDLE --add--> SENT --answer, nothing gathered--> IDLE
 *                                \----answer, more gathered----> SENT
 *
 * A first commit leaves in the turn after it was added, so that those of one turn go together. All
 * lanes but the light one pass the turnstile first, and gather on while they wait there.
 */
#define BATCH_LANES      3
#define BATCH_LANE_LIGHT (BATCH_LANES - 1)
/* Of a worker: the lanes, and one that is free for all else, so that claims wait for no commit.
 * That one stands in front of the light lane's: of those that are idle the first is taken. */
#define BATCH_CONNECTIONS (BATCH_LANES + 1)

struct worker;

/* Embedded in its owner; entry and all it borrows live until on_done. */
struct commit {
    struct journal_entry entry;
    int lane;
    /* Once, from the loop, never inside batch_add(); entry.outcome tells. */
    void (*on_done)(struct commit *commit);
    struct list node; /* private */
};

struct batch_lane {
    struct batch *batch;
    struct journal_batch journal;
    struct list gathering, sent; /* struct commit */
    bool is_sent, is_waiting;    /* waiting: at the turnstile */
    struct turnstile_place place;
    struct loop_task send;
};

struct batch {
    struct worker *worker;
    struct batch_lane lanes[BATCH_LANES];
};

void batch_init(struct batch *batch, struct worker *worker);
void batch_done(struct batch *batch);
void batch_add(struct batch *batch, struct commit *commit);
/* What light runs have gathered leaves now, unless they have a batch in flight. */
void batch_send_light(struct batch *batch);
bool batch_is_idle(const struct batch *batch);
/* Which lane a run takes. */
int batch_lane_of(struct uuid run, bool is_light);
int batch_connection_of(int lane);
