/* Health. Alive: this thread answers. Ready: its connections to Postgres and Redis are up. */
#include "gateway/health.h"

#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "gateway/listener.h"
#include "gateway/metrics.h"
#include "io/redis.h"
#include "storage/storage.h"

void health_alive(struct request *request)
{
    struct json_writer *writer = envelope_begin(request);

    json_put_cstr(writer, "status", "alive");
    json_put_cstr(writer, "version", WEIR_VERSION);
    envelope_ok(request);
}

void health_ready(struct request *request)
{
    const struct gateway *gateway = request->gateway;
    bool postgres = storage_is_ready(gateway->storage);
    bool redis = redis_client_is_ready(gateway->redis);
    struct error err = {0};

    if (postgres && redis && gateway->state == GATEWAY_OPEN) {
        struct json_writer *writer = envelope_begin(request);

        json_put_cstr(writer, "status", "ready");
        envelope_ok(request);
        return;
    }
    struct json_writer *writer = envelope_details(request);

    json_put_bool(writer, "postgres", postgres);
    json_put_bool(writer, "redis", redis);
    json_put_bool(writer, "stopping", gateway->state != GATEWAY_OPEN);
    error_set(&err, E_UNAVAILABLE, "not ready: %s",
              !postgres ? "no connection to Postgres"
              : !redis  ? "no connection to Redis"
                        : "the server is stopping");
    envelope_fail(request, &err);
}

static void write_pool(struct buf *out, const char *name, const struct pg_pool *pool)
{
    struct pg_stats stats = pg_pool_stats(pool);

    buf_printf(out, "weir_pg_connections_ready{pool=\"%s\"} %d\n", name, stats.connections_ready);
    buf_printf(out, "weir_pg_groups_waiting{pool=\"%s\"} %zu\n", name, stats.groups_waiting);
    buf_printf(out, "weir_pg_groups_sent{pool=\"%s\"} %zu\n", name, stats.groups_sent);
    buf_printf(out, "weir_pg_groups_total{pool=\"%s\"} %llu\n", name,
               (unsigned long long)stats.groups_done);
    buf_printf(out, "weir_pg_groups_failed_total{pool=\"%s\"} %llu\n", name,
               (unsigned long long)stats.groups_failed);
    buf_printf(out, "weir_pg_connections_lost_total{pool=\"%s\"} %llu\n", name,
               (unsigned long long)stats.losses);
}

void health_metrics(struct request *request)
{
    const struct gateway *gateway = request->gateway;
    struct buf *out = &request->answer;

    metrics_write(gateway->metrics, out);
    buf_printf(out, "weir_http_connections %zu\n", listener_connections(gateway->listener));
    buf_printf(out, "weir_http_requests_now %zu\n", gateway->request_count);
    write_pool(out, "engine", gateway->storage->engine);
    write_pool(out, "gateway", gateway->storage->gateway);
    buf_printf(out, "weir_redis_ready %d\n", redis_client_is_ready(gateway->redis) ? 1 : 0);
    if (gateway->config.metrics) gateway->config.metrics(gateway->config.metrics_ctx, out);
    request_send(request, 200, TEXT("text/plain; version=0.0.4"), buf_get(out));
}
