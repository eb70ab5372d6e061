#pragma once

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Redis from a loop. It holds hints only, so nothing waits for it: while there is no connection,
 * operations fail at once. The connection comes back by itself, with jittered backoff. A client
 * belongs to one loop and its thread.
 */
struct loop;
struct redis_client;

struct redis_config {
    const char *unix_path;           /* or NULL, and then: */
    const char *address;             /* a numeric address (names would be resolved synchronously) */
    int port;                        /* 0: 6379 */
    const char *username, *password; /* NULL: none */
    int database;
    int64_t connect_timeout_ms; /* 0: 2000 */
    int64_t deadline_ms;        /* of operations without their own; 0: 2000 */
    /* From the loop, each time that the connection is up: load functions, ask again for what is
     * hinted. on_lost: it is down; operations in flight fail after it. Either may be NULL. */
    void (*on_ready)(struct redis_client *client, void *ctx);
    void (*on_lost)(struct redis_client *client, void *ctx);
    void *ctx;
};

/* Connects at once and for ever. The config is copied. */
struct redis_client *redis_client_new(struct loop *loop, const struct redis_config *config);
/* Fails what is in flight (on_done comes), closes, frees the client, then calls on_closed (may be
 * NULL), all of it from the loop. */
void redis_client_close(struct redis_client *client, void (*on_closed)(void *ctx), void *ctx);
bool redis_client_is_ready(const struct redis_client *client);
/* Why the last connection attempt failed; code E_NONE when none did since the last success. */
const struct error *redis_client_last_error(const struct redis_client *client);

/* Replies are valid only within on_done. Nested ones are at most 7 deep (hiredis). */
enum redis_type {
    REDIS_NIL,
    REDIS_INT,
    REDIS_TEXT, /* bulk string or status */
    REDIS_LIST,
    REDIS_FAILURE
};

struct redis_reply;

enum redis_type redis_reply_type(const struct redis_reply *reply);
int64_t redis_reply_int(const struct redis_reply *reply);      /* of a number, or text that is one;
                                                                  else 0 */
struct text redis_reply_text(const struct redis_reply *reply); /* TEXT_NONE when it is none */
size_t redis_reply_count(const struct redis_reply *reply);     /* 0 when it is not a list */
const struct redis_reply *redis_reply_item(const struct redis_reply *reply, size_t index);

#define REDIS_ARGS_MAX 65536 /* an op; a longer one is E_LIMIT */

struct redis_op {
    /* In: the arguments, command first, are copied by start. */
    const struct text *args;
    size_t arg_count;
    int64_t deadline_ms; /* 0: the client's */
    /*
     * Exactly once, from the loop, never from inside start. err NULL: reply is the answer.
     * E_REMOTE: Redis refused, and reply is its error text. E_UNAVAILABLE: no connection, lost, or
     * no timely answer, after which the connection is rebuilt; the command may have run.
     */
    void (*on_done)(struct redis_op *op, const struct redis_reply *reply, const struct error *err);

    struct redis_client *client; /* Private, from here on. */
    struct list node;
    int64_t expires_ms;
    int end_reason;
};

void redis_op_start(struct redis_client *client, struct redis_op *op);

/*
 * Messages of a channel, over a second connection that all subscriptions of a client share.
 * Messages that come while it is down are lost; on_ready tells that it is up (again).
 */
struct redis_subscription {
    const char *channel; /* In: borrowed until redis_unsubscribe(). */
    void (*on_message)(struct redis_subscription *subscription, struct text message);
    void (*on_ready)(struct redis_subscription *subscription); /* may be NULL */

    struct redis_client *client; /* Private, from here on. */
    struct list node;
    bool is_ready;
};

/* One subscription a channel and client. */
void redis_subscribe(struct redis_client *client, struct redis_subscription *subscription);
/* No callback comes after this; harmless when not subscribed. Before redis_client_close(). */
void redis_unsubscribe(struct redis_subscription *subscription);
