/*
 * Listener. Each connection is tracked by h2o's on_close hook, since h2o itself cannot say when it
 * has drained. When there are too many, or no descriptor is left, accepting pauses until one closes
 * or PAUSE_MS have passed.
 */
#include "gateway/listener.h"

#include "base/limits.h"
#include "base/list.h"
#include "base/log.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "gateway/head.h"
#include "gateway/request.h"
#include "gateway/router.h"

#include <h2o.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG            1024
#define ACCEPT_BATCH       32
#define CONNECTIONS_MAX    10000
#define DESCRIPTORS_KEPT   128                  /* for everything else */
#define ENTITY_MAX         (12UL * 1024 * 1024) /* h2o's; ours are lower and answer properly */
#define REQUEST_TIMEOUT_MS 30000                /* idle, and until a whole request is there */
#define USER_TIMEOUT_MS    30000U               /* a client that stops reading */
#define PAUSE_MS           200
#define RECYCLED_POOLS     16 /* h2o's bound */

struct connection {
    struct list node;
    struct listener *listener;
    h2o_socket_t *socket;
};

struct handler {
    h2o_handler_t super;
    struct gateway *gateway;
};

struct listener {
    struct gateway *gateway;
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    h2o_evloop_t *loop;
    h2o_socket_t *socket, *inner;
    struct list connections;
    size_t count, count_max;
    bool paused;
    struct loop_timer pause_timer;
};

static void on_accept(h2o_socket_t *socket, const char *err);

static void resume(struct listener *listener)
{
    if (!listener->paused || !listener->socket) return;
    listener->paused = false;
    loop_timer_stop(&listener->pause_timer);
    h2o_socket_read_start(listener->socket, on_accept);
}

static void on_pause_over(struct loop_timer *timer)
{
    resume(CONTAINER_OF(timer, struct listener, pause_timer));
}

static void pause_accepting(struct listener *listener)
{
    listener->paused = true;
    h2o_socket_read_stop(listener->socket);
    loop_timer_start(listener->gateway->loop, &listener->pause_timer, PAUSE_MS);
}

static void on_connection_closed(void *data)
{
    struct connection *connection = data;
    struct listener *listener = connection->listener;

    list_remove(&connection->node);
    listener->count--;
    memory_free(connection);
    resume(listener);
}

static void add_connection(struct listener *listener, h2o_socket_t *socket)
{
    struct connection *connection = MEMORY_NEW(struct connection);
    int fd = h2o_socket_get_fd(socket);
    unsigned timeout = USER_TIMEOUT_MS;
    int on = 1;

    // A socket without these still works; only dead peers stay longer.
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->listener = listener;
    connection->socket = socket;
    list_push(&listener->connections, &connection->node);
    listener->count++;
    socket->on_close.cb = on_connection_closed;
    socket->on_close.data = connection;
    h2o_accept(&listener->accept, socket);
}

static void on_accept(h2o_socket_t *socket, const char *err)
{
    struct listener *listener = socket->data;

    if (err) return;
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        if (listener->count >= listener->count_max) {
            pause_accepting(listener);
            return;
        }
        errno = 0;
        h2o_socket_t *accepted = h2o_evloop_socket_accept(socket);

        if (!accepted) {
            if (errno == EMFILE || errno == ENFILE) pause_accepting(listener);
            return;
        }
        add_connection(listener, accepted);
    }
}

/* What was on its way when the connections were cut. */
static bool is_over(const struct gateway *gateway, struct error *err)
{
    if (gateway->state == GATEWAY_OPEN || gateway->state == GATEWAY_DRAINING) return false;
    error_set(err, E_UNAVAILABLE, "the server is stopping");
    return true;
}

static int on_request(h2o_handler_t *super, h2o_req_t *http)
{
    struct handler *handler = (struct handler *)(void *)super;
    struct request *request = request_new(handler->gateway, http);
    const h2o_buffer_t *input = http->conn->callbacks->get_socket(http->conn)->input;
    struct error err = {0};
    bool is_good = !is_over(handler->gateway, &err) &&
                   head_check((struct text){input->bytes, input->size}, &err);

    if (!is_good) http->http1_is_persistent = 0;
    router_run(request, is_good ? NULL : &err);
    return 0;
}

static void on_inner_ready(h2o_socket_t *socket, const char *err)
{
    (void)socket;
    (void)err; // listener_turn() returns now, and the gateway turns the inner loop
}

static size_t most_connections(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur <= 2UL * DESCRIPTORS_KEPT) {
        return DESCRIPTORS_KEPT;
    }
    return MIN((size_t)limit.rlim_cur - DESCRIPTORS_KEPT, CONNECTIONS_MAX);
}

int listener_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address = {0};

    socklen_t len = sizeof address;

    if (getsockname(fd, &address.any, &len) < 0) return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.six.sin6_port : address.four.sin_port);
}

static socklen_t parse_address(const char *source, int port, struct sockaddr_storage *out)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)out;

    *out = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, source, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        return sizeof *four;
    }
    if (inet_pton(AF_INET6, source, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)port);
        return sizeof *six;
    }
    return 0;
}

static bool bind_failed(const char *address, int port, struct error *err)
{
    if (errno == EADDRINUSE) {
        error_set(err, E_CONFLICT, "port %d of %s is in use", port, address);
        return error_hint(err, "Stop what listens there, or choose another one with --port.");
    }
    error_set(err, E_IO, "cannot listen on %s port %d: %s", address, port, strerror(errno));
    return error_hint(err, "Check the address and the rights on the port.");
}

int listener_open_socket(const char *address, int port, bool shared, struct error *err)
{
    struct sockaddr_storage parsed;
    socklen_t len = parse_address(address, port, &parsed);
    int on = 1;

    if (len == 0) {
        error_set(err, E_INPUT, "%s is not a numeric address to listen on", address);
        error_hint(err, "Use 127.0.0.1, 0.0.0.0 or [::].");
        return -1;
    }
    int fd = socket(parsed.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        error_set(err, E_IO, "cannot open a socket: %s", strerror(errno));
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (shared) (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&parsed, len) < 0) {
        bind_failed(address, port, err);
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void init_h2o(struct listener *listener)
{
    h2o_config_init(&listener->config);
    listener->config.server_name = h2o_iovec_init(H2O_STRLIT("weir"));
    listener->config.max_request_entity_size = ENTITY_MAX;
    listener->config.http1.req_timeout = REQUEST_TIMEOUT_MS;
    listener->config.http1.upgrade_to_http2 = 0;
    h2o_hostconf_t *host =
        h2o_config_register_host(&listener->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    struct handler *handler =
        (struct handler *)(void *)h2o_create_handler(path, sizeof(struct handler));

    handler->super.on_req = on_request;
    handler->gateway = listener->gateway;
    listener->loop = h2o_evloop_create();
    h2o_context_init(&listener->context, listener->loop, &listener->config);
    listener->accept.ctx = &listener->context;
    listener->accept.hosts = listener->config.hosts;
}

struct listener *listener_new(struct gateway *gateway, struct error *err)
{
    int fd = listener_open_socket(gateway->config.listen, gateway->config.port, true, err);

    if (fd < 0) return NULL;
    if (listen(fd, BACKLOG) < 0) {
        bind_failed(gateway->config.listen, gateway->config.port, err);
        (void)close(fd);
        return NULL;
    }
    struct listener *listener = MEMORY_NEW(struct listener);

    listener->gateway = gateway;
    listener->count_max = most_connections();
    listener->pause_timer.on_fire = on_pause_over;
    list_init(&listener->connections);
    init_h2o(listener);
    // h2o closes what it is given, so the inner loop's descriptor goes in as a copy.
    listener->inner = h2o_evloop_socket_create(listener->loop, dup(loop_fd(gateway->loop)),
                                               H2O_SOCKET_FLAG_DONT_READ);
    h2o_socket_read_start(listener->inner, on_inner_ready);
    listener->socket = h2o_evloop_socket_create(listener->loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    listener->socket->data = listener;
    h2o_socket_read_start(listener->socket, on_accept);
    return listener;
}

void listener_turn(struct listener *listener, int wait_ms)
{
    // -1 is EINTR: the turn ends, nothing else.
    (void)h2o_evloop_run(listener->loop, wait_ms);
}

static void shut_down(struct listener *listener, int how)
{
    list_each (connection, &listener->connections, struct connection, node) {
        (void)shutdown(h2o_socket_get_fd(connection->socket), how);
    }
}

void listener_drain(struct listener *listener)
{
    if (!listener->socket) return;
    loop_timer_stop(&listener->pause_timer);
    h2o_socket_close(listener->socket);
    listener->socket = NULL;
    // Not h2o_context_request_shutdown(): for HTTP/2 it leaves a timer that outlives the context.
    listener->context.shutdown_requested = 1;
    shut_down(listener, SHUT_RD);
}

void listener_kill(struct listener *listener)
{
    shut_down(listener, SHUT_RDWR);
}

size_t listener_connections(const struct listener *listener)
{
    return listener->count;
}

/* h2o keeps freed chunks for the thread and has no call to give them back when the thread ends: so
 * we take them out, as if to use them. */
static void free_recycled(void)
{
    h2o_mem_recycle_t *buffers = &h2o_socket_buffer_prototype.allocator;

    while (buffers->cnt > 0) {
        free(h2o_mem_alloc_recycle(buffers, 1));
    }
    for (int i = 0; i < RECYCLED_POOLS; i++) {
        h2o_mem_pool_t pool;

        h2o_mem_init_pool(&pool);
        (void)h2o_mem_alloc_pool(&pool, 1);
        free(pool.chunks);
    }
}

void listener_free(struct listener *listener)
{
    if (!listener) return;
    listener_drain(listener);
    h2o_socket_close(listener->inner);
    listener_turn(listener, 0); // closed sockets are freed by the turn that follows
    h2o_multithread_queue_t *queue = listener->context.queue;

    h2o_context_dispose(&listener->context);
    free(queue); // h2o takes it apart and forgets the rest
    h2o_config_dispose(&listener->config);
    h2o_evloop_destroy(listener->loop);
    free_recycled();
    memory_free(listener);
}
