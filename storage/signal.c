/*
 * Signals: the functions of migrations/005_signals.sql decide; their outcomes are the enum's
 * numbers.
 */
#include "storage/signal.h"

#include "storage/row.h"

static const struct pg_statement deliver_sql = {
    "signal_deliver",
    "select o_outcome, o_run, o_address, o_action, o_by, o_at, o_owner, o_shard "
    "from weir.signal_deliver($1::bigint, $2::uuid, $3::text, $4::text, $5::smallint, $6::bytea, "
    "$7::text, $8::text, $9::text, $10::bytea)"};

static const struct pg_statement event_sql = {
    "signal_event", "select o_outcome, o_run, o_address, o_owner, o_shard, o_flow "
                    "from weir.event_deliver($1::bigint, $2::text, $3::text, $4::text, $5::text, "
                    "$6::bytea)"};

static void on_delivered(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_deliver *op = CALL_OP(group, struct signal_deliver);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->outcome = (enum signal_outcome)row_int(&row);
    op->out_run = row_uuid(&row);
    op->out_address = row_text(&row);
    op->out_action = row_text(&row);
    op->out_by = row_text(&row);
    op->at_ms = row_ms(&row);
    op->owner = row_int(&row);
    op->shard = (int)row_int(&row);
}

void signal_deliver_start(struct signal_deliver *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_uuid(params, op->run);
    pg_param_text(params, op->address);
    pg_param_text(params, op->wait_id);
    if (op->mode < 0) {
        pg_param_null(params);
    } else {
        pg_param_int16(params, (int16_t)op->mode);
    }
    pg_param_bytes(params, op->digest);
    pg_param_text(params, op->action);
    pg_param_text(params, op->by);
    pg_param_text(params, op->dedupe);
    pg_param_bytes(params, op->payload);
    call_add(&op->call, &deliver_sql, params, on_delivered);
    call_send_gateway(&op->call);
}

static void on_event(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_event *op = CALL_OP(group, struct signal_event);
    int count = pg_row_count(rows);

    (void)index;
    op->outcome = count > 0 ? (enum signal_outcome)pg_int64(rows, 0, 0) : SIGNAL_KEPT;
    if (op->outcome != SIGNAL_RESOLVED) return;
    op->woken = row_array(&op->call, count, sizeof(struct signal_woken));
    op->woken_count = op->woken ? (size_t)count : 0;
    for (size_t i = 0; i < op->woken_count; i++) {
        struct row row = {&op->call, rows, (int)i, 1};

        op->woken[i].run = row_uuid(&row);
        op->woken[i].address = row_text(&row);
        op->woken[i].owner = row_int(&row);
        op->woken[i].shard = (int)row_int(&row);
        op->woken[i].flow = row_int(&row);
    }
}

void signal_event_start(struct signal_event *op)
{
    op->woken = NULL;
    op->woken_count = 0;
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->name);
    pg_param_text(params, op->key);
    pg_param_text(params, op->by);
    pg_param_text(params, op->dedupe);
    pg_param_bytes(params, op->payload);
    call_add(&op->call, &event_sql, params, on_event);
    call_send_gateway(&op->call);
}
