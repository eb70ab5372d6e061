/*
 * What the journal says of a call: its row, the failure in it, the log of its attempts; and which
 * waits of the database belong to it.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/parse.h"
#include "billing/usage.h"
#include "executor/run.h"
#include "flow/codec.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/string.h"
#include "storage/vault.h"

#define ATTEMPT_HEAP_BYTES (LIMIT_RUN_HEAP / 2)

static struct text recorded_input(struct flight *flight)
{
    struct text config = flight->step.config_bytes;

    if (!config.ptr) return TEXT_NONE;
    char *copy = arena_copy(&flight->arena, config.ptr, config.len);

    vault_callback_hide(flight->run->id.id, copy, config.len);
    return (struct text){copy, config.len};
}

static bool waits(const struct step *step)
{
    return step->type && step->type->plan;
}

static void record(struct flight *flight, enum step_status status, struct text output,
                   struct text error)
{
    struct run *run = flight->run;
    const struct step *step = &flight->step;
    struct text log = flight->attempt_log.len ? buf_get(&flight->attempt_log) : TEXT_NONE;

    for (size_t i = 0; i < flight->taken_count; i++) {
        run_commit_consume(run, flight->taken[i]);
    }
    if (flight->has_wait) run_commit_consume(run, flight->opened);
    flight->taken_count = 0;
    flight->has_wait = false;
    run_commit_row(run, &(struct journal_row){
                            .kind = waits(step) ? STEP_KIND_WAIT : STEP_KIND_STEP,
                            .status = status,
                            .billed = flight->has_run && usage_counts(step->step_type),
                            .attempts = MAX(step->attempt, 1),
                            .queue_ms = run->queue_ms,
                            .started_ms = flight->started_ms,
                            .completed_ms = clock_wall_ms(),
                            .address = step->address,
                            .step_id = step->step_id,
                            .step_type = step->step_type,
                            .input = recorded_input(flight),
                            .output = output,
                            .error = error,
                            .attempt_log = log,
                        });
    run->queue_ms = 0;
}

void flight_record_failure(const struct flight *flight, const struct error *err, struct buf *out)
{
    const struct step *step = &flight->step;

    failure_encode(&(struct failure){.error = *err,
                                     .step_id = step->step_id,
                                     .address = step->address,
                                     .attempt = flight->has_run ? step->attempt : 0,
                                     .status = step->failure.status,
                                     .run = step->failure_run,
                                     .body = step->failure_body,
                                     .data = step->failure_data},
                   out);
}

void flight_record_outcome(struct flight *flight)
{
    const struct step *step = &flight->step;
    struct buf bytes = {0};

    if (!flight->has_failed) {
        record(flight, STEP_COMPLETED, buf_get(&step->output), TEXT_NONE);
        return;
    }
    enum step_status status = step->options.skip_on_error       ? STEP_SKIPPED
                              : flight->error.code == E_TIMEOUT ? STEP_TIMED_OUT
                                                                : STEP_FAILED;

    flight_record_failure(flight, &flight->error, &bytes);
    record(flight, status, TEXT_NONE, buf_get(&bytes));
    buf_done(&bytes);
}

void flight_record_cancelled(struct flight *flight)
{
    struct error err = {0};
    struct buf bytes = {0};

    if (!flight->has_run && !flight->has_wait && !flight->has_intent) return;
    flight->has_run |= flight->has_wait; // a sleep has begun; a wait is not counted anyway
    error_set(&err, E_CANCELLED, "the step was cancelled");
    flight_record_failure(flight, &err, &bytes);
    record(flight, STEP_CANCELLED, TEXT_NONE, buf_get(&bytes));
    buf_done(&bytes);
}

void flight_record_lost(struct run *run, const struct flight_lost *lost)
{
    struct flight flight = {
        .run = run,
        .step = {.type = flight_type(lost->kind, lost->step_type),
                 .step_type = lost->step_type,
                 .step_id = lost->step_id,
                 .address = lost->address},
        .has_run = lost->is_interrupted,
        .opened = lost->address,
    };
    const struct wait_record *wait = flight_record_wait(run, lost->address);
    int64_t attempt;
    const struct wait_record *retry = flight_record_retry(run, lost->address, &attempt);

    arena_init(&flight.arena, 0);
    flight.has_wait = wait != NULL;
    if (wait) flight.started_ms = wait->opened_ms;
    if (retry) {
        flight.has_run = flight.has_wait = true;
        flight.opened = retry->address;
        flight.step.attempt = (int)attempt;
        flight.started_ms = retry->opened_ms;
    }
    flight_record_cancelled(&flight);
    arena_done(&flight.arena);
}

void flight_record_attempt(struct flight *flight, const struct error *err)
{
    struct step *step = &flight->step;
    struct heap heap;
    struct value list = pvec_empty();
    struct value entry = pmap_empty();
    struct error ignored;
    const char *class = error_class_name(error_class(err->code));

    heap_init(&heap, ATTEMPT_HEAP_BYTES);
    if (flight->attempt_log.len > 0 &&
        (!codec_decode(&heap, buf_get(&flight->attempt_log), &list, &ignored) ||
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
    buf_reset(&flight->attempt_log);
    bool ok = codec_encode(list, &flight->attempt_log, &ignored);

    ASSERT(ok);
    heap_done(&heap);
}

const struct wait_record *flight_record_wait(const struct run *run, struct text address)
{
    for (size_t i = 0; i < run->wait_count; i++) {
        if (text_equal(run->waits[i].address, address)) return &run->waits[i];
    }
    return NULL;
}

const struct wait_record *flight_record_retry(const struct run *run, struct text address,
                                              int64_t *out_attempt)
{
    const struct wait_record *found = NULL;

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
