/*
 * Operations: what became of a write whose id comes again. The claim itself is in call.c.
 */
#include "storage/operation.h"

#include "storage/row.h"

static const struct pg_statement find_sql = {
    "operation_find",
    "select request_hash = $4::bytea, answer, "
    "(extract(epoch from now() - created_at) * 1000)::bigint from weir.operations "
    "where workspace = $1::bigint and principal = $2::text and id = $3::text"};

static const struct pg_statement answer_sql = {
    "operation_answer", "update weir.operations set answer = $4::bytea "
                        "where workspace = $1::bigint and principal = $2::text and id = $3::text "
                        "and answer is null"}; // the first answer stays

static void on_found(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct operation_find *op = CALL_OP(group, struct operation_find);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (!op->found) return;
    op->same_request = row_bool(&row);
    op->answer = row_bytes(&row);
    op->age_ms = row_int(&row);
}

void operation_find_start(struct operation_find *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->key.principal);
    pg_param_text(params, op->key.id);
    pg_param_bytes(params, (struct text){(const char *)op->key.request_hash, 32});
    call_add(&op->call, &find_sql, params, on_found);
    call_send_gateway(&op->call);
}

void operation_answer_start(struct operation_answer *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->key.principal);
    pg_param_text(params, op->key.id);
    pg_param_bytes(params, op->answer);
    call_add(&op->call, &answer_sql, params, NULL);
    call_send_gateway(&op->call);
}
