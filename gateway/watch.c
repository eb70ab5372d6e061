/* Watches, found by their run: all that wait for one run share a slot. */
#include "gateway/watch.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "gateway/run_reader.h"
#include "scheduler/handover.h"
#include "scheduler/queue.h"

#include <string.h>

#define TICK_MS           2000 /* a hint may be lost */
#define TICK_NEW_MS       250  /* the first look at a new run */
#define TICK_ALONE_MS     150  /* without Redis nobody tells */
#define READ_BUDGET       (16UL * 1024 * 1024)
#define READ_AGAIN_MIN_MS 5 /* hints may come in bursts */

struct watch_slot {
    struct uuid run;
    struct list watches;
};

struct watch_board {
    struct gateway *gateway;
    struct map slots; /* by the 16 bytes of the run's id */
    struct redis_subscription subscription;
    bool is_subscribed, is_ending;
};

static void enter(struct watch *watch, enum watch_state next)
{
    static const bool legal[3][3] = {
        [WATCH_IDLE] = {[WATCH_READING] = true, [WATCH_WAITING] = true},
        [WATCH_READING] = {[WATCH_WAITING] = true, [WATCH_IDLE] = true},
        [WATCH_WAITING] = {[WATCH_READING] = true, [WATCH_IDLE] = true},
    };

    ASSERT(legal[watch->state][next]);
    watch->state = next;
}

static struct text run_key(const struct uuid *run)
{
    return (struct text){(const char *)run->bytes, sizeof run->bytes};
}

static void read_now(struct watch *watch);

/* A hint: the run has changed. */
static void on_changed(struct watch *watch)
{
    if (watch->state == WATCH_READING) {
        watch->is_dirty = true;
    } else if (watch->state == WATCH_WAITING) {
        loop_timer_stop(&watch->tick);
        read_now(watch);
    }
}

static void on_message(struct redis_subscription *subscription, struct text message)
{
    struct watch_board *board = CONTAINER_OF(subscription, struct watch_board, subscription);

    for (size_t at = 0; at + sizeof(struct uuid) <= message.len; at += sizeof(struct uuid)) {
        struct watch_slot *slot =
            map_find(&board->slots, text_slice(message, at, at + sizeof(struct uuid)));

        if (!slot) continue;
        // Reading goes on from the loop, so the slot stays as it is meanwhile.
        list_each (watch, &slot->watches, struct watch, node)
            on_changed(watch);
    }
}

struct watch_board *watch_new(struct gateway *gateway)
{
    struct watch_board *board = MEMORY_NEW(struct watch_board);

    board->gateway = gateway;
    board->subscription.channel = QUEUE_CHANGED_CHANNEL;
    board->subscription.on_message = on_message;
    board->is_subscribed = true;
    redis_subscribe(gateway->redis, &board->subscription);
    return board;
}

void watch_unsubscribe(struct watch_board *board)
{
    if (board->is_subscribed) redis_unsubscribe(&board->subscription);
    board->is_subscribed = false;
}

void watch_free(struct watch_board *board)
{
    if (!board) return;
    ASSERT(board->slots.count == 0);
    map_done(&board->slots);
    memory_free(board);
}

void watch_end_all(struct watch_board *board)
{
    size_t cursor = 0;
    struct watch_slot *slot;

    board->is_ending = true;
    while ((slot = map_next(&board->slots, &cursor, NULL)) != NULL) {
        list_each (watch, &slot->watches, struct watch, node)
            on_changed(watch);
    }
}

static void join_slot(struct watch *watch)
{
    struct watch_board *board = watch->request->gateway->board;
    struct watch_slot *slot = map_find(&board->slots, run_key(&watch->run));

    if (!slot) {
        slot = MEMORY_NEW(struct watch_slot);
        slot->run = watch->run;
        list_init(&slot->watches);
        (void)map_put(&board->slots, run_key(&slot->run), slot);
    }
    watch->slot = slot;
    list_push(&slot->watches, &watch->node);
}

static void leave_slot(struct watch *watch)
{
    struct watch_board *board = watch->request->gateway->board;
    struct watch_slot *slot = watch->slot;

    if (!slot) return;
    watch->slot = NULL;
    list_remove(&watch->node);
    if (!list_is_empty(&slot->watches)) return;
    (void)map_remove(&board->slots, run_key(&slot->run));
    memory_free(slot);
}

bool watch_is_over(const struct run_record *run)
{
    // A parked run that is due (its wait was just answered) goes on as soon as a worker takes it.
    bool is_due = run->wake_ms > 0 && run->wake_ms <= clock_wall_ms();

    return status_run_ended(run->status) || (run->status == RUN_WAITING && !is_due);
}

static void finish(struct watch *watch, const struct error *err)
{
    enter(watch, WATCH_IDLE);
    loop_timer_stop(&watch->tick);
    request_forget_gone(watch->request);
    leave_slot(watch);
    watch->on_done(watch, err);
}

/* The client is not there any more, or has only closed its own side: then it reads how far the run
 * is. */
static void on_left(void *ctx)
{
    struct watch *watch = ctx;

    watch->is_left = true;
    if (watch->state != WATCH_WAITING) return; // what is read comes from the loop
    watch->timed_out = true;
    finish(watch, NULL);
}

static void on_tick(struct loop_timer *timer)
{
    read_now(CONTAINER_OF(timer, struct watch, tick));
}

static void on_run(struct storage_call *call, const struct error *err)
{
    struct watch *watch = CONTAINER_OF(call, struct watch, get.call);
    struct gateway *gateway = watch->request->gateway;
    int64_t left_ms = watch->deadline_ms - loop_now_ms(gateway->loop);

    if (err || !watch->get.found || watch_is_over(&watch->get.run)) {
        finish(watch, err);
        return;
    }
    watch->timed_out = watch->wait_ms > 0;
    if (watch->wait_ms == 0 || left_ms <= 0 || gateway->board->is_ending || watch->is_left) {
        finish(watch, NULL);
        return;
    }
    watch->timed_out = false;
    bool has_hints = redis_client_is_ready(gateway->redis);
    int64_t pause_ms = watch->is_dirty ? READ_AGAIN_MIN_MS : has_hints ? TICK_MS : TICK_ALONE_MS;

    if (watch->is_told) pause_ms = 0; // no burst: once for each activation
    enter(watch, WATCH_WAITING);
    watch->is_dirty = watch->is_told = false;
    loop_timer_start(gateway->loop, &watch->tick, MIN(pause_ms, left_ms));
    request_on_gone(watch->request, on_left, watch);
}

static void read_now(struct watch *watch)
{
    enter(watch, WATCH_READING);
    arena_reset(&watch->arena);
    watch->get = (struct run_get){.call = request_read(watch->request, on_run), .id = watch->run};
    watch->get.call.arena = &watch->arena;
    run_reader_start(watch->request->gateway->run_reader, &watch->get);
}

static struct text copy(struct watch *watch, struct text source)
{
    return source.ptr ? arena_text(&watch->arena, source) : TEXT_NONE;
}

/* The run, as it would be read now. */
static void take_record(struct watch *watch, const struct run_record *record)
{
    struct run_record *run = &watch->get.run;

    arena_reset(&watch->arena);
    *run = *record;
    run->slug = copy(watch, record->slug);
    run->invocation = copy(watch, record->invocation);
    run->triggered_by = copy(watch, record->triggered_by);
    run->input = copy(watch, record->input);
    run->result = copy(watch, record->result);
    run->error = copy(watch, record->error);
    watch->get.found = true;
}

/* What the end has changed of the run as it was read in the same epoch, by its claim or later. */
static void take_end(struct watch *watch, const struct run_record *record)
{
    struct run_record *run = &watch->get.run;

    run->status = record->status;
    run->result = copy(watch, record->result);
    run->error = copy(watch, record->error);
    run->step_count = record->step_count;
    run->owner = run->wake_ms = 0;
    run->updated_ms = record->updated_ms;
    run->completed_ms = record->completed_ms;
    run->current_step = TEXT_NONE;
}

static bool take(struct watch *watch, const struct handover_run *run)
{
    if (!run->is_ended) return false;
    if (!run->is_resumed) {
        take_record(watch, &run->record);
        return true;
    }
    if (!watch->get.found || watch->get.run.epoch != run->claim.epoch) return false;
    take_end(watch, &run->record);
    return true;
}

/* One that waits; whoever is answered may end others. */
static struct watch *next_waiting(struct watch_board *board, const struct uuid *run)
{
    struct watch_slot *slot = map_find(&board->slots, run_key(run));

    if (!slot) return NULL;
    list_each (watch, &slot->watches, struct watch, node) {
        if (watch->state == WATCH_WAITING) return watch;
        watch->is_dirty = watch->is_told = true;
    }
    return NULL;
}

void watch_tell(struct watch_board *board, const struct handover_run *run)
{
    struct watch *watch;

    while ((watch = next_waiting(board, &run->claim.id)) != NULL) {
        if (take(watch, run)) {
            finish(watch, NULL);
        } else {
            on_changed(watch);
        }
    }
}

/* Redis will say when the run has changed. */
static bool tells(const struct watch *watch)
{
    const struct gateway *gateway = watch->request->gateway;
    const struct watch_board *board = gateway->board;

    return redis_client_is_ready(gateway->redis) && board->subscription.is_ready &&
           !board->is_ending;
}

void watch_start(struct watch *watch)
{
    struct loop *loop = watch->request->gateway->loop;

    watch->state = WATCH_IDLE;
    watch->slot = NULL;
    watch->is_dirty = watch->is_told = watch->is_left = false;
    watch->timed_out = false;
    watch->tick = (struct loop_timer){.on_fire = on_tick};
    watch->wait_ms = MIN(watch->wait_ms, LIMIT_WAIT_MS);
    watch->deadline_ms = loop_now_ms(loop) + watch->wait_ms;
    arena_init(&watch->arena, READ_BUDGET);
    // Known to the board before the first look, so that no change falls between.
    if (watch->wait_ms > 0) join_slot(watch);
    if (!watch->is_new || watch->wait_ms == 0 || !tells(watch)) {
        read_now(watch);
        return;
    }
    enter(watch, WATCH_WAITING);
    loop_timer_start(loop, &watch->tick, MIN(TICK_NEW_MS, watch->wait_ms));
}

void watch_done(struct watch *watch)
{
    ASSERT(watch->state == WATCH_IDLE);
    arena_done(&watch->arena);
}
