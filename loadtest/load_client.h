#pragma once

#include "base/buf.h"
#include "base/text.h"
#include "io/loop.h"

#include <stdint.h>
#include <sys/socket.h>

/*
 * Load client: many keep-alive connections of HTTP/1.1, each with one request under way at most.
 * An answer has a Content-Length, is chunked (its body is then given as it came), or is a 204.
 *
 *     OFF --connect--> CONNECTING --> IDLE --load_client_send--> BUSY --answer--> IDLE
 *      \<------------- lost or refused, dialled again after a moment --------------/
 *
 * on_answer comes from the loop or from within load_client_send(), once a request; it may send the
 * next one.
 */
enum load_conn_state { LOAD_OFF, LOAD_CONNECTING, LOAD_IDLE, LOAD_BUSY, LOAD_STATES };

struct load_conn {
    struct load_client *client;
    enum load_conn_state state;
    int fd;
    size_t sent;    /* bytes of the request that the kernel took */
    struct buf out; /* the request: the owner fills it before load_client_send() */
    struct buf in;
    struct loop_poll poll;
    struct loop_timer redial;
    struct list free; /* in the client's list while IDLE */
    int64_t since_ns; /* when the request was due */
};

struct load_answer {
    int status;       /* 0: the connection was lost */
    struct text body; /* valid in on_answer */
    int64_t since_ns;
};

struct load_client {
    /* In: before load_client_init(). */
    struct loop *loop;
    struct sockaddr_storage address;
    socklen_t address_len;
    uint32_t conn_count;
    /* The connection is free again, unless it was lost (status 0). */
    void (*on_answer)(struct load_conn *conn, const struct load_answer *answer);
    /* There is a connection that has nothing to do. */
    void (*on_free)(struct load_client *client);
    void *ctx;

    struct load_conn *conns; /* Private, from here on. */
    struct list free;
    uint32_t busy_count;
    uint64_t dial_errors;
};

void load_client_init(struct load_client *client);
void load_client_done(struct load_client *client);
/* A connection that has nothing to do; NULL: there is none. */
struct load_conn *load_client_find(struct load_client *client);
/* Sends what is in conn->out on a free connection. since_ns: when it was due. */
void load_client_send(struct load_conn *conn, int64_t since_ns);
