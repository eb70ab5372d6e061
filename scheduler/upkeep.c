/*
 *     RESTING --timer, the chore that is due first--> WORKING --answered--> RESTING
 *
 * Each chore is one transaction that any number of servers may run: what one has done, the next
 * finds done.
 */
#include "scheduler/upkeep.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#define TIMEOUT_MS 60000
#define AGAIN_MS   1000 /* there is more of it */
#define RETRY_MS   60000
#define CLEAN_ROWS 1000
#define SPREAD_MS  5000 /* servers that start together */

static const struct {
    const char *what;
    int64_t every_ms;
} chores[UPKEEP_CHORES] = {
    [UPKEEP_ROLLUP] = {"rolling usage up", 60000},
    [UPKEEP_CLEAN] = {"cleaning up", 3600000},
    [UPKEEP_RETENTION] = {"dropping old journals", 86400000},
};

static enum upkeep_chore first_due(const struct upkeep *upkeep)
{
    enum upkeep_chore first = UPKEEP_ROLLUP;

    for (enum upkeep_chore chore = UPKEEP_ROLLUP; chore < UPKEEP_CHORES; chore++) {
        if (upkeep->due_ms[chore] < upkeep->due_ms[first]) first = chore;
    }
    return first;
}

static void rest(struct upkeep *upkeep)
{
    if (upkeep->context->is_stopping) return;
    upkeep->chore = first_due(upkeep);
    loop_timer_start(upkeep->context->loop, &upkeep->timer,
                     upkeep->due_ms[upkeep->chore] - clock_monotonic_ms());
}

static void finish(struct upkeep *upkeep, bool has_more, const struct error *err)
{
    enum upkeep_chore chore = upkeep->chore;
    int64_t delay_ms = has_more ? AGAIN_MS : chores[chore].every_ms;

    scheduler_outage_note(&upkeep->outages[chore], "scheduler/upkeep", chores[chore].what, err);
    if (err) delay_ms = RETRY_MS;
    upkeep->due_ms[chore] = clock_monotonic_ms() + delay_ms;
    arena_reset(&upkeep->arena);
    rest(upkeep);
}

static void on_rollup(struct storage_call *call, const struct error *err)
{
    struct ledger_rollup *rollup = CONTAINER_OF(call, struct ledger_rollup, call);

    finish(CONTAINER_OF(rollup, struct upkeep, rollup), false, err);
}

static void on_clean(struct storage_call *call, const struct error *err)
{
    struct sweep_clean *clean = CONTAINER_OF(call, struct sweep_clean, call);
    struct upkeep *upkeep = CONTAINER_OF(clean, struct upkeep, clean);

    if (!err && clean->partitions_made > 0) {
        log_info("scheduler/upkeep", "made %d partitions", clean->partitions_made);
    }
    finish(upkeep, !err && clean->deleted > 0, err);
}

static void on_retention(struct storage_call *call, const struct error *err)
{
    struct sweep_retention *retention = CONTAINER_OF(call, struct sweep_retention, call);

    if (!err && retention->partitions_dropped > 0) {
        log_info("scheduler/upkeep", "dropped %d old partitions", retention->partitions_dropped);
    }
    finish(CONTAINER_OF(retention, struct upkeep, retention), false, err);
}

static struct storage_call call_for(struct upkeep *upkeep,
                                    void (*on_done)(struct storage_call *, const struct error *))
{
    return (struct storage_call){.storage = upkeep->context->storage,
                                 .arena = &upkeep->arena,
                                 .deadline_ms = TIMEOUT_MS,
                                 .on_done = on_done};
}

static void on_timer(struct loop_timer *timer)
{
    struct upkeep *upkeep = CONTAINER_OF(timer, struct upkeep, timer);

    switch (upkeep->chore) {
    case UPKEEP_ROLLUP:
        upkeep->rollup = (struct ledger_rollup){.call = call_for(upkeep, on_rollup)};
        ledger_rollup_start(&upkeep->rollup);
        break;
    case UPKEEP_CLEAN:
        upkeep->clean =
            (struct sweep_clean){.call = call_for(upkeep, on_clean), .limit = CLEAN_ROWS};
        sweep_clean_start(&upkeep->clean);
        break;
    case UPKEEP_RETENTION:
        upkeep->retention = (struct sweep_retention){.call = call_for(upkeep, on_retention),
                                                     .days = upkeep->retention_days};
        sweep_retention_start(&upkeep->retention);
        break;
    case UPKEEP_CHORES: break;
    }
}

void upkeep_start(struct upkeep *upkeep)
{
    int64_t soon_ms = clock_monotonic_ms() + (int64_t)random_below(SPREAD_MS);

    arena_init(&upkeep->arena, 0);
    upkeep->timer.on_fire = on_timer;
    upkeep->due_ms[UPKEEP_ROLLUP] = soon_ms + chores[UPKEEP_ROLLUP].every_ms;
    upkeep->due_ms[UPKEEP_CLEAN] = soon_ms;
    upkeep->due_ms[UPKEEP_RETENTION] = upkeep->retention_days > 0 ? soon_ms : INT64_MAX;
    rest(upkeep);
}

void upkeep_stop(struct upkeep *upkeep)
{
    loop_timer_stop(&upkeep->timer);
}

void upkeep_done(struct upkeep *upkeep)
{
    arena_done(&upkeep->arena);
}
