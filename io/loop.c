/*
 * Loop: what the backends have in common. A turn is
 *
 *     apply changed polls -> wait (backend) -> ready polls, ended calls -> due timers -> tasks
 *
 * Invariants: a poll is in `changed` or in step with the kernel; a slot has an owner exactly while
 * the kernel may answer for it; callbacks run only inside loop_turn().
 */
#include "io/loop.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "io/loop_private.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void on_wake_ready(struct loop_poll *poll, unsigned events);

static bool try_backend(struct loop *loop, enum loop_backend backend, struct error *err)
{
    loop->ops = backend == LOOP_URING ? &loop_uring_ops : &loop_epoll_ops;
    loop->backend = backend;
    loop->fd = -1;
    return loop->ops->open(loop, err);
}

static bool open_backend(struct loop *loop, enum loop_backend want, struct error *err)
{
    static atomic_bool was_logged;
    struct error refusal = {0};

    if (want != LOOP_AUTO) return try_backend(loop, want, err);
    if (try_backend(loop, LOOP_URING, &refusal)) return true;
    if (!atomic_exchange(&was_logged, true)) {
        log_write_error(LOG_WARN, "io/loop", "io_uring refused, using epoll", &refusal);
    }
    return try_backend(loop, LOOP_EPOLL, err);
}

struct loop *loop_new(enum loop_backend want, struct error *err)
{
    struct loop *loop = MEMORY_NEW(struct loop);

    (void)signal(SIGPIPE, SIG_IGN); // a write to a closed socket is an error of that write
    list_init(&loop->changed);
    list_init(&loop->tasks);
    list_init(&loop->running);
    loop->now_ms = clock_monotonic_ms();
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->wake_fd < 0) {
        error_set(err, E_IO, "cannot make an event loop: no event descriptor (errno %d)", errno);
        error_hint(err, "Raise the limit of open files (ulimit -n).");
        memory_free(loop);
        return NULL;
    }
    if (!open_backend(loop, want, err)) {
        (void)close(loop->wake_fd);
        memory_free(loop);
        return NULL;
    }
    loop->wake_poll.on_ready = on_wake_ready;
    loop_poll_set(loop, &loop->wake_poll, loop->wake_fd, LOOP_READ);
    return loop;
}

static void forget_tasks(struct list *tasks)
{
    while (!list_is_empty(tasks)) {
        (void)list_pop(tasks);
    }
}

void loop_free(struct loop *loop)
{
    if (!loop) return;
    ASSERT(!loop->turning);
    loop->closing = true; // from here on nothing calls back
    while (loop->call_count > 0) {
        loop->ops->wait(loop, -1);
    }
    loop->ops->close(loop);
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        struct loop_poll *poll = loop->slots[i].owner;

        if (!poll) continue;
        poll->armed = poll->wanted = 0;
        poll->slot = 0;
    }
    forget_tasks(&loop->changed);
    forget_tasks(&loop->tasks);
    timer_heap_done(&loop->timers);
    (void)close(loop->wake_fd);
    memory_free(loop->slots);
    memory_free(loop);
}

enum loop_backend loop_backend(const struct loop *loop)
{
    return loop->backend;
}

bool loop_backend_find(struct text name, enum loop_backend *out, struct error *err)
{
    static const struct {
        const char *name;
        enum loop_backend backend;
    } names[] = {
        {"", LOOP_AUTO},
        {"auto", LOOP_AUTO},
        {"uring", LOOP_URING},
        {"epoll", LOOP_EPOLL},
    };

    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (!text_equal(name, text_from(names[i].name))) continue;
        *out = names[i].backend;
        return true;
    }
    error_set(err, E_INPUT, "there is no event loop named " TEXT_FMT, TEXT_ARG(name));
    return error_hint(err, "Use auto, uring or epoll.");
}

/* The turn. */

static int64_t wait_ms(struct loop *loop, int64_t timeout_ms)
{
    const struct loop_timer *first = timer_heap_first(&loop->timers);

    if (!list_is_empty(&loop->tasks)) return 0;
    if (!first) return timeout_ms;
    int64_t until_ms = MAX(first->due_ms - clock_monotonic_ms(), 0);

    return timeout_ms < 0 ? until_ms : MIN(timeout_ms, until_ms);
}

static void apply_changes(struct loop *loop)
{
    struct list *node;

    while ((node = list_pop(&loop->changed))) {
        loop->ops->poll_apply(loop, LIST_ITEM(node, struct loop_poll, changed));
    }
}

static void fire_timers(struct loop *loop)
{
    uint64_t sequence_end = loop->timer_sequence; // what is started meanwhile waits for its turn
    struct loop_timer *timer;

    while ((timer = timer_heap_first(&loop->timers))) {
        if (timer->due_ms > loop->now_ms || timer->sequence > sequence_end) break;
        timer_heap_remove(&loop->timers, timer);
        timer->on_fire(timer);
    }
}

static void run_tasks(struct loop *loop)
{
    struct list *node;

    // What is deferred meanwhile goes to `tasks` and waits for the next turn.
    while ((node = list_pop(&loop->tasks))) {
        list_push(&loop->running, node);
    }
    while ((node = list_pop(&loop->running))) {
        struct loop_task *task = LIST_ITEM(node, struct loop_task, node);

        task->on_run(task);
    }
}

void loop_turn(struct loop *loop, int64_t timeout_ms)
{
    ASSERT(!loop->turning);
    loop->turning = true;
    apply_changes(loop);
    loop->ops->wait(loop, wait_ms(loop, timeout_ms));
    loop->now_ms = clock_monotonic_ms();
    fire_timers(loop);
    run_tasks(loop);
    loop->turning = false;
}

void loop_run(struct loop *loop)
{
    loop->stopped = false;
    while (!loop->stopped) {
        loop_turn(loop, -1);
    }
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

int64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

int loop_fd(const struct loop *loop)
{
    return loop->fd;
}

int64_t loop_timeout_ms(struct loop *loop)
{
    apply_changes(loop);
    return wait_ms(loop, -1);
}

/* Timers. */

void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms)
{
    loop_timer_stop(timer);
    timer->loop = loop;
    timer->sequence = ++loop->timer_sequence;
    if (__builtin_add_overflow(clock_monotonic_ms(), MAX(delay_ms, 0), &timer->due_ms)) {
        timer->due_ms = INT64_MAX;
    }
    timer_heap_push(&loop->timers, timer);
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer->slot) timer_heap_remove(&timer->loop->timers, timer);
}

bool loop_timer_is_running(const struct loop_timer *timer)
{
    return timer->slot != 0;
}

/* Polls. */

void loop_poll_changed(struct loop *loop, struct loop_poll *poll)
{
    list_remove(&poll->changed);
    list_push(&loop->changed, &poll->changed);
}

void loop_poll_set(struct loop *loop, struct loop_poll *poll, int fd, unsigned events)
{
    ASSERT((events & ~(LOOP_READ | LOOP_WRITE)) == 0);
    if (events == 0 || (poll->wanted && poll->fd != fd)) loop_poll_stop(loop, poll);
    if (events == 0) return;
    ASSERT(fd >= 0);
    ASSERT(poll->on_ready != NULL);
    poll->loop = loop;
    poll->fd = fd;
    poll->wanted = events;
    if (poll->armed != events) loop_poll_changed(loop, poll);
}

void loop_poll_stop(struct loop *loop, struct loop_poll *poll)
{
    ASSERT(!poll->wanted || poll->loop == loop);
    poll->wanted = 0;
    list_remove(&poll->changed);
    if (poll->armed) loop->ops->poll_disarm(loop, poll);
    ASSERT(poll->armed == 0 && poll->slot == 0);
}

void loop_event(struct loop *loop, struct loop_poll *poll, unsigned events)
{
    if (loop->closing || (events & poll->wanted) == 0) return;
    poll->on_ready(poll, events & poll->wanted); // last: it may free the poll
}

/* Calls. */

void loop_call_start(struct loop *loop, struct loop_call *call)
{
    ASSERT(call->kind < LOOP_CALL_KINDS);
    ASSERT(call->on_done != NULL);
    call->loop = loop;
    loop->call_count++;
    loop->ops->call(loop, call);
}

void loop_call_done(struct loop *loop, struct loop_call *call, int result)
{
    ASSERT(loop->call_count > 0);
    loop->call_count--;
    if (!loop->closing) call->on_done(call, result);
}

/* Tasks. */

void loop_defer(struct loop *loop, struct loop_task *task)
{
    if (!loop_task_is_deferred(task)) list_push(&loop->tasks, &task->node);
}

void loop_undefer(struct loop_task *task)
{
    list_remove(&task->node);
}

bool loop_task_is_deferred(const struct loop_task *task)
{
    return !list_is_empty(&task->node);
}

/* Wake-ups. The flag saves the system call of all but the first loop_wake() before a turn. It is
 * cleared before the hook runs: what was handed over before it was set is seen by that hook. */

void loop_wake(struct loop *loop)
{
    const uint64_t one = 1;

    if (atomic_exchange(&loop->wake_pending, true)) return;
    while (write(loop->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
}

static void on_wake_ready(struct loop_poll *poll, unsigned events)
{
    struct loop *loop = CONTAINER_OF(poll, struct loop, wake_poll);
    uint64_t count;
    (void)events;

    while (read(loop->wake_fd, &count, sizeof(count)) < 0 && errno == EINTR) {
    }
    atomic_store(&loop->wake_pending, false);
    if (loop->on_wake) loop->on_wake(loop->wake_ctx);
}

void loop_on_wake(struct loop *loop, void (*on_wake)(void *ctx), void *ctx)
{
    loop->on_wake = on_wake;
    loop->wake_ctx = ctx;
}

/* Slots. */

static void grow_slots(struct loop *loop)
{
    uint32_t count = loop->slot_count ? 2 * loop->slot_count : 64;

    loop->slots = memory_resize(loop->slots, count, sizeof(struct loop_slot));
    for (uint32_t i = count; i > loop->slot_count; i--) {
        loop->slots[i - 1] = (struct loop_slot){.generation = 1, .next_free = loop->slot_free};
        loop->slot_free = i;
    }
    loop->slot_count = count;
}

uint64_t loop_slot_key(const struct loop *loop, uint32_t slot)
{
    return (uint64_t)loop->slots[slot - 1].generation << 32 | slot;
}

uint64_t loop_slot_take(struct loop *loop, void *owner, bool is_call, uint32_t *out_slot)
{
    if (loop->slot_free == 0) grow_slots(loop);
    uint32_t slot = loop->slot_free;
    struct loop_slot *entry = &loop->slots[slot - 1];

    ASSERT(entry->owner == NULL);
    loop->slot_free = entry->next_free;
    entry->owner = owner;
    entry->is_call = is_call;
    *out_slot = slot;
    return loop_slot_key(loop, slot);
}

void loop_slot_release(struct loop *loop, uint32_t slot)
{
    ASSERT(slot > 0 && slot <= loop->slot_count);
    struct loop_slot *entry = &loop->slots[slot - 1];

    ASSERT(entry->owner != NULL);
    entry->owner = NULL;
    entry->generation++;
    entry->next_free = loop->slot_free;
    loop->slot_free = slot;
}

struct loop_slot *loop_slot_find(struct loop *loop, uint64_t key)
{
    uint32_t slot = (uint32_t)key;

    if (slot == 0 || slot > loop->slot_count) return NULL;
    struct loop_slot *entry = &loop->slots[slot - 1];

    return entry->owner && entry->generation == (uint32_t)(key >> 32) ? entry : NULL;
}
