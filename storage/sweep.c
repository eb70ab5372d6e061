/*
 * Sweep: what Redis should know, and what has had its time.
 */
#include "storage/sweep.h"

#include "base/limits.h"
#include "base/macros.h"
#include "storage/row.h"

#define SWEEP_PAGE_MAX 10000
#define WEEKS_AHEAD    8

static const struct pg_statement due_sql = {
    "sweep_due",
    "select r.workspace, r.flow, r.id, r.wake_at, "
    "(extract(epoch from r.wake_at - now()) * 1000)::bigint, r.priority, w.weight, r.status "
    "from weir.runs r join weir.workspaces w on w.id = r.workspace where r.shard = $1::smallint "
    "and r.wake_at <= now() + make_interval(secs => $2::bigint / 1000.0) "
    // Where the index scan begins; what has been seen of that instant is left out after it.
    "and r.wake_at >= case when $3::boolean then timestamptz 'epoch' "
    "+ $4::bigint * interval '1 microsecond' else '-infinity' end "
    "and (not $3::boolean or (r.wake_at, r.id) > ("
    "timestamptz 'epoch' + $4::bigint * interval '1 microsecond', $5::uuid)) "
    "and (r.owner is null or not weir.owner_lives(r.owner)) "
    "order by r.wake_at, r.id limit $6::int"};

static const struct pg_statement statistics_sql = {"sweep_statistics",
                                                   "select weir.statistics_refresh()"};

static const struct pg_statement clean_sql = {"sweep_clean", "select weir.expired_delete($1::int)"};

static const struct pg_statement partitions_sql = {"sweep_partitions",
                                                   "select weir.partitions_make($1::int)"};

static const struct pg_statement retention_sql = {
    "sweep_retention", "select weir.partitions_drop(now() - make_interval(days => $1::int))"};

static void on_due(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct sweep_due *op = CALL_OP(group, struct sweep_due);
    int count = pg_row_count(rows);

    (void)index;
    op->has_more = count == op->limit;
    op->runs = row_array(&op->call, count, sizeof(struct sweep_run));
    op->count = op->runs ? (size_t)count : 0;
    for (size_t i = 0; i < op->count; i++) {
        struct row row = {&op->call, rows, (int)i, 0};
        struct sweep_run *run = &op->runs[i];

        run->workspace = row_int(&row);
        run->flow = row_int(&row);
        run->run = row_uuid(&row);
        op->next_wake_us = pg_time_us(rows, (int)i, row.column);
        op->next_run = run->run;
        run->wake_ms = row_ms(&row);
        run->wait_ms = row_int(&row);
        run->priority = (int)row_int(&row);
        run->weight = (int)row_int(&row);
        run->status = (enum run_status)row_int(&row);
    }
}

void sweep_due_start(struct sweep_due *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    op->limit = MIN(MAX(op->limit, 1), SWEEP_PAGE_MAX);
    pg_param_int16(params, (int16_t)op->shard);
    pg_param_int64(params, op->horizon_ms);
    pg_param_bool(params, op->has_cursor);
    pg_param_int64(params, op->after_wake_us);
    pg_param_uuid(params, op->after_run);
    pg_param_int32(params, op->limit);
    call_add(&op->call, &due_sql, params, on_due);
    call_set_idempotent(&op->call);
    if (!op->has_cursor) call_add(&op->call, &statistics_sql, NULL, NULL); // once a round
    call_send_engine(&op->call, -1);
}

static void on_cleaned(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct sweep_clean *op = CALL_OP(group, struct sweep_clean);

    (void)index;
    op->deleted = pg_int64(rows, 0, 0);
}

static void on_made(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct sweep_clean *op = CALL_OP(group, struct sweep_clean);

    (void)index;
    op->partitions_made = (int)pg_int64(rows, 0, 0);
}

void sweep_clean_start(struct sweep_clean *op)
{
    call_begin(&op->call);
    struct pg_params *limit = call_params(&op->call);
    struct pg_params *weeks = call_params(&op->call);

    pg_param_int32(limit, MAX(op->limit, 1));
    call_add(&op->call, &clean_sql, limit, on_cleaned);
    pg_param_int32(weeks, WEEKS_AHEAD);
    call_add(&op->call, &partitions_sql, weeks, on_made);
    call_send_engine(&op->call, -1);
}

static void on_dropped(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct sweep_retention *op = CALL_OP(group, struct sweep_retention);

    (void)index;
    op->partitions_dropped = (int)pg_int64(rows, 0, 0);
}

void sweep_retention_start(struct sweep_retention *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int32(params, op->days);
    call_add(&op->call, &retention_sql, params, on_dropped);
    call_send_engine(&op->call, -1);
}
