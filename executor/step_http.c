/*
 * The life of an :http attempt.
 *
 *     start ─ no secrets ────────────────────────────▶ TRANSFER ─▶ on_done
 *        └──▶ KEYS (of the workspace) ─▶ SECRETS (one after another) ──┘
 *
 * Secrets are read anew for each attempt, so that a rotation works, and wiped when it ends.
 */
#include "executor/step_http.h"

#include "base/assert.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "executor/step_config.h"
#include "executor/worker_private.h"
#include "storage/secret_store.h"

#include <string.h>

#define TIMEOUT_DEFAULT_MS 30000
#define TIMEOUT_MAX_MS     3600000LL /* its run stays in memory and holds a slot */

enum http_step_state { HTTP_STEP_KEYS, HTTP_STEP_SECRETS, HTTP_STEP_TRANSFER };

struct http_step {
    struct step *step;
    enum http_step_state state;
    bool cancelled;
    struct secret_refs secrets;
    size_t next_secret;
    uint8_t data_key[VAULT_KEY_SIZE];
    struct redact redact;
    struct workspace_wait wait;
    struct secret_get get;
    struct step_http_request request;
    struct http_op op;
};

static void begin_secrets(struct http_step *http, const struct workspace_key *key);
static void on_key(struct workspace_wait *wait, const struct workspace_key *key,
                   const struct error *err);
static void on_secret(struct storage_call *call, const struct error *err);
static void on_response(struct http_op *op, const struct error *err);

static void wipe(struct http_step *http)
{
    const struct step_http_request *request = &http->request;

    crypto_wipe(http->data_key, sizeof(http->data_key));
    if (http->secrets.count == 0) return;
    secret_refs_wipe(&http->secrets);
    redact_wipe(&http->redact);
    crypto_wipe((char *)request->url.ptr, request->url.len);
    if (request->body_sensitive) crypto_wipe((char *)request->body.ptr, request->body.len);
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];

        if (header->sensitive) crypto_wipe((char *)header->value.ptr, header->value.len);
    }
}

static void finish(struct http_step *http, const struct error *err)
{
    struct step *step = http->step;
    struct error copied = err ? *err : (struct error){0};

    step->refused |= err && http->state != HTTP_STEP_TRANSFER;
    wipe(http);
    step->on_done(step, err ? &copied : NULL);
}

static bool transfer(struct http_step *http, struct error *err)
{
    struct step *step = http->step;
    struct step_http_request *request = &http->request;

    if (!step_http_request_make(step, &http->secrets, &http->redact, request, err)) return false;
    http->state = HTTP_STEP_TRANSFER;
    http->op = (struct http_op){
        .workspace = step->run->workspace,
        .egress = &step->run->worker->egress,
        .method = request->method,
        .url = request->url,
        .headers = request->headers,
        .header_count = request->header_count,
        .body = request->body,
        .body_sensitive = request->body_sensitive,
        .at_most_once = step->options.at_most_once,
        .timeout_ms = step->options.timeout_ms > 0 ? step->options.timeout_ms : TIMEOUT_DEFAULT_MS,
        .max_response_bytes = LIMIT_STEP_RESULT,
        .max_redirects = request->max_redirects,
        .arena = &step->arena,
        .on_done = on_response,
    };
    http_start(step->run->worker->http, &http->op);
    return true;
}

static bool check_timeout(const struct step *step, struct error *err)
{
    if (step->options.timeout_ms <= TIMEOUT_MAX_MS) return true;
    error_set(err, E_LIMIT, "an http step waits %lld minutes at most", TIMEOUT_MAX_MS / 60000);
    return error_hint(err, "Hand out (:url (flow/callback :step-id)) and :wait for the answer.");
}

static bool start(struct step *step, struct error *err)
{
    struct http_step *http = ARENA_NEW(&step->arena, struct http_step);
    struct worker *worker = step->run->worker;

    *http = (struct http_step){.step = step, .wait = {.on_key = on_key}};
    secret_refs_init(&http->secrets, vm_image_secrets(step->run->image), &step->arena);
    redact_init(&http->redact, &step->arena);
    step->state = http;
    if (!check_timeout(step, err) || !step_http_request_check(step, &http->secrets, err)) {
        return false;
    }
    if (http->secrets.count == 0) return transfer(http, err);
    http->state = HTTP_STEP_KEYS;
    const struct workspace_key *key =
        workspace_keys_get(&worker->keys, step->run->workspace, &http->wait);

    if (key) begin_secrets(http, key);
    return true;
}

static void get_secret(struct http_step *http)
{
    struct step *step = http->step;

    http->state = HTTP_STEP_SECRETS;
    http->get = (struct secret_get){
        .call = {.storage = step->run->worker->storage,
                 .arena = &step->arena,
                 .workspace = step->run->workspace,
                 .on_done = on_secret},
        .name = http->secrets.refs[http->next_secret].name,
    };
    secret_store_get_start(&http->get);
}

static void begin_secrets(struct http_step *http, const struct workspace_key *key)
{
    memcpy(http->data_key, key->data_key, sizeof(http->data_key));
    get_secret(http);
}

static void on_key(struct workspace_wait *wait, const struct workspace_key *key,
                   const struct error *err)
{
    struct http_step *http = CONTAINER_OF(wait, struct http_step, wait);
    struct error cancelled = {0};

    if (http->cancelled) {
        error_set(&cancelled, E_CANCELLED, "the step was cancelled");
        err = &cancelled;
    }
    if (err) {
        finish(http, err);
        return;
    }
    begin_secrets(http, key);
}

static bool open_secret(struct http_step *http, struct error *err)
{
    const struct secret_record *secret = &http->get.secret;
    struct text name = http->get.name;
    struct buf value = {0};

    if (!http->get.found) {
        error_set(err, E_NOT_FOUND, "there is no secret " TEXT_FMT, TEXT_ARG(name));
        return error_hint(err, "Store it: weir secrets set " TEXT_FMT ".", TEXT_ARG(name));
    }
    bool ok = vault_secret_open(http->data_key, secret->name, secret->sealed, &value, err);

    if (ok) {
        secret_refs_give(&http->secrets, http->next_secret, buf_get(&value));
        redact_add(&http->redact, buf_get(&value));
    }
    if (value.ptr) crypto_wipe(value.ptr, value.capacity);
    buf_done(&value);
    return ok;
}

static void on_secret(struct storage_call *call, const struct error *err)
{
    struct secret_get *get = CONTAINER_OF(call, struct secret_get, call);
    struct http_step *http = CONTAINER_OF(get, struct http_step, get);
    struct error failure = {0};

    if (err) {
        failure = *err;
    } else if (http->cancelled) {
        error_set(&failure, E_CANCELLED, "the step was cancelled");
    } else if (open_secret(http, &failure)) {
        if (++http->next_secret < http->secrets.count) {
            get_secret(http);
            return;
        }
        if (transfer(http, &failure)) return;
    }
    finish(http, &failure);
}

static void on_response(struct http_op *op, const struct error *err)
{
    struct http_step *http = CONTAINER_OF(op, struct http_step, op);
    struct error failure = {0};

    if (err) {
        http->step->refused = err->code == E_EGRESS || err->code == E_INPUT; // nothing was sent
        finish(http, err);
        return;
    }
    bool ok = step_http_response(http->step, op, &http->redact, &failure);

    finish(http, ok ? NULL : &failure);
}

static void cancel(struct step *step)
{
    struct http_step *http = step->state;

    http->cancelled = true;
    if (http->state == HTTP_STEP_TRANSFER) http_cancel(&http->op);
    if (http->state == HTTP_STEP_SECRETS) call_cancel(&http->get.call);
}

const struct step_type step_http_type = {.name = "http", .start = start, .cancel = cancel};
