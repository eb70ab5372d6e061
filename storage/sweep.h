#pragma once

#include "base/id.h"
#include "storage/call.h"
#include "storage/status.h"

/* What the sweeper asks for. The engine's pool; call.workspace is not looked at. */
struct sweep_run {
    int64_t workspace, flow;
    struct uuid run;
    int64_t wake_ms; /* wall time, by the database clock */
    int64_t wait_ms; /* from now; 0 or less: due */
    int priority, weight;
    enum run_status status;
};

/* Runs of a shard that nobody drives and that are due within horizon_ms, by (wake time, id): what
 * Redis should know. Go on with the last one as cursor until has_more is false. */
struct sweep_due {
    struct storage_call call;
    int shard;
    int64_t horizon_ms;
    bool has_cursor;
    int64_t after_wake_us; /* cursor: next_wake_us, next_run of the page before */
    struct uuid after_run;
    int limit;
    struct sweep_run *runs; /* Out. */
    size_t count;
    bool has_more;
    int64_t next_wake_us;
    struct uuid next_run;
};

void sweep_due_start(struct sweep_due *op);

/* Deletes what has had its time (kept signals, expired kv, operation ids after 30 days …), and
 * makes the journal's partitions eight weeks ahead. */
struct sweep_clean {
    struct storage_call call;
    int limit;       /* rows of each kind */
    int64_t deleted; /* Out: call again soon when it is not 0. */
    int partitions_made;
};

void sweep_clean_start(struct sweep_clean *op);

/* Drops runs and journals older than so many days, week by week, once they have ended and their
 * usage is in the ledger. */
struct sweep_retention {
    struct storage_call call;
    int days;
    int partitions_dropped; /* Out. */
};

void sweep_retention_start(struct sweep_retention *op);
