/*
 * Leases: once one has passed it stays passed. The condition is in the update itself, so a renewal
 * that comes too late by the database's clock changes nothing.
 */
#include "storage/lease.h"

#include "storage/row.h"

static const struct pg_statement register_sql = {
    "lease_register",
    "insert into weir.servers (name, version, process, lease_until) values ($1::text, $2::text, "
    "coalesce($4::text, ''), now() + make_interval(secs => $3::bigint / 1000.0)) returning id"};

static const struct pg_statement renew_sql = {
    "lease_renew", "update weir.servers set lease_until = now() + make_interval(secs => "
                   "$2::bigint / 1000.0) where id = $1::bigint and lease_until > now()"};

static const struct pg_statement stop_sql = {
    "lease_stop", "update weir.servers set lease_until = least(lease_until, now()), "
                  "stopped_at = now() where id = $1::bigint"};

static const struct pg_statement neighbours_sql = {
    "lease_neighbours", "select id, process from weir.servers where lease_until > now() "
                        "and starts_with(process, $1::text) order by id limit 1000"};

static void on_registered(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct lease_register *op = CALL_OP(group, struct lease_register);

    (void)index;
    op->server_id = pg_int64(rows, 0, 0);
}

void lease_register_start(struct lease_register *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_text(params, op->name);
    pg_param_text(params, op->version);
    pg_param_int64(params, op->duration_ms);
    pg_param_text(params, op->process);
    call_add(&op->call, &register_sql, params, on_registered);
    call_send_engine(&op->call, -1);
}

static void on_renewed(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct lease_renew *op = CALL_OP(group, struct lease_renew);

    (void)index;
    op->alive = pg_affected(rows) > 0;
}

void lease_renew_start(struct lease_renew *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->server_id);
    pg_param_int64(params, op->duration_ms);
    call_add(&op->call, &renew_sql, params, on_renewed);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}

void lease_stop_start(struct lease_stop *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->server_id);
    call_add(&op->call, &stop_sql, params, NULL);
    call_send_engine(&op->call, -1);
}

static void on_neighbours(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct lease_neighbours *op = CALL_OP(group, struct lease_neighbours);

    (void)index;
    op->count = (size_t)pg_row_count(rows);
    op->neighbours = ARENA_ARRAY(op->call.arena, op->count, struct lease_neighbour);
    for (size_t i = 0; i < op->count; i++) {
        op->neighbours[i].server_id = pg_int64(rows, (int)i, 0);
        op->neighbours[i].process = arena_text(op->call.arena, pg_text(rows, (int)i, 1));
    }
}

void lease_neighbours_start(struct lease_neighbours *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_text(params, op->prefix);
    call_add(&op->call, &neighbours_sql, params, on_neighbours);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}
