/* The parts stand in the order in which they need each other. */
#include "gateway/auth.h"
#include "gateway/catalog.h"
#include "gateway/door_reader.h"
#include "gateway/gateway_private.h"
#include "gateway/intake.h"
#include "gateway/metrics.h"
#include "gateway/postbox.h"
#include "gateway/run_reader.h"
#include "gateway/tenant.h"
#include "gateway/watch.h"
#include "scheduler/handover.h"
#include "scheduler/queue.h"
#include "storage/storage.h"

static void on_redis_ready(struct redis_client *client, void *ctx)
{
    struct gateway *gateway = ctx;

    (void)client;
    if (gateway->queue) queue_on_ready(gateway->queue);
}

/* A run that this gateway has given to a worker. */
static void on_back(void *ctx, struct handover_run *run)
{
    struct gateway *gateway = ctx;

    watch_tell(gateway->board, run);
    handover_run_free(run);
}

void gateway_parts_open(struct gateway *gateway)
{
    struct storage_config storage = {.database = gateway->config.database};
    struct redis_config redis = gateway->config.redis;

    redis.on_ready = on_redis_ready;
    redis.on_lost = NULL;
    redis.ctx = gateway;
    gateway->storage = storage_new(gateway->loop, &storage);
    gateway->redis = redis_client_new(gateway->loop, &redis);
    gateway->queue =
        queue_new(gateway->loop, &(struct queue_config){.redis = gateway->redis, .shard = 0});
    gateway->metrics = metrics_new();
    gateway->auth = auth_new(gateway);
    gateway->tenants = tenant_new(gateway);
    gateway->catalog = catalog_new(gateway);
    gateway->intake = intake_new(gateway);
    gateway->postbox = postbox_new(gateway);
    gateway->run_reader = run_reader_new(gateway);
    gateway->door_reader = door_reader_new(gateway);
    gateway->board = watch_new(gateway);
    handover_open_gateway(gateway->config.handover, gateway->config.index, gateway->loop, on_back,
                          gateway);
}

void gateway_parts_free(struct gateway *gateway)
{
    handover_close_gateway(gateway->config.handover, gateway->config.index);
    watch_free(gateway->board);
    run_reader_free(gateway->run_reader);
    door_reader_free(gateway->door_reader);
    postbox_free(gateway->postbox);
    intake_free(gateway->intake);
    catalog_free(gateway->catalog);
    tenant_free(gateway->tenants);
    auth_free(gateway->auth);
    metrics_free(gateway->metrics);
}
