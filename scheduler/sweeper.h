#pragma once

#include "base/arena.h"
#include "io/loop.h"
#include "scheduler/queue.h"
#include "scheduler/scheduler_context.h"
#include "storage/sweep.h"

/*
 * Sweeper: pushes what Redis should know from Postgres. Each second what is overdue and not driven
 * (a lost push, a dead server's run, a timer that was forgotten) or will be in a moment; when Redis
 * has another memory, all that is due within LIMIT_TIMER_AHEAD_MS. What waits for longer is a row
 * and nothing in Redis. Pushing what is queued already is harmless, so a sweep needs no lock;
 * servers take turns to save the work. The first sweep of a server waits for no turn: whoever had
 * it may be the one that died, and this one is there in its place.
 */
struct sweeper {
    struct scheduler_context *context; /* In. */

    struct arena arena; /* Private, from here on; of the page in hand. */
    struct loop_timer timer;
    struct queue_generation generation;
    struct sweep_due due;
    bool is_busy;
    bool has_swept; /* once */
    bool is_full;   /* this sweep pushes everything, into the memory with that id */
    char id[QUEUE_GENERATION_SIZE];
    bool has_cursor;
    int64_t after_wake_us;
    struct uuid after_run;
    int page_count;     /* since the timer fired */
    uint64_t run_count; /* of a full sweep */
    struct scheduler_outage redis_outage, storage_outage;
};

void sweeper_start(struct sweeper *sweeper);
void sweeper_kick(struct sweeper *sweeper); /* Redis is there again: now, not within a second */
void sweeper_stop(struct sweeper *sweeper);
void sweeper_done(struct sweeper *sweeper);
