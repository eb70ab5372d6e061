/*
 *     RESTING --timer--> READING --some are due--> ADMITTING --committed--> RESTING
 *        ^                 |  \------none fires----> MOVING --committed--/     ^
 *        \--none, error----/                                                  |
 *                                    \------------- error -------------------/
 *
 * Admission and the schedules' moves are one transaction. When its answer is lost, the next round
 * reads where the schedules stand; were they not moved, the same instants are admitted again, which
 * answers the runs that are there.
 *
 * A schedule that cannot be read here (a time zone that this machine's tzdata does not know) is
 * put off for an hour and fires then what its :catch-up says. So is one that the database refuses:
 * after a refused round schedules are taken one by one, until the one that is to blame stands
 * alone.
 */
#include "scheduler/firing.h"

#include "base/clock.h"
#include "base/log.h"
#include "scheduler/announce.h"

#include <inttypes.h>

#define WHERE       "scheduler/firing"
#define WHAT        "firing schedules"
#define INTERVAL_MS 1000
#define DUE_MAX     100
#define PUT_OFF_MS  3600000
#define TIMEOUT_MS  10000

static void rest(struct firing *firing, int64_t delay_ms)
{
    arena_reset(&firing->arena);
    if (firing->context->is_stopping) return;
    loop_timer_start(firing->context->loop, &firing->timer, delay_ms);
}

static struct storage_call call_for(struct firing *firing,
                                    void (*on_done)(struct storage_call *, const struct error *))
{
    return (struct storage_call){.storage = firing->context->storage,
                                 .arena = &firing->arena,
                                 .deadline_ms = TIMEOUT_MS,
                                 .on_done = on_done};
}

/* ---- moving on ---- */

/* More may be due: what the page did not hold, or further instants of one that catches up. */
static void finish(struct firing *firing, size_t moved)
{
    rest(firing, moved > 0 ? 0 : INTERVAL_MS);
}

static void on_advanced(struct storage_call *call, const struct error *err)
{
    struct schedule_advance *advance = CONTAINER_OF(call, struct schedule_advance, call);
    struct firing *firing = CONTAINER_OF(advance, struct firing, advance);

    scheduler_outage_note(&firing->outage, WHERE, WHAT, err);
    finish(firing, err ? 0 : advance->moved);
}

/* Moves the schedules without an admission. */
static void advance(struct firing *firing)
{
    firing->advance = (struct schedule_advance){
        .call = call_for(firing, on_advanced), .moves = firing->moves, .count = firing->due.count};
    schedule_record_advance_start(&firing->advance);
}

static void plan_move(struct firing *firing, size_t index, int64_t next_ms)
{
    const struct schedule *schedule = &firing->due.schedules[index];

    firing->moves[index] = (struct schedule_move){
        .workspace = schedule->workspace,
        .flow = schedule->flow,
        .target = schedule->target,
        .id = schedule->id,
        .nominal_ms = schedule->next_ms,
        .next_ms = next_ms,
    };
}

/* ---- admission ---- */

static void note_vain(const struct firing *firing)
{
    for (size_t i = 0; i < firing->batch.count; i++) {
        const struct admission *admission = &firing->batch.admissions[i];

        if (admission->outcome == ADMITTED || admission->outcome == ADMIT_EXISTING) continue;
        log_info(WHERE, "schedule of " TEXT_FMT " fired in vain, outcome %d",
                 TEXT_ARG(admission->slug), (int)admission->outcome);
    }
}

/* The database said no, and would say so again. */
static void on_refused(struct firing *firing, const struct error *err)
{
    if (!firing->is_careful) {
        firing->is_careful = true;
        rest(firing, 0);
        return;
    }
    const struct schedule *schedule = &firing->due.schedules[0];

    log_write_error(LOG_ERROR, WHERE, "a schedule is put off for an hour", err);
    log_info(WHERE, "it was " TEXT_FMT " of " TEXT_FMT, TEXT_ARG(schedule->id),
             TEXT_ARG(schedule->slug));
    plan_move(firing, 0, firing->due.now_ms + PUT_OFF_MS);
    advance(firing);
}

static void on_admitted(struct storage_call *call, const struct error *err)
{
    struct admission_batch *batch = CONTAINER_OF(call, struct admission_batch, call);
    struct firing *firing = CONTAINER_OF(batch, struct firing, batch);
    bool may_retry = call->group.may_retry || (err && error_class(err->code) != CLASS_INTERNAL &&
                                               error_class(err->code) != CLASS_CONFLICT);

    if (err && !may_retry && !firing->context->is_stopping) {
        on_refused(firing, err);
        return;
    }
    scheduler_outage_note(&firing->outage, WHERE, WHAT, err);
    if (err || firing->context->is_stopping) {
        rest(firing, INTERVAL_MS);
        return;
    }
    note_vain(firing);
    announce_admissions(firing->context->queue, batch);
    finish(firing, batch->moved);
}

static struct admission admission_of(struct firing *firing, const struct schedule *schedule,
                                     int64_t instant_ms)
{
    struct buf iso CLEANUP(buf_done) = {0};

    clock_format_iso(&iso, instant_ms);
    return (struct admission){
        .workspace = schedule->workspace,
        .slug = schedule->slug,
        .target = schedule->target,
        .run = id_uuid7(),
        .invocation = schedule->invocation,
        .triggered_by = TEXT("schedule"),
        .idempotency_key = arena_printf(&firing->arena, "schedule:" TEXT_FMT ":" TEXT_FMT,
                                        TEXT_ARG(schedule->id), TEXT_ARG(buf_get(&iso))),
        .input = schedule->input,
        .key = schedule->key,
        .limit = schedule->limit,
        .priority = schedule->priority,
        .on_new_version = schedule->on_new_version,
        .on_conflict = schedule->on_conflict,
    };
}

static void make_plan(const struct schedule *schedule, int64_t now_ms, struct firing_plan *out)
{
    struct error err = {0};

    if (firing_plan_make(schedule, now_ms, out, &err)) return;
    log_write_error(LOG_WARN, WHERE, "a schedule is put off for an hour", &err);
    *out = (struct firing_plan){.next_ms = now_ms + PUT_OFF_MS};
}

static void admit_all(struct firing *firing)
{
    const struct schedule_due *due = &firing->due;
    size_t count = 0;

    struct firing_plan *plans = ARENA_ARRAY(&firing->arena, due->count, struct firing_plan);

    firing->moves = ARENA_ARRAY(&firing->arena, due->count, struct schedule_move);
    for (size_t i = 0; i < due->count; i++) {
        make_plan(&due->schedules[i], due->now_ms, &plans[i]);
        plan_move(firing, i, plans[i].next_ms);
        count += plans[i].count;
    }
    if (count == 0) {
        advance(firing);
        return;
    }
    firing->batch = (struct admission_batch){
        .call = call_for(firing, on_admitted), .moves = firing->moves, .move_count = due->count};
    firing->batch.admissions = ARENA_ARRAY(&firing->arena, count, struct admission);
    for (size_t i = 0; i < due->count; i++) {
        const struct firing_plan *plan = &plans[i];

        for (size_t j = 0; j < plan->count; j++) {
            firing->batch.admissions[firing->batch.count++] =
                admission_of(firing, &due->schedules[i], plan->instants_ms[j]);
        }
    }
    admission_start(&firing->batch);
}

/* ---- reading ---- */

static void on_due(struct storage_call *call, const struct error *err)
{
    struct schedule_due *due = CONTAINER_OF(call, struct schedule_due, call);
    struct firing *firing = CONTAINER_OF(due, struct firing, due);

    scheduler_outage_note(&firing->outage, WHERE, WHAT, err);
    if (err || firing->context->is_stopping) {
        rest(firing, INTERVAL_MS);
    } else if (due->count == 0) {
        firing->is_careful = false;
        int64_t wait_ms = due->next_due_ms ? due->next_due_ms - due->now_ms : INTERVAL_MS;

        rest(firing, MIN(MAX(wait_ms, 1), INTERVAL_MS));
    } else {
        admit_all(firing);
    }
}

static void on_timer(struct loop_timer *timer)
{
    struct firing *firing = CONTAINER_OF(timer, struct firing, timer);

    firing->due = (struct schedule_due){.call = call_for(firing, on_due),
                                        .limit = firing->is_careful ? 1 : DUE_MAX};
    schedule_record_due_start(&firing->due);
}

void firing_start(struct firing *firing)
{
    arena_init(&firing->arena, 0);
    firing->timer.on_fire = on_timer;
    rest(firing, 0);
}

void firing_stop(struct firing *firing)
{
    loop_timer_stop(&firing->timer);
}

void firing_done(struct firing *firing)
{
    arena_done(&firing->arena);
}
