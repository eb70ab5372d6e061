#pragma once

#include <stdbool.h>

/*
 * Ring: a mailbox. Many threads push messages, one takes them. ring_push() gives the message away.
 * Intrusive and lock-free: a stack that the taker empties at once and reverses. A zeroed struct is
 * an empty ring.
 */
struct ring_message {
    struct ring_message *next;
};

struct ring {
    struct ring_message *head; /* private: only by atomic operations */
};

/* True when the box was empty, which is when the taker needs a wake-up. */
bool ring_push(struct ring *ring, struct ring_message *message);
/* All messages, oldest first, linked by next; NULL: none. */
struct ring_message *ring_take(struct ring *ring);
