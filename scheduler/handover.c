/*
 * Handover: two kinds of mailboxes, and a count of seats for each worker. Two gateways that look at
 * the same time may both take the last seat: a run more than the worker's share does no harm.
 */
#include "scheduler/handover.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/shared.h"
#include "scheduler/courtesy.h"

#include <limits.h>

#define EXPRESS 0 /* the worker that is one, while there is courtesy */

struct worker_desk {
    struct mailbox box;
    struct handover_worker config;
    struct shared_number taken, light_taken; /* seats */
    struct shared_number mode;               /* enum handover_mode */
    struct shared_flag lost, full;
};

struct gateway_desk {
    struct mailbox box;
    void (*on_back)(void *ctx, struct handover_run *run);
    void *ctx;
};

struct handover {
    struct worker_desk *workers;
    struct gateway_desk *gateways;
    int worker_count, gateway_count;
    struct courtesy courtesy; /* counts runs in seats and otherwise */
};

static struct handover_run *run_of(struct ring_message *message)
{
    return CONTAINER_OF(message, struct handover_run, message);
}

static void on_given(struct mailbox *box, struct ring_message *oldest)
{
    struct worker_desk *desk = CONTAINER_OF(box, struct worker_desk, box);

    while (oldest) {
        struct handover_run *run = run_of(oldest);

        oldest = oldest->next;
        desk->config.on_run(desk->config.ctx, run);
    }
    if (shared_take(&desk->lost)) desk->config.on_lost(desk->config.ctx);
}

static void on_returned(struct mailbox *box, struct ring_message *oldest)
{
    struct gateway_desk *desk = CONTAINER_OF(box, struct gateway_desk, box);

    while (oldest) {
        struct handover_run *run = run_of(oldest);

        oldest = oldest->next;
        desk->on_back(desk->ctx, run);
    }
}

struct handover *handover_new(int workers, int gateways)
{
    struct handover *handover = MEMORY_NEW(struct handover);

    handover->workers = memory_array((size_t)workers, sizeof(struct worker_desk));
    handover->gateways = memory_array((size_t)gateways, sizeof(struct gateway_desk));
    handover->worker_count = workers;
    handover->gateway_count = gateways;
    for (int i = 0; i < workers; i++) {
        mailbox_init(&handover->workers[i].box);
        handover->workers[i].box.on_mail = on_given;
        shared_set(&handover->workers[i].full, true); // until it asks the queue
    }
    for (int i = 0; i < gateways; i++) {
        mailbox_init(&handover->gateways[i].box);
        handover->gateways[i].box.on_mail = on_returned;
    }
    return handover;
}

static void empty(struct mailbox *box)
{
    struct ring_message *message = mailbox_take(box);

    while (message) {
        struct handover_run *run = run_of(message);

        message = message->next;
        handover_run_free(run);
    }
    mailbox_done(box);
}

void handover_free(struct handover *handover)
{
    if (!handover) return;
    for (int i = 0; i < handover->worker_count; i++) {
        empty(&handover->workers[i].box);
    }
    for (int i = 0; i < handover->gateway_count; i++) {
        empty(&handover->gateways[i].box);
    }
    memory_free(handover->workers);
    memory_free(handover->gateways);
    memory_free(handover);
}

struct handover_run *handover_run_new(void)
{
    struct handover_run *run = MEMORY_NEW(struct handover_run);

    arena_init(&run->arena, 0);
    return run;
}

void handover_run_free(struct handover_run *run)
{
    if (!run) return;
    arena_done(&run->arena);
    memory_free(run);
}

/* ---- a gateway ---- */

static struct gateway_desk *gateway_desk(struct handover *handover, int gateway)
{
    ASSERT(gateway >= 0 && gateway < handover->gateway_count);
    return &handover->gateways[gateway];
}

static struct worker_desk *worker_desk(struct handover *handover, int worker)
{
    ASSERT(worker >= 0 && worker < handover->worker_count);
    return &handover->workers[worker];
}

void handover_open_gateway(struct handover *handover, int gateway, struct loop *loop,
                           void (*on_back)(void *ctx, struct handover_run *run), void *ctx)
{
    if (!handover) return;
    struct gateway_desk *desk = gateway_desk(handover, gateway);

    desk->on_back = on_back;
    desk->ctx = ctx;
    mailbox_open(&desk->box, loop);
}

void handover_close_gateway(struct handover *handover, int gateway)
{
    if (handover) mailbox_close(&gateway_desk(handover, gateway)->box);
}

bool handover_is_courteous(struct handover *handover)
{
    return handover && courtesy_is_on(&handover->courtesy, clock_monotonic_ms());
}

static bool has_room(struct handover *handover)
{
    for (int i = 0; i < handover->worker_count; i++) {
        if (i != EXPRESS && !shared_is_set(&handover->workers[i].full)) return true;
    }
    return false;
}

bool handover_is_express(struct handover *handover, int worker)
{
    return worker == EXPRESS && handover_is_courteous(handover) && has_room(handover);
}

bool handover_leaves_light(struct handover *handover, int worker)
{
    return worker != EXPRESS && handover_is_express(handover, EXPRESS) &&
           !shared_is_set(&handover->workers[EXPRESS].full);
}

void handover_full(struct handover *handover, int worker, bool is_full)
{
    if (handover) shared_set(&worker_desk(handover, worker)->full, is_full);
}

void handover_light_came(struct handover *handover, int64_t now_ms)
{
    if (handover) courtesy_came(&handover->courtesy, now_ms);
}

enum seat_kind { SEAT_NONE, SEAT_USUAL, SEAT_LIGHT };

/* Which one a worker has for a run. */
static enum seat_kind seat_kind(struct worker_desk *desk, bool is_light, bool is_express)
{
    int mode = shared_get(&desk->mode);

    if (mode == HANDOVER_NONE) return SEAT_NONE;
    if (!is_express && mode == HANDOVER_ALL && shared_get(&desk->taken) < HANDOVER_SEATS) {
        return SEAT_USUAL;
    }
    return is_light && shared_get(&desk->light_taken) < HANDOVER_LIGHT_SEATS ? SEAT_LIGHT
                                                                             : SEAT_NONE;
}

static void take(struct handover *handover, const struct handover_seat *seat, int change)
{
    struct worker_desk *desk = worker_desk(handover, seat->worker);

    (void)shared_add(seat->is_light ? &desk->light_taken : &desk->taken, change);
    courtesy_count(&handover->courtesy, seat->workspace, change);
}

struct handover_seat handover_reserve(struct handover *handover, int64_t workspace)
{
    struct handover_seat seat = {.workspace = workspace};
    int least = INT_MAX;

    if (!handover) return seat;
    bool is_light = courtesy_is_light(&handover->courtesy, workspace);

    if (is_light) handover_light_came(handover, clock_monotonic_ms());
    for (int i = 0; i < handover->worker_count; i++) {
        struct worker_desk *desk = &handover->workers[i];
        bool is_express = handover_is_express(handover, i);
        enum seat_kind kind = seat_kind(desk, is_light, is_express);
        int taken = shared_get(&desk->taken) + shared_get(&desk->light_taken);

        if (kind == SEAT_NONE || taken >= least) continue;
        least = taken;
        seat.worker = i;
        seat.is_light = kind == SEAT_LIGHT;
        seat.owner = desk->config.owner;
        if (is_express) break;
    }
    if (seat.owner) take(handover, &seat, 1);
    return seat;
}

void handover_leave(struct handover *handover, const struct handover_seat *seat)
{
    take(handover, seat, -1);
}

void handover_lost(struct handover *handover, int worker)
{
    struct worker_desk *desk = worker_desk(handover, worker);

    shared_set(&desk->lost, true);
    mailbox_ring(&desk->box);
}

void handover_give(struct handover *handover, struct handover_run *run)
{
    mailbox_push(&worker_desk(handover, run->seat.worker)->box, &run->message);
}

/* ---- a worker ---- */

void handover_open_worker(struct handover *handover, int worker, struct loop *loop,
                          const struct handover_worker *config)
{
    if (!handover) return;
    struct worker_desk *desk = worker_desk(handover, worker);

    desk->config = *config;
    mailbox_open(&desk->box, loop);
}

void handover_close_worker(struct handover *handover, int worker)
{
    if (!handover) return;
    struct worker_desk *desk = worker_desk(handover, worker);

    mailbox_close(&desk->box);
    on_given(&desk->box, mailbox_take(&desk->box));
}

void handover_allow(struct handover *handover, int worker, enum handover_mode mode)
{
    if (handover) shared_put(&worker_desk(handover, worker)->mode, (int)mode);
}

void handover_count(struct handover *handover, int64_t workspace, int change)
{
    if (handover) courtesy_count(&handover->courtesy, workspace, change);
}

void handover_return(struct handover *handover, struct handover_run *run)
{
    handover_leave(handover, &run->seat);
    mailbox_push(&gateway_desk(handover, run->gateway)->box, &run->message);
}
