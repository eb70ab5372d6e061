#pragma once

#include "server/child.h"
#include "server/place.h"

/* Services: the private Postgres and Redis of a place, as children. */
struct services {
    const struct place *place;
    struct child postgres, redis;
    int64_t written_back_ms; /* wall time of the last services_write_back() */
};

/* Makes the cluster on the first start, starts both, and waits until they answer. */
bool services_start(struct services *services, const struct place *place, struct error *err)
    MUST_CHECK;
/* Starts the one that ended again (its pid is 0). */
bool services_restart(struct services *services, struct child *child, struct error *err) MUST_CHECK;
/* Hands on to the disk what Postgres wrote to its tables since the last call; to be called a few
 * times a second. False: it wrote nothing, so the next call may be later. */
bool services_write_back(struct services *services);
void services_stop(struct services *services);
