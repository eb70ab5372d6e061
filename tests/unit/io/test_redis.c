/*
 * The client against a Redis of its own: replies, lost connections, deadlines, subscriptions.
 */
#include "base/arena.h"
#include "io/loop.h"
#include "io/redis.h"
#include "tests/unit/io/private_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define ARGS_MAX  256
#define TURNS_MAX 20000

static struct private_server server;
static char socket_path[PRIVATE_PATH_SIZE];

struct fixture {
    struct loop *loop;
    struct arena arena;
    struct redis_client *client;
    int ready_count, lost_count;
    bool is_closed;
};

struct call {
    struct redis_op op;
    struct fixture *fixture;
    struct text args[ARGS_MAX];
    bool is_done;
    enum redis_type type;
    int64_t number;
    size_t count;
    struct text text; /* copied */
    struct error err;
    int lost_count; /* when it ended */
    int sequence;
};

static int sequence;

struct listener {
    struct redis_subscription subscription;
    int ready_count, message_count;
    bool leaves; /* unsubscribes from its first message */
    char last[64];
};

static void on_ready(struct redis_client *client, void *ctx)
{
    struct fixture *fixture = ctx;

    assert_true(redis_client_is_ready(client));
    fixture->ready_count++;
}

static void on_lost(struct redis_client *client, void *ctx)
{
    struct fixture *fixture = ctx;

    assert_false(redis_client_is_ready(client));
    fixture->lost_count++;
}

static void on_closed(void *ctx)
{
    ((struct fixture *)ctx)->is_closed = true;
}

static void fixture_init(struct fixture *fixture, const struct redis_config *config)
{
    struct redis_config full = *config;

    *fixture = (struct fixture){0};
    full.on_ready = on_ready;
    full.on_lost = on_lost;
    full.ctx = fixture;
    arena_init(&fixture->arena, 0);
    fixture->loop = private_loop();
    fixture->client = redis_client_new(fixture->loop, &full);
}

static void turn(struct fixture *fixture)
{
    static int turns;

    assert_true(turns++ < TURNS_MAX);
    loop_turn(fixture->loop, 1000);
}

static void fixture_done(struct fixture *fixture)
{
    redis_client_close(fixture->client, on_closed, fixture);
    assert_false(fixture->is_closed);
    while (!fixture->is_closed) {
        turn(fixture);
    }
    loop_free(fixture->loop);
    arena_done(&fixture->arena);
}

static void await_ready(struct fixture *fixture, int ready_count)
{
    while (fixture->ready_count < ready_count) {
        turn(fixture);
    }
}

static int setup(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    fixture_init(fixture, &(struct redis_config){.unix_path = socket_path});
    await_ready(fixture, 1);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    fixture_done(*state);
    test_free(*state);
    return 0;
}

static void on_done(struct redis_op *op, const struct redis_reply *reply, const struct error *err)
{
    struct call *call = CONTAINER_OF(op, struct call, op);

    assert_false(call->is_done);
    call->is_done = true;
    call->sequence = ++sequence;
    call->lost_count = call->fixture->lost_count;
    if (err) call->err = *err;
    if (!reply) return;
    call->type = redis_reply_type(reply);
    call->number = redis_reply_int(reply);
    call->count = redis_reply_count(reply);
    call->text = arena_text(&call->fixture->arena, redis_reply_text(reply));
    if (call->count > 0) {
        const struct redis_reply *first = redis_reply_item(reply, 0);

        call->text = arena_text(&call->fixture->arena, redis_reply_text(first));
        call->number = redis_reply_int(first);
    }
}

/* Words parted by spaces. */
static struct call *call_new(struct fixture *fixture, const char *words)
{
    struct call *call = ARENA_NEW(&fixture->arena, struct call);
    struct text rest = text_from(words);

    call->fixture = fixture;
    call->op.args = call->args;
    call->op.on_done = on_done;
    while (rest.ptr) {
        call->args[call->op.arg_count++] = text_cut(&rest, ' ');
    }
    return call;
}

static struct call *start(struct fixture *fixture, const char *words)
{
    struct call *call = call_new(fixture, words);

    redis_op_start(fixture->client, &call->op);
    assert_false(call->is_done);
    return call;
}

static struct call *await(struct call *call)
{
    while (!call->is_done) {
        turn(call->fixture);
    }
    return call;
}

static struct call *run(struct fixture *fixture, const char *words)
{
    return await(start(fixture, words));
}

static void each_kind_of_reply_is_read(void **state)
{
    struct call *status = run(*state, "SET kind 12");
    struct call *bulk = run(*state, "GET kind");
    struct call *number = run(*state, "INCRBY kind 30");
    struct call *list = run(*state, "MGET kind absent");
    struct call *nil = run(*state, "GET absent");
    struct call *empty = run(*state, "LRANGE absent 0 -1");

    assert_int_equal(status->type, REDIS_TEXT);
    assert_true(text_equal(status->text, TEXT("OK")));
    assert_int_equal(bulk->type, REDIS_TEXT);
    assert_int_equal(bulk->number, 12); // text that is a number
    assert_int_equal(number->type, REDIS_INT);
    assert_int_equal(number->number, 42);
    assert_int_equal(list->type, REDIS_LIST);
    assert_int_equal(list->count, 2);
    assert_int_equal(list->number, 42);
    assert_int_equal(nil->type, REDIS_NIL);
    assert_int_equal(nil->err.code, E_NONE);
    assert_int_equal(empty->type, REDIS_LIST);
    assert_int_equal(empty->count, 0);
}

static void a_refusal_is_an_error_with_redis_words(void **state)
{
    struct call *refused = start(*state, "NOSUCH thing");
    struct call *next = start(*state, "PING");

    await(next);
    assert_true(refused->is_done);
    assert_int_equal(refused->err.code, E_REMOTE);
    assert_int_equal(refused->type, REDIS_FAILURE);
    assert_true(text_starts_with(refused->text, TEXT("ERR unknown command")));
    assert_non_null(strstr(refused->err.detail, "unknown command"));
    assert_int_equal(next->err.code, E_NONE);
}

static void arguments_are_bytes_and_may_be_many(void **state)
{
    struct fixture *fixture = *state;
    struct call *set = call_new(fixture, "SET binary x");
    struct call *push = call_new(fixture, "RPUSH many");

    set->args[2] = TEXT("a\0b\r\n");
    redis_op_start(fixture->client, &set->op);
    struct call *get = run(fixture, "GET binary");

    assert_true(text_equal(get->text, TEXT("a\0b\r\n")));
    for (int i = 0; i < 200; i++) {
        push->args[push->op.arg_count++] = TEXT_NONE; // an empty argument
    }
    redis_op_start(fixture->client, &push->op);
    await(push);
    assert_int_equal(push->number, 200);
}

static void too_many_arguments_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct call *call = call_new(fixture, "DEL");

    call->op.arg_count = REDIS_ARGS_MAX + 1;
    redis_op_start(fixture->client, &call->op);
    await(call);
    assert_int_equal(call->err.code, E_LIMIT);
}

static void a_thousand_at_once_are_answered_in_order(void **state)
{
    enum { COUNT = 1000 };
    struct call *calls[COUNT];

    for (int i = 0; i < COUNT; i++) {
        calls[i] = start(*state, "INCR counter");
    }
    for (int i = 0; i < COUNT; i++) {
        await(calls[i]);
        assert_int_equal(calls[i]->number, i + 1);
        if (i > 0) assert_true(calls[i]->sequence > calls[i - 1]->sequence);
    }
}

static void without_a_connection_operations_fail_at_once_but_not_inside_start(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, &(struct redis_config){.unix_path = "/nonexistent/redis.sock"});
    struct call *call = start(&fixture, "PING");

    await(call);
    assert_int_equal(call->err.code, E_UNAVAILABLE);
    assert_non_null(strstr(call->err.detail, "No such file"));
    assert_int_equal(redis_client_last_error(fixture.client)->code, E_CONNECT);
    fixture_done(&fixture);
    assert_int_equal(fixture.ready_count, 0);
    assert_int_equal(fixture.lost_count, 0);
}

static void a_killed_server_fails_what_is_in_flight_and_the_client_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct fixture other;

    fixture_init(&other, &(struct redis_config){.unix_path = socket_path});
    await_ready(&other, 1);
    struct call *blocked = start(fixture, "BLPOP nothing 0");
    struct call *seen;

    do { // until the server has it
        loop_turn(fixture->loop, 0);
        seen = run(&other, "INFO clients");
    } while (text_index_of(seen->text, TEXT("blocked_clients:1")) < 0);
    fixture_done(&other);
    private_kill(&server, SIGKILL);
    await(blocked);
    assert_int_equal(blocked->err.code, E_UNAVAILABLE);
    assert_int_equal(blocked->lost_count, 1); // the loss was told first
    assert_int_equal(run(fixture, "PING")->err.code, E_UNAVAILABLE);
    private_redis_launch(&server);
    await_ready(fixture, 2);
    assert_int_equal(run(fixture, "PING")->err.code, E_NONE);
    assert_int_equal(redis_client_last_error(fixture->client)->code, E_NONE);
}

static void a_late_answer_costs_the_connection(void **state)
{
    struct fixture *fixture = *state;
    struct call *late = call_new(fixture, "BLPOP nothing 0");
    struct call *behind;

    late->op.deadline_ms = 50;
    redis_op_start(fixture->client, &late->op);
    behind = start(fixture, "PING");
    await(late);
    await(behind);
    assert_int_equal(late->err.code, E_UNAVAILABLE);
    assert_non_null(strstr(late->err.message, "in time"));
    assert_int_equal(behind->err.code, E_UNAVAILABLE);
    assert_int_equal(fixture->lost_count, 1);
    await_ready(fixture, 2);
    assert_int_equal(run(fixture, "PING")->err.code, E_NONE);
}

static void a_refused_password_is_the_connections_error(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, &(struct redis_config){.unix_path = socket_path, .password = "wrong"});
    while (redis_client_last_error(fixture.client)->code == E_NONE) {
        turn(&fixture);
    }
    assert_non_null(strstr(redis_client_last_error(fixture.client)->detail, "AUTH"));
    assert_false(redis_client_is_ready(fixture.client));
    fixture_done(&fixture);
}

static void the_database_of_the_config_is_selected(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, &(struct redis_config){.unix_path = socket_path, .database = 3});
    await_ready(&fixture, 1);
    struct call *call = run(&fixture, "CLIENT INFO");

    assert_true(text_index_of(call->text, TEXT(" db=3 ")) >= 0);
    fixture_done(&fixture);
}

static void on_subscribed(struct redis_subscription *subscription)
{
    CONTAINER_OF(subscription, struct listener, subscription)->ready_count++;
}

static void on_message(struct redis_subscription *subscription, struct text message)
{
    struct listener *listener = CONTAINER_OF(subscription, struct listener, subscription);

    listener->message_count++;
    (void)snprintf(listener->last, sizeof(listener->last), TEXT_FMT, TEXT_ARG(message));
    if (listener->leaves) redis_unsubscribe(subscription);
}

static void listen_to(struct fixture *fixture, struct listener *listener, const char *channel)
{
    *listener = (struct listener){
        .subscription = {.channel = channel, .on_message = on_message, .on_ready = on_subscribed}};
    redis_subscribe(fixture->client, &listener->subscription);
}

static void await_listener(struct fixture *fixture, struct listener *listener, int ready_count)
{
    while (listener->ready_count < ready_count) {
        turn(fixture);
    }
}

static void messages_reach_the_subscription_of_their_channel(void **state)
{
    struct fixture *fixture = *state;
    struct listener one;
    struct listener two;

    listen_to(fixture, &one, "one");
    await_listener(fixture, &one, 1);
    listen_to(fixture, &two, "two");
    await_listener(fixture, &two, 1);
    (void)run(fixture, "PUBLISH one first");
    (void)run(fixture, "PUBLISH two second");
    while (two.message_count == 0 || one.message_count == 0) {
        turn(fixture);
    }
    assert_string_equal(one.last, "first");
    assert_string_equal(two.last, "second");
    assert_int_equal(one.message_count, 1);
    redis_unsubscribe(&one.subscription);
    redis_unsubscribe(&one.subscription);
    redis_unsubscribe(&two.subscription);
}

static void a_subscription_may_end_from_its_own_message(void **state)
{
    struct fixture *fixture = *state;
    struct listener leaver;
    struct listener stayer;

    listen_to(fixture, &leaver, "leaver");
    listen_to(fixture, &stayer, "stayer");
    leaver.leaves = true;
    await_listener(fixture, &leaver, 1);
    await_listener(fixture, &stayer, 1);
    (void)run(fixture, "PUBLISH leaver 1");
    (void)run(fixture, "PUBLISH leaver 2");
    (void)run(fixture, "PUBLISH stayer 3");
    while (stayer.message_count == 0) {
        turn(fixture);
    }
    assert_int_equal(leaver.message_count, 1);
    redis_unsubscribe(&stayer.subscription);
}

static void subscriptions_come_back_after_a_kill(void **state)
{
    struct fixture *fixture = *state;
    static struct listener listener; // outlives this function: closing ends it

    listen_to(fixture, &listener, "again");
    await_listener(fixture, &listener, 1);
    private_kill(&server, SIGKILL);
    private_redis_launch(&server);
    await_listener(fixture, &listener, 2);
    await_ready(fixture, 2);
    (void)run(fixture, "PUBLISH again back");
    while (listener.message_count == 0) {
        turn(fixture);
    }
    assert_string_equal(listener.last, "back");
}

static void closing_ends_what_is_in_flight(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, &(struct redis_config){.unix_path = socket_path});
    await_ready(&fixture, 1);
    struct call *call = start(&fixture, "BLPOP nothing 0");

    redis_client_close(fixture.client, on_closed, &fixture);
    while (!fixture.is_closed) {
        turn(&fixture);
    }
    assert_true(call->is_done);
    assert_int_equal(call->err.code, E_UNAVAILABLE);
    loop_free(fixture.loop);
    arena_done(&fixture.arena);
}

static int start_server(void **state)
{
    (void)state;
    private_redis_start(&server);
    private_redis_path(&server, socket_path);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    private_stop(&server);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_of_reply_is_read),
        TEST(a_refusal_is_an_error_with_redis_words),
        TEST(arguments_are_bytes_and_may_be_many),
        TEST(too_many_arguments_are_refused),
        TEST(a_thousand_at_once_are_answered_in_order),
        TEST(without_a_connection_operations_fail_at_once_but_not_inside_start),
        TEST(a_killed_server_fails_what_is_in_flight_and_the_client_comes_back),
        TEST(a_late_answer_costs_the_connection),
        TEST(a_refused_password_is_the_connections_error),
        TEST(the_database_of_the_config_is_selected),
        TEST(messages_reach_the_subscription_of_their_channel),
        TEST(a_subscription_may_end_from_its_own_message),
        TEST(subscriptions_come_back_after_a_kill),
        TEST(closing_ends_what_is_in_flight),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
