/*
 * weir-load-target: the outside world of the :http workloads. Answers each request with the same
 * 300 bytes of JSON; prints its port as JSON when it is ready, ends with SIGTERM.
 *
 * It reads no further than it must: a request is over at its blank line, so it takes GET only.
 */
#include "base/memory.h"
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
#define BLANK_BYTES 4 /* CR LF CR LF */

struct target {
    struct loop *loop;
    struct loop_poll poll;
    int fd;
    char answer[BODY_SIZE + 200];
    size_t answer_len;
};

struct visitor {
    struct target *target;
    struct loop_poll poll;
    int fd;
    size_t matched; /* of the blank line */
};

static void leave(struct visitor *visitor)
{
    loop_poll_stop(visitor->target->loop, &visitor->poll);
    (void)close(visitor->fd);
    memory_free(visitor);
}

static bool answer(struct visitor *visitor)
{
    const struct target *target = visitor->target;

    return send(visitor->fd, target->answer, target->answer_len, MSG_NOSIGNAL) ==
           (ssize_t)target->answer_len;
}

static void on_request(struct loop_poll *poll, unsigned events)
{
    static const char blank[] = "\r\n\r\n";
    struct visitor *visitor = CONTAINER_OF(poll, struct visitor, poll);
    char bytes[READ_SIZE];
    ssize_t count = recv(visitor->fd, bytes, sizeof(bytes), 0);

    (void)events;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    for (ssize_t i = 0; i < count; i++) {
        bool fits = bytes[i] == blank[visitor->matched];

        visitor->matched = fits ? visitor->matched + 1 : bytes[i] == '\r';
        if (visitor->matched < BLANK_BYTES) continue;
        visitor->matched = 0;
        if (!answer(visitor)) {
            leave(visitor);
            return;
        }
    }
    if (count <= 0) leave(visitor);
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
        *visitor = (struct visitor){.target = target, .fd = fd, .poll.on_ready = on_request};
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

int main(void)
{
    struct target target = {.poll.on_ready = on_visitors};
    struct error err = {0};
    int port;

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
