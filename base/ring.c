#include "base/ring.h"

#include <stdatomic.h>
#include <stddef.h>

/*
 * A stack whose taker always takes everything, so that a node never comes back while a pusher still
 * compares against it: there is no ABA problem.
 */

bool ring_push(struct ring *ring, struct ring_message *message)
{
    struct ring_message *head = atomic_load_explicit(&ring->head, memory_order_relaxed);

    do {
        message->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&ring->head, &head, message,
                                                    memory_order_release, memory_order_relaxed));
    return head == NULL;
}

struct ring_message *ring_take(struct ring *ring)
{
    struct ring_message *message =
        atomic_exchange_explicit(&ring->head, NULL, memory_order_acquire);
    struct ring_message *oldest = NULL;

    while (message) {
        struct ring_message *next = message->next;

        message->next = oldest;
        oldest = message;
        message = next;
    }
    return oldest;
}
