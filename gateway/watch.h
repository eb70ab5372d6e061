#pragma once

#include "base/list.h"
#include "gateway/request.h"
#include "io/loop.h"
#include "storage/run_record.h"

/*
 * Watch: waits until a run ends or parks, at most so long. Redis says when a run has changed
 * (QUEUE_CHANGED_CHANNEL), or a worker of this process does (scheduler/handover.h), which mostly
 * says also what it is now. Else Postgres is then asked, and asked anyway now and then, more often
 * while there is no Redis.
 *
 *     IDLE --start--> READING --over, or late--> DONE
 *       |               ^  \--not yet--> WAITING
 *       |               \---hint, tick, deadline--/ \--told how it ended, nobody listens--> DONE
 *       \--start, new run, and Redis tells--> WAITING
 */
struct handover_run;
struct watch_board;

struct watch_board *watch_new(struct gateway *gateway);
/* All that wait are answered as timed out; for the end. */
void watch_end_all(struct watch_board *board);
void watch_unsubscribe(struct watch_board *board); /* before the Redis client closes */
void watch_free(struct watch_board *board);

enum watch_state { WATCH_IDLE, WATCH_READING, WATCH_WAITING };

struct watch {
    struct request *request; /* In: workspace and storage are its own. */
    struct uuid run;
    int64_t wait_ms; /* 0: read once */
    bool is_new;     /* admitted in this turn: nothing has become of it yet */
    /* err NULL: `get` holds the run (or found is false), as long as watch_done() was not called. */
    void (*on_done)(struct watch *watch, const struct error *err);

    bool timed_out; /* Out: it has neither ended nor parked. */
    struct run_get get;

    enum watch_state state; /* Private, from here on. */
    struct arena arena;
    struct list node; /* in the slot of its run */
    struct watch_slot *slot;
    struct loop_timer tick;
    int64_t deadline_ms;
    bool is_dirty; /* a hint came while it was reading */
    bool is_told;  /* that one is sure: a worker is done with the run */
    bool is_left;  /* the client has closed its side: it is told what is known, and that is all */
};

void watch_start(struct watch *watch);
/* A worker of this process has given the run back: who waits for it need not ask. */
void watch_tell(struct watch_board *board, const struct handover_run *run);
/* Frees what it holds; after on_done, before the request ends. */
void watch_done(struct watch *watch);
/* The run has ended, or waits for something that has not come yet. */
bool watch_is_over(const struct run_record *run);
