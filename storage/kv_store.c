/*
 * The :kv store: weir.kv_apply (migrations/007_kv.sql) does the work and remembers what it
 * answered.
 */
#include "storage/kv_store.h"

#include "base/macros.h"
#include "storage/row.h"

#define ITEMS_MAX 10000

static const struct pg_statement apply_sql = {
    "kv_apply",
    "select o_outcome, o_existed, o_kind, o_value, o_number, o_items, o_keys "
    "from weir.kv_apply($1::bigint, $2::uuid, $3::text, $4::bigint, $5::int, $6::smallint, "
    "$7::text, $8::smallint, $9::bytea, $10::bigint, $11::bytea[], $12::bigint, $13::int)"};

static struct text *read_items(struct storage_call *call, const struct pg_rows *rows, int column,
                               size_t *out_count)
{
    struct pg_items items = pg_items(rows, 0, column);
    struct text *copies = row_array(call, items.count, sizeof(struct text));
    struct text item;

    *out_count = 0;
    while (copies && pg_items_next(&items, &item)) {
        char *copied = arena_try(call->arena, item.len + 1);

        if (!copied) {
            error_set(&call->error, E_ARENA_BUDGET, "the value is larger than the run may hold");
            break;
        }
        if (item.len > 0) memcpy(copied, item.ptr, item.len);
        copies[(*out_count)++] = (struct text){copied, item.len};
    }
    return copies;
}

static void on_applied(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct kv_apply *op = CALL_OP(group, struct kv_apply);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->outcome = (enum kv_outcome)row_int(&row);
    op->existed = row_bool(&row);
    op->result.kind = (enum kv_kind)row_int(&row);
    op->result.bytes = row_bytes(&row);
    op->result.number = row_int(&row);
    op->result.items = read_items(&op->call, rows, row.column++, &op->result.item_count);
    op->keys = read_items(&op->call, rows, row.column, &op->key_count);
}

void kv_store_apply_start(struct kv_apply *op)
{
    const struct kv_value *value = &op->value;

    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_uuid(params, op->run);
    pg_param_text(params, op->address);
    pg_param_int64(params, op->owner);
    pg_param_int32(params, op->epoch);
    pg_param_int16(params, (int16_t)op->operation);
    pg_param_text(params, op->key);
    pg_param_int16(params, (int16_t)value->kind);
    pg_param_bytes(params, value->bytes);
    pg_param_int64(params, value->number);
    pg_param_array_begin(params, PG_BYTEA);
    for (size_t i = 0; i < value->item_count; i++) {
        pg_array_bytes(params, value->items[i]);
    }
    pg_param_array_end(params);
    if (op->ttl_ms > 0) {
        pg_param_int64(params, op->ttl_ms);
    } else {
        pg_param_null(params);
    }
    pg_param_int32(params, op->limit > 0 ? MIN(op->limit, ITEMS_MAX) : ITEMS_MAX);
    call_add(&op->call, &apply_sql, params, on_applied);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}
