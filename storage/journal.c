/*
 * Journal: gathers, sends, and settles what became of it. weir.journal_commit (004_journal.sql)
 * does the work of one part; a batch is one part unless Postgres refuses something in it. Parts of
 * plain entries only go to weir.journal_finish (013_claimed_admission.sql), which knows less.
 *
 * Invariants while sent: entries before `part` are settled; the part_count entries from `part` on
 * are under way; once an answer was lost every later part says that it is sent again, which is only
 * slower.
 */
#include "storage/journal.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/macros.h"
#include "storage/column.h"
#include "storage/storage.h"
#include "storage/wait_record.h"

#include <string.h>

#define JOURNAL_ATTEMPTS_MAX 6
#define ROW_OVERHEAD_BYTES   128

enum { OUTCOME_COMMITTED, OUTCOME_BEFORE, OUTCOME_FENCED, OUTCOME_DIVERGED };

static const struct pg_statement commit_sql = {
    "journal_commit",
    "select o_index, o_outcome, o_cancel, now(), o_due_ms, o_workspace, o_run, o_flow "
    "from weir.journal_commit($1::bigint, $2::boolean, "
    "$3::bigint[], $4::uuid[], $5::int[], $6::smallint[], $7::smallint[], $8::bigint[], "
    "$9::bytea[], $10::bytea[], $11::text[], "
    "$12::int[], $13::int[], $14::smallint[], $15::smallint[], $16::boolean[], $17::int[], "
    "$18::int[], $19::timestamptz[], $20::timestamptz[], $21::text[], $22::text[], $23::text[], "
    "$24::bytea[], $25::bytea[], $26::bytea[], $27::bytea[], "
    "$28::int[], $29::text[], $30::text[], $31::text[], $32::smallint[], $33::bigint[], "
    "$34::bytea[], $35::bytea[], $36::text[], $37::text[], $38::text[], "
    "$39::int[], $40::text[], $41::int[], $42::uuid[], $43::bytea[])"};

static const struct pg_statement finish_sql = {
    "journal_finish",
    "select o_index, o_outcome, o_cancel, now(), null::bigint "
    "from weir.journal_finish($1::bigint, "
    "$2::bigint[], $3::uuid[], $4::int[], $5::smallint[], $6::bytea[], $7::bytea[], "
    "$8::int[], $9::int[], $10::smallint[], $11::smallint[], $12::boolean[], $13::int[], "
    "$14::int[], $15::timestamptz[], $16::timestamptz[], $17::text[], $18::text[], $19::text[], "
    "$20::bytea[], $21::bytea[], $22::bytea[], $23::bytea[])"};

/* Their columns. */
enum {
    COLUMN_INDEX,
    COLUMN_OUTCOME,
    COLUMN_CANCEL,
    COLUMN_NOW,
    COLUMN_DUE,
    COLUMN_WORKSPACE,
    COLUMN_RUN,
    COLUMN_FLOW
};

static void send(struct journal_batch *batch);

void journal_init(struct journal_batch *batch, struct storage *storage, int64_t owner, int lane)
{
    *batch = (struct journal_batch){.storage = storage, .owner = owner, .lane = lane};
    arena_init(&batch->arena, 0);
    arena_init(&batch->woken_arena, 0);
}

void journal_done(struct journal_batch *batch)
{
    ASSERT(!batch->is_sent);
    arena_done(&batch->arena);
    arena_done(&batch->woken_arena);
}

static size_t entry_size(const struct journal_entry *entry)
{
    size_t size =
        ROW_OVERHEAD_BYTES + entry->result.len + entry->error.len + entry->successor_input.len;

    for (size_t i = 0; i < entry->row_count; i++) {
        const struct journal_row *row = &entry->rows[i];

        size += ROW_OVERHEAD_BYTES + row->input.len + row->output.len + row->error.len +
                row->attempt_log.len;
    }
    for (size_t i = 0; i < entry->wait_count; i++) {
        size += ROW_OVERHEAD_BYTES + entry->waits[i].asked.len;
    }
    return size;
}

static void check_entry(const struct journal_entry *entry)
{
    ASSERT(entry->workspace != 0);
    ASSERT(!id_is_zero(entry->run));
    ASSERT(entry->change != JOURNAL_ENDS || status_run_ended(entry->status));
    ASSERT(!entry->is_plain || (entry->change == JOURNAL_ENDS && entry->wait_count == 0 &&
                                entry->consumed_count == 0 && id_is_zero(entry->successor)));
    ASSERT(id_is_zero(entry->successor) ||
           (entry->change == JOURNAL_ENDS && entry->status == RUN_COMPLETED));
    for (size_t i = 0; i < entry->row_count; i++) {
        ASSERT(entry->rows[i].sequence == entry->rows[0].sequence + (int)i);
        ASSERT(entry->rows[i].sequence > 0);
        ASSERT(entry->rows[i].address.ptr && entry->rows[i].step_id.ptr);
        ASSERT(entry->rows[i].step_type.ptr);
    }
}

bool journal_add(struct journal_batch *batch, struct journal_entry *entry)
{
    size_t rows = 1 + entry->row_count + entry->wait_count;
    size_t size = entry_size(entry);

    ASSERT(!batch->is_sent);
    check_entry(entry);
    if (batch->entry_count > 0 && (batch->row_count + rows > LIMIT_BATCH_ROWS ||
                                   batch->size_bytes + size > LIMIT_BATCH_BYTES)) {
        return false;
    }
    entry->next = NULL;
    if (batch->last) {
        batch->last->next = entry;
    } else {
        batch->entries = entry;
    }
    batch->last = entry;
    batch->entry_count++;
    batch->row_count += rows;
    batch->size_bytes += size;
    return true;
}

bool journal_is_empty(const struct journal_batch *batch)
{
    return batch->entry_count == 0;
}

void journal_start(struct journal_batch *batch)
{
    ASSERT(!batch->is_sent);
    ASSERT(batch->entry_count > 0);
    batch->is_sent = true;
    arena_reset(&batch->woken_arena);
    batch->woken = NULL;
    batch->woken_count = batch->woken_capacity = batch->part_woken_count = 0;
    batch->part = batch->entries;
    batch->part_count = batch->entry_count;
    batch->settled_count = 0;
    batch->resent = false;
    batch->attempts = 0;
    send(batch);
}

/* The array parameters: one a field, over all runs, rows or waits of the part. */
static const struct column run_columns[] = {
    {COLUMN_INT8, offsetof(struct journal_entry, workspace)},
    {COLUMN_UUID, offsetof(struct journal_entry, run)},
    {COLUMN_INT4, offsetof(struct journal_entry, epoch)},
    {COLUMN_INT2, offsetof(struct journal_entry, change)},
    {COLUMN_INT2, offsetof(struct journal_entry, status)},
    {COLUMN_INT8_OR_NULL, offsetof(struct journal_entry, wake_ms)},
    {COLUMN_BYTES, offsetof(struct journal_entry, result)},
    {COLUMN_BYTES, offsetof(struct journal_entry, error)},
    {COLUMN_TEXT, offsetof(struct journal_entry, current_step)},
};

static const struct column end_columns[] = {
    {COLUMN_INT8, offsetof(struct journal_entry, workspace)},
    {COLUMN_UUID, offsetof(struct journal_entry, run)},
    {COLUMN_INT4, offsetof(struct journal_entry, epoch)},
    {COLUMN_INT2, offsetof(struct journal_entry, status)},
    {COLUMN_BYTES, offsetof(struct journal_entry, result)},
    {COLUMN_BYTES, offsetof(struct journal_entry, error)},
};

static const struct column row_columns[] = {
    {COLUMN_INT4, offsetof(struct journal_row, sequence)},
    {COLUMN_INT2, offsetof(struct journal_row, kind)},
    {COLUMN_INT2, offsetof(struct journal_row, status)},
    {COLUMN_BOOL, offsetof(struct journal_row, billed)},
    {COLUMN_INT4, offsetof(struct journal_row, attempts)},
    {COLUMN_INT4, offsetof(struct journal_row, queue_ms)},
    {COLUMN_TIME_OR_NULL, offsetof(struct journal_row, started_ms)},
    {COLUMN_TIME_OR_NULL, offsetof(struct journal_row, completed_ms)},
    {COLUMN_TEXT, offsetof(struct journal_row, address)},
    {COLUMN_TEXT, offsetof(struct journal_row, step_id)},
    {COLUMN_TEXT, offsetof(struct journal_row, step_type)},
    {COLUMN_BYTES, offsetof(struct journal_row, input)},
    {COLUMN_BYTES, offsetof(struct journal_row, output)},
    {COLUMN_BYTES, offsetof(struct journal_row, error)},
    {COLUMN_BYTES, offsetof(struct journal_row, attempt_log)},
};

static const struct column wait_address = {COLUMN_TEXT, offsetof(struct journal_wait, address)};

/* Behind the address and the id that is made of it. */
static const struct column wait_columns[] = {
    {COLUMN_TEXT, offsetof(struct journal_wait, step_id)},
    {COLUMN_INT2, offsetof(struct journal_wait, mode)},
    {COLUMN_INT8, offsetof(struct journal_wait, timeout_ms)},
    {COLUMN_BYTES, offsetof(struct journal_wait, asked)},
    {COLUMN_BYTES, offsetof(struct journal_wait, digest)},
    {COLUMN_TEXT, offsetof(struct journal_wait, event_name)},
    {COLUMN_TEXT, offsetof(struct journal_wait, event_key)},
    {COLUMN_TEXT, offsetof(struct journal_wait, step_type)},
};

static const struct column consumed_columns[] = {{COLUMN_TEXT, 0}};

static const struct column successor_columns[] = {
    {COLUMN_UUID, offsetof(struct journal_entry, successor)},
    {COLUMN_BYTES, offsetof(struct journal_entry, successor_input)},
};

enum items { ITEMS_RUN, ITEMS_ROWS, ITEMS_WAITS, ITEMS_CONSUMED, ITEMS_SUCCESSOR };

/* The items of one entry: where, how many, and how far apart. */
static const char *items_of(const struct journal_entry *entry, enum items items, size_t *out_count,
                            size_t *out_stride)
{
    switch (items) {
    case ITEMS_ROWS:
        *out_count = entry->row_count;
        *out_stride = sizeof(struct journal_row);
        return (const char *)entry->rows;
    case ITEMS_WAITS:
        *out_count = entry->wait_count;
        *out_stride = sizeof(struct journal_wait);
        return (const char *)entry->waits;
    case ITEMS_CONSUMED:
        *out_count = entry->consumed_count;
        *out_stride = sizeof(struct text);
        return (const char *)entry->consumed;
    default:
        *out_count = items == ITEMS_RUN || !id_is_zero(entry->successor);
        *out_stride = 0;
        return (const char *)entry;
    }
}

static void add_column(struct pg_params *params, const struct journal_batch *batch,
                       enum items items, const struct column *column)
{
    const struct journal_entry *entry = batch->part;

    pg_param_array_begin(params, column_type(column->kind));
    for (size_t n = 0; n < batch->part_count; n++, entry = entry->next) {
        size_t count;
        size_t stride;
        const char *first = items_of(entry, items, &count, &stride);

        for (size_t i = 0; i < count; i++) {
            column_push(params, column->kind, first + i * stride + column->offset);
        }
    }
    pg_param_array_end(params);
}

/* For each item the place of its run in the part, from 1. */
static void add_places(struct pg_params *params, const struct journal_batch *batch,
                       enum items items)
{
    const struct journal_entry *entry = batch->part;

    pg_param_array_begin(params, PG_INT4);
    for (size_t place = 1; place <= batch->part_count; place++, entry = entry->next) {
        size_t count;
        size_t stride;

        (void)items_of(entry, items, &count, &stride);
        for (size_t i = 0; i < count; i++) {
            pg_array_int32(params, (int32_t)place);
        }
    }
    pg_param_array_end(params);
}

static void add_columns(struct pg_params *params, const struct journal_batch *batch,
                        enum items items, const struct column *columns, size_t count)
{
    if (items != ITEMS_RUN) add_places(params, batch, items);
    for (size_t i = 0; i < count; i++) {
        add_column(params, batch, items, &columns[i]);
    }
}

static void add_waits(struct pg_params *params, const struct journal_batch *batch)
{
    const struct journal_entry *entry = batch->part;
    char id[WAIT_RECORD_ID_SIZE];

    add_columns(params, batch, ITEMS_WAITS, &wait_address, 1);
    pg_param_array_begin(params, PG_TEXT);
    for (size_t n = 0; n < batch->part_count; n++, entry = entry->next) {
        for (size_t i = 0; i < entry->wait_count; i++) {
            wait_record_id(entry->run, entry->waits[i].address, id);
            pg_array_text(params, (struct text){id, WAIT_RECORD_ID_SIZE - 1});
        }
    }
    pg_param_array_end(params);
    for (size_t i = 0; i < ARRAY_COUNT(wait_columns); i++) {
        add_column(params, batch, ITEMS_WAITS, &wait_columns[i]);
    }
}

static void read_outcome(struct journal_entry *entry, const struct pg_rows *rows, int row)
{
    entry->committed_ms = 0;
    switch (pg_int64(rows, row, COLUMN_OUTCOME)) {
    case OUTCOME_COMMITTED:
        entry->outcome = JOURNAL_COMMITTED;
        entry->committed_ms = pg_time_ms(rows, row, COLUMN_NOW);
        break;
    case OUTCOME_BEFORE: entry->outcome = JOURNAL_COMMITTED; break;
    case OUTCOME_DIVERGED: entry->outcome = JOURNAL_DIVERGED; break;
    default: entry->outcome = JOURNAL_FENCED; break;
    }
    entry->cancel_requested = pg_bool(rows, row, COLUMN_CANCEL);
    entry->due_ms = pg_is_null(rows, row, COLUMN_DUE) ? -1 : pg_int64(rows, row, COLUMN_DUE);
}

/* Rows without an index, which come first, are other runs; then one for each entry. */
static void on_outcomes(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct journal_batch *batch = CONTAINER_OF(group, struct journal_batch, group);
    struct journal_entry *entry = batch->part;
    size_t place = 0;

    (void)index;
    batch->part_woken_count = 0;
    for (int i = 0; i < pg_row_count(rows); i++) {
        if (pg_is_null(rows, i, COLUMN_INDEX)) {
            batch->woken = arena_grow(&batch->woken_arena, batch->woken,
                                      batch->woken_count + batch->part_woken_count,
                                      &batch->woken_capacity, sizeof(struct journal_woken));
            batch->woken[batch->woken_count + batch->part_woken_count++] = (struct journal_woken){
                .workspace = pg_int64(rows, i, COLUMN_WORKSPACE),
                .flow = pg_int64(rows, i, COLUMN_FLOW),
                .run = pg_uuid(rows, i, COLUMN_RUN),
                .stops = !pg_is_null(rows, i, COLUMN_CANCEL) && pg_bool(rows, i, COLUMN_CANCEL),
            };
            continue;
        }
        ASSERT(pg_int64(rows, i, COLUMN_INDEX) == (int64_t)++place);
        read_outcome(entry, rows, i);
        entry = entry->next;
    }
    ASSERT(place == batch->part_count);
}

static void finish(struct journal_batch *batch, const struct error *err)
{
    for (struct journal_entry *entry = err ? batch->part : NULL; entry; entry = entry->next) {
        entry->outcome = JOURNAL_UNKNOWN;
    }
    batch->entries = batch->last = batch->part = NULL;
    batch->entry_count = batch->row_count = batch->size_bytes = 0;
    batch->is_sent = false;
    batch->on_done(batch, err); // last: it may start the batch again
}

/* The part is settled: go on with what is left. */
static void advance(struct journal_batch *batch)
{
    for (size_t i = 0; i < batch->part_count; i++) {
        batch->part = batch->part->next;
    }
    batch->settled_count += batch->part_count;
    batch->woken_count += batch->part_woken_count;
    batch->part_woken_count = 0;
    batch->part_count = batch->entry_count - batch->settled_count;
    batch->attempts = 0;
    if (batch->part_count == 0) {
        finish(batch, NULL);
        return;
    }
    send(batch);
}

static void on_done(struct pg_group *group, const struct error *err)
{
    struct journal_batch *batch = CONTAINER_OF(group, struct journal_batch, group);
    // A key that is there already: our own rows, of an answer that was lost before this process or
    // this connection knew. When it comes again although we looked, something else is wrong.
    bool key_conflict = err && strcmp(group->sqlstate, "23505") == 0 && !batch->resent;

    if (!err) {
        advance(batch);
        return;
    }
    if (group->maybe_committed || group->may_retry || key_conflict) {
        batch->part_woken_count = 0;
        if (++batch->attempts >= JOURNAL_ATTEMPTS_MAX) {
            finish(batch, err);
            return;
        }
        batch->resent |= group->maybe_committed || key_conflict;
        send(batch);
        return;
    }
    if (error_class(err->code) != CLASS_INTERNAL) { // nothing was refused: closing, cancelled, late
        finish(batch, err);
        return;
    }
    if (batch->part_count > 1) {
        batch->part_count = (batch->part_count + 1) / 2;
        send(batch);
        return;
    }
    batch->part->outcome = JOURNAL_REFUSED;
    batch->part->refusal = *err;
    advance(batch);
}

/* All of the part end and have nothing else to them, and it is sent for the first time. */
static bool is_plain(const struct journal_batch *batch)
{
    const struct journal_entry *entry = batch->part;

    for (size_t i = 0; i < batch->part_count; i++, entry = entry->next) {
        if (!entry->is_plain) return false;
    }
    return !batch->resent;
}

static void add_finish(struct journal_batch *batch, struct pg_params *params)
{
    pg_param_int64(params, batch->owner);
    add_columns(params, batch, ITEMS_RUN, end_columns, ARRAY_COUNT(end_columns));
    add_columns(params, batch, ITEMS_ROWS, row_columns, ARRAY_COUNT(row_columns));
    pg_group_add(&batch->group, &finish_sql, params, on_outcomes);
}

static void add_commit(struct journal_batch *batch, struct pg_params *params)
{
    pg_param_int64(params, batch->owner);
    pg_param_bool(params, batch->resent);
    add_columns(params, batch, ITEMS_RUN, run_columns, ARRAY_COUNT(run_columns));
    add_columns(params, batch, ITEMS_ROWS, row_columns, ARRAY_COUNT(row_columns));
    add_waits(params, batch);
    add_columns(params, batch, ITEMS_CONSUMED, consumed_columns, ARRAY_COUNT(consumed_columns));
    add_columns(params, batch, ITEMS_SUCCESSOR, successor_columns, ARRAY_COUNT(successor_columns));
    pg_group_add(&batch->group, &commit_sql, params, on_outcomes);
}

static void send(struct journal_batch *batch)
{
    arena_reset(&batch->arena);
    pg_group_init(&batch->group, &batch->arena);
    struct pg_params *params = ARENA_NEW(&batch->arena, struct pg_params);

    pg_params_init(params, &batch->arena);
    batch->group.on_done = on_done;
    if (is_plain(batch)) {
        add_finish(batch, params);
    } else {
        add_commit(batch, params);
    }
    pg_pool_start(batch->storage->engine, &batch->group, batch->lane);
}
