#pragma once

#include "base/text.h"

#include <stdbool.h>

/*
 * The small enumerations that rows carry, with the names that the wire uses: one table for
 * database, gateway and executor. Numbers are stored: they are never reused, new ones go last.
 * Where a name is looked up, false or NULL means that there is none.
 */
enum run_status {
    RUN_QUEUED,
    RUN_RUNNING,
    RUN_WAITING,
    RUN_COMPLETED, /* from here on: ended */
    RUN_FAILED,
    RUN_CANCELLED,
    RUN_TERMINATED,
    RUN_TIMED_OUT,
    RUN_STATUS_COUNT
};

enum step_status {
    STEP_STARTED, /* only of kind STEP_KIND_INTENT */
    STEP_COMPLETED,
    STEP_FAILED,
    STEP_CANCELLED,
    STEP_SKIPPED,
    STEP_TIMED_OUT,
    STEP_STATUS_COUNT
};

/* What a journal row is. */
enum step_kind {
    STEP_KIND_STEP,   /* a step that ended */
    STEP_KIND_WAIT,   /* a wait, approval or sleep that ended; step_type tells */
    STEP_KIND_VALUE,  /* a recorded value: now, uuid, random */
    STEP_KIND_INTENT, /* an :at-most-once step is about to start */
    STEP_KIND_COUNT
};

enum wait_mode {
    WAIT_TIMER, /* only its deadline ends it: status resolved */
    WAIT_APPROVAL,
    WAIT_CALLBACK,
    WAIT_EVENT,
    WAIT_RETRY, /* a step's next attempt; asked holds the attempts so far; ends like a timer */
    WAIT_CHILD, /* a run that this one has called; its end resolves it */
    WAIT_MODE_COUNT
};

enum wait_status { WAIT_OPEN, WAIT_RESOLVED, WAIT_TIMED_OUT, WAIT_CANCELLED, WAIT_STATUS_COUNT };

enum flow_target { TARGET_DRAFT, TARGET_LIVE, TARGET_COUNT };

enum endpoint_kind { ENDPOINT_WEBHOOK, ENDPOINT_HTTP, ENDPOINT_KIND_COUNT };

enum concurrency_decision {
    DECISION_STARTED,
    DECISION_QUEUED,
    DECISION_COEXISTED,
    DECISION_DROPPED,
    DECISION_SUPERSEDED,
    DECISION_COUNT
};

const char *status_run(enum run_status status); /* "queued" … "timed-out" */
bool status_run_find(struct text name, enum run_status *out);
bool status_run_ended(enum run_status status);
const char *status_step(enum step_status status);
const char *status_step_kind(enum step_kind kind);
const char *status_wait_mode(enum wait_mode mode);
const char *status_wait(enum wait_status status); /* "open" "resolved" "timed-out" "cancelled" */
bool status_wait_find(struct text name, enum wait_status *out);
const char *status_target(enum flow_target target); /* "draft", "live" */
bool status_target_find(struct text name, enum flow_target *out);
const char *status_decision(enum concurrency_decision decision);
const char *status_catch_up(int catch_up); /* 0 "latest", 1 "none", 2 "all" */
bool status_catch_up_find(struct text name, int *out);
