#pragma once

#include "executor/batch.h"
#include "executor/claimer.h"
#include "executor/failure.h"
#include "executor/image_cache.h"
#include "executor/replay.h"
#include "executor/step.h"
#include "executor/worker_private.h"

/*
 * Run: one activation of a run, from its claim until it is parked, ended, given back or lost.
 *
 *                 ┌────────────── READING (further pages of the journal, or keys) ─────┐
 *                 │                                                                    ▼
 *   claim ─▶ LOADING ─▶ READY ◀─────────────────────────────────────────────────── READY …
 *             image      │ its turn: the VM runs a slice
 *                        ├─ known by the journal, or recorded: answered, goes on
 *                        ├─ a step that acts ─▶ COMMIT (what is pending) ─▶ STEP ─▶ READY
 *                        │                                          PAUSE ◀──┘ (backoff)
 *                        ├─ a short sleep ───▶ COMMIT (the wait) ─▶ PAUSE ─▶ READY
 *                        ├─ a wait ──────────▶ COMMIT (parks) ─▶ OVER
 *                        └─ end ─────────────▶ COMMIT (ends) ──▶ OVER
 *
 * What a step answered is a pending row at once and the VM goes on with it, because code between
 * calls has no effects; but no step starts, and nothing is told to anybody, before the pending rows
 * are committed. So the last step and the end of a run share a commit.
 *
 * Invariants:
 *  - the VM is stopped at an effect in READING (keys), STEP, PAUSE, and in COMMIT before those;
 *  - `next_sequence` is that of the next pending row; pending rows are dense up to it;
 *  - in OVER nothing refers to the run any more but the call that frees it.
 */
enum life_state {
    LIFE_NEW,
    LIFE_LOADING,
    LIFE_READY,
    LIFE_READING,
    LIFE_STEP,
    LIFE_PAUSE,
    LIFE_COMMIT,
    LIFE_OVER,
    LIFE_STATES
};

/* How it goes on after a commit. */
enum run_then {
    RUN_THEN_DRIVE, /* the VM's turn */
    RUN_THEN_ACT,   /* starts the step at which the VM stands */
    RUN_THEN_PAUSE, /* a short sleep, whose wait is committed now */
    RUN_THEN_OVER   /* parked, ended, given back */
};

struct run {
    struct worker *worker;
    enum life_state state;
    struct list node; /* worker->runs */
    struct arena arena;
    struct step_run id; /* who it is, for the steps too; texts are in arena */
    int64_t flow, number;
    int version_number;
    enum flow_target target;
    int queue_ms;
    bool cancel_hint; /* somebody may want it cancelled: the next commit tells */
    bool is_stale;    /* it was claimed again: what is in memory is fenced */
    bool is_failing;  /* its end was refused once: no second try */

    struct claim_set *set; /* what it was claimed with, while it is needed */
    const struct claim_run *claimed;
    struct replay replay;
    struct claim_page page;
    struct arena page_arena;
    struct wait_record *waits; /* those that were not consumed at the claim */
    size_t wait_count;

    struct image_wait image_wait;
    struct workspace_wait key_wait;
    struct vm *vm;
    struct slice slice;

    /* What is to be committed, with its texts in commit_arena. */
    struct arena commit_arena;
    struct journal_row *rows;
    size_t row_count, row_capacity;
    struct journal_wait wait;
    struct text *consumed;
    size_t consumed_count, consumed_capacity;
    int next_sequence;
    struct commit commit;
    enum run_then then;

    /* The step that is under way. */
    struct step step;
    bool has_step;           /* step's heap and arenas are in use */
    bool has_run;            /* it ran at least once: it counts */
    struct arena step_arena; /* over all attempts: texts of step */
    struct step_wait_plan plan;
    struct buf attempt_log; /* encoded vector of the failed attempts */
    int64_t step_started_ms;
    int64_t pause_until_ms; /* monotonic */
    struct loop_timer pause;
};

/* run.c: takes a claimed run. */
void run_start(struct worker *worker, struct claim_set *set, const struct claim_run *claimed);
/* Ids of all runs in memory, in the arena. */
const struct uuid *run_known(struct worker *worker, struct arena *arena, size_t *out_count);
struct run *run_find(struct worker *worker, struct uuid id); /* NULL: not in memory */
/* A hint: somebody wants it cancelled. */
void run_cancel_hint(struct run *run);
/* The worker stops: what can be given back is given back. hard: steps under way are cancelled. */
void run_stop(struct run *run, bool hard);
void run_enter(struct run *run, enum life_state next);
/* What it was claimed with is not needed any more. */
void run_release_set(struct run *run);
/* On from here, in READY: its turn comes, or it is given back when the worker stops. */
void run_proceed(struct run *run);
/* Its turn, after what was ready before. */
void run_make_ready(struct run *run);
/* Ends it as failed. data: the ex-data, encoded, or absent. */
void run_fail(struct run *run, const struct error *err, struct text data);
/* Forgets it; it stays in the database as it is. `lost`: it may still be ours there. */
void run_drop(struct run *run, bool lost);
/* Hands it back, due at once for anybody. */
void run_give_back(struct run *run);
/* Ends it as cancelled. */
void run_end_cancelled(struct run *run);

/* run_commit.c */
/* Appends a row; texts are copied. The sequence is set here. */
void run_commit_row(struct run *run, const struct journal_row *row);
void run_commit_consume(struct run *run, struct text address);
/* Sends what is pending. wait may be NULL; status, result and error only with JOURNAL_ENDS. */
void run_commit_start(struct run *run, enum journal_change change, enum run_then then,
                      const struct journal_wait *wait);
void run_commit_end(struct run *run, enum run_status status, struct text result, struct text error);
void run_commit_reset(struct run *run);

/* run_effect.c: answers the effect at which the VM has stopped. True: answered, the VM may run on.
 * False: the run is on its way somewhere else, and may be gone. */
bool run_effect(struct run *run) MUST_CHECK;

/* run_step.c */
/* The step at which the VM stands; not known by the journal. As run_effect(). */
bool run_step_begin(struct run *run) MUST_CHECK;
/* Starts the attempt, after what was pending is committed. */
void run_step_act(struct run *run);
/* Its :at-most-once step was under way when its worker died. */
bool run_step_interrupted(struct run *run) MUST_CHECK;
void run_step_pause(struct run *run); /* the wait of a short sleep is committed */
void run_step_cancel(struct run *run);
/* Releases what a step in progress holds. */
void run_step_done(struct run *run);
/* Journals that the step in progress was cancelled with its run; nothing when there is none. */
void run_step_journal_cancelled(struct run *run);
