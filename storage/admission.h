#pragma once

#include "storage/call.h"
#include "storage/status.h"

/*
 * Admission: inserts runs, many requests in one transaction, so that they share its commit; what
 * was admitted is durable when on_done comes without an error. Runs of one flow are admitted in the
 * order given. The engine's pool; call.workspace is not looked at.
 *
 * The caller has resolved target to a version and checked the input against it; `version` says
 * which, and the admission is refused as ADMIT_MOVED when the pointer names another one by now.
 */
enum admission_on_new_version { ON_NEW_SUPERSEDE, ON_NEW_DRAIN, ON_NEW_COEXIST };

enum admission_on_conflict {
    ON_CONFLICT_QUEUE,
    ON_CONFLICT_DROP,
    ON_CONFLICT_CANCEL,
    ON_CONFLICT_COEXIST
};

enum admission_outcome {
    ADMITTED,
    ADMIT_EXISTING, /* the same idempotency key with the same request: that run */
    ADMIT_CONFLICT, /* the same idempotency key with another request: E_IDEMPOTENCY */
    ADMIT_NO_FLOW,
    ADMIT_ARCHIVED,
    ADMIT_NO_VERSION, /* nothing is live (or draft); or the pinned version is not of this flow */
    ADMIT_MOVED,      /* out_version is what the pointer names now: check against it, try again */
    ADMIT_DROPPED,    /* :on-conflict :drop; out_run holds the key */
    ADMIT_FENCED,     /* a child whose caller is somebody else's, or does not wait for it */
    ADMIT_TOO_DEEP    /* a child with too many callers above it */
};

struct admission {
    int64_t workspace; /* In. */
    struct text slug;
    enum flow_target target;
    bool pinned; /* version is meant, whatever target names */
    /* Out: the run is the owner's, in epoch 1, as if it had claimed it; to be driven or disowned
     * (claim.h). The others are to be announced. */
    bool claimed;
    int64_t version; /* id; 0: whatever target names */
    struct uuid run; /* id_uuid7() */
    struct text invocation, triggered_by;
    struct text idempotency_key; /* absent: none */
    struct text request_hash;    /* SHA-256 of the request; absent: none */
    struct text input;           /* encoded */
    /* Concurrency: the key's text is "" for a flow as a whole, the key's value for :keyed; absent:
     * unlimited. Singleton and keyed have limit 1. */
    struct text key;
    int limit, priority;
    enum admission_on_new_version on_new_version;
    enum admission_on_conflict on_conflict;
    /* The worker (CLAIM_OWNER()) that drives it from the start, or 0. All of a batch are of one
     * server. A wish: see claimed. Only without a concurrency key. */
    int64_t owner;

    enum admission_outcome outcome; /* Out. */
    enum concurrency_decision decision;
    struct uuid out_run;
    int64_t number, flow, out_version;
    int version_number;
    enum run_status status; /* of an existing run; RUN_QUEUED or RUN_RUNNING of a new one */
    int shard;
    int release;         /* the version's newest, or 0; of a claimed run */
    int64_t admitted_ms; /* the transaction's time, by the database's clock */
};

/* What an admission has done to another run of its flow that has the same concurrency key. */
enum admission_effect_kind {
    ADMISSION_WOKE,  /* the run may start now */
    ADMISSION_STOPS, /* its worker should stop driving it: asked to, or fenced already */
    ADMISSION_ENDED
};

/* For Redis (scheduler/announce.h). */
struct admission_effect {
    enum admission_effect_kind kind;
    struct uuid run;
    const struct admission *cause; /* workspace and flow are those of the run too */
};

/* Whose child is admitted: a run that this worker drives, with an open WAIT_CHILD at the address.
 * It happens once for each such wait: then the answer is ADMIT_EXISTING. A key that a caller above
 * holds is not taken again. */
struct admission_caller {
    struct uuid run;
    struct text address;
    int64_t owner;
    int epoch;
};

struct schedule_move;

struct admission_batch {
    struct storage_call call;
    struct admission *admissions; /* results are written into them */
    size_t count;
    const struct admission_caller *caller; /* or NULL; then of one admission with its version */
    /* Schedules (schedule_record.h) that have fired, in the same transaction; or none. */
    const struct schedule_move *moves;
    size_t move_count;

    size_t moved; /* Out: the other schedules were moved by somebody else. */
    struct admission_effect *effects;
    size_t effect_count;
};

void admission_start(struct admission_batch *op);
