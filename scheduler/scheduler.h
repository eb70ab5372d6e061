#pragma once

#include "base/error.h"
#include "io/pg_config.h"
#include "io/redis.h"

/*
 * Scheduler role, one thread a server: renews this server's lease, sweeps what is due into Redis
 * (all of it when Redis forgot), frees runs of dead servers, fires schedules, makes partitions,
 * rolls usage up. Every server may run it: each action is decided in Postgres.
 */
struct scheduler;

struct scheduler_config {
    struct pg_config database;
    struct redis_config redis;
    int64_t server_id;           /* our incarnation (storage/servers.h) */
    void (*on_ready)(void *ctx); /* from its thread, once */
    /* Our lease could not be renewed in time: others may run what we run; the server must end. */
    void (*on_lease_lost)(void *ctx);
    void *ctx;
};

struct scheduler *scheduler_new(const struct scheduler_config *config);
/* On its own thread, until scheduler_stop(). */
bool scheduler_run(struct scheduler *scheduler, struct error *err) MUST_CHECK;
void scheduler_stop(struct scheduler *scheduler); /* from any thread */
void scheduler_free(struct scheduler *scheduler);
