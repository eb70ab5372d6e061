/*
 * Endpoints: written by pushes and releases (migrations/006_flows.sql), read here.
 */
#include "storage/endpoint.h"

#include "base/limits.h"
#include "base/macros.h"
#include "storage/column.h"
#include "storage/row.h"

#define COLUMNS                                                                                 \
    "e.kind, e.path, e.interface_id, e.invocation, e.auth_type, e.secret_name, e.auth_header, " \
    "e.auth_query, e.auth_prefix, e.respond_ack, e.enabled, e.flow, e.version, f.slug, e.target"

static const struct pg_statement find_sql = {
    "endpoint_find", "select " COLUMNS " from weir.endpoints e join weir.flows f on f.id = e.flow "
                     "where e.workspace = $1::bigint and e.kind = $2::smallint "
                     "and e.target = $3::smallint and e.path = $4::text"};

static const struct pg_statement list_sql = {
    "endpoint_list", "select " COLUMNS " from weir.endpoints e join weir.flows f on f.id = e.flow "
                     "where e.workspace = $1::bigint and ($2::text is null or f.slug = $2::text) "
                     "order by f.slug, e.target, e.kind, e.path limit $3::int"};

static void read(struct storage_call *call, const struct pg_rows *rows, int index,
                 struct endpoint *out)
{
    struct row row = {call, rows, index, 0};

    out->kind = (enum endpoint_kind)row_int(&row);
    out->path = row_text(&row);
    out->interface_id = row_text(&row);
    out->invocation = row_text(&row);
    out->auth_type = row_text(&row);
    out->secret_name = row_text(&row);
    out->auth_header = row_text(&row);
    out->auth_query = row_text(&row);
    out->auth_prefix = row_text(&row);
    out->respond_ack = row_bool(&row);
    out->enabled = row_bool(&row);
    out->flow = row_int(&row);
    out->version = row_int(&row);
    out->slug = row_text(&row);
    out->target = (enum flow_target)row_int(&row);
}

static void on_found(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct endpoint_find *op = CALL_OP(group, struct endpoint_find);

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (op->found) read(&op->call, rows, 0, &op->endpoint);
}

void endpoint_find_start(struct endpoint_find *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_int16(params, (int16_t)op->kind);
    pg_param_int16(params, (int16_t)op->target);
    pg_param_text(params, op->path);
    call_add(&op->call, &find_sql, params, on_found);
    call_send_gateway(&op->call);
}

static void on_list(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct endpoint_list *op = CALL_OP(group, struct endpoint_list);
    int count = pg_row_count(rows);

    (void)index;
    op->endpoints = row_array(&op->call, count, sizeof(struct endpoint));
    op->count = op->endpoints ? (size_t)count : 0;
    for (size_t i = 0; i < op->count; i++) {
        read(&op->call, rows, (int)i, &op->endpoints[i]);
    }
}

void endpoint_list_start(struct endpoint_list *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->slug);
    pg_param_int32(params, LIMIT_LIST);
    call_add(&op->call, &list_sql, params, on_list);
    call_send_gateway(&op->call);
}

void endpoint_params(struct pg_params *params, const struct endpoint *endpoints, size_t count)
{
    static const struct column columns[] = {
        {COLUMN_INT2, offsetof(struct endpoint, kind)},
        {COLUMN_TEXT, offsetof(struct endpoint, path)},
        {COLUMN_TEXT, offsetof(struct endpoint, interface_id)},
        {COLUMN_TEXT, offsetof(struct endpoint, invocation)},
        {COLUMN_TEXT, offsetof(struct endpoint, auth_type)},
        {COLUMN_TEXT, offsetof(struct endpoint, secret_name)},
        {COLUMN_TEXT, offsetof(struct endpoint, auth_header)},
        {COLUMN_TEXT, offsetof(struct endpoint, auth_query)},
        {COLUMN_TEXT, offsetof(struct endpoint, auth_prefix)},
        {COLUMN_BOOL, offsetof(struct endpoint, respond_ack)},
        {COLUMN_BOOL, offsetof(struct endpoint, enabled)},
    };

    column_add_all(params, columns, ARRAY_COUNT(columns), endpoints, count, sizeof(*endpoints));
}
