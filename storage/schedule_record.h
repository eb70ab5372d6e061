#pragma once

#include "storage/call.h"
#include "storage/status.h"

/*
 * Schedules. next_ms is the nominal instant that fires next; the scheduler computes it (cron and
 * time zones are its own). Firing: read the due ones, admit a run each with the idempotency key
 * (schedule, nominal), then advance. Whoever repeats any of it changes nothing: admission answers
 * the first run, and advancing compares the nominal instant.
 */
enum schedule_catch_up { CATCH_UP_LATEST, CATCH_UP_NONE, CATCH_UP_ALL };

struct schedule {
    struct text id, cron, timezone, invocation;
    struct text input; /* encoded, or absent */
    bool enabled;
    enum schedule_catch_up catch_up;
    int64_t next_ms; /* 0: none */

    /* Out of the readers only. */
    int64_t workspace, flow, version, last_ms; /* version: live; last_ms 0: never fired */
    struct text slug;
    enum flow_target target;
};

/* Those whose next_ms has passed by the database clock, oldest first. The engine's pool; now_ms is
 * that clock. */
struct schedule_due {
    struct storage_call call;
    int limit;
    struct schedule *schedules; /* Out. */
    size_t count;
    int64_t now_ms, next_due_ms; /* next_due_ms: of those that are not due yet; 0: none */
};

void schedule_record_due_start(struct schedule_due *op);

/* nominal_ms has fired (or was skipped): moves to next_ms if it still stands there. The engine's
 * pool. */
struct schedule_advance {
    struct storage_call call;
    int64_t flow;
    enum flow_target target;
    struct text id;
    int64_t nominal_ms, next_ms; /* next_ms 0: it never fires again */
    bool advanced;               /* Out: false: somebody else did. */
};

void schedule_record_advance_start(struct schedule_advance *op);

/* Of one flow, or of the workspace where slug is absent; at most 1000. */
struct schedule_list {
    struct storage_call call;
    struct text slug;
    struct schedule *schedules; /* Out. */
    size_t count;
};

void schedule_record_list_start(struct schedule_list *op);

/* For flow_record.c: the eight array parameters of flow_release. */
void schedule_record_params(struct pg_params *params, const struct schedule *schedules,
                            size_t count);
