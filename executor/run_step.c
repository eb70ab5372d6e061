/*
 * A step of a run: from the call in the body to its row in the journal.
 *
 *     begin ─ refused ──────────────────────────────────────────────▶ row (not counted)
 *       ├─ acts:  (commit) ─▶ attempt ─ ok ─────────────────────────▶ row
 *       │                       └ failed ─ again soon ─▶ PAUSE ─▶ attempt
 *       │                                └ again later ─▶ parks; the next activation goes on
 *       │                                └ not again ───────────────▶ row
 *       └─ waits: has its outcome ──────────────────────────────────▶ row
 *                 a short sleep ─▶ commit ─▶ PAUSE ─────────────────▶ row
 *                 else parks
 *
 * Attempts that only paused in memory are forgotten in a crash; those that parked are in the
 * retry's wait, whose address is the step's with "~" and the number of the failed attempt.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/parse.h"
#include "base/random.h"
#include "billing/usage.h"
#include "executor/run.h"
#include "flow/codec.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/string.h"
#include "storage/vault.h"

#define PAUSE_MAX_MS    1000
#define STEP_HEAP_BYTES (LIMIT_RUN_HEAP / 2)

static void on_attempt(struct step *step, const struct error *err);
static void on_pause_over(struct loop_timer *timer);

void run_step_done(struct run *run)
{
    if (!run->has_step) return;
    loop_timer_stop(&run->pause);
    heap_done(&run->step.heap);
    arena_done(&run->step.arena);
    arena_done(&run->step_arena);
    buf_done(&run->step.output);
    buf_done(&run->attempt_log);
    run->has_step = false;
}

static struct text recorded_input(struct run *run)
{
    struct text config = run->step.config_bytes;

    if (!config.ptr) return TEXT_NONE;
    char *copy = arena_copy(&run->step_arena, config.ptr, config.len);

    vault_callback_hide(run->id.id, copy, config.len);
    return (struct text){copy, config.len};
}

static bool is_wait(const struct run *run)
{
    return run->step.type && run->step.type->plan;
}

static void journal(struct run *run, enum step_status status, struct text output, struct text error)
{
    const struct step *step = &run->step;
    bool waits = is_wait(run);

    run_commit_row(run,
                   &(struct journal_row){
                       .kind = waits ? STEP_KIND_WAIT : STEP_KIND_STEP,
                       .status = status,
                       .billed = run->has_run && usage_counts(step->step_type),
                       .attempts = MAX(step->attempt, 1),
                       .queue_ms = run->queue_ms,
                       .started_ms = run->step_started_ms,
                       .completed_ms = clock_wall_ms(),
                       .address = step->address,
                       .step_id = step->step_id,
                       .step_type = step->step_type,
                       .input = recorded_input(run),
                       .output = output,
                       .error = error,
                       .attempt_log = run->attempt_log.len ? buf_get(&run->attempt_log) : TEXT_NONE,
                   });
    run->queue_ms = 0;
    run->wait_count = 0; // of the step that ended; the body is behind all of them
}

static void encode_failure(struct run *run, const struct error *err, struct buf *out)
{
    const struct step *step = &run->step;

    failure_encode(&(struct failure){.error = *err,
                                     .step_id = step->step_id,
                                     .address = step->address,
                                     .attempt = run->has_run ? step->attempt : 0,
                                     .status = step->failure.status,
                                     .body = step->failure_body,
                                     .data = step->failure_data},
                   out);
}

/* The step has ended, err NULL: well. The VM goes on with what decoding its row would give. */
static bool finish(struct run *run, const struct error *err)
{
    struct step *step = &run->step;
    struct heap *heap = vm_heap(run->vm);
    struct error failure = {0};
    struct error thrown = {0};
    struct value value = value_nil();
    struct buf bytes = {0};
    bool ok = true;

    if (!err) {
        journal(run, STEP_COMPLETED, buf_get(&step->output), TEXT_NONE);
        ok = codec_decode(heap, buf_get(&step->output), &value, &failure);
    } else {
        bool skips = step->options.skip_on_error;
        enum step_status status = skips                    ? STEP_SKIPPED
                                  : err->code == E_TIMEOUT ? STEP_TIMED_OUT
                                                           : STEP_FAILED;

        encode_failure(run, err, &bytes);
        journal(run, status, TEXT_NONE, buf_get(&bytes));
        if (!skips) ok = failure_decode(heap, buf_get(&bytes), &value, &thrown, &failure);
    }
    bool throws = err && !step->options.skip_on_error;

    buf_done(&bytes);
    run_step_done(run);
    if (!ok) {
        run_fail(run, &failure, TEXT_NONE);
        return false;
    }
    if (throws) {
        vm_throw(run->vm, &thrown, value);
    } else {
        vm_resume(run->vm, value);
    }
    return true;
}

/* Makes the step of the effect at which the VM stands. */
static void prepare(struct run *run)
{
    const struct vm_effect *effect = vm_effect(run->vm);
    struct step *step = &run->step;

    ASSERT(!run->has_step);
    *step = (struct step){
        .run = &run->id,
        .type = step_type_find(effect->step_type),
        .step_type = effect->step_type,
        .step_id = effect->step_id,
        .address = effect->address,
        .attempt = 1,
        .on_done = on_attempt,
    };
    heap_init(&step->heap, STEP_HEAP_BYTES);
    arena_init(&step->arena, 0);
    arena_init(&run->step_arena, 0);
    run->attempt_log = (struct buf){0};
    run->has_step = true;
    run->has_run = false;
    run->step_started_ms = clock_wall_ms();
    run->pause_until_ms = 0;
    run->pause.on_fire = on_pause_over;
}

static bool read_config(struct run *run, struct error *err)
{
    struct step *step = &run->step;
    struct buf bytes = {.limit = LIMIT_STEP_RESULT};
    bool ok = codec_encode(vm_effect(run->vm)->config, &bytes, err);

    if (bytes.overflow) {
        ok = error_set(err, E_LIMIT, "the config of the step is larger than %d KB",
                       LIMIT_STEP_RESULT / 1024);
    }
    if (ok) step->config_bytes = arena_text(&run->step_arena, buf_get(&bytes));
    buf_done(&bytes);
    if (!ok) return false;
    if (!step->type) {
        return error_set(err, E_NOT_SUPPORTED, "this server does not run :" TEXT_FMT " steps",
                         TEXT_ARG(step->step_type));
    }
    return codec_decode(&step->heap, step->config_bytes, &step->config, err) &&
           step_options_read(step->config, &step->options, err);
}

static const struct wait_record *find_wait(const struct run *run, struct text address)
{
    for (size_t i = 0; i < run->wait_count; i++) {
        if (text_equal(run->waits[i].address, address)) return &run->waits[i];
    }
    return NULL;
}

/* The retry of this step that was parked last; NULL: none. */
static const struct wait_record *find_retry(const struct run *run, int64_t *out_attempt)
{
    const struct wait_record *found = NULL;
    struct text address = run->step.address;

    *out_attempt = 0;
    for (size_t i = 0; i < run->wait_count; i++) {
        const struct wait_record *wait = &run->waits[i];
        int64_t attempt;

        if (wait->mode != WAIT_RETRY || !text_starts_with(wait->address, address) ||
            wait->address.len <= address.len || wait->address.ptr[address.len] != '~' ||
            !parse_int64(text_slice(wait->address, address.len + 1, wait->address.len), &attempt) ||
            attempt <= *out_attempt) {
            continue;
        }
        found = wait;
        *out_attempt = attempt;
    }
    return found;
}

static void park_again(struct run *run)
{
    run_commit_start(run, JOURNAL_PARKS, RUN_THEN_OVER, NULL);
}

/* A wait, sleep or approval. */
static bool wait(struct run *run)
{
    struct step *step = &run->step;
    struct step_wait_plan *plan = &run->plan;
    const struct wait_record *record = find_wait(run, step->address);
    struct error err = {0};

    if (!step->type->plan(step, plan, &err)) return finish(run, &err);
    if (record && record->status == WAIT_OPEN) {
        park_again(run);
        return false;
    }
    if (record) {
        bool ok = step->type->settle(step, record, &err);

        run->has_run = true;
        run->step_started_ms = record->opened_ms;
        run_commit_consume(run, step->address);
        return finish(run, ok ? NULL : &err);
    }
    struct journal_wait opened = {
        .address = step->address,
        .step_id = step->step_id,
        .mode = plan->mode,
        .timeout_ms = plan->timeout_ms,
        .asked = plan->asked,
        .event_name = plan->event_name,
        .event_key = plan->event_key,
        .step_type = usage_counts(step->step_type) ? step->step_type : TEXT_NONE,
    };
    bool is_short = plan->mode == WAIT_TIMER && plan->timeout_ms < PAUSE_MAX_MS;

    if (plan->has_digest) {
        opened.digest = (struct text){(const char *)plan->digest, sizeof(plan->digest)};
    }
    if (is_short) {
        run_commit_start(run, JOURNAL_GOES_ON, RUN_THEN_PAUSE, &opened);
    } else {
        run_commit_start(run, JOURNAL_PARKS, RUN_THEN_OVER, &opened);
    }
    return false;
}

bool run_step_begin(struct run *run)
{
    struct step *step = &run->step;
    struct error err = {0};
    int64_t attempt;

    prepare(run);
    if (!read_config(run, &err)) return finish(run, &err);
    if (step->type->plan) return wait(run);
    const struct wait_record *retry = find_retry(run, &attempt);

    if (retry && retry->status == WAIT_OPEN) {
        park_again(run);
        return false;
    }
    if (retry) { // its time has come
        step->attempt = (int)attempt + 1;
        run->has_run = true;
        run->step_started_ms = retry->opened_ms;
        buf_text(&run->attempt_log, retry->asked);
        run_commit_consume(run, retry->address);
    }
    if (step->options.at_most_once) {
        run_commit_row(run, &(struct journal_row){
                                .kind = STEP_KIND_INTENT,
                                .status = STEP_STARTED,
                                .attempts = step->attempt,
                                .started_ms = run->step_started_ms,
                                .address = step->address,
                                .step_id = step->step_id,
                                .step_type = step->step_type,
                            });
    }
    if (run->row_count > 0) {
        run_commit_start(run, JOURNAL_GOES_ON, RUN_THEN_ACT, NULL);
    } else {
        run_step_act(run);
    }
    return false;
}

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

void run_step_act(struct run *run)
{
    struct error err = {0};
    // The intent of a step that runs at most once is on record: given back now it would end as
    // interrupted, although it has not begun.
    bool has_time =
        run->step.options.at_most_once && loop_timer_is_running(&run->worker->stop_timer);

    if (run->worker->stopping && !has_time) {
        run_give_back(run);
        return;
    }
    if (!begin_attempt(&run->step, &err)) {
        if (finish(run, &err)) run_proceed(run);
        return;
    }
    run_enter(run, LIFE_STEP);
}

/* Adds the failed attempt to the log that people see. */
static void log_attempt(struct run *run, const struct error *err)
{
    struct step *step = &run->step;
    struct heap heap;
    struct value list = pvec_empty();
    struct value entry = pmap_empty();
    struct error ignored;
    const char *class = error_class_name(error_class(err->code));

    heap_init(&heap, STEP_HEAP_BYTES);
    if (run->attempt_log.len > 0 &&
        (!codec_decode(&heap, buf_get(&run->attempt_log), &list, &ignored) ||
         list.type != VALUE_VECTOR)) {
        list = pvec_empty();
    }
    entry = pmap_put_named(&heap, entry, "attempt", value_int(step->attempt));
    entry = pmap_put_named(&heap, entry, "class", keyword_new(&heap, TEXT_NONE, text_from(class)));
    entry = pmap_put_named(&heap, entry, "code",
                           keyword_new(&heap, TEXT_NONE, text_from(error_wire(err->code))));
    entry =
        pmap_put_named(&heap, entry, "message", string_from_utf8(&heap, text_from(err->message)));
    entry = pmap_put_named(&heap, entry, "at", value_int(clock_wall_ms()));
    if (step->failure.status > 0) {
        entry = pmap_put_named(&heap, entry, "status", value_int(step->failure.status));
    }
    list = pvec_conj(&heap, list, entry);
    buf_reset(&run->attempt_log);
    bool ok = codec_encode(list, &run->attempt_log, &ignored);

    ASSERT(ok);
    heap_done(&heap);
}

/* The attempt failed; another one comes after delay_ms. */
static void try_again(struct run *run, int64_t delay_ms)
{
    struct step *step = &run->step;

    if (delay_ms < PAUSE_MAX_MS) {
        step->attempt++;
        run->pause_until_ms = clock_monotonic_ms() + delay_ms;
        run_enter(run, LIFE_PAUSE);
        loop_timer_start(run->worker->loop, &run->pause, delay_ms);
        return;
    }
    struct journal_wait retry = {
        .address =
            arena_printf(&run->step_arena, TEXT_FMT "~%d", TEXT_ARG(step->address), step->attempt),
        .step_id = step->step_id,
        .mode = WAIT_RETRY,
        .timeout_ms = delay_ms,
        .asked = buf_get(&run->attempt_log),
        .step_type = usage_counts(step->step_type) ? step->step_type : TEXT_NONE,
    };

    run->plan.timeout_ms = delay_ms;
    run_commit_start(run, JOURNAL_PARKS, RUN_THEN_OVER, &retry);
}

static void set_interrupted(struct error *err, const char *why)
{
    error_set(err, E_INTERRUPTED, "the step was under way when %s; it runs at most once", why);
    error_hint(err, "Look on the other side whether it was done.");
}

static void on_attempt(struct step *step, const struct error *err)
{
    struct run *run = CONTAINER_OF(step, struct run, step);
    bool was_cancelled = err && err->code == E_CANCELLED;
    struct error interrupted = {0};
    int64_t delay_ms;

    run->has_run |= !step->refused;
    run_enter(run, LIFE_READY);
    if (step->fenced) {
        run->worker->stats.fenced++;
        run_drop(run, false);
        return;
    }
    if (was_cancelled && step->options.at_most_once) { // it has failed, whatever the reason
        was_cancelled = false;
        if (!run->cancel_hint) {
            set_interrupted(&interrupted, "its server stopped");
            err = &interrupted;
        }
    }
    if (was_cancelled && run->cancel_hint) {
        run_commit_start(run, JOURNAL_GOES_ON, RUN_THEN_ACT, NULL); // which tells whether it is so
        return;
    }
    if (was_cancelled && run->worker->stopping) {
        run_give_back(run); // it runs again elsewhere, with the same key
        return;
    }
    if (err) {
        step->failure.code = err->code;
        if (!step->options.at_most_once &&
            step_options_retry(&step->options.retry, step->attempt, &step->failure, random_u64(),
                               &delay_ms)) {
            log_attempt(run, err);
            try_again(run, delay_ms);
            return;
        }
        if (step->attempt > 1) log_attempt(run, err);
    }
    if (finish(run, err)) run_proceed(run);
}

void run_step_pause(struct run *run)
{
    int64_t now_ms = clock_monotonic_ms();

    if (run->pause_until_ms == 0) run->pause_until_ms = now_ms + run->plan.timeout_ms;
    run_enter(run, LIFE_PAUSE);
    loop_timer_start(run->worker->loop, &run->pause, run->pause_until_ms - now_ms);
}

static void on_pause_over(struct loop_timer *timer)
{
    struct run *run = CONTAINER_OF(timer, struct run, pause);
    struct error err = {0};

    run_enter(run, LIFE_READY);
    if (!is_wait(run)) {
        run_step_act(run);
        return;
    }
    struct wait_record fired = {.mode = WAIT_TIMER, .status = WAIT_RESOLVED};
    bool ok = run->step.type->settle(&run->step, &fired, &err);

    run->has_run = true;
    run_commit_consume(run, run->step.address);
    if (finish(run, ok ? NULL : &err)) run_proceed(run);
}

void run_step_cancel(struct run *run)
{
    run->step.type->cancel(&run->step);
}

bool run_step_interrupted(struct run *run)
{
    struct error err = {0};
    struct error ignored = {0};

    prepare(run);
    if (!read_config(run, &ignored)) run->step.options = (struct step_options){0};
    run->has_run = true;
    set_interrupted(&err, "its worker died");
    return finish(run, &err);
}

void run_step_journal_cancelled(struct run *run)
{
    struct error err = {0};
    struct buf bytes = {0};

    if (!run->has_step || !run->has_run) return;
    error_set(&err, E_CANCELLED, "the run was cancelled");
    encode_failure(run, &err, &bytes);
    journal(run, STEP_CANCELLED, TEXT_NONE, buf_get(&bytes));
    buf_done(&bytes);
}
