#pragma once

#include "io/mailbox.h"
#include "storage/claim.h"
#include "storage/run_record.h"

/*
 * Handover: within one server process a gateway gives a run that its admission or a signal has
 * claimed (storage/admission.h, storage/signal.h) straight to a worker, and the worker gives it
 * back when its activation is over. That spares such a run the queue, the claim and the read of its
 * end; in the database and to everybody else it is a run like any other.
 *
 *     reserve a seat of a worker ─▶ admission, claimed in the worker's name ─▶ give
 *         │                            │ not claimed: leave                      │
 *         └─ none: the queue           │ no answer:  leave, lost                 ▼
 *            gateway ◀── give back (ended: with the run as it is now) ◀── the worker drives it
 *
 * It must not be a way around the queue. While the queue has nothing that waits, nor a cap, a
 * worker lets itself be given whatever comes, at most HANDOVER_SEATS at a time (handover_allow).
 * While others wait it still takes light runs (courtesy.h): the queue would propose those among the
 * next, since it goes round the workspaces; they need not wait for what it proposes to be claimed.
 * Whoever has a backlog has more runs here; and these seats are few (HANDOVER_LIGHT_SEATS) and
 * beside the others, so that they take nothing from those who wait but their share. With a cap
 * everybody queues.
 *
 * Courtesy: while it is on, the first of several workers is the express worker: it takes light
 * runs only, from the queue and from gateways, which give them to it as long as it has a seat; and
 * the others leave those of the queue to it, as long as it has room. It is none while all others
 * are full: then it is not processors that are wanting, as where runs wait for long calls, but
 * room.
 *
 * The process may die anywhere: then the worker's lease passes, and its runs are due. An admission
 * whose answer was lost may have claimed runs that nobody will give: handover_lost() has the worker
 * disown what it does not know.
 *
 * Any number of gateways and workers, each a thread with a loop. The handover outlives all of them.
 * NULL stands for one without workers and gateways.
 */
/* Of a worker: claims keep some room. */
#define HANDOVER_SEATS       (LIMIT_WORKER_RUNS - LIMIT_CLAIM)
#define HANDOVER_LIGHT_SEATS 32 /* beside those, and beside LIMIT_WORKER_RUNS */

enum handover_mode { HANDOVER_NONE, HANDOVER_LIGHT, HANDOVER_ALL };

/* What a gateway has reserved. */
struct handover_seat {
    int64_t owner; /* in whose name the admission claims; 0: no seat */
    int64_t workspace;
    int worker;
    bool is_light;
};

/* A run on its way, in memory of its own. */
struct handover_run {
    struct arena arena; /* of all texts in here */
    struct claim_run claim;
    struct text source_key;   /* there: what the source of its version is known by, or absent */
    struct run_record record; /* there: as admitted; back, when it has ended: as it is now */
    bool is_ended;            /* back: else it has parked, or is no longer this worker's: read it */
    bool is_resumed;          /* it has a past: of record only what an end changes is there */
    int64_t due_ms;           /* monotonic: since when it could have been driven */
    int gateway;
    struct handover_seat seat;

    struct ring_message message; /* Private. */
};

struct handover;

struct handover *handover_new(int workers, int gateways);
/* After the end of all threads: frees what still lies in mailboxes. */
void handover_free(struct handover *handover);

struct handover_run *handover_run_new(void);
void handover_run_free(struct handover_run *run); /* accepts NULL */

/* ---- a gateway ---- */

/* on_back: the run is the callee's. From opening until closing, by the gateway's thread. */
void handover_open_gateway(struct handover *handover, int gateway, struct loop *loop,
                           void (*on_back)(void *ctx, struct handover_run *run), void *ctx);
void handover_close_gateway(struct handover *handover, int gateway);
/* A seat of the worker that has most; none (owner 0) when the queue comes first. It is left by
 * handover_leave(), or given with a run. */
struct handover_seat handover_reserve(struct handover *handover, int64_t workspace);
void handover_leave(struct handover *handover, const struct handover_seat *seat);
/* The worker may own runs that it will not be given. */
void handover_lost(struct handover *handover, int worker);
void handover_give(struct handover *handover, struct handover_run *run);

/* ---- a worker ---- */

struct handover_worker {
    int64_t owner;
    void (*on_run)(void *ctx, struct handover_run *run); /* the run is the callee's */
    void (*on_lost)(void *ctx);
    void *ctx;
};

void handover_open_worker(struct handover *handover, int worker, struct loop *loop,
                          const struct handover_worker *config);
/* Gateways have stopped before. on_run comes for what is still on its way. */
void handover_close_worker(struct handover *handover, int worker);
void handover_allow(struct handover *handover, int worker, enum handover_mode mode);
/* A run of the workspace that came otherwise is in a worker (change 1), is not any more (-1). */
void handover_count(struct handover *handover, int64_t workspace, int change);
/* One of them is light. now_ms: monotonic. */
void handover_light_came(struct handover *handover, int64_t now_ms);
bool handover_is_courteous(struct handover *handover);
bool handover_is_express(struct handover *handover, int worker);
/* Whether it is to leave light runs of the queue to the express worker. */
bool handover_leaves_light(struct handover *handover, int worker);
/* Whether it takes no runs of the queue now, for want of room or of the queue. */
void handover_full(struct handover *handover, int worker, bool is_full);
/* Gives the run back; its seat is free. */
void handover_return(struct handover *handover, struct handover_run *run);
