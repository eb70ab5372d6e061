#pragma once

#include "base/id.h"
#include "base/list.h"
#include "storage/call.h"
#include "storage/status.h"

/* Runs and their journals as people read them. On the gateway's pool. */
struct run_record {
    struct uuid id;
    int64_t workspace, flow, version, number;
    struct text slug;
    int version_number, release; /* release: the version's newest, or 0 */
    enum run_status status;
    enum flow_target target;
    struct text invocation, triggered_by, concurrency_key, current_step;
    struct text cancel_reason, cancelled_by;
    bool cancel_requested;
    bool in_line; /* queued for its concurrency key */
    int epoch, claims, crashes, priority, shard;
    int64_t owner;                                                     /* 0: nobody */
    int64_t created_ms, started_ms, updated_ms, completed_ms, wake_ms; /* 0: not (yet) */
    int step_count;                   /* journal rows; -1: not counted, in lists */
    struct text input, result, error; /* encoded; absent in lists */
    /* The run that called it, and where; absent: none. */
    struct text parent_slug, parent_address;
    int64_t parent_number;
    int64_t continued_from, continued_to; /* numbers, of the same flow; 0: none */
    bool has_children;                    /* not in lists */
};

/* By its id. (In struct run_gets also by slug and number, which leave the id of what was found.) */
struct run_get {
    struct storage_call call;
    struct uuid id;
    struct text slug;
    int64_t number;
    bool found; /* Out. */
    struct run_record run;

    struct list node; /* of whoever gathers gets */
};

void run_record_get_start(struct run_get *op);

/* Several gets of one workspace in one statement. Of a get its key and its call's arena are read;
 * what was found, and an error of its own (the arena's budget), are left in it. Its on_done is the
 * caller's to call. */
#define RUN_GETS_MAX 64

enum run_gets_kind {
    RUN_GETS_BY_NUMBER,
    RUN_GETS_BY_ID,
    RUN_GETS_WITH_RELATIVES, /* by id: whole unless it is large */
    RUN_GETS_KINDS
};

struct run_gets {
    struct storage_call call;
    enum run_gets_kind kind;
    struct run_get *gets[RUN_GETS_MAX];
    size_t count;
    /* Out: relatives, or input, result and error of a large run, were left out. Ask for it with
     * relatives; what is still partial is large: get it alone. */
    bool is_partial[RUN_GETS_MAX];
};

void run_record_gets_start(struct run_gets *op);

/* Short ids: by number, of one flow or (slug absent) of any: "r34". */
struct run_find {
    struct storage_call call;
    struct text slug;
    int64_t number;
    size_t match_count; /* Out: 2 means at least two: ambiguous. */
    struct uuid id;     /* of the first match, the newest */
};

void run_record_find_start(struct run_find *op);

struct run_list {
    struct storage_call call;
    struct text slug;   /* or absent */
    uint32_t statuses;  /* bits 1 << enum run_status; 0: all */
    int version_number; /* 0: all; only with slug */
    struct uuid before; /* cursor: the last one's id; zero: from the newest */
    int limit;
    struct run_record *runs; /* Out: newest first. */
    size_t count;
    bool has_more;
};

void run_record_list_start(struct run_list *op);

/* A journal row. */
struct step_record {
    int sequence;
    enum step_kind kind;
    enum step_status status;
    bool billed;
    int attempts, queue_ms;
    int64_t started_ms, completed_ms, committed_ms;
    struct text address, step_id, step_type;
    struct text input, output, error, attempt_log; /* encoded */
};

struct run_steps {
    struct storage_call call;
    struct uuid id;
    int from_sequence; /* cursor: the last one's sequence + 1; journals start at 1 */
    int limit;
    struct text step_id; /* only of this step; absent: all */
    bool without_payloads;
    struct step_record *steps; /* Out. */
    size_t count;
    bool has_more;
};

void run_record_steps_start(struct run_steps *op);

enum run_cancel_outcome {
    RUN_CANCEL_ENDED, /* in this transaction */
    RUN_CANCEL_ASKED, /* its worker ends it at its next commit, or when a hint reaches it sooner */
    RUN_CANCEL_OVER,  /* it had ended already, with `status` */
    RUN_CANCEL_NONE
};

/* Of a run that went on in a successor the last one of the chain is meant. */
struct run_cancel {
    struct storage_call call;
    struct uuid id; /* In; Out: the one that was meant */
    int64_t number;
    struct text slug;
    struct text reason, by;
    bool force; /* ends it as terminated, whoever drives it; what that one does is fenced */
    enum run_cancel_outcome outcome; /* Out. */
    enum run_status status;
    int64_t owner; /* who drove it, for the hint; 0: nobody */

    /* Other runs, for Redis: they are due now (its concurrency key has let them start, they called
     * it, or it called them); with an owner: their worker should stop driving them. */
    struct run_cancel_woken {
        struct uuid run;
        int64_t flow, owner;
    } * woken;

    size_t woken_count;
};

void run_record_cancel_start(struct run_cancel *op);
