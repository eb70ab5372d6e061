/*
 * Storage: the two pools of a thread. Invariant: open_count is the number of pools whose on_closed
 * has yet to come.
 */
#include "storage/storage.h"

#include "base/assert.h"
#include "base/macros.h"
#include "base/memory.h"
#include "io/pg.h"
#include "storage/migrate.h"

/*
 * Every statement here looks rows up by a key, from small arrays. So plans are generic, and made of
 * nested loops over indexes whatever the statistics say: a plan that was made while a table was
 * empty must serve when it is large. The search path is empty because every name in our SQL says
 * its schema.
 */
static const struct pg_setting settings[] = {
    {"search_path", ""},
    {"plan_cache_mode", "force_generic_plan"},
    {"enable_seqscan", "off"},
    {"enable_hashjoin", "off"},
    {"enable_mergejoin", "off"},
    {"enable_material", "off"}, // a table of one row, kept to be looked through for each key
    {"jit", "off"},
    {"TimeZone", "UTC"},
    {"synchronous_commit", "on"},
    {"idle_in_transaction_session_timeout", "60s"},
};

static struct pg_pool *new_pool(struct loop *loop, const struct pg_config *database,
                                const char *user, const char *password, int connections,
                                bool tenant)
{
    struct pg_config config = *database;

    config.user = user;
    if (password) config.password = password;
    config.settings = settings;
    config.setting_count = ARRAY_COUNT(settings);
    config.connection_count = connections;
    config.tenant = tenant;
    return pg_pool_new(loop, &config);
}

struct storage *storage_new(struct loop *loop, const struct storage_config *config)
{
    struct storage *storage = MEMORY_NEW(struct storage);

    storage->loop = loop;
    storage->engine =
        new_pool(loop, &config->database, config->engine_user ? config->engine_user : "weir_engine",
                 config->engine_password, config->engine_connections, false);
    storage->open_count = 1;
    if (!config->no_gateway) {
        storage->gateway = new_pool(loop, &config->database,
                                    config->gateway_user ? config->gateway_user : "weir_gateway",
                                    config->gateway_password, config->gateway_connections, true);
        storage->open_count = 2;
    }
    return storage;
}

static void on_pool_closed(void *ctx)
{
    struct storage *storage = ctx;

    ASSERT(storage->open_count > 0);
    if (--storage->open_count > 0) return;
    void (*on_closed)(void *ctx) = storage->on_closed;
    void *closed_ctx = storage->ctx;

    memory_free(storage);
    if (on_closed) on_closed(closed_ctx);
}

void storage_refuse(struct storage *storage)
{
    pg_pool_refuse(storage->engine);
    if (storage->gateway) pg_pool_refuse(storage->gateway);
}

void storage_close(struct storage *storage, void (*on_closed)(void *ctx), void *ctx)
{
    struct pg_pool *gateway = storage->gateway;

    storage->on_closed = on_closed;
    storage->ctx = ctx;
    pg_pool_close(storage->engine, on_pool_closed, storage);
    if (gateway) pg_pool_close(gateway, on_pool_closed, storage);
}

bool storage_is_ready(const struct storage *storage)
{
    return pg_pool_is_ready(storage->engine) &&
           (!storage->gateway || pg_pool_is_ready(storage->gateway));
}

bool storage_migrate(const struct pg_config *config, struct error *err)
{
    return migrate_run(config, err);
}
