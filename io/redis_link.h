#pragma once

#include "base/error.h"
#include "io/backoff.h"
#include "io/loop.h"
#include "io/redis.h"

#include <hiredis/async.h>

/*
 * Redis link: one connection that comes back by itself; a client has one for commands and one for
 * subscriptions. Private to io/redis*.c.
 */
enum redis_link_state {
    REDIS_LINK_OFF,
    REDIS_LINK_CONNECTING, /* until Redis has answered AUTH, SELECT and PING */
    REDIS_LINK_READY,
    REDIS_LINK_BACKOFF,
    REDIS_LINK_STATES
};

struct redis_link {
    struct loop *loop;
    const struct redis_config *config;
    void (*on_up)(struct redis_link *link);
    void (*on_down)(struct redis_link *link); /* after READY only */
    struct error last_err;                    /* E_NONE since the last success */

    enum redis_link_state state;
    redisAsyncContext *context; /* exactly in CONNECTING and READY */
    struct loop_poll poll;
    unsigned wanted;
    struct loop_timer timer; /* CONNECTING: its limit; BACKOFF: the next attempt */
    struct backoff backoff;
    int setup_left; /* answers that are due before READY */
    bool is_closing;
    struct error drop_err; /* why we drop it ourselves */
};

/* The three fields above must be set before. */
void redis_link_init(struct redis_link *link);
void redis_link_open(struct redis_link *link); /* in OFF; for ever, until closed */
/* Not from inside a hiredis callback. Pending commands are answered NULL inside of it. */
void redis_link_close(struct redis_link *link);
/* Breaks the connection, to make a new one. Pending commands are answered NULL. */
void redis_link_drop(struct redis_link *link, const struct error *err);
/* True when a command may be given to hiredis now. */
bool redis_link_is_ready(const struct redis_link *link);
