/* Postbox: one group under way at a time. */
#include "gateway/postbox.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "scheduler/announce.h"
#include "scheduler/handover.h"

struct post {
    struct list node;
    struct signal_item item;
    bool alone;
    struct handover_run *run; /* where the signal's run goes, if there is a seat */
    struct signal_taker taker;
};

struct postbox {
    struct gateway *gateway;
    struct list waiting;
    struct list under_way; /* in the order of the batch */
    bool is_sent;
    int64_t sent_ms; /* monotonic */
    struct loop_task task;
    struct arena arena;
    struct signal_batch batch;
};

static void on_end_of_turn(struct loop_task *task);
static void on_committed(struct storage_call *call, const struct error *err);

struct postbox *postbox_new(struct gateway *gateway)
{
    struct postbox *postbox = MEMORY_NEW(struct postbox);

    postbox->gateway = gateway;
    postbox->task.on_run = on_end_of_turn;
    list_init(&postbox->waiting);
    list_init(&postbox->under_way);
    arena_init(&postbox->arena, 0);
    return postbox;
}

void postbox_free(struct postbox *postbox)
{
    if (!postbox) return;
    ASSERT(list_is_empty(&postbox->waiting) && !postbox->is_sent);
    arena_done(&postbox->arena);
    memory_free(postbox);
}

static struct storage_call *call_of(const struct signal_item *item)
{
    return item->deliver ? &item->deliver->call : &item->event->call;
}

void postbox_put(struct postbox *postbox, struct signal_item item)
{
    struct storage_call *call = call_of(&item);
    struct post *post = ARENA_NEW(call->arena, struct post);

    ASSERT(!call->operation);
    call->repeated = false;
    post->item = item;
    list_push(&postbox->waiting, &post->node);
    if (!postbox->is_sent) loop_defer(postbox->gateway->loop, &postbox->task);
}

static size_t payload_size(const struct signal_item *item)
{
    return item->deliver ? item->deliver->payload.len : item->event->payload.len;
}

static struct handover *handover_of(const struct postbox *postbox)
{
    return postbox->gateway->config.handover;
}

/* A worker that drives the signal's run from here, if one has room. */
static bool take_seat(struct postbox *postbox, struct post *post)
{
    struct signal_deliver *deliver = post->item.deliver;

    if (!deliver) return false;
    struct handover_seat seat = handover_reserve(handover_of(postbox), deliver->call.workspace);

    if (!seat.owner) return false;
    post->run = handover_run_new();
    post->run->seat = seat;
    post->taker = (struct signal_taker){.owner = seat.owner, .arena = &post->run->arena};
    deliver->taker = &post->taker;
    return true;
}

static void leave_seat(struct postbox *postbox, struct post *post, bool is_lost)
{
    if (!post->run) return;
    handover_leave(handover_of(postbox), &post->run->seat);
    if (is_lost) handover_lost(handover_of(postbox), post->run->seat.worker);
    handover_run_free(post->run);
    post->run = NULL;
    post->item.deliver->taker = NULL;
}

/* To the worker that has claimed it. */
static void give(struct postbox *postbox, struct post *post)
{
    struct handover_run *run = post->run;

    run->claim = post->taker.run;
    run->is_resumed = true;
    run->due_ms = postbox->sent_ms;
    run->gateway = postbox->gateway->config.index;
    post->run = NULL;
    post->item.deliver->taker = NULL;
    handover_give(handover_of(postbox), run);
}

static void send(struct postbox *postbox)
{
    struct signal_batch *batch = &postbox->batch;
    size_t bytes = 0;
    size_t taker_count = 0;

    arena_reset(&postbox->arena);
    batch->call = (struct storage_call){
        .storage = postbox->gateway->storage, .arena = &postbox->arena, .on_done = on_committed};
    batch->count = 0;
    while (batch->count < SIGNAL_BATCH_MAX && !list_is_empty(&postbox->waiting)) {
        struct post *post = LIST_ITEM(postbox->waiting.next, struct post, node);

        bytes += payload_size(&post->item);
        if (batch->count > 0 && (post->alone || bytes > POSTBOX_GROUP_BYTES)) break;
        list_remove(&post->node);
        list_push(&postbox->under_way, &post->node);
        if (taker_count < LIMIT_CLAIM && take_seat(postbox, post)) taker_count++;
        batch->items[batch->count++] = post->item;
        if (post->alone) break;
    }
    postbox->is_sent = true;
    postbox->sent_ms = clock_monotonic_ms();
    signal_batch_start(batch);
}

static void on_end_of_turn(struct loop_task *task)
{
    struct postbox *postbox = CONTAINER_OF(task, struct postbox, task);

    if (!postbox->is_sent && !list_is_empty(&postbox->waiting)) send(postbox);
}

/* The group was refused for one of its signals: all of them again, each by itself. */
static void send_apart(struct postbox *postbox)
{
    while (!list_is_empty(&postbox->under_way)) {
        struct list *last = postbox->under_way.prev;
        struct post *post = LIST_ITEM(last, struct post, node);

        list_remove(last);
        leave_seat(postbox, post, false);
        post->alone = true;
        list_push_front(&postbox->waiting, last);
    }
}

void postbox_tell(struct postbox *postbox, const struct signal_item *item)
{
    struct queue *queue = postbox->gateway->queue;

    if (!queue) return;
    if (item->deliver) {
        announce_signal(queue, item->deliver);
    } else {
        announce_event(queue, item->event);
    }
}

static void answer(struct postbox *postbox, const struct error *err)
{
    struct list done = {0};

    list_init(&done); // who is answered may put the next signal
    while (!list_is_empty(&postbox->under_way)) {
        list_push(&done, list_pop(&postbox->under_way));
    }
    while (!list_is_empty(&done)) {
        struct post *post = LIST_ITEM(list_pop(&done), struct post, node);
        struct storage_call *call = call_of(&post->item);
        const struct error *own = call->error.code != E_NONE ? &call->error : NULL;

        if (!err && post->run && post->taker.claimed) {
            give(postbox, post);
        } else {
            leave_seat(postbox, post, err != NULL);
            if (!err) postbox_tell(postbox, &post->item);
        }
        call->on_done(call, err ? err : own);
    }
}

static void on_committed(struct storage_call *call, const struct error *err)
{
    struct postbox *postbox = CONTAINER_OF(call, struct postbox, batch.call);
    struct error copy = {0};

    postbox->is_sent = false;
    if (err && postbox->batch.count > 1 && (err->code == E_DATABASE || err->code == E_CONFLICT)) {
        send_apart(postbox);
    } else {
        if (err) copy = *err;
        answer(postbox, err ? &copy : NULL);
    }
    if (!postbox->is_sent && !list_is_empty(&postbox->waiting)) send(postbox);
}
