/*
 * Leases: once one has passed it stays passed. The condition is in the update itself, so a renewal
 * that comes too late by the database's clock changes nothing.
 */
#include "storage/lease.h"

#include "storage/row.h"

static const struct pg_statement register_sql = {
    "lease_register",
    "insert into weir.servers (name, version, lease_until) values ($1::text, $2::text, "
    "now() + make_interval(secs => $3::bigint / 1000.0)) returning id"};

static const struct pg_statement renew_sql = {
    "lease_renew", "update weir.servers set lease_until = now() + make_interval(secs => "
                   "$2::bigint / 1000.0) where id = $1::bigint and lease_until > now()"};

static const struct pg_statement stop_sql = {
    "lease_stop", "update weir.servers set lease_until = least(lease_until, now()), "
                  "stopped_at = now() where id = $1::bigint"};

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
