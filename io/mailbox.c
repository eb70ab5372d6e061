/* Mailbox: a ring, and an eventfd that says that it is not empty. */
#include "io/mailbox.h"

#include "base/assert.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void on_ready(struct loop_poll *poll, unsigned events)
{
    struct mailbox *box = CONTAINER_OF(poll, struct mailbox, poll);
    uint64_t ignored;

    (void)events;
    // First the descriptor, then the ring: whoever pushes in between rings again.
    while (read(box->fd, &ignored, sizeof(ignored)) < 0 && errno == EINTR) {
        // interrupted: again
    }
    box->on_mail(box, ring_take(&box->ring));
}

void mailbox_init(struct mailbox *box)
{
    box->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ASSERT(box->fd >= 0);
    box->poll.on_ready = on_ready;
}

void mailbox_done(struct mailbox *box)
{
    ASSERT(!box->loop && !ring_take(&box->ring));
    (void)close(box->fd);
}

void mailbox_open(struct mailbox *box, struct loop *loop)
{
    ASSERT(box->on_mail && !box->loop);
    box->loop = loop;
    loop_poll_set(loop, &box->poll, box->fd, LOOP_READ);
}

void mailbox_close(struct mailbox *box)
{
    if (!box->loop) return;
    loop_poll_stop(box->loop, &box->poll);
    box->loop = NULL;
}

void mailbox_push(struct mailbox *box, struct ring_message *message)
{
    if (ring_push(&box->ring, message)) mailbox_ring(box);
}

void mailbox_ring(struct mailbox *box)
{
    uint64_t one = 1;

    while (write(box->fd, &one, sizeof(one)) < 0 && errno == EINTR) {
        // interrupted: again; a full counter has rung already
    }
}

struct ring_message *mailbox_take(struct mailbox *box)
{
    return ring_take(&box->ring);
}
