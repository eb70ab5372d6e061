#pragma once

#include "base/limits.h"
#include "storage/claim.h"

/*
 * Signals: what ends waits from outside. One transaction under the run's lock: the wait is resolved
 * and its run is due, or the signal is kept until the wait opens (24 hours). First come, first
 * served: also against a deadline, which counts from when a worker sees it under the same lock.
 */
enum signal_outcome {
    SIGNAL_RESOLVED,
    SIGNAL_KEPT,              /* its wait has not opened yet */
    SIGNAL_DUPLICATE,         /* the same signal again: nothing to do */
    SIGNAL_ALREADY_COMPLETED, /* somebody else was faster: action, by, at_ms */
    SIGNAL_GONE,              /* timed out, cancelled, or the run has ended; it is on record */
    SIGNAL_NONE,              /* no such wait or run */
    SIGNAL_STALE,             /* what is asked is not what the sender saw */
    SIGNAL_OTHER_KIND         /* the wait is none of that mode */
};

/*
 * Who is to drive the run whose wait a signal of a batch resolves: the signal's transaction is then
 * the claim too (claim.h), and reads what a replay needs. Nobody else claims it in between.
 */
struct signal_taker {
    int64_t owner;       /* CLAIM_OWNER(); all of a batch are of one server. A wish: see claimed. */
    struct arena *arena; /* of all that `run` points to */

    /* Out: the run is the owner's, to be driven or disowned. Without it Redis is to be told, unless
     * the run has an owner. */
    bool claimed;
    struct claim_run run;
};

/* One signal to one wait, by itself: on the gateway's pool. */
struct signal_deliver {
    struct storage_call call;
    struct text wait_id; /* the public id; or absent, and */
    struct uuid run;     /* these */
    struct text address;
    int mode;           /* enum wait_mode that the door is for; -1: any */
    struct text digest; /* absent: not checked */
    struct text action, by;
    struct text dedupe;         /* names the signal, so that a repeat is known; or absent */
    struct text payload;        /* encoded */
    struct signal_taker *taker; /* or NULL; only in a batch */

    enum signal_outcome outcome; /* Out. */
    int shard;
    struct uuid out_run;
    struct text out_address, out_action, out_by;
    int64_t at_ms, owner; /* owner 0: nobody drives the run; else give its worker a hint */
    int64_t flow;         /* the run's; 0: there is no run */
};

void signal_deliver_start(struct signal_deliver *op);

struct signal_woken {
    struct uuid run;
    struct text address;
    int64_t owner, flow;
    int shard;
};

/* A named event: to every open wait for (name, key), or kept. By itself: on the gateway's pool. */
struct signal_event {
    struct storage_call call;
    struct text name, key, by, dedupe, payload;
    enum signal_outcome outcome; /* Out: SIGNAL_RESOLVED, SIGNAL_KEPT or SIGNAL_DUPLICATE. */
    struct signal_woken *woken;
    size_t woken_count;
};

void signal_event_start(struct signal_event *op);

/*
 * Many of both, of any workspaces: one transaction, one statement, each with its own answer, as if
 * one came after the other in this order. The engine's pool.
 *
 * An item's inputs and its call's workspace and arena are read; its results are written where they
 * are. Its call is not started: on_done is the batch's. call.error of an item: its answer was too
 * large for its arena. At most LIMIT_CLAIM of them have takers. After an error with takers the runs
 * may have been claimed, as after a claim.
 */
#define SIGNAL_BATCH_MAX 256

struct signal_item { /* one of them, the other is NULL */
    struct signal_deliver *deliver;
    struct signal_event *event;
};

struct signal_batch {
    struct storage_call call; /* workspace is not looked at */
    struct signal_item items[SIGNAL_BATCH_MAX];
    size_t count;

    struct storage_call sinks[LIMIT_CLAIM]; /* Private: the arenas of takers. */
    struct claim_taken taken[LIMIT_CLAIM];
    size_t taken_count;
};

void signal_batch_start(struct signal_batch *op);
