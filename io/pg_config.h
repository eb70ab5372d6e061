#pragma once

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where a Postgres is and how to connect to it; for pools (io/pg.h) and for the blocking connection
 * (io/pg_sync.h). Absent strings (NULL) are left to libpq's defaults; no string is ever parsed as a
 * connection URI (expand_dbname is 0).
 */
struct pg_setting {
    const char *name, *value;
};

struct pg_config {
    /* host: the directory of the unix socket, or a name. Names are resolved synchronously, so a
     * pool is given hostaddr (and host too, where certificates are checked). */
    const char *host, *hostaddr;
    int port; /* 0: 5432 */
    const char *dbname, *user, *password;
    const char *sslmode, *sslrootcert;
    const char *application_name;
    /* Server settings of each session, sent at its start ({"plan_cache_mode",
     * "force_generic_plan"}). */
    const struct pg_setting *settings;
    size_t setting_count;

    /* Pools only, from here on; 0 takes the default. */
    int connection_count;       /* 2 */
    bool tenant;                /* every group serves one workspace (pg_group.workspace) */
    size_t queue_max;           /* groups that wait for a connection or a place on it; 4096 */
    size_t pipeline_max;        /* groups sent and not answered, a connection; 32 */
    int64_t deadline_ms;        /* of groups without their own; 30000 */
    int64_t connect_timeout_ms; /* 5000 */
};

/* Copies with all strings, and puts the defaults where 0 stands. */
struct pg_config pg_config_copy(const struct pg_config *source, struct arena *arena);

/* What PQconnectStartParams() takes: two arrays of the same length, NULL at the end. */
#define PG_CONFIG_KEYWORDS 20

struct pg_keywords {
    const char *names[PG_CONFIG_KEYWORDS + 1], *values[PG_CONFIG_KEYWORDS + 1];
};

/* The values are borrowed from the config, or made in the arena. */
struct pg_keywords pg_config_keywords(const struct pg_config *config, struct arena *arena);
