#pragma once

#include "base/id.h"
#include "io/redis.h"

/*
 * Queue: who may run next, kept in Redis by the functions of scheduler/redis/*.lua. All of it is a
 * hint: Postgres decides at the claim, the sweeper rebuilds what is lost, and every call here may
 * fail or vanish without harm. One queue object a thread, on the thread's redis client.
 *
 * Redis proposes runs fairly: weighted round-robin over the workspaces that have work, within the
 * caps of workspace and flow; it counts slots, moves due timers, and tells the time of the next
 * one.
 */
struct queue;

struct queue_config {
    struct redis_client
        *redis; /* queue loads the functions when it gets ready; see queue_on_ready */
    int shard;
};

struct queue *queue_new(struct loop *loop, const struct queue_config *config);
void queue_free(struct queue *queue);
/* The client's on_ready comes here: loads the functions if they are not there in this version. */
void queue_on_ready(struct queue *queue);

/* A run that is due at due_ms (wall time; 0: now). Pushing one that is queued already is harmless.
 */
struct queue_entry {
    int64_t workspace;
    struct uuid run;
    struct text flow; /* for caps per flow */
    int64_t due_ms;
    int32_t weight; /* of the workspace; 0: 1 */
};

/* Fire and forget; wakes an idle worker when there is one. Copies. One Redis call for all. */
void queue_push(struct queue *queue, const struct queue_entry *entries, size_t count);

/* One call: gives back the slots of released runs, moves due timers, proposes up to want runs. */
struct queue_next {
    /* In. */
    struct text worker;                 /* name of the worker that holds the slots */
    const struct queue_entry *released; /* borrowed until start returns */
    size_t released_count;
    int want;
    void (*on_done)(struct queue_next *next, const struct error *err);
    /* Out, valid in on_done. */
    struct uuid runs[64];
    int64_t workspaces[64];
    size_t run_count;
    int64_t next_due_ms; /* wall time of the earliest timer; 0: none */

    struct redis_op op; /* Private. */
    struct queue *queue;
};

void queue_next_start(struct queue *queue, struct queue_next *next);

/* Proposed runs that the claim did not give us (taken, ended, not due): frees their slots. */
void queue_release(struct queue *queue, struct text worker, const struct queue_entry *entries,
                   size_t count);

/* Wake-ups: idle workers subscribe; queue_push() publishes when something became ready. */
#define QUEUE_WAKE_CHANNEL "weir:{s0}:wake"

/* Run changes, for runs.get with waitMs and for cancellation: a message is the 16 bytes of one or
 * more run ids. */
#define QUEUE_CHANGED_CHANNEL "weir:{s0}:changed"
#define QUEUE_CANCEL_CHANNEL  "weir:{s0}:cancel"
void queue_publish_changed(struct queue *queue, const struct uuid *runs, size_t count);
void queue_publish_cancel(struct queue *queue, struct uuid run);

/* The sweeper's view: true when Redis lost its memory since the last call (its generation key is
 * another): everything due is pushed again. */
struct queue_generation {
    void (*on_done)(struct queue_generation *generation, bool is_new, const struct error *err);
    struct redis_op op; /* Private. */
    struct queue *queue;
    struct text args[4];
};

void queue_generation_start(struct queue *queue, struct queue_generation *generation);
