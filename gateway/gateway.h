#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "io/pg_config.h"
#include "io/redis.h"

/*
 * Gateway: one thread of the gateway role: an h2o context with a listener of its own
 * (SO_REUSEPORT), and an epoll loop nested in h2o's for Postgres and Redis.
 */
struct gateway;
struct core;
struct handover;

struct gateway_config {
    struct pg_config database; /* the user is weir_gateway; group->workspace rules */
    struct pg_config
        engine; /* weir_engine: what has no workspace yet (token and path look-up) and admissions */
    struct redis_config redis;
    const struct core *core;
    const char *listen; /* numeric address */
    int port;
    const char *base_url;
    const uint8_t *master_key;
    struct handover
        *handover; /* with the workers of this process, our place there is index; or NULL */
    int index;
    void (*on_ready)(void *ctx);
    void *ctx;
    void *metrics_ctx; /* appends other roles' metrics, Prometheus text */
    void (*metrics)(void *ctx, struct buf *out);
};

/* Finds out before anything else is started whether the port can be listened on: E_CONFLICT when it
 * is busy. Port 0 becomes a free one, and stays reserved for this process. */
bool gateway_reserve_port(const char *listen, int *port, struct error *err) MUST_CHECK;

struct gateway *gateway_new(const struct gateway_config *config);
bool gateway_run(struct gateway *gateway, struct error *err) MUST_CHECK;
/* From any thread: closes the listener, lets requests in flight end (at most 10 s), ends. */
void gateway_stop(struct gateway *gateway);
void gateway_free(struct gateway *gateway);
