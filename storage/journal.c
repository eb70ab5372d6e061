/*
 * Journal: gathers, sends, and settles what became of it. weir.journal_commit (004_journal.sql)
 * does the work of one part; a batch is one part unless Postgres refuses something in it.
 *
 * Invariants while sent: entries before `part` are settled; the part_count entries from `part` on
 * are under way; once an answer was lost every later part says that it is sent again, which is only
 * slower.
 */
#include "storage/journal.h"

#include "base/assert.h"
#include "base/limits.h"
#include "storage/storage.h"
#include "storage/wait_record.h"

#include <string.h>

#define JOURNAL_ATTEMPTS_MAX 6
#define ROW_OVERHEAD_BYTES   128

enum { OUTCOME_COMMITTED, OUTCOME_BEFORE, OUTCOME_FENCED, OUTCOME_DIVERGED };

static const struct pg_statement commit_sql = {
    "journal_commit",
    "select o_index, o_outcome, o_cancel from weir.journal_commit($1::bigint, $2::boolean, "
    "$3::bigint[], $4::uuid[], $5::int[], $6::smallint[], $7::smallint[], $8::bigint[], "
    "$9::bytea[], $10::bytea[], $11::text[], "
    "$12::int[], $13::int[], $14::smallint[], $15::smallint[], $16::boolean[], $17::int[], "
    "$18::int[], $19::timestamptz[], $20::timestamptz[], $21::text[], $22::text[], $23::text[], "
    "$24::bytea[], $25::bytea[], $26::bytea[], $27::bytea[], "
    "$28::int[], $29::text[], $30::text[], $31::text[], $32::smallint[], $33::bigint[], "
    "$34::bytea[], $35::bytea[], $36::text[], $37::text[], $38::int[], $39::text[])"};

static void send(struct journal_batch *batch);

void journal_init(struct journal_batch *batch, struct storage *storage, int64_t owner, int lane)
{
    *batch = (struct journal_batch){.storage = storage, .owner = owner, .lane = lane};
    arena_init(&batch->arena, 0);
}

void journal_done(struct journal_batch *batch)
{
    ASSERT(!batch->is_sent);
    arena_done(&batch->arena);
}

static size_t entry_size(const struct journal_entry *entry)
{
    size_t size = ROW_OVERHEAD_BYTES + entry->result.len + entry->error.len;

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
    batch->part = batch->entries;
    batch->part_count = batch->entry_count;
    batch->settled_count = 0;
    batch->resent = false;
    batch->attempts = 0;
    send(batch);
}

/* One array parameter: `push` for each run, row, wait or consumed address of the part, with entry,
 * place (of the run, from 1) and i in scope. */
#define EACH_RUN(type, push)                                                             \
    do {                                                                                 \
        const struct journal_entry *entry = batch->part;                                 \
        pg_param_array_begin(params, type);                                              \
        for (size_t place = 1; place <= batch->part_count; place++, entry = entry->next) \
            push;                                                                        \
        pg_param_array_end(params);                                                      \
    } while (0)
#define EACH_OF(type, count, push)                        \
    EACH_RUN(                                             \
        type, for (size_t i = 0; i < entry->count; i++) { \
            (void)place;                                  \
            push;                                         \
        })
#define EACH_ROW(type, push)  EACH_OF(type, row_count, push)
#define EACH_WAIT(type, push) EACH_OF(type, wait_count, push)

static void add_runs(struct pg_params *params, const struct journal_batch *batch)
{
    EACH_RUN(PG_INT8, pg_array_int64(params, entry->workspace));
    EACH_RUN(PG_UUID, pg_array_uuid(params, entry->run));
    EACH_RUN(PG_INT4, pg_array_int32(params, entry->epoch));
    EACH_RUN(PG_INT2, pg_array_int16(params, (int16_t)entry->change));
    EACH_RUN(PG_INT2, pg_array_int16(params, (int16_t)entry->status));
    EACH_RUN(PG_INT8, {
        if (entry->wake_ms < 0) {
            pg_array_null(params);
        } else {
            pg_array_int64(params, entry->wake_ms);
        }
    });
    EACH_RUN(PG_BYTEA, pg_array_bytes(params, entry->result));
    EACH_RUN(PG_BYTEA, pg_array_bytes(params, entry->error));
    EACH_RUN(PG_TEXT, pg_array_text(params, entry->current_step));
}

static void push_time(struct pg_params *params, int64_t wall_ms)
{
    if (wall_ms == 0) {
        pg_array_null(params);
    } else {
        pg_array_time_ms(params, wall_ms);
    }
}

static void add_rows(struct pg_params *params, const struct journal_batch *batch)
{
    EACH_ROW(PG_INT4, pg_array_int32(params, (int32_t)place));
    EACH_ROW(PG_INT4, pg_array_int32(params, entry->rows[i].sequence));
    EACH_ROW(PG_INT2, pg_array_int16(params, (int16_t)entry->rows[i].kind));
    EACH_ROW(PG_INT2, pg_array_int16(params, (int16_t)entry->rows[i].status));
    EACH_ROW(PG_BOOL, pg_array_bool(params, entry->rows[i].billed));
    EACH_ROW(PG_INT4, pg_array_int32(params, entry->rows[i].attempts));
    EACH_ROW(PG_INT4, pg_array_int32(params, entry->rows[i].queue_ms));
    EACH_ROW(PG_TIMESTAMPTZ, push_time(params, entry->rows[i].started_ms));
    EACH_ROW(PG_TIMESTAMPTZ, push_time(params, entry->rows[i].completed_ms));
    EACH_ROW(PG_TEXT, pg_array_text(params, entry->rows[i].address));
    EACH_ROW(PG_TEXT, pg_array_text(params, entry->rows[i].step_id));
    EACH_ROW(PG_TEXT, pg_array_text(params, entry->rows[i].step_type));
    EACH_ROW(PG_BYTEA, pg_array_bytes(params, entry->rows[i].input));
    EACH_ROW(PG_BYTEA, pg_array_bytes(params, entry->rows[i].output));
    EACH_ROW(PG_BYTEA, pg_array_bytes(params, entry->rows[i].error));
    EACH_ROW(PG_BYTEA, pg_array_bytes(params, entry->rows[i].attempt_log));
}

static void push_wait_id(struct pg_params *params, struct uuid run, struct text address)
{
    char id[WAIT_RECORD_ID_SIZE];

    wait_record_id(run, address, id);
    pg_array_text(params, (struct text){id, WAIT_RECORD_ID_SIZE - 1});
}

static void add_waits(struct pg_params *params, const struct journal_batch *batch)
{
    EACH_WAIT(PG_INT4, pg_array_int32(params, (int32_t)place));
    EACH_WAIT(PG_TEXT, pg_array_text(params, entry->waits[i].address));
    EACH_WAIT(PG_TEXT, push_wait_id(params, entry->run, entry->waits[i].address));
    EACH_WAIT(PG_TEXT, pg_array_text(params, entry->waits[i].step_id));
    EACH_WAIT(PG_INT2, pg_array_int16(params, (int16_t)entry->waits[i].mode));
    EACH_WAIT(PG_INT8, pg_array_int64(params, entry->waits[i].timeout_ms));
    EACH_WAIT(PG_BYTEA, pg_array_bytes(params, entry->waits[i].asked));
    EACH_WAIT(PG_BYTEA, pg_array_bytes(params, entry->waits[i].digest));
    EACH_WAIT(PG_TEXT, pg_array_text(params, entry->waits[i].event_name));
    EACH_WAIT(PG_TEXT, pg_array_text(params, entry->waits[i].event_key));
    EACH_OF(PG_INT4, consumed_count, pg_array_int32(params, (int32_t)place));
    EACH_OF(PG_TEXT, consumed_count, pg_array_text(params, entry->consumed[i]));
}

static void on_outcomes(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct journal_batch *batch = CONTAINER_OF(group, struct journal_batch, group);
    struct journal_entry *entry = batch->part;

    (void)index;
    ASSERT((size_t)pg_row_count(rows) == batch->part_count);
    for (int i = 0; i < pg_row_count(rows); i++, entry = entry->next) {
        ASSERT(pg_int64(rows, i, 0) == i + 1);
        switch (pg_int64(rows, i, 1)) {
        case OUTCOME_COMMITTED:
        case OUTCOME_BEFORE: entry->outcome = JOURNAL_COMMITTED; break;
        case OUTCOME_DIVERGED: entry->outcome = JOURNAL_DIVERGED; break;
        default: entry->outcome = JOURNAL_FENCED; break;
        }
        entry->cancel_requested = pg_bool(rows, i, 2);
    }
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

static void send(struct journal_batch *batch)
{
    arena_reset(&batch->arena);
    pg_group_init(&batch->group, &batch->arena);
    struct pg_params *params = ARENA_NEW(&batch->arena, struct pg_params);

    pg_params_init(params, &batch->arena);
    pg_param_int64(params, batch->owner);
    pg_param_bool(params, batch->resent);
    add_runs(params, batch);
    add_rows(params, batch);
    add_waits(params, batch);
    batch->group.on_done = on_done;
    pg_group_add(&batch->group, &commit_sql, params, on_outcomes);
    pg_pool_start(batch->storage->engine, &batch->group, batch->lane);
}
