#pragma once

#include "base/error.h"
#include "io/pg_config.h"
#include "io/redis.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Scheduler role, one thread a server: renews this server's lease, sweeps what is due into Redis
 * (all of it when Redis forgot), frees runs of dead servers, fires schedules, makes partitions,
 * rolls usage up. Every server may run it: each action is decided in Postgres.
 *
 * Without Redis the lease, schedules and upkeep go on; workers then find due runs in Postgres.
 */
struct scheduler;

#define SCHEDULER_LEASE_MS 15000

struct scheduler_config {
    struct pg_config database; /* storage sets the role */
    struct redis_config redis;
    int64_t server_id;           /* our incarnation (storage/lease.h), just registered */
    int64_t lease_ms;            /* as registered; 0: SCHEDULER_LEASE_MS */
    int retention_days;          /* journals of ended runs are dropped after it; 0: never */
    void (*on_ready)(void *ctx); /* from its thread, once: the lease was renewed */
    /* Our lease could not be renewed in time: others may run what we run; the server must end.
     * Once, from its thread. */
    void (*on_lease_lost)(void *ctx);
    void *ctx;
};

/* The config's strings are borrowed until scheduler_run() ends. */
struct scheduler *scheduler_new(const struct scheduler_config *config);
/* On its own thread, until scheduler_stop(). */
bool scheduler_run(struct scheduler *scheduler, struct error *err) MUST_CHECK;
/* From any thread, also before scheduler_run(). After the workers have ended: nobody renews the
 * lease from then on (ending it is the server's). */
void scheduler_stop(struct scheduler *scheduler);
void scheduler_free(struct scheduler *scheduler); /* after scheduler_run() has returned */
