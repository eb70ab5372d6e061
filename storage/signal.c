/*
 * Signals: the functions of migrations/005_signals.sql decide, each about one signal, and those of
 * 014_signals.sql about many; their outcomes are the enum's numbers. A batch of one has a
 * function of its own, whose statements are fewer.
 */
#include "storage/signal.h"

#include "base/assert.h"
#include "base/macros.h"
#include "storage/column.h"
#include "storage/row.h"

#include <string.h>

static const struct pg_statement deliver_sql = {
    "signal_deliver",
    "select d.o_outcome, d.o_run, d.o_address, d.o_action, d.o_by, d.o_at, d.o_owner, d.o_shard, "
    "r.flow from weir.signal_deliver($1::bigint, $2::uuid, $3::text, $4::text, $5::smallint, "
    "$6::bytea, $7::text, $8::text, $9::text, $10::bytea) d "
    "left join weir.runs r on r.workspace = $1::bigint and r.id = d.o_run"};

static const struct pg_statement event_sql = {
    "signal_event", "select o_outcome, o_run, o_address, o_owner, o_shard, o_flow "
                    "from weir.event_deliver($1::bigint, $2::text, $3::text, $4::text, $5::text, "
                    "$6::bytea)"};

/* From o_flow on as claims have them. */
#define ANSWER_COLUMNS                                                                   \
    "o_outcome, o_run, o_address, o_action, o_by, o_at, o_owner, o_shard, o_claimed, "   \
    "o_flow, o_slug, o_workspace_name, o_version, o_version_number, o_number, o_epoch, " \
    "o_claims, o_crashes, o_target, o_language, o_priority, o_cancel, o_triggered_by, "  \
    "o_invocation, o_created_at, o_queue_ms, o_input"

static const struct pg_statement take_sql = {
    "signal_take",
    "select " ANSWER_COLUMNS " from weir.signal_take($1::bigint, $2::uuid, $3::text, $4::text, "
    "$5::smallint, $6::bytea, $7::text, $8::text, $9::text, $10::bytea, $11::bigint)"};

static const struct pg_statement batch_sql = {
    "signal_batch",
    "select o_index, " ANSWER_COLUMNS " from weir.signals_deliver($1::bigint[], $2::uuid[], "
    "$3::text[], $4::text[], $5::smallint[], $6::bytea[], $7::text[], $8::text[], $9::text[], "
    "$10::bytea[], $11::text[], $12::text[], $13::bigint[])"};

static void read_outcome(struct signal_deliver *op, struct row *row)
{
    op->outcome = (enum signal_outcome)row_int(row);
    op->out_run = row_uuid(row);
    op->out_address = row_text(row);
    op->out_action = row_text(row);
    op->out_by = row_text(row);
    op->at_ms = row_ms(row);
    op->owner = row_int(row);
    op->shard = (int)row_int(row);
}

static void on_delivered(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_deliver *op = CALL_OP(group, struct signal_deliver);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    read_outcome(op, &row);
    op->flow = row_int(&row);
}

static void add_mode(struct pg_params *params, int mode)
{
    if (mode < 0) {
        pg_param_null(params);
    } else {
        pg_param_int16(params, (int16_t)mode);
    }
}

static struct pg_params *params_of(struct storage_call *call, const struct signal_deliver *op)
{
    struct pg_params *params = call_params(call);

    pg_param_int64(params, op->call.workspace);
    pg_param_uuid(params, op->run);
    pg_param_text(params, op->address);
    pg_param_text(params, op->wait_id);
    add_mode(params, op->mode);
    pg_param_bytes(params, op->digest);
    pg_param_text(params, op->action);
    pg_param_text(params, op->by);
    pg_param_text(params, op->dedupe);
    pg_param_bytes(params, op->payload);
    return params;
}

void signal_deliver_start(struct signal_deliver *op)
{
    call_begin(&op->call);
    call_add(&op->call, &deliver_sql, params_of(&op->call, op), on_delivered);
    call_send_gateway(&op->call);
}

/* The run that a row of an event's answer names, from its o_run on. */
static void read_woken(struct signal_woken *woken, struct row *row)
{
    woken->run = row_uuid(row);
    woken->address = row_text(row);
    woken->owner = row_int(row);
    woken->shard = (int)row_int(row);
    woken->flow = row_int(row);
}

static void read_event(struct signal_event *op, const struct pg_rows *rows)
{
    int count = pg_row_count(rows);

    op->outcome = count > 0 ? (enum signal_outcome)pg_int64(rows, 0, 0) : SIGNAL_KEPT;
    if (op->outcome != SIGNAL_RESOLVED) return;
    op->woken = row_array(&op->call, count, sizeof(struct signal_woken));
    op->woken_count = op->woken ? (size_t)count : 0;
    for (size_t i = 0; i < op->woken_count; i++) {
        read_woken(&op->woken[i], &(struct row){&op->call, rows, (int)i, 1});
    }
}

static void on_event(struct pg_group *group, int index, const struct pg_rows *rows)
{
    (void)index;
    read_event(CALL_OP(group, struct signal_event), rows);
}

static void add_event(struct storage_call *call, const struct signal_event *op,
                      void (*on_rows)(struct pg_group *group, int index,
                                      const struct pg_rows *rows))
{
    struct pg_params *params = call_params(call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->name);
    pg_param_text(params, op->key);
    pg_param_text(params, op->by);
    pg_param_text(params, op->dedupe);
    pg_param_bytes(params, op->payload);
    call_add(call, &event_sql, params, on_rows);
}

void signal_event_start(struct signal_event *op)
{
    op->woken = NULL;
    op->woken_count = 0;
    call_begin(&op->call);
    add_event(&op->call, op, on_event);
    call_send_gateway(&op->call);
}

/* Batches */

/* A row from o_outcome on. */
static void read_answer(struct signal_batch *batch, struct signal_deliver *op, struct row *row)
{
    struct signal_taker *taker = op->taker;

    read_outcome(op, row);
    bool claimed = row_bool(row);

    op->flow = pg_int64(row->rows, row->index, row->column);
    if (!claimed) return;
    ASSERT(taker && batch->taken_count < LIMIT_CLAIM);
    struct storage_call *sink = &batch->sinks[batch->taken_count];

    *sink = (struct storage_call){.arena = taker->arena};
    row->call = sink;
    taker->claimed = true;
    taker->run = (struct claim_run){.workspace = op->call.workspace, .id = op->out_run};
    claim_read_run(row, &taker->run);
    batch->taken[batch->taken_count++] = (struct claim_taken){&taker->run, sink};
}

static void on_only(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_batch *batch = CALL_OP(group, struct signal_batch);
    struct signal_deliver *op = batch->items[0].deliver;

    (void)index;
    read_answer(batch, op, &(struct row){&op->call, rows, 0, 0});
}

static void on_only_event(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_batch *batch = CALL_OP(group, struct signal_batch);

    (void)index;
    read_event(batch->items[0].event, rows);
}

/* Before the first row; again when the group is tried again. */
static void clear_answers(struct signal_batch *op)
{
    op->taken_count = 0;
    for (size_t i = 0; i < op->count; i++) {
        struct signal_deliver *deliver = op->items[i].deliver;
        struct signal_event *event = op->items[i].event;

        if (deliver) {
            deliver->call.error = (struct error){0};
            if (deliver->taker) deliver->taker->claimed = false;
            continue;
        }
        event->call.error = (struct error){0};
        event->outcome = SIGNAL_KEPT;
        event->woken = NULL;
        event->woken_count = 0;
    }
}

/* How many runs each event woke: its rows come together, but those of other signals between. */
static size_t *count_rows(struct signal_batch *op, const struct pg_rows *rows)
{
    size_t *counts = ARENA_ARRAY(op->call.arena, op->count + 1, size_t);

    for (int i = 0; i < pg_row_count(rows); i++) {
        size_t place = (size_t)pg_int64(rows, i, 0);

        ASSERT(place > 0 && place <= op->count);
        counts[place - 1]++;
    }
    return counts;
}

static void read_batch_event(struct signal_event *op, const struct pg_rows *rows, int index,
                             size_t count)
{
    struct row row = {&op->call, rows, index, 2};

    op->outcome = (enum signal_outcome)pg_int64(rows, index, 1);
    if (op->outcome != SIGNAL_RESOLVED) return;
    if (!op->woken) op->woken = row_array(&op->call, (int)count, sizeof(struct signal_woken));
    if (!op->woken) return;
    struct signal_woken *woken = &op->woken[op->woken_count++];

    woken->run = row_uuid(&row);
    woken->address = row_text(&row);
    row.column = 7;
    woken->owner = row_int(&row);
    woken->shard = (int)row_int(&row);
    row.column = 10;
    woken->flow = row_int(&row);
}

static void on_batch(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_batch *op = CALL_OP(group, struct signal_batch);
    const size_t *counts = count_rows(op, rows);

    (void)index;
    clear_answers(op);
    for (int i = 0; i < pg_row_count(rows); i++) {
        size_t place = (size_t)pg_int64(rows, i, 0) - 1;
        struct signal_deliver *deliver = op->items[place].deliver;

        if (deliver) {
            read_answer(op, deliver, &(struct row){&deliver->call, rows, i, 1});
        } else {
            read_batch_event(op->items[place].event, rows, i, counts[place]);
        }
    }
}

/* A column of the arguments: where its field lies in a signal to a wait and in an event; -1: null
 * there. */
#define AT(member)       ((int)offsetof(struct signal_deliver, member))
#define AT_EVENT(member) ((int)offsetof(struct signal_event, member))

static const struct signal_column {
    enum column_kind kind;
    int deliver_at, event_at;
} columns[] = {
    {COLUMN_INT8, AT(call.workspace), AT_EVENT(call.workspace)},
    {COLUMN_UUID_OR_NULL, AT(run), -1},
    {COLUMN_TEXT, AT(address), -1},
    {COLUMN_TEXT, AT(wait_id), -1},
    {COLUMN_INT2_OR_NULL, AT(mode), -1},
    {COLUMN_BYTES, AT(digest), -1},
    {COLUMN_TEXT, AT(action), -1},
    {COLUMN_TEXT, AT(by), AT_EVENT(by)},
    {COLUMN_TEXT, AT(dedupe), AT_EVENT(dedupe)},
    {COLUMN_BYTES, AT(payload), AT_EVENT(payload)},
    {COLUMN_TEXT, -1, AT_EVENT(name)},
    {COLUMN_TEXT, -1, AT_EVENT(key)},
};

static void push_field(struct pg_params *params, const struct signal_item *item,
                       const struct signal_column *column)
{
    int at = item->deliver ? column->deliver_at : column->event_at;
    const char *base = item->deliver ? (const char *)item->deliver : (const char *)item->event;

    if (at < 0) {
        pg_array_null(params);
    } else {
        column_push(params, column->kind, base + at);
    }
}

static void add_takers(struct pg_params *params, const struct signal_batch *op)
{
    pg_param_array_begin(params, PG_INT8);
    for (size_t n = 0; n < op->count; n++) {
        const struct signal_deliver *deliver = op->items[n].deliver;

        if (deliver && deliver->taker) {
            pg_array_int64(params, deliver->taker->owner);
        } else {
            pg_array_null(params);
        }
    }
    pg_param_array_end(params);
}

static void add_all(struct signal_batch *op)
{
    struct pg_params *params = call_params(&op->call);

    for (size_t i = 0; i < ARRAY_COUNT(columns); i++) {
        pg_param_array_begin(params, column_type(columns[i].kind));
        for (size_t n = 0; n < op->count; n++) {
            push_field(params, &op->items[n], &columns[i]);
        }
        pg_param_array_end(params);
    }
    add_takers(params, op);
    call_add(&op->call, &batch_sql, params, on_batch);
}

static void add_only(struct signal_batch *op, const struct signal_deliver *deliver)
{
    struct pg_params *params = params_of(&op->call, deliver);

    if (deliver->taker) {
        pg_param_int64(params, deliver->taker->owner);
    } else {
        pg_param_null(params);
    }
    call_add(&op->call, &take_sql, params, on_only);
}

static void on_journals(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_batch *op = CALL_OP(group, struct signal_batch);

    (void)index;
    claim_read_journals(op->taken, op->taken_count, rows);
}

static void on_waits(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_batch *op = CALL_OP(group, struct signal_batch);

    (void)index;
    claim_read_waits(op->taken, op->taken_count, rows);
}

/* What the takers' replays need. A signal by public id does not say whose run it is. */
static void add_reads(struct signal_batch *op)
{
    struct uuid low = {{0}};
    struct uuid high = {{0}};
    bool any = false;
    size_t taker_count = 0;

    memset(high.bytes, 0xff, sizeof(high.bytes));
    for (size_t i = 0; i < op->count; i++) {
        const struct signal_deliver *deliver = op->items[i].deliver;

        if (!deliver || !deliver->taker) continue;
        taker_count++;
        any |= id_is_zero(deliver->run);
        if (taker_count == 1 || id_compare(deliver->run, low) < 0) low = deliver->run;
        if (taker_count == 1 || id_compare(deliver->run, high) > 0) high = deliver->run;
    }
    if (taker_count == 0) return;
    ASSERT(taker_count <= LIMIT_CLAIM);
    if (any) {
        memset(low.bytes, 0, sizeof(low.bytes));
        memset(high.bytes, 0xff, sizeof(high.bytes));
    }
    claim_add_reads(&op->call, low, high, on_journals, on_waits);
}

void signal_batch_start(struct signal_batch *op)
{
    ASSERT(op->count > 0 && op->count <= SIGNAL_BATCH_MAX);
    clear_answers(op);
    call_begin(&op->call);
    if (op->count > 1) {
        add_all(op);
    } else if (op->items[0].deliver) {
        add_only(op, op->items[0].deliver);
    } else {
        add_event(&op->call, op->items[0].event, on_only_event);
    }
    add_reads(op);
    call_send_engine(&op->call, -1);
}
