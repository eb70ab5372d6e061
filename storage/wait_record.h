#pragma once

#include "base/id.h"
#include "storage/call.h"
#include "storage/status.h"

/* Waits as people and replays read them. On the gateway's pool. */
struct wait_record {
    struct uuid run;
    struct text address, id, step_id;
    int64_t number; /* grows with the order of opening */
    enum wait_mode mode;
    enum wait_status status;
    bool consumed;                               /* its outcome is in the journal */
    int64_t opened_ms, deadline_ms, resolved_ms; /* 0: none */
    struct text event_name, event_key;
    struct text asked, digest;
    struct text resolution; /* encoded: what was answered */
    struct text action, resolved_by;
    struct uuid child; /* WAIT_CHILD: the run, once it is admitted. Its status is the action, its
                        * number, as "r34", what the wait was resolved by. */

    /* Not from claims. */
    struct text slug;
    int64_t flow, run_number, version;
    enum flow_target target;
};

/* The public id of a wait: "wt-" and 24 hex digits, made from run and address, so that it is known
 * before the wait opens and is the same on every replay. It names a wait; it does not authorise. */
#define WAIT_RECORD_ID_SIZE 28
void wait_record_id(struct uuid run, struct text address, char out[WAIT_RECORD_ID_SIZE]);

/* By public id, or by run and address where id is absent. */
struct wait_get {
    struct storage_call call;
    struct text id;
    struct uuid run;
    struct text address;
    bool found; /* Out. */
    struct wait_record wait;
};

void wait_record_get_start(struct wait_get *op);

/* Waits of approvals, callbacks and events, oldest first; only open ones unless a run is named. */
struct wait_list {
    struct storage_call call;
    struct uuid run;      /* zero: of any */
    struct text slug;     /* absent: of any flow */
    int64_t after_number; /* cursor */
    int limit;
    struct wait_record *waits; /* Out. */
    size_t count;
    bool has_more;
};

void wait_record_list_start(struct wait_list *op);

/* For the readers of this folder: the columns of weir.waits w, and what reads them. */
#define WAIT_RECORD_COLUMNS                                                                    \
    "w.run, w.address, w.id, w.step_id, w.number, w.mode, w.status, w.consumed, w.opened_at, " \
    "w.deadline, w.resolved_at, w.event_name, w.event_key, w.asked, w.digest, w.resolution, "  \
    "w.action, w.resolved_by, w.child"

struct row;
void wait_record_read(struct wait_record *wait, struct row *row);
