#pragma once

#include "storage/admission.h"
#include "storage/call.h"
#include "storage/status.h"

/*
 * Schedules. next_ms is the nominal instant that fires next; the scheduler computes it (cron and
 * time zones are its own). Firing: read the due ones, then admit a run each with the idempotency
 * key (schedule, nominal) and move the schedule in the same transaction (admission_batch.moves).
 * Whoever repeats any of it changes nothing: admission answers the first run, and a move compares
 * the nominal instant.
 */
enum schedule_catch_up { CATCH_UP_LATEST, CATCH_UP_NONE, CATCH_UP_ALL };

struct schedule {
    struct text id, cron, timezone, invocation;
    struct text input; /* encoded, or absent */
    bool enabled;
    enum schedule_catch_up catch_up;
    /* How its runs are admitted, as in struct admission. The input is fixed, so the key is too. */
    struct text key; /* absent: unlimited */
    int limit, priority;
    enum admission_on_new_version on_new_version;
    enum admission_on_conflict on_conflict;
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

/* nominal_ms has fired (or was skipped): the schedule moves to next_ms if it still stands there. */
struct schedule_move {
    int64_t workspace, flow;
    enum flow_target target;
    struct text id;
    int64_t nominal_ms, next_ms; /* next_ms 0: it never fires again */
};

/* Moves without an admission. The engine's pool; call.workspace is not looked at. */
struct schedule_advance {
    struct storage_call call;
    const struct schedule_move *moves;
    size_t count;
    size_t moved; /* Out: the others were moved by somebody else. */
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

/* For flow_record.c: the thirteen array parameters of flow_release. */
void schedule_record_params(struct pg_params *params, const struct schedule *schedules,
                            size_t count);
/* For admission.c: adds the moves to its group; pg_affected() tells on_rows how many moved. */
void schedule_record_add_moves(struct storage_call *call, const struct schedule_move *moves,
                               size_t count,
                               void (*on_rows)(struct pg_group *group, int index,
                                               const struct pg_rows *rows));
