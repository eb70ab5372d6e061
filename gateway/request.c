/*
 * Requests and their tie to h2o. The guard is a word in the request's pool that points back at us:
 * h2o disposes of it with the connection or after the answer, whichever ends the request there. It
 * does so before it closes the socket, so the poll on that ends here, too.
 */
#include "gateway/request.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "gateway/metrics.h"

#include <h2o.h>

#include <errno.h>
#include <sys/socket.h>

#define RETRY_AGE_MS   10000
#define RETRY_PAUSE_MS 100
#define ROWS_BUDGET    (64UL * 1024 * 1024) /* for what one operation reads */

static struct text from_iovec(struct arena *arena, h2o_iovec_t source)
{
    return arena_text(arena, (struct text){source.base ? source.base : "", source.len});
}

static void on_guard_disposed(void *ptr)
{
    struct request **guard = ptr;

    if (!*guard) return;
    request_forget_gone(*guard);
    (*guard)->http = NULL;
}

static void on_client_ready(struct loop_poll *poll, unsigned events)
{
    struct request *request = CONTAINER_OF(poll, struct request, client);
    char byte;
    (void)events;
    ssize_t count = recv(poll->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
    bool is_nothing = count < 0 && (errno == EAGAIN || errno == EINTR);

    if (is_nothing) return;
    request_forget_gone(request); // what is there to be read hides all that comes behind it
    if (count <= 0) request->on_gone(request->gone_ctx);
}

void request_on_gone(struct request *request, void (*on_gone)(void *ctx), void *ctx)
{
    h2o_req_t *http = request->http;

    if (!http) return;
    request->on_gone = on_gone;
    request->gone_ctx = ctx;
    request->client.on_ready = on_client_ready;
    loop_poll_set(request->gateway->loop, &request->client,
                  h2o_socket_get_fd(http->conn->callbacks->get_socket(http->conn)), LOOP_READ);
}

void request_forget_gone(struct request *request)
{
    loop_poll_stop(request->gateway->loop, &request->client);
}

static void take_headers(struct request *request, const h2o_req_t *http)
{
    size_t count = http->headers.size;

    request->headers = ARENA_ARRAY(&request->arena, count + 1, struct request_header);
    for (size_t i = 0; i < count; i++) {
        const h2o_header_t *header = &http->headers.entries[i];

        request->headers[i].name = from_iovec(&request->arena, *header->name);
        request->headers[i].value = from_iovec(&request->arena, header->value);
    }
    request->header_count = count;
}

struct request *request_new(struct gateway *gateway, struct st_h2o_req_t *http)
{
    struct request *request = MEMORY_NEW(struct request);
    struct text whole = {http->input.path.base, http->input.path.len};

    gateway->request_count++;
    request->gateway = gateway;
    arena_init(&request->arena, 0);
    arena_init(&request->rows, ROWS_BUDGET);
    request->started_ns = clock_monotonic_ns();
    request->method = from_iovec(&request->arena, http->method);
    whole = arena_text(&request->arena, whole);
    request->path = text_cut(&whole, '?');
    request->query = whole;
    request->body = from_iovec(&request->arena, http->entity);
    take_headers(request, http);
    request->http = http;
    request->guard = h2o_mem_alloc_shared(&http->pool, sizeof(struct request *), on_guard_disposed);
    *request->guard = request;
    return request;
}

static void request_free(struct request *request)
{
    ASSERT(request->gateway->request_count > 0);
    request->gateway->request_count--;
    crypto_wipe(request->wait_key, sizeof request->wait_key);
    crypto_wipe(request->data_key, sizeof request->data_key);
    buf_done(&request->data);
    buf_done(&request->details);
    buf_done(&request->answer);
    arena_done(&request->rows);
    arena_done(&request->arena);
    memory_free(request);
}

struct text request_header(const struct request *request, const char *name)
{
    struct text wanted = text_from(name);

    for (size_t i = 0; i < request->header_count; i++) {
        if (text_equal_nocase(request->headers[i].name, wanted)) return request->headers[i].value;
    }
    return TEXT_NONE;
}

struct text request_param(const struct request *request, const char *name)
{
    for (int i = 0; i < request->param_count; i++) {
        if (text_equal(text_from(request->params[i].name), text_from(name))) {
            return request->params[i].value;
        }
    }
    return TEXT_NONE;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

struct text request_decode(struct arena *arena, struct text source, bool plus_is_space)
{
    char *out = arena_new(arena, source.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < source.len; i++) {
        char c = source.ptr[i];

        if (c == '+' && plus_is_space) c = ' ';
        if (c == '%') {
            bool whole = source.len - i > 2;
            int high = whole ? hex_digit(source.ptr[i + 1]) : -1;
            int low = whole ? hex_digit(source.ptr[i + 2]) : -1;

            if (high < 0 || low < 0) return TEXT_NONE;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return TEXT_NONE;
        out[len++] = c;
    }
    struct text decoded = {out, len};

    return text_is_utf8(decoded, NULL) ? decoded : TEXT_NONE;
}

struct text request_query(struct request *request, const char *name)
{
    struct text rest = request->query;

    while (rest.ptr) {
        struct text pair = text_cut(&rest, '&');
        struct text key = text_cut(&pair, '=');

        if (!text_equal(key, text_from(name))) continue;
        return request_decode(&request->arena, pair.ptr ? pair : TEXT(""), true);
    }
    return TEXT_NONE;
}

static struct storage_call make_call(struct request *request, struct arena *arena,
                                     void (*on_done)(struct storage_call *call,
                                                     const struct error *err))
{
    return (struct storage_call){.storage = request->gateway->storage,
                                 .arena = arena,
                                 .workspace = request->workspace,
                                 .on_done = on_done};
}

struct storage_call request_read(struct request *request, void (*on_done)(struct storage_call *call,
                                                                          const struct error *err))
{
    // Each operation has the whole budget, so that one which came close does not starve the next.
    request->rows.budget_bytes = request->rows.used_bytes + ROWS_BUDGET;
    return make_call(request, &request->rows, on_done);
}

struct storage_call request_write(struct request *request,
                                  void (*on_done)(struct storage_call *call,
                                                  const struct error *err))
{
    struct storage_call call = make_call(request, &request->arena, on_done);

    if (request->has_operation) {
        call.operation = &request->operation;
        request->operation_used = true;
    }
    return call;
}

static void on_retry(struct loop_timer *timer)
{
    struct request *request = CONTAINER_OF(timer, struct request, retry_timer);

    request->again(request);
}

bool request_retries(struct request *request, const struct error *err)
{
    int64_t age_ms = (clock_monotonic_ns() - request->started_ns) / 1000000;

    if (!request->again || err->code != E_UNAVAILABLE || age_ms > RETRY_AGE_MS) return false;
    if (request->gateway->state != GATEWAY_OPEN) return false;
    request->meta = (struct request_meta){0};
    buf_reset(&request->data);
    buf_reset(&request->details);
    request->operation_used = false;
    request->retry_timer.on_fire = on_retry;
    loop_timer_start(request->gateway->loop, &request->retry_timer, RETRY_PAUSE_MS);
    return true;
}

void request_add_header(struct request *request, struct text name, struct text value)
{
    if (request->extra_header_count == ARRAY_COUNT(request->extra_headers)) return;
    request->extra_headers[request->extra_header_count++] = (struct request_header){name, value};
}

static void put_header(h2o_req_t *http, struct text name, struct text value)
{
    h2o_iovec_t copy = h2o_strdup(&http->pool, value.ptr, value.len);
    h2o_iovec_t key = h2o_strdup(&http->pool, name.ptr, name.len);

    h2o_add_header_by_str(&http->pool, &http->res.headers, key.base, key.len, 1, NULL, copy.base,
                          copy.len);
}

void request_send(struct request *request, int status, struct text content_type, struct text body)
{
    h2o_req_t *http = request->http;

    request_forget_gone(request);
    metrics_count(request->gateway->metrics, request->route, request->command, status,
                  clock_monotonic_ns() - request->started_ns);
    if (http) {
        *request->guard = NULL;
        http->res.status = status;
        http->res.reason = status < 400 ? "OK" : "Error";
        // Where HTTP knows no body, bytes of one would be read as the head of the next answer.
        if (status == 204 || status == 304) body = TEXT("");
        if (status != 204) http->res.content_length = body.len; // unknown lengths go out in chunks
        put_header(http, TEXT("Content-Type"), content_type);
        put_header(http, TEXT("X-Content-Type-Options"), TEXT("nosniff"));
        for (size_t i = 0; i < request->extra_header_count; i++) {
            put_header(http, request->extra_headers[i].name, request->extra_headers[i].value);
        }
        if (request->gateway->state != GATEWAY_OPEN) http->http1_is_persistent = 0;
        h2o_send_inline(http, body.ptr, body.len);
        request->gateway->has_sent = true;
    }
    request_free(request);
}
