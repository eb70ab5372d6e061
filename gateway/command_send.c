/*
 * events.send: a named event from outside. Every run that waits for (name, key) goes on with its
 * payload; when none does, it is kept for a day for runs that were admitted before it came.
 */
#include "base/limits.h"
#include "flow/codec.h"
#include "gateway/command_handlers.h"
#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "gateway/postbox.h"
#include "gateway/repeat.h"
#include "storage/signal.h"

#define NAME_MAX_BYTES 256 /* of the name, the key and the id */

struct send_job {
    struct request *request;
    struct signal_event event;
};

static const char *outcome_name(enum signal_outcome outcome)
{
    switch (outcome) {
    case SIGNAL_RESOLVED: return "delivered";
    case SIGNAL_DUPLICATE: return "duplicate";
    default: return "kept";
    }
}

static void on_sent(struct storage_call *call, const struct error *err)
{
    struct send_job *job = CONTAINER_OF(call, struct send_job, event.call);
    struct request *request = job->request;

    if (repeat_answers(request, call)) return;
    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_put_text(writer, "name", job->event.name);
    json_put_text(writer, "key", job->event.key);
    json_put_cstr(writer, "status", outcome_name(job->event.outcome));
    json_put_int(writer, "delivered", (int64_t)job->event.woken_count);
    envelope_ok(request);
}

/* With an operation id: by itself. */
static void on_sent_alone(struct storage_call *call, const struct error *err)
{
    struct send_job *job = CONTAINER_OF(call, struct send_job, event.call);
    const struct signal_item item = {.event = &job->event};

    if (!err) postbox_tell(job->request->gateway->postbox, &item);
    on_sent(call, err);
}

static bool make_payload(const struct json *payload, struct buf *out, struct error *err)
{
    out->limit = LIMIT_STEP_RESULT;
    if (!payload) return codec_from_json(TEXT("{}"), true, out, err);
    codec_from_json_node(payload, true, out);
    if (!out->overflow) return true;
    return error_set(err, E_TOO_LARGE, "the payload is over %d bytes", LIMIT_STEP_RESULT);
}

void command_events_send(struct request *request)
{
    struct send_job *job = ARENA_NEW(&request->arena, struct send_job);
    struct buf payload CLEANUP(buf_done) = {0};
    struct error err = {0};
    struct text name = json_get_text(request->args, "name");
    struct text key = json_get_text(request->args, "key");
    struct text id = json_get_text(request->args, "id");

    if (name.len == 0 || name.len > NAME_MAX_BYTES || key.len > NAME_MAX_BYTES ||
        id.len > NAME_MAX_BYTES) {
        error_set(&err, E_INVALID_FIELD, "name, key and id of an event have at most %d bytes",
                  NAME_MAX_BYTES);
        envelope_fail(request, &err);
        return;
    }
    if (!make_payload(json_get(request->args, "payload"), &payload, &err)) {
        envelope_fail(request, &err);
        return;
    }
    bool alone = request->has_operation;

    job->request = request;
    job->event = (struct signal_event){
        .call = alone ? request_write(request, on_sent_alone) : request_read(request, on_sent),
        .name = name,
        .key = key.ptr ? key : TEXT(""),
        .by = request->principal,
        .dedupe = id,
        .payload = arena_text(&request->arena, buf_get(&payload)),
    };
    if (alone) {
        signal_event_start(&job->event);
    } else {
        postbox_put(request->gateway->postbox, (struct signal_item){.event = &job->event});
    }
}
