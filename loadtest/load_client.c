/*
 * The load client's connections. The diagram stands in load_client.h.
 *
 * Invariant: a connection is in client->free exactly in IDLE.
 */
#include "loadtest/load_client.h"

#include "base/assert.h"
#include "base/memory.h"
#include "base/parse.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#define REDIAL_MS    20
#define READ_SIZE    16384
#define ANSWER_MAX   (4UL * 1024 * 1024)
#define STATUS_FROM  9 /* HTTP/1.1 200 … */
#define STATUS_TO    12
#define STATUS_EMPTY 204

static void on_ready(struct loop_poll *poll, unsigned events);
static void on_redial(struct loop_timer *timer);

static const struct {
    const char *name, *words;
} ends[LOAD_ENDS] = {
    [LOAD_ANSWERED] = {"answered", "was answered"},
    [LOAD_CLOSED] = {"closed", "was closed before a byte of the answer came"},
    [LOAD_CUT] = {"cut", "was closed within the answer"},
    [LOAD_UNREADABLE] = {"unreadable", "gave an answer whose status or length cannot be told"},
    [LOAD_TOO_LONG] = {"too_long", "gave an answer of over 4 MB"},
    [LOAD_REFUSED] = {"refused", "had to be made anew, which failed"},
};

const char *load_client_end_name(enum load_end end)
{
    return ends[end].name;
}

const char *load_client_end_words(enum load_end end)
{
    return ends[end].words;
}

static bool has_request(enum load_conn_state state)
{
    return state == LOAD_BUSY || state == LOAD_RENEWING;
}

static void enter(struct load_conn *conn, enum load_conn_state next)
{
    static const bool legal[LOAD_STATES][LOAD_STATES] = {
        [LOAD_OFF] = {[LOAD_CONNECTING] = true},
        [LOAD_CONNECTING] = {[LOAD_IDLE] = true, [LOAD_OFF] = true},
        [LOAD_IDLE] = {[LOAD_BUSY] = true, [LOAD_RENEWING] = true, [LOAD_OFF] = true},
        [LOAD_RENEWING] = {[LOAD_BUSY] = true, [LOAD_OFF] = true},
        [LOAD_BUSY] = {[LOAD_IDLE] = true, [LOAD_RENEWING] = true, [LOAD_OFF] = true},
    };
    struct load_client *client = conn->client;

    ASSERT(legal[conn->state][next]);
    client->counts[conn->state]--;
    list_remove(&conn->free);
    conn->state = next;
    client->counts[next]++;
    // The one used last is used next: fewer connections stay warm.
    if (next == LOAD_IDLE) list_push_front(&client->free, &conn->free);
}

void load_client_init(struct load_client *client)
{
    ASSERT(client->loop && client->conn_count > 0 && client->on_answer && client->on_free);
    list_init(&client->free);
    client->counts[LOAD_OFF] = client->conn_count;
    client->conns = memory_array(client->conn_count, sizeof(*client->conns));
    for (uint32_t i = 0; i < client->conn_count; i++) {
        struct load_conn *conn = &client->conns[i];

        conn->client = client;
        conn->fd = -1;
        conn->in.limit = ANSWER_MAX;
        conn->poll.on_ready = on_ready;
        conn->redial.on_fire = on_redial;
        on_redial(&conn->redial);
    }
}

void load_client_done(struct load_client *client)
{
    for (uint32_t i = 0; i < client->conn_count; i++) {
        struct load_conn *conn = &client->conns[i];

        loop_timer_stop(&conn->redial);
        loop_poll_stop(client->loop, &conn->poll);
        if (conn->fd >= 0) (void)close(conn->fd);
        buf_done(&conn->out);
        buf_done(&conn->in);
    }
    memory_free(client->conns);
}

static void hang_up(struct load_conn *conn)
{
    loop_poll_stop(conn->client->loop, &conn->poll);
    (void)close(conn->fd);
    conn->fd = -1;
}

static void lose(struct load_conn *conn, enum load_end end, int problem)
{
    struct load_client *client = conn->client;
    struct load_answer answer = {.end = end, .problem = problem, .since_ns = conn->since_ns};
    bool had_request = has_request(conn->state);

    hang_up(conn);
    if (end == LOAD_REFUSED) {
        client->dial_errors++;
        client->dial_problem = problem;
    }
    enter(conn, LOAD_OFF);
    loop_timer_start(client->loop, &conn->redial, REDIAL_MS);
    if (had_request) client->on_answer(conn, &answer);
}

/* In CONNECTING or RENEWING. */
static void dial(struct load_conn *conn)
{
    struct load_client *client = conn->client;
    int one = 1;

    conn->answers = 0;
    conn->is_last = false;
    conn->fd = socket(client->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ASSERT(conn->fd >= 0); // the limit of open files was raised for this
    (void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(conn->fd, (struct sockaddr *)&client->address, client->address_len) < 0 &&
        errno != EINPROGRESS) {
        lose(conn, LOAD_REFUSED, errno);
        return;
    }
    loop_poll_set(client->loop, &conn->poll, conn->fd, LOOP_WRITE);
}

static void on_redial(struct loop_timer *timer)
{
    struct load_conn *conn = CONTAINER_OF(timer, struct load_conn, redial);

    enter(conn, LOAD_CONNECTING);
    dial(conn);
}

static void renew(struct load_conn *conn)
{
    hang_up(conn);
    enter(conn, LOAD_RENEWING);
    dial(conn);
}

/* The connection ended. What was asked on it is asked again where that is right. */
static void on_end(struct load_conn *conn, int problem)
{
    bool has_begun = conn->in.len > 0;

    if (conn->state == LOAD_BUSY && conn->may_repeat && conn->answers > 0 && !has_begun) {
        conn->client->repeated++;
        renew(conn);
        return;
    }
    lose(conn, has_begun ? LOAD_CUT : LOAD_CLOSED, problem);
}

static void write_request(struct load_conn *conn)
{
    struct text left = text_slice(buf_get(&conn->out), conn->sent, conn->out.len);
    ssize_t count = send(conn->fd, left.ptr, left.len, MSG_NOSIGNAL);

    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        on_end(conn, errno);
        return;
    }
    conn->sent += count > 0 ? (size_t)count : 0;
    bool is_whole = conn->sent == conn->out.len;

    loop_poll_set(conn->client->loop, &conn->poll, conn->fd, is_whole ? LOOP_READ : LOOP_WRITE);
}

static void begin_request(struct load_conn *conn)
{
    enter(conn, LOAD_BUSY);
    conn->sent = 0;
    write_request(conn);
}

struct load_conn *load_client_find(struct load_client *client)
{
    if (list_is_empty(&client->free)) return NULL;
    return LIST_ITEM(client->free.next, struct load_conn, free);
}

void load_client_send(struct load_conn *conn, int64_t since_ns)
{
    struct load_client *client = conn->client;

    ASSERT(conn->state == LOAD_IDLE);
    conn->since_ns = since_ns;
    conn->idle_ms = loop_now_ms(client->loop) - conn->idle_from_ms;
    buf_reset(&conn->in);
    if (conn->is_last || conn->idle_ms >= client->idle_max_ms) {
        renew(conn);
    } else {
        begin_request(conn);
    }
}

/* The value of a header; absent where there is none. */
static struct text header(struct text head, struct text name)
{
    while (head.ptr) {
        struct text line = text_cut(&head, '\n');

        if (!text_equal_nocase(text_slice(line, 0, name.len), name)) continue;
        return text_trim(text_slice(line, name.len, line.len));
    }
    return TEXT_NONE;
}

/* How long the body is; false: that cannot be told. -1: its end has not come yet. */
static bool body_length(struct text head, struct text body, int64_t status, int64_t *out)
{
    struct text length = header(head, TEXT("content-length:"));

    *out = 0;
    if (length.ptr) return parse_int64(length, out) && *out >= 0;
    if (text_equal_nocase(header(head, TEXT("transfer-encoding:")), TEXT("chunked"))) {
        *out = text_ends_with(body, TEXT("0\r\n\r\n")) ? (int64_t)body.len : -1;
        return true;
    }
    return status == STATUS_EMPTY;
}

/* False: the rest of the answer has not come yet, or it is none that we read (*out_bad). */
static bool read_answer(struct text in, struct load_answer *out, bool *out_last, bool *out_bad)
{
    ptrdiff_t end = text_index_of(in, TEXT("\r\n\r\n"));
    int64_t status, length;

    *out_bad = false;
    if (end < 0) return false;
    struct text head = text_slice(in, 0, (size_t)end);
    struct text body = text_slice(in, (size_t)end + 4, in.len);

    *out_bad = !parse_int64(text_slice(head, STATUS_FROM, STATUS_TO), &status) ||
               !body_length(head, body, status, &length);
    if (*out_bad || length < 0 || body.len < (size_t)length) return false;
    *out_last = text_equal_nocase(header(head, TEXT("connection:")), TEXT("close"));
    out->status = (int)status;
    out->body = text_slice(body, 0, (size_t)length);
    return true;
}

static void become_free(struct load_conn *conn)
{
    conn->idle_from_ms = loop_now_ms(conn->client->loop);
    enter(conn, LOAD_IDLE);
}

static void read_more(struct load_conn *conn)
{
    struct load_client *client = conn->client;
    struct load_answer answer = {.since_ns = conn->since_ns};
    char *room = buf_reserve(&conn->in, READ_SIZE);
    bool is_bad;

    if (!room) {
        lose(conn, LOAD_TOO_LONG, 0);
        return;
    }
    ssize_t count = recv(conn->fd, room, READ_SIZE, 0);

    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0 || conn->state != LOAD_BUSY) {
        on_end(conn, count < 0 ? errno : 0);
        return;
    }
    buf_commit(&conn->in, (size_t)count);
    if (!read_answer(buf_get(&conn->in), &answer, &conn->is_last, &is_bad)) {
        if (is_bad) lose(conn, LOAD_UNREADABLE, 0);
        return;
    }
    conn->answers++;
    become_free(conn);
    client->on_answer(conn, &answer); // may send on this connection, which drops the body
}

static void on_connected(struct load_conn *conn)
{
    struct load_client *client = conn->client;
    int problem = 0;
    socklen_t len = sizeof(problem);

    if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &problem, &len) < 0 || problem != 0) {
        lose(conn, LOAD_REFUSED, problem);
        return;
    }
    client->dial_problem = 0;
    if (conn->state == LOAD_RENEWING) {
        begin_request(conn);
    } else {
        become_free(conn);
        loop_poll_set(client->loop, &conn->poll, conn->fd, LOOP_READ);
        client->on_free(client);
    }
}

static void on_ready(struct loop_poll *poll, unsigned events)
{
    struct load_conn *conn = CONTAINER_OF(poll, struct load_conn, poll);

    switch (conn->state) {
    case LOAD_CONNECTING:
    case LOAD_RENEWING: on_connected(conn); return;
    case LOAD_BUSY:
        if (events & LOOP_WRITE) {
            write_request(conn);
        } else {
            read_more(conn);
        }
        return;
    default: read_more(conn); return; // the other side closes, or speaks unasked
    }
}
