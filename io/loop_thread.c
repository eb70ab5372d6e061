/*
 * The helper thread of the epoll backend: a regular file is always "ready", yet reading, writing
 * and fsync block, so they run here, in order, one at a time. Calls come in through a queue under a
 * mutex and go back through a mailbox and a wake-up of the loop.
 */
#include "base/assert.h"
#include "base/memory.h"
#include "base/thread.h"
#include "io/loop_private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

struct loop_thread {
    struct loop *loop;
    struct thread *thread;
    struct ring ended; /* to the loop */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t cond;
    struct loop_call *first, *last; /* linked by next */
    bool is_ending;
};

static int execute(struct loop_call *call)
{
    switch (call->kind) {
    case LOOP_CALL_OPEN: return open(call->path, call->flags | O_CLOEXEC, call->mode);
    case LOOP_CALL_CLOSE: return close(call->fd);
    case LOOP_CALL_READ:
        return (int)pread(call->fd, call->buffer, MIN(call->len, 1U << 30), call->offset);
    case LOOP_CALL_WRITE:
        return (int)pwrite(call->fd, call->data, MIN(call->len, 1U << 30), call->offset);
    case LOOP_CALL_FSYNC: return fsync(call->fd);
    case LOOP_CALL_RENAME: return rename(call->path, call->to);
    case LOOP_CALL_UNLINK: return unlink(call->path);
    case LOOP_CALL_MKDIR: return mkdir(call->path, call->mode);
    case LOOP_CALL_STAT:
        return statx(call->fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE, &call->status);
    case LOOP_CALL_KINDS: break;
    }
    ASSERT(false);
    return -1;
}

static struct loop_call *next_call(struct loop_thread *thread)
{
    (void)pthread_mutex_lock(&thread->mutex);
    while (!thread->first && !thread->is_ending) {
        (void)pthread_cond_wait(&thread->cond, &thread->mutex);
    }
    struct loop_call *call = thread->first;

    if (call) thread->first = call->next;
    if (!thread->first) thread->last = NULL;
    (void)pthread_mutex_unlock(&thread->mutex);
    return call;
}

static void run(void *arg)
{
    struct loop_thread *thread = arg;
    struct loop_call *call;

    while ((call = next_call(thread))) {
        do {
            call->result = execute(call);
        } while (call->result < 0 && errno == EINTR && call->kind != LOOP_CALL_CLOSE);
        if (call->result < 0) call->result = -errno;
        (void)ring_push(&thread->ended, &call->message);
        loop_wake(thread->loop);
    }
}

struct loop_thread *loop_thread_new(struct loop *loop)
{
    struct loop_thread *thread = MEMORY_NEW(struct loop_thread);

    thread->loop = loop;
    (void)pthread_mutex_init(&thread->mutex, NULL);
    (void)pthread_cond_init(&thread->cond, NULL);
    thread->thread = thread_start("weir-files", run, thread);
    return thread;
}

void loop_thread_free(struct loop_thread *thread)
{
    if (!thread) return;
    (void)pthread_mutex_lock(&thread->mutex);
    thread->is_ending = true;
    (void)pthread_cond_signal(&thread->cond);
    (void)pthread_mutex_unlock(&thread->mutex);
    thread_join(thread->thread);
    (void)pthread_cond_destroy(&thread->cond);
    (void)pthread_mutex_destroy(&thread->mutex);
    memory_free(thread);
}

void loop_thread_push(struct loop_thread *thread, struct loop_call *call)
{
    call->next = NULL;
    (void)pthread_mutex_lock(&thread->mutex);
    if (thread->last) {
        thread->last->next = call;
    } else {
        thread->first = call;
    }
    thread->last = call;
    (void)pthread_cond_signal(&thread->cond);
    (void)pthread_mutex_unlock(&thread->mutex);
}

void loop_thread_reap(struct loop_thread *thread)
{
    struct ring_message *message = ring_take(&thread->ended);

    while (message) {
        struct loop_call *call = CONTAINER_OF(message, struct loop_call, message);

        message = message->next; // before the callback: the call may be gone after it
        loop_call_done(thread->loop, call, call->result);
    }
}
