#include "base/ring.h"

#include <stddef.h>

/*
 * A stack whose taker always takes everything, so that a node never comes back while a pusher still
 * compares against it: there is no ABA problem. The compiler's builtins and not _Atomic, because
 * clang 14 refuses `{0}` for a struct that starts with an atomic pointer.
 */

bool ring_push(struct ring *ring, struct ring_message *message)
{
    struct ring_message *head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);

    do {
        message->next = head;
    } while (!__atomic_compare_exchange_n(&ring->head, &head, message, true, __ATOMIC_RELEASE,
                                          __ATOMIC_RELAXED));
    return head == NULL;
}

struct ring_message *ring_take(struct ring *ring)
{
    struct ring_message *message = __atomic_exchange_n(&ring->head, NULL, __ATOMIC_ACQUIRE);
    struct ring_message *oldest = NULL;

    while (message) {
        struct ring_message *next = message->next;

        message->next = oldest;
        oldest = message;
        message = next;
    }
    return oldest;
}
