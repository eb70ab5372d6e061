#pragma once

#include "base/id.h"
#include "storage/call.h"

/*
 * Signals: what ends waits from outside. One transaction under the run's lock: the wait is resolved
 * and its run is due, or the signal is kept until the wait opens (24 hours). First come, first
 * served: also against a deadline, which counts from when a worker sees it under the same lock. On
 * the gateway's pool.
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
    struct uuid out_run;
    struct text out_address, out_action, out_by;
    int64_t at_ms, owner; /* owner 0: nobody drives the run; else give its worker a hint */
    int shard;
};

void signal_deliver_start(struct signal_deliver *op);

struct signal_woken {
    struct uuid run;
    struct text address;
    int64_t owner, flow;
    int shard;
};

/* A named event: to every open wait for (name, key), or kept. */
struct signal_event {
    struct storage_call call;
    struct text name, key, by, dedupe, payload;
    enum signal_outcome outcome; /* Out: SIGNAL_RESOLVED, SIGNAL_KEPT or SIGNAL_DUPLICATE. */
    struct signal_woken *woken;
    size_t woken_count;
};

void signal_event_start(struct signal_event *op);
