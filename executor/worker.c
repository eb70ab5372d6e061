/*
 * Worker: the thread's parts put together, its turns, and its end.
 *
 *     run: clients are made ─▶ UP (the database answers: on_ready) ─▶ … until the stop
 *     stop: STOPPING: no claims; runs are given back as they come to a rest; after 10 s steps under
 *           way are cancelled ─▶ CLOSING: nothing is in memory or in flight: clients are closed ─▶
 * end
 *
 * Another thread stops it by an eventfd, made before the thread's loop is.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "executor/run.h"
#include "executor/worker_private.h"
#include "io/http.h"
#include "scheduler/handover.h"
#include "scheduler/queue.h"
#include "storage/storage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define STOP_MS      10000
#define LAST_WORD_MS 500
#define TURN_NS      1000000 /* of slices, then descriptors are looked at */

static void on_turn(struct loop_task *task);
static void on_stop(struct loop_poll *poll, unsigned events);
static void on_stop_late(struct loop_timer *timer);
static void on_redis_ready(struct redis_client *client, void *ctx);
static void on_wake(struct redis_subscription *subscription, struct text message);
static void on_cancel(struct redis_subscription *subscription, struct text message);
static void on_given(void *ctx, struct handover_run *given);
static void on_lost(void *ctx);

static const char *copy(struct arena *arena, const char *source)
{
    return source ? arena_cstr(arena, text_from(source)) : NULL;
}

struct worker *worker_new(const struct worker_config *config)
{
    struct worker *worker = MEMORY_NEW(struct worker);
    struct arena *arena = &worker->arena;

    ASSERT(config->core && config->master_key);
    arena_init(arena, 0);
    worker->config = *config;
    if (config->memory_bytes == 0) worker->config.memory_bytes = LIMIT_WORKER_BYTES;
    worker->config.database = pg_config_copy(&config->database, arena);
    worker->config.redis.unix_path = copy(arena, config->redis.unix_path);
    worker->config.redis.address = copy(arena, config->redis.address);
    worker->config.redis.username = copy(arena, config->redis.username);
    worker->config.redis.password = copy(arena, config->redis.password);
    worker->config.egress_allow = copy(arena, config->egress_allow);
    worker->config.master_key = arena_copy(arena, config->master_key, VAULT_KEY_SIZE);
    struct text base = text_from(config->base_url ? config->base_url : "");

    while (text_ends_with(base, TEXT("/"))) {
        base.len--;
    }
    worker->config.base_url = arena_cstr(arena, base);
    worker->owner = CLAIM_OWNER(config->server_id, config->index);
    (void)snprintf(worker->name, sizeof(worker->name), "w%lld", (long long)worker->owner);
    list_init(&worker->runs);
    list_init(&worker->ready);
    list_init(&worker->ready_light);
    worker->turn.on_run = on_turn;
    worker->stop_poll.on_ready = on_stop;
    worker->stop_timer.on_fire = on_stop_late;
    worker->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ASSERT(worker->stop_fd >= 0);
    return worker;
}

void worker_free(struct worker *worker)
{
    if (!worker) return;
    (void)close(worker->stop_fd);
    arena_done(&worker->arena);
    memory_free(worker);
}

void worker_stop(struct worker *worker)
{
    uint64_t one = 1;
    ssize_t written;

    do {
        written = write(worker->stop_fd, &one, sizeof(one));
    } while (written < 0 && errno == EINTR);
}

struct worker_stats worker_stats(const struct worker *worker)
{
    return *(const volatile struct worker_stats *)&worker->stats;
}

static void open_clients(struct worker *worker)
{
    struct storage_config storage = {
        .database = worker->config.database,
        .engine_connections = BATCH_CONNECTIONS,
        .no_gateway = true,
    };
    struct redis_config redis = worker->config.redis;

    worker->storage = storage_new(worker->loop, &storage);
    redis.on_ready = on_redis_ready;
    redis.ctx = worker;
    worker->redis = redis_client_new(worker->loop, &redis);
    worker->queue =
        queue_new(worker->loop, &(struct queue_config){.redis = worker->redis, .shard = 0});
    worker->http = http_client_new(worker->loop, NULL);
    worker->wake =
        (struct redis_subscription){.channel = QUEUE_WAKE_CHANNEL, .on_message = on_wake};
    worker->cancel =
        (struct redis_subscription){.channel = QUEUE_CANCEL_CHANNEL, .on_message = on_cancel};
    redis_subscribe(worker->redis, &worker->wake);
    redis_subscribe(worker->redis, &worker->cancel);
    version_cache_init(&worker->versions, worker);
    workspace_keys_init(&worker->keys, worker);
    turnstile_init(&worker->turnstile, worker);
    batch_init(&worker->batch, worker);
    claimer_init(&worker->claimer, worker);
}

bool worker_run(struct worker *worker, struct error *err)
{
    enum loop_backend backend;

    if (!loop_backend_find(text_from(getenv("WEIR_LOOP")), &backend, err) ||
        !egress_policy_parse(
            text_from(worker->config.egress_allow ? worker->config.egress_allow : ""),
            &worker->egress, err)) {
        return false;
    }
    worker->loop = loop_new(backend, err);
    if (!worker->loop) return false;
    open_clients(worker);
    loop_poll_set(worker->loop, &worker->stop_poll, worker->stop_fd, LOOP_READ);
    handover_open_worker(
        worker->config.handover, worker->config.index, worker->loop,
        &(struct handover_worker){
            .owner = worker->owner, .on_run = on_given, .on_lost = on_lost, .ctx = worker});
    claimer_kick(&worker->claimer);
    loop_run(worker->loop);
    loop_free(worker->loop);
    worker->loop = NULL;
    map_done(&worker->runs_by_id);
    light_done(&worker->light);
    return true;
}

void worker_is_up(struct worker *worker)
{
    if (worker->is_ready) return;
    worker->is_ready = true;
    if (worker->config.on_ready) worker->config.on_ready(worker->config.ctx);
}

static void on_redis_ready(struct redis_client *client, void *ctx)
{
    struct worker *worker = ctx;

    (void)client;
    if (!worker->queue) return; // it closes: it was stopped before Redis had answered
    queue_on_ready(worker->queue);
    claimer_kick(&worker->claimer);
}

static void on_wake(struct redis_subscription *subscription, struct text message)
{
    struct worker *worker = CONTAINER_OF(subscription, struct worker, wake);

    (void)message;
    claimer_kick(&worker->claimer);
}

static void on_cancel(struct redis_subscription *subscription, struct text message)
{
    struct worker *worker = CONTAINER_OF(subscription, struct worker, cancel);
    struct uuid id;

    while (message.len >= sizeof(id.bytes)) {
        memcpy(id.bytes, message.ptr, sizeof(id.bytes));
        message = text_slice(message, sizeof(id.bytes), message.len);
        struct run *run = run_find(worker, id);

        if (run) run_cancel_hint(run);
    }
}

static void on_given(void *ctx, struct handover_run *given)
{
    struct worker *worker = ctx;

    worker->stats.claims++;
    worker->stats.given++;
    run_start_given(worker, given);
}

static void on_lost(void *ctx)
{
    struct worker *worker = ctx;

    if (!worker->stopping) claimer_lost(&worker->claimer);
}

/* Turns */

void worker_ready(struct worker *worker, struct slice *slice)
{
    list_push(slice->is_light ? &worker->ready_light : &worker->ready, &slice->node);
    loop_defer(worker->loop, &worker->turn);
}

static void take_all(struct list *from, struct list *to)
{
    struct list *node;

    list_init(to);
    while ((node = list_pop(from))) {
        list_push(to, node);
    }
}

static void run_slice(struct list *node)
{
    struct slice *slice = LIST_ITEM(node, struct slice, node);

    slice->on_turn(slice);
}

/* All light slices that are ready now, and then the others: while there are light runs, only as
 * many as a turn has time for. Then the loop looks at its descriptors. */
static void on_turn(struct loop_task *task)
{
    struct worker *worker = CONTAINER_OF(task, struct worker, turn);
    int64_t end_ns = clock_monotonic_ns() + TURN_NS;
    struct list light, heavy, *node;

    take_all(&worker->ready_light, &light);
    take_all(&worker->ready, &heavy);
    while ((node = list_pop(&light))) {
        run_slice(node);
    }
    batch_send_light(&worker->batch); // it does not wait for what the others' slices take
    while ((node = list_pop(&heavy))) {
        run_slice(node);
        if (worker->light.count > 0 && clock_monotonic_ns() >= end_ns) break;
    }
    while (!list_is_empty(&heavy)) { // in front of what has become ready meanwhile
        node = heavy.prev;
        list_remove(node);
        list_push_front(&worker->ready, node);
    }
    if (!list_is_empty(&worker->ready) || !list_is_empty(&worker->ready_light)) {
        loop_defer(worker->loop, &worker->turn);
    }
}

void worker_changed(struct worker *worker, struct uuid run)
{
    // The queue gathers those of a turn.
    if (worker->queue) queue_publish_changed(worker->queue, &run, 1);
}

/* The end */

static void stop_runs(struct worker *worker, bool hard)
{
    list_each_safe (run, &worker->runs, struct run, node)
        run_stop(run, hard);
}

static void on_stop(struct loop_poll *poll, unsigned events)
{
    struct worker *worker = CONTAINER_OF(poll, struct worker, stop_poll);

    (void)events;
    loop_poll_stop(worker->loop, &worker->stop_poll);
    worker->stopping = true;
    log_info("executor/worker", "worker %d stops with %u runs in memory", worker->config.index,
             worker->stats.runs_now);
    claimer_stop(&worker->claimer);
    handover_close_worker(worker->config.handover, worker->config.index);
    stop_runs(worker, false);
    loop_timer_start(worker->loop, &worker->stop_timer, STOP_MS);
    worker_may_close(worker);
}

static void on_stop_late(struct loop_timer *timer)
{
    struct worker *worker = CONTAINER_OF(timer, struct worker, stop_timer);

    if (worker->is_closing) return;
    log_warn("executor/worker", "worker %d cancels what %u runs are doing", worker->config.index,
             worker->stats.runs_now);
    stop_runs(worker, true);
}

static void on_client_closed(void *ctx)
{
    struct worker *worker = ctx;

    if (--worker->closing_count == 0) loop_stop(worker->loop);
}

static void on_last_word(struct redis_op *op, const struct redis_reply *reply,
                         const struct error *err)
{
    struct worker *worker = CONTAINER_OF(op, struct worker, last);

    (void)reply;
    (void)err;
    redis_client_close(worker->redis, on_client_closed, worker);
}

static void on_close(struct loop_timer *timer)
{
    static const struct text ping = {"PING", 4};
    struct worker *worker = CONTAINER_OF(timer, struct worker, stop_timer);

    ASSERT(worker->stats.runs_now == 0 && batch_is_idle(&worker->batch));
    loop_undefer(&worker->turn);
    claimer_stop(&worker->claimer); // tells Redis of the last slots
    claimer_done(&worker->claimer);
    batch_done(&worker->batch);
    turnstile_done(&worker->turnstile);
    version_cache_done(&worker->versions);
    workspace_keys_done(&worker->keys);
    http_client_free(worker->http);
    redis_unsubscribe(&worker->wake);
    redis_unsubscribe(&worker->cancel);
    queue_free(worker->queue);
    worker->queue = NULL;
    worker->closing_count = 2;
    // What was given to the queue just now is on its way when this is answered.
    worker->last = (struct redis_op){
        .args = &ping, .arg_count = 1, .deadline_ms = LAST_WORD_MS, .on_done = on_last_word};
    redis_op_start(worker->redis, &worker->last);
    storage_close(worker->storage, on_client_closed, worker);
}

void worker_may_close(struct worker *worker)
{
    if (!worker->stopping || worker->is_closing || worker->stats.runs_now > 0 ||
        !batch_is_idle(&worker->batch) || worker->claimer.state != CLAIMER_IDLE ||
        worker->versions.loading_count > 0 || worker->keys.loading_count > 0) {
        return;
    }
    worker->is_closing = true;
    // Not from here: the caller is a callback of what is to be closed.
    worker->stop_timer.on_fire = on_close;
    loop_timer_start(worker->loop, &worker->stop_timer, 0);
}
