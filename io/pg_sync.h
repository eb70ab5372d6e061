#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "io/pg_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One blocking Postgres connection, for migrations and checks at start, before any loop runs, and
 * for tests. Never in a worker.
 */
struct pg_sync;

/* Waits at most config->connect_timeout_ms (0: 5 s). */
struct pg_sync *pg_sync_new(const struct pg_config *config, struct error *err) MUST_CHECK;
void pg_sync_free(struct pg_sync *sync);

/* Runs statements that are separated by semicolons; without BEGIN and COMMIT among them they are
 * one transaction. err gets the position (line, column) in the script when the server names one. */
bool pg_sync_script(struct pg_sync *sync, const char *sql, struct error *err) MUST_CHECK;
/* One statement with text parameters (ptr NULL: NULL; NUL bytes refused). *out is the first column
 * of the first row as text, copied into the arena; TEXT_NONE when there is no row or it is NULL. */
bool pg_sync_value(struct pg_sync *sync, const char *sql, const struct text *params, size_t count,
                   struct arena *arena, struct text *out, struct error *err) MUST_CHECK;
/* A session's advisory lock: waits at most timeout_ms (0: for ever), then E_TIMEOUT. Also given
 * back by free. */
bool pg_sync_lock(struct pg_sync *sync, int64_t key, int64_t timeout_ms, struct error *err)
    MUST_CHECK;
bool pg_sync_unlock(struct pg_sync *sync, int64_t key, struct error *err) MUST_CHECK;
/* SQLSTATE of the last failure, or "". */
const char *pg_sync_sqlstate(const struct pg_sync *sync);
