/*
 * Workspaces: the engine reads and makes them, since nobody's transaction serves one that is not
 * known yet.
 */
#include "storage/workspace.h"

#include "base/limits.h"
#include "base/macros.h"
#include "storage/row.h"

#define COLUMNS                                                                              \
    "w.id, w.name, w.title, w.shard, w.weight, w.wait_key, w.wait_key_version, w.data_key, " \
    "w.created_at"

static const struct pg_statement create_sql = {
    "workspace_create",
    "with made as (insert into weir.workspaces (name, title, wait_key, data_key) "
    "values ($1::text, $2::text, $3::bytea, $4::bytea) on conflict (name) do nothing returning *) "
    "select " COLUMNS " from made w"};

static const struct pg_statement find_id_sql = {
    "workspace_find_id", "select " COLUMNS " from weir.workspaces w where w.id = $1::bigint"};

static const struct pg_statement find_name_sql = {
    "workspace_find_name", "select " COLUMNS " from weir.workspaces w where w.name = $1::text"};

static const struct pg_statement list_sql = {
    "workspace_list", "select " COLUMNS " from weir.workspaces w where w.id > $1::bigint "
                      "order by w.id limit $2::int"};

static void read(struct storage_call *call, const struct pg_rows *rows, int index,
                 struct workspace *out)
{
    struct row row = {call, rows, index, 0};

    out->id = row_int(&row);
    out->name = row_text(&row);
    out->title = row_text(&row);
    out->shard = (int)row_int(&row);
    out->weight = (int)row_int(&row);
    out->wait_key = row_bytes(&row);
    out->wait_key_version = (int)row_int(&row);
    out->data_key = row_bytes(&row);
    out->created_ms = row_ms(&row);
}

static void on_created(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct workspace_create *op = CALL_OP(group, struct workspace_create);

    (void)index;
    op->created = pg_row_count(rows) == 1;
    if (op->created) read(&op->call, rows, 0, &op->workspace);
}

static void on_there(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct workspace_create *op = CALL_OP(group, struct workspace_create);

    (void)index;
    if (!op->created && pg_row_count(rows) == 1) read(&op->call, rows, 0, &op->workspace);
}

void workspace_create_start(struct workspace_create *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);
    struct pg_params *name = call_params(&op->call);

    pg_param_text(params, op->name);
    pg_param_text(params, op->title);
    pg_param_bytes(params, op->wait_key);
    pg_param_bytes(params, op->data_key);
    call_add(&op->call, &create_sql, params, on_created);
    pg_param_text(name, op->name);
    call_add(&op->call, &find_name_sql, name, on_there);
    call_send_engine(&op->call, -1);
}

static void on_found(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct workspace_find *op = CALL_OP(group, struct workspace_find);

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (op->found) read(&op->call, rows, 0, &op->workspace);
}

void workspace_find_start(struct workspace_find *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    if (op->name.ptr) {
        pg_param_text(params, op->name);
    } else {
        pg_param_int64(params, op->id);
    }
    call_add(&op->call, op->name.ptr ? &find_name_sql : &find_id_sql, params, on_found);
    call_send_engine(&op->call, -1);
}

static void on_list(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct workspace_list *op = CALL_OP(group, struct workspace_list);
    int count = pg_row_count(rows);

    (void)index;
    op->workspaces = row_array(&op->call, count, sizeof(struct workspace));
    op->count = op->workspaces ? (size_t)count : 0;
    for (size_t i = 0; i < op->count; i++) {
        read(&op->call, rows, (int)i, &op->workspaces[i]);
    }
}

void workspace_list_start(struct workspace_list *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->after_id);
    pg_param_int32(params, MIN(MAX(op->limit, 1), LIMIT_LIST));
    call_add(&op->call, &list_sql, params, on_list);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}
