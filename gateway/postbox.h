#pragma once

#include "storage/signal.h"

/*
 * Postbox: signals of many requests share a commit (io/gather.h). A run whose wait is resolved goes
 * straight to a worker of this process that has room, for which the transaction claims it
 * (scheduler/handover.h); of the others Redis is told.
 */
#define POSTBOX_GROUP_BYTES (4UL << 20) /* of payloads, or one signal */

struct gateway;
struct postbox;
struct arena;

struct postbox *postbox_new(struct gateway *gateway);
void postbox_free(struct postbox *postbox);

/* One signal; its call says workspace, arena and on_done, and carries no operation id: those go by
 * themselves, since the claim of an id is a transaction of its workspace. What the signal borrows
 * lives until on_done. */
void postbox_put(struct postbox *postbox, struct signal_item item);

/* After a signal that was sent by itself. */
void postbox_tell(struct postbox *postbox, const struct signal_item *item);
