/*
 * Claim: one group of four statements: no waiting for the disk; weir.runs_claim (004_journal.sql);
 * the journals of what it has claimed, which it leaves in two settings; their waits. Other groups
 * that claim (signal.h) read the same two ways.
 */
#include "storage/claim.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/macros.h"
#include "storage/column.h"
#include "storage/row.h"

#include <string.h>

#define RUN_COLUMNS                                                                 \
    "c.o_workspace, c.o_run, c.o_outcome, c.o_wait_ms, c.o_flow, c.o_slug, "        \
    "c.o_workspace_name, c.o_version, c.o_version_number, c.o_number, c.o_epoch, "  \
    "c.o_claims, c.o_crashes, c.o_target, c.o_language, c.o_priority, c.o_cancel, " \
    "c.o_triggered_by, c.o_invocation, c.o_created_at, c.o_queue_ms, c.o_input"
#define ROW_COLUMNS                                                                 \
    "s.sequence, s.kind, s.status, s.attempts, s.address, s.step_id, s.step_type, " \
    "s.output, s.error"
/* What weir.runs_claim has claimed. */
#define CLAIMED                                                     \
    "unnest(current_setting('weir.claimed_workspaces')::bigint[], " \
    "current_setting('weir.claimed_runs')::uuid[]) r(workspace, id) "

static const struct pg_statement relaxed_sql = {
    "claim_relaxed", "select set_config('synchronous_commit', 'off', true)"};

static const struct pg_statement keyed_sql = {
    "claim_keyed",
    "select " RUN_COLUMNS " from weir.runs_claim($1::bigint, $2::bigint[], $3::uuid[]) c"};

static const struct pg_statement due_sql = {
    "claim_due",
    "select " RUN_COLUMNS " from (select array_agg(d.workspace) as w, array_agg(d.id) as i from ("
    "select r.workspace, r.id from weir.runs r where r.shard = $2::smallint "
    "and r.wake_at <= now() and (r.owner is null or not weir.owner_lives(r.owner)) "
    "order by r.wake_at limit $3::int) d) q, "
    "lateral weir.runs_claim($1::bigint, q.w, q.i) c"};

/* The first rows of each run, $1 rows and $2 bytes of them but at least one, and whether there is a
 * next one: rows are numbered from 1 without a gap. The runs lie from $3 to $4: known before the
 * statement starts, so that it opens only the partitions of those. */
static const struct pg_statement rows_sql = {
    "claim_rows",
    "select r.id, s.has_next, " ROW_COLUMNS " from " CLAIMED
    "cross join lateral (select x.*, sum(coalesce(octet_length(x.output), 0) + "
    "coalesce(octet_length(x.error), 0)) over w as bytes, lead(true, 1, false) over w as has_next "
    "from (select * from weir.steps j where j.workspace = r.workspace and j.run = r.id "
    "and j.run between $3::uuid and $4::uuid order by j.sequence limit $1::int + 1) x "
    "window w as (order by x.sequence)) s "
    "where (s.bytes <= $2::bigint or s.sequence = 1) and s.sequence <= $1::int "
    "order by r.id, s.sequence"};

static const struct pg_statement waits_sql = {
    "claim_waits", "select " WAIT_RECORD_COLUMNS " from " CLAIMED
                   "join weir.waits w on w.workspace = r.workspace and w.run = r.id "
                   "and not w.consumed and w.status <> 3 order by w.run, w.number"};

static const struct pg_statement page_sql = {
    "claim_page",
    "select " ROW_COLUMNS ", (select max(sequence) from weir.steps l "
    "where l.workspace = r.workspace and l.run = r.id) from (select $1::bigint as workspace, "
    "$2::uuid as id) r cross join lateral (select x.*, sum(coalesce(octet_length(x.output), 0) + "
    "coalesce(octet_length(x.error), 0)) over (order by x.sequence) as bytes "
    "from (select * from weir.steps j where j.workspace = r.workspace and j.run = r.id "
    "and j.sequence >= $3::int order by j.sequence limit $4::int) x) s "
    "where s.bytes <= $5::bigint or s.sequence = $3::int order by s.sequence"};

static const struct pg_statement news_sql = {
    "claim_news", "select " WAIT_RECORD_COLUMNS " from weir.waits w where w.workspace = $1::bigint "
                  "and w.run = $2::uuid and not w.consumed and w.status in (1, 2) "
                  "order by w.number limit $3::int"};

static const struct pg_statement disown_sql = {
    "claim_disown", "select weir.claims_disown($1::bigint, $2::smallint, $3::uuid[])"};

void claim_read_run(struct row *row, struct claim_run *out)
{
    out->flow = row_int(row);
    out->slug = row_text(row);
    out->workspace_name = row_text(row);
    out->version = row_int(row);
    out->version_number = (int)row_int(row);
    out->number = row_int(row);
    out->epoch = (int)row_int(row);
    out->claims = (int)row_int(row);
    out->crashes = (int)row_int(row);
    out->target = (enum flow_target)row_int(row);
    out->language = (int)row_int(row);
    out->priority = (int)row_int(row);
    out->cancel_requested = row_bool(row);
    out->triggered_by = row_text(row);
    out->invocation = row_text(row);
    out->created_ms = row_ms(row);
    out->queue_ms = row_int(row);
    out->input = row_bytes(row);
}

static void on_runs(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct claim *op = CALL_OP(group, struct claim);
    int count = pg_row_count(rows);

    (void)index;
    op->runs = row_array(&op->call, count, sizeof(struct claim_run));
    op->refused = row_array(&op->call, count, sizeof(struct claim_refused));
    op->run_count = op->refused_count = 0;
    if (!op->runs || !op->refused) return;
    for (int i = 0; i < count; i++) {
        struct row row = {&op->call, rows, i, 0};
        struct claim_key key;

        key.workspace = row_int(&row);
        key.run = row_uuid(&row);
        int64_t outcome = row_int(&row);
        bool no_wait = row_is_null(&row);
        int64_t wait_ms = row_int(&row);

        if (outcome != 0) {
            op->refused[op->refused_count++] =
                (struct claim_refused){.key = key,
                                       .why = (enum claim_refusal)outcome,
                                       .wait_ms = no_wait ? -1 : wait_ms,
                                       .flow = row_int(&row)};
            continue;
        }
        struct claim_run *run = &op->runs[op->run_count++];

        run->workspace = key.workspace;
        run->id = key.run;
        claim_read_run(&row, run);
    }
}

static void read_row(struct row *row, struct claim_row *out)
{
    out->sequence = (int)row_int(row);
    out->kind = (enum step_kind)row_int(row);
    out->status = (enum step_status)row_int(row);
    out->attempts = (int)row_int(row);
    out->address = row_text(row);
    out->step_id = row_text(row);
    out->step_type = row_text(row);
    out->output = row_bytes(row);
    out->error = row_bytes(row);
}

/* How many rows from this one on are of the same run. */
static int rows_of_run(const struct pg_rows *rows, int from)
{
    struct uuid run = pg_uuid(rows, from, 0);
    int to = from + 1;

    while (to < pg_row_count(rows) && id_compare(pg_uuid(rows, to, 0), run) == 0) {
        to++;
    }
    return to - from;
}

static const struct claim_taken *find_taken(const struct claim_taken *taken, size_t count,
                                            struct uuid id)
{
    for (size_t i = 0; i < count; i++) {
        if (id_compare(taken[i].run->id, id) == 0) return &taken[i];
    }
    return NULL;
}

void claim_read_journals(const struct claim_taken *taken, size_t taken_count,
                         const struct pg_rows *rows)
{
    for (int i = 0, count; i < pg_row_count(rows); i += count) {
        const struct claim_taken *one = find_taken(taken, taken_count, pg_uuid(rows, i, 0));

        count = rows_of_run(rows, i);
        struct claim_row *all = one ? row_array(one->call, count, sizeof(struct claim_row)) : NULL;

        if (!all) continue;
        for (int n = 0; n < count; n++) {
            read_row(&(struct row){one->call, rows, i + n, 2}, &all[n]);
        }
        one->run->rows = all;
        one->run->row_count = (size_t)count;
        one->run->has_more = pg_bool(rows, i + count - 1, 1);
    }
}

void claim_read_waits(const struct claim_taken *taken, size_t taken_count,
                      const struct pg_rows *rows)
{
    for (int i = 0, count; i < pg_row_count(rows); i += count) {
        const struct claim_taken *one = find_taken(taken, taken_count, pg_uuid(rows, i, 0));

        count = rows_of_run(rows, i);
        struct wait_record *all =
            one ? row_array(one->call, count, sizeof(struct wait_record)) : NULL;

        if (!all) continue;
        for (int n = 0; n < count; n++) {
            wait_record_read(&all[n], &(struct row){one->call, rows, i + n, 0});
        }
        one->run->waits = all;
        one->run->wait_count = (size_t)count;
    }
}

/* What a claim has claimed, all in its own arena. */
static const struct claim_taken *all_taken(struct claim *op)
{
    struct claim_taken *taken = ARENA_ARRAY(op->call.arena, op->run_count + 1, struct claim_taken);

    for (size_t i = 0; i < op->run_count; i++) {
        taken[i] = (struct claim_taken){&op->runs[i], &op->call};
    }
    return taken;
}

static void on_journal(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct claim *op = CALL_OP(group, struct claim);

    (void)index;
    claim_read_journals(all_taken(op), op->run_count, rows);
}

static void on_waits(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct claim *op = CALL_OP(group, struct claim);

    (void)index;
    claim_read_waits(all_taken(op), op->run_count, rows);
}

void claim_add_reads(struct storage_call *call, struct uuid low, struct uuid high,
                     void (*on_journals)(struct pg_group *group, int index,
                                         const struct pg_rows *rows),
                     void (*on_open)(struct pg_group *group, int index, const struct pg_rows *rows))
{
    struct pg_params *params = call_params(call);

    pg_param_int32(params, LIMIT_CLAIM_ROWS);
    pg_param_int64(params, LIMIT_CLAIM_BYTES);
    pg_param_uuid(params, low);
    pg_param_uuid(params, high);
    call_add(call, &rows_sql, params, on_journals);
    call_add(call, &waits_sql, NULL, on_open);
}

/* The keys' two arrays, or the shard. */
static void add_which(struct pg_params *params, const struct claim *op)
{
    static const struct column columns[] = {
        {COLUMN_INT8, offsetof(struct claim_key, workspace)},
        {COLUMN_UUID, offsetof(struct claim_key, run)},
    };

    if (op->count == 0) {
        pg_param_int16(params, (int16_t)op->shard);
        return;
    }
    column_add_all(params, columns, ARRAY_COUNT(columns), op->keys, op->count,
                   sizeof(struct claim_key));
}

/* The least and the greatest id that may be claimed. */
static void find_bounds(const struct claim *op, struct uuid *low, struct uuid *high)
{
    *low = (struct uuid){{0}};
    memset(high->bytes, 0xff, sizeof(high->bytes));
    for (size_t i = 0; i < op->count; i++) {
        struct uuid id = op->keys[i].run;

        if (i == 0 || id_compare(id, *low) < 0) *low = id;
        if (i == 0 || id_compare(id, *high) > 0) *high = id;
    }
}

void claim_start(struct claim *op)
{
    bool keyed = op->count > 0;

    ASSERT(op->count <= LIMIT_CLAIM);
    ASSERT(keyed || (op->limit > 0 && op->limit <= LIMIT_CLAIM));
    op->runs = NULL;
    op->refused = NULL;
    op->run_count = op->refused_count = 0;
    call_begin(&op->call);
    struct pg_params *runs = call_params(&op->call);
    struct uuid low;
    struct uuid high;

    call_add(&op->call, &relaxed_sql, NULL, NULL);
    pg_param_int64(runs, op->owner);
    add_which(runs, op);
    if (!keyed) pg_param_int32(runs, op->limit);
    call_add(&op->call, keyed ? &keyed_sql : &due_sql, runs, on_runs);
    find_bounds(op, &low, &high);
    claim_add_reads(&op->call, low, high, on_journal, on_waits);
    call_send_engine(&op->call, -1);
}

static void on_page(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct claim_page *op = CALL_OP(group, struct claim_page);
    int count = pg_row_count(rows);

    (void)index;
    op->rows = row_array(&op->call, count, sizeof(struct claim_row));
    op->row_count = op->rows ? (size_t)count : 0;
    op->has_more = false;
    for (size_t i = 0; i < op->row_count; i++) {
        struct row row = {&op->call, rows, (int)i, 0};

        read_row(&row, &op->rows[i]);
        op->has_more = op->rows[i].sequence < row_int(&row);
    }
}

void claim_page_start(struct claim_page *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_uuid(params, op->run);
    pg_param_int32(params, op->from_sequence);
    pg_param_int32(params, LIMIT_CLAIM_ROWS);
    pg_param_int64(params, LIMIT_CLAIM_BYTES);
    call_add(&op->call, &page_sql, params, on_page);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}

static void on_news(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct claim_waits *op = CALL_OP(group, struct claim_waits);
    int count = pg_row_count(rows);

    (void)index;
    op->waits = row_array(&op->call, count, sizeof(struct wait_record));
    op->wait_count = op->waits ? (size_t)count : 0;
    for (size_t i = 0; i < op->wait_count; i++) {
        struct row row = {&op->call, rows, (int)i, 0};

        wait_record_read(&op->waits[i], &row);
    }
}

void claim_waits_start(struct claim_waits *op)
{
    op->waits = NULL;
    op->wait_count = 0;
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_uuid(params, op->run);
    pg_param_int32(params, LIMIT_RUN_FIBERS);
    call_add(&op->call, &news_sql, params, on_news);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}

static void on_disowned(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct claim_disown *op = CALL_OP(group, struct claim_disown);

    (void)index;
    op->count = pg_int64(rows, 0, 0);
}

void claim_disown_start(struct claim_disown *op)
{
    static const struct column known = {COLUMN_UUID, 0};

    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->owner);
    pg_param_int16(params, (int16_t)op->shard);
    column_add_all(params, &known, 1, op->known, op->known_count, sizeof(struct uuid));
    call_add(&op->call, &disown_sql, params, on_disowned);
    call_send_engine(&op->call, -1);
}
