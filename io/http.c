/*
 * HTTP client: the life of an operation.
 *
 *     IDLE --start--> RUNNING --answer, error, deadline, cancel--> ENDING --next turn--> IDLE
 *                      ^   |
 *                      \---/ redirect: another hop
 *
 * Invariants: a transfer is held in RUNNING, and in ENDING unless the request was refused before it
 * began; only RUNNING has a hop in libcurl. on_done comes from a task, so it is never inside start,
 * cancel or libcurl.
 */
#include "io/http.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "io/http_private.h"

#include <pthread.h>

static void start_hop(struct http_transfer *transfer);
static void on_deadline(struct loop_timer *timer);
static void end(struct http_op *op);
static void on_end(struct loop_task *task);

static void enter(struct http_op *op, enum http_state next)
{
    static const bool legal[HTTP_STATES][HTTP_STATES] = {
        [HTTP_IDLE] = {[HTTP_RUNNING] = true},
        [HTTP_RUNNING] = {[HTTP_ENDING] = true},
        [HTTP_ENDING] = {[HTTP_IDLE] = true},
    };

    ASSERT(legal[op->state][next]);
    op->state = next;
    ASSERT(next != HTTP_IDLE || op->transfer == NULL);
}

/* The client. */

static void start_library(void)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    ASSERT(code == CURLE_OK);
}

struct http_client *http_client_new(struct loop *loop, const struct http_config *config)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct http_client *client = MEMORY_NEW(struct http_client);

    (void)pthread_once(&once, start_library);
    client->loop = loop;
    if (config) client->config = *config;
    if (client->config.connections_per_host <= 0) client->config.connections_per_host = 64;
    if (client->config.connections_max <= 0) client->config.connections_max = 256;
    if (client->config.ca_file) {
        size_t size = strlen(client->config.ca_file) + 1;

        client->ca_file = memory_new(size);
        memcpy(client->ca_file, client->config.ca_file, size);
        client->config.ca_file = client->ca_file;
    }
    list_init(&client->idle);
    return client;
}

void http_client_free(struct http_client *client)
{
    if (!client) return;
    ASSERT(client->op_count == 0);
    while (!list_is_empty(&client->idle)) {
        http_pool_free(LIST_ITEM(client->idle.next, struct http_pool, node));
    }
    map_done(&client->pools);
    for (size_t i = 0; i < client->socket_count; i++) {
        if (client->sockets[i]) loop_poll_stop(client->loop, &client->sockets[i]->poll);
        memory_free(client->sockets[i]);
    }
    memory_free((void *)client->sockets);
    memory_free(client->ca_file);
    memory_free(client);
}

/* An operation. */

static void clear_results(struct http_op *op)
{
    op->status = 0;
    op->response_headers = NULL;
    op->response_header_count = 0;
    op->response_body = op->final_url = TEXT_NONE;
    op->redirect_count = 0;
    op->elapsed_ms = 0;
    op->error = (struct error){0};
}

void http_start(struct http_client *client, struct http_op *op)
{
    ASSERT(op->arena != NULL && op->on_done != NULL);
    int64_t timeout_ms = op->timeout_ms > 0 ? op->timeout_ms : 30000;

    enter(op, HTTP_RUNNING);
    clear_results(op);
    client->op_count++;
    op->client = client;
    op->start_ms = clock_monotonic_ms();
    if (!http_request_check(op, &op->error)) {
        end(op);
        return;
    }
    struct http_transfer *transfer = MEMORY_NEW(struct http_transfer);

    op->transfer = transfer;
    transfer->op = op;
    http_pool_enter(http_pool_get(client, op->workspace), transfer);
    if (!http_request_init(transfer, &op->error)) {
        end(op);
        return;
    }
    transfer->deadline.on_fire = on_deadline;
    loop_timer_start(client->loop, &transfer->deadline, timeout_ms);
    start_hop(transfer);
}

static void start_hop(struct http_transfer *transfer)
{
    http_response_reset(transfer);
    http_request_apply(transfer);
    http_response_apply(transfer);
    http_pool_add(transfer);
}

static bool is_redirect(const struct http_op *op, int status, struct text location)
{
    bool is_status =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;

    return op->max_redirects > 0 && is_status && location.len > 0;
}

static bool follow(struct http_transfer *transfer, int status, struct text location)
{
    struct http_op *op = transfer->op;

    if (op->redirect_count == op->max_redirects) {
        return error_set(&op->error, E_REMOTE, "%s %s: more than %d redirects", transfer->method,
                         transfer->origin, op->max_redirects);
    }
    op->redirect_count++;
    return http_request_redirect(transfer, status, location, &op->error);
}

void http_hop_done(struct http_transfer *transfer, CURLcode code)
{
    struct http_op *op = transfer->op;
    struct text location;
    long status = 0;

    ASSERT(op->state == HTTP_RUNNING);
    if (code != CURLE_OK) {
        http_response_error(transfer, code, &op->error);
        end(op);
        return;
    }
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    location = http_response_header(transfer, "location");
    if (is_redirect(op, (int)status, location)) {
        if (follow(transfer, (int)status, location)) {
            start_hop(transfer);
        } else {
            end(op);
        }
        return;
    }
    if (http_response_take(transfer, &op->error)) op->status = (int)status;
    end(op);
}

static void on_deadline(struct loop_timer *timer)
{
    struct http_transfer *transfer = CONTAINER_OF(timer, struct http_transfer, deadline);
    struct http_op *op = transfer->op;
    double connect_seconds = 0;

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_CONNECT_TIME, &connect_seconds);
    error_set(&op->error, E_TIMEOUT, "%s %s: %s within %lld ms", transfer->method, transfer->origin,
              connect_seconds > 0 ? "no complete answer" : "no connection",
              (long long)(clock_monotonic_ms() - op->start_ms));
    end(op);
}

void http_cancel(struct http_op *op)
{
    if (op->state != HTTP_RUNNING) return;
    error_set(&op->error, E_CANCELLED, "%s %s: cancelled", op->transfer->method,
              op->transfer->origin);
    end(op);
}

/* Takes the operation out of libcurl; on_done follows from the loop. */
static void end(struct http_op *op)
{
    struct http_transfer *transfer = op->transfer;

    enter(op, HTTP_ENDING);
    if (transfer) {
        loop_timer_stop(&transfer->deadline);
        http_pool_remove(transfer);
    }
    op->task = (struct loop_task){.on_run = on_end};
    loop_defer(op->client->loop, &op->task);
}

static void on_end(struct loop_task *task)
{
    struct http_op *op = CONTAINER_OF(task, struct http_op, task);
    struct http_transfer *transfer = op->transfer;

    op->elapsed_ms = clock_monotonic_ms() - op->start_ms;
    if (transfer) {
        http_pool_leave(transfer);
        http_request_done(transfer);
        http_response_done(transfer);
        memory_free(transfer);
    }
    op->transfer = NULL;
    op->client->op_count--;
    enter(op, HTTP_IDLE);
    op->on_done(op, op->error.code != E_NONE ? &op->error : NULL); // last: it may free op
}

struct text http_header_find(const struct http_op *op, const char *name)
{
    for (size_t i = 0; i < op->response_header_count; i++) {
        if (text_equal(op->response_headers[i].name, text_from(name))) {
            return op->response_headers[i].value;
        }
    }
    return TEXT_NONE;
}
