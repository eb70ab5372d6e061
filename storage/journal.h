#pragma once

#include "base/id.h"
#include "storage/call.h"
#include "storage/status.h"

/*
 * Journal: the group commit of one worker. The worker gathers what its runs have to write; the
 * batch is one transaction that locks the runs, checks (owner, epoch), and writes of each run all
 * or nothing. While one batch of a lane is under way the next one gathers: natural grouping, no
 * timer. A run always uses the same lane, so its batches are committed in order.
 *
 *     GATHERING --start--> SENT --committed--> GATHERING (on_done)
 *                           |  \--lost answer, deadlock, key conflict--> SENT again, as resent
 *                           \--refused--> halved, until the run that Postgres refuses stands alone
 *
 * Sending again is safe: the database tells by the journal whether the first one was committed.
 * Everything that an entry borrows lives until on_done.
 */
enum journal_change {
    JOURNAL_GOES_ON, /* only rows */
    JOURNAL_PARKS,   /* status waiting; due at its earliest deadline, or at once when an outcome is
                        there already */
    JOURNAL_ENDS,    /* with status, result, error; waits are cancelled, the key is passed on */
    JOURNAL_GIVES_BACK /* the worker stops driving it: due at once, for anybody */
};

/* A row to append. sequence: dense, from 1. */
struct journal_row {
    int sequence;
    enum step_kind kind;
    enum step_status status;
    bool billed; /* counts as one step execution (billing/usage.h) */
    int attempts, queue_ms;
    int64_t started_ms, completed_ms; /* wall clock, for people; 0: none */
    struct text address, step_id, step_type;
    struct text input, output, error, attempt_log; /* encoded, or absent */
};

/* A wait that opens. At most one in the life of a run for each address. */
struct journal_wait {
    struct text address, step_id;
    enum wait_mode mode;
    int64_t timeout_ms;                /* from the commit, by the database clock */
    struct text asked;                 /* encoded: what people or systems are asked */
    struct text digest;                /* SHA-256 of what is approved, or absent */
    struct text event_name, event_key; /* WAIT_EVENT */
    struct text step_type; /* of a step that has begun and counts, though the run be stopped here */
};

enum journal_outcome {
    JOURNAL_COMMITTED,
    JOURNAL_FENCED,   /* the run is somebody else's by now, or was terminated: drop it */
    JOURNAL_DIVERGED, /* the journal has other rows in these places: our own mistake; drop it */
    JOURNAL_REFUSED,  /* Postgres refuses what is written for this run: see refusal; nothing of it
                         was written, the run is still owned and may be ended as failed */
    JOURNAL_UNKNOWN   /* no answer after all attempts: drop the run, then claim_disown_start() */
};

/* What one run has to write, embedded in its owner; the arrays belong to the caller. */
struct journal_entry {
    int64_t workspace; /* In. */
    struct uuid run;
    int epoch;
    enum journal_change change;
    enum run_status status;       /* JOURNAL_ENDS */
    enum journal_outcome outcome; /* Out. */
    const struct journal_row *rows;
    size_t row_count;
    const struct journal_wait *waits;
    size_t wait_count;
    const struct text
        *consumed; /* addresses of waits that these rows settle, or that are given up */
    size_t consumed_count;
    int64_t wake_ms; /* JOURNAL_PARKS: due in that time at the latest; 0: the waits decide */
    struct text result, error; /* JOURNAL_ENDS: encoded, or absent */
    /* JOURNAL_ENDS as completed, and goes on in a run of the same version with that input, which
     * takes over its key and its caller's wait. Zero: it does not. */
    struct uuid successor;
    struct text successor_input;
    struct text current_step; /* JOURNAL_PARKS: step id, for people */

    struct error refusal;  /* Out: JOURNAL_REFUSED. */
    bool cancel_requested; /* Out: somebody wants the run cancelled. */
    /* In: JOURNAL_ENDS of a run that was claimed at its admission and has never opened a wait: it
     * has no concurrency key, no caller and no children. The end is cheaper then. */
    bool is_plain;
    int64_t due_ms;       /* Out: JOURNAL_PARKS: due in that time; -1: not parked. */
    int64_t committed_ms; /* Out: the transaction's time; 0: it is one before (resent) */

    struct journal_entry *next; /* Private. */
};

/* What the batch has made of another run, for Redis. It is due now: an ended run held its
 * concurrency key or was its child, or it succeeds one, or nobody waits for it any more and nobody
 * drives it. Or its worker should stop driving it. */
struct journal_woken {
    int64_t workspace, flow;
    struct uuid run;
    bool stops;
};

struct journal_batch {
    struct storage *storage; /* In. */
    int64_t owner;
    int lane; /* of the engine's pool */
    /* Every entry has its outcome. err: not NULL when some are JOURNAL_UNKNOWN. */
    void (*on_done)(struct journal_batch *batch, const struct error *err);

    struct journal_woken *woken; /* Out: valid until the next start; for Redis. */
    size_t woken_count;

    struct journal_entry *entries, *last; /* Private, from here on. */
    size_t entry_count, row_count, size_bytes;
    bool is_sent;
    struct journal_entry *part; /* the first entry that is not settled; part_count are sent */
    size_t part_count, settled_count;
    bool resent;
    int attempts;
    size_t part_woken_count, woken_capacity;
    struct arena arena, woken_arena;
    struct pg_group group;
};

void journal_init(struct journal_batch *batch, struct storage *storage, int64_t owner, int lane);
void journal_done(struct journal_batch *batch);
/* Adds a run's entry (one a run) to a batch that is gathering. False: the batch is full
 * (LIMIT_BATCH_ROWS, LIMIT_BATCH_BYTES): it goes into the next one. An entry always fits into an
 * empty batch. */
bool journal_add(struct journal_batch *batch, struct journal_entry *entry) MUST_CHECK;
bool journal_is_empty(const struct journal_batch *batch);
/* Not with an empty batch. In on_done it is empty again, and gathers. */
void journal_start(struct journal_batch *batch);
