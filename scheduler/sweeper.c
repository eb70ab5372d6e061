/*
 *     RESTING --timer--> ASKING --our turn, or never swept--> READING --page, pushed--> ASKING …
 *        ^                 \--neither, or no Redis--\           |
 *        \-----------------------------------------+-----------/ the last page, enough pages,
 *                                                                an error
 *
 * Redis is asked before every page: that keeps the turn ours, and tells when its memory becomes
 * another one in the middle of a full sweep, which then begins again. A full sweep is marked as
 * done only for the memory that it began with.
 *
 * A sweep of what is overdue, or will be before the next one, reads a bounded number of pages a
 * second and goes on where it stopped;
 * while there is a long line of ready runs, that is most of what it sees.
 */
#include "scheduler/sweeper.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"

#include <inttypes.h>
#include <string.h>

#define INTERVAL_MS     1000
#define JITTER_MS       100
#define PAGE_SIZE       1000
#define PAGES_MAX       10                /* a second, of what is overdue */
#define AHEAD_MS        (2 * INTERVAL_MS) /* so that a timer is there before it fires */
#define READ_TIMEOUT_MS 10000

static void ask(struct sweeper *sweeper);

static void rest(struct sweeper *sweeper, int64_t delay_ms)
{
    sweeper->is_busy = false;
    sweeper->page_count = 0;
    if (sweeper->context->is_stopping) return;
    if (delay_ms > 0) delay_ms += (int64_t)random_below(JITTER_MS);
    loop_timer_start(sweeper->context->loop, &sweeper->timer, delay_ms);
}

static void begin(struct sweeper *sweeper, bool is_full)
{
    sweeper->is_full = is_full;
    sweeper->has_cursor = false;
    sweeper->run_count = 0;
}

static void push_page(struct sweeper *sweeper)
{
    const struct sweep_due *due = &sweeper->due;
    struct queue_entry *entries = ARENA_ARRAY(&sweeper->arena, due->count + 1, struct queue_entry);
    int64_t now_ms = clock_wall_ms();

    for (size_t i = 0; i < due->count; i++) {
        const struct sweep_run *run = &due->runs[i];

        entries[i] = (struct queue_entry){
            .workspace = run->workspace,
            .run = run->run,
            .flow = arena_printf(&sweeper->arena, "%" PRId64, run->flow),
            .due_ms = run->wait_ms > 0 ? now_ms + run->wait_ms : 0,
            .weight = run->weight,
        };
    }
    queue_push(sweeper->context->queue, entries, due->count);
    sweeper->run_count += due->count;
}

static void finish_full(struct sweeper *sweeper)
{
    queue_swept(sweeper->context->queue, sweeper->id);
    log_info("scheduler/sweeper", "pushed %" PRIu64 " runs into redis", sweeper->run_count);
    begin(sweeper, false);
}

static void on_page(struct storage_call *call, const struct error *err)
{
    struct sweep_due *due = CONTAINER_OF(call, struct sweep_due, call);
    struct sweeper *sweeper = CONTAINER_OF(due, struct sweeper, due);

    scheduler_outage_note(&sweeper->storage_outage, "scheduler/sweeper", "reading what is due",
                          err);
    if (!err && !sweeper->context->is_stopping) {
        push_page(sweeper);
        sweeper->has_cursor = due->has_more;
        sweeper->after_wake_us = due->next_wake_us;
        sweeper->after_run = due->next_run;
    }
    bool has_more = !err && due->has_more;

    arena_reset(&sweeper->arena);
    if (err || sweeper->context->is_stopping) {
        rest(sweeper, INTERVAL_MS);
    } else if (has_more && (sweeper->is_full || ++sweeper->page_count < PAGES_MAX)) {
        ask(sweeper);
    } else {
        if (sweeper->is_full) finish_full(sweeper);
        sweeper->has_swept |= !has_more;
        rest(sweeper, INTERVAL_MS);
    }
}

static void read_page(struct sweeper *sweeper)
{
    sweeper->due = (struct sweep_due){
        .call = {.storage = sweeper->context->storage,
                 .arena = &sweeper->arena,
                 .deadline_ms = READ_TIMEOUT_MS,
                 .on_done = on_page},
        .shard = sweeper->context->shard,
        .horizon_ms = sweeper->is_full ? LIMIT_TIMER_AHEAD_MS : AHEAD_MS,
        .has_cursor = sweeper->has_cursor,
        .after_wake_us = sweeper->after_wake_us,
        .after_run = sweeper->after_run,
        .limit = PAGE_SIZE,
    };
    sweep_due_start(&sweeper->due);
}

static void on_generation(struct queue_generation *generation, bool is_new, const struct error *err)
{
    struct sweeper *sweeper = CONTAINER_OF(generation, struct sweeper, generation);
    bool is_other = strcmp(sweeper->id, generation->id) != 0;

    if (sweeper->context->is_stopping) return;
    scheduler_outage_note(&sweeper->redis_outage, "scheduler/sweeper", "asking redis", err);
    if (err || (sweeper->has_swept && !generation->is_turn)) {
        begin(sweeper, false);
        rest(sweeper, INTERVAL_MS);
        return;
    }
    if (is_new && (is_other || !sweeper->is_full)) {
        log_info("scheduler/sweeper",
                 "redis has a new memory: pushing all that is due or will be soon");
        memcpy(sweeper->id, generation->id, sizeof sweeper->id);
        begin(sweeper, true);
    } else if (!is_new && sweeper->is_full) {
        begin(sweeper, false); // another server was faster
    }
    read_page(sweeper);
}

static void ask(struct sweeper *sweeper)
{
    sweeper->generation.on_done = on_generation;
    queue_generation_start(sweeper->context->queue, &sweeper->generation);
}

static void on_timer(struct loop_timer *timer)
{
    struct sweeper *sweeper = CONTAINER_OF(timer, struct sweeper, timer);

    if (!redis_client_is_ready(sweeper->context->redis)) { // nobody to tell
        rest(sweeper, INTERVAL_MS);
        return;
    }
    sweeper->is_busy = true;
    ask(sweeper);
}

void sweeper_start(struct sweeper *sweeper)
{
    arena_init(&sweeper->arena, 0);
    sweeper->timer.on_fire = on_timer;
    rest(sweeper, 0);
}

void sweeper_kick(struct sweeper *sweeper)
{
    if (!sweeper->is_busy) rest(sweeper, 0);
}

void sweeper_stop(struct sweeper *sweeper)
{
    loop_timer_stop(&sweeper->timer);
}

void sweeper_done(struct sweeper *sweeper)
{
    arena_done(&sweeper->arena);
}
