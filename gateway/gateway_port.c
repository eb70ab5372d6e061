/*
 * The port, before anything else is started. A first bind without SO_REUSEPORT finds out whether
 * somebody listens there, another weir of the same user included; a second one with it keeps the
 * port for this process, next to the listeners of the gateway threads. It never listens itself.
 */
#include "gateway/gateway.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_address(const char *listen, int port, union address *out, socklen_t *out_len,
                          struct error *err)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, listen, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
        *out_len = sizeof out->v4;
        return true;
    }
    if (inet_pton(AF_INET6, listen, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
        *out_len = sizeof out->v6;
        return true;
    }
    error_set(err, E_INPUT, "%s is not a numeric address to listen on", listen);
    return error_hint(err, "For example 127.0.0.1, or 0.0.0.0 for all interfaces.");
}

static int bind_to(const union address *address, socklen_t len, bool reuse_port)
{
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (reuse_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, &address->any, len) == 0) return fd;
    int error_number = errno;

    close(fd);
    errno = error_number;
    return -1;
}

bool gateway_reserve_port(const char *listen, int *port, struct error *err)
{
    union address address;
    socklen_t len;

    if (!parse_address(listen, *port, &address, &len, err)) return false;
    int probe_fd = bind_to(&address, len, false);

    if (probe_fd < 0 && errno == EADDRINUSE) {
        error_set(err, E_CONFLICT, "port %d on %s is busy", *port, listen);
        return error_hint(err, "Stop what listens there, or choose another with --port.");
    }
    if (probe_fd < 0) {
        error_set(err, E_IO, "listening on %s port %d failed: %s", listen, *port, strerror(errno));
        return error_hint(err, "Choose another address with --listen, or a port over 1023.");
    }
    close(probe_fd);
    int fd = bind_to(&address, len, true); // stays open as long as the process lives

    if (fd < 0) return error_set(err, E_CONFLICT, "port %d on %s is busy", *port, listen);
    getsockname(fd, &address.any, &len);
    *port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    return true;
}
