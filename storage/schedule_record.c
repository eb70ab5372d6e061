/*
 * Schedules: written by releases, advanced by compare-and-set on the nominal instant.
 */
#include "storage/schedule_record.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/macros.h"
#include "storage/column.h"
#include "storage/row.h"

#define COLUMNS                                                                                  \
    "s.id, s.cron, s.timezone, s.invocation, s.input, s.enabled, s.catch_up, "                   \
    "s.concurrency_key, s.limit_count, s.on_new_version, s.on_conflict, s.priority, s.next_at, " \
    "s.workspace, s.flow, coalesce(case s.target when 0 then f.draft_version "                   \
    "else f.live_version end, 0), s.last_nominal, f.slug, s.target"

static const struct pg_statement due_sql = {
    "schedule_due", "select " COLUMNS " from weir.schedules s join weir.flows f on f.id = s.flow "
                    "where s.enabled and s.next_at <= now() order by s.next_at limit $1::int"};

static const struct pg_statement clock_sql = {
    "schedule_clock", "select now(), (select min(next_at) from weir.schedules "
                      "where enabled and next_at > now())"};

static const struct pg_statement advance_sql = {
    "schedule_advance",
    "update weir.schedules s set last_nominal = s.next_at, next_at = m.next_at "
    "from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::timestamptz[], "
    "$6::timestamptz[]) m(workspace, flow, target, id, nominal, next_at) "
    "where s.workspace = m.workspace and s.flow = m.flow and s.target = m.target "
    "and s.id = m.id and s.next_at = m.nominal"};

static const struct pg_statement list_sql = {
    "schedule_list", "select " COLUMNS " from weir.schedules s join weir.flows f on f.id = s.flow "
                     "where s.workspace = $1::bigint and ($2::text is null or f.slug = $2::text) "
                     "order by f.slug, s.target, s.id limit $3::int"};

static void read(struct storage_call *call, const struct pg_rows *rows, int index,
                 struct schedule *out)
{
    struct row row = {call, rows, index, 0};

    out->id = row_text(&row);
    out->cron = row_text(&row);
    out->timezone = row_text(&row);
    out->invocation = row_text(&row);
    out->input = row_bytes(&row);
    out->enabled = row_bool(&row);
    out->catch_up = (enum schedule_catch_up)row_int(&row);
    out->key = row_text(&row);
    out->limit = (int)row_int(&row);
    out->on_new_version = (enum admission_on_new_version)row_int(&row);
    out->on_conflict = (enum admission_on_conflict)row_int(&row);
    out->priority = (int)row_int(&row);
    out->next_ms = row_ms(&row);
    out->workspace = row_int(&row);
    out->flow = row_int(&row);
    out->version = row_int(&row);
    out->last_ms = row_ms(&row);
    out->slug = row_text(&row);
    out->target = (enum flow_target)row_int(&row);
}

static struct schedule *read_all(struct storage_call *call, const struct pg_rows *rows,
                                 size_t *out_count)
{
    int count = pg_row_count(rows);
    struct schedule *schedules = row_array(call, count, sizeof(struct schedule));

    *out_count = schedules ? (size_t)count : 0;
    for (size_t i = 0; i < *out_count; i++) {
        read(call, rows, (int)i, &schedules[i]);
    }
    return schedules;
}

static void on_due(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct schedule_due *op = CALL_OP(group, struct schedule_due);

    (void)index;
    op->schedules = read_all(&op->call, rows, &op->count);
}

static void on_clock(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct schedule_due *op = CALL_OP(group, struct schedule_due);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->now_ms = row_ms(&row);
    op->next_due_ms = row_ms(&row);
}

void schedule_record_due_start(struct schedule_due *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int32(params, MIN(MAX(op->limit, 1), LIMIT_LIST));
    call_add(&op->call, &due_sql, params, on_due);
    call_add(&op->call, &clock_sql, NULL, on_clock);
    call_send_engine(&op->call, -1);
}

void schedule_record_add_moves(struct storage_call *call, const struct schedule_move *moves,
                               size_t count,
                               void (*on_rows)(struct pg_group *group, int index,
                                               const struct pg_rows *rows))
{
    static const struct column columns[] = {
        {COLUMN_INT8, offsetof(struct schedule_move, workspace)},
        {COLUMN_INT8, offsetof(struct schedule_move, flow)},
        {COLUMN_INT2, offsetof(struct schedule_move, target)},
        {COLUMN_TEXT, offsetof(struct schedule_move, id)},
        {COLUMN_TIME_OR_NULL, offsetof(struct schedule_move, nominal_ms)},
        {COLUMN_TIME_OR_NULL, offsetof(struct schedule_move, next_ms)},
    };
    struct pg_params *params = call_params(call);

    column_add_all(params, columns, ARRAY_COUNT(columns), moves, count, sizeof(*moves));
    call_add(call, &advance_sql, params, on_rows);
}

static void on_advanced(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct schedule_advance *op = CALL_OP(group, struct schedule_advance);

    (void)index;
    op->moved = (size_t)pg_affected(rows);
}

void schedule_record_advance_start(struct schedule_advance *op)
{
    call_begin(&op->call);
    schedule_record_add_moves(&op->call, op->moves, op->count, on_advanced);
    call_send_engine(&op->call, -1);
}

static void on_list(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct schedule_list *op = CALL_OP(group, struct schedule_list);

    (void)index;
    op->schedules = read_all(&op->call, rows, &op->count);
}

void schedule_record_list_start(struct schedule_list *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->slug);
    pg_param_int32(params, LIMIT_LIST);
    call_add(&op->call, &list_sql, params, on_list);
    call_send_gateway(&op->call);
}

void schedule_record_params(struct pg_params *params, const struct schedule *schedules,
                            size_t count)
{
    static const struct column columns[] = {
        {COLUMN_TEXT, offsetof(struct schedule, id)},
        {COLUMN_TEXT, offsetof(struct schedule, cron)},
        {COLUMN_TEXT, offsetof(struct schedule, timezone)},
        {COLUMN_TEXT, offsetof(struct schedule, invocation)},
        {COLUMN_BYTES, offsetof(struct schedule, input)},
        {COLUMN_BOOL, offsetof(struct schedule, enabled)},
        {COLUMN_INT2, offsetof(struct schedule, catch_up)},
        {COLUMN_TEXT, offsetof(struct schedule, key)},
        {COLUMN_INT4, offsetof(struct schedule, limit)},
        {COLUMN_INT2, offsetof(struct schedule, on_new_version)},
        {COLUMN_INT2, offsetof(struct schedule, on_conflict)},
        {COLUMN_INT2, offsetof(struct schedule, priority)},
        {COLUMN_TIME_OR_NULL, offsetof(struct schedule, next_ms)},
    };

    for (size_t i = 0; i < count; i++) {
        ASSERT(!schedules[i].key.ptr || schedules[i].limit > 0);
    }
    column_add_all(params, columns, ARRAY_COUNT(columns), schedules, count, sizeof(*schedules));
}
