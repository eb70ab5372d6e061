/*
 * weir-load-target: the outside world of the workloads that call one. Answers each request with the
 * same 300 bytes of JSON; prints its port as JSON when it is ready, ends with SIGTERM.
 *
 * With a file as its argument it writes a line for each request, in the order they came: the path,
 * a tab, the idempotency key if there is one. So a test can see which effects came twice, and in
 * which order.
 */
#include "base/buf.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"
#include "io/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_SIZE   300
#define READ_SIZE   16384
#define REQUEST_MAX (1024UL * 1024)

struct target {
    struct loop *loop;
    struct loop_poll poll;
    int fd;
    FILE *log; /* or NULL */
    char answer[BODY_SIZE + 200];
    size_t answer_len;
};

struct visitor {
    struct target *target;
    struct loop_poll poll;
    int fd;
    struct buf in;
};

static void leave(struct visitor *visitor)
{
    loop_poll_stop(visitor->target->loop, &visitor->poll);
    (void)close(visitor->fd);
    buf_done(&visitor->in);
    memory_free(visitor);
}

static bool answer(struct visitor *visitor)
{
    const struct target *target = visitor->target;

    return send(visitor->fd, target->answer, target->answer_len, MSG_NOSIGNAL) ==
           (ssize_t)target->answer_len;
}

static struct text header(struct text head, struct text name)
{
    while (head.ptr) {
        struct text line = text_cut(&head, '\n');

        if (!text_equal_nocase(text_slice(line, 0, name.len), name)) continue;
        return text_trim(text_slice(line, name.len, line.len));
    }
    return TEXT_NONE;
}

static void log_request(const struct target *target, struct text head)
{
    struct text key = header(head, TEXT("idempotency-key:"));

    if (!target->log) return;
    (void)text_cut(&head, ' '); // the method
    struct text path = text_cut(&head, ' ');

    fprintf(target->log, TEXT_FMT "\t" TEXT_FMT "\n", TEXT_ARG(path), TEXT_ARG(key));
    (void)fflush(target->log); // it stands there before the answer goes out
}

/* Answers the first request of what has come; false: there is no whole one, or the visitor has to
 * leave (*out_bad). */
static bool answer_first(struct visitor *visitor, bool *out_bad)
{
    struct text in = buf_get(&visitor->in);
    ptrdiff_t end = text_index_of(in, TEXT("\r\n\r\n"));
    int64_t length = 0;

    *out_bad = visitor->in.overflow;
    if (end < 0) return false;
    struct text head = text_slice(in, 0, (size_t)end);
    struct text given = header(head, TEXT("content-length:"));

    if (given.ptr) *out_bad = !parse_int64(given, &length) || length < 0;
    if (*out_bad || in.len < (size_t)end + 4 + (size_t)length) return false;
    log_request(visitor->target, head);
    *out_bad = !answer(visitor);
    buf_consume(&visitor->in, (size_t)end + 4 + (size_t)length);
    return !*out_bad;
}

static void on_request(struct loop_poll *poll, unsigned events)
{
    struct visitor *visitor = CONTAINER_OF(poll, struct visitor, poll);
    char *room = buf_reserve(&visitor->in, READ_SIZE);
    ssize_t count = room ? recv(visitor->fd, room, READ_SIZE, 0) : 0;
    bool is_bad;

    (void)events;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        leave(visitor);
        return;
    }
    buf_commit(&visitor->in, (size_t)count);
    while (answer_first(visitor, &is_bad)) {
        // the next one
    }
    if (is_bad) leave(visitor);
}

static void on_visitors(struct loop_poll *poll, unsigned events)
{
    struct target *target = CONTAINER_OF(poll, struct target, poll);
    int one = 1;
    int fd;

    (void)events;
    while ((fd = accept4(target->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct visitor *visitor = MEMORY_NEW(struct visitor);

        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        *visitor = (struct visitor){
            .target = target, .fd = fd, .in.limit = REQUEST_MAX, .poll.on_ready = on_request};
        loop_poll_set(target->loop, &visitor->poll, fd, LOOP_READ);
    }
}

static void make_answer(struct target *target)
{
    static const char start[] = "{\"ok\":true,\"text\":\"";
    char body[BODY_SIZE + 1];

    memset(body, 'x', BODY_SIZE);
    memcpy(body, start, sizeof(start) - 1);
    memcpy(body + BODY_SIZE - 2, "\"}", 3);
    target->answer_len = (size_t)snprintf(target->answer, sizeof(target->answer),
                                          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                          "Content-Length: %d\r\n\r\n%s",
                                          BODY_SIZE, body);
}

/* On a free port of the loopback address. */
static bool start_listening(struct target *target, int *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    target->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (target->fd < 0 || bind(target->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(target->fd, SOMAXCONN) < 0 ||
        getsockname(target->fd, (struct sockaddr *)&address, &len) < 0) {
        return false;
    }
    *out_port = ntohs(address.sin_port);
    return true;
}

int main(int argc, char **argv)
{
    struct target target = {.poll.on_ready = on_visitors};
    struct error err = {0};
    int port;

    if (argc > 2) {
        fprintf(stderr, "usage: weir-load-target [LOG]\n");
        return 2;
    }
    if (argc == 2 && !(target.log = fopen(argv[1], "ae"))) {
        fprintf(stderr, "weir-load-target: %s cannot be written\n", argv[1]);
        return 2;
    }
    target.loop = loop_new(LOOP_EPOLL, &err);
    if (!target.loop || !start_listening(&target, &port)) {
        fprintf(stderr, "weir-load-target: cannot listen on 127.0.0.1\n");
        return 2;
    }
    make_answer(&target);
    loop_poll_set(target.loop, &target.poll, target.fd, LOOP_READ);
    printf("{\"port\":%d}\n", port);
    (void)fflush(stdout);
    loop_run(target.loop);
    return 0;
}
