#include "io/pg_sync.h"

#include "base/memory.h"
#include "io/pg_error.h"
#include "io/pg_libpq.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PARAMS_MAX  16
#define WORDS_MAX   160
#define NUMBER_SIZE 24

struct pg_sync {
    PGconn *pg;
    char sqlstate[6];
};

static void ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx;
    (void)result;
}

struct pg_sync *pg_sync_new(const struct pg_config *config, struct error *err)
{
    struct arena arena;

    arena_init(&arena, 0);
    struct pg_config full = pg_config_copy(config, &arena);
    struct pg_keywords keywords = pg_config_keywords(&full, &arena);
    struct pg_sync *sync = MEMORY_NEW(struct pg_sync);

    sync->pg = PQconnectdbParams(keywords.names, keywords.values, 0);
    arena_done(&arena);
    if (PQstatus(sync->pg) != CONNECTION_OK) {
        char words[WORDS_MAX];

        pg_error_line(words, sizeof(words), PQerrorMessage(sync->pg));
        error_set(err, E_CONNECT, "cannot connect to the database: %s", words);
        pg_sync_free(sync);
        return NULL;
    }
    PQsetNoticeReceiver(sync->pg, ignore_notice, NULL);
    return sync;
}

void pg_sync_free(struct pg_sync *sync)
{
    if (!sync) return;
    PQfinish(sync->pg);
    memory_free(sync);
}

const char *pg_sync_sqlstate(const struct pg_sync *sync)
{
    return sync->sqlstate;
}

/* True when the result is a success. The message holds the server's words too: who sees it is the
 * operator who starts the server. */
static bool check(struct pg_sync *sync, const PGresult *result, const char *sql, struct error *err)
{
    ExecStatusType status = PQresultStatus(result);
    struct pg_failure failure;

    sync->sqlstate[0] = '\0';
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) {
        return true;
    }
    pg_error_read(&failure, result, "a statement", sql);
    memcpy(sync->sqlstate, failure.sqlstate, sizeof(sync->sqlstate));
    error_set(err, failure.err.code, "%s: %s", failure.err.message, failure.err.detail);
    error_detail(err, "%s", failure.err.detail);
    return error_at(err, failure.line, failure.column);
}

bool pg_sync_script(struct pg_sync *sync, const char *sql, struct error *err)
{
    PGresult *result = PQexec(sync->pg, sql);
    bool is_well = check(sync, result, sql, err);

    PQclear(result);
    return is_well;
}

bool pg_sync_value(struct pg_sync *sync, const char *sql, const struct text *params, size_t count,
                   struct arena *arena, struct text *out, struct error *err)
{
    const char *values[PARAMS_MAX];

    if (count > PARAMS_MAX) {
        return error_set(err, E_LIMIT, "%zu parameters, at most %d", count, PARAMS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        if (params[i].ptr && memchr(params[i].ptr, '\0', params[i].len)) {
            return error_set(err, E_INPUT, "parameter %zu holds a NUL byte", i + 1);
        }
        values[i] = params[i].ptr ? arena_cstr(arena, params[i]) : NULL;
    }
    PGresult *result = PQexecParams(sync->pg, sql, (int)count, NULL, values, NULL, NULL, 0);
    bool is_well = check(sync, result, sql, err);

    if (is_well) {
        *out = TEXT_NONE;
        if (PQntuples(result) > 0 && PQnfields(result) > 0 && !PQgetisnull(result, 0, 0)) {
            *out = arena_text(
                arena, (struct text){PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0)});
        }
    }
    PQclear(result);
    return is_well;
}

/* One statement whose only parameter is a number. */
static bool with_number(struct pg_sync *sync, const char *sql, int64_t number, struct error *err)
{
    char digits[NUMBER_SIZE];
    const char *values[1] = {digits};

    (void)snprintf(digits, sizeof(digits), "%" PRId64, number);
    PGresult *result = PQexecParams(sync->pg, sql, 1, NULL, values, NULL, NULL, 0);
    bool is_well = check(sync, result, sql, err);

    PQclear(result);
    return is_well;
}

bool pg_sync_lock(struct pg_sync *sync, int64_t key, int64_t timeout_ms, struct error *err)
{
    if (!with_number(sync, "select set_config('lock_timeout', $1 || 'ms', false)", timeout_ms,
                     err)) {
        return false;
    }
    bool is_well = with_number(sync, "select pg_advisory_lock($1::bigint)", key, err);

    if (!is_well && err && err->code == E_TIMEOUT) {
        error_set(err, E_TIMEOUT, "another server holds the database's lock %" PRId64, key);
    }
    PQclear(PQexec(sync->pg, "reset lock_timeout")); // what follows waits as long as it always did
    return is_well;
}

bool pg_sync_unlock(struct pg_sync *sync, int64_t key, struct error *err)
{
    return with_number(sync, "select pg_advisory_unlock($1::bigint)", key, err);
}
