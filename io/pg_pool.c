/*
 * The pool: which connection a group goes to, deadlines, and the end of those that were never sent.
 *
 * One timer watches all deadlines: it is set to the earliest one known, and looks at every group
 * when it fires. Groups that end well before their deadline, nearly all, cost no timer.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "io/pg_conn.h"

#include <inttypes.h>
#include <string.h>

static const struct pg_statement set_workspace = {
    "weir_set_workspace",
    "select set_config('weir.workspace', $1::text, true)",
};

static void on_ended(struct loop_task *task);
static void on_close(struct loop_task *task);
static void on_deadline(struct loop_timer *timer);

struct pg_pool *pg_pool_new(struct loop *loop, const struct pg_config *config)
{
    struct pg_pool *pool = MEMORY_NEW(struct pg_pool);

    arena_init(&pool->arena, 0);
    pool->loop = loop;
    pool->config = pg_config_copy(config, &pool->arena);
    pool->ended_task.on_run = on_ended;
    pool->close_task.on_run = on_close;
    pool->deadline_timer.on_fire = on_deadline;
    list_init(&pool->ended);
    ASSERT(pool->config.connection_count > 0);
    pool->stats.connections = pool->config.connection_count;
    pool->conns = memory_array((size_t)pool->config.connection_count, sizeof(struct pg_conn));
    for (int i = 0; i < pool->config.connection_count; i++) {
        pg_conn_init(&pool->conns[i], pool);
    }
    for (int i = 0; i < pool->config.connection_count; i++) {
        pg_conn_open(&pool->conns[i]);
    }
    return pool;
}

/* ---- starting ---- */

static struct pg_conn *choose(struct pg_pool *pool, int lane)
{
    if (lane >= 0) return &pool->conns[lane % pool->config.connection_count];
    struct pg_conn *best = &pool->conns[0];

    for (int i = 1; i < pool->config.connection_count; i++) {
        struct pg_conn *conn = &pool->conns[i];
        bool is_up = conn->state == PG_CONN_READY;
        bool is_best_up = best->state == PG_CONN_READY;
        size_t load = conn->waiting_count + conn->sent_count;

        if (is_up == is_best_up ? load < best->waiting_count + best->sent_count : is_up) {
            best = conn;
        }
    }
    return best;
}

void pg_pool_rebalance(struct pg_pool *pool)
{
    for (int i = 0; i < pool->config.connection_count; i++) {
        struct pg_conn *conn = &pool->conns[i];

        if (conn->state == PG_CONN_READY) continue;
        list_each_safe (group, &conn->waiting, struct pg_group, node) {
            struct pg_conn *other = choose(pool, group->lane);

            if (other->state != PG_CONN_READY) continue;
            pg_conn_remove(conn, group);
            pg_conn_push(other, group);
        }
    }
}

static void watch(struct pg_pool *pool, int64_t expires_ms, int64_t now_ms)
{
    if (loop_timer_is_running(&pool->deadline_timer) && pool->next_deadline_ms <= expires_ms) {
        return;
    }
    pool->next_deadline_ms = expires_ms;
    loop_timer_start(pool->loop, &pool->deadline_timer, expires_ms - now_ms);
}

static void serve_workspace(struct pg_group *group)
{
    struct pg_params *params = ARENA_NEW(group->arena, struct pg_params);

    pg_params_init(params, group->arena);
    pg_param_text(params, arena_printf(group->arena, "%" PRId64, group->workspace));
    group->items[0] = (struct pg_item){.statement = &set_workspace, .params = params};
}

void pg_pool_start(struct pg_pool *pool, struct pg_group *group, int lane)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t deadline_ms = group->deadline_ms > 0 ? group->deadline_ms : pool->config.deadline_ms;

    ASSERT(group->state == PG_GROUP_IDLE);
    ASSERT(group->on_done);
    ASSERT(group->item_count > 1);
    memset(group->sqlstate, 0, sizeof(group->sqlstate)); // it may be started a second time
    memset(group->constraint, 0, sizeof(group->constraint));
    group->failed_statement = -1;
    group->maybe_committed = group->may_retry = false;
    group->is_preparing = group->is_sync_sent = false;
    group->pool = pool;
    group->lane = lane;
    group->expires_ms = now_ms + deadline_ms;
    pool->group_count++;
    if (pool->is_refusing) {
        pg_pool_end(pool, group, PG_END_CLOSING);
    } else if (pool->config.tenant && group->workspace == 0) {
        pg_pool_end(pool, group, PG_END_NO_WORKSPACE);
    } else if (pool->waiting_count >= pool->config.queue_max) {
        pg_pool_end(pool, group, PG_END_FULL);
    } else {
        if (pool->config.tenant) serve_workspace(group);
        pg_conn_push(choose(pool, lane), group);
        watch(pool, group->expires_ms, now_ms);
    }
}

/* ---- ending ---- */

void pg_pool_end(struct pg_pool *pool, struct pg_group *group, enum pg_end reason)
{
    group->state = PG_GROUP_DONE;
    group->end_reason = reason;
    list_push(&pool->ended, &group->node);
    loop_defer(pool->loop, &pool->ended_task);
}

static void end_error(const struct pg_pool *pool, enum pg_end reason, struct error *err)
{
    switch (reason) {
    case PG_END_LATE:
        error_set(err, E_UNAVAILABLE, "the database was not free in time");
        if (pool->last_err.code != E_NONE) {
            error_set(err, E_UNAVAILABLE, "the database was not reachable in time");
            error_detail(err, "%s", pool->last_err.detail);
        }
        break;
    case PG_END_NO_WORKSPACE:
        error_set(err, E_INTERNAL, "the database work names no workspace");
        break;
    case PG_END_FULL: error_set(err, E_UNAVAILABLE, "too much work waits for the database"); break;
    case PG_END_CLOSING: error_set(err, E_UNAVAILABLE, "the server is stopping"); break;
    case PG_END_CANCELLED: error_set(err, E_CANCELLED, "the database work was cancelled"); break;
    }
}

static void on_ended(struct loop_task *task)
{
    struct pg_pool *pool = CONTAINER_OF(task, struct pg_pool, ended_task);
    struct list batch;

    // Only those of now: on_done may start groups that end at once.
    list_init(&batch);
    for (struct list *node = list_pop(&pool->ended); node; node = list_pop(&pool->ended)) {
        list_push(&batch, node);
    }
    for (struct list *node = list_pop(&batch); node; node = list_pop(&batch)) {
        struct pg_group *group = LIST_ITEM(node, struct pg_group, node);
        struct error err = {0};

        end_error(pool, (enum pg_end)group->end_reason, &err);
        group->may_retry = err.code == E_UNAVAILABLE;
        pg_pool_finish(group, &err);
    }
}

void pg_pool_finish(struct pg_group *group, const struct error *err)
{
    struct pg_pool *pool = group->pool;

    pool->group_count--;
    pool->stats.groups_done++;
    if (err) pool->stats.groups_failed++;
    if (pool->is_closing) loop_defer(pool->loop, &pool->close_task);
    group->state = PG_GROUP_IDLE;
    group->conn = NULL;
    group->on_done(group, err); // last: it may free the group or start it again
}

/* ---- deadlines ---- */

/* Ends what is late on that connection; answers the earliest deadline of the rest. */
static int64_t check_deadlines(struct pg_conn *conn, int64_t now_ms)
{
    struct pg_pool *pool = conn->pool;
    int64_t next_ms = INT64_MAX;
    bool is_late = false;

    list_each_safe (group, &conn->waiting, struct pg_group, node) {
        if (group->expires_ms <= now_ms) {
            pool->stats.deadlines++;
            pg_conn_remove(conn, group);
            pg_pool_end(pool, group, PG_END_LATE);
        } else {
            next_ms = MIN(next_ms, group->expires_ms);
        }
    }
    list_each (group, &conn->sent, struct pg_group, node) {
        if (group->expires_ms <= now_ms) {
            pool->stats.deadlines++;
            is_late = true;
        } else {
            next_ms = MIN(next_ms, group->expires_ms);
        }
    }
    if (is_late) {
        struct error err = {0};

        error_set(&err, E_UNAVAILABLE, "the database did not answer in time");
        pg_conn_drop(conn, &err);
    }
    return next_ms;
}

static void on_deadline(struct loop_timer *timer)
{
    struct pg_pool *pool = CONTAINER_OF(timer, struct pg_pool, deadline_timer);
    int64_t now_ms = clock_monotonic_ms();
    int64_t next_ms = INT64_MAX;

    for (int i = 0; i < pool->config.connection_count; i++) {
        next_ms = MIN(next_ms, check_deadlines(&pool->conns[i], now_ms));
    }
    if (next_ms != INT64_MAX) watch(pool, next_ms, now_ms);
}

/* ---- closing ---- */

void pg_pool_refuse(struct pg_pool *pool)
{
    pool->is_refusing = true;
}

void pg_pool_close(struct pg_pool *pool, void (*on_closed)(void *ctx), void *ctx)
{
    ASSERT(!pool->is_closing);
    pool->is_refusing = pool->is_closing = true;
    pool->on_closed = on_closed;
    pool->on_closed_ctx = ctx;
    loop_defer(pool->loop, &pool->close_task);
}

static void on_close(struct loop_task *task)
{
    struct pg_pool *pool = CONTAINER_OF(task, struct pg_pool, close_task);
    void (*on_closed)(void *) = pool->on_closed;
    void *ctx = pool->on_closed_ctx;

    if (pool->group_count > 0) return; // the last one's end comes here again
    for (int i = 0; i < pool->config.connection_count; i++) {
        pg_conn_close(&pool->conns[i]);
    }
    loop_timer_stop(&pool->deadline_timer);
    loop_undefer(&pool->ended_task);
    memory_free(pool->conns);
    arena_done(&pool->arena);
    memory_free(pool);
    if (on_closed) on_closed(ctx);
}

/* ---- looking ---- */

bool pg_pool_is_ready(const struct pg_pool *pool)
{
    return pg_pool_stats(pool).connections_ready > 0;
}

const struct error *pg_pool_last_error(const struct pg_pool *pool)
{
    return &pool->last_err;
}

struct pg_stats pg_pool_stats(const struct pg_pool *pool)
{
    struct pg_stats stats = pool->stats;

    stats.groups_waiting = pool->waiting_count;
    for (int i = 0; i < pool->config.connection_count; i++) {
        if (pool->conns[i].state == PG_CONN_READY) stats.connections_ready++;
        stats.groups_sent += pool->conns[i].sent_count;
    }
    return stats;
}
