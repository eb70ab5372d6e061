#pragma once

#include "base/error.h"
#include "io/pg_config.h"
#include "io/redis.h"

/*
 * Worker: one thread of the executor role, with a loop, connections, an HTTP client and runs of its
 * own. It sleeps until it is woken, claims runs that Redis proposes, drives them, and commits what
 * they did in groups.
 */
struct worker;
struct core;
struct handover;

struct worker_config {
    struct pg_config database;
    struct redis_config redis;
    const struct core *core; /* flow's core library, shared */
    int64_t server_id;       /* our incarnation (storage/servers.h) */
    int index;               /* number of the worker within the server */
    const char *egress_allow;
    const char *base_url;      /* for callback and approval links */
    const uint8_t *master_key; /* 32 bytes, for secrets and wait tokens */
    struct handover
        *handover;       /* with the gateways of this process, our place there is index; or NULL */
    size_t memory_bytes; /* of virtual machines (executor/memory_share.h); 0: as in limits.h */
    void (*on_ready)(void *ctx);
    void *ctx;
};

struct worker *worker_new(const struct worker_config *config);
/* On its own thread, until worker_stop(). */
bool worker_run(struct worker *worker, struct error *err) MUST_CHECK;
/* From any thread: takes no new runs, lets operations in flight end (at most 10 s), hands the runs
 * back (parked or due), ends. */
void worker_stop(struct worker *worker);
void worker_free(struct worker *worker);

/* For /metrics. */
struct worker_stats {
    uint64_t claims; /* of runs, those that were given included */
    uint64_t given;  /* by gateways of this process */
    uint64_t runs_ended, steps, batches, batch_rows, replays, fenced;
    uint64_t given_back; /* for want of memory */
    uint64_t compiled;   /* images of versions */
    size_t memory_bytes; /* of virtual machines */
    uint32_t runs_now;
};
struct worker_stats worker_stats(const struct worker *worker);
