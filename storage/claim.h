#pragma once

#include "base/id.h"
#include "storage/call.h"
#include "storage/run_record.h"
#include "storage/wait_record.h"

/*
 * Claim: takes runs that are due and that nobody drives, and reads what a replay needs: the run,
 * the first page of its journal, its waits that are not in the journal yet. A claim lasts until the
 * run is parked, ended or given back (journal.h). It commits without waiting for the disk: whoever
 * lost a claim in a crash has lost only the claim, and (owner, epoch) fences the rest.
 *
 * The engine's pool; call.workspace is not looked at. At most one claim of a worker at a time.
 */

/* A worker's name in the database: the server's incarnation (lease.h) and the worker's index. */
#define CLAIM_OWNER(server_id, worker_index) ((server_id)*256 + (worker_index))
#define CLAIM_OWNER_WORKERS                  256

struct claim_key {
    int64_t workspace;
    struct uuid run;
};

/* A journal row as a replay needs it. */
struct claim_row {
    int sequence;
    enum step_kind kind;
    enum step_status status;
    int attempts;
    struct text address, step_id, step_type;
    struct text output, error; /* encoded */
};

struct claim_run {
    int64_t workspace;
    struct uuid id;
    struct text workspace_name, slug;
    int64_t flow, version, number;
    int version_number, language;
    int epoch, claims, priority;
    int crashes; /* claims in a row that ended in a crash; from LIMIT_RUN_CRASHES on: do not run it
                  */
    enum flow_target target;
    bool cancel_requested;
    struct text triggered_by, invocation;
    int64_t created_ms, queue_ms; /* queue_ms: how long it was due */
    struct text input;            /* encoded */
    struct claim_row *rows;       /* by sequence, from 1; see has_more */
    size_t row_count;
    bool has_more;             /* go on with claim_page_start() */
    struct wait_record *waits; /* those not consumed: open ones and outcomes that are news */
    size_t wait_count;
};

enum claim_refusal {
    CLAIM_NOT_DUE = 1, /* wait_ms from now; -1: it stands in line for its concurrency key */
    CLAIM_OWNED,       /* somebody drives it */
    CLAIM_OVER,        /* it has ended, or is not there */
    CLAIM_BUSY         /* its row is locked this very moment: propose it again */
};

struct claim_refused {
    struct claim_key key;
    enum claim_refusal why;
    int64_t wait_ms;
    int64_t flow; /* 0: the run is not there */
};

struct claim {
    struct storage_call call;
    int64_t owner;
    /* keys, at most LIMIT_CLAIM; or with count 0: the `limit` runs of `shard` that are due longest
     */
    const struct claim_key *keys;
    size_t count;
    int limit, shard;
    struct claim_run *runs; /* Out. */
    size_t run_count;
    struct claim_refused *refused;
    size_t refused_count;
};

/* After an error the claims may have been committed: call claim_disown_start() before the next. */
void claim_start(struct claim *op);

/* Further journal rows of one run. */
struct claim_page {
    struct storage_call call; /* workspace: the run's */
    struct uuid run;
    int from_sequence;
    struct claim_row *rows; /* Out. */
    size_t row_count;
    bool has_more;
};

void claim_page_start(struct claim_page *op);

/* The waits of one run that have an outcome which is not in its journal, while it is driven. */
struct claim_waits {
    struct storage_call call; /* workspace: the run's */
    struct uuid run;
    struct wait_record *waits; /* Out. */
    size_t wait_count;
};

void claim_waits_start(struct claim_waits *op);

/* Lets go of all runs that this owner has in the database and not in its memory. */
struct claim_disown {
    struct storage_call call;
    int64_t owner;
    int shard;
    const struct uuid *known; /* every run that the worker drives */
    size_t known_count;
    int64_t count; /* Out: how many there were. */
};

void claim_disown_start(struct claim_disown *op);

/* For the files of this folder: other groups that claim. They leave what they have claimed in the
 * settings of weir.runs_claim, and then read as a claim does: each run's texts, rows and waits go
 * to the arena of its call, whose error tells when that is too small. low to high: the ids. */
struct row;

struct claim_taken {
    struct claim_run *run;
    struct storage_call *call;
};

void claim_read_run(struct row *row, struct claim_run *out); /* from o_flow to o_input */
void claim_add_reads(struct storage_call *call, struct uuid low, struct uuid high,
                     void (*on_journals)(struct pg_group *group, int index,
                                         const struct pg_rows *rows),
                     void (*on_open)(struct pg_group *group, int index,
                                     const struct pg_rows *rows));
void claim_read_journals(const struct claim_taken *taken, size_t taken_count,
                         const struct pg_rows *rows);
void claim_read_waits(const struct claim_taken *taken, size_t taken_count,
                      const struct pg_rows *rows);
