#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/list.h"
#include "io/pg_config.h"
#include "io/pg_params.h"
#include "io/pg_rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Postgres from a loop: groups of prepared statements on pipelined connections. A pool belongs to
 * one loop and its thread.
 *
 *     struct pg_group *group = &op->group;
 *
 *     pg_group_init(group, &op->arena);
 *     group->on_done = on_done;
 *     pg_params_init(params, &op->arena);
 *     pg_param_int64(params, run_number);
 *     pg_group_add(group, &find_run, params, on_run);
 *     pg_pool_start(pool, group, -1);
 */
struct loop;
struct pg_pool;
struct pg_group;

/* Const and static, in storage/. name: unique in the program, at most 63 bytes; a statement is
 * prepared on each connection when it is first used there, and its types come from casts. */
struct pg_statement {
    const char *name, *sql;
};

/*
 * Group: statements that are sent together and are one transaction, READ COMMITTED, committed at
 * the end of the group: all of it or nothing. Embedded in its owner. It, its arena and what its
 * parameters borrow live until on_done. No statement may be a BEGIN, COMMIT, COPY or LISTEN.
 *
 *     IDLE --start--> WAITING --sent--> SENT --answered--> DONE --on_done--> IDLE
 *                        \-- refused, cancelled, late --> DONE
 */
enum pg_group_state { PG_GROUP_IDLE, PG_GROUP_WAITING, PG_GROUP_SENT, PG_GROUP_DONE };

struct pg_group {
    /* In: set between pg_group_init() and pg_pool_start(). */
    int64_t workspace;   /* pools of tenants refuse 0; other pools do not look at it */
    int64_t deadline_ms; /* from start to on_done; 0: the pool's */
    /* Exactly once, from the loop, never from inside start or cancel; err NULL: committed. It may
     * free the group, or start it again as it is, or init it again. */
    void (*on_done)(struct pg_group *group, const struct error *err);

    /* Out, valid in on_done. */
    char sqlstate[6];     /* "" when the database did not refuse */
    char constraint[64];  /* that was violated, or "" */
    int failed_statement; /* its index in order of pg_group_add(), or -1 */
    /* Connection lost after the group was sent and before it was answered: committed or not, nobody
     * knows. False with every other error: then nothing of it is committed. */
    bool maybe_committed;
    /* Another attempt of the very same group may well succeed: deadlock, serialization failure,
     * lost connection, database restarting. With maybe_committed it must be idempotent. */
    bool may_retry;

    enum pg_group_state state; /* Private, from here on. */
    struct arena *arena;
    struct pg_item *items;
    size_t item_count, item_capacity;
    struct list node;
    struct pg_pool *pool;
    struct pg_conn *conn;
    int64_t expires_ms;
    int lane;
    int end_reason;
    size_t answer_index; /* of the item whose answer comes next */
    bool is_preparing;   /* answers of the Parse segment come first */
    bool is_sync_sent;
};

void pg_group_init(struct pg_group *group, struct arena *arena);
/*
 * Adds a statement; answers its index. params may be NULL. on_rows (may be NULL) comes from the
 * loop before on_done, in order of the statements, each once; never after a statement of the group
 * has failed. What it shows is not committed before on_done says so. Even a statement without rows
 * (an update) has its on_rows, for pg_affected().
 */
int pg_group_add(struct pg_group *group, const struct pg_statement *statement,
                 const struct pg_params *params,
                 void (*on_rows)(struct pg_group *group, int index, const struct pg_rows *rows));

/*
 * A pool connects at once and for ever, with jittered backoff. Groups of one connection are
 * answered in the order of their start. The config is copied.
 */
struct pg_pool *pg_pool_new(struct loop *loop, const struct pg_config *config);
/* Takes no new groups from now on (E_UNAVAILABLE). */
void pg_pool_refuse(struct pg_pool *pool);
/* Refuses new groups, waits for the present ones (their deadlines bound it), closes all
 * connections, frees the pool, then calls on_closed from the loop. on_closed may be
 * NULL. */
void pg_pool_close(struct pg_pool *pool, void (*on_closed)(void *ctx), void *ctx);

/*
 * Starts the group on connection lane % connection_count; -1: on the least busy one. Never fails
 * here: on_done says
 *   E_UNAVAILABLE  the connection was lost or never came, the deadline passed (an unanswered
 *                  connection is dropped with all that is on it), the queue is full, the pool
 * closes; E_TIMEOUT      the server's own statement_timeout or lock_timeout; E_CANCELLED
 * pg_group_cancel() came before it was sent; E_DATABASE     all else; SQLSTATE and the server's
 * words are in the error's detail.
 */
void pg_pool_start(struct pg_pool *pool, struct pg_group *group, int lane);
/* A wish: works as long as the group has not been sent. on_done still comes. */
void pg_group_cancel(struct pg_group *group);

bool pg_pool_is_ready(const struct pg_pool *pool); /* at least one connection is up */
/* Why the last connection attempt failed; code E_NONE when none did since the last success. */
const struct error *pg_pool_last_error(const struct pg_pool *pool);

struct pg_stats {
    int connections, connections_ready;
    size_t groups_waiting, groups_sent; /* now */
    uint64_t groups_done, groups_failed, statements, prepares, connects, losses, deadlines;
};

struct pg_stats pg_pool_stats(const struct pg_pool *pool);
