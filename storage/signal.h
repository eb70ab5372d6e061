#pragma once

#include "base/id.h"
#include "storage/call.h"

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

/* One signal to one wait, by itself: on the gateway's pool. */
struct signal_deliver {
    struct storage_call call;
    struct text wait_id; /* the public id; or absent, and */
    struct uuid run;     /* these */
    struct text address;
    int mode;           /* enum wait_mode that the door is for; -1: any */
    struct text digest; /* absent: not checked */
    struct text action, by;
    struct text dedupe;  /* names the signal, so that a repeat is known; or absent */
    struct text payload; /* encoded */

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
 * large for its arena.
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
};

void signal_batch_start(struct signal_batch *op);
