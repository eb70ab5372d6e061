#pragma once

#include "base/arena.h"
#include "io/loop.h"
#include "scheduler/scheduler_context.h"
#include "storage/lease.h"

/* Lease keeper: renews the server's lease each third of its duration, and says once when it has
 * passed, by the database's word or because the database could not be asked in time. */
struct lease_keeper {
    struct scheduler_context *context; /* In. */
    int64_t server_id, lease_ms;
    void (*on_renewed)(struct lease_keeper *keeper); /* each time */
    void (*on_lost)(struct lease_keeper *keeper);    /* once; nothing comes after it */

    struct arena arena; /* Private, from here on. */
    struct lease_renew renew;
    struct loop_timer renew_timer, lost_timer;
    int64_t sent_ms; /* when the renewal in flight was sent */
    bool is_lost;
    struct scheduler_outage outage;
};

void lease_keeper_start(struct lease_keeper *keeper);
void lease_keeper_stop(struct lease_keeper *keeper); /* when the context is stopping */
void lease_keeper_done(struct lease_keeper *keeper); /* when all has answered */
