/* One operation after the other. */
#include "server/blocking.h"

#include "base/clock.h"
#include "io/pg.h"

#define CONNECT_MS 10000

bool blocking_open(struct blocking *blocking, const struct connection *connection,
                   struct error *err)
{
    struct storage_config config = {
        .database = connection->servers,
        .engine_connections = 1,
        .no_gateway = true,
    };
    int64_t deadline_ms = clock_monotonic_ms() + CONNECT_MS;

    *blocking = (struct blocking){0};
    blocking->loop = loop_new(LOOP_EPOLL, err);
    if (!blocking->loop) return false;
    blocking->storage = storage_new(blocking->loop, &config);
    while (!storage_is_ready(blocking->storage)) {
        if (clock_monotonic_ms() > deadline_ms) {
            const struct error *why = pg_pool_last_error(blocking->storage->engine);

            error_set(err, E_UNAVAILABLE, "Postgres does not answer: %s", why->message);
            blocking_close(blocking);
            return false;
        }
        loop_turn(blocking->loop, 50);
    }
    return true;
}

bool blocking_wait(struct blocking *blocking, struct error *err)
{
    while (!blocking->done) {
        loop_turn(blocking->loop, -1);
    }
    blocking->done = false;
    if (blocking->err.code == E_NONE) return true;
    *err = blocking->err;
    return false;
}

void blocking_on_done(struct blocking *blocking, const struct error *err)
{
    blocking->done = true;
    blocking->err = err ? *err : (struct error){0};
}

static void on_closed(void *ctx)
{
    struct blocking *blocking = ctx;

    blocking->done = true;
}

void blocking_close(struct blocking *blocking)
{
    blocking->done = false;
    storage_close(blocking->storage, on_closed, blocking);
    while (!blocking->done) {
        loop_turn(blocking->loop, -1);
    }
    loop_free(blocking->loop);
    *blocking = (struct blocking){0};
}
