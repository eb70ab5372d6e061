#include "base/thread.h"

#include "base/assert.h"
#include "base/memory.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#define NAME_SIZE 16 /* the kernel's bound, with the NUL */

struct thread {
    pthread_t handle;
    void (*function)(void *arg);
    void *arg;
};

static void *run(void *arg)
{
    struct thread *thread = arg;

    thread->function(thread->arg);
    return NULL;
}

struct thread *thread_start(const char *name, void (*function)(void *arg), void *arg)
{
    struct thread *thread = MEMORY_NEW(struct thread);
    sigset_t all, before;

    ASSERT(strlen(name) < NAME_SIZE);
    thread->function = function;
    thread->arg = arg;
    // The new thread inherits the mask: there is no moment in which it could get a signal.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread->handle, NULL, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    ASSERT(!failed);
    pthread_setname_np(thread->handle, name);
    return thread;
}

void thread_join(struct thread *thread)
{
    int failed = pthread_join(thread->handle, NULL);

    ASSERT(!failed);
    memory_free(thread);
}
