/*
 * Gateway: the life of one thread. Two loops take turns: h2o's, which sleeps, and io's, whose
 * descriptor wakes it (gateway_private.h has the states).
 *
 * Stopping: the listener closes, waiting requests are answered, connections end; after DRAIN_MS
 * what is left is cut, and the database takes no new work. Storage and Redis close when the last
 * request has ended: one that asks one pool after the other always finds both.
 */
#include "gateway/gateway.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "gateway/listener.h"
#include "gateway/watch.h"
#include "scheduler/queue.h"
#include "storage/storage.h"

#define READY_POLL_MS 20
#define TURN_MS       1000
#define DRAIN_MS      10000
#define LAST_TURNS    100

static void enter(struct gateway *gateway, enum gateway_state next)
{
    static const bool legal[GATEWAY_STATES][GATEWAY_STATES] = {
        [GATEWAY_CLOSED] = {[GATEWAY_OPEN] = true},
        [GATEWAY_OPEN] = {[GATEWAY_DRAINING] = true},
        [GATEWAY_DRAINING] = {[GATEWAY_CUT] = true, [GATEWAY_CLOSING] = true},
        [GATEWAY_CUT] = {[GATEWAY_CLOSING] = true},
        [GATEWAY_CLOSING] = {[GATEWAY_CLOSED] = true},
    };

    ASSERT(legal[gateway->state][next]);
    gateway->state = next;
    ASSERT(next != GATEWAY_CLOSING || gateway->request_count == 0);
}

static const char *copy_cstr(struct gateway *gateway, const char *source)
{
    return source ? arena_cstr(&gateway->arena, text_from(source)) : NULL;
}

struct gateway *gateway_new(const struct gateway_config *config)
{
    struct gateway *gateway = MEMORY_NEW(struct gateway);

    arena_init(&gateway->arena, 0);
    gateway->config = *config;
    gateway->config.database = pg_config_copy(&config->database, &gateway->arena);
    gateway->config.engine = pg_config_copy(&config->engine, &gateway->arena);
    gateway->config.redis.unix_path = copy_cstr(gateway, config->redis.unix_path);
    gateway->config.redis.address = copy_cstr(gateway, config->redis.address);
    gateway->config.redis.username = copy_cstr(gateway, config->redis.username);
    gateway->config.redis.password = copy_cstr(gateway, config->redis.password);
    gateway->config.listen = copy_cstr(gateway, config->listen);
    gateway->config.base_url = copy_cstr(gateway, config->base_url);
    // Made here and not on the gateway's thread, so that gateway_stop() always finds it.
    gateway->loop = loop_new(LOOP_EPOLL, &gateway->start_error);
    return gateway;
}

static void on_ready_poll(struct loop_timer *timer)
{
    struct gateway *gateway = CONTAINER_OF(timer, struct gateway, ready_timer);

    if (!storage_is_ready(gateway->storage)) {
        loop_timer_start(gateway->loop, timer, READY_POLL_MS);
        return;
    }
    if (gateway->config.on_ready) gateway->config.on_ready(gateway->config.ctx);
}

static void on_part_closed(void *ctx)
{
    struct gateway *gateway = ctx;

    ASSERT(gateway->open_count > 0);
    if (--gateway->open_count == 0) enter(gateway, GATEWAY_CLOSED);
}

static void close_parts(struct gateway *gateway)
{
    enter(gateway, GATEWAY_CLOSING);
    loop_timer_stop(&gateway->drain_timer);
    watch_unsubscribe(gateway->board);
    queue_free(gateway->queue);
    gateway->queue = NULL;
    gateway->open_count = 2;
    redis_client_close(gateway->redis, on_part_closed, gateway);
    storage_close(gateway->storage, on_part_closed, gateway);
}

static void on_drain_over(struct loop_timer *timer)
{
    struct gateway *gateway = CONTAINER_OF(timer, struct gateway, drain_timer);

    log_warn("gateway/gateway", "cutting %zu connections that did not end",
             listener_connections(gateway->listener));
    enter(gateway, GATEWAY_CUT);
    listener_kill(gateway->listener);
    storage_refuse(gateway->storage);
}

static void close_when_idle(struct gateway *gateway)
{
    bool is_drained =
        gateway->state == GATEWAY_DRAINING && listener_connections(gateway->listener) == 0;

    if (gateway->request_count > 0) return;
    if (is_drained || gateway->state == GATEWAY_CUT) close_parts(gateway);
}

static void on_wake(void *ctx)
{
    struct gateway *gateway = ctx;

    if (!ring_take(&gateway->stops) || gateway->state != GATEWAY_OPEN) return;
    enter(gateway, GATEWAY_DRAINING);
    loop_timer_stop(&gateway->ready_timer);
    listener_drain(gateway->listener);
    watch_end_all(gateway->board);
    loop_timer_start(gateway->loop, &gateway->drain_timer, DRAIN_MS);
}

static void turn(struct gateway *gateway)
{
    int64_t wait_ms = loop_timeout_ms(gateway->loop);

    if (wait_ms < 0 || wait_ms > TURN_MS) wait_ms = TURN_MS;
    // h2o would sleep before it looks at what ended outside its own turn: the connections that were
    // answered would not be read from again until then.
    if (gateway->has_sent) wait_ms = 0;
    gateway->has_sent = false;
    listener_turn(gateway->listener, (int)wait_ms);
    loop_turn(gateway->loop, 0);
}

bool gateway_run(struct gateway *gateway, struct error *err)
{
    if (!gateway->loop) {
        *err = gateway->start_error;
        return false;
    }
    gateway->listener = listener_new(gateway, err);
    if (!gateway->listener) return false;
    gateway_parts_open(gateway);
    enter(gateway, GATEWAY_OPEN);
    gateway->ready_timer.on_fire = on_ready_poll;
    gateway->drain_timer.on_fire = on_drain_over;
    loop_timer_start(gateway->loop, &gateway->ready_timer, 0);
    loop_on_wake(gateway->loop, on_wake, gateway);
    loop_wake(gateway->loop); // a stop that came before is found now
    while (gateway->state != GATEWAY_CLOSED) {
        turn(gateway);
        close_when_idle(gateway);
    }
    for (int i = 0; i < LAST_TURNS && listener_connections(gateway->listener) > 0; i++) {
        listener_turn(gateway->listener, 10);
    }
    listener_free(gateway->listener);
    gateway_parts_free(gateway);
    return true;
}

void gateway_stop(struct gateway *gateway)
{
    if (!gateway->loop) return;
    ring_push(&gateway->stops, &gateway->stop_message);
    loop_wake(gateway->loop);
}

void gateway_free(struct gateway *gateway)
{
    if (!gateway) return;
    ASSERT(gateway->state == GATEWAY_CLOSED);
    loop_free(gateway->loop);
    arena_done(&gateway->arena);
    memory_free(gateway);
}
