/* Launching: starting, and waiting if that is asked. */
#include "gateway/launch.h"

#include "gateway/envelope.h"
#include "gateway/record.h"

static void on_started(struct start *start, const struct error *err);

void launch_begin(struct launch *launch)
{
    launch->start.on_done = on_started;
    start_begin(&launch->start);
}

static void write_answer(struct launch *launch, const struct run_record *run, bool with_result)
{
    struct request *request = launch->start.request;
    const struct admission *admission = &launch->start.intake.admission;
    struct json_writer *writer = envelope_begin(request);
    bool dropped = admission->outcome == ADMIT_DROPPED;

    json_put_text(writer, "workflowId", launch->start.workflow_id);
    json_put_cstr(writer, "status", dropped ? "dropped" : status_run(run->status));
    json_put_cstr(writer, "concurrencyDecision", status_decision(admission->decision));
    if (launch->start.concurrency_key.ptr) {
        json_put_text(writer, "concurrencyKey", launch->start.concurrency_key);
    }
    json_put_bool(writer, "existing", admission->outcome == ADMIT_EXISTING);
    if (!dropped) {
        json_write_key(writer, "run");
        record_run(request, writer, run, with_result);
    }
    envelope_next(request, "weir runs show " TEXT_FMT " --wait",
                  TEXT_ARG(launch->start.workflow_id));
    if (run->status == RUN_WAITING) {
        envelope_next(request, "weir waits list --workflow " TEXT_FMT,
                      TEXT_ARG(launch->start.workflow_id));
    }
    envelope_ok(request);
}

static void on_watched(struct watch *watch, const struct error *err)
{
    struct launch *launch = CONTAINER_OF(watch, struct launch, watch);

    // The run is durable, so whatever reading it again says, the start is answered.
    if (err || !watch->get.found) {
        write_answer(launch, &launch->start.run, false);
        return;
    }
    launch->start.request->meta.timed_out = watch->timed_out;
    struct run_record run = watch->get.run;

    write_answer(launch, &run, true);
}

static void free_watch(void *ptr)
{
    watch_done(ptr);
}

static void on_started(struct start *start, const struct error *err)
{
    struct launch *launch = CONTAINER_OF(start, struct launch, start);

    if (err) {
        envelope_fail(start->request, err);
        return;
    }
    if (launch->wait_ms <= 0 || start->intake.admission.outcome == ADMIT_DROPPED) {
        write_answer(launch, &start->run, false);
        return;
    }
    launch->watch = (struct watch){.request = start->request,
                                   .run = start->run.id,
                                   .wait_ms = launch->wait_ms,
                                   .is_new = launch->start.intake.admission.outcome == ADMITTED,
                                   .on_done = on_watched};
    arena_on_done(&start->request->arena, free_watch, &launch->watch);
    watch_start(&launch->watch);
}
