/*
 * Group commit. storage/journal.h sends, sends again and halves; this file decides when a batch
 * leaves and who hears of it.
 *
 * Invariant: a lane that is not sent, not waiting at the turnstile and not for the end of the turn
 * (`send` deferred) has gathered nothing.
 */
#include "executor/batch.h"

#include "base/assert.h"
#include "base/log.h"
#include "executor/worker_private.h"
#include "scheduler/queue.h"

#include <stdio.h>

static void on_send(struct loop_task *task);
static void on_turn(struct turnstile_place *place);
static void on_batch(struct journal_batch *journal, const struct error *err);

void batch_init(struct batch *batch, struct worker *worker)
{
    *batch = (struct batch){.worker = worker};
    for (int i = 0; i < BATCH_LANES; i++) {
        struct batch_lane *lane = &batch->lanes[i];

        lane->batch = batch;
        list_init(&lane->gathering);
        list_init(&lane->sent);
        lane->send.on_run = on_send;
        lane->place.on_turn = on_turn;
        journal_init(&lane->journal, worker->storage, worker->owner, batch_connection_of(i));
        lane->journal.on_done = on_batch;
    }
}

void batch_done(struct batch *batch)
{
    for (int i = 0; i < BATCH_LANES; i++) {
        ASSERT(list_is_empty(&batch->lanes[i].gathering));
        loop_undefer(&batch->lanes[i].send);
        journal_done(&batch->lanes[i].journal);
    }
}

int batch_lane_of(struct uuid run, bool is_light)
{
    return is_light ? BATCH_LANE_LIGHT : run.bytes[15] % BATCH_LANE_LIGHT; // that byte is random
}

int batch_connection_of(int lane)
{
    return lane == BATCH_LANE_LIGHT ? BATCH_CONNECTIONS - 1 : lane;
}

void batch_add(struct batch *batch, struct commit *commit)
{
    struct batch_lane *lane = &batch->lanes[commit->lane];

    list_push(&lane->gathering, &commit->node);
    if (!lane->is_sent) loop_defer(batch->worker->loop, &lane->send);
}

bool batch_is_idle(const struct batch *batch)
{
    for (int i = 0; i < BATCH_LANES; i++) {
        const struct batch_lane *lane = &batch->lanes[i];

        if (lane->is_sent || !list_is_empty(&lane->gathering)) return false;
    }
    return true;
}

static bool is_light(const struct batch_lane *lane)
{
    return lane == &lane->batch->lanes[BATCH_LANE_LIGHT];
}

static void send_batch(struct batch_lane *lane)
{
    struct worker *worker = lane->batch->worker;

    ASSERT(!lane->is_sent);
    while (!list_is_empty(&lane->gathering)) {
        struct commit *commit = LIST_ITEM(lane->gathering.next, struct commit, node);

        if (!journal_add(&lane->journal, &commit->entry)) break; // full: it is for the next one
        list_remove(&commit->node);
        list_push(&lane->sent, &commit->node);
        worker->stats.batch_rows += commit->entry.row_count;
    }
    ASSERT(!journal_is_empty(&lane->journal));
    worker->stats.batches++;
    lane->is_sent = true;
    journal_start(&lane->journal);
}

/* Sends what there is, as soon as that may be. */
static void send_soon(struct batch_lane *lane)
{
    struct turnstile *turnstile = &lane->batch->worker->turnstile;

    if (lane->is_sent || lane->is_waiting || list_is_empty(&lane->gathering)) return;
    if (is_light(lane) || turnstile_enter(turnstile, &lane->place)) {
        send_batch(lane);
    } else {
        lane->is_waiting = true;
    }
}

static void on_send(struct loop_task *task)
{
    send_soon(CONTAINER_OF(task, struct batch_lane, send));
}

static void on_turn(struct turnstile_place *place)
{
    struct batch_lane *lane = CONTAINER_OF(place, struct batch_lane, place);

    lane->is_waiting = false;
    send_batch(lane);
}

void batch_send_light(struct batch *batch)
{
    send_soon(&batch->lanes[BATCH_LANE_LIGHT]);
}

/* What the batch has made of other runs. */
static void tell_woken(struct worker *worker, const struct journal_batch *journal)
{
    for (size_t i = 0; i < journal->woken_count; i++) {
        const struct journal_woken *woken = &journal->woken[i];
        char flow[24];

        if (woken->stops) {
            queue_publish_cancel(worker->queue, woken->run);
            continue;
        }
        (void)snprintf(flow, sizeof(flow), "%lld", (long long)woken->flow);
        struct queue_entry entry = {
            .workspace = woken->workspace, .run = woken->run, .flow = text_from(flow)};

        queue_push(worker->queue, &entry, 1);
    }
}

static void on_batch(struct journal_batch *journal, const struct error *err)
{
    struct batch_lane *lane = CONTAINER_OF(journal, struct batch_lane, journal);
    struct worker *worker = lane->batch->worker;
    struct list done, *node;

    if (err) log_write_error(LOG_WARN, "executor/batch", "a batch may not be committed", err);
    tell_woken(worker, journal);
    // The next batch leaves before the runs of this one go on: the database is not kept waiting.
    list_init(&done);
    while ((node = list_pop(&lane->sent))) {
        list_push(&done, node);
    }
    lane->is_sent = false;
    if (!is_light(lane)) turnstile_leave(&worker->turnstile);
    send_soon(lane);
    while ((node = list_pop(&done))) {
        struct commit *commit = LIST_ITEM(node, struct commit, node);

        commit->on_done(commit);
    }
    worker_may_close(worker);
}
