/*
 * Admission: one call of weir.runs_admit (migrations/003_admission.sql), which decides under the
 * flows' locks, or of weir.child_admit (011_child_runs.sql), which also looks at the caller; here
 * their arrays are filled and their answers handed back. What cannot do anything to another run is
 * cheaper (013_claimed_admission.sql), and may be claimed in the same step: batches without
 * concurrency keys by weir.runs_admit_plain, one run without one by weir.run_admit.
 */
#include "storage/admission.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/macros.h"
#include "base/map.h"
#include "storage/column.h"
#include "storage/row.h"
#include "storage/schedule_record.h"

#define COLUMNS                                                                             \
    "select o_index, o_outcome, o_decision, o_run, o_number, o_version, o_version_number, " \
    "o_status, o_flow, o_shard, o_effect, now(), "
#define NEVER_CLAIMED "false, null::int "
#define CLAIMED       "o_claimed, o_release "
#define ARRAYS_16                                                                         \
    "$1::bigint[], $2::text[], $3::smallint[], $4::bigint[], $5::boolean[], $6::uuid[], " \
    "$7::text[], $8::text[], $9::text[], $10::bytea[], $11::bytea[], $12::smallint[], "   \
    "$13::text[], $14::int[], $15::smallint[], $16::smallint[]"

static const struct pg_statement admit_sql = {"runs_admit", COLUMNS NEVER_CLAIMED
                                              "from weir.runs_admit(" ARRAYS_16 ")"};

static const struct pg_statement child_sql = {
    "child_admit", COLUMNS NEVER_CLAIMED
    "from weir.child_admit(" ARRAYS_16 ", $17::uuid, $18::text, $19::bigint, $20::int, $21::int)"};

static const struct pg_statement admit_plain_sql = {
    "runs_admit_plain", COLUMNS CLAIMED
    "from weir.runs_admit_plain($1::bigint[], $2::text[], $3::smallint[], $4::bigint[], "
    "$5::boolean[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::bytea[], "
    "$12::smallint[], $13::bigint[])"};

static const struct pg_statement admit_one_sql = {
    "run_admit", COLUMNS CLAIMED
    "from weir.run_admit($1::bigint, $2::text, $3::smallint, $4::bigint, $5::boolean, $6::uuid, "
    "$7::text, $8::text, $9::text, $10::bytea, $11::bytea, $12::smallint, $13::bigint)"};

/* Of all. */
#define RUN_COLUMN    3
#define EFFECT_COLUMN 10

static void read_admission(struct admission_batch *op, struct row *row)
{
    struct admission *admission = &op->admissions[row_int(row) - 1];

    admission->outcome = (enum admission_outcome)row_int(row);
    admission->decision = (enum concurrency_decision)row_int(row);
    admission->out_run = row_uuid(row);
    admission->number = row_int(row);
    admission->out_version = row_int(row);
    admission->version_number = (int)row_int(row);
    admission->status = (enum run_status)row_int(row);
    admission->flow = row_int(row);
    admission->shard = (int)row_int(row);
    row->column++; // the effect
    admission->admitted_ms = row_ms(row);
    admission->claimed = row_bool(row);
    admission->release = (int)row_int(row);
}

static void on_admitted(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct admission_batch *op = CALL_OP(group, struct admission_batch);
    size_t count = (size_t)pg_row_count(rows);

    (void)index;
    ASSERT(count >= op->count);
    op->effects = row_array(&op->call, (int)(count - op->count), sizeof(struct admission_effect));
    op->effect_count = 0;
    for (int i = 0; i < pg_row_count(rows); i++) {
        if (pg_is_null(rows, i, EFFECT_COLUMN)) {
            read_admission(op, &(struct row){&op->call, rows, i, 0});
        } else if (op->effects) {
            op->effects[op->effect_count++] = (struct admission_effect){
                .kind = (enum admission_effect_kind)pg_int64(rows, i, EFFECT_COLUMN),
                .run = pg_uuid(rows, i, RUN_COLUMN),
                .cause = &op->admissions[pg_int64(rows, i, 0) - 1],
            };
        }
    }
}

static void on_moved(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct admission_batch *op = CALL_OP(group, struct admission_batch);

    (void)index;
    op->moved = (size_t)pg_affected(rows);
}

enum admission_kind { KIND_KEYED, KIND_PLAIN, KIND_ONE, KIND_CHILD };

/* Plain: no run of the batch can be another one of it, or do anything to another one. Equal keys of
 * two flows are taken for the same: that only costs time. */
static bool is_plain(const struct admission_batch *op)
{
    struct map keys CLEANUP(map_done) = {0};

    for (size_t i = 0; i < op->count; i++) {
        struct admission *admission = &op->admissions[i];
        struct text key = admission->idempotency_key;

        if (admission->key.ptr || (key.ptr && map_put(&keys, key, admission))) return false;
    }
    return true;
}

static enum admission_kind kind_of(const struct admission_batch *op)
{
    if (op->caller) return KIND_CHILD;
    if (op->count == 1) return op->admissions[0].key.ptr ? KIND_KEYED : KIND_ONE;
    return is_plain(op) ? KIND_PLAIN : KIND_KEYED;
}

#define AT(member) offsetof(struct admission, member)

/* Who, where to, which version. */
static const struct column target_columns[] = {
    {COLUMN_INT8, AT(workspace)},  {COLUMN_TEXT, AT(slug)},         {COLUMN_INT2, AT(target)},
    {COLUMN_INT8, AT(version)},    {COLUMN_BOOL, AT(pinned)},       {COLUMN_UUID, AT(run)},
    {COLUMN_TEXT, AT(invocation)}, {COLUMN_TEXT, AT(triggered_by)},
};

static const struct column request_columns[] = {
    {COLUMN_TEXT, AT(idempotency_key)},
    {COLUMN_BYTES, AT(request_hash)},
    {COLUMN_BYTES, AT(input)},
    {COLUMN_INT2, AT(priority)},
};

static const struct column owner_columns[] = {{COLUMN_INT8_OR_NULL, AT(owner)}};

static const struct column concurrency_columns[] = {
    {COLUMN_TEXT, AT(key)},
    {COLUMN_INT4, AT(limit)},
    {COLUMN_INT2, AT(on_new_version)},
    {COLUMN_INT2, AT(on_conflict)},
};

static void add(struct pg_params *params, const struct admission_batch *op,
                const struct column *columns, size_t count)
{
    column_add_all(params, columns, count, op->admissions, op->count, sizeof(struct admission));
}

static void add_many(struct pg_params *params, const struct admission_batch *op,
                     enum admission_kind kind)
{
    for (size_t i = 0; i < op->count; i++) {
        ASSERT(!id_is_zero(op->admissions[i].run));
        ASSERT(!op->admissions[i].key.ptr || op->admissions[i].limit > 0);
    }
    add(params, op, target_columns, ARRAY_COUNT(target_columns));
    add(params, op, request_columns, ARRAY_COUNT(request_columns));
    if (kind == KIND_PLAIN) {
        add(params, op, owner_columns, ARRAY_COUNT(owner_columns));
    } else {
        add(params, op, concurrency_columns, ARRAY_COUNT(concurrency_columns));
    }
}

static void add_one(struct pg_params *params, const struct admission *admission)
{
    ASSERT(!id_is_zero(admission->run));
    pg_param_int64(params, admission->workspace);
    pg_param_text(params, admission->slug);
    pg_param_int16(params, (int16_t)admission->target);
    pg_param_int64(params, admission->version);
    pg_param_bool(params, admission->pinned);
    pg_param_uuid(params, admission->run);
    pg_param_text(params, admission->invocation);
    pg_param_text(params, admission->triggered_by);
    pg_param_text(params, admission->idempotency_key);
    pg_param_bytes(params, admission->request_hash);
    pg_param_bytes(params, admission->input);
    pg_param_int16(params, (int16_t)admission->priority);
    if (admission->owner) {
        pg_param_int64(params, admission->owner);
    } else {
        pg_param_null(params);
    }
}

static void add_caller(struct pg_params *params, const struct admission_batch *op)
{
    const struct admission_caller *caller = op->caller;

    ASSERT(op->count == 1 && op->admissions[0].version != 0);
    pg_param_uuid(params, caller->run);
    pg_param_text(params, caller->address);
    pg_param_int64(params, caller->owner);
    pg_param_int32(params, caller->epoch);
    pg_param_int32(params, LIMIT_CALL_DEPTH);
}

void admission_start(struct admission_batch *op)
{
    static const struct pg_statement *const statements[] = {[KIND_KEYED] = &admit_sql,
                                                            [KIND_PLAIN] = &admit_plain_sql,
                                                            [KIND_ONE] = &admit_one_sql,
                                                            [KIND_CHILD] = &child_sql};

    ASSERT(op->count > 0);
    op->moved = 0;
    op->effects = NULL;
    op->effect_count = 0;
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);
    enum admission_kind kind = kind_of(op);

    if (kind == KIND_ONE) {
        add_one(params, &op->admissions[0]);
    } else {
        add_many(params, op, kind);
        if (kind == KIND_CHILD) add_caller(params, op);
    }
    call_add(&op->call, statements[kind], params, on_admitted);
    if (op->move_count > 0) {
        schedule_record_add_moves(&op->call, op->moves, op->move_count, on_moved);
    }
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}
