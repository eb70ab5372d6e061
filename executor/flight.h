#pragma once

#include "base/list.h"
#include "executor/step.h"
#include "flow/vm.h"
#include "io/loop.h"
#include "storage/journal.h"

/*
 * Flight: one call of a run that has not been answered, from the stop of its fiber until its answer
 * is handed to the VM. A run has one for each branch, at least.
 *
 *     NEW ─ begins ┬─ refused, or the journal's news answer it ─────────────▶ answered
 *                  ├─ acts ──▶ COMMIT (what is pending) ─▶ RUNNING ─▶ DONE ─▶ answered
 *                  │              ▲                 again soon or later │
 *                  │              └────────────── PAUSED ◀──────────────┘
 *                  └─ waits ─▶ PAUSED (a timer) ────────────────────▶ DONE ─▶ answered
 *                          ├─▶ PARKED (somebody outside) ───────────▶ DONE ─▶ answered
 *                          └─▶ COMMIT ─▶ RUNNING ─▶ PARKED (a child run)
 *
 * Invariants:
 *  - what a PARKED flight waits for, and a PAUSED one that is_durable, is in the database or in the
 *    run's pending commit; when all flights are of these, the run parks;
 *  - a flight whose branch was cancelled is gone at once, but for a RUNNING one, which lasts until
 *    its operation has ended.
 *
 * Attempts that only paused in memory are forgotten in a crash; those that waited longer are in the
 * retry's wait, whose address is the step's with "~" and the number of the failed attempt.
 */
enum flight_state {
    FLIGHT_NEW,
    FLIGHT_COMMIT,
    FLIGHT_RUNNING,
    FLIGHT_PAUSED,
    FLIGHT_PARKED,
    FLIGHT_DONE
};

struct run;

/* A value that the journal records, as opposed to a step or a call of a flow. */
bool flight_is_value(enum vm_effect_kind kind);
/* What carries out an effect of that kind; NULL: nothing does. */
const struct step_type *flight_type(enum vm_effect_kind kind, struct text step_type);

struct flight {
    struct run *run;
    struct list node; /* run->flights, by the order of the calls */
    struct list done; /* in DONE: run->done, by the order of ending */
    enum flight_state state;
    int64_t effect; /* the VM's id of the call */
    enum vm_effect_kind kind;
    bool is_cancelled;   /* its branch is gone; RUNNING */
    bool is_interrupted; /* :at-most-once, and under way when its worker died */
    bool is_ending;      /* RUNNING: its operation was asked to end */
    bool has_intent;     /* :at-most-once, journalled before it starts */
    bool is_durable;     /* PAUSED: the database has the deadline too */
    bool has_run;        /* it ran at least once: it counts */
    bool has_failed;     /* DONE: with error */
    bool has_attempt;    /* DONE: an attempt has ended that nobody has looked at */
    bool has_wait;       /* opened has an open wait: the step's own, or that of a retry */
    struct arena arena;
    struct step step;     /* its type, id and address are always set */
    struct text packaged; /* "ns/name" of a packaged step, in the image; or absent */
    struct step_wait_plan plan;
    struct text opened;
    struct text *taken; /* waits of retries whose time came: consumed with the outcome */
    size_t taken_count, taken_capacity;
    struct buf attempt_log; /* encoded vector of the failed attempts */
    struct error error;
    int64_t started_ms;
    int64_t until_ms; /* PAUSED: monotonic */
    struct loop_timer pause;
};

/* Where a run stands after it looked for something to do. */
enum flight_answer {
    FLIGHT_ANSWERED, /* the VM may run on */
    FLIGHT_WAITS,    /* nothing for the VM */
    FLIGHT_LEFT      /* the run is on its way somewhere else, and may be gone */
};

/* The VM has stopped: takes up the calls that are new, lets go of those that are gone. */
void flight_collect(struct run *run);
void flight_free(struct flight *flight);
struct flight *flight_find(const struct run *run, struct text address); /* NULL: none is open */
/* The journal does not know the call: it begins now. A call of flow/step only. */
enum flight_answer flight_begin(struct flight *flight) MUST_CHECK;
/* Hands its outcome to the VM, and to the journal. In DONE. FLIGHT_WAITS: there is none yet, or it
 * is gone. */
enum flight_answer flight_finish(struct flight *flight) MUST_CHECK;
/* As flight_finish() begins: whether there is an outcome. */
bool flight_settle(struct flight *flight) MUST_CHECK;
/* Starts the attempts that wait for a commit; nothing is pending. only_intended: those whose intent
 * is on record. */
void flight_start_all(struct run *run, bool only_intended);
/* Starts those of pure steps, whatever is pending. False: there is none. */
bool flight_start_pure(struct run *run);
/* Whether there are such. */
bool flight_has_intended(const struct run *run);
/* Whether all calls wait for the database: the run may park. */
bool flight_all_parked(const struct run *run);
/* Asks all operations to end; stops all timers. */
void flight_cancel_all(struct run *run);
void flight_stop_timers(struct run *run);
/* The outcome of a parked wait has come. */
void flight_resolve(struct flight *flight, const struct wait_record *wait);

/* flight_config.c: the config that the step runs with, and its options. Before anything runs. */
bool flight_config_read(struct flight *flight, struct error *err) MUST_CHECK;

/* flight_record.c: what the journal says. */
/* A call of a branch that was cancelled while the journal was replayed. */
struct flight_lost {
    enum vm_effect_kind kind;
    struct text step_type, step_id, address;
    bool is_interrupted, is_journalled;
};

void flight_record_outcome(struct flight *flight);
/* Its branch, or the run, was cancelled. */
void flight_record_cancelled(struct flight *flight);
void flight_record_lost(struct run *run, const struct flight_lost *lost);
void flight_record_failure(const struct flight *flight, const struct error *err, struct buf *out);
/* Adds the failed attempt to the log that people see. */
void flight_record_attempt(struct flight *flight, const struct error *err);
/* The wait at that address that was not consumed at the claim; NULL: none. */
const struct wait_record *flight_record_wait(const struct run *run, struct text address);
/* The retry of the step at that address that was parked last; NULL: none. */
const struct wait_record *flight_record_retry(const struct run *run, struct text address,
                                              int64_t *out_attempt);
