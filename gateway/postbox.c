/* Postbox: what becomes of a group of signals (io/gather.h). */
#include "gateway/postbox.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "io/gather.h"
#include "scheduler/announce.h"
#include "scheduler/handover.h"

struct post {
    struct gather_item gathered;
    struct signal_item item;
    struct handover_run *run; /* where the signal's run goes, if there is a seat */
    struct signal_taker taker;
};

struct postbox {
    struct gateway *gateway;
    struct gather gather; /* struct post */
    int64_t sent_ms;      /* monotonic */
    struct arena arena;
    struct signal_batch batch;
};

static void on_send(struct gather *gather);
static void on_committed(struct storage_call *call, const struct error *err);

struct postbox *postbox_new(struct gateway *gateway)
{
    struct postbox *postbox = MEMORY_NEW(struct postbox);

    postbox->gateway = gateway;
    postbox->gather = (struct gather){.loop = gateway->loop,
                                      .count_max = SIGNAL_BATCH_MAX,
                                      .size_max = POSTBOX_GROUP_BYTES,
                                      .on_send = on_send};
    gather_init(&postbox->gather);
    arena_init(&postbox->arena, 0);
    return postbox;
}

void postbox_free(struct postbox *postbox)
{
    if (!postbox) return;
    ASSERT(gather_is_idle(&postbox->gather));
    arena_done(&postbox->arena);
    memory_free(postbox);
}

static struct storage_call *call_of(const struct signal_item *item)
{
    return item->deliver ? &item->deliver->call : &item->event->call;
}

static size_t payload_size(const struct signal_item *item)
{
    return item->deliver ? item->deliver->payload.len : item->event->payload.len;
}

void postbox_put(struct postbox *postbox, struct signal_item item)
{
    struct storage_call *call = call_of(&item);
    struct post *post = ARENA_NEW(call->arena, struct post);

    ASSERT(!call->operation);
    call->repeated = false;
    post->item = item;
    gather_put(&postbox->gather, &post->gathered, payload_size(&item));
}

static struct post *post_of(struct gather_item *gathered)
{
    return gathered ? CONTAINER_OF(gathered, struct post, gathered) : NULL;
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

static void on_send(struct gather *gather)
{
    struct postbox *postbox = CONTAINER_OF(gather, struct postbox, gather);
    struct signal_batch *batch = &postbox->batch;
    size_t taker_count = 0;
    struct post *post;

    arena_reset(&postbox->arena);
    batch->call = (struct storage_call){
        .storage = postbox->gateway->storage, .arena = &postbox->arena, .on_done = on_committed};
    batch->count = 0;
    while ((post = post_of(gather_next(gather)))) {
        if (taker_count < LIMIT_CLAIM && take_seat(postbox, post)) taker_count++;
        batch->items[batch->count++] = post->item;
    }
    postbox->sent_ms = clock_monotonic_ms();
    signal_batch_start(batch);
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

/* The group was refused for one of its signals: all of them again, each by itself. */
static void send_apart(struct postbox *postbox)
{
    struct post *post;

    while ((post = post_of(gather_apart(&postbox->gather)))) {
        leave_seat(postbox, post, false);
    }
}

static void answer(struct postbox *postbox, const struct error *err)
{
    struct post *post;

    while ((post = post_of(gather_take(&postbox->gather)))) {
        struct storage_call *call = call_of(&post->item);
        const struct error *own = call->error.code != E_NONE ? &call->error : NULL;

        if (!err && post->run && post->taker.claimed) {
            give(postbox, post);
        } else {
            leave_seat(postbox, post, err != NULL);
            if (!err) postbox_tell(postbox, &post->item);
        }
        call->on_done(call, err ? err : own); // it may put the next signal
    }
}

static void on_committed(struct storage_call *call, const struct error *err)
{
    struct postbox *postbox = CONTAINER_OF(call, struct postbox, batch.call);
    struct error copy = {0};

    if (err && postbox->batch.count > 1 && (err->code == E_DATABASE || err->code == E_CONFLICT)) {
        send_apart(postbox);
    } else {
        if (err) copy = *err;
        answer(postbox, err ? &copy : NULL);
    }
    gather_go_on(&postbox->gather);
}
