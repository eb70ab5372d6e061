/*
 * Waits: waits.list, waits.get; and what resolves them: approve, reject, complete.
 *
 *     approve, reject:  the wait -> the verdict checked against what is asked -> delivery
 */
#include "base/crypto.h"
#include "base/parse.h"
#include "flow/codec.h"
#include "gateway/command_handlers.h"
#include "gateway/delivery.h"
#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "gateway/lookup.h"
#include "gateway/record.h"
#include "gateway/repeat.h"
#include "gateway/verdict.h"
#include "storage/wait_record.h"

#define LIST_DEFAULT 25
#define LIST_MAX     100 /* each comes with all that is asked */

struct waits_job {
    struct request *request;
    struct lookup lookup;
    struct wait_list list;
    enum wait_status wanted;
    bool all;
    struct wait_get get;
    struct delivery delivery;
    struct text action; /* of the verdict; absent: complete */
};

static struct waits_job *new_job(struct request *request)
{
    struct waits_job *job = ARENA_NEW(&request->arena, struct waits_job);

    job->request = request;
    return job;
}

/* waits.list */

static void on_list(struct storage_call *call, const struct error *err)
{
    struct waits_job *job = CONTAINER_OF(call, struct waits_job, list.call);
    struct request *request = job->request;
    const struct wait_list *list = &job->list;

    if (err && err->code == E_ARENA_BUDGET && job->list.limit > 1) {
        job->list.limit = MAX(job->list.limit / 4, 1); // the rest by cursor
        job->list.call = request_read(request, on_list);
        wait_record_list_start(&job->list);
        return;
    }
    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_write_key(writer, "waits");
    json_write_array(writer);
    for (size_t i = 0; i < list->count; i++) {
        if (job->all || list->waits[i].status == job->wanted) {
            record_wait(request, writer, &list->waits[i]);
        }
    }
    json_write_array_end(writer);
    bool has_more = list->has_more && list->count > 0;

    envelope_list(request, has_more ? arena_printf(&request->arena, "%lld",
                                                   (long long)list->waits[list->count - 1].number)
                                    : TEXT_NONE);
    if (list->count > 0) {
        envelope_next(request, "weir waits show " TEXT_FMT, TEXT_ARG(list->waits[0].id));
    }
    envelope_ok(request);
}

static void start_list(struct waits_job *job, struct uuid run)
{
    const struct json *args = job->request->args;
    int64_t after = 0;

    if (!parse_int64(json_get_text(args, "cursor"), &after)) after = 0;
    job->list = (struct wait_list){
        .call = request_read(job->request, on_list),
        .run = run,
        .slug = json_get_text(args, "flowSlug"),
        .after_number = after,
        .limit = (int)MAX(1, MIN(json_int(json_get(args, "limit"), LIST_DEFAULT), LIST_MAX)),
    };
    wait_record_list_start(&job->list);
}

static void on_list_looked_up(struct lookup *lookup, const struct error *err)
{
    struct waits_job *job = CONTAINER_OF(lookup, struct waits_job, lookup);

    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    start_list(job, lookup->run);
}

void command_waits_list(struct request *request)
{
    struct waits_job *job = new_job(request);
    struct text workflow_id = json_get_text(request->args, "workflowId");
    struct text status = json_get_text(request->args, "status");
    struct error err = {0};

    job->wanted = WAIT_OPEN;
    job->all = text_equal(status, TEXT("all"));
    if (status.ptr && !job->all && !status_wait_find(status, &job->wanted)) {
        error_set(&err, E_INVALID_FIELD,
                  "args.status is none of open, resolved, timed-out, "
                  "cancelled and all");
        envelope_fail(request, &err);
        return;
    }
    if (!workflow_id.ptr && (job->all || job->wanted != WAIT_OPEN)) {
        error_set(&err, E_INVALID_FIELD, "without args.workflowId only open waits are listed");
        error_hint(&err, "Name the run whose waits you look for.");
        envelope_fail(request, &err);
        return;
    }
    if (!workflow_id.ptr) {
        start_list(job, (struct uuid){{0}});
        return;
    }
    job->lookup = (struct lookup){
        .request = request, .workflow_id = workflow_id, .on_done = on_list_looked_up};
    lookup_start(&job->lookup);
}

/* waits.get */

static void no_wait(struct request *request)
{
    struct error err = {0};

    error_set(&err, E_NOT_FOUND, "there is no such wait");
    error_hint(&err, "See `weir waits list`.");
    envelope_fail(request, &err);
}

static void on_get(struct storage_call *call, const struct error *err)
{
    struct waits_job *job = CONTAINER_OF(call, struct waits_job, get.call);
    struct request *request = job->request;

    if (err) {
        envelope_fail(request, err);
        return;
    }
    if (!job->get.found) {
        no_wait(request);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_write_key(writer, "wait");
    record_wait(request, writer, &job->get.wait);
    if (job->get.wait.mode == WAIT_APPROVAL && job->get.wait.status == WAIT_OPEN) {
        envelope_next(request, "weir waits approve " TEXT_FMT, TEXT_ARG(job->get.wait.id));
        envelope_next(request, "weir waits reject " TEXT_FMT, TEXT_ARG(job->get.wait.id));
    }
    envelope_ok(request);
}

static void get_wait(struct waits_job *job,
                     void (*on_done)(struct storage_call *call, const struct error *err))
{
    job->get = (struct wait_get){.call = request_read(job->request, on_done),
                                 .id = json_get_text(job->request->args, "waitId")};
    wait_record_get_start(&job->get);
}

void command_waits_get(struct request *request)
{
    get_wait(new_job(request), on_get);
}

/* waits.approve, waits.reject, waits.complete */

static void on_delivered(struct delivery *delivery, const struct error *err)
{
    struct request *request = delivery->request;

    if (repeat_answers(request, &delivery->signal.call)) return;
    if (err) {
        envelope_fail(request, err);
        return;
    }
    delivery_answer(delivery);
}

static bool read_digest(struct waits_job *job, struct text *out, struct error *err)
{
    struct text given = json_get_text(job->request->args, "digest");
    struct buf bytes CLEANUP(buf_done) = {0};

    *out = TEXT_NONE;
    if (!given.ptr) return true;
    if (!crypto_unhex(&bytes, given)) {
        return error_set(err, E_INVALID_FIELD, "args.digest is not hexadecimal");
    }
    *out = arena_text(&job->request->arena, buf_get(&bytes));
    return true;
}

/* The payload that the command's arguments make. */
static bool make_payload(struct waits_job *job, struct buf *out, struct error *err)
{
    struct request *request = job->request;
    const struct json *args = request->args;
    const struct json *asked = record_decode(&request->arena, job->get.wait.asked);

    if (job->action.ptr) {
        struct verdict verdict = {.action = job->action,
                                  .note = json_get_text(args, "note"),
                                  .values = json_get(args, "values")};

        return verdict_encode(json_get(asked, "approval"), &verdict, out, err);
    }
    const struct json *payload = json_get(args, "payload");

    out->limit = LIMIT_STEP_RESULT;
    if (!payload) return codec_from_json(TEXT("{}"), true, out, err);
    codec_from_json_node(payload, true, out);
    if (!out->overflow) return true;
    return error_set(err, E_TOO_LARGE, "the payload is over %d bytes", LIMIT_STEP_RESULT);
}

static void deliver(struct waits_job *job)
{
    struct request *request = job->request;
    const struct wait_record *wait = &job->get.wait;
    struct buf payload CLEANUP(buf_done) = {0};
    struct error err = {0};

    job->delivery = (struct delivery){
        .request = request,
        .wait_id = wait->id,
        .mode = job->action.ptr ? WAIT_APPROVAL : wait->mode,
        .action = job->action,
        .by = request->principal,
        .is_write = true,
        .on_done = on_delivered,
    };
    if (!read_digest(job, &job->delivery.digest, &err) || !make_payload(job, &payload, &err)) {
        envelope_fail(request, &err);
        return;
    }
    job->delivery.payload = arena_text(&request->arena, buf_get(&payload));
    delivery_start(&job->delivery);
}

static void on_wait_to_resolve(struct storage_call *call, const struct error *err)
{
    struct waits_job *job = CONTAINER_OF(call, struct waits_job, get.call);
    struct request *request = job->request;
    struct error problem = {0};

    if (err) {
        envelope_fail(request, err);
        return;
    }
    if (!job->get.found) {
        no_wait(request);
        return;
    }
    if (!job->action.ptr && job->get.wait.mode == WAIT_APPROVAL) {
        error_set(&problem, E_CONFLICT, "the wait is an approval");
        error_hint(&problem, "Approve or reject it.");
        envelope_fail(request, &problem);
        return;
    }
    deliver(job);
}

static void resolve(struct request *request, struct text action)
{
    struct waits_job *job = new_job(request);

    job->action = action;
    get_wait(job, on_wait_to_resolve);
}

void command_waits_approve(struct request *request)
{
    resolve(request, TEXT("approve"));
}

void command_waits_reject(struct request *request)
{
    resolve(request, TEXT("reject"));
}

void command_waits_complete(struct request *request)
{
    resolve(request, TEXT_NONE);
}
