/*
 * The Redis client: operations with deadlines over one link, subscriptions over another.
 *
 * Invariant: a started operation is in in_flight (hiredis will answer it, with NULL when the
 * connection ends), or in ended (it is told from ended_task). Answers are told from the loop's
 * poll, all other ends from ended_task, so on_done is never inside start.
 */
#include "io/redis.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/parse.h"
#include "io/redis_link.h"

#include <strings.h>

#define DEFAULT_DEADLINE_MS 2000
#define ARGS_ON_STACK       64

enum redis_end { REDIS_END_DOWN, REDIS_END_LOST, REDIS_END_LATE, REDIS_END_TOO_LONG };

struct redis_client {
    struct loop *loop;
    struct arena arena; /* the config */
    struct redis_config config;
    struct redis_link commands, subscriber;
    struct list in_flight, ended;
    struct list subscriptions;
    struct loop_task ended_task, close_task;
    struct loop_timer deadline_timer;
    int64_t next_deadline_ms; /* when it is running */
    size_t op_count;          /* started and not yet told */
    bool is_closing;
    void (*on_closed)(void *ctx);
    void *on_closed_ctx;
};

static void on_commands_up(struct redis_link *link);
static void on_commands_down(struct redis_link *link);
static void on_subscriber_up(struct redis_link *link);
static void on_subscriber_down(struct redis_link *link);
static void on_ended(struct loop_task *task);
static void on_close(struct loop_task *task);
static void on_deadline(struct loop_timer *timer);

static const char *copy(struct arena *arena, const char *source)
{
    return source ? arena_cstr(arena, text_from(source)) : NULL;
}

struct redis_client *redis_client_new(struct loop *loop, const struct redis_config *config)
{
    struct redis_client *client = MEMORY_NEW(struct redis_client);

    arena_init(&client->arena, 0);
    client->loop = loop;
    client->config = *config;
    client->config.unix_path = copy(&client->arena, config->unix_path);
    client->config.address = copy(&client->arena, config->address);
    client->config.username = copy(&client->arena, config->username);
    client->config.password = copy(&client->arena, config->password);
    if (!client->config.deadline_ms) client->config.deadline_ms = DEFAULT_DEADLINE_MS;
    list_init(&client->in_flight);
    list_init(&client->ended);
    list_init(&client->subscriptions);
    client->ended_task.on_run = on_ended;
    client->close_task.on_run = on_close;
    client->deadline_timer.on_fire = on_deadline;
    client->commands = (struct redis_link){.loop = loop,
                                           .config = &client->config,
                                           .on_up = on_commands_up,
                                           .on_down = on_commands_down};
    client->subscriber = (struct redis_link){.loop = loop,
                                             .config = &client->config,
                                             .on_up = on_subscriber_up,
                                             .on_down = on_subscriber_down};
    redis_link_init(&client->commands);
    redis_link_init(&client->subscriber);
    redis_link_open(&client->commands);
    return client;
}

bool redis_client_is_ready(const struct redis_client *client)
{
    return redis_link_is_ready(&client->commands);
}

const struct error *redis_client_last_error(const struct redis_client *client)
{
    return &client->commands.last_err;
}

static void on_commands_up(struct redis_link *link)
{
    struct redis_client *client = CONTAINER_OF(link, struct redis_client, commands);

    if (client->config.on_ready) client->config.on_ready(client, client->config.ctx);
}

static void on_commands_down(struct redis_link *link)
{
    struct redis_client *client = CONTAINER_OF(link, struct redis_client, commands);

    if (client->config.on_lost) client->config.on_lost(client, client->config.ctx);
}

/* ---- replies ---- */

static const redisReply *reply_of(const struct redis_reply *reply)
{
    return (const redisReply *)reply;
}

enum redis_type redis_reply_type(const struct redis_reply *reply)
{
    switch (reply_of(reply)->type) {
    case REDIS_REPLY_INTEGER: return REDIS_INT;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS: return REDIS_TEXT;
    case REDIS_REPLY_ARRAY: return REDIS_LIST;
    case REDIS_REPLY_ERROR: return REDIS_FAILURE;
    default: return REDIS_NIL;
    }
}

struct text redis_reply_text(const struct redis_reply *reply)
{
    enum redis_type type = redis_reply_type(reply);

    if (type != REDIS_TEXT && type != REDIS_FAILURE) return TEXT_NONE;
    return (struct text){reply_of(reply)->str, reply_of(reply)->len};
}

int64_t redis_reply_int(const struct redis_reply *reply)
{
    int64_t value;

    if (redis_reply_type(reply) == REDIS_INT) return reply_of(reply)->integer;
    return parse_int64(redis_reply_text(reply), &value) ? value : 0;
}

size_t redis_reply_count(const struct redis_reply *reply)
{
    return redis_reply_type(reply) == REDIS_LIST ? reply_of(reply)->elements : 0;
}

const struct redis_reply *redis_reply_item(const struct redis_reply *reply, size_t index)
{
    ASSERT(index < redis_reply_count(reply));
    return (const struct redis_reply *)reply_of(reply)->element[index];
}

/* ---- operations ---- */

static void end(struct redis_op *op, enum redis_end reason)
{
    op->end_reason = reason;
    list_push(&op->client->ended, &op->node);
    loop_defer(op->client->loop, &op->client->ended_task);
}

static void finish(struct redis_op *op, const struct redis_reply *reply, const struct error *err)
{
    struct redis_client *client = op->client;

    client->op_count--;
    if (client->is_closing) loop_defer(client->loop, &client->close_task);
    op->on_done(op, reply, err); // last: it may free op or start it again
}

static void on_reply(redisAsyncContext *context, void *answer, void *ctx)
{
    struct redis_op *op = ctx;
    const struct redis_reply *reply = answer;
    struct error err = {0};

    (void)context;
    list_remove(&op->node);
    if (!reply) {
        end(op, op->end_reason == REDIS_END_LATE ? REDIS_END_LATE : REDIS_END_LOST);
    } else if (redis_reply_type(reply) == REDIS_FAILURE) {
        error_set(&err, E_REMOTE, "redis refused a command");
        error_detail(&err, TEXT_FMT, TEXT_ARG(redis_reply_text(reply)));
        finish(op, reply, &err);
    } else {
        finish(op, reply, NULL);
    }
}

/* Gives the command to hiredis, which copies it. */
static bool send_op(struct redis_client *client, struct redis_op *op)
{
    const char *few[ARGS_ON_STACK] = {0};
    size_t few_lengths[ARGS_ON_STACK] = {0};
    bool is_few = op->arg_count <= ARGS_ON_STACK;
    const char **argv = is_few ? few : memory_array(op->arg_count, sizeof(*argv));
    size_t *lengths = is_few ? few_lengths : memory_array(op->arg_count, sizeof(*lengths));

    for (size_t i = 0; i < op->arg_count; i++) {
        argv[i] = op->args[i].ptr ? op->args[i].ptr : "";
        lengths[i] = op->args[i].len;
    }
    int status = redisAsyncCommandArgv(client->commands.context, on_reply, op, (int)op->arg_count,
                                       argv, lengths);

    if (!is_few) {
        memory_free(argv);
        memory_free(lengths);
    }
    return status == REDIS_OK;
}

static void watch(struct redis_client *client, int64_t expires_ms, int64_t now_ms)
{
    if (loop_timer_is_running(&client->deadline_timer) && client->next_deadline_ms <= expires_ms) {
        return;
    }
    client->next_deadline_ms = expires_ms;
    loop_timer_start(client->loop, &client->deadline_timer, expires_ms - now_ms);
}

void redis_op_start(struct redis_client *client, struct redis_op *op)
{
    int64_t now_ms = clock_monotonic_ms();

    ASSERT(op->on_done);
    ASSERT(op->arg_count > 0);
    op->client = client;
    op->end_reason = REDIS_END_LOST;
    op->expires_ms = now_ms + (op->deadline_ms > 0 ? op->deadline_ms : client->config.deadline_ms);
    client->op_count++;
    if (op->arg_count > REDIS_ARGS_MAX) {
        end(op, REDIS_END_TOO_LONG);
    } else if (client->is_closing || !redis_link_is_ready(&client->commands) ||
               !send_op(client, op)) {
        end(op, REDIS_END_DOWN);
    } else {
        list_push(&client->in_flight, &op->node);
        watch(client, op->expires_ms, now_ms);
    }
}

static void on_ended(struct loop_task *task)
{
    static const struct {
        enum error_code code;
        const char *message;
    } reasons[] = {
        [REDIS_END_DOWN] = {E_UNAVAILABLE, "redis is not reachable"},
        [REDIS_END_LOST] = {E_UNAVAILABLE, "the connection to redis was lost"},
        [REDIS_END_LATE] = {E_UNAVAILABLE, "redis did not answer in time"},
        [REDIS_END_TOO_LONG] = {E_LIMIT, "a redis command has too many arguments"},
    };
    struct redis_client *client = CONTAINER_OF(task, struct redis_client, ended_task);
    struct list batch;

    // Only those of now: on_done may start operations that end at once.
    list_init(&batch);
    for (struct list *node = list_pop(&client->ended); node; node = list_pop(&client->ended)) {
        list_push(&batch, node);
    }
    for (struct list *node = list_pop(&batch); node; node = list_pop(&batch)) {
        struct redis_op *op = LIST_ITEM(node, struct redis_op, node);
        struct error err = {0};

        error_set(&err, reasons[op->end_reason].code, "%s", reasons[op->end_reason].message);
        if (op->end_reason == REDIS_END_DOWN && client->commands.last_err.code != E_NONE) {
            error_detail(&err, "%s", client->commands.last_err.detail);
        }
        finish(op, NULL, &err);
    }
}

static void on_deadline(struct loop_timer *timer)
{
    struct redis_client *client = CONTAINER_OF(timer, struct redis_client, deadline_timer);
    int64_t now_ms = clock_monotonic_ms();
    int64_t next_ms = INT64_MAX;
    bool is_late = false;

    list_each (op, &client->in_flight, struct redis_op, node) {
        if (op->expires_ms <= now_ms) {
            op->end_reason = REDIS_END_LATE;
            is_late = true;
        } else {
            next_ms = MIN(next_ms, op->expires_ms);
        }
    }
    if (is_late) {
        struct error err = {0};

        error_set(&err, E_UNAVAILABLE, "redis did not answer in time");
        redis_link_drop(&client->commands, &err); // answers all that is in flight
    } else if (next_ms != INT64_MAX) {
        watch(client, next_ms, now_ms);
    }
}

/* ---- subscriptions ---- */

static struct redis_subscription *find(const struct redis_client *client, const redisReply *name)
{
    list_each (subscription, &client->subscriptions, struct redis_subscription, node) {
        if (text_equal(text_from(subscription->channel), (struct text){name->str, name->len})) {
            return subscription;
        }
    }
    return NULL;
}

static void on_published(redisAsyncContext *context, void *answer, void *ctx)
{
    struct redis_client *client = ctx;
    const redisReply *reply = answer;

    (void)context;
    if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) return;
    const redisReply *kind = reply->element[0];
    const redisReply *payload = reply->element[2];
    struct redis_subscription *subscription = find(client, reply->element[1]);

    if (!subscription) return; // unsubscribed meanwhile
    if (strcasecmp(kind->str, "subscribe") == 0) {
        subscription->is_ready = true;
        if (subscription->on_ready) subscription->on_ready(subscription);
    } else if (strcasecmp(kind->str, "message") == 0) {
        subscription->on_message(subscription, (struct text){payload->str, payload->len});
    }
}

static void send_subscribe(struct redis_client *client, struct redis_subscription *subscription)
{
    (void)redisAsyncCommand(client->subscriber.context, on_published, client, "SUBSCRIBE %s",
                            subscription->channel);
}

static void on_subscriber_up(struct redis_link *link)
{
    struct redis_client *client = CONTAINER_OF(link, struct redis_client, subscriber);

    list_each (subscription, &client->subscriptions, struct redis_subscription, node) {
        send_subscribe(client, subscription);
    }
}

static void on_subscriber_down(struct redis_link *link)
{
    struct redis_client *client = CONTAINER_OF(link, struct redis_client, subscriber);

    list_each (subscription, &client->subscriptions, struct redis_subscription, node) {
        subscription->is_ready = false;
    }
}

void redis_subscribe(struct redis_client *client, struct redis_subscription *subscription)
{
    ASSERT(!client->is_closing);
    subscription->client = client;
    subscription->is_ready = false;
    list_push(&client->subscriptions, &subscription->node);
    if (redis_link_is_ready(&client->subscriber)) {
        send_subscribe(client, subscription);
    } else if (client->subscriber.state == REDIS_LINK_OFF) {
        redis_link_open(&client->subscriber);
    }
}

void redis_unsubscribe(struct redis_subscription *subscription)
{
    struct redis_client *client = subscription->client;

    if (!client) return;
    subscription->client = NULL;
    list_remove(&subscription->node);
    if (redis_link_is_ready(&client->subscriber)) {
        (void)redisAsyncCommand(client->subscriber.context, NULL, NULL, "UNSUBSCRIBE %s",
                                subscription->channel);
    }
}

/* ---- closing ---- */

void redis_client_close(struct redis_client *client, void (*on_closed)(void *ctx), void *ctx)
{
    ASSERT(!client->is_closing);
    client->is_closing = true;
    client->on_closed = on_closed;
    client->on_closed_ctx = ctx;
    loop_defer(client->loop, &client->close_task);
}

static void on_close(struct loop_task *task)
{
    struct redis_client *client = CONTAINER_OF(task, struct redis_client, close_task);
    void (*on_closed)(void *) = client->on_closed;
    void *ctx = client->on_closed_ctx;

    redis_link_close(&client->commands);
    redis_link_close(&client->subscriber);
    if (client->op_count > 0) return; // the last one's end comes here again
    list_each_safe (subscription, &client->subscriptions, struct redis_subscription, node) {
        subscription->client = NULL;
        list_remove(&subscription->node);
    }
    loop_timer_stop(&client->deadline_timer);
    loop_undefer(&client->ended_task);
    arena_done(&client->arena);
    memory_free(client);
    if (on_closed) on_closed(ctx);
}
