#pragma once

#include "io/loop.h"
#include "io/loop_call.h"
#include "io/timer.h"

#include <stdatomic.h>
#include <stdint.h>

/*
 * The inside of the loop, shared by loop.c and its backends. Nobody else includes this.
 *
 * The kernel knows a poll or a call by a key: generation and index of a slot in the loop's table.
 * A slot is taken when something is given to the kernel and released when its answer came or is no
 * longer wanted; the generation then changes, so that a late answer finds nothing and is dropped.
 */

struct loop_slot {
    void *owner; /* NULL: free */
    uint32_t generation;
    uint32_t next_free; /* from 1 */
    bool is_call;
};

struct loop_ops {
    bool (*open)(struct loop *loop, struct error *err);
    void (*close)(struct loop *loop);
    /* Makes what the kernel watches (armed) fit what the owner wants. */
    void (*poll_apply)(struct loop *loop, struct loop_poll *poll);
    /* Makes the kernel forget the poll, now: its descriptor may be closed next. */
    void (*poll_disarm)(struct loop *loop, struct loop_poll *poll);
    void (*call)(struct loop *loop, struct loop_call *call);
    /* Waits (-1: without bound) and answers with loop_event() and loop_call_done(). */
    void (*wait)(struct loop *loop, int64_t timeout_ms);
};

struct loop_uring;
struct loop_epoll;

struct loop {
    const struct loop_ops *ops;
    enum loop_backend backend;
    int fd; /* for nesting; -1: cannot */
    bool stopped, turning, closing;
    int64_t now_ms;

    struct timer_heap timers;
    uint64_t timer_sequence;
    struct list changed; /* polls whose wanted and armed may differ */
    struct list tasks, running;

    struct loop_slot *slots;
    uint32_t slot_count, slot_free; /* slot_free: from 1; 0: none */
    uint32_t call_count;            /* in flight */

    int wake_fd;
    atomic_bool wake_pending;
    struct loop_poll wake_poll;
    void (*on_wake)(void *ctx);
    void *wake_ctx;

    struct loop_uring *uring; /* of the backend; NULL: not it */
    struct loop_epoll *epoll;
};

/* The table of slots: for backends. */
uint64_t loop_slot_take(struct loop *loop, void *owner, bool is_call, uint32_t *out_slot);
void loop_slot_release(struct loop *loop, uint32_t slot);
struct loop_slot *loop_slot_find(struct loop *loop, uint64_t key); /* NULL: stale */
uint64_t loop_slot_key(const struct loop *loop, uint32_t slot);

/* What backends report. The poll must not be touched by them after loop_event(). */
void loop_event(struct loop *loop, struct loop_poll *poll, unsigned events);
void loop_call_done(struct loop *loop, struct loop_call *call, int result);
/* Puts the poll among those that poll_apply() sees before the next wait. */
void loop_poll_changed(struct loop *loop, struct loop_poll *poll);

extern const struct loop_ops loop_uring_ops, loop_epoll_ops;

/* The helper thread that runs calls for the epoll backend, one after the other. */
struct loop_thread;

struct loop_thread *loop_thread_new(struct loop *loop);
void loop_thread_free(struct loop_thread *thread); /* runs what was pushed, then ends */
void loop_thread_push(struct loop_thread *thread, struct loop_call *call);
/* From the loop: reports the calls that have ended. */
void loop_thread_reap(struct loop_thread *thread);
