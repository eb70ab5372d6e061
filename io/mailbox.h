#pragma once

#include "base/ring.h"
#include "io/loop.h"

/*
 * Mailbox: messages from any thread to the one whose loop has it open. It outlives the loops on
 * both sides: what is pushed while it is not open waits, and is taken by mailbox_take() at the end
 * at the latest.
 *
 * A push wakes the loop only when the box was empty, so a burst costs one system call on each side.
 */
struct mailbox {
    /* oldest: all messages that were there, linked by next; NULL: none, somebody rang. */
    void (*on_mail)(struct mailbox *box, struct ring_message *oldest); /* Set before opening. */

    struct ring ring; /* Private. */
    struct loop *loop;
    struct loop_poll poll;
    int fd; /* eventfd */
};

void mailbox_init(struct mailbox *box);
/* Nobody pushes any more, and it is closed and empty. */
void mailbox_done(struct mailbox *box);

/* By the loop's thread. What came before is taken in the first turn. */
void mailbox_open(struct mailbox *box, struct loop *loop);
void mailbox_close(struct mailbox *box); /* harmless when it is not open */

/* From any thread. */
void mailbox_push(struct mailbox *box, struct ring_message *message);
/* The owner is called, if only to look. */
void mailbox_ring(struct mailbox *box);
/* By the owner, or when nobody pushes any more. */
struct ring_message *mailbox_take(struct mailbox *box);
