/*
 * Tokens: found by their public id, on the engine's pool, since the workspace is what the token
 * tells; all else is the workspace's own business.
 */
#include "storage/token.h"

#include "base/limits.h"
#include "storage/row.h"

#include <string.h>

#define COLUMNS                                                                       \
    "t.id, t.workspace, w.name, t.principal, t.kind, t.role, t.label, t.created_at, " \
    "t.revoked_at, t.secret_hash"

static const struct pg_statement create_sql = {
    "token_create", "insert into weir.tokens (id, workspace, principal, kind, role, secret_hash, "
                    "label, created_by) values ($1::text, $2::bigint, $3::text, $4::text, "
                    "$5::text, $6::bytea, $7::text, $8::text)"};

static const struct pg_statement find_sql = {
    "token_find", "select " COLUMNS " from weir.tokens t join weir.workspaces w "
                  "on w.id = t.workspace where t.id = $1::text"};

static const struct pg_statement list_sql = {
    "token_list", "select " COLUMNS " from weir.tokens t join weir.workspaces w "
                  "on w.id = t.workspace where t.workspace = $1::bigint "
                  "order by t.created_at desc, t.id limit $2::int"};

static const struct pg_statement revoke_sql = {
    "token_revoke", "update weir.tokens set revoked_at = coalesce(revoked_at, now()) "
                    "where workspace = $1::bigint and id = $2::text"};

static void read(struct storage_call *call, const struct pg_rows *rows, int index,
                 struct token *out)
{
    struct row row = {call, rows, index, 0};

    out->id = row_text(&row);
    out->workspace = row_int(&row);
    out->workspace_name = row_text(&row);
    out->principal = row_text(&row);
    out->kind = row_text(&row);
    out->role = row_text(&row);
    out->label = row_text(&row);
    out->created_ms = row_ms(&row);
    out->revoked_ms = row_ms(&row);
    row_hash(&row, out->secret_hash);
}

void token_create_start(struct token_create *op)
{
    const struct token *token = &op->token;

    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_text(params, token->id);
    pg_param_int64(params, token->workspace);
    pg_param_text(params, token->principal);
    pg_param_text(params, token->kind);
    pg_param_text(params, token->role);
    pg_param_bytes(params, (struct text){(const char *)token->secret_hash, 32});
    pg_param_text(params, token->label);
    pg_param_text(params, op->created_by);
    call_add(&op->call, &create_sql, params, NULL);
    call_send_engine(&op->call, -1);
}

static void on_found(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct token_find *op = CALL_OP(group, struct token_find);

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (op->found) read(&op->call, rows, 0, &op->token);
}

void token_find_start(struct token_find *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_text(params, op->id);
    call_add(&op->call, &find_sql, params, on_found);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}

static void on_list(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct token_list *op = CALL_OP(group, struct token_list);
    int count = pg_row_count(rows);

    (void)index;
    op->tokens = row_array(&op->call, count, sizeof(struct token));
    op->count = op->tokens ? (size_t)count : 0;
    for (size_t i = 0; i < op->count; i++) {
        read(&op->call, rows, (int)i, &op->tokens[i]);
    }
}

void token_list_start(struct token_list *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_int32(params, LIMIT_LIST);
    call_add(&op->call, &list_sql, params, on_list);
    call_send_gateway(&op->call);
}

static void on_revoked(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct token_revoke *op = CALL_OP(group, struct token_revoke);

    (void)index;
    op->found = pg_affected(rows) > 0;
}

void token_revoke_start(struct token_revoke *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->id);
    call_add(&op->call, &revoke_sql, params, on_revoked);
    call_send_gateway(&op->call);
}
