#pragma once

#include "base/error.h"
#include "io/pg_config.h"

/*
 * Storage: one thread's access to Postgres, the only truth (ARCHITECTURE.md). Two pools, because
 * two roles: the engine's serves all workspaces (claims, batches, admissions, sweeps), the
 * gateway's serves in each transaction the one workspace that the transaction names, and the
 * database's row-level security holds it to that.
 *
 * Everything else in this folder is an operation: a struct with a storage_call inside (call.h) that
 * the caller embeds, fills and starts; its on_done comes once, from the loop.
 */
struct loop;
struct pg_pool;

struct storage_config {
    /* Where the database is. user and settings are set here for each pool: user to weir_engine and
     * weir_gateway, unless the two below say otherwise. */
    struct pg_config database;
    const char *engine_user, *gateway_user;         /* NULL: the roles' names */
    const char *engine_password, *gateway_password; /* NULL: database.password */
    int engine_connections, gateway_connections;    /* 0: 2 */
    bool no_gateway;                                /* workers need the engine's pool only */
};

struct storage {
    struct pg_pool *engine;
    struct pg_pool *gateway; /* NULL with no_gateway */
    struct loop *loop;

    void (*on_closed)(void *ctx); /* Private, from here on. */
    void *ctx;
    int open_count;
};

struct storage *storage_new(struct loop *loop, const struct storage_config *config);
/* From now on all that is started ends with E_UNAVAILABLE; what is under way goes on. */
void storage_refuse(struct storage *storage);
/* Refuses, waits for what is under way, closes the pools, frees, then calls on_closed (may be NULL)
 * from the loop. */
void storage_close(struct storage *storage, void (*on_closed)(void *ctx), void *ctx);
/* A connection to Postgres is up, on each pool. */
bool storage_is_ready(const struct storage *storage);

/* Blocking, at start, before any loop: refuses a database that may lose what it acknowledged, then
 * brings the schema up to date. The connection is a superuser's, or weir_owner's when the roles
 * exist already. Any number of servers may call it at once. */
bool storage_migrate(const struct pg_config *config, struct error *err) MUST_CHECK;
