/*
 * The scheduler's thread: a loop with its parts, and how it stops.
 *
 *     RUNNING --stop--> STOPPING: timers stopped, Redis closed, then storage (which waits for what
 *     is in flight) --> the loop ends
 *
 * Stopping is told through an event descriptor: it is there before the loop is, so a stop that
 * comes before the thread runs is not lost.
 */
#include "scheduler/scheduler.h"

#include "base/assert.h"
#include "base/memory.h"
#include "io/loop.h"
#include "scheduler/firing.h"
#include "scheduler/lease_keeper.h"
#include "scheduler/queue.h"
#include "scheduler/scheduler_context.h"
#include "scheduler/sweeper.h"
#include "scheduler/upkeep.h"
#include "storage/storage.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct scheduler {
    struct scheduler_config config;
    struct scheduler_context context;
    int stop_fd;
    struct loop_poll stop_poll;
    bool is_ready;
    struct lease_keeper keeper;
    struct sweeper sweeper;
    struct firing firing;
    struct upkeep upkeep;
};

struct scheduler *scheduler_new(const struct scheduler_config *config)
{
    struct scheduler *scheduler = MEMORY_NEW(struct scheduler);

    ASSERT(config->server_id > 0);
    ASSERT(config->on_ready);
    ASSERT(config->on_lease_lost);
    scheduler->config = *config;
    scheduler->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return scheduler;
}

void scheduler_free(struct scheduler *scheduler)
{
    if (!scheduler) return;
    if (scheduler->stop_fd >= 0) (void)close(scheduler->stop_fd);
    memory_free(scheduler);
}

void scheduler_stop(struct scheduler *scheduler)
{
    uint64_t one = 1;

    while (write(scheduler->stop_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

/* ---- what the parts say ---- */

static void on_renewed(struct lease_keeper *keeper)
{
    struct scheduler *scheduler = CONTAINER_OF(keeper, struct scheduler, keeper);

    if (scheduler->is_ready) return;
    scheduler->is_ready = true;
    scheduler->config.on_ready(scheduler->config.ctx);
}

static void on_lost(struct lease_keeper *keeper)
{
    struct scheduler *scheduler = CONTAINER_OF(keeper, struct scheduler, keeper);

    scheduler->config.on_lease_lost(scheduler->config.ctx);
}

static void on_redis_ready(struct redis_client *client, void *ctx)
{
    struct scheduler *scheduler = ctx;

    (void)client;
    if (scheduler->context.is_stopping) return;
    queue_on_ready(scheduler->context.queue);
    sweeper_kick(&scheduler->sweeper);
}

/* ---- stopping ---- */

static void on_storage_closed(void *ctx)
{
    struct scheduler *scheduler = ctx;

    loop_stop(scheduler->context.loop);
}

static void on_redis_closed(void *ctx)
{
    struct scheduler *scheduler = ctx;

    storage_close(scheduler->context.storage, on_storage_closed, scheduler);
}

static void on_stop(struct loop_poll *poll, unsigned events)
{
    struct scheduler *scheduler = CONTAINER_OF(poll, struct scheduler, stop_poll);
    struct scheduler_context *context = &scheduler->context;

    (void)events;
    loop_poll_stop(context->loop, poll);
    context->is_stopping = true;
    lease_keeper_stop(&scheduler->keeper);
    sweeper_stop(&scheduler->sweeper);
    firing_stop(&scheduler->firing);
    upkeep_stop(&scheduler->upkeep);
    queue_free(context->queue);
    redis_client_close(context->redis, on_redis_closed, scheduler);
}

/* ---- running ---- */

static void start_parts(struct scheduler *scheduler)
{
    struct scheduler_context *context = &scheduler->context;
    const struct scheduler_config *config = &scheduler->config;

    scheduler->keeper = (struct lease_keeper){
        .context = context,
        .server_id = config->server_id,
        .lease_ms = config->lease_ms ? config->lease_ms : SCHEDULER_LEASE_MS,
        .on_renewed = on_renewed,
        .on_lost = on_lost,
    };
    scheduler->sweeper = (struct sweeper){.context = context};
    scheduler->firing = (struct firing){.context = context};
    scheduler->upkeep =
        (struct upkeep){.context = context, .retention_days = config->retention_days};
    lease_keeper_start(&scheduler->keeper);
    sweeper_start(&scheduler->sweeper);
    firing_start(&scheduler->firing);
    upkeep_start(&scheduler->upkeep);
}

static void end_parts(struct scheduler *scheduler)
{
    lease_keeper_done(&scheduler->keeper);
    sweeper_done(&scheduler->sweeper);
    firing_done(&scheduler->firing);
    upkeep_done(&scheduler->upkeep);
}

static struct redis_client *open_redis(struct scheduler *scheduler)
{
    struct redis_config config = scheduler->config.redis;

    config.on_ready = on_redis_ready;
    config.on_lost = NULL;
    config.ctx = scheduler;
    return redis_client_new(scheduler->context.loop, &config);
}

bool scheduler_run(struct scheduler *scheduler, struct error *err)
{
    struct scheduler_context *context = &scheduler->context;
    enum loop_backend backend;

    if (scheduler->stop_fd < 0) {
        error_set(err, E_IO, "the scheduler cannot start: no event descriptor");
        return error_hint(err, "Raise the limit of open files (ulimit -n).");
    }
    if (!loop_backend_find(text_from(getenv("WEIR_LOOP")), &backend, err)) return false;
    context->loop = loop_new(backend, err);
    if (!context->loop) return false;
    context->storage =
        storage_new(context->loop, &(struct storage_config){.database = scheduler->config.database,
                                                            .no_gateway = true});
    context->redis = open_redis(scheduler);
    context->queue = queue_new(context->loop, &(struct queue_config){.redis = context->redis});
    scheduler->stop_poll.on_ready = on_stop;
    loop_poll_set(context->loop, &scheduler->stop_poll, scheduler->stop_fd, LOOP_READ);
    start_parts(scheduler);
    loop_run(context->loop);
    end_parts(scheduler);
    loop_free(context->loop);
    return true;
}
