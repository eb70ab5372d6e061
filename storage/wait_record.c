/*
 * Waits as people read them, and their public ids.
 */
#include "storage/wait_record.h"

#include "base/assert.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/macros.h"
#include "storage/row.h"

#include <string.h>

#define ID_HASH_BYTES 12

#define COLUMNS WAIT_RECORD_COLUMNS ", f.slug, w.flow, r.number, r.version, r.target"
#define FROM                                                 \
    " from weir.waits w join weir.flows f on f.id = w.flow " \
    "join weir.runs r on r.workspace = w.workspace and r.id = w.run "

static const struct pg_statement get_sql = {
    "wait_get", "select " COLUMNS FROM "where w.workspace = $1::bigint and w.id = $2::text"};

static const struct pg_statement get_address_sql = {
    "wait_get_address", "select " COLUMNS FROM "where w.workspace = $1::bigint "
                        "and w.run = $2::uuid and w.address = $3::text"};

static const struct pg_statement list_sql = {
    "wait_list", "select " COLUMNS FROM "where w.workspace = $1::bigint and w.status = 0 "
                 "and w.mode in (1, 2, 3) and w.number > $2::bigint "
                 "and ($4::text is null or f.slug = $4::text) "
                 "order by w.number limit $3::int"};

static const struct pg_statement list_run_sql = {
    "wait_list_run", "select " COLUMNS FROM "where w.workspace = $1::bigint "
                     "and w.run = $4::uuid and w.mode in (1, 2, 3) and w.number > $2::bigint "
                     "order by w.number limit $3::int"};

void wait_record_id(struct uuid run, struct text address, char out[WAIT_RECORD_ID_SIZE])
{
    struct buf source CLEANUP(buf_done) = {0};
    struct buf hex CLEANUP(buf_done) = {0};
    uint8_t hash[32];

    buf_append(&source, run.bytes, sizeof(run.bytes));
    buf_text(&source, address);
    crypto_sha256(buf_get(&source), hash);
    buf_cstr(&hex, "wt-");
    crypto_hex(&hex, (struct text){(const char *)hash, ID_HASH_BYTES});
    ASSERT(hex.len + 1 == WAIT_RECORD_ID_SIZE);
    memcpy(out, hex.ptr, WAIT_RECORD_ID_SIZE);
}

void wait_record_read(struct wait_record *wait, struct row *row)
{
    wait->run = row_uuid(row);
    wait->address = row_text(row);
    wait->id = row_text(row);
    wait->step_id = row_text(row);
    wait->number = row_int(row);
    wait->mode = (enum wait_mode)row_int(row);
    wait->status = (enum wait_status)row_int(row);
    wait->consumed = row_bool(row);
    wait->opened_ms = row_ms(row);
    wait->deadline_ms = row_ms(row);
    wait->resolved_ms = row_ms(row);
    wait->event_name = row_text(row);
    wait->event_key = row_text(row);
    wait->asked = row_bytes(row);
    wait->digest = row_bytes(row);
    wait->resolution = row_bytes(row);
    wait->action = row_text(row);
    wait->resolved_by = row_text(row);
    wait->child = row_uuid(row);
}

static void read_full(struct storage_call *call, const struct pg_rows *rows, int index,
                      struct wait_record *out)
{
    struct row row = {call, rows, index, 0};

    wait_record_read(out, &row);
    out->slug = row_text(&row);
    out->flow = row_int(&row);
    out->run_number = row_int(&row);
    out->version = row_int(&row);
    out->target = (enum flow_target)row_int(&row);
}

static void on_found(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct wait_get *op = CALL_OP(group, struct wait_get);

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (op->found) read_full(&op->call, rows, 0, &op->wait);
}

void wait_record_get_start(struct wait_get *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    if (op->id.ptr) {
        pg_param_text(params, op->id);
    } else {
        pg_param_uuid(params, op->run);
        pg_param_text(params, op->address);
    }
    call_add(&op->call, op->id.ptr ? &get_sql : &get_address_sql, params, on_found);
    call_send_gateway(&op->call);
}

static void on_list(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct wait_list *op = CALL_OP(group, struct wait_list);
    int count = pg_row_count(rows);

    (void)index;
    op->has_more = count > op->limit;
    op->waits = row_array(&op->call, MIN(count, op->limit), sizeof(struct wait_record));
    op->count = op->waits ? (size_t)MIN(count, op->limit) : 0;
    for (size_t i = 0; i < op->count; i++) {
        read_full(&op->call, rows, (int)i, &op->waits[i]);
    }
}

void wait_record_list_start(struct wait_list *op)
{
    bool of_run = !id_is_zero(op->run);

    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    op->limit = MIN(MAX(op->limit, 1), LIMIT_LIST);
    pg_param_int64(params, op->call.workspace);
    pg_param_int64(params, op->after_number);
    pg_param_int32(params, op->limit + 1);
    if (of_run) {
        pg_param_uuid(params, op->run);
    } else {
        pg_param_text(params, op->slug);
    }
    call_add(&op->call, of_run ? &list_run_sql : &list_sql, params, on_list);
    call_send_gateway(&op->call);
}
