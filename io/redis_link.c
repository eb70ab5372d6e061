/*
 * Redis link.
 *
 *     OFF --open--> CONNECTING --PONG--> READY
 *      ^              |  ^ timer           | lost or dropped
 *      |              v  |                 |
 *      +--close--- BACKOFF <---------------+
 *
 * hiredis frees its context by itself when the connection breaks, and later than asked when we ask
 * from one of its callbacks; whichever way, it calls the cleanup hook once, before it closes the
 * descriptor. So on_cleanup() is the only place that leaves CONNECTING and READY.
 */
#include "io/redis_link.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

#define WHERE                      "io/redis"
#define BACKOFF_BASE_MS            50
#define BACKOFF_MAX_MS             3000
#define DEFAULT_CONNECT_TIMEOUT_MS 2000
#define DEFAULT_PORT               6379
#define NUMBER_SIZE                16

static void on_ready(struct loop_poll *poll, unsigned events);
static void on_timer(struct loop_timer *timer);
static void on_cleanup(void *ctx);

static void enter(struct redis_link *link, enum redis_link_state next)
{
    static const bool legal[REDIS_LINK_STATES][REDIS_LINK_STATES] = {
        [REDIS_LINK_OFF] = {[REDIS_LINK_CONNECTING] = true, [REDIS_LINK_BACKOFF] = true},
        [REDIS_LINK_CONNECTING] =
            {[REDIS_LINK_READY] = true, [REDIS_LINK_BACKOFF] = true, [REDIS_LINK_OFF] = true},
        [REDIS_LINK_READY] = {[REDIS_LINK_BACKOFF] = true, [REDIS_LINK_OFF] = true},
        [REDIS_LINK_BACKOFF] =
            {[REDIS_LINK_CONNECTING] = true, [REDIS_LINK_BACKOFF] = true, [REDIS_LINK_OFF] = true},
    };

    ASSERT(legal[link->state][next]);
    link->state = next;
    ASSERT((link->context != NULL) == (next == REDIS_LINK_CONNECTING || next == REDIS_LINK_READY));
}

void redis_link_init(struct redis_link *link)
{
    link->poll.on_ready = on_ready;
    link->timer.on_fire = on_timer;
    link->backoff.rule =
        (struct backoff_rule){BACKOFF_EXPONENTIAL, BACKOFF_BASE_MS, BACKOFF_MAX_MS, true};
}

bool redis_link_is_ready(const struct redis_link *link)
{
    return link->state == REDIS_LINK_READY &&
           !(link->context->c.flags & (REDIS_DISCONNECTING | REDIS_FREEING));
}

/* ---- hiredis asks for events ---- */

static void want(struct redis_link *link, unsigned wanted)
{
    if (wanted == link->wanted) return;
    link->wanted = wanted;
    loop_poll_set(link->loop, &link->poll, link->context->c.fd, wanted);
}

static void add_read(void *ctx)
{
    struct redis_link *link = ctx;

    want(link, link->wanted | LOOP_READ);
}

static void delete_read(void *ctx)
{
    struct redis_link *link = ctx;

    want(link, link->wanted & ~LOOP_READ);
}

static void add_write(void *ctx)
{
    struct redis_link *link = ctx;

    want(link, link->wanted | LOOP_WRITE);
}

static void delete_write(void *ctx)
{
    struct redis_link *link = ctx;

    want(link, link->wanted & ~LOOP_WRITE);
}

static void on_ready(struct loop_poll *poll, unsigned events)
{
    struct redis_link *link = CONTAINER_OF(poll, struct redis_link, poll);

    if (events & LOOP_READ) redisAsyncHandleRead(link->context);
    // Reading may have ended the connection.
    if (link->context && (events & LOOP_WRITE)) redisAsyncHandleWrite(link->context);
}

/* ---- connecting ---- */

static void failed(struct redis_link *link, const struct error *err)
{
    bool is_first = link->backoff.attempt == 0;

    link->last_err = *err;
    // Once for each outage, not for each attempt.
    if (is_first) log_write_error(LOG_WARN, WHERE, "redis connection", err);
    enter(link, REDIS_LINK_BACKOFF);
    loop_timer_start(link->loop, &link->timer, backoff_next_ms(&link->backoff, random_u64()));
}

static void on_setup(redisAsyncContext *context, void *answer, void *ctx)
{
    struct redis_link *link = ctx;
    const redisReply *reply = answer;

    (void)context;
    if (!reply) return; // the cleanup follows
    if (reply->type == REDIS_REPLY_ERROR) {
        struct error err = {0};

        error_set(&err, E_CONNECT, "redis refused the connection");
        error_detail(&err, "%s", reply->str);
        redis_link_drop(link, &err);
        return;
    }
    if (--link->setup_left > 0) return;
    loop_timer_stop(&link->timer);
    if (link->backoff.attempt > 0) log_info(WHERE, "connected to redis again");
    backoff_reset(&link->backoff);
    link->last_err.code = E_NONE;
    enter(link, REDIS_LINK_READY);
    link->on_up(link);
}

static void setup(struct redis_link *link, const char *const *args, int count)
{
    size_t lengths[3];
    const char *argv[3];

    ASSERT(count <= 3);
    for (int i = 0; i < count; i++) {
        argv[i] = args[i];
        lengths[i] = strlen(args[i]);
    }
    int status = redisAsyncCommandArgv(link->context, on_setup, link, count, argv, lengths);

    ASSERT(status == REDIS_OK); // the context is new
    link->setup_left++;
}

static void on_connect(const redisAsyncContext *context, int status)
{
    struct redis_link *link = context->data;
    const struct redis_config *config = link->config;
    char database[NUMBER_SIZE];

    if (status != REDIS_OK) return; // the cleanup follows
    if (!config->unix_path) redisEnableKeepAlive(&link->context->c);
    if (config->password && config->username) {
        setup(link, (const char *const[]){"AUTH", config->username, config->password}, 3);
    } else if (config->password) {
        setup(link, (const char *const[]){"AUTH", config->password}, 2);
    }
    if (config->database != 0) {
        (void)snprintf(database, sizeof(database), "%d", config->database);
        setup(link, (const char *const[]){"SELECT", database}, 2);
    }
    // Refused while Redis loads its data, when it is of no use yet.
    setup(link, (const char *const[]){"PING"}, 1);
}

void redis_link_open(struct redis_link *link)
{
    const struct redis_config *config = link->config;
    int64_t timeout_ms =
        config->connect_timeout_ms ? config->connect_timeout_ms : DEFAULT_CONNECT_TIMEOUT_MS;
    redisAsyncContext *context =
        config->unix_path
            ? redisAsyncConnectUnix(config->unix_path)
            : redisAsyncConnect(config->address, config->port ? config->port : DEFAULT_PORT);

    ASSERT(context); // NULL is no memory
    if (context->err) {
        struct error err = {0};

        error_set(&err, E_CONNECT, "cannot connect to redis");
        error_detail(&err, "%s", context->errstr);
        redisAsyncFree(context); // our hooks are not in it yet
        failed(link, &err);
        return;
    }
    link->context = context;
    link->wanted = 0;
    link->setup_left = 0;
    link->drop_err.code = E_NONE;
    enter(link, REDIS_LINK_CONNECTING);
    context->data = link;
    context->ev.data = link;
    context->ev.addRead = add_read;
    context->ev.delRead = delete_read;
    context->ev.addWrite = add_write;
    context->ev.delWrite = delete_write;
    context->ev.cleanup = on_cleanup;
    loop_timer_start(link->loop, &link->timer, timeout_ms);
    redisAsyncSetConnectCallback(context, on_connect); // asks for the first event
}

static void on_timer(struct loop_timer *timer)
{
    struct redis_link *link = CONTAINER_OF(timer, struct redis_link, timer);

    if (link->state == REDIS_LINK_BACKOFF) {
        redis_link_open(link);
    } else {
        struct error err = {0};

        error_set(&err, E_CONNECT, "redis did not answer the connection attempt in time");
        redis_link_drop(link, &err);
    }
}

/* ---- ending ---- */

void redis_link_drop(struct redis_link *link, const struct error *err)
{
    ASSERT(link->context);
    if (link->drop_err.code == E_NONE) link->drop_err = *err;
    redisAsyncFree(link->context);
}

static void on_cleanup(void *ctx)
{
    struct redis_link *link = ctx;
    const redisAsyncContext *context = link->context;
    bool was_ready = link->state == REDIS_LINK_READY;
    struct error err = {0};

    if (link->drop_err.code != E_NONE) {
        err = link->drop_err;
    } else {
        error_set(&err, was_ready ? E_UNAVAILABLE : E_CONNECT, "%s",
                  was_ready ? "the connection to redis was lost" : "cannot connect to redis");
        error_detail(&err, "%s", context->err ? context->errstr : context->c.errstr);
    }
    loop_timer_stop(&link->timer);
    loop_poll_stop(link->loop, &link->poll);
    link->wanted = 0;
    link->context = NULL;
    if (link->is_closing) {
        enter(link, REDIS_LINK_OFF);
    } else {
        failed(link, &err);
    }
    if (was_ready) link->on_down(link);
}

void redis_link_close(struct redis_link *link)
{
    link->is_closing = true;
    loop_timer_stop(&link->timer);
    if (link->context) {
        redisAsyncFree(link->context);
    } else if (link->state != REDIS_LINK_OFF) {
        enter(link, REDIS_LINK_OFF);
    }
    ASSERT(link->state == REDIS_LINK_OFF);
}
