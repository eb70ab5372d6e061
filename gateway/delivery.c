/* Signals on their way in. */
#include "gateway/delivery.h"

#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "gateway/postbox.h"
#include "storage/wait_record.h"

static void on_delivered(struct storage_call *call, const struct error *err)
{
    struct delivery *delivery = CONTAINER_OF(call, struct delivery, signal.call);

    delivery->on_done(delivery, err);
}

/* With an operation id: by itself. */
static void on_delivered_alone(struct storage_call *call, const struct error *err)
{
    struct delivery *delivery = CONTAINER_OF(call, struct delivery, signal.call);
    const struct signal_item item = {.deliver = &delivery->signal};

    if (!err) postbox_tell(delivery->request->gateway->postbox, &item);
    delivery->on_done(delivery, err);
}

void delivery_start(struct delivery *delivery)
{
    struct request *request = delivery->request;
    bool alone = delivery->is_write && request->has_operation;

    delivery->signal = (struct signal_deliver){
        .call = alone ? request_write(request, on_delivered_alone)
                      : request_read(request, on_delivered),
        .wait_id = delivery->wait_id,
        .run = delivery->run,
        .address = delivery->address,
        .mode = (int)delivery->mode,
        .digest = delivery->digest,
        .action = delivery->action,
        .by = delivery->by,
        .dedupe = delivery->dedupe,
        .payload = delivery->payload,
    };
    if (alone) {
        signal_deliver_start(&delivery->signal);
    } else {
        postbox_put(request->gateway->postbox, (struct signal_item){.deliver = &delivery->signal});
    }
}

bool delivery_error(const struct delivery *delivery, struct error *err)
{
    const struct signal_deliver *signal = &delivery->signal;

    switch (signal->outcome) {
    case SIGNAL_RESOLVED:
    case SIGNAL_KEPT:
    case SIGNAL_DUPLICATE: return false;
    case SIGNAL_ALREADY_COMPLETED:
        error_set(err, E_ALREADY_COMPLETED, "the wait has been answered already%s" TEXT_FMT,
                  signal->out_by.len > 0 ? ", by " : "", TEXT_ARG(signal->out_by));
        return true;
    case SIGNAL_GONE:
        error_set(err, E_GONE, "the wait is over: it timed out, was cancelled, or its run ended");
        return true;
    case SIGNAL_STALE:
        error_set(err, E_APPROVAL_STALE, "what is asked is not what the digest says");
        return true;
    case SIGNAL_OTHER_KIND:
        error_set(err, E_CONFLICT, "the wait is not one for this kind of answer");
        error_hint(err, "Approve or reject approvals; complete callbacks.");
        return true;
    case SIGNAL_NONE: break;
    }
    error_set(err, E_NOT_FOUND, "there is no such wait");
    error_hint(err, "See `weir waits list`.");
    return true;
}

static void write_details(struct delivery *delivery)
{
    const struct signal_deliver *signal = &delivery->signal;
    struct json_writer *writer;

    if (signal->outcome != SIGNAL_ALREADY_COMPLETED) return;
    writer = envelope_details(delivery->request);
    json_put_text(writer, "action", signal->out_action);
    json_put_text(writer, "by", signal->out_by);
    json_put_time(writer, "at", signal->at_ms);
}

void delivery_answer(struct delivery *delivery)
{
    struct request *request = delivery->request;
    const struct signal_deliver *signal = &delivery->signal;
    char id[WAIT_RECORD_ID_SIZE];
    struct error err = {0};

    if (delivery_error(delivery, &err)) {
        write_details(delivery);
        envelope_fail(request, &err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    if (signal->out_address.len > 0) {
        wait_record_id(signal->out_run, signal->out_address, id);
        json_put_cstr(writer, "waitId", id);
    }
    json_put_cstr(writer, "status", signal->outcome == SIGNAL_KEPT ? "kept" : "resolved");
    if (signal->out_action.len > 0) json_put_text(writer, "action", signal->out_action);
    if (signal->out_by.len > 0) json_put_text(writer, "by", signal->out_by);
    json_put_bool(writer, "duplicate", signal->outcome == SIGNAL_DUPLICATE);
    envelope_ok_status(request, signal->outcome == SIGNAL_KEPT ? 202 : 200);
}
