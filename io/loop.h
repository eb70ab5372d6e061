#pragma once

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Loop: waits for descriptors, timers and wake-ups, and calls back. One loop belongs to one thread,
 * the one that made it; only loop_wake() may be called from others. Everything below is embedded in
 * its owner, zeroed but for the callback; the loop never allocates for the caller and never frees.
 *
 * Two backends: io_uring, and epoll where the kernel refuses io_uring or where the loop is nested
 * in another one (loop_fd()). They behave alike.
 *
 * A callback may start, stop or free anything, itself included. A callback of a thing that was
 * stopped does not come any more.
 */
struct loop;

enum loop_backend { LOOP_AUTO, LOOP_URING, LOOP_EPOLL };

/* LOOP_AUTO tries io_uring, and on refusal logs once why and takes epoll. Ignores SIGPIPE. */
struct loop *loop_new(enum loop_backend want, struct error *err) MUST_CHECK;
/* Polls, timers and tasks that are still running are forgotten, file work is waited for. */
void loop_free(struct loop *loop);
enum loop_backend loop_backend(const struct loop *loop); /* LOOP_URING or LOOP_EPOLL */
/* "auto", "uring", "epoll" (the environment's WEIR_LOOP); absent or empty is "auto". */
bool loop_backend_find(struct text name, enum loop_backend *out, struct error *err) MUST_CHECK;

/* Turns until loop_stop(), which is for the loop's own thread; the turn in progress is finished. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* One turn: waits at most timeout_ms (-1: until something happens), then calls back for what is
 * ready, then for due timers, then for deferred tasks. Not from inside a callback. */
void loop_turn(struct loop *loop, int64_t timeout_ms);
/* Monotonic time, read once a turn. */
int64_t loop_now_ms(const struct loop *loop);

/* Timers. */
struct loop_timer {
    void (*on_fire)(struct loop_timer *timer);

    struct loop *loop; /* Private, from here on. */
    int64_t due_ms;
    uint64_t sequence;
    size_t slot; /* place in the heap, from 1; 0: not running */
};

/* Fires once, delay_ms from the present (not from loop_now_ms()); restarts a running timer. Timers
 * due at the same time fire in the order of their start. Negative delays count as 0. */
void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms);
void loop_timer_stop(struct loop_timer *timer); /* harmless when it is not running */
bool loop_timer_is_running(const struct loop_timer *timer);

/* Descriptors. */
#define LOOP_READ  1U
#define LOOP_WRITE 2U

struct loop_poll {
    /* events: what is ready among what was asked for. An error or hang-up is reported as everything
     * that was asked for, so that the next read or write finds it. */
    void (*on_ready)(struct loop_poll *poll, unsigned events);

    struct loop *loop; /* Private, from here on. */
    int fd;
    unsigned wanted; /* what the owner asked for */
    unsigned armed;  /* what the kernel was asked for; 0: nothing */
    uint32_t slot;   /* in the loop's table, from 1, while armed */
    struct list changed;
};

/* Calls on_ready in each turn in which fd is ready for one of events (level-triggered), until told
 * otherwise. May be called often: changes go to the kernel once a turn. One poll a descriptor;
 * events 0 is loop_poll_stop(). Not for regular files. */
void loop_poll_set(struct loop *loop, struct loop_poll *poll, int fd, unsigned events);
/* MUST come before close(fd): the kernel would keep the socket open. So it comes also before a call
 * in which a library may close its socket and open another (PQconnectPoll), with loop_poll_set() on
 * the present one behind it. Harmless when not running. */
void loop_poll_stop(struct loop *loop, struct loop_poll *poll);

/* Tasks: what must not run inside the present call. */
struct loop_task {
    void (*on_run)(struct loop_task *task);

    struct list node; /* Private. */
};

/* Runs once, later in this turn or in the next one, never inside this call. Deferring a task that
 * is deferred already does nothing. A task that defers itself again runs in the next turn. */
void loop_defer(struct loop *loop, struct loop_task *task);
void loop_undefer(struct loop_task *task); /* harmless when it is not deferred */
bool loop_task_is_deferred(const struct loop_task *task);

/* From any thread: the loop turns and calls the hook, at least once after the last loop_wake().
 * Several wake-ups may share one call, so the hook takes all there is (ring_take()). */
void loop_wake(struct loop *loop);
void loop_on_wake(struct loop *loop, void (*on_wake)(void *ctx), void *ctx);

/* Nesting, epoll backend only (io_uring: -1): when this descriptor is readable, or when
 * loop_timeout_ms() has passed, the outer loop calls loop_turn(loop, 0). */
int loop_fd(const struct loop *loop);
/* How long the outer loop may block: ms until the next timer, 0 when tasks are pending, -1: no
 * bound. Hands pending poll changes to the kernel, so it is called right before each blocking. */
int64_t loop_timeout_ms(struct loop *loop);
