/*
 * runs.events: what happened in a run, derived from its journal and its waits. An event's id is
 * sequence.k, k counting the events of one journal row, so that a list goes on where it ended.
 *
 *     lookup -> run -> waits that are not in the journal yet -> journal rows
 */
#include "base/parse.h"
#include "gateway/command_handlers.h"
#include "gateway/envelope.h"
#include "gateway/lookup.h"
#include "gateway/record.h"
#include "storage/run_record.h"
#include "storage/wait_record.h"

#define EVENTS_DEFAULT 100

struct events_job {
    struct request *request;
    struct lookup lookup;
    struct run_get get;
    struct wait_list waits;
    struct run_steps steps;
};

/* status: of the step when the event happened. */
static void write_event(struct json_writer *writer, struct text id, const char *type, int64_t at_ms,
                        const struct step_record *step, enum step_status status)
{
    json_write_object(writer);
    json_put_text(writer, "id", id);
    json_put_cstr(writer, "type", type);
    json_put_time(writer, "at", at_ms);
    if (step) {
        json_put_text(writer, "stepId", step->step_id);
        json_put_text(writer, "stepType", step->step_type);
        json_put_text(writer, "address", step->address);
        json_put_cstr(writer, "status", status_step(status));
        json_put_int(writer, "attempt", step->attempts);
    }
    json_write_object_end(writer);
}

static const char *step_event(enum step_status status)
{
    switch (status) {
    case STEP_COMPLETED: return "step_completed";
    case STEP_CANCELLED: return "step_cancelled";
    case STEP_SKIPPED: return "step_skipped";
    default: return "step_failed";
    }
}

/* A journal row: that it began, that it was tried again, how it ended. */
static void write_row(struct request *request, struct json_writer *writer,
                      const struct step_record *step)
{
    struct arena *arena = &request->arena;
    bool wait = step->kind == STEP_KIND_WAIT;
    int64_t ended_ms = step->completed_ms > 0 ? step->completed_ms : step->committed_ms;
    int64_t began_ms = step->started_ms > 0 ? step->started_ms : ended_ms;
    int number = 1;

    if (step->kind != STEP_KIND_STEP && !wait) return;
    write_event(writer, arena_printf(arena, "%d.%d", step->sequence, number++),
                wait ? "wait_registered" : "step_started", began_ms, step, STEP_STARTED);
    if (!wait && step->attempts > 1) {
        write_event(writer, arena_printf(arena, "%d.%d", step->sequence, number++), "step_retrying",
                    ended_ms, step, STEP_STARTED);
    }
    write_event(writer, arena_printf(arena, "%d.%d", step->sequence, number),
                wait ? "wait_resolved" : step_event(step->status), ended_ms, step, step->status);
}

/* A wait that is open, or whose outcome the run has not seen yet. */
static void write_wait(struct request *request, struct json_writer *writer,
                       const struct wait_record *wait)
{
    const struct step_record step = {
        .step_id = wait->step_id,
        .step_type = TEXT("wait"),
        .address = wait->address,
        .attempts = 1,
    };

    if (wait->consumed) return;
    write_event(writer, arena_printf(&request->arena, "w%lld.1", (long long)wait->number),
                "wait_registered", wait->opened_ms, &step, STEP_STARTED);
    if (wait->status == WAIT_OPEN) return;
    write_event(writer, arena_printf(&request->arena, "w%lld.2", (long long)wait->number),
                "wait_resolved", wait->resolved_ms, &step, STEP_COMPLETED);
}

static const char *run_event(enum run_status status)
{
    switch (status) {
    case RUN_COMPLETED: return "run_completed";
    case RUN_FAILED: return "run_failed";
    case RUN_CANCELLED: return "run_cancelled";
    case RUN_TERMINATED: return "run_terminated";
    case RUN_TIMED_OUT: return "run_timed_out";
    default: return NULL;
    }
}

static void answer(struct events_job *job)
{
    struct request *request = job->request;
    const struct run_record *run = &job->get.run;
    const struct run_steps *steps = &job->steps;
    struct json_writer *writer = envelope_begin(request);
    int64_t began_ms = run->started_ms > 0 ? run->started_ms : run->created_ms;

    json_put_text(writer, "workflowId", job->lookup.workflow_id);
    json_put_cstr(writer, "status", status_run(run->status));
    json_write_key(writer, "events");
    json_write_array(writer);
    if (steps->from_sequence <= 1) {
        write_event(writer, TEXT("0.1"), "run_started", began_ms, NULL, 0);
    }
    for (size_t i = 0; i < steps->count; i++) {
        write_row(request, writer, &steps->steps[i]);
    }
    if (!steps->has_more) {
        for (size_t i = 0; i < job->waits.count; i++) {
            write_wait(request, writer, &job->waits.waits[i]);
        }
        if (run_event(run->status)) {
            write_event(writer, TEXT("end"), run_event(run->status), run->completed_ms, NULL, 0);
        }
    }
    json_write_array_end(writer);
    bool has_more = steps->has_more && steps->count > 0;

    envelope_list(request, has_more ? arena_printf(&request->arena, "%d",
                                                   steps->steps[steps->count - 1].sequence + 1)
                                    : TEXT_NONE);
    envelope_ok(request);
}

static void on_steps(struct storage_call *call, const struct error *err)
{
    struct events_job *job = CONTAINER_OF(call, struct events_job, steps.call);

    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    answer(job);
}

static void on_waits(struct storage_call *call, const struct error *err)
{
    struct events_job *job = CONTAINER_OF(call, struct events_job, waits.call);
    const struct json *args = job->request->args;
    int64_t from = 1;

    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    if (!parse_int64(json_get_text(args, "cursor"), &from)) from = 1;
    job->steps = (struct run_steps){
        .call = request_read(job->request, on_steps),
        .id = job->lookup.run,
        .from_sequence = (int)MAX(1, MIN(from, INT32_MAX)),
        .limit = (int)MAX(1, MIN(json_int(json_get(args, "limit"), EVENTS_DEFAULT), LIMIT_LIST)),
        .without_payloads = true,
    };
    run_record_steps_start(&job->steps);
}

static void on_run(struct storage_call *call, const struct error *err)
{
    struct events_job *job = CONTAINER_OF(call, struct events_job, get.call);
    struct error problem = {0};

    if (!err && !job->get.found) {
        error_set(&problem, E_NOT_FOUND, "there is no such run");
        err = &problem;
    }
    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    job->waits = (struct wait_list){
        .call = request_read(job->request, on_waits), .run = job->lookup.run, .limit = LIMIT_LIST};
    wait_record_list_start(&job->waits);
}

static void on_looked_up(struct lookup *lookup, const struct error *err)
{
    struct events_job *job = CONTAINER_OF(lookup, struct events_job, lookup);

    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    job->get = (struct run_get){.call = request_read(job->request, on_run), .id = job->lookup.run};
    run_record_get_start(&job->get);
}

void command_runs_events(struct request *request)
{
    struct events_job *job = ARENA_NEW(&request->arena, struct events_job);

    job->request = request;
    job->lookup = (struct lookup){.request = request,
                                  .workflow_id = json_get_text(request->args, "workflowId"),
                                  .on_done = on_looked_up};
    lookup_start(&job->lookup);
}
