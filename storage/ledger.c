/*
 * Ledger: weir.usage_get and weir.usage_rollup (migrations/008_sweep.sql).
 */
#include "storage/ledger.h"

#include "base/assert.h"
#include "storage/row.h"

static const struct pg_statement usage_sql = {
    "ledger_usage", "select o_slug, o_step_type, o_draft, o_executions "
                    "from weir.usage_get($1::bigint, make_date($2::int, $3::int, 1))"};

static const struct pg_statement rollup_sql = {"ledger_rollup", "select weir.usage_rollup()"};

static void on_lines(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct ledger_usage *op = CALL_OP(group, struct ledger_usage);
    int count = pg_row_count(rows);

    (void)index;
    op->lines = row_array(&op->call, count, sizeof(struct ledger_line));
    op->count = op->lines ? (size_t)count : 0;
    for (size_t i = 0; i < op->count; i++) {
        struct row row = {&op->call, rows, (int)i, 0};

        op->lines[i].slug = row_text(&row);
        op->lines[i].step_type = row_text(&row);
        op->lines[i].draft = row_bool(&row);
        op->lines[i].executions = row_int(&row);
    }
}

void ledger_usage_start(struct ledger_usage *op)
{
    ASSERT(op->month >= 1 && op->month <= 12);
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_int32(params, op->year);
    pg_param_int32(params, op->month);
    call_add(&op->call, &usage_sql, params, on_lines);
    call_send_gateway(&op->call);
}

static void on_moved(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct ledger_rollup *op = CALL_OP(group, struct ledger_rollup);

    (void)index;
    op->moved = pg_int64(rows, 0, 0);
}

void ledger_rollup_start(struct ledger_rollup *op)
{
    call_begin(&op->call);
    call_add(&op->call, &rollup_sql, NULL, on_moved);
    call_send_engine(&op->call, -1);
}
