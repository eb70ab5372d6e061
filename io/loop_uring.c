/*
 * io_uring backend. One ring a loop; everything that was asked for during a turn goes to the kernel
 * in the one system call that also waits.
 *
 * A poll is armed one-shot, and again before the next wait as long as it is wanted: arming looks at
 * the present state, which makes it level-triggered (multishot polls are edge-triggered), and a
 * transfer that ends needs no cancelling. What is armed beyond what is wanted stays so; its answer
 * is filtered.
 *
 * An armed poll keeps its socket open even after close(fd), so that the peer sees no end, and the
 * number may be in use again. Hence poll_disarm(): a removal by key, never by descriptor; answers
 * with a stale key are dropped.
 */
#include "base/assert.h"
#include "base/memory.h"
#include "io/loop_private.h"

#include <liburing.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SUBMISSIONS 512
#define COMPLETIONS 16384 /* more than that in one turn are kept by the kernel (NODROP) */
#define KEY_IGNORED 0     /* no slot has it */

struct loop_uring {
    struct io_uring ring;
};

/* What the ring may do; a restriction holds for the whole life of the ring. */
static const uint8_t allowed_ops[] = {
    IORING_OP_POLL_ADD, IORING_OP_POLL_REMOVE, IORING_OP_OPENAT, IORING_OP_CLOSE,
    IORING_OP_READ,     IORING_OP_WRITE,       IORING_OP_FSYNC,  IORING_OP_RENAMEAT,
    IORING_OP_UNLINKAT, IORING_OP_MKDIRAT,     IORING_OP_STATX,
};

/* Why io_uring is refused. */

static int read_disabled_sysctl(void)
{
    char text[16] = {0};
    int fd = open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC);

    if (fd < 0) return 0;
    ssize_t len = read(fd, text, sizeof(text) - 1);

    (void)close(fd);
    return len > 0 && text[0] >= '0' && text[0] <= '9' ? text[0] - '0' : 0;
}

static bool explain(int code, struct error *err)
{
    if (code == EPERM && read_disabled_sysctl() > 0) {
        error_set(err, E_UNAVAILABLE, "io_uring is off: kernel.io_uring_disabled is %d",
                  read_disabled_sysctl());
        return error_hint(err, "Set the sysctl to 0, or use WEIR_LOOP=epoll.");
    }
    if (code == EPERM || code == EACCES) {
        error_set(err, E_UNAVAILABLE, "io_uring is forbidden here by a seccomp filter");
        return error_hint(err, "Run the container with a seccomp profile that allows io_uring, or "
                               "use WEIR_LOOP=epoll.");
    }
    if (code == ENOSYS) {
        error_set(err, E_UNAVAILABLE,
                  "io_uring is absent: this kernel or its seccomp filter has "
                  "no such system call");
        return error_hint(err, "Use a kernel from 5.15 on, or WEIR_LOOP=epoll.");
    }
    if (code == ENOMEM) {
        error_set(err, E_UNAVAILABLE, "io_uring has no memory for its rings");
        return error_hint(err, "Raise the limit of locked memory (ulimit -l).");
    }
    if (code == EMFILE || code == ENFILE) {
        error_set(err, E_UNAVAILABLE, "io_uring gets no descriptor: too many are open");
        return error_hint(err, "Raise the limit of open files (ulimit -n).");
    }
    error_set(err, E_UNAVAILABLE, "io_uring cannot be set up: %s", strerror(code));
    return error_hint(err, "Use a kernel from 5.15 on, or WEIR_LOOP=epoll.");
}

/* Setting the ring up. */

static int ring_register(struct io_uring *ring, unsigned opcode, const void *arg, unsigned count)
{
    long result = syscall(__NR_io_uring_register, ring->ring_fd, opcode, arg, count);

    return result < 0 ? -errno : (int)result;
}

/* Every operation must be known to this kernel: a ring that can poll but not rename is no use. */
static bool has_operations(struct io_uring *ring)
{
    struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
    bool has_all = probe != NULL;

    for (size_t i = 0; has_all && i < ARRAY_COUNT(allowed_ops); i++) {
        has_all = io_uring_opcode_supported(probe, allowed_ops[i]);
    }
    io_uring_free_probe(probe);
    return has_all;
}

static int restrict_and_enable(struct io_uring *ring)
{
    struct io_uring_restriction rules[ARRAY_COUNT(allowed_ops)] = {0};

    for (size_t i = 0; i < ARRAY_COUNT(allowed_ops); i++) {
        rules[i].opcode = IORING_RESTRICTION_SQE_OP;
        rules[i].sqe_op = allowed_ops[i];
    }
    // Where the kernel cannot restrict, the ring works all the same.
    (void)ring_register(ring, IORING_REGISTER_RESTRICTIONS, rules, ARRAY_COUNT(rules));
    return ring_register(ring, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
}

static bool uring_open(struct loop *loop, struct error *err)
{
    static const unsigned attempts[] = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SUBMIT_ALL,
        IORING_SETUP_SUBMIT_ALL,
        0,
    };
    const unsigned needed = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG;
    struct loop_uring *uring = MEMORY_NEW(struct loop_uring);
    struct io_uring_params params;
    int result = -EINVAL;

    for (size_t i = 0; result == -EINVAL && i < ARRAY_COUNT(attempts); i++) {
        params = (struct io_uring_params){
            .flags = attempts[i] | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED,
            .cq_entries = COMPLETIONS,
        };
        result = io_uring_queue_init_params(SUBMISSIONS, &uring->ring, &params);
    }
    if (result < 0) {
        memory_free(uring);
        return explain(-result, err);
    }
    if ((params.features & needed) != needed || !has_operations(&uring->ring)) {
        result = -ENOSYS;
    } else {
        result = restrict_and_enable(&uring->ring);
    }
    if (result < 0) {
        io_uring_queue_exit(&uring->ring);
        memory_free(uring);
        return explain(-result, err);
    }
    loop->uring = uring;
    return true;
}

static void uring_close(struct loop *loop)
{
    io_uring_queue_exit(&loop->uring->ring);
    memory_free(loop->uring);
    loop->uring = NULL;
}

/* Asking. */

static struct io_uring_sqe *take_sqe(struct loop *loop)
{
    struct io_uring *ring = &loop->uring->ring;
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

    while (!sqe) { // full: the batch leaves early
        int result = io_uring_submit(ring);

        ASSERT(result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY);
        if (result < 0) (void)io_uring_get_events(ring);
        sqe = io_uring_get_sqe(ring);
    }
    return sqe;
}

static void uring_poll_disarm(struct loop *loop, struct loop_poll *poll)
{
    struct io_uring_sqe *sqe = take_sqe(loop);

    io_uring_prep_poll_remove(sqe, loop_slot_key(loop, poll->slot));
    io_uring_sqe_set_data64(sqe, KEY_IGNORED);
    loop_slot_release(loop, poll->slot);
    poll->slot = 0;
    poll->armed = 0;
}

static void uring_poll_apply(struct loop *loop, struct loop_poll *poll)
{
    unsigned mask = 0;

    if ((poll->wanted & ~poll->armed) == 0) return; // all that is wanted is armed already
    if (poll->armed) uring_poll_disarm(loop, poll);
    if (poll->wanted & LOOP_READ) mask |= POLLIN;
    if (poll->wanted & LOOP_WRITE) mask |= POLLOUT;
    struct io_uring_sqe *sqe = take_sqe(loop);

    io_uring_prep_poll_add(sqe, poll->fd, mask);
    io_uring_sqe_set_data64(sqe, loop_slot_take(loop, poll, false, &poll->slot));
    poll->armed = poll->wanted;
}

static void uring_call(struct loop *loop, struct loop_call *call)
{
    struct io_uring_sqe *sqe = take_sqe(loop);
    unsigned len = (unsigned)MIN(call->len, 1U << 30);
    uint32_t slot;

    switch (call->kind) {
    case LOOP_CALL_OPEN:
        io_uring_prep_openat(sqe, AT_FDCWD, call->path, call->flags | O_CLOEXEC, call->mode);
        break;
    case LOOP_CALL_CLOSE: io_uring_prep_close(sqe, call->fd); break;
    case LOOP_CALL_READ:
        io_uring_prep_read(sqe, call->fd, call->buffer, len, (uint64_t)call->offset);
        break;
    case LOOP_CALL_WRITE:
        io_uring_prep_write(sqe, call->fd, call->data, len, (uint64_t)call->offset);
        break;
    case LOOP_CALL_FSYNC: io_uring_prep_fsync(sqe, call->fd, 0); break;
    case LOOP_CALL_RENAME:
        io_uring_prep_renameat(sqe, AT_FDCWD, call->path, AT_FDCWD, call->to, 0);
        break;
    case LOOP_CALL_UNLINK: io_uring_prep_unlinkat(sqe, AT_FDCWD, call->path, 0); break;
    case LOOP_CALL_MKDIR: io_uring_prep_mkdirat(sqe, AT_FDCWD, call->path, call->mode); break;
    case LOOP_CALL_STAT:
        io_uring_prep_statx(sqe, call->fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE,
                            &call->status);
        break;
    case LOOP_CALL_KINDS: ASSERT(false); break;
    }
    io_uring_sqe_set_data64(sqe, loop_slot_take(loop, call, true, &slot));
}

/* Answers. */

static unsigned events_of(const struct loop_poll *poll, int result)
{
    unsigned events = 0;

    // A failed poll, an error, a hang-up: everything, so that the next read or write finds it.
    if (result < 0 || (result & (POLLERR | POLLHUP | POLLNVAL))) return poll->wanted;
    if (result & POLLIN) events |= LOOP_READ;
    if (result & POLLOUT) events |= LOOP_WRITE;
    return events;
}

static void dispatch(struct loop *loop, uint64_t key, int result)
{
    struct loop_slot *entry = loop_slot_find(loop, key);

    if (!entry) return; // stale, or the answer to a removal
    if (entry->is_call) {
        struct loop_call *call = entry->owner;

        loop_slot_release(loop, (uint32_t)key);
        loop_call_done(loop, call, result);
        return;
    }
    struct loop_poll *poll = entry->owner;

    loop_slot_release(loop, (uint32_t)key);
    poll->slot = 0;
    poll->armed = 0;
    loop_poll_changed(loop, poll); // armed again before the next wait, unless it is stopped now
    loop_event(loop, poll, events_of(poll, result));
}

static void uring_wait(struct loop *loop, int64_t timeout_ms)
{
    struct io_uring *ring = &loop->uring->ring;
    struct io_uring_cqe *cqe = NULL;
    int result;

    if (timeout_ms < 0) {
        result = io_uring_submit_and_wait(ring, 1);
    } else if (timeout_ms == 0) {
        result = io_uring_submit_and_get_events(ring);
    } else {
        struct __kernel_timespec limit = {
            .tv_sec = timeout_ms / 1000,
            .tv_nsec = (timeout_ms % 1000) * 1000000,
        };

        result = io_uring_submit_and_wait_timeout(ring, &cqe, 1, &limit, NULL);
    }
    // A signal, the time, or a kernel short of memory: the next turn tries again.
    ASSERT(result >= 0 || result == -EINTR || result == -ETIME || result == -EAGAIN ||
           result == -EBUSY);
    unsigned count = io_uring_cq_ready(ring); // what comes meanwhile waits for its turn

    while (count-- > 0 && io_uring_peek_cqe(ring, &cqe) == 0) {
        uint64_t key = cqe->user_data;

        result = cqe->res;
        io_uring_cqe_seen(ring, cqe);
        dispatch(loop, key, result);
    }
}

const struct loop_ops loop_uring_ops = {
    .open = uring_open,
    .close = uring_close,
    .poll_apply = uring_poll_apply,
    .poll_disarm = uring_poll_disarm,
    .call = uring_call,
    .wait = uring_wait,
};
