/*
 * The client against a small server in the same program: a thread that accepts, a thread for each
 * connection; the path says what it does. Each test runs on both backends of the loop; where the
 * kernel refuses io_uring, its half is skipped.
 */

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "base/parse.h"
#include "io/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The server. */

#define CONNECTIONS_MAX 64

struct server {
    int listener, port;
    pthread_t thread;
    pthread_t handlers[CONNECTIONS_MAX];
    int fds[CONNECTIONS_MAX];
    atomic_int count; /* of connections; written by the accepting thread only */
};

struct connection {
    int fd, number;
};

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

        if (sent <= 0) return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool send_text(int fd, const char *data)
{
    return send_all(fd, data, strlen(data));
}

static bool send_body(const struct connection *conn, const char *status, const char *headers,
                      struct text body)
{
    struct buf head = {0};

    buf_printf(&head, "HTTP/1.1 %s\r\nX-Connection: %d\r\nContent-Length: %zu\r\n%s\r\n", status,
               conn->number, body.len, headers);
    bool is_sent = send_all(conn->fd, head.ptr, head.len) && send_all(conn->fd, body.ptr, body.len);

    buf_done(&head);
    return is_sent;
}

static bool send_large(const struct connection *conn, size_t size, bool is_chunked)
{
    char *body = memory_new(size);
    struct buf part = {0};
    bool is_sent = true;

    memset(body, 'x', size);
    if (!is_chunked) {
        is_sent = send_body(conn, "200 OK", "", (struct text){body, size});
    } else {
        is_sent = send_text(conn->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (size_t at = 0; is_sent && at < size; at += 10000) {
            size_t len = MIN(size - at, 10000);

            buf_reset(&part);
            buf_printf(&part, "%zx\r\n%.*s\r\n", len, (int)len, body + at);
            is_sent = send_all(conn->fd, part.ptr, part.len);
        }
        is_sent = is_sent && send_text(conn->fd, "0\r\n\r\n");
    }
    buf_done(&part);
    memory_free(body);
    return is_sent;
}

/* Waits until the client goes away. */
static bool wait_for_end(int fd)
{
    char bytes[256];

    while (recv(fd, bytes, sizeof(bytes), 0) > 0) {
    }
    return false;
}

static bool send_redirect(const struct connection *conn, struct text path)
{
    struct buf headers = {0}, status = {0};
    struct text rest = path; // "302?location"
    struct text code = text_cut(&rest, '?');

    buf_printf(&status, TEXT_FMT " Found", TEXT_ARG(code));
    buf_printf(&headers, "Location: " TEXT_FMT "\r\n", TEXT_ARG(rest));
    bool is_sent = send_body(conn, status.ptr, headers.ptr, TEXT("moved"));

    buf_done(&headers);
    buf_done(&status);
    return is_sent;
}

static bool send_many_headers(const struct connection *conn)
{
    bool is_sent = send_text(conn->fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");

    for (int i = 0; is_sent && i < 2000; i++) {
        is_sent = send_text(conn->fd, "X-Long: 0123456789012345678901234567890123456789\r\n");
    }
    return is_sent && send_text(conn->fd, "\r\n");
}

/* Answers one request. False: the connection ends. */
static bool answer(const struct connection *conn, struct text path, struct text whole)
{
    static const unsigned char zipped[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
                                           0xff, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
                                           0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};
    int64_t size = 0;

    if (text_equal(path, TEXT("/hello"))) return send_body(conn, "200 OK", "", TEXT("hello"));
    if (text_equal(path, TEXT("/echo"))) return send_body(conn, "200 OK", "", whole);
    if (text_equal(path, TEXT("/missing"))) return send_body(conn, "404 No", "", TEXT("gone"));
    if (text_equal(path, TEXT("/head"))) {
        return send_text(conn->fd, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
    }
    if (text_equal(path, TEXT("/headers"))) {
        return send_body(conn, "200 OK", "X-One:  a b \r\nX-Two: 1\r\n 2\r\nx-one: again\r\n",
                         TEXT(""));
    }
    if (text_equal(path, TEXT("/early"))) {
        return send_text(conn->fd, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n") &&
               send_body(conn, "200 OK", "", TEXT("late"));
    }
    if (text_equal(path, TEXT("/gzip"))) {
        return send_body(conn, "200 OK", "Content-Encoding: gzip\r\n",
                         (struct text){(const char *)zipped, sizeof(zipped)});
    }
    if (text_equal(path, TEXT("/slow"))) return wait_for_end(conn->fd);
    if (text_equal(path, TEXT("/drip"))) {
        return send_text(conn->fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc") &&
               wait_for_end(conn->fd);
    }
    if (text_equal(path, TEXT("/partial"))) {
        (void)send_text(conn->fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
        return false;
    }
    if (text_equal(path, TEXT("/garbage"))) {
        (void)send_text(conn->fd, "220 mail.example.com ESMTP\r\n");
        return false;
    }
    if (text_equal(path, TEXT("/many"))) return send_many_headers(conn);
    if (text_starts_with(path, TEXT("/large/")) &&
        parse_int64(text_slice(path, 7, path.len), &size)) {
        return send_large(conn, (size_t)size, false);
    }
    if (text_starts_with(path, TEXT("/chunked/")) &&
        parse_int64(text_slice(path, 9, path.len), &size)) {
        return send_large(conn, (size_t)size, true);
    }
    if (text_starts_with(path, TEXT("/redirect/"))) {
        return send_redirect(conn, text_slice(path, 10, path.len));
    }
    return false; // "/close" and all else: no answer
}

static size_t content_length(struct text head)
{
    struct text rest = head;
    int64_t len = 0;

    while (rest.len > 0) {
        struct text line = text_trim(text_cut(&rest, '\n'));
        struct text name = text_cut(&line, ':');

        if (text_equal_nocase(name, TEXT("content-length"))) {
            assert_true(parse_int64(text_trim(line), &len));
        }
    }
    return (size_t)len;
}

static void *serve(void *arg)
{
    struct connection *conn = arg;
    struct buf in = {0};
    bool goes_on = true;
    char bytes[65536];

    while (goes_on) {
        ptrdiff_t end = text_index_of(buf_get(&in), TEXT("\r\n\r\n"));
        size_t need = end >= 0 ? (size_t)end + 4 : SIZE_MAX;

        if (end >= 0) need += content_length(text_slice(buf_get(&in), 0, (size_t)end));
        if (end < 0 || in.len < need) {
            ssize_t len = recv(conn->fd, bytes, sizeof(bytes), 0);

            if (len <= 0) break;
            buf_append(&in, bytes, (size_t)len);
            if (in.ptr[0] == 0x16) { // a TLS handshake: answered as plain servers do
                (void)send_text(conn->fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
                break;
            }
            continue;
        }
        struct text rest = {in.ptr, need};

        (void)text_cut(&rest, ' ');
        goes_on = answer(conn, text_cut(&rest, ' '), (struct text){in.ptr, need});
        buf_consume(&in, need);
    }
    buf_done(&in);
    (void)shutdown(conn->fd, SHUT_RDWR);
    memory_free(conn);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct server *server = arg;
    int fd;

    while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
        struct connection *conn = MEMORY_NEW(struct connection);
        int number = server->count;

        if (number == CONNECTIONS_MAX) abort();
        *conn = (struct connection){fd, number};
        server->fds[number] = fd;
        if (pthread_create(&server->handlers[number], NULL, serve, conn) != 0) abort();
        server->count++;
    }
    return NULL;
}

static void server_start(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);

    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server->listener, 64), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, accept_all, server), 0);
}

static void server_stop(struct server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR); // ends accept()
    (void)pthread_join(server->thread, NULL);
    for (int i = 0; i < server->count; i++) {
        (void)shutdown(server->fds[i], SHUT_RDWR);
        (void)pthread_join(server->handlers[i], NULL);
        (void)close(server->fds[i]);
    }
    (void)close(server->listener);
}

/* The fixture. */

struct request {
    struct http_op op;
    struct fixture *fixture;
    int done_count;
    struct error err; /* code E_NONE: success */
};

struct fixture {
    struct server server;
    struct loop *loop;
    struct http_client *client;
    struct arena arena;
    struct egress_policy loopback;
    struct request request;
    bool is_inside; /* start or cancel is on the stack */
};

static int setup(void **state, enum loop_backend backend)
{
    struct fixture *fixture = MEMORY_NEW(struct fixture);
    struct error err = {0};

    fixture->loop = loop_new(backend, &err);
    if (!fixture->loop && err.code != E_UNAVAILABLE) return -1;
    server_start(&fixture->server);
    if (fixture->loop) fixture->client = http_client_new(fixture->loop, NULL);
    arena_init(&fixture->arena, 32 << 20);
    if (!egress_policy_parse(TEXT("127.0.0.1"), &fixture->loopback, &err)) return -1;
    *state = fixture;
    return 0;
}

static int setup_uring(void **state)
{
    return setup(state, LOOP_URING);
}

static int setup_epoll(void **state)
{
    return setup(state, LOOP_EPOLL);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    http_client_free(fixture->client);
    loop_free(fixture->loop);
    server_stop(&fixture->server);
    arena_done(&fixture->arena);
    memory_free(fixture);
    return 0;
}

static struct fixture *fixture_of(void **state)
{
    struct fixture *fixture = *state;

    if (!fixture->loop) skip();
    return fixture;
}

static void on_done(struct http_op *op, const struct error *err)
{
    struct request *request = CONTAINER_OF(op, struct request, op);

    assert_false(request->fixture->is_inside);
    request->done_count++;
    request->err = err ? *err : (struct error){0};
    loop_stop(request->fixture->loop);
}

static struct text url_of(struct fixture *fixture, const char *path)
{
    return arena_printf(&fixture->arena, "http://127.0.0.1:%d%s", fixture->server.port, path);
}

/* A GET of that path; the test changes what it wants. */
static struct http_op *prepare(struct fixture *fixture, struct request *request, const char *path)
{
    *request = (struct request){.fixture = fixture};
    request->op = (struct http_op){.workspace = 1,
                                   .egress = &fixture->loopback,
                                   .url = url_of(fixture, path),
                                   .arena = &fixture->arena,
                                   .timeout_ms = 20000,
                                   .on_done = on_done};
    return &request->op;
}

static void start(struct request *request)
{
    request->fixture->is_inside = true;
    http_start(request->fixture->client, &request->op);
    request->fixture->is_inside = false;
}

static enum error_code finish(struct request *request)
{
    while (request->done_count == 0) {
        loop_turn(request->fixture->loop, -1);
    }
    assert_int_equal(request->done_count, 1);
    return request->err.code;
}

static enum error_code run(struct request *request)
{
    start(request);
    return finish(request);
}

static enum error_code get(struct fixture *fixture, const char *path)
{
    (void)prepare(fixture, &fixture->request, path);
    return run(&fixture->request);
}

static bool body_has(const struct fixture *fixture, const char *part)
{
    return text_index_of(fixture->request.op.response_body, text_from(part)) >= 0;
}

static void assert_body(const struct fixture *fixture, const char *expected)
{
    assert_true(text_equal(fixture->request.op.response_body, text_from(expected)));
}

/* Answers. */

static void a_get_gives_status_headers_and_body(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/hello"), E_NONE);
    assert_int_equal(fixture->request.op.status, 200);
    assert_body(fixture, "hello");
    assert_true(text_equal(http_header_find(&fixture->request.op, "content-length"), TEXT("5")));
    assert_true(text_equal(fixture->request.op.final_url, fixture->request.op.url));
}

static void a_status_of_400_and_above_is_a_result(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/missing"), E_NONE);
    assert_int_equal(fixture->request.op.status, 404);
    assert_body(fixture, "gone");
}

static void response_headers_are_in_order_trimmed_and_in_lower_case(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct http_op *op = &fixture->request.op;

    assert_int_equal(get(fixture, "/headers"), E_NONE);
    assert_int_equal(op->response_header_count, 5);
    assert_true(text_equal(op->response_headers[2].name, TEXT("x-one")));
    assert_true(text_equal(op->response_headers[2].value, TEXT("a b")));
    assert_true(text_equal(op->response_headers[3].value, TEXT("1 2")));
    assert_true(text_equal(op->response_headers[4].value, TEXT("again")));
    assert_true(text_equal(http_header_find(op, "x-one"), TEXT("a b")));
    assert_null(http_header_find(op, "x-none").ptr);
}

static void an_interim_answer_is_skipped(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/early"), E_NONE);
    assert_int_equal(fixture->request.op.status, 200);
    assert_null(http_header_find(&fixture->request.op, "x-early").ptr);
    assert_body(fixture, "late");
}

static void a_chunked_body_comes_whole(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/chunked/123456"), E_NONE);
    assert_int_equal(fixture->request.op.response_body.len, 123456);
}

static void a_large_body_comes_whole(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct http_op *op = prepare(fixture, &fixture->request, "/large/5000000");

    op->max_response_bytes = 5000000;
    assert_int_equal(run(&fixture->request), E_NONE);
    assert_int_equal(op->response_body.len, 5000000);
    assert_int_equal(op->response_body.ptr[4999999], 'x');
}

static void a_gzip_body_is_decompressed(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/gzip"), E_NONE);
    assert_body(fixture, "hello");
}

static void a_head_request_reads_no_body(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct http_op *op = prepare(fixture, &fixture->request, "/head");

    op->method = TEXT("HEAD");
    assert_int_equal(run(&fixture->request), E_NONE);
    assert_int_equal(op->status, 200);
    assert_int_equal(op->response_body.len, 0);
}

/* Requests. */

static void method_headers_and_body_arrive(void **state)
{
    const struct http_header headers[] = {
        {.name = TEXT("X-Custom"), .value = TEXT("some value")},
        {.name = TEXT("X-Empty"), .value = TEXT("")},
        {.name = TEXT("Content-Type"), .value = TEXT("application/json")},
    };
    struct fixture *fixture = fixture_of(state);
    struct http_op *op = prepare(fixture, &fixture->request, "/echo");

    op->method = TEXT("PATCH");
    op->headers = headers;
    op->header_count = ARRAY_COUNT(headers);
    op->body = TEXT("{\"a\":1}");
    assert_int_equal(run(&fixture->request), E_NONE);
    assert_true(body_has(fixture, "PATCH /echo HTTP/1.1\r\n"));
    assert_true(body_has(fixture, "\r\nX-Custom: some value\r\n"));
    assert_true(body_has(fixture, "\r\nX-Empty:\r\n"));
    assert_true(body_has(fixture, "\r\nContent-Type: application/json\r\n"));
    assert_true(body_has(fixture, "\r\nContent-Length: 7\r\n"));
    assert_true(body_has(fixture, "\r\n\r\n{\"a\":1}"));
    assert_false(body_has(fixture, "Expect"));
}

static void a_post_without_body_says_that_it_is_empty(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct http_op *op = prepare(fixture, &fixture->request, "/echo");

    op->method = TEXT("POST");
    assert_int_equal(run(&fixture->request), E_NONE);
    assert_true(body_has(fixture, "\r\nContent-Length: 0\r\n"));
    assert_false(body_has(fixture, "urlencoded"));
}

static void a_delete_without_body_has_none(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct http_op *op = prepare(fixture, &fixture->request, "/echo");

    op->method = TEXT("DELETE");
    assert_int_equal(run(&fixture->request), E_NONE);
    assert_true(body_has(fixture, "DELETE /echo HTTP/1.1\r\n"));
    assert_false(body_has(fixture, "Content-Length"));
}

static void a_large_request_body_arrives(void **state)
{
    enum { SIZE = 3 << 20 };
    struct fixture *fixture = fixture_of(state);
    struct http_op *op = prepare(fixture, &fixture->request, "/echo");
    char *body = arena_new(&fixture->arena, SIZE);

    memset(body, 'y', SIZE);
    op->method = TEXT("PUT");
    op->body = (struct text){body, SIZE};
    op->max_response_bytes = SIZE + 4096;
    assert_int_equal(run(&fixture->request), E_NONE);
    assert_true(op->response_body.len > SIZE);
    assert_true(text_ends_with(op->response_body, op->body));
}

static void what_would_change_the_request_is_refused(void **state)
{
    static const struct {
        struct text method, name, value;
    } bad[] = {
        {TEXT("GET"), TEXT("X-A"), TEXT("1\r\nX-B: 2")},
        {TEXT("GET"), TEXT("X-A"), TEXT("1\n2")},
        {TEXT("GET"), TEXT("X-A"), {"1\0002", 3}},
        {TEXT("GET"), TEXT("X A"), TEXT("1")},
        {TEXT("GET"), TEXT("X-A:"), TEXT("1")},
        {TEXT("GET"), TEXT(""), TEXT("1")},
        {TEXT("GET"), TEXT("Content-Length"), TEXT("1")},
        {TEXT("GET"), TEXT("transfer-encoding"), TEXT("chunked")},
        {TEXT("GET /x"), TEXT("X-A"), TEXT("1")},
        {TEXT("get"), TEXT("X-A"), TEXT("1")},
        {TEXT("CONNECT"), TEXT("X-A"), TEXT("1")},
    };
    struct fixture *fixture = fixture_of(state);

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct http_header header = {.name = bad[i].name, .value = bad[i].value};
        struct http_op *op = prepare(fixture, &fixture->request, "/echo");

        op->method = bad[i].method;
        op->headers = &header;
        op->header_count = 1;
        assert_int_equal(run(&fixture->request), E_INPUT);
    }
    assert_int_equal(fixture->server.count, 0);
}

static void urls_that_are_not_http_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://",
        "127.0.0.1/x",
        "/x",
        "http://a b/",
        "gopher://x/",
        "http:///",
        "dict://127.0.0.1:11211/",
        "smtp://x/y",
        "http://[::1/",
    };
    struct fixture *fixture = fixture_of(state);

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct http_op *op = prepare(fixture, &fixture->request, "/");

        op->url = text_from(bad[i]);
        if (run(&fixture->request) != E_INPUT) {
            fail_msg("%s: %s", bad[i], fixture->request.err.message);
        }
    }
}

/* Connections. */

static struct text connection_of(const struct fixture *fixture)
{
    return http_header_find(&fixture->request.op, "x-connection");
}

static void a_connection_is_used_again(void **state)
{
    struct fixture *fixture = fixture_of(state);

    for (int i = 0; i < 5; i++) {
        assert_int_equal(get(fixture, "/hello"), E_NONE);
        assert_true(text_equal(connection_of(fixture), TEXT("0")));
    }
}

static void a_connection_is_not_shared_with_another_workspace(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/hello"), E_NONE);
    prepare(fixture, &fixture->request, "/hello")->workspace = 2;
    assert_int_equal(run(&fixture->request), E_NONE);
    assert_true(text_equal(connection_of(fixture), TEXT("1")));
    assert_int_equal(get(fixture, "/hello"), E_NONE);
    assert_true(text_equal(connection_of(fixture), TEXT("0")));
}

static void an_effect_that_may_happen_once_gets_a_connection_of_its_own(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/hello"), E_NONE);
    prepare(fixture, &fixture->request, "/hello")->at_most_once = true;
    assert_int_equal(run(&fixture->request), E_NONE);
    assert_true(text_equal(connection_of(fixture), TEXT("1")));
}

static void many_requests_run_at_once(void **state)
{
    enum { COUNT = 40 };
    struct fixture *fixture = fixture_of(state);
    struct request *requests = memory_array(COUNT, sizeof(struct request));

    for (int i = 0; i < COUNT; i++) {
        (void)prepare(fixture, &requests[i], i % 2 ? "/hello" : "/large/200000");
        start(&requests[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(finish(&requests[i]), E_NONE);
        assert_int_equal(requests[i].op.response_body.len, i % 2 ? 5 : 200000);
    }
    memory_free(requests);
}

/* More workspaces than connections are kept for. */
static void idle_workspaces_make_room_for_others(void **state)
{
    struct fixture *fixture = fixture_of(state);

    for (int i = 0; i < 100; i++) {
        prepare(fixture, &fixture->request, "/hello")->workspace = 100 + i;
        fixture->request.op.url = TEXT("ftp://refused/"); // needs no connection, but a pool
        assert_int_equal(run(&fixture->request), E_INPUT);
    }
    assert_int_equal(get(fixture, "/hello"), E_NONE);
}

static void at_the_limit_of_connections_requests_queue_and_still_time_out(void **state)
{
    const struct http_config config = {.connections_per_host = 1};
    struct fixture *fixture = fixture_of(state);
    struct request queued;

    http_client_free(fixture->client);
    fixture->client = http_client_new(fixture->loop, &config);
    (void)prepare(fixture, &fixture->request, "/slow");
    start(&fixture->request);
    while (fixture->server.count == 0) {
        loop_turn(fixture->loop, 1); // until it has the connection
    }
    prepare(fixture, &queued, "/hello")->timeout_ms = 30;
    assert_int_equal(run(&queued), E_TIMEOUT);
    assert_int_equal(fixture->request.done_count, 0);
    prepare(fixture, &queued, "/hello");
    start(&queued);
    http_cancel(&fixture->request.op); // makes room
    assert_int_equal(finish(&queued), E_NONE);
    assert_int_equal(finish(&fixture->request), E_CANCELLED);
}

/* Failures. */

static void a_server_that_does_not_answer_is_a_timeout(void **state)
{
    struct fixture *fixture = fixture_of(state);

    prepare(fixture, &fixture->request, "/slow")->timeout_ms = 30;
    assert_int_equal(run(&fixture->request), E_TIMEOUT);
    assert_true(fixture->request.op.elapsed_ms >= 30);
    prepare(fixture, &fixture->request, "/drip")->timeout_ms = 30;
    assert_int_equal(run(&fixture->request), E_TIMEOUT);
    assert_int_equal(get(fixture, "/hello"), E_NONE);
}

static void a_port_where_nobody_listens_is_a_connect_error(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0); // bound, not listening: refused

    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    prepare(fixture, &fixture->request, "/")->url =
        arena_printf(&fixture->arena, "http://127.0.0.1:%d/?secret=1", ntohs(address.sin_port));
    assert_int_equal(run(&fixture->request), E_CONNECT);
    assert_non_null(strstr(fixture->request.err.message, "refused"));
    assert_null(strstr(fixture->request.err.message, "secret"));
    (void)close(fd);
}

static void a_connection_that_breaks_is_a_connect_error(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/close"), E_CONNECT);
    assert_int_equal(get(fixture, "/partial"), E_CONNECT);
}

static void an_answer_that_is_not_http_is_a_remote_error(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/garbage"), E_REMOTE);
}

static void a_port_that_speaks_no_tls_is_a_connect_error(void **state)
{
    struct fixture *fixture = fixture_of(state);

    prepare(fixture, &fixture->request, "/")->url =
        arena_printf(&fixture->arena, "https://127.0.0.1:%d/", fixture->server.port);
    assert_int_equal(run(&fixture->request), E_CONNECT);
}

static void an_answer_over_the_limit_is_too_large(void **state)
{
    static const char *const paths[] = {"/large/1001", "/chunked/1001", "/many", "/large/600000"};
    struct fixture *fixture = fixture_of(state);

    for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
        struct http_op *op = prepare(fixture, &fixture->request, paths[i]);

        if (i < 3) op->max_response_bytes = 1000; // else the default
        assert_int_equal(run(&fixture->request), E_TOO_LARGE);
    }
    prepare(fixture, &fixture->request, "/chunked/1000")->max_response_bytes = 1000;
    assert_int_equal(run(&fixture->request), E_NONE);
}

static void an_answer_over_the_arenas_budget_is_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);

    for (size_t i = 1; i <= 4; i++) {
        (void)prepare(fixture, &fixture->request, "/hello");
        start(&fixture->request);
        arena_fail_at(&fixture->arena, i);
        assert_int_equal(finish(&fixture->request), E_ARENA_BUDGET);
        arena_fail_at(&fixture->arena, 0);
    }
}

/* Cancelling. */

static void a_cancelled_request_ends_as_cancelled_once(void **state)
{
    struct fixture *fixture = fixture_of(state);

    (void)prepare(fixture, &fixture->request, "/slow");
    start(&fixture->request);
    for (int i = 0; i < 3; i++) {
        loop_turn(fixture->loop, 1);
    }
    fixture->is_inside = true;
    http_cancel(&fixture->request.op);
    http_cancel(&fixture->request.op);
    fixture->is_inside = false;
    assert_int_equal(finish(&fixture->request), E_CANCELLED);
    http_cancel(&fixture->request.op); // not running: harmless
    loop_turn(fixture->loop, 0);
    assert_int_equal(fixture->request.done_count, 1);
}

static void cancelling_right_after_the_start_works_too(void **state)
{
    struct fixture *fixture = fixture_of(state);

    (void)prepare(fixture, &fixture->request, "/hello");
    start(&fixture->request);
    http_cancel(&fixture->request.op);
    assert_int_equal(finish(&fixture->request), E_CANCELLED);
    assert_int_equal(get(fixture, "/hello"), E_NONE);
}

/* The guard. */

static void an_address_that_is_not_public_is_refused(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "2130706433",         "0x7f.1",
                                        "[::1]",     "[::ffff:127.0.0.1]", "localhost"};
    struct fixture *fixture = fixture_of(state);

    for (size_t i = 0; i < ARRAY_COUNT(hosts); i++) {
        struct http_op *op = prepare(fixture, &fixture->request, "/");

        op->egress = NULL;
        op->url =
            arena_printf(&fixture->arena, "http://%s:%d/hello", hosts[i], fixture->server.port);
        if (run(&fixture->request) != E_EGRESS) {
            fail_msg("%s: %s", hosts[i], fixture->request.err.message);
        }
    }
    assert_int_equal(fixture->server.count, 0);
}

/* Redirects. */

static struct http_op *prepare_redirect(struct fixture *fixture, int status, const char *location)
{
    struct text path = arena_printf(&fixture->arena, "/redirect/%d?%s", status, location);
    struct http_op *op = prepare(fixture, &fixture->request, path.ptr);

    op->max_redirects = 3;
    return op;
}

static void a_redirect_is_followed(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct http_op *op = prepare_redirect(fixture, 302, "/redirect/301?../hello");

    assert_int_equal(run(&fixture->request), E_NONE);
    assert_int_equal(op->status, 200);
    assert_int_equal(op->redirect_count, 2);
    assert_body(fixture, "hello");
    assert_true(text_equal(op->final_url, url_of(fixture, "/hello")));
}

static void a_redirect_is_answered_as_it_is_when_none_is_to_be_followed(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(get(fixture, "/redirect/302?/hello"), E_NONE);
    assert_int_equal(fixture->request.op.status, 302);
    assert_body(fixture, "moved");
}

static void too_many_redirects_are_a_remote_error(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct http_op *op = prepare_redirect(fixture, 302, "/redirect/302?/redirect/302?/hello");

    op->max_redirects = 2;
    assert_int_equal(run(&fixture->request), E_REMOTE);
}

static void a_redirect_to_a_forbidden_address_is_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);

    (void)prepare_redirect(fixture, 302, "http://127.0.0.2:1/");
    assert_int_equal(run(&fixture->request), E_EGRESS);
    assert_non_null(strstr(fixture->request.err.message, "127.0.0.2"));
    (void)prepare_redirect(fixture, 302, "http://169.254.169.254/latest/meta-data");
    assert_int_equal(run(&fixture->request), E_EGRESS);
    (void)prepare_redirect(fixture, 302, "file:///etc/passwd");
    assert_int_equal(run(&fixture->request), E_REMOTE);
}

static void a_redirect_to_another_origin_loses_what_is_private(void **state)
{
    const struct http_header headers[] = {
        {.name = TEXT("Authorization"), .value = TEXT("Bearer one")},
        {.name = TEXT("Cookie"), .value = TEXT("two=2")},
        {.name = TEXT("X-Key"), .value = TEXT("three"), .sensitive = true},
        {.name = TEXT("X-Open"), .value = TEXT("four")},
    };
    struct fixture *fixture = fixture_of(state);
    struct text away;
    struct egress_policy policy;
    struct error err = {0};
    struct server other;

    // The other origin: the same program at another port.
    memset(&other, 0, sizeof(other));
    server_start(&other);
    away = arena_printf(&fixture->arena, "http://127.0.0.1:%d/echo", other.port);
    assert_true(egress_policy_parse(TEXT("127.0.0.0/8"), &policy, &err));
    for (int same = 0; same <= 1; same++) {
        struct http_op *op = prepare_redirect(fixture, 302, same ? "/echo" : away.ptr);

        op->headers = headers;
        op->header_count = ARRAY_COUNT(headers);
        assert_int_equal(run(&fixture->request), E_NONE);
        assert_true(body_has(fixture, "X-Open: four"));
        assert_int_equal(body_has(fixture, "Bearer one"), same);
        assert_int_equal(body_has(fixture, "two=2"), same);
        assert_int_equal(body_has(fixture, "three"), same);
    }
    server_stop(&other);
}

static void a_redirected_post_becomes_a_get_unless_told_to_stay(void **state)
{
    static const struct {
        const char *method;
        int status;
        bool has_body;
    } cases[] = {{"GET", 301, false},
                 {"GET", 302, false},
                 {"GET", 303, false},
                 {"POST", 307, true},
                 {"POST", 308, true}};
    struct fixture *fixture = fixture_of(state);

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct http_op *op = prepare_redirect(fixture, cases[i].status, "/echo");

        op->method = TEXT("POST");
        op->body = TEXT("the body");
        assert_int_equal(run(&fixture->request), E_NONE);
        assert_true(text_starts_with(op->response_body, text_from(cases[i].method)));
        assert_int_equal(body_has(fixture, "the body"), cases[i].has_body);
    }
}

static void a_private_body_does_not_go_to_another_origin(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct http_op *op = prepare_redirect(fixture, 307, "http://127.0.0.2:1/");

    op->method = TEXT("POST");
    op->body = TEXT("the body");
    op->body_sensitive = true;
    assert_int_equal(run(&fixture->request), E_EGRESS);
}

#define ON_BOTH(test)                                             \
    cmocka_unit_test_setup_teardown(test, setup_uring, teardown), \
        cmocka_unit_test_setup_teardown(test, setup_epoll, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_get_gives_status_headers_and_body),
        ON_BOTH(a_status_of_400_and_above_is_a_result),
        ON_BOTH(response_headers_are_in_order_trimmed_and_in_lower_case),
        ON_BOTH(an_interim_answer_is_skipped),
        ON_BOTH(a_chunked_body_comes_whole),
        ON_BOTH(a_large_body_comes_whole),
        ON_BOTH(a_gzip_body_is_decompressed),
        ON_BOTH(a_head_request_reads_no_body),
        ON_BOTH(method_headers_and_body_arrive),
        ON_BOTH(a_post_without_body_says_that_it_is_empty),
        ON_BOTH(a_delete_without_body_has_none),
        ON_BOTH(a_large_request_body_arrives),
        ON_BOTH(what_would_change_the_request_is_refused),
        ON_BOTH(urls_that_are_not_http_are_refused),
        ON_BOTH(a_connection_is_used_again),
        ON_BOTH(a_connection_is_not_shared_with_another_workspace),
        ON_BOTH(an_effect_that_may_happen_once_gets_a_connection_of_its_own),
        ON_BOTH(many_requests_run_at_once),
        ON_BOTH(idle_workspaces_make_room_for_others),
        ON_BOTH(at_the_limit_of_connections_requests_queue_and_still_time_out),
        ON_BOTH(a_server_that_does_not_answer_is_a_timeout),
        ON_BOTH(a_port_where_nobody_listens_is_a_connect_error),
        ON_BOTH(a_connection_that_breaks_is_a_connect_error),
        ON_BOTH(an_answer_that_is_not_http_is_a_remote_error),
        ON_BOTH(a_port_that_speaks_no_tls_is_a_connect_error),
        ON_BOTH(an_answer_over_the_limit_is_too_large),
        ON_BOTH(an_answer_over_the_arenas_budget_is_refused),
        ON_BOTH(a_cancelled_request_ends_as_cancelled_once),
        ON_BOTH(cancelling_right_after_the_start_works_too),
        ON_BOTH(an_address_that_is_not_public_is_refused),
        ON_BOTH(a_redirect_is_followed),
        ON_BOTH(a_redirect_is_answered_as_it_is_when_none_is_to_be_followed),
        ON_BOTH(too_many_redirects_are_a_remote_error),
        ON_BOTH(a_redirect_to_a_forbidden_address_is_refused),
        ON_BOTH(a_redirect_to_another_origin_loses_what_is_private),
        ON_BOTH(a_redirected_post_becomes_a_get_unless_told_to_stay),
        ON_BOTH(a_private_body_does_not_go_to_another_origin),
    };

    return cmocka_run_group_tests_name("io/http", tests, NULL, NULL);
}
