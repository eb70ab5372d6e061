/*
 * Runs as people read them.
 */
#include "storage/run_record.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/macros.h"
#include "storage/row.h"

/* What a run is doing: one whose wait has its outcome, or its deadline behind it, waits for a
 * worker and for nothing else, so it is queued (0) again and not waiting (2). */
#define STATUS "(case when r.status = 2 and r.wake_at <= now() then 0 else r.status end)"

/* What stands in the rows of a run, its flow and its version. */
#define OWN                                                                                \
    "r.id, r.workspace, r.flow, r.version, r.number, f.slug, v.number, "                   \
    "(select max(number) from weir.releases l where l.workspace = r.workspace "            \
    "and l.flow = r.flow and l.version = r.version), " STATUS ", r.target, r.invocation, " \
    "r.triggered_by, r.concurrency_key, r.current_step, r.cancel_reason, r.cancelled_by, " \
    "r.cancel_requested, r.status = 0 and r.wake_at is null, r.epoch, r.claims, "          \
    "r.crashes, r.priority, r.shard, r.owner, r.created_at, r.started_at, r.updated_at, "  \
    "r.completed_at, r.wake_at, r.parent_address, "
/* Of the runs that are its relatives. Few have any, and to look costs a lone statement a third. */
#define RELATIVES                                                                            \
    "(select s.slug from weir.runs p join weir.flows s "                                     \
    "on s.id = p.flow where p.workspace = r.workspace "                                      \
    "and p.id = r.parent), " LINKED("r.parent") ", " LINKED("r.continued_from") ", " LINKED( \
        "r.continued_to")
#define NO_RELATIVES "null::text, null::bigint, null::bigint, null::bigint"
/* The number of the run that a column names. */
#define LINKED(column)                                                       \
    "(select p.number from weir.runs p where p.workspace = r.workspace and " \
    "p.id = " column ")"
#define COLUMNS OWN RELATIVES
#define VERSION "join weir.versions v on v.id = r.version "
#define FROM    " from weir.runs r join weir.flows f on f.id = r.flow " VERSION

static const struct pg_statement get_sql = {
    "run_get",
    "select " COLUMNS ", r.input, r.result, r.error, "
    // By the parameters: so one partition is opened, not all.
    "(select coalesce(max(sequence), 0) from weir.steps s "
    "where s.workspace = $1::bigint and s.run = $2::uuid), "
    "exists (select from weir.runs c where c.workspace = $1::bigint "
    "and c.parent = $2::uuid)" FROM "where r.workspace = $1::bigint and r.id = $2::uuid"};

/* What would make the answer of many large is left out, which its size tells without reading it. */
#define SEVERAL(partial, relatives, from)                                                     \
    "select u.place, z.is_large or " partial ", " OWN relatives                               \
    ", case when not z.is_large then r.input end, case when not z.is_large then r.result end" \
    ", case when not z.is_large then r.error end, "                                           \
    "(select coalesce(max(sequence), 0) from weir.steps s "                                   \
    "where s.workspace = r.workspace and s.run = r.id), "                                     \
    "exists (select from weir.runs c where c.workspace = $1::bigint and c.parent = r.id) "    \
    "from " from VERSION "cross join lateral (select coalesce(octet_length(r.input), 0) "     \
    "+ coalesce(octet_length(r.result), 0) + coalesce(octet_length(r.error), 0) "             \
    "> 65536 as is_large) z"
#define HAS_RELATIVES "num_nonnulls(r.parent, r.continued_from, r.continued_to) > 0"
/* OFFSET keeps the planner from going through all runs of the workspace once for all keys, which it
 * takes for cheaper before the table was first analyzed. */
#define BY_ID                                                                           \
    "unnest($2::uuid[]) with ordinality u(id, place) cross join lateral ("              \
    "select * from weir.runs x where x.workspace = $1::bigint and x.id = u.id offset 0" \
    ") r join weir.flows f on f.id = r.flow "
#define BY_NUMBER                                                              \
    "unnest($2::text[], $3::bigint[]) with ordinality u(slug, number, place) " \
    "join weir.flows f on f.workspace = $1::bigint and f.slug = u.slug "       \
    "join weir.runs r on r.workspace = $1::bigint and r.flow = f.id and r.number = u.number "

static const struct pg_statement gets_sql[] = {
    [RUN_GETS_BY_NUMBER] = {"run_gets_by_number", SEVERAL(HAS_RELATIVES, NO_RELATIVES, BY_NUMBER)},
    [RUN_GETS_BY_ID] = {"run_gets_by_id", SEVERAL(HAS_RELATIVES, NO_RELATIVES, BY_ID)},
    [RUN_GETS_WITH_RELATIVES] = {"run_gets_with_relatives", SEVERAL("false", RELATIVES, BY_ID)},
};

static const struct pg_statement find_sql = {
    "run_find", "select r.id from weir.flows f join weir.runs r on r.workspace = f.workspace "
                "and r.flow = f.id and r.number = $3::bigint where f.workspace = $1::bigint "
                "and ($2::text is null or f.slug = $2::text) order by r.id desc limit 2"};

static const struct pg_statement list_sql = {
    "run_list", "select " COLUMNS FROM "where r.workspace = $1::bigint "
                "and ($2::uuid is null or r.id < $2::uuid) "
                "and ($3::int = 0 or (1 << " STATUS ") & $3::int <> 0) "
                "order by r.id desc limit $4::int"};

static const struct pg_statement list_flow_sql = {
    "run_list_flow",
    "select " COLUMNS FROM "where r.workspace = $1::bigint "
    "and r.flow = (select id from weir.flows where workspace = $1::bigint and slug = $5::text) "
    "and ($2::uuid is null or r.number < (select number from weir.runs "
    "where workspace = $1::bigint and id = $2::uuid)) "
    "and ($3::int = 0 or (1 << " STATUS ") & $3::int <> 0) "
    "and ($6::int = 0 or v.number = $6::int) order by r.number desc limit $4::int"};

static const struct pg_statement steps_sql = {
    "run_steps",
    "select s.sequence, s.kind, s.status, s.billed, s.attempts, s.queue_ms, s.started_at, "
    "s.completed_at, s.committed_at, s.address, s.step_id, s.step_type, s.input, s.output, "
    "s.error, s.attempt_log from weir.steps s where s.workspace = $1::bigint and s.run = $2::uuid "
    "and s.sequence >= $3::int and ($5::text is null or s.step_id = $5::text) "
    "order by s.sequence limit $4::int"};

static const struct pg_statement steps_bare_sql = {
    "run_steps_bare",
    "select s.sequence, s.kind, s.status, s.billed, s.attempts, s.queue_ms, s.started_at, "
    "s.completed_at, s.committed_at, s.address, s.step_id, s.step_type "
    "from weir.steps s where s.workspace = $1::bigint and s.run = $2::uuid "
    "and s.sequence >= $3::int and ($5::text is null or s.step_id = $5::text) "
    "order by s.sequence limit $4::int"};

static const struct pg_statement cancel_sql = {
    "run_cancel",
    "select o_outcome, o_status, o_owner, o_run, o_flow, (select number from weir.runs r "
    "where r.workspace = $1::bigint and r.id = o_run), (select f.slug from weir.runs r "
    "join weir.flows f on f.id = r.flow where r.workspace = $1::bigint and r.id = o_run) "
    "from weir.run_cancel($1::bigint, $2::uuid, $3::text, $4::text, $5::boolean)"};

static void read(struct row *row, struct run_record *out)
{
    out->id = row_uuid(row);
    out->workspace = row_int(row);
    out->flow = row_int(row);
    out->version = row_int(row);
    out->number = row_int(row);
    out->slug = row_text(row);
    out->version_number = (int)row_int(row);
    out->release = (int)row_int(row);
    out->status = (enum run_status)row_int(row);
    out->target = (enum flow_target)row_int(row);
    out->invocation = row_text(row);
    out->triggered_by = row_text(row);
    out->concurrency_key = row_text(row);
    out->current_step = row_text(row);
    out->cancel_reason = row_text(row);
    out->cancelled_by = row_text(row);
    out->cancel_requested = row_bool(row);
    out->in_line = row_bool(row);
    out->epoch = (int)row_int(row);
    out->claims = (int)row_int(row);
    out->crashes = (int)row_int(row);
    out->priority = (int)row_int(row);
    out->shard = (int)row_int(row);
    out->owner = row_int(row);
    out->created_ms = row_ms(row);
    out->started_ms = row_ms(row);
    out->updated_ms = row_ms(row);
    out->completed_ms = row_ms(row);
    out->wake_ms = row_ms(row);
    out->parent_address = row_text(row);
    out->parent_slug = row_text(row);
    out->parent_number = row_int(row);
    out->continued_from = row_int(row);
    out->continued_to = row_int(row);
}

static void read_whole(struct row *row, struct run_record *out)
{
    read(row, out);
    out->input = row_bytes(row);
    out->result = row_bytes(row);
    out->error = row_bytes(row);
    out->step_count = (int)row_int(row);
    out->has_children = row_bool(row);
}

static void on_run(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct run_get *op = CALL_OP(group, struct run_get);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (op->found) read_whole(&row, &op->run);
}

void run_record_get_start(struct run_get *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_uuid(params, op->id);
    call_add(&op->call, &get_sql, params, on_run);
    call_set_idempotent(&op->call);
    call_send_gateway(&op->call);
}

static void on_runs(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct run_gets *op = CALL_OP(group, struct run_gets);

    (void)index;
    for (size_t i = 0; i < op->count; i++) {
        op->gets[i]->found = op->is_partial[i] = false;
        op->gets[i]->call.error = (struct error){0};
    }
    for (int i = 0; i < pg_row_count(rows); i++) {
        size_t place = (size_t)pg_int64(rows, i, 0) - 1;

        ASSERT(place < op->count);
        struct run_get *get = op->gets[place];
        struct row row = {&get->call, rows, i, 2}; // texts are copied into its own arena

        get->found = true;
        op->is_partial[place] = pg_bool(rows, i, 1);
        read_whole(&row, &get->run);
        get->id = get->run.id;
    }
}

static void add_ids(struct pg_params *params, const struct run_gets *op)
{
    pg_param_array_begin(params, PG_UUID);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_uuid(params, op->gets[i]->id);
    }
    pg_param_array_end(params);
}

static void add_numbers(struct pg_params *params, const struct run_gets *op)
{
    pg_param_array_begin(params, PG_TEXT);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_text(params, op->gets[i]->slug);
    }
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT8);
    for (size_t i = 0; i < op->count; i++) {
        pg_array_int64(params, op->gets[i]->number);
    }
    pg_param_array_end(params);
}

void run_record_gets_start(struct run_gets *op)
{
    ASSERT(op->count <= RUN_GETS_MAX);
    ASSERT(op->kind < RUN_GETS_KINDS);
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    if (op->kind == RUN_GETS_BY_NUMBER) {
        add_numbers(params, op);
    } else {
        add_ids(params, op);
    }
    call_add(&op->call, &gets_sql[op->kind], params, on_runs);
    call_set_idempotent(&op->call);
    call_send_gateway(&op->call);
}

static void on_match(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct run_find *op = CALL_OP(group, struct run_find);

    (void)index;
    op->match_count = (size_t)pg_row_count(rows);
    if (op->match_count > 0) op->id = pg_uuid(rows, 0, 0);
}

void run_record_find_start(struct run_find *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->slug);
    pg_param_int64(params, op->number);
    call_add(&op->call, &find_sql, params, on_match);
    call_send_gateway(&op->call);
}

static void on_list(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct run_list *op = CALL_OP(group, struct run_list);
    int count = pg_row_count(rows);

    (void)index;
    op->has_more = count > op->limit;
    op->runs = row_array(&op->call, MIN(count, op->limit), sizeof(struct run_record));
    op->count = op->runs ? (size_t)MIN(count, op->limit) : 0;
    for (size_t i = 0; i < op->count; i++) {
        struct row row = {&op->call, rows, (int)i, 0};

        read(&row, &op->runs[i]);
        op->runs[i].step_count = -1;
    }
}

void run_record_list_start(struct run_list *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    op->limit = MIN(MAX(op->limit, 1), LIMIT_LIST);
    pg_param_int64(params, op->call.workspace);
    if (id_is_zero(op->before)) {
        pg_param_null(params);
    } else {
        pg_param_uuid(params, op->before);
    }
    pg_param_int32(params, (int32_t)op->statuses);
    pg_param_int32(params, op->limit + 1);
    if (op->slug.ptr) {
        pg_param_text(params, op->slug);
        pg_param_int32(params, op->version_number);
    }
    call_add(&op->call, op->slug.ptr ? &list_flow_sql : &list_sql, params, on_list);
    call_send_gateway(&op->call);
}

static void read_step(struct row *row, struct step_record *out)
{
    out->sequence = (int)row_int(row);
    out->kind = (enum step_kind)row_int(row);
    out->status = (enum step_status)row_int(row);
    out->billed = row_bool(row);
    out->attempts = (int)row_int(row);
    out->queue_ms = (int)row_int(row);
    out->started_ms = row_ms(row);
    out->completed_ms = row_ms(row);
    out->committed_ms = row_ms(row);
    out->address = row_text(row);
    out->step_id = row_text(row);
    out->step_type = row_text(row);
}

static void on_steps(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct run_steps *op = CALL_OP(group, struct run_steps);
    int count = pg_row_count(rows);

    (void)index;
    op->has_more = count > op->limit;
    op->steps = row_array(&op->call, MIN(count, op->limit), sizeof(struct step_record));
    op->count = op->steps ? (size_t)MIN(count, op->limit) : 0;
    for (size_t i = 0; i < op->count; i++) {
        struct row row = {&op->call, rows, (int)i, 0};
        struct step_record *step = &op->steps[i];

        read_step(&row, step);
        if (op->without_payloads) continue;
        step->input = row_bytes(&row);
        step->output = row_bytes(&row);
        step->error = row_bytes(&row);
        step->attempt_log = row_bytes(&row);
    }
}

void run_record_steps_start(struct run_steps *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    op->limit = MIN(MAX(op->limit, 1), LIMIT_LIST);
    pg_param_int64(params, op->call.workspace);
    pg_param_uuid(params, op->id);
    pg_param_int32(params, op->from_sequence);
    pg_param_int32(params, op->limit + 1);
    pg_param_text(params, op->step_id);
    call_add(&op->call, op->without_payloads ? &steps_bare_sql : &steps_sql, params, on_steps);
    call_send_gateway(&op->call);
}

static void on_cancelled(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct run_cancel *op = CALL_OP(group, struct run_cancel);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->outcome = (enum run_cancel_outcome)row_int(&row);
    op->status = (enum run_status)row_int(&row);
    op->owner = row_int(&row);
    struct uuid meant = row_uuid(&row);

    if (!id_is_zero(meant)) op->id = meant;
    row.column++; // the flow of other runs
    op->number = row_int(&row);
    op->slug = row_text(&row);
    op->woken = row_array(&op->call, pg_row_count(rows) - 1, sizeof(*op->woken));
    op->woken_count = op->woken ? (size_t)pg_row_count(rows) - 1 : 0;
    for (size_t i = 0; i < op->woken_count; i++) {
        struct row other = {&op->call, rows, (int)i + 1, 2};

        op->woken[i].owner = row_int(&other);
        op->woken[i].run = row_uuid(&other);
        op->woken[i].flow = row_int(&other);
    }
}

void run_record_cancel_start(struct run_cancel *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_uuid(params, op->id);
    pg_param_text(params, op->reason);
    pg_param_text(params, op->by);
    pg_param_bool(params, op->force);
    call_add(&op->call, &cancel_sql, params, on_cancelled);
    call_send_gateway(&op->call);
}
