#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Threads and the one channel between them. pthread and _Atomic stay in here (and in io/). */
struct thread;

/* Starts function(arg) with all signals blocked. name: at most 15 bytes. */
struct thread *thread_start(const char *name, void (*function)(void *arg), void *arg);
void thread_join(struct thread *thread);

/*
 * Mailbox: many threads push messages, one takes them. ring_push() gives the message away. Intrusive,
 * lock-free (a Treiber stack that the taker reverses). Returns true when the box was empty, which is
 * when the taker needs a wake-up.
 */
struct ring_message {
    struct ring_message *next;
};

struct ring {
    struct ring_message *_Atomic head;
};

bool ring_push(struct ring *ring, struct ring_message *message);
/* All messages, oldest first, linked by next; NULL: none. */
struct ring_message *ring_take(struct ring *ring);
