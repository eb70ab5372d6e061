/*
 * Webhooks.
 *
 *     workspace -> endpoint by its path -> secret -> signature -> start -> run ended, parked, or
 *                      404                    401                          ANSWER_MS: 202
 *
 * What is wrong with a signature is never said: no secret, no header, another body, all are 401.
 */
#include "gateway/webhook.h"

#include "base/crypto.h"
#include "base/log.h"
#include "gateway/door_reader.h"
#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "gateway/payload.h"
#include "gateway/reply.h"
#include "gateway/signature.h"
#include "gateway/start.h"
#include "gateway/tenant.h"

#define ANSWER_MS 10000

struct webhook {
    struct request *request;
    struct text path;
    enum flow_target target;
    bool validates;
    struct door_get door;
    struct start start;
    struct watch watch;
};

/* What a provider names its delivery by; the first that is there. */
static const char *const delivery_headers[] = {"idempotency-key", "x-delivery-id",
                                               "x-github-delivery", "webhook-id"};

static void refuse_signature(struct webhook *hook)
{
    struct error err = {0};

    error_set(&err, E_BAD_SIGNATURE, "the request is not signed as this webhook asks");
    envelope_fail(hook->request, &err);
}

/* The answer */

static void write_accepted(struct webhook *hook, const struct run_record *run)
{
    struct request *request = hook->request;
    struct json_writer *writer = envelope_begin(request);
    bool dropped = hook->start.intake.admission.outcome == ADMIT_DROPPED;

    json_put_text(writer, "workflowId", hook->start.workflow_id);
    json_put_cstr(writer, "status", dropped ? "dropped" : status_run(run->status));
    envelope_ok_status(request, 202);
}

static void on_watched(struct watch *watch, const struct error *err)
{
    struct webhook *hook = CONTAINER_OF(watch, struct webhook, watch);

    if (err || !watch->get.found) {
        write_accepted(hook, &hook->start.run);
        return;
    }
    if (watch->get.run.status == RUN_COMPLETED &&
        reply_send(hook->request, watch->get.run.result)) {
        return;
    }
    write_accepted(hook, &watch->get.run);
}

static void free_watch(void *ptr)
{
    watch_done(ptr);
}

static void on_started(struct start *start, const struct error *err)
{
    struct webhook *hook = CONTAINER_OF(start, struct webhook, start);

    if (err) {
        envelope_fail(hook->request, err);
        return;
    }
    if (hook->validates) {
        struct json_writer *writer = envelope_begin(hook->request);

        json_put_bool(writer, "valid", true);
        json_put_text(writer, "flowSlug", start->name.slug);
        envelope_ok(hook->request);
        return;
    }
    if (hook->door.endpoint.respond_ack || start->intake.admission.outcome == ADMIT_DROPPED) {
        write_accepted(hook, &start->run);
        return;
    }
    hook->watch = (struct watch){.request = hook->request,
                                 .run = start->run.id,
                                 .wait_ms = ANSWER_MS,
                                 .is_new = hook->start.intake.admission.outcome == ADMITTED,
                                 .on_done = on_watched};
    arena_on_done(&hook->request->arena, free_watch, &hook->watch);
    watch_start(&hook->watch);
}

/* The start */

static void set_delivery_id(struct webhook *hook)
{
    struct request *request = hook->request;
    struct text id = TEXT_NONE;

    for (size_t i = 0; i < ARRAY_COUNT(delivery_headers) && !id.ptr; i++) {
        id = request_header(request, delivery_headers[i]);
    }
    if (!id.ptr || id.len == 0 || !text_is_utf8(id, NULL)) return;
    hook->start.idempotency_key = start_key(
        &request->arena, "webhook",
        arena_printf(&request->arena, TEXT_FMT ":" TEXT_FMT, TEXT_ARG(hook->path), TEXT_ARG(id)));
    crypto_sha256(request->body, hook->start.request_hash);
}

static void start(struct webhook *hook)
{
    struct request *request = hook->request;
    const struct endpoint *endpoint = &hook->door.endpoint;
    struct error err = {0};

    hook->start = (struct start){
        .request = request,
        .name = {.slug = endpoint->slug, .target = endpoint->target},
        .invocation = endpoint->invocation.len > 0 ? endpoint->invocation : TEXT_NONE,
        .input = payload_read_object(request, &err),
        .triggered_by = arena_printf(&request->arena, "webhook:" TEXT_FMT, TEXT_ARG(hook->path)),
        .check_only = hook->validates,
        .on_done = on_started,
    };
    if (!hook->start.input) {
        envelope_fail(request, &err);
        return;
    }
    set_delivery_id(hook);
    start_begin(&hook->start);
}

/* The signature */

static bool is_signed(const struct webhook *hook, struct text secret)
{
    struct request *request = hook->request;
    const struct endpoint *endpoint = &hook->door.endpoint;
    const char *name = NULL;

    if (endpoint->auth_header.len > 0) {
        name = arena_cstr(&request->arena, endpoint->auth_header);
    }
    if (text_equal(endpoint->auth_type, TEXT("hmac-sha256"))) {
        return signature_is_valid(secret, request->body,
                                  request_header(request, name ? name : "x-signature"),
                                  endpoint->auth_prefix);
    }
    if (!text_equal(endpoint->auth_type, TEXT("api-key"))) return false;
    struct text given = request_header(request, name ? name : "x-api-key");

    if (!given.ptr && endpoint->auth_query.len > 0) {
        given = request_query(request, arena_cstr(&request->arena, endpoint->auth_query));
    }
    return given.ptr && signature_same_key(secret, text_trim(given));
}

static bool check_signature(const struct webhook *hook)
{
    struct request *request = hook->request;
    struct text name = hook->door.endpoint.secret_name;
    struct buf value CLEANUP(buf_done) = {0};
    struct error problem = {0};

    if (name.len == 0) return false;
    if (!hook->door.sealed.ptr) {
        log_warn("gateway/webhook", "workspace " TEXT_FMT " has no secret " TEXT_FMT,
                 TEXT_ARG(request->workspace_name), TEXT_ARG(name));
        return false;
    }
    bool ok = vault_secret_open(request->data_key, name, hook->door.sealed, &value, &problem) &&
              is_signed(hook, buf_get(&value));

    if (value.ptr) crypto_wipe(value.ptr, value.len);
    if (problem.code != E_NONE) {
        log_write_error(LOG_ERROR, "gateway/webhook", "a secret could not be opened", &problem);
    }
    return ok;
}

/* The endpoint */

static void on_door(struct door_get *door, const struct error *err)
{
    struct webhook *hook = CONTAINER_OF(door, struct webhook, door);
    struct error problem = {0};

    if (err) {
        envelope_fail(hook->request, err);
        return;
    }
    if (!door->found || !door->endpoint.enabled) {
        error_set(&problem, E_NOT_FOUND, "no webhook listens at this path");
        error_hint(&problem, "Release the flow that declares it; see `weir triggers list`.");
        envelope_fail(hook->request, &problem);
        return;
    }
    if (hook->target == TARGET_LIVE && !check_signature(hook)) {
        refuse_signature(hook);
        return;
    }
    start(hook);
}

/* Whoever may post to a draft's door has a token, and signs nothing. */
static void find_door(struct request *request, enum flow_target target, bool validates)
{
    struct webhook *hook = ARENA_NEW(&request->arena, struct webhook);

    hook->request = request;
    hook->path = request_param(request, "path");
    hook->target = target;
    hook->validates = validates;
    hook->door = (struct door_get){
        .request = request, .target = target, .path = hook->path, .on_done = on_door};
    door_reader_start(request->gateway->door_reader, &hook->door);
}

static void find_live(struct request *request)
{
    find_door(request, TARGET_LIVE, false);
}

static void find_validated(struct request *request)
{
    find_door(request, TARGET_LIVE, true);
}

void webhook_live(struct request *request)
{
    tenant_load(request, request_param(request, "workspace"), find_live);
}

void webhook_draft(struct request *request)
{
    find_door(request, TARGET_DRAFT, false);
}

void webhook_validate(struct request *request)
{
    tenant_load(request, request->workspace_name, find_validated);
}
