#pragma once

#include "executor/batch.h"
#include "executor/claimer.h"
#include "executor/failure.h"
#include "executor/flight.h"
#include "executor/light.h"
#include "executor/replay.h"
#include "executor/step.h"
#include "executor/version_cache.h"
#include "executor/worker_private.h"

/*
 * Run: one activation of a run, from its claim until it is parked, ended, given back or lost.
 *
 *                  ┌───── LOADING (its version), READING (journal, keys) ────┐
 *                  │                                                          ▼
 *   claim ─▶ NEW ─▶ READY ◀─────────────────────────────────────────────── READY …
 *                        │ its turn: the VM runs a slice, until no fiber can go on; then
 *                        ├─ one call is answered: by the journal, or because it ended ─▶ READY
 *                        ├─ something is pending ──▶ COMMIT ─▶ READY
 *                        ├─ steps are under way ───▶ STEPS ─ one has ended ─▶ READY
 *                        ├─ all calls wait ────────▶ COMMIT (parks) ─▶ OVER
 *                        └─ the body has ended ────▶ COMMIT (ends) ──▶ OVER
 *
 * From any of these it may be LEAVING: its operations were asked to end, and when the last one has,
 * it ends, is given back, or dropped.
 *
 * The calls that are open are its flights (flight.h). They are answered one at a time, and between
 * two answers the VM runs until nothing in it can go on: so the order of the journal's rows is all
 * that decides what the run does, live and in a replay.
 *
 * What a step answered is a pending row at once and the VM goes on with it, because code between
 * calls has no effects; but nothing acts outside, and nothing is told to anybody, before the
 * pending rows are committed. Pure steps act as little as the code between them, so they run ahead
 * too, for a while (AHEAD_* in run.c): a chain of them, and the end of the run, share a commit, and
 * a crash repeats at most what nobody has seen.
 *
 * Invariants:
 *  - the VM stands still in READING, STEPS and LEAVING, and in COMMIT unless it yielded;
 *  - one commit is under way at most; steps may be, meanwhile;
 *  - `next_sequence` is that of the next pending row; pending rows are dense up to it;
 *  - in OVER nothing refers to the run any more but the call that frees it.
 */
enum life_state {
    LIFE_NEW,
    LIFE_LOADING,
    LIFE_READY,
    LIFE_READING,
    LIFE_STEPS,
    LIFE_COMMIT,
    LIFE_LEAVING,
    LIFE_OVER,
    LIFE_STATES
};

/* How an activation ends when its operations have. */
enum run_exit {
    RUN_EXIT_NONE,
    RUN_EXIT_COMPLETED,
    RUN_EXIT_RESTARTED, /* completed, and goes on in its successor */
    RUN_EXIT_FAILED,
    RUN_EXIT_CANCELLED,
    RUN_EXIT_GIVE_BACK,
    RUN_EXIT_DROP /* forgotten; it stays in the database as it is */
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
    bool is_fenced;   /* a step found that the run is somebody else's */
    bool is_failing;  /* its end was refused once: no second try */
    bool has_waited;  /* has opened a wait: others may have written of it too */

    struct claim_set *set;           /* what it was claimed with, while it is needed; or else: */
    struct handover_run *given;      /* by whom it was given, and gets it back */
    struct handover_run *next_given; /* it was claimed again while this activation ends */
    const struct claim_run *claimed; /* in one of the two; NULL: not needed any more */
    struct replay replay;
    struct claim_page page;
    struct arena page_arena;
    struct wait_record *waits; /* those that were not consumed at the claim */
    size_t wait_count;

    struct version_wait version_wait;
    struct workspace_wait key_wait;
    struct vm *vm;
    struct memory_share memory; /* what vm holds */
    struct light_place light;
    struct slice slice;

    struct list flights;                    /* struct flight, by the order of the calls */
    struct list done;                       /* those in FLIGHT_DONE, by the order of ending */
    int active_count;                       /* those in FLIGHT_RUNNING */
    int64_t last_effect, cancelled_effects; /* what flight_collect() has seen */
    enum vm_status vm_status;
    bool vm_runs;    /* it can go on */
    bool is_live;    /* the journal is behind */
    struct map lost; /* address → struct flight_lost; empty when it is live */

    enum run_exit exit; /* LEAVING */
    bool exit_is_lost;  /* DROP: it may still be ours in the database */
    struct text exit_error;
    struct uuid successor; /* RESTARTED */
    struct text successor_input;

    /* What is to be committed, with its texts in commit_arena. */
    struct arena commit_arena;
    struct journal_row *rows;
    size_t row_count, row_capacity;
    struct journal_wait *opened;
    size_t opened_count, opened_capacity;
    struct text *consumed;
    size_t consumed_count, consumed_capacity;
    size_t pending_bytes;   /* of rows */
    int64_t ahead_until_ms; /* monotonic: pure steps start before a commit; 0: none has */
    int next_sequence;
    struct commit commit;

    struct claim_waits news; /* outcomes of waits, while steps are under way */
    struct arena news_arena;
    struct loop_timer news_timer;
    bool is_asking; /* news is under way */
};

/* run.c: takes a claimed run. */
void run_start(struct worker *worker, struct claim_set *set, const struct claim_run *claimed);
/* Takes a run that a gateway has claimed for this worker. */
void run_start_given(struct worker *worker, struct handover_run *given);
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
/* Something has happened to one of its flights. */
void run_wake(struct run *run);
/* Nothing can be handed to the VM: commits, starts steps, waits for them, or parks. In READY. */
void run_rest(struct run *run);
/* Ends it as failed. data: the ex-data, encoded, or absent. */
void run_fail(struct run *run, const struct error *err, struct text data);
/* Forgets it; it stays in the database as it is. `lost`: it may still be ours there. */
void run_drop(struct run *run, bool lost);
/* A step found that the run is somebody else's. */
void run_fenced(struct run *run);
/* Ends the activation as soon as no operation is under way any more. */
void run_leave(struct run *run, enum run_exit exit);
void run_may_leave(struct run *run); /* in LEAVING: an operation has ended */

/* run_commit.c */
/* Appends a row; texts are copied. The sequence is set here. */
void run_commit_row(struct run *run, const struct journal_row *row);
/* Opens a wait; texts are copied. */
void run_commit_wait(struct run *run, const struct journal_wait *wait);
void run_commit_consume(struct run *run, struct text address);
bool run_commit_is_empty(const struct run *run);
/* Sends what is pending. Unless it goes on, the activation is over then. */
void run_commit_start(struct run *run, enum journal_change change);
void run_commit_end(struct run *run, enum run_status status, struct text result, struct text error);
/* As completed, and goes on in run->successor. */
void run_commit_restart(struct run *run);
void run_commit_reset(struct run *run);

/* run_effect.c: looks for one answer to hand to the VM, which stands still. */
enum flight_answer run_effect(struct run *run) MUST_CHECK;

/* run_begin.c: makes the virtual machine and goes on; in READY. */
void run_begin(struct run *run, struct image *image);

/* run_news.c */
void run_news_init(struct run *run);
/* Has the run look for outcomes of its waits, if any branch has one, until it leaves STEPS. */
void run_news_watch(struct run *run);
