/*
 * Settings of a workspace, read and written by itself: its transaction sees no other's row.
 */
#include "storage/workspace_settings.h"

#include "storage/row.h"

static const struct pg_statement get_sql = {
    "workspace_settings_get",
    "select title, strict_style, created_at from weir.workspaces where id = $1::bigint"};

static const struct pg_statement set_sql = {
    "workspace_settings_set", "update weir.workspaces set strict_style = $2::boolean "
                              "where id = $1::bigint returning title, strict_style, created_at"};

static void on_settings(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct workspace_settings_call *op = CALL_OP(group, struct workspace_settings_call);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (!op->found) return;
    op->settings.title = row_text(&row);
    op->settings.strict_style = row_bool(&row);
    op->settings.created_ms = row_ms(&row);
}

void workspace_settings_start(struct workspace_settings_call *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    if (op->change) pg_param_bool(params, op->strict_style);
    call_add(&op->call, op->change ? &set_sql : &get_sql, params, on_settings);
    call_send_gateway(&op->call);
}
