/*
 *     RESTING --renew_timer--> RENEWING --renewed--> RESTING (a third of the lease)
 *                                 |  \--failed--> RESTING (a second)
 *                                 \--has passed--> LOST
 *     any --lost_timer--> LOST
 *
 * The lease runs from when a renewal reached the database, which is not before it was sent; so
 * counting from the sending on our own clock errs to the safe side.
 */
#include "scheduler/lease_keeper.h"

#include "base/clock.h"

#define RETRY_MS 1000

static void lose(struct lease_keeper *keeper)
{
    if (keeper->is_lost) return;
    keeper->is_lost = true;
    loop_timer_stop(&keeper->renew_timer);
    loop_timer_stop(&keeper->lost_timer);
    keeper->on_lost(keeper);
}

static void on_lost_timer(struct loop_timer *timer)
{
    lose(CONTAINER_OF(timer, struct lease_keeper, lost_timer));
}

static void on_renewed(struct storage_call *call, const struct error *err)
{
    struct lease_renew *renew = CONTAINER_OF(call, struct lease_renew, call);
    struct lease_keeper *keeper = CONTAINER_OF(renew, struct lease_keeper, renew);
    struct loop *loop = keeper->context->loop;

    if (keeper->context->is_stopping || keeper->is_lost) return;
    scheduler_outage_note(&keeper->outage, "scheduler/lease", "renewing the lease", err);
    if (err) {
        loop_timer_start(loop, &keeper->renew_timer, MIN(RETRY_MS, keeper->lease_ms / 6));
        return;
    }
    if (!keeper->renew.alive) {
        lose(keeper);
        return;
    }
    int64_t age_ms = clock_monotonic_ms() - keeper->sent_ms;

    loop_timer_start(loop, &keeper->lost_timer, keeper->lease_ms - age_ms);
    loop_timer_start(loop, &keeper->renew_timer, keeper->lease_ms / 3 - age_ms);
    keeper->on_renewed(keeper);
}

static void on_renew_timer(struct loop_timer *timer)
{
    struct lease_keeper *keeper = CONTAINER_OF(timer, struct lease_keeper, renew_timer);

    arena_reset(&keeper->arena);
    keeper->sent_ms = clock_monotonic_ms();
    keeper->renew = (struct lease_renew){
        .call = {.storage = keeper->context->storage,
                 .arena = &keeper->arena,
                 .deadline_ms = keeper->lease_ms / 3,
                 .on_done = on_renewed},
        .server_id = keeper->server_id,
        .duration_ms = keeper->lease_ms,
    };
    lease_renew_start(&keeper->renew);
}

void lease_keeper_start(struct lease_keeper *keeper)
{
    arena_init(&keeper->arena, 0);
    keeper->renew_timer.on_fire = on_renew_timer;
    keeper->lost_timer.on_fire = on_lost_timer;
    loop_timer_start(keeper->context->loop, &keeper->lost_timer, keeper->lease_ms);
    loop_timer_start(keeper->context->loop, &keeper->renew_timer, 0);
}

void lease_keeper_stop(struct lease_keeper *keeper)
{
    loop_timer_stop(&keeper->renew_timer);
    loop_timer_stop(&keeper->lost_timer);
}

void lease_keeper_done(struct lease_keeper *keeper)
{
    arena_done(&keeper->arena);
}
