/*
 * Secrets: sealed bytes under a name; each put counts the version up.
 */
#include "storage/secret_store.h"

#include "base/limits.h"
#include "storage/row.h"

static const struct pg_statement put_sql = {
    "secret_put",
    "insert into weir.secrets as s (workspace, name, sealed, created_by) "
    "values ($1::bigint, $2::text, $3::bytea, $4::text) on conflict (workspace, name) do update "
    "set sealed = excluded.sealed, version = s.version + 1, updated_at = now() returning version"};

static const struct pg_statement get_sql = {
    "secret_get", "select name, created_by, version, created_at, updated_at, sealed "
                  "from weir.secrets where workspace = $1::bigint and name = $2::text"};

static const struct pg_statement list_sql = {
    "secret_list", "select name, created_by, version, created_at, updated_at from weir.secrets "
                   "where workspace = $1::bigint order by name limit $2::int"};

static const struct pg_statement delete_sql = {
    "secret_delete", "delete from weir.secrets where workspace = $1::bigint and name = $2::text"};

static void on_put(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct secret_put *op = CALL_OP(group, struct secret_put);

    (void)index;
    op->version = (int)pg_int64(rows, 0, 0);
}

void secret_store_put_start(struct secret_put *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->name);
    pg_param_bytes(params, op->sealed);
    pg_param_text(params, op->by);
    call_add(&op->call, &put_sql, params, on_put);
    call_send_gateway(&op->call);
}

static void read(struct row *row, struct secret_record *out)
{
    out->name = row_text(row);
    out->created_by = row_text(row);
    out->version = (int)row_int(row);
    out->created_ms = row_ms(row);
    out->updated_ms = row_ms(row);
}

static void on_got(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct secret_get *op = CALL_OP(group, struct secret_get);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (!op->found) return;
    read(&row, &op->secret);
    op->secret.sealed = row_bytes(&row);
}

void secret_store_get_start(struct secret_get *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->name);
    call_add(&op->call, &get_sql, params, on_got);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}

static void on_list(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct secret_list *op = CALL_OP(group, struct secret_list);
    int count = pg_row_count(rows);

    (void)index;
    op->secrets = row_array(&op->call, count, sizeof(struct secret_record));
    op->count = op->secrets ? (size_t)count : 0;
    for (size_t i = 0; i < op->count; i++) {
        struct row row = {&op->call, rows, (int)i, 0};

        read(&row, &op->secrets[i]);
    }
}

void secret_store_list_start(struct secret_list *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_int32(params, LIMIT_LIST);
    call_add(&op->call, &list_sql, params, on_list);
    call_send_gateway(&op->call);
}

static void on_deleted(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct secret_delete *op = CALL_OP(group, struct secret_delete);

    (void)index;
    op->found = pg_affected(rows) > 0;
}

void secret_store_delete_start(struct secret_delete *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->name);
    call_add(&op->call, &delete_sql, params, on_deleted);
    call_send_gateway(&op->call);
}
