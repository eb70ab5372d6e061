/*
 * Signals: the functions of migrations/005_signals.sql decide, each about one signal, and
 * 013_signals.sql about many; their outcomes are the enum's numbers. A batch of one is sent as that
 * one: its statements are fewer.
 */
#include "storage/signal.h"

#include "base/assert.h"
#include "base/macros.h"
#include "storage/column.h"
#include "storage/row.h"

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

static const struct pg_statement batch_sql = {
    "signal_batch",
    "select o_index, o_outcome, o_run, o_address, o_action, o_by, o_at, o_owner, o_shard, o_flow "
    "from weir.signals_deliver($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], "
    "$6::bytea[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::text[], $12::text[])"};

static void read_answer(struct signal_deliver *op, struct row *row)
{
    op->outcome = (enum signal_outcome)row_int(row);
    op->out_run = row_uuid(row);
    op->out_address = row_text(row);
    op->out_action = row_text(row);
    op->out_by = row_text(row);
    op->at_ms = row_ms(row);
    op->owner = row_int(row);
    op->shard = (int)row_int(row);
    op->flow = row_int(row);
}

static void on_delivered(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_deliver *op = CALL_OP(group, struct signal_deliver);

    (void)index;
    read_answer(op, &(struct row){&op->call, rows, 0, 0});
}

static void add_mode(struct pg_params *params, int mode)
{
    if (mode < 0) {
        pg_param_null(params);
    } else {
        pg_param_int16(params, (int16_t)mode);
    }
}

static void add_deliver(struct storage_call *call, const struct signal_deliver *op,
                        void (*on_rows)(struct pg_group *group, int index,
                                        const struct pg_rows *rows))
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
    call_add(call, &deliver_sql, params, on_rows);
}

void signal_deliver_start(struct signal_deliver *op)
{
    call_begin(&op->call);
    add_deliver(&op->call, op, on_delivered);
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

static void on_only(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct signal_batch *batch = CALL_OP(group, struct signal_batch);
    struct signal_deliver *op = batch->items[0].deliver;

    (void)index;
    read_answer(op, &(struct row){&op->call, rows, 0, 0});
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
    for (size_t i = 0; i < op->count; i++) {
        struct signal_deliver *deliver = op->items[i].deliver;
        struct signal_event *event = op->items[i].event;

        if (deliver) {
            deliver->call.error = (struct error){0};
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
            read_answer(deliver, &(struct row){&deliver->call, rows, i, 1});
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
    call_add(&op->call, &batch_sql, params, on_batch);
}

void signal_batch_start(struct signal_batch *op)
{
    ASSERT(op->count > 0 && op->count <= SIGNAL_BATCH_MAX);
    clear_answers(op);
    call_begin(&op->call);
    if (op->count > 1) {
        add_all(op);
    } else if (op->items[0].deliver) {
        add_deliver(&op->call, op->items[0].deliver, on_only);
    } else {
        add_event(&op->call, op->items[0].event, on_only_event);
    }
    call_send_engine(&op->call, -1);
}
