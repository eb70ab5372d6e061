/*
 * A call of flow/step: from its stop to its answer. The diagram stands in flight.h.
 */
#include "executor/flight.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/random.h"
#include "billing/usage.h"
#include "executor/run.h"
#include "flow/codec.h"

#define PAUSE_MAX_MS    1000
#define STEP_HEAP_BYTES (LIMIT_RUN_HEAP / 2)

static void on_attempt(struct step *step, const struct error *err);
static void on_pause_over(struct loop_timer *timer);

bool flight_is_value(enum vm_effect_kind kind)
{
    return kind == VM_EFFECT_NOW || kind == VM_EFFECT_UUID || kind == VM_EFFECT_RANDOM ||
           kind == VM_EFFECT_SLOT;
}

const struct step_type *flight_type(enum vm_effect_kind kind, struct text step_type)
{
    if (kind == VM_EFFECT_CALL) return &step_call_type;
    return kind == VM_EFFECT_STEP ? step_type_find(step_type) : NULL;
}

/* Which flights there are */

static void take_up(struct run *run, const struct vm_effect *effect)
{
    struct flight *flight = MEMORY_NEW(struct flight);

    flight->run = run;
    flight->effect = effect->id;
    flight->kind = effect->kind;
    flight->packaged = effect->packaged;
    flight->pause.on_fire = on_pause_over;
    arena_init(&flight->arena, 0);
    heap_init(&flight->step.heap, STEP_HEAP_BYTES);
    arena_init(&flight->step.arena, 0);
    flight->step.step_type = arena_text(&flight->arena, effect->step_type);
    flight->step.step_id = arena_text(&flight->arena, effect->step_id);
    flight->step.address = arena_text(&flight->arena, effect->address);
    list_push(&run->flights, &flight->node);
    run->last_effect = effect->id;
}

void flight_free(struct flight *flight)
{
    ASSERT(flight->state != FLIGHT_RUNNING);
    loop_timer_stop(&flight->pause);
    list_remove(&flight->node);
    list_remove(&flight->done);
    heap_done(&flight->step.heap);
    arena_done(&flight->step.arena);
    arena_done(&flight->arena);
    buf_done(&flight->step.output);
    buf_done(&flight->attempt_log);
    memory_free(flight);
}

struct flight *flight_find(const struct run *run, struct text address)
{
    list_each (flight, &run->flights, struct flight, node) {
        if (flight->is_cancelled || flight->kind == VM_EFFECT_CALLBACK ||
            flight->kind == VM_EFFECT_RESTART) {
            continue;
        }
        if (text_equal(flight->step.address, address)) return flight;
    }
    return NULL;
}

static struct flight_lost *make_lost(struct run *run, const struct flight *flight)
{
    struct flight_lost *lost = ARENA_NEW(&run->arena, struct flight_lost);

    lost->kind = flight->kind;
    lost->step_type = arena_text(&run->arena, flight->step.step_type);
    lost->step_id = arena_text(&run->arena, flight->step.step_id);
    lost->address = arena_text(&run->arena, flight->step.address);
    lost->is_interrupted = flight->is_interrupted;
    return lost;
}

static void ask_to_end(struct flight *flight)
{
    if (flight->is_ending) return;
    flight->is_ending = true;
    flight->step.type->cancel(&flight->step);
}

/* Its branch was cancelled. */
static void cancel(struct flight *flight)
{
    struct run *run = flight->run;

    if (flight->state == FLIGHT_RUNNING) {
        flight->is_cancelled = true;
        ask_to_end(flight);
        return;
    }
    if (!run->is_live || flight->state == FLIGHT_NEW) {
        struct flight_lost *lost = make_lost(run, flight);

        bool may_have_begun = flight->kind == VM_EFFECT_STEP || flight->kind == VM_EFFECT_CALL;

        if (run->is_live && may_have_begun) flight_record_lost(run, lost);
        if (!run->is_live) map_put(&run->lost, lost->address, lost);
    } else {
        flight_record_cancelled(flight);
    }
    flight_free(flight);
}

void flight_collect(struct run *run)
{
    const struct vm_effect *effect;
    int64_t cancelled = vm_cancelled_effects(run->vm);

    if (cancelled != run->cancelled_effects) {
        run->cancelled_effects = cancelled;
        list_each_safe (flight, &run->flights, struct flight, node) {
            if (!flight->is_cancelled && !vm_effect_find(run->vm, flight->effect)) cancel(flight);
        }
    }
    while ((effect = vm_effect_after(run->vm, run->last_effect))) {
        take_up(run, effect);
    }
}

bool flight_all_parked(const struct run *run)
{
    int64_t now_ms = clock_monotonic_ms();

    list_each (flight, &run->flights, struct flight, node) {
        bool later = flight->state == FLIGHT_PAUSED && flight->is_durable &&
                     flight->until_ms - now_ms >= PAUSE_MAX_MS;

        if (flight->state != FLIGHT_PARKED && !later) return false;
    }
    return !list_is_empty(&run->flights);
}

void flight_stop_timers(struct run *run)
{
    list_each (flight, &run->flights, struct flight, node)
        loop_timer_stop(&flight->pause);
}

void flight_cancel_all(struct run *run)
{
    list_each (flight, &run->flights, struct flight, node) {
        if (flight->state == FLIGHT_RUNNING) ask_to_end(flight);
    }
}

/* Outcomes */

/* The outcome is there; the run's turn hands it on. */
static void set_done(struct flight *flight, const struct error *err)
{
    flight->state = FLIGHT_DONE;
    flight->has_failed = err != NULL;
    if (err) flight->error = *err;
    list_push(&flight->run->done, &flight->done);
}

/* The VM goes on with what decoding the row would give. */
enum flight_answer flight_finish(struct flight *flight)
{
    struct run *run = flight->run;
    struct step *step = &flight->step;
    struct heap *heap = vm_heap(run->vm);
    struct error failure = {0};
    struct error thrown = {0};
    struct value value = value_nil();
    struct buf bytes = {0};
    int64_t effect = flight->effect;
    bool ok = true;

    if (!flight_settle(flight)) return FLIGHT_WAITS;
    bool throws = flight->has_failed && !step->options.skip_on_error;

    flight_record_outcome(flight);
    if (!flight->has_failed) {
        ok = codec_decode(heap, buf_get(&step->output), &value, &failure);
    } else if (throws) {
        flight_record_failure(flight, &flight->error, &bytes);
        ok = failure_decode(heap, buf_get(&bytes), &value, &thrown, &failure);
        buf_done(&bytes);
    }
    flight_free(flight);
    if (!ok) {
        run_fail(run, &failure, TEXT_NONE);
        return FLIGHT_LEFT;
    }
    if (throws) {
        vm_throw(run->vm, effect, &thrown, value);
    } else {
        vm_resume(run->vm, effect, value);
    }
    return FLIGHT_ANSWERED;
}

static enum flight_answer finish_with(struct flight *flight, const struct error *err)
{
    set_done(flight, err);
    return flight_finish(flight);
}

/* Begin */

static void pause_for(struct flight *flight, int64_t delay_ms, bool is_durable)
{
    flight->state = FLIGHT_PAUSED;
    flight->is_durable = is_durable;
    flight->until_ms = clock_monotonic_ms() + delay_ms;
    loop_timer_start(flight->run->worker->loop, &flight->pause, MAX(delay_ms, 0));
}

/* It is open in the database, since before. */
static void stay_parked(struct flight *flight, const struct wait_record *record)
{
    flight->opened = arena_text(&flight->arena, record->address);
    flight->has_wait = true;
    flight->started_ms = record->opened_ms;
    if (record->mode != WAIT_TIMER && record->mode != WAIT_RETRY) {
        bool may_start = flight->step.type->start && id_is_zero(record->child);

        flight->state = may_start ? FLIGHT_COMMIT : FLIGHT_PARKED;
        return;
    }
    pause_for(flight, record->deadline_ms - clock_wall_ms(), true);
}

static void open_wait(struct flight *flight, struct journal_wait *wait)
{
    if (usage_counts(flight->step.step_type)) wait->step_type = flight->step.step_type;
    run_commit_wait(flight->run, wait);
    flight->opened = wait->address;
    flight->has_wait = true;
    if (wait->mode == WAIT_TIMER || wait->mode == WAIT_RETRY) {
        pause_for(flight, wait->timeout_ms, true);
    } else {
        flight->state = flight->step.type->start ? FLIGHT_COMMIT : FLIGHT_PARKED;
    }
}

/* A wait, sleep or approval; or a child run. */
static enum flight_answer begin_wait(struct flight *flight)
{
    struct step *step = &flight->step;
    struct step_wait_plan *plan = &flight->plan;
    const struct wait_record *record = flight_record_wait(flight->run, step->address);
    struct error err = {0};

    if (!step->type->plan(step, plan, &err)) return finish_with(flight, &err);
    if (record && record->status != WAIT_OPEN) {
        flight_resolve(flight, record);
        return flight_finish(flight);
    }
    if (record) {
        stay_parked(flight, record);
        return FLIGHT_WAITS;
    }
    struct journal_wait opened = {
        .address = step->address,
        .step_id = step->step_id,
        .mode = plan->mode,
        .timeout_ms = plan->timeout_ms,
        .asked = plan->asked,
        .event_name = plan->event_name,
        .event_key = plan->event_key,
    };

    if (plan->has_digest) {
        opened.digest = (struct text){(const char *)plan->digest, sizeof(plan->digest)};
    }
    open_wait(flight, &opened);
    return FLIGHT_WAITS;
}

void flight_resolve(struct flight *flight, const struct wait_record *wait)
{
    struct step *step = &flight->step;
    struct error err = {0};
    bool ok = step->type->settle(step, wait, &err);

    loop_timer_stop(&flight->pause);
    flight->has_run = true;
    flight->has_wait = true;
    flight->opened = step->address;
    if (wait->opened_ms) flight->started_ms = wait->opened_ms;
    set_done(flight, ok ? NULL : &err);
}

static void take_retry(struct flight *flight, struct text address)
{
    flight->taken = arena_grow(&flight->arena, flight->taken, flight->taken_count,
                               &flight->taken_capacity, sizeof(*flight->taken));
    flight->taken[flight->taken_count++] = arena_text(&flight->arena, address);
}

static void intend(struct flight *flight)
{
    const struct step *step = &flight->step;

    run_commit_row(flight->run, &(struct journal_row){
                                    .kind = STEP_KIND_INTENT,
                                    .status = STEP_STARTED,
                                    .attempts = step->attempt,
                                    .started_ms = flight->started_ms,
                                    .address = step->address,
                                    .step_id = step->step_id,
                                    .step_type = step->step_type,
                                });
}

static void set_interrupted(struct error *err, const char *why)
{
    error_set(err, E_INTERRUPTED, "the step was under way when %s; it runs at most once", why);
    error_hint(err, "Look on the other side whether it was done.");
}

static enum flight_answer interrupted(struct flight *flight)
{
    struct error err = {0};

    flight->has_run = true;
    set_interrupted(&err, "its worker died");
    return finish_with(flight, &err);
}

enum flight_answer flight_begin(struct flight *flight)
{
    struct step *step = &flight->step;
    struct error err = {0};
    int64_t attempt;

    ASSERT(flight->state == FLIGHT_NEW);
    step->run = &flight->run->id;
    step->type = flight_type(flight->kind, step->step_type);
    step->attempt = 1;
    step->on_done = on_attempt;
    flight->started_ms = clock_wall_ms();
    bool ok = flight_config_read(flight, &err);

    if (flight->is_interrupted) {
        if (!ok) step->options = (struct step_options){0};
        return interrupted(flight);
    }
    if (!ok) return finish_with(flight, &err);
    if (step->type->plan) return begin_wait(flight);
    const struct wait_record *retry = flight_record_retry(flight->run, step->address, &attempt);

    if (retry) {
        step->attempt = (int)attempt;
        flight->has_run = true;
        buf_text(&flight->attempt_log, retry->asked);
        if (retry->status == WAIT_OPEN) {
            stay_parked(flight, retry);
            return FLIGHT_WAITS;
        }
        step->attempt++; // its time has come
        flight->started_ms = retry->opened_ms;
        take_retry(flight, retry->address);
    }
    flight->has_intent = step->options.at_most_once;
    if (flight->has_intent) intend(flight);
    flight->state = FLIGHT_COMMIT;
    return FLIGHT_WAITS;
}

/* Attempts */

/* Config and memory of a new attempt. */
static bool begin_attempt(struct step *step, struct error *err)
{
    heap_done(&step->heap);
    heap_init(&step->heap, STEP_HEAP_BYTES);
    arena_reset(&step->arena);
    step->failure = (struct step_failure){0};
    step->failure_body = step->failure_data = TEXT_NONE;
    step->refused = false;
    step->state = NULL;
    return codec_decode(&step->heap, step->config_bytes, &step->config, err) &&
           step->type->start(step, err);
}

static void start(struct flight *flight)
{
    struct error err = {0};

    if (begin_attempt(&flight->step, &err)) {
        flight->state = FLIGHT_RUNNING;
        flight->run->active_count++;
    } else {
        set_done(flight, &err);
    }
}

void flight_start_all(struct run *run, bool only_intended)
{
    list_each (flight, &run->flights, struct flight, node) {
        if (flight->state != FLIGHT_COMMIT || (only_intended && !flight->has_intent)) continue;
        start(flight);
    }
}

bool flight_start_pure(struct run *run)
{
    bool any = false;

    list_each (flight, &run->flights, struct flight, node) {
        if (flight->state != FLIGHT_COMMIT || flight->has_intent) continue;
        if (!flight->step.type->is_pure) continue;
        start(flight);
        any = true;
    }
    return any;
}

bool flight_has_intended(const struct run *run)
{
    list_each (flight, &run->flights, struct flight, node) {
        if (flight->state == FLIGHT_COMMIT && flight->has_intent) return true;
    }
    return false;
}

/* The attempt failed; another one comes after delay_ms. */
static void try_again(struct flight *flight, int64_t delay_ms)
{
    struct step *step = &flight->step;
    struct run *run = flight->run;

    if (delay_ms < PAUSE_MAX_MS) {
        pause_for(flight, delay_ms, false);
        return;
    }
    for (size_t i = 0; i < flight->taken_count; i++) {
        run_commit_consume(run, flight->taken[i]);
    }
    flight->taken_count = 0;
    open_wait(flight, &(struct journal_wait){
                          .address = arena_printf(&flight->arena, TEXT_FMT "~%d",
                                                  TEXT_ARG(step->address), step->attempt),
                          .step_id = step->step_id,
                          .mode = WAIT_RETRY,
                          .timeout_ms = delay_ms,
                          .asked = buf_get(&flight->attempt_log),
                      });
}

/* Looks at the attempt that has ended. False: the flight has no outcome yet, or is gone. */
bool flight_settle(struct flight *flight)
{
    struct run *run = flight->run;
    struct step *step = &flight->step;
    struct error *err = &flight->error;
    int64_t delay_ms;

    ASSERT(flight->state == FLIGHT_DONE);
    if (!flight->has_attempt) return true;
    flight->has_attempt = false;
    if (flight->is_cancelled) {
        flight_record_cancelled(flight);
        flight_free(flight);
        return false;
    }
    if (!flight->has_failed) return true;
    if (err->code == E_CANCELLED && step->options.at_most_once) {
        set_interrupted(&flight->error, "its server stopped"); // it has failed, whatever the reason
    } else if (err->code == E_CANCELLED && run->worker->stopping) {
        list_remove(&flight->done);
        flight->state = FLIGHT_COMMIT; // it runs again elsewhere, with the same key
        return false;
    }
    step->failure.code = err->code;
    if (!step->options.at_most_once &&
        step_options_retry(&step->options.retry, step->attempt, &step->failure, random_u64(),
                           &delay_ms)) {
        list_remove(&flight->done);
        flight_record_attempt(flight, err);
        try_again(flight, delay_ms);
        return false;
    }
    if (step->attempt > 1) flight_record_attempt(flight, err);
    return true;
}

static void on_attempt(struct step *step, const struct error *err)
{
    struct flight *flight = CONTAINER_OF(step, struct flight, step);
    struct run *run = flight->run;

    flight->has_run |= !step->refused;
    flight->is_ending = false;
    run->active_count--;
    if (!err && step->type->plan && !flight->is_cancelled) {
        flight->state = FLIGHT_PARKED; // it waits from here on
    } else {
        flight->has_attempt = true;
        set_done(flight, err); // what it means is for the run's turn: a commit may be under way
    }
    if (step->fenced) {
        run->worker->stats.fenced++;
        run_fenced(run);
    } else if (run->state == LIFE_LEAVING) {
        run_may_leave(run);
    } else {
        run_wake(run);
    }
}

static void on_pause_over(struct loop_timer *timer)
{
    struct flight *flight = CONTAINER_OF(timer, struct flight, pause);
    struct run *run = flight->run;
    struct step *step = &flight->step;

    ASSERT(flight->state == FLIGHT_PAUSED);
    if (step->type->plan) {
        flight_resolve(flight, &(struct wait_record){.mode = WAIT_TIMER, .status = WAIT_RESOLVED});
    } else {
        if (flight->has_wait) take_retry(flight, flight->opened);
        flight->has_wait = false;
        step->attempt++;
        flight->state = FLIGHT_COMMIT;
    }
    run_wake(run);
}
