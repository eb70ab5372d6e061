/* Reading and cancelling runs: runs.list, runs.get, runs.cancel. */
#include "base/parse.h"
#include "gateway/command_handlers.h"
#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "gateway/lookup.h"
#include "gateway/record.h"
#include "gateway/repeat.h"
#include "gateway/run_reader.h"
#include "gateway/watch.h"
#include "gateway/workflow_id.h"
#include "scheduler/announce.h"

#define LIST_DEFAULT   20
#define LIST_FULL      200
#define STEPS_DEFAULT  100
#define STEPS_FULL     1000
#define STEPS_PAYLOADS 100 /* rows with inputs and outputs in one answer */

struct runs_job {
    struct request *request;
    struct lookup lookup;
    struct run_get get;
    struct watch watch;
    struct run_record run;
    struct run_tree children;

    union {
        struct run_list list;
        struct run_steps steps;
        struct run_cancel cancel;
    };
};

static struct runs_job *new_job(struct request *request)
{
    struct runs_job *job = ARENA_NEW(&request->arena, struct runs_job);

    job->request = request;
    return job;
}

static bool flag(const struct request *request, const char *name)
{
    return json_bool(json_get(request->args, name), false);
}

/* runs.list */

static void on_list(struct storage_call *call, const struct error *err)
{
    struct runs_job *job = CONTAINER_OF(call, struct runs_job, list.call);
    struct request *request = job->request;
    char cursor[UUID_TEXT_SIZE];

    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_write_key(writer, "runs");
    json_write_array(writer);
    for (size_t i = 0; i < job->list.count; i++) {
        record_run(request, writer, &job->list.runs[i], false);
    }
    json_write_array_end(writer);
    if (job->list.has_more && job->list.count > 0) {
        id_format(job->list.runs[job->list.count - 1].id, cursor);
        envelope_list(request, arena_text(&request->arena, text_from(cursor)));
    } else {
        envelope_list(request, TEXT_NONE);
    }
    envelope_ok(request);
}

/* "failed", or several with commas. */
static bool read_statuses(struct text source, uint32_t *out, struct error *err)
{
    *out = 0;
    while (source.ptr) {
        struct text name = text_trim(text_cut(&source, ','));
        enum run_status status;

        if (name.len == 0 || text_equal(name, TEXT("all"))) continue;
        if (!status_run_find(name, &status)) {
            error_set(err, E_INVALID_FIELD, "there is no status " TEXT_FMT,
                      TEXT_ARG(text_slice(name, 0, 40)));
            return error_hint(err, "It is one of queued, running, waiting, completed, failed, "
                                   "cancelled, terminated, timed-out.");
        }
        *out |= 1U << status;
    }
    return true;
}

void command_runs_list(struct request *request)
{
    struct runs_job *job = new_job(request);
    const struct json *args = request->args;
    struct text cursor = json_get_text(args, "cursor");
    struct error err = {0};
    int64_t limit =
        json_int(json_get(args, "limit"), flag(request, "full") ? LIST_FULL : LIST_DEFAULT);

    job->list = (struct run_list){
        .call = request_read(request, on_list),
        .slug = json_get_text(args, "flowSlug"),
        .version_number = (int)MAX(0, MIN(json_int(json_get(args, "version"), 0), INT32_MAX)),
        .limit = (int)MAX(1, MIN(limit, LIMIT_LIST)),
    };
    if (json_get_text(args, "query").len > 0) {
        error_set(&err, E_NOT_SUPPORTED, "this server does not search runs by args.query");
        error_hint(&err, "Use status, flowSlug and version.");
        envelope_fail(request, &err);
        return;
    }
    if (!read_statuses(json_get_text(args, "status"), &job->list.statuses, &err)) {
        envelope_fail(request, &err);
        return;
    }
    if (cursor.ptr && !id_parse(cursor, &job->list.before)) {
        error_set(&err, E_INVALID_FIELD, "args.cursor is not one that runs.list gave");
        envelope_fail(request, &err);
        return;
    }
    run_record_list_start(&job->list);
}

/* runs.get: the run, found by its number -> waiting for it, if asked -> its children, if any -> its
 * steps. A short id ("r34") is looked up before. */

static void answer_run(struct runs_job *job, const struct run_steps *steps)
{
    struct request *request = job->request;
    struct json_writer *writer = envelope_begin(request);
    struct text id = workflow_id_format(&request->arena, job->run.slug, request->workspace_name,
                                        job->run.number);

    json_write_key(writer, "run");
    json_write_object(writer);
    record_run_members(request, writer, &job->run,
                       flag(request, "includeResult") || flag(request, "full"));
    record_children(request, writer, &job->children);
    if (steps) {
        json_write_key(writer, "steps");
        json_write_array(writer);
        for (size_t i = 0; i < steps->count; i++) {
            const struct step_record *step = &steps->steps[i];

            if (step->kind != STEP_KIND_STEP && step->kind != STEP_KIND_WAIT) continue;
            record_step(writer, job->run.id, step, !steps->without_payloads);
        }
        json_write_array_end(writer);
        json_put_bool(writer, "hasMoreSteps", steps->has_more);
        if (steps->has_more && steps->count > 0) {
            json_put_int(writer, "nextStepSequence", steps->steps[steps->count - 1].sequence + 1);
        }
    }
    json_write_object_end(writer);
    if (job->run.continued_to > 0) {
        envelope_next(request, "weir runs show " TEXT_FMT " --wait",
                      TEXT_ARG(workflow_id_format(&request->arena, job->run.slug,
                                                  request->workspace_name, job->run.continued_to)));
    } else if (job->run.status == RUN_WAITING) {
        envelope_next(request, "weir waits list --workflow " TEXT_FMT, TEXT_ARG(id));
    } else if (!status_run_ended(job->run.status)) {
        envelope_next(request, "weir runs show " TEXT_FMT " --wait", TEXT_ARG(id));
    }
    envelope_ok(request);
}

static void on_steps(struct storage_call *call, const struct error *err)
{
    struct runs_job *job = CONTAINER_OF(call, struct runs_job, steps.call);

    if (err && err->code == E_ARENA_BUDGET && job->steps.limit > 1) {
        job->steps.limit /= 4; // large payloads: fewer of them, the rest by cursor
        job->steps.limit = MAX(job->steps.limit, 1);
        job->steps.call = request_read(job->request, on_steps);
        run_record_steps_start(&job->steps);
        return;
    }
    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    answer_run(job, &job->steps);
}

static void ask_steps(struct runs_job *job)
{
    struct request *request = job->request;
    const struct json *args = request->args;
    bool full = flag(request, "full");
    bool payloads = flag(request, "includeStepResults");
    int64_t limit = json_int(json_get(args, "limit"), full ? STEPS_FULL : STEPS_DEFAULT);
    int64_t from = 1;

    if (payloads) limit = MIN(limit, STEPS_PAYLOADS);
    if (!parse_int64(json_get_text(args, "cursor"), &from)) from = 1;
    job->steps = (struct run_steps){
        .call = request_read(request, on_steps),
        .id = job->run.id,
        .from_sequence = (int)MAX(1, MIN(from, INT32_MAX)),
        .limit = (int)MAX(1, MIN(limit, LIMIT_LIST)),
        .step_id = json_get_text(args, "stepId"),
        .without_payloads = !payloads && !full,
    };
    run_record_steps_start(&job->steps);
}

static void no_run(struct request *request)
{
    struct error err = {0};

    error_set(&err, E_NOT_FOUND, "there is no run " TEXT_FMT,
              TEXT_ARG(text_slice(json_get_text(request->args, "workflowId"), 0, 200)));
    error_hint(&err, "See `weir runs list`.");
    envelope_fail(request, &err);
}

/* The run and its children are known. */
static void go_on(struct runs_job *job)
{
    struct request *request = job->request;

    if (flag(request, "includeSteps") || flag(request, "includeStepResults") ||
        flag(request, "full") || json_get_text(request->args, "stepId").ptr) {
        ask_steps(job);
        return;
    }
    answer_run(job, NULL);
}

static void on_children(struct storage_call *call, const struct error *err)
{
    struct runs_job *job = CONTAINER_OF(call, struct runs_job, children.call);

    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    go_on(job);
}

static void have_run(struct runs_job *job, const struct run_get *get)
{
    struct request *request = job->request;

    if (!get->found) {
        no_run(request);
        return;
    }
    job->run = get->run;
    if (!job->run.has_children) {
        go_on(job);
        return;
    }
    job->children =
        (struct run_tree){.call = request_read(request, on_children), .id = job->run.id};
    run_tree_start(&job->children);
}

static void on_watched(struct watch *watch, const struct error *err)
{
    struct runs_job *job = CONTAINER_OF(watch, struct runs_job, watch);

    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    job->request->meta.timed_out = watch->timed_out;
    have_run(job, &watch->get);
}

static void free_watch(void *ptr)
{
    watch_done(ptr);
}

static void wait_for(struct runs_job *job, struct uuid run, int64_t wait_ms)
{
    struct request *request = job->request;

    job->watch =
        (struct watch){.request = request, .run = run, .wait_ms = wait_ms, .on_done = on_watched};
    arena_on_done(&request->arena, free_watch, &job->watch);
    watch_start(&job->watch);
}

static int64_t wait_ms_of(const struct request *request)
{
    return MAX(0, json_int(json_get(request->args, "waitMs"), 0));
}

static void on_run(struct storage_call *call, const struct error *err)
{
    struct runs_job *job = CONTAINER_OF(call, struct runs_job, get.call);
    struct request *request = job->request;
    int64_t wait_ms = wait_ms_of(request);

    if (err) {
        envelope_fail(request, err);
    } else if (wait_ms > 0 && job->get.found && !watch_is_over(&job->get.run)) {
        wait_for(job, job->get.run.id, wait_ms);
    } else {
        have_run(job, &job->get);
    }
}

static void on_looked_up(struct lookup *lookup, const struct error *err)
{
    struct runs_job *job = CONTAINER_OF(lookup, struct runs_job, lookup);

    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    wait_for(job, lookup->run, wait_ms_of(job->request));
}

static void look_up(struct runs_job *job,
                    void (*on_done)(struct lookup *lookup, const struct error *err))
{
    job->lookup = (struct lookup){.request = job->request,
                                  .workflow_id = json_get_text(job->request->args, "workflowId"),
                                  .on_done = on_done};
    lookup_start(&job->lookup);
}

void command_runs_get(struct request *request)
{
    struct runs_job *job = new_job(request);
    struct text id = json_get_text(request->args, "workflowId");

    job->get = (struct run_get){.call = request_read(request, on_run)};
    if (!workflow_id_parse(id, request->workspace_name, &job->get.slug, &job->get.number) ||
        !job->get.slug.ptr) {
        look_up(job, on_looked_up);
        return;
    }
    run_reader_start(request->gateway->run_reader, &job->get);
}

/* runs.cancel */

static void on_cancelled(struct storage_call *call, const struct error *err)
{
    struct runs_job *job = CONTAINER_OF(call, struct runs_job, cancel.call);
    struct request *request = job->request;
    const struct run_cancel *cancel = &job->cancel;
    struct queue *queue = request->gateway->queue;
    struct error problem = {0};

    if (repeat_answers(request, call)) return;
    if (err) {
        envelope_fail(request, err);
        return;
    }
    if (cancel->outcome == RUN_CANCEL_NONE) {
        no_run(request);
        return;
    }
    if (cancel->outcome == RUN_CANCEL_OVER) {
        error_set(&problem, E_ALREADY_COMPLETED, "the run has ended already: %s",
                  status_run(cancel->status));
        error_hint(&problem, "There is nothing to cancel.");
        envelope_fail(request, &problem);
        return;
    }
    if (queue) announce_cancel(queue, request->workspace, cancel);
    struct json_writer *writer = envelope_begin(request);
    struct text id =
        workflow_id_format(&request->arena, cancel->slug, request->workspace_name, cancel->number);

    json_put_text(writer, "workflowId", id);
    json_put_cstr(writer, "status", status_run(cancel->status));
    json_put_bool(writer, "cancelRequested", true);
    json_put_bool(writer, "ended", cancel->outcome == RUN_CANCEL_ENDED);
    envelope_next(request, "weir runs show " TEXT_FMT " --wait", TEXT_ARG(id));
    envelope_ok(request);
}

static void on_cancel_looked_up(struct lookup *lookup, const struct error *err)
{
    struct runs_job *job = CONTAINER_OF(lookup, struct runs_job, lookup);
    struct request *request = job->request;

    if (err) {
        envelope_fail(request, err);
        return;
    }
    job->cancel = (struct run_cancel){
        .call = request_write(request, on_cancelled),
        .id = lookup->run,
        .reason = json_get_text(request->args, "reason"),
        .by = request->principal,
        .force = flag(request, "force"),
    };
    run_record_cancel_start(&job->cancel);
}

void command_runs_cancel(struct request *request)
{
    look_up(new_job(request), on_cancel_looked_up);
}
