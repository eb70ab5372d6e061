/*
 * epoll backend: level-triggered, one epoll_ctl a turn for a poll that changed. File calls run on a
 * helper thread that starts with the first of them.
 */
#include "base/assert.h"
#include "base/memory.h"
#include "io/loop_private.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 256 /* a turn; the rest stays ready for the next one */

struct loop_epoll {
    int fd;
    struct loop_thread *thread; /* NULL: no call yet */
    struct epoll_event events[EVENTS_MAX];
};

static bool epoll_open(struct loop *loop, struct error *err)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0) {
        error_set(err, E_IO, "cannot make an event loop: no epoll descriptor (errno %d)", errno);
        return error_hint(err, "Raise the limit of open files (ulimit -n).");
    }
    loop->epoll = MEMORY_NEW(struct loop_epoll);
    loop->epoll->fd = loop->fd = fd;
    return true;
}

static void epoll_close(struct loop *loop)
{
    loop_thread_free(loop->epoll->thread);
    (void)close(loop->epoll->fd);
    memory_free(loop->epoll);
    loop->epoll = NULL;
}

static void epoll_poll_disarm(struct loop *loop, struct loop_poll *poll)
{
    // Fails only where the descriptor was closed already, which has the same effect.
    (void)epoll_ctl(loop->epoll->fd, EPOLL_CTL_DEL, poll->fd, NULL);
    loop_slot_release(loop, poll->slot);
    poll->slot = 0;
    poll->armed = 0;
}

static void epoll_poll_apply(struct loop *loop, struct loop_poll *poll)
{
    bool is_known = poll->armed != 0;
    struct epoll_event event = {0};

    if (poll->wanted == poll->armed) return;
    if (poll->wanted & LOOP_READ) event.events |= EPOLLIN;
    if (poll->wanted & LOOP_WRITE) event.events |= EPOLLOUT;
    event.data.u64 =
        is_known ? loop_slot_key(loop, poll->slot) : loop_slot_take(loop, poll, false, &poll->slot);
    int result =
        epoll_ctl(loop->epoll->fd, is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, poll->fd, &event);

    ASSERT(result == 0); // a closed or unpollable descriptor, or no memory
    poll->armed = poll->wanted;
}

static void epoll_call(struct loop *loop, struct loop_call *call)
{
    struct loop_epoll *epoll = loop->epoll;

    if (!epoll->thread) epoll->thread = loop_thread_new(loop);
    loop_thread_push(epoll->thread, call);
}

static unsigned events_of(const struct loop_poll *poll, uint32_t ready)
{
    unsigned events = 0;

    if (ready & (EPOLLERR | EPOLLHUP)) return poll->wanted;
    if (ready & EPOLLIN) events |= LOOP_READ;
    if (ready & EPOLLOUT) events |= LOOP_WRITE;
    return events;
}

static void epoll_wait_turn(struct loop *loop, int64_t timeout_ms)
{
    struct loop_epoll *epoll = loop->epoll;
    int count =
        epoll_wait(epoll->fd, epoll->events, EVENTS_MAX, (int)MIN(timeout_ms, (int64_t)INT_MAX));

    ASSERT(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++) {
        struct loop_slot *entry = loop_slot_find(loop, epoll->events[i].data.u64);

        if (!entry) continue; // stopped by a callback of this turn
        loop_event(loop, entry->owner, events_of(entry->owner, epoll->events[i].events));
    }
    if (epoll->thread) loop_thread_reap(epoll->thread);
}

const struct loop_ops loop_epoll_ops = {
    .open = epoll_open,
    .close = epoll_close,
    .poll_apply = epoll_poll_apply,
    .poll_disarm = epoll_poll_disarm,
    .call = epoll_call,
    .wait = epoll_wait_turn,
};
