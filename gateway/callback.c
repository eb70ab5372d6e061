/* Callbacks. Answers that come before their wait are kept for it; the same one twice is one. */
#include "gateway/callback.h"

#include "base/limits.h"
#include "flow/codec.h"
#include "gateway/delivery.h"
#include "gateway/envelope.h"
#include "gateway/payload.h"
#include "gateway/tenant.h"

#define DEDUPE_MAX 300

static void on_delivered(struct delivery *delivery, const struct error *err)
{
    if (err) {
        envelope_fail(delivery->request, err);
        return;
    }
    delivery_answer(delivery);
}

static bool encode_payload(struct request *request, struct text *out, struct error *err)
{
    const struct json *node = payload_read(request, err);
    struct buf encoded CLEANUP(buf_done) = {.limit = LIMIT_STEP_RESULT};

    if (!node) return false;
    codec_from_json_node(node, true, &encoded);
    if (encoded.overflow) {
        return error_set(err, E_TOO_LARGE, "the body is over %d bytes", LIMIT_STEP_RESULT);
    }
    *out = arena_text(&request->arena, buf_get(&encoded));
    return true;
}

static void deliver(struct request *request)
{
    struct delivery *delivery = ARENA_NEW(&request->arena, struct delivery);
    struct buf scratch CLEANUP(buf_done) = {0};
    struct text dedupe = request_header(request, "idempotency-key");
    struct text address;
    struct error err = {0};

    *delivery = (struct delivery){
        .request = request, .mode = WAIT_CALLBACK, .by = TEXT("callback"), .on_done = on_delivered};
    if (!vault_callback_check(request->wait_key, request->wait_key_version,
                              request_param(request, "token"), &scratch, &delivery->run,
                              &address) ||
        !text_is_utf8(address, NULL)) {
        error_set(&err, E_NOT_FOUND, "there is no such callback");
        error_hint(&err, "Use the whole URL that the flow handed out.");
        envelope_fail(request, &err);
        return;
    }
    delivery->address = arena_text(&request->arena, address);
    if (dedupe.len > 0 && dedupe.len <= DEDUPE_MAX && text_is_utf8(dedupe, NULL)) {
        delivery->dedupe = dedupe;
    }
    if (!encode_payload(request, &delivery->payload, &err)) {
        envelope_fail(request, &err);
        return;
    }
    delivery_start(delivery);
}

void callback_post(struct request *request)
{
    tenant_load(request, request_param(request, "workspace"), deliver);
}
