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
 *      ^                                \-> RENEWING --connected--^
 *      |                                        ^--closed unanswered, asked again-- BUSY
 *      \------------- lost or refused, dialled again after a moment: any of them
 *
 * RENEWING is a connection dialled anew while its request waits. That is done
 *   - before a request goes out on a connection that the other side has announced to close, or that
 *     has been idle for idle_max_ms: a server that closes it at that moment takes the request
 *     along;
 *   - once, when a connection that had carried answers ends before a byte of this one came, and the
 *     owner says that the request may come twice (may_repeat; RFC 9112, 9.3.1). Whether the server
 *     has acted on it cannot be known; so others are told as lost.
 *
 * on_answer comes from the loop or from within load_client_send(), once a request; it may send the
 * next one.
 */
enum load_conn_state {
    LOAD_OFF,
    LOAD_CONNECTING,
    LOAD_IDLE,
    LOAD_RENEWING,
    LOAD_BUSY,
    LOAD_STATES
};

/* How a request ended. */
enum load_end {
    LOAD_ANSWERED,
    LOAD_CLOSED,     /* the connection ended before a byte of the answer came */
    LOAD_CUT,        /* it ended within the answer */
    LOAD_UNREADABLE, /* the answer is none that is described above */
    LOAD_TOO_LONG,
    LOAD_REFUSED, /* the connection had to be renewed, which failed */
    LOAD_ENDS
};

struct load_conn {
    struct load_client *client;
    enum load_conn_state state;
    int fd;
    size_t sent;    /* bytes of the request that the kernel took */
    struct buf out; /* the request: the owner fills it before load_client_send() */
    struct buf in;
    struct loop_poll poll;
    struct loop_timer redial;
    struct list free;     /* in the client's list while IDLE */
    int64_t since_ns;     /* when the request was due */
    bool may_repeat;      /* the request may come twice: the owner sets it, too */
    bool is_last;         /* the last answer said that no other one follows on this connection */
    uint32_t answers;     /* that this connection has carried */
    int64_t idle_from_ms; /* when it became free, by the loop's clock */
    int64_t idle_ms;      /* how long it had been that when the request was sent */
};

struct load_answer {
    enum load_end end;
    int problem;      /* errno of a connection that ended; 0: the other side closed it */
    int status;       /* 0: there was no answer */
    struct text body; /* valid in on_answer */
    int64_t since_ns;
};

struct load_client {
    /* In: before load_client_init(). */
    struct loop *loop;
    struct sockaddr_storage address;
    socklen_t address_len;
    uint32_t conn_count;
    int64_t idle_max_ms;
    /* The connection is free again, unless it was lost. */
    void (*on_answer)(struct load_conn *conn, const struct load_answer *answer);
    /* There is a connection that has nothing to do. */
    void (*on_free)(struct load_client *client);
    void *ctx;

    struct load_conn *conns; /* Private, from here on. */
    struct list free;
    uint32_t counts[LOAD_STATES]; /* connections in each state */
    int dial_problem; /* errno of the last dial that was refused; 0: one came about since */
    uint64_t dial_errors, repeated;
};

/* Requests under way. */
static inline uint32_t load_client_busy(const struct load_client *client)
{
    return client->counts[LOAD_BUSY] + client->counts[LOAD_RENEWING];
}

/* Connections that the other side has accepted. */
static inline uint32_t load_client_open(const struct load_client *client)
{
    return client->counts[LOAD_BUSY] + client->counts[LOAD_IDLE];
}

void load_client_init(struct load_client *client);
void load_client_done(struct load_client *client);
/* A connection that has nothing to do; NULL: there is none. */
struct load_conn *load_client_find(struct load_client *client);
/* Sends what is in conn->out on a free connection. since_ns: when it was due. */
void load_client_send(struct load_conn *conn, int64_t since_ns);
/* A word for an end, for figures; and a sentence's end: "the connection …". */
const char *load_client_end_name(enum load_end end);
const char *load_client_end_words(enum load_end end);
