#pragma once

#include "base/map.h"
#include "io/backoff.h"
#include "io/loop.h"
#include "io/pg.h"
#include "io/pg_error.h"
#include "io/pg_libpq.h"

/*
 * The inside of a pool: its connections and what they share with it. Private to io/pg*.c.
 */

enum pg_conn_state {
    PG_CONN_OFF,        /* new, or closed for good */
    PG_CONN_CONNECTING, /* libpq's handshake; the timer is its limit */
    PG_CONN_READY,      /* in pipeline mode */
    PG_CONN_BACKOFF,    /* the timer starts the next attempt */
    PG_CONN_STATES
};

struct pg_conn {
    struct pg_pool *pool;
    enum pg_conn_state state;
    PGconn *pg; /* exactly in CONNECTING and READY */
    struct loop_poll poll;
    struct loop_timer timer;
    struct loop_task send_task;
    struct backoff backoff;
    struct list waiting, sent; /* groups, oldest first */
    size_t waiting_count, sent_count;
    struct map prepared; /* name to statement, what this session has (or was sent) */
    bool is_stale;       /* replace it when nothing is on it any more */
    bool has_failure;    /* of the oldest sent group, whose answers are being read */
    struct pg_failure failure;
};

/* Why a group ended that was never sent. */
enum pg_end { PG_END_LATE, PG_END_NO_WORKSPACE, PG_END_FULL, PG_END_CLOSING, PG_END_CANCELLED };

struct pg_item {
    const struct pg_statement *statement;
    const struct pg_params *params;
    void (*on_rows)(struct pg_group *group, int index, const struct pg_rows *rows);
    bool prepares; /* this group has sent its Parse */
};

struct pg_pool {
    struct loop *loop;
    struct arena arena; /* the config */
    struct pg_config config;
    struct pg_conn *conns;
    struct list ended; /* groups that end without an answer, told from ended_task */
    struct loop_task ended_task, close_task;
    struct loop_timer deadline_timer;
    int64_t next_deadline_ms; /* when it is running */
    size_t group_count;       /* started and not yet told */
    size_t waiting_count;     /* of them, in some connection's waiting */
    bool is_refusing, is_closing;
    void (*on_closed)(void *ctx);
    void *on_closed_ctx;
    struct error last_err;
    struct pg_stats stats;
};

void pg_conn_init(struct pg_conn *conn, struct pg_pool *pool);
void pg_conn_open(struct pg_conn *conn);
void pg_conn_close(struct pg_conn *conn); /* nothing is on it any more */
/* Sends what waits, later in this turn. */
void pg_conn_push(struct pg_conn *conn, struct pg_group *group);
void pg_conn_remove(struct pg_conn *conn, struct pg_group *group); /* that is waiting */
/* Drops the connection because its oldest groups got no answer in time. */
void pg_conn_drop(struct pg_conn *conn, const struct error *err);

/* The connection's words to the pool. */
void pg_pool_end(struct pg_pool *pool, struct pg_group *group, enum pg_end reason);
void pg_pool_finish(struct pg_group *group, const struct error *err);
/* Gives what waits for a connection that is down, and is not pinned to it, to one that is up. */
void pg_pool_rebalance(struct pg_pool *pool);
