#pragma once

#include "base/arena.h"
#include "executor/turnstile.h"
#include "executor/warm_up.h"
#include "io/loop.h"
#include "scheduler/handover.h"
#include "scheduler/queue.h"
#include "storage/claim.h"

/*
 * Claimer: gives a worker runs to drive. Redis proposes, Postgres claims; without Redis Postgres
 * does both.
 *
 *     IDLE --kick--> DISOWNING --> ASKING --proposed--> CLAIMING --runs--> IDLE
 *                  (at the start, with the warm-up,      ^
 *                   and after a claim or commit         /
 *                   whose answer was lost)  \--no Redis-/
 *                                           (or it refuses)
 *
 * Gateways of this process give runs too (scheduler/handover.h): all while the last question was
 * answered with less than was asked for, so that nobody is passed over; light ones while the queue
 * has more or the worker is full; none with caps or without an answer.
 *
 * While it is the express worker it wants light runs only, of gateways and of the queue, and
 * the others of its process leave those to it.
 *
 * Idle means silent: it is kicked by a wake-up of Redis, by the next timer that Redis told of, by a
 * run that ended (a slot came back), and by a slow tick, since Redis is a hint.
 */
struct worker;

/* What one claim brought; lives as long as one of its runs needs it for its replay. */
struct claim_set {
    struct claimer *claimer;
    struct claim claim;
    struct arena arena;
    struct claim_key keys[LIMIT_CLAIM];
    bool is_light; /* all of them: for the express worker */
    int ref_count;
};

void claimer_set_unref(struct claim_set *set); /* accepts NULL */

enum claimer_state {
    CLAIMER_IDLE,
    CLAIMER_DISOWNING,
    CLAIMER_ASKING,
    CLAIMER_CLAIMING,
    CLAIMER_STATES
};

struct claimer {
    struct worker *worker; /* Private. */
    enum claimer_state state;
    bool again; /* kicked while it was busy */
    bool must_disown;
    bool is_mixed;            /* it was proposed runs of several workspaces last */
    bool is_asked;            /* the keys of this claim come from Redis */
    bool is_refused;          /* Redis did not do what it was asked last */
    enum handover_mode given; /* which runs gateways may give now */
    struct loop_task start;
    struct loop_timer tick;
    struct queue_next next;
    int64_t next_due_ms;
    int64_t quiet_until_ms; /* monotonic: till then the queue has nothing light for us, */
    bool is_woken;          /* unless somebody has told us since that it may */
    int want;
    struct queue_entry *released; /* runs that ended since the last call */
    size_t released_count, released_capacity;
    struct claim_set *set;
    struct turnstile_place place;
    struct claim_disown disown;
    struct arena disown_arena;
    struct warm_up warm_up;
};

void claimer_init(struct claimer *claimer, struct worker *worker);
void claimer_done(struct claimer *claimer); /* it must be idle */
/* There may be work. */
void claimer_kick(struct claimer *claimer);
/* A run is not driven any more: its slot goes back. */
void claimer_release(struct claimer *claimer, int64_t workspace, struct uuid run);
/* The same of a run that a gateway gave: it had no slot. */
void claimer_has_room(struct claimer *claimer);
/* An answer was lost: there may be runs of ours in the database that we do not know. */
void claimer_lost(struct claimer *claimer);
/* Takes no more runs; what was released is told to Redis. */
void claimer_stop(struct claimer *claimer);
