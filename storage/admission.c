/*
 * Admission: one call of weir.runs_admit (migrations/003_admission.sql), which decides under the
 * flows' locks; here its arrays are filled and its answers handed back.
 */
#include "storage/admission.h"

#include "base/assert.h"
#include "storage/row.h"

static const struct pg_statement admit_sql = {
    "runs_admit",
    "select o_index, o_outcome, o_decision, o_run, o_number, o_version, o_version_number, "
    "o_status, o_flow, o_shard from weir.runs_admit($1::bigint[], $2::text[], $3::smallint[], "
    "$4::bigint[], $5::boolean[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::bytea[], "
    "$11::bytea[], $12::smallint[], $13::text[], $14::int[], $15::smallint[], $16::smallint[])"};

static void on_admitted(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct admission_batch *op = CALL_OP(group, struct admission_batch);

    (void)index;
    ASSERT((size_t)pg_row_count(rows) == op->count);
    for (int i = 0; i < pg_row_count(rows); i++) {
        struct row row = {&op->call, rows, i, 0};
        struct admission *admission = &op->admissions[row_int(&row) - 1];

        admission->outcome = (enum admission_outcome)row_int(&row);
        admission->decision = (enum concurrency_decision)row_int(&row);
        admission->out_run = row_uuid(&row);
        admission->number = row_int(&row);
        admission->out_version = row_int(&row);
        admission->version_number = (int)row_int(&row);
        admission->status = (enum run_status)row_int(&row);
        admission->flow = row_int(&row);
        admission->shard = (int)row_int(&row);
    }
}

/* Who, where to, which version. */
static void add_target(struct pg_params *params, const struct admission_batch *op)
{
    pg_param_array_begin(params, PG_INT8);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_int64(params, op->admissions[i].workspace);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_TEXT);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_text(params, op->admissions[i].slug);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT2);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_int16(params, (int16_t)op->admissions[i].target);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT8);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_int64(params, op->admissions[i].version);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_BOOL);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_bool(params, op->admissions[i].pinned);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_UUID);
    for (size_t i = 0; i < op->count; i++) {
        ASSERT(!id_is_zero(op->admissions[i].run));
        pg_array_uuid(params, op->admissions[i].run);
    }
    pg_param_array_end(params);
}

/* What is asked for. */
static void add_request(struct pg_params *params, const struct admission_batch *op)
{
    pg_param_array_begin(params, PG_TEXT);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_text(params, op->admissions[i].invocation);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_TEXT);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_text(params, op->admissions[i].triggered_by);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_TEXT);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_text(params, op->admissions[i].idempotency_key);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_BYTEA);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_bytes(params, op->admissions[i].request_hash);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_BYTEA);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_bytes(params, op->admissions[i].input);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT2);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_int16(params, (int16_t)op->admissions[i].priority);
    }
    pg_param_array_end(params);
}

static void add_concurrency(struct pg_params *params, const struct admission_batch *op)
{
    pg_param_array_begin(params, PG_TEXT);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_text(params, op->admissions[i].key);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT4);
    for (size_t i = 0; i < op->count; i++) {
        ASSERT(!op->admissions[i].key.ptr || op->admissions[i].limit > 0);
        pg_array_int32(params, op->admissions[i].limit);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT2);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_int16(params, (int16_t)op->admissions[i].on_new_version);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT2);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_int16(params, (int16_t)op->admissions[i].on_conflict);
    }
    pg_param_array_end(params);
}

void admission_start(struct admission_batch *op)
{
    ASSERT(op->count > 0);
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    add_target(params, op);
    add_request(params, op);
    add_concurrency(params, op);
    call_add(&op->call, &admit_sql, params, on_admitted);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}
