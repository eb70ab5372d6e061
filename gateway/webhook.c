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
#include "gateway/envelope.h"
#include "gateway/payload.h"
#include "gateway/reply.h"
#include "gateway/signature.h"
#include "gateway/start.h"
#include "gateway/tenant.h"
#include "storage/endpoint.h"
#include "storage/secret_store.h"

#define ANSWER_MS 10000

struct webhook {
    struct request *request;
    struct text path;
    enum flow_target target;
    bool needs_signature, validates;
    struct endpoint_find find;
    struct secret_get secret;
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
    if (hook->find.endpoint.respond_ack || start->intake.admission.outcome == ADMIT_DROPPED) {
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
    const struct endpoint *endpoint = &hook->find.endpoint;
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
    const struct endpoint *endpoint = &hook->find.endpoint;
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

static void on_secret(struct storage_call *call, const struct error *err)
{
    struct webhook *hook = CONTAINER_OF(call, struct webhook, secret.call);
    struct buf value CLEANUP(buf_done) = {0};
    struct error problem = {0};

    if (err) {
        envelope_fail(hook->request, err);
        return;
    }
    if (!hook->secret.found) {
        log_warn("gateway/webhook", "workspace " TEXT_FMT " has no secret " TEXT_FMT,
                 TEXT_ARG(hook->request->workspace_name), TEXT_ARG(hook->secret.name));
        refuse_signature(hook);
        return;
    }
    bool ok = vault_secret_open(hook->request->data_key, hook->secret.name,
                                hook->secret.secret.sealed, &value, &problem) &&
              is_signed(hook, buf_get(&value));

    if (value.ptr) crypto_wipe(value.ptr, value.len);
    if (problem.code != E_NONE) {
        log_write_error(LOG_ERROR, "gateway/webhook", "a secret could not be opened", &problem);
    }
    if (ok) {
        start(hook);
    } else {
        refuse_signature(hook);
    }
}

/* The endpoint */

static void on_endpoint(struct storage_call *call, const struct error *err)
{
    struct webhook *hook = CONTAINER_OF(call, struct webhook, find.call);
    struct error problem = {0};

    if (err) {
        envelope_fail(hook->request, err);
        return;
    }
    if (!hook->find.found || !hook->find.endpoint.enabled) {
        error_set(&problem, E_NOT_FOUND, "no webhook listens at this path");
        error_hint(&problem, "Release the flow that declares it; see `weir triggers list`.");
        envelope_fail(hook->request, &problem);
        return;
    }
    if (!hook->needs_signature) {
        start(hook);
        return;
    }
    hook->secret = (struct secret_get){.call = request_read(hook->request, on_secret),
                                       .name = hook->find.endpoint.secret_name};
    if (hook->secret.name.len == 0) {
        refuse_signature(hook);
        return;
    }
    secret_store_get_start(&hook->secret);
}

static void find_endpoint(struct request *request, enum flow_target target, bool needs_signature,
                          bool validates)
{
    struct webhook *hook = ARENA_NEW(&request->arena, struct webhook);

    hook->request = request;
    hook->path = request_param(request, "path");
    hook->target = target;
    hook->needs_signature = needs_signature;
    hook->validates = validates;
    hook->find = (struct endpoint_find){.call = request_read(request, on_endpoint),
                                        .kind = ENDPOINT_WEBHOOK,
                                        .target = target,
                                        .path = hook->path};
    endpoint_find_start(&hook->find);
}

static void find_live(struct request *request)
{
    find_endpoint(request, TARGET_LIVE, true, false);
}

static void find_validated(struct request *request)
{
    find_endpoint(request, TARGET_LIVE, true, true);
}

void webhook_live(struct request *request)
{
    tenant_load(request, request_param(request, "workspace"), find_live);
}

void webhook_draft(struct request *request)
{
    find_endpoint(request, TARGET_DRAFT, false, false);
}

void webhook_validate(struct request *request)
{
    tenant_load(request, request->workspace_name, find_validated);
}
