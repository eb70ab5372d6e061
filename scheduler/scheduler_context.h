#pragma once

#include "base/error.h"

#include <stdbool.h>

/* What the parts of the scheduler's thread share. They live on one loop; once is_stopping, none of
 * them starts anything, and what is in flight still answers. */
struct loop;
struct storage;
struct queue;
struct redis_client;

struct scheduler_context {
    struct loop *loop;
    struct storage *storage;
    struct redis_client *redis;
    struct queue *queue;
    int shard;
    bool is_stopping;
};

/* An outage is logged when it begins and when it is over, not each second. */
struct scheduler_outage {
    bool is_on;
};

/* err NULL: it went well. what: "reading what is due". */
void scheduler_outage_note(struct scheduler_outage *outage, const char *where, const char *what,
                           const struct error *err);
