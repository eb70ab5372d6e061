#pragma once

#include "base/list.h"
#include "base/map.h"
#include "executor/batch.h"
#include "executor/claimer.h"
#include "executor/light.h"
#include "executor/memory_share.h"
#include "executor/turnstile.h"
#include "executor/version_cache.h"
#include "executor/worker.h"
#include "executor/workspace_keys.h"
#include "io/egress.h"
#include "io/loop.h"

/*
 * The inside of a worker, for the files of this folder. Everything here belongs to the worker's
 * thread, but for stop_fd, which worker_stop() writes from any thread, and stats, which others read
 * without a lock.
 */
struct http_client;
struct queue;
struct storage;

/* A turn of work on the worker's CPU: a run's virtual machine, a function's. It runs once, after
 * everything of its kind that was ready before it; light ones (light.h) come first. */
struct slice {
    void (*on_turn)(struct slice *slice);
    bool is_light;
    struct list node; /* private */
};

struct worker {
    struct worker_config config; /* strings are copied */
    struct arena arena;
    struct egress_policy egress;
    int64_t owner; /* CLAIM_OWNER() */
    char name[48]; /* of our slots in Redis */

    struct loop *loop;
    struct storage *storage;
    struct redis_client *redis;
    struct queue *queue;
    struct http_client *http;
    struct redis_subscription wake, cancel;

    struct turnstile turnstile;
    struct batch batch;
    struct claimer claimer;
    struct version_cache versions;
    struct workspace_keys keys;

    struct list runs; /* struct run, all in memory */
    struct map runs_by_id;
    struct list ready, ready_light; /* struct slice */
    struct light light;
    int share_count; /* shares that are not 0 */
    struct loop_task turn;

    int stop_fd; /* eventfd */
    struct loop_poll stop_poll;
    struct loop_timer stop_timer;
    bool stopping, is_closing, is_ready;
    struct redis_op last; /* while closing */
    int closing_count;    /* clients whose on_closed has yet to come */
    struct worker_stats stats;
};

/* worker.c */
void worker_ready(struct worker *worker, struct slice *slice);
/* Tells who waits for a change of the run (parked, ended). */
void worker_changed(struct worker *worker, struct uuid run);
/* Storage answers: called once or more by the claimer. */
void worker_is_up(struct worker *worker);
/* Something ended: when the worker is stopping it looks whether it can close. */
void worker_may_close(struct worker *worker);
