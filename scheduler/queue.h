#pragma once

#include "base/id.h"
#include "base/limits.h"
#include "base/list.h"
#include "io/redis.h"

/*
 * Queue: who may run next, kept in Redis by the functions of scheduler/redis/queue.lua. All of it
 * is a hint: Postgres decides at the claim, the sweeper rebuilds what is lost, and every call here
 * may fail or vanish without harm. One queue object a thread, on the thread's redis client.
 *
 * Redis proposes runs fairly: weighted round-robin over the workspaces that have work, within the
 * caps of workspace and flow; it counts slots, moves due timers, and tells the time of the next
 * one.
 *
 * Slots belong to a worker by its name. They are counted again from nothing when its connection to
 * Redis was lost (a release may have been lost with it), and dropped when nothing was heard of the
 * worker for a minute; the queue tells of itself every ten seconds.
 */
struct queue;
struct loop;

struct queue_config {
    struct redis_client
        *redis; /* queue loads the functions when it gets ready; see queue_on_ready */
    int shard;
};

struct queue *queue_new(struct loop *loop, const struct queue_config *config);
/* Sends what was given to it; calls in flight still answer. Before redis_client_close(). */
void queue_free(struct queue *queue);
/* The client's on_ready comes here: loads the functions if they are not there in this version. */
void queue_on_ready(struct queue *queue);

/* A run that is due at due_ms (wall time; 0: now). Pushing one that is queued already is harmless.
 */
struct queue_entry {
    int64_t workspace;
    struct uuid run;
    struct text flow; /* its id in decimal, everywhere the same; for caps per flow */
    int64_t due_ms;
    int32_t weight; /* of the workspace; 0: as it was, at first 1 */
};

/* Fire and forget; wakes an idle worker when there is one. Copies. One Redis call for all that is
 * pushed in a turn of the loop. */
void queue_push(struct queue *queue, const struct queue_entry *entries, size_t count);

/* What is left in the queue after a call; with caps it is not looked at. */
enum queue_rest { QUEUE_HAS_CAPS, QUEUE_IS_EMPTY, QUEUE_HAS_MORE };

/* What a worker wants to be proposed: runs of light workspaces, which have next to nothing in the
 * queue and in slots, those of others, or of both in turn. */
enum queue_which { QUEUE_ALL, QUEUE_LIGHT, QUEUE_OTHERS };

/*
 * One call: gives back the slots of released runs, moves due timers, proposes up to want runs.
 * run_count == want: there may be more, so a worker with room asks again. Less: the worker is taken
 * for idle and is woken (QUEUE_WAKE_CHANNEL) when something becomes ready; it asks again then, and
 * at next_due_ms (soon, while it leaves light ones to others). Who wants light ones is woken only
 * for those.
 */
struct queue_next {
    /* In. */
    struct text worker;                 /* name of the worker that holds the slots, 1-63 bytes */
    const struct queue_entry *released; /* borrowed until start returns; only run matters */
    size_t released_count;
    int want; /* 0 to LIMIT_CLAIM */
    enum queue_which which;
    void (*on_done)(struct queue_next *next, const struct error *err);
    /* Out, valid in on_done. */
    struct uuid runs[LIMIT_CLAIM];
    int64_t workspaces[LIMIT_CLAIM];
    size_t run_count;
    int64_t next_due_ms; /* wall time of the earliest timer, on our clock; 0: none */
    enum queue_rest rest;

    struct redis_op op; /* Private. */
    struct queue *queue;
    struct list node;
};

void queue_next_start(struct queue *queue, struct queue_next *next);

/* Proposed runs that the claim did not give us (taken, ended, not due): frees their slots. */
void queue_release(struct queue *queue, struct text worker, const struct queue_entry *entries,
                   size_t count);

/* Wake-ups: idle workers subscribe; Redis publishes when something became ready, or a timer became
 * the earliest, while a worker was idle. */
#define QUEUE_WAKE_CHANNEL "weir:{s0}:wake"

/* Run changes, for runs.get with waitMs and for cancellation: a message is the 16 bytes of one or
 * more run ids. */
#define QUEUE_CHANGED_CHANNEL "weir:{s0}:changed"
#define QUEUE_CANCEL_CHANNEL  "weir:{s0}:cancel"
void queue_publish_changed(struct queue *queue, const struct uuid *runs, size_t count);
void queue_publish_cancel(struct queue *queue, struct uuid run);

/* Cap on the slots in use; flow TEXT_NONE: of the workspace as a whole; workspace 0: of each that
 * has none of its own. limit -1: no cap (the default). Queued runs feel it at once. Redis forgets
 * it with all else. */
void queue_limit_set(struct queue *queue, int64_t workspace, struct text flow, int limit);

/* The sweeper's view. is_new: true until somebody has said queue_swept() for the memory that Redis
 * has now (it is another after a flush, a restart, a failover): everything due is pushed again. */
#define QUEUE_GENERATION_SIZE 64

struct queue_generation {
    void (*on_done)(struct queue_generation *generation, bool is_new, const struct error *err);
    bool is_turn; /* Out: we are the one that sweeps; for 3 s, and longer by asking again. */
    char id[QUEUE_GENERATION_SIZE]; /* of this memory */

    struct redis_op op; /* Private, from here on. */
    struct queue *queue;
    struct list node;
};

void queue_generation_start(struct queue *queue, struct queue_generation *generation);
/* All of Postgres was pushed into the generation of that id (Redis checks that it still is). */
void queue_swept(struct queue *queue, const char *id);
