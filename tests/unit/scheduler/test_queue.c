/*
 * The queue against a Redis of its own. Every test begins with an empty one.
 */
#include "base/clock.h"
#include "base/crypto.h"
#include "io/loop.h"
#include "scheduler/queue.h"
#include "tests/unit/io/private_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#include <string.h>

#define TURNS_MAX 200000
#define FLOW      TEXT("7")
#define HOUR_MS   3600000LL

static struct private_server server;
static char socket_path[PRIVATE_PATH_SIZE];

struct fixture {
    struct loop *loop;
    struct redis_client *client;
    struct queue *queue;
    struct redis_subscription wake;
    int ready_count, wake_count;
    bool is_subscribed, is_closed;
};

/* One queue_next() and its answer. */
struct ask {
    struct queue_next next;
    bool is_done;
    struct error err;
};

struct look {
    struct queue_generation generation;
    bool is_done, is_new;
    struct error err;
};

struct command {
    struct redis_op op;
    bool is_done;
    int64_t number;
    char text[200];
};

static void on_ready(struct redis_client *client, void *ctx)
{
    struct fixture *fixture = ctx;

    (void)client;
    fixture->ready_count++;
    if (fixture->queue) queue_on_ready(fixture->queue);
}

static void on_wake(struct redis_subscription *subscription, struct text message)
{
    (void)message;
    CONTAINER_OF(subscription, struct fixture, wake)->wake_count++;
}

static void on_subscribed(struct redis_subscription *subscription)
{
    CONTAINER_OF(subscription, struct fixture, wake)->is_subscribed = true;
}

static void on_closed(void *ctx)
{
    ((struct fixture *)ctx)->is_closed = true;
}

static void turn(struct fixture *fixture)
{
    static int turns;

    assert_true(turns++ < TURNS_MAX);
    loop_turn(fixture->loop, 1000);
}

static void on_command(struct redis_op *op, const struct redis_reply *reply,
                       const struct error *err)
{
    struct command *command = CONTAINER_OF(op, struct command, op);

    command->is_done = true;
    if (err) return;
    command->number = redis_reply_int(reply);
    struct text text = redis_reply_text(reply);

    (void)snprintf(command->text, sizeof command->text, "%.*s", (int)text.len,
                   text.ptr ? text.ptr : "");
}

/* Runs a command, words parted by spaces. */
static int64_t redis_run(struct fixture *fixture, const char *words)
{
    struct text args[16];
    struct text rest = text_from(words);
    struct command command = {.op = {.args = args, .on_done = on_command}};

    while (rest.ptr) {
        args[command.op.arg_count++] = text_cut(&rest, ' ');
    }
    redis_op_start(fixture->client, &command.op);
    while (!command.is_done) {
        turn(fixture);
    }
    return command.number;
}

static int setup(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);
    struct redis_config config = {.unix_path = socket_path, .on_ready = on_ready, .ctx = fixture};

    fixture->loop = private_loop();
    fixture->client = redis_client_new(fixture->loop, &config);
    fixture->wake = (struct redis_subscription){
        .channel = QUEUE_WAKE_CHANNEL, .on_message = on_wake, .on_ready = on_subscribed};
    while (fixture->ready_count == 0) {
        turn(fixture);
    }
    redis_run(fixture, "FLUSHALL");
    fixture->queue = queue_new(fixture->loop, &(struct queue_config){.redis = fixture->client});
    redis_subscribe(fixture->client, &fixture->wake);
    while (!fixture->is_subscribed) {
        turn(fixture);
    }
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    queue_free(fixture->queue);
    redis_unsubscribe(&fixture->wake);
    redis_client_close(fixture->client, on_closed, fixture);
    while (!fixture->is_closed) {
        turn(fixture);
    }
    loop_free(fixture->loop);
    test_free(fixture);
    return 0;
}

/* The run with that number. */
static struct uuid run_id(int number)
{
    struct uuid id = {{0}};

    id.bytes[0] = 0x01;
    id.bytes[14] = (uint8_t)(number >> 8);
    id.bytes[15] = (uint8_t)number;
    return id;
}

static int run_number(struct uuid id)
{
    return id.bytes[14] << 8 | id.bytes[15];
}

static struct queue_entry entry(int64_t workspace, int number)
{
    return (struct queue_entry){.workspace = workspace, .run = run_id(number), .flow = FLOW};
}

static void push(struct fixture *fixture, int64_t workspace, int number)
{
    struct queue_entry one = entry(workspace, number);

    queue_push(fixture->queue, &one, 1);
}

static void push_flow(struct fixture *fixture, int64_t workspace, const char *flow, int number)
{
    struct queue_entry one = entry(workspace, number);

    one.flow = text_from(flow);
    queue_push(fixture->queue, &one, 1);
}

static void on_next(struct queue_next *next, const struct error *err)
{
    struct ask *ask = CONTAINER_OF(next, struct ask, next);

    assert_false(ask->is_done);
    ask->is_done = true;
    if (err) ask->err = *err;
}

static void start_ask(struct fixture *fixture, struct ask *ask, const char *worker, int want,
                      enum queue_which which)
{
    *ask = (struct ask){
        .next = {.worker = text_from(worker), .want = want, .which = which, .on_done = on_next}};
    queue_next_start(fixture->queue, &ask->next);
    assert_false(ask->is_done);
}

static struct ask next_of_some(struct fixture *fixture, const char *worker, int want,
                               enum queue_which which)
{
    struct ask ask;

    start_ask(fixture, &ask, worker, want, which);
    while (!ask.is_done) {
        turn(fixture);
    }
    if (ask.err.code) fail_msg("%s (%s)", ask.err.message, ask.err.detail);
    return ask;
}

static struct ask next_of(struct fixture *fixture, const char *worker, int want)
{
    return next_of_some(fixture, worker, want, QUEUE_ALL);
}

/* "1 2 3": the numbers of the proposed runs, in order. */
static void assert_proposed_some(struct fixture *fixture, const char *worker, int want,
                                 enum queue_which which, const char *numbers)
{
    struct ask ask = next_of_some(fixture, worker, want, which);
    struct buf got CLEANUP(buf_done) = {0};

    buf_cstr(&got, "");
    for (size_t i = 0; i < ask.next.run_count; i++) {
        buf_printf(&got, i ? " %d" : "%d", run_number(ask.next.runs[i]));
    }
    assert_string_equal(got.ptr ? got.ptr : "", numbers);
}

static void assert_proposed(struct fixture *fixture, const char *worker, int want,
                            const char *numbers)
{
    assert_proposed_some(fixture, worker, want, QUEUE_ALL, numbers);
}

static void release(struct fixture *fixture, const char *worker, int number)
{
    struct queue_entry one = entry(0, number);

    queue_release(fixture->queue, text_from(worker), &one, 1);
}

static void on_generation(struct queue_generation *generation, bool is_new, const struct error *err)
{
    struct look *look = CONTAINER_OF(generation, struct look, generation);

    look->is_done = true;
    look->is_new = is_new;
    if (err) look->err = *err;
}

static struct look look_at(struct fixture *fixture, struct queue *queue)
{
    struct look look = {.generation = {.on_done = on_generation}};

    queue_generation_start(queue, &look.generation);
    while (!look.is_done) {
        turn(fixture);
    }
    assert_int_equal(look.err.code, E_NONE);
    return look;
}

/* ---- order and fairness ---- */

static void runs_of_a_workspace_come_in_order(void **state)
{
    for (int i = 1; i <= 5; i++) {
        push(*state, 1, i);
    }
    assert_proposed(*state, "w", 3, "1 2 3");
    assert_proposed(*state, "w", 64, "4 5");
    assert_proposed(*state, "w", 64, "");
}

static void the_answer_names_the_workspace(void **state)
{
    push(*state, 9007199254740993LL, 1); // more than a double holds
    struct ask ask = next_of(*state, "w", 1);

    assert_int_equal(ask.next.run_count, 1);
    assert_int_equal(ask.next.workspaces[0], 9007199254740993LL);
    assert_memory_equal(ask.next.runs[0].bytes, run_id(1).bytes, 16);
}

static void a_large_workspace_does_not_hold_up_small_ones(void **state)
{
    int taken[6] = {0};

    for (int i = 0; i < 100; i++) {
        push(*state, 1, 1000 + i);
    }
    for (int workspace = 2; workspace <= 5; workspace++) {
        for (int i = 0; i < 4; i++) {
            push(*state, workspace, workspace * 10 + i);
        }
    }
    for (int call = 0; call < 4; call++) { // 20 proposals: 4 of each
        struct ask ask = next_of(*state, "w", 5);

        assert_int_equal(ask.next.run_count, 5);
        for (size_t i = 0; i < 5; i++) {
            taken[ask.next.workspaces[i]]++;
        }
    }
    for (int workspace = 1; workspace <= 5; workspace++) {
        assert_int_equal(taken[workspace], 4);
    }
}

static void weights_are_shares(void **state)
{
    static const int weights[] = {0, 1, 2, 5};
    int taken[4] = {0};

    for (int workspace = 1; workspace <= 3; workspace++) {
        for (int i = 0; i < 200; i++) {
            struct queue_entry one = entry(workspace, workspace * 1000 + i);

            one.weight = weights[workspace];
            queue_push(((struct fixture *)*state)->queue, &one, 1);
        }
    }
    for (int call = 0; call < 40; call++) { // 120 in threes: turns are cut and go on
        struct ask ask = next_of(*state, "w", 3);

        for (size_t i = 0; i < ask.next.run_count; i++) {
            taken[ask.next.workspaces[i]]++;
        }
    }
    assert_int_equal(taken[1], 15);
    assert_int_equal(taken[2], 30);
    assert_int_equal(taken[3], 75);
}

static void a_weight_stays_until_another_is_given(void **state)
{
    struct fixture *fixture = *state;
    struct queue_entry one = entry(1, 1);

    one.weight = 3;
    queue_push(fixture->queue, &one, 1);
    assert_proposed(fixture, "w", 2, "1");
    for (int i = 10; i < 14; i++) {
        push(fixture, 1, i);
        push(fixture, 2, i + 10);
    }
    assert_proposed(fixture, "w", 5, "10 11 12 20 13");
    one.weight = 1;
    queue_push(fixture->queue, &one, 1);
    push(fixture, 1, 2);
    assert_proposed(fixture, "w", 5, "21 1 22 2 23");
}

/* ---- light workspaces ---- */

/* Runs number, number + 1, … of the workspace. */
static void push_many(struct fixture *fixture, int64_t workspace, int number, int count)
{
    for (int i = 0; i < count; i++) {
        push(fixture, workspace, number + i);
    }
}

static void a_light_workspace_goes_before_those_with_a_backlog(void **state)
{
    push_many(*state, 1, 10, 9);
    push_many(*state, 2, 20, 9);
    push(*state, 3, 30);
    assert_proposed(*state, "w", 3, "30 10 20");
    push(*state, 4, 40); // the turn of the others has been: two of theirs have gone since
    assert_proposed(*state, "w", 3, "40 11 21");
}

static void light_workspaces_have_every_other_turn_while_others_wait(void **state)
{
    push_many(*state, 1, 10, 9);
    for (int i = 1; i <= 4; i++) {
        push(*state, 1 + i, 100 * i);
    }
    assert_proposed(*state, "w", 1, "100");
    assert_proposed(*state, "w", 1, "10"); // across calls too: nobody starves
    assert_proposed(*state, "w", 4, "200 11 300 12");
    assert_proposed(*state, "w", 3, "400 13 14");
}

static void a_workspace_is_not_light_once_it_has_a_few_runs_in_slots(void **state)
{
    push_many(*state, 1, 10, 9);
    push_many(*state, 2, 20, 3);
    assert_proposed_some(*state, "w", 64, QUEUE_LIGHT, "20 21 22");
    push(*state, 2, 23); // the fourth
    assert_proposed_some(*state, "w", 64, QUEUE_LIGHT, "");
    assert_proposed(*state, "w", 2, "10 23");
    for (int number = 20; number <= 23; number++) {
        release(*state, "w", number);
    }
    assert_proposed(*state, "w", 1, "11");
    push(*state, 2, 24);
    assert_proposed_some(*state, "w", 64, QUEUE_LIGHT, "24");
}

static void a_light_workspace_that_gets_a_backlog_goes_to_the_others(void **state)
{
    push(*state, 1, 10);
    turn(*state); // it has lined up as a light one
    push_many(*state, 1, 11, 9);
    assert_proposed_some(*state, "w", 64, QUEUE_LIGHT, "");
    assert_proposed_some(*state, "w", 2, QUEUE_OTHERS, "10 11");
}

static void who_asks_for_some_is_proposed_no_others(void **state)
{
    push_many(*state, 1, 10, 4);
    push_many(*state, 2, 20, 2);
    struct ask ask = next_of_some(*state, "w", 3, QUEUE_LIGHT);

    assert_int_equal(ask.next.run_count, 2);
    assert_int_equal(ask.next.rest, QUEUE_HAS_MORE);
    assert_int_equal(ask.next.next_due_ms, 0);
    push(*state, 3, 30);
    assert_proposed_some(*state, "w", 64, QUEUE_OTHERS, "10 11 12 13");
    assert_proposed(*state, "w", 64, "30");
}

/* What is left to others may be taken by none of them. */
static void who_leaves_light_ones_to_others_comes_back_soon(void **state)
{
    push(*state, 1, 1);
    struct ask ask = next_of_some(*state, "w", 64, QUEUE_OTHERS);

    assert_int_equal(ask.next.run_count, 0);
    assert_true(ask.next.next_due_ms > 0);
    assert_true(ask.next.next_due_ms < clock_wall_ms() + HOUR_MS);
}

static void pushing_twice_is_harmless(void **state)
{
    push(*state, 1, 1);
    push(*state, 1, 1);
    push(*state, 1, 2);
    assert_proposed(*state, "w", 1, "1");
    push(*state, 1, 2);
    assert_proposed(*state, "w", 64, "2");
    push(*state, 1, 1); // it is driven now, and may be due again
    assert_proposed(*state, "w", 64, "1");
}

static void ten_thousand_pushes_at_once_arrive(void **state)
{
    struct fixture *fixture = *state;
    struct queue_entry *entries = test_calloc(10000, sizeof *entries);

    for (int i = 0; i < 10000; i++) {
        entries[i] = entry(1 + i % 100, i);
    }
    queue_push(fixture->queue, entries, 10000);
    int count = 0;

    for (;;) {
        struct ask ask = next_of(fixture, "w", 64);

        count += (int)ask.next.run_count;
        if (ask.next.run_count < 64) break;
    }
    assert_int_equal(count, 10000);
    test_free(entries);
}

/* ---- timers ---- */

static void a_timer_is_proposed_when_it_is_due(void **state)
{
    struct fixture *fixture = *state;
    struct queue_entry one = entry(1, 1);
    int64_t before_ms = clock_wall_ms();

    one.due_ms = before_ms + 60;
    queue_push(fixture->queue, &one, 1);
    struct ask ask = next_of(fixture, "w", 64);

    assert_int_equal(ask.next.run_count, 0);
    assert_in_range(ask.next.next_due_ms, before_ms, before_ms + 120);
    while (ask.next.run_count == 0) {
        ask = next_of(fixture, "w", 64);
    }
    assert_true(clock_wall_ms() >= one.due_ms);
    assert_int_equal(ask.next.next_due_ms, 0);
    assert_int_equal(run_number(ask.next.runs[0]), 1);
}

static void the_earliest_timer_of_a_run_counts(void **state)
{
    struct fixture *fixture = *state;
    struct queue_entry one = entry(1, 1);
    int64_t now_ms = clock_wall_ms();

    one.due_ms = now_ms + HOUR_MS;
    queue_push(fixture->queue, &one, 1);
    one.due_ms = now_ms + 2 * HOUR_MS;
    queue_push(fixture->queue, &one, 1);
    assert_in_range(next_of(fixture, "w", 1).next.next_due_ms, now_ms + HOUR_MS - 1000,
                    now_ms + HOUR_MS + 60000);
}

static void a_time_without_end_is_cut(void **state)
{
    struct fixture *fixture = *state;
    struct queue_entry one = entry(1, 1);

    one.due_ms = INT64_MAX;
    queue_push(fixture->queue, &one, 1);
    assert_in_range(next_of(fixture, "w", 1).next.next_due_ms, clock_wall_ms() + HOUR_MS,
                    INT64_MAX / 2);
}

static void a_run_that_becomes_ready_loses_its_timer(void **state)
{
    struct fixture *fixture = *state;
    struct queue_entry one = entry(1, 1);

    one.due_ms = clock_wall_ms() + HOUR_MS;
    queue_push(fixture->queue, &one, 1);
    assert_int_not_equal(next_of(fixture, "w", 1).next.next_due_ms, 0);
    push(fixture, 1, 1);
    struct ask ask = next_of(fixture, "w", 1);

    assert_int_equal(ask.next.run_count, 1);
    assert_int_equal(ask.next.next_due_ms, 0);
}

static void many_due_timers_are_moved_over_several_calls(void **state)
{
    struct fixture *fixture = *state;
    int count = 0;

    for (int i = 0; i < 1200; i++) {
        struct queue_entry one = entry(1 + i % 3, i);

        one.due_ms = clock_wall_ms() + 2;
        queue_push(fixture->queue, &one, 1);
    }
    for (;;) {
        struct ask ask = next_of(fixture, "w", 64);

        count += (int)ask.next.run_count;
        if (ask.next.run_count < 64 && ask.next.next_due_ms == 0) break;
    }
    assert_int_equal(count, 1200);
}

/* ---- caps ---- */

static void a_workspace_stays_within_its_cap(void **state)
{
    struct fixture *fixture = *state;

    queue_limit_set(fixture->queue, 1, TEXT_NONE, 2);
    for (int i = 1; i <= 5; i++) {
        push(fixture, 1, i);
    }
    push(fixture, 2, 11);
    push(fixture, 2, 12);
    assert_proposed(fixture, "w", 64, "11 1 12 2"); // the second is light
    assert_proposed(fixture, "w", 64, "");
    release(fixture, "w", 2);
    assert_proposed(fixture, "w", 64, "3");
    release(fixture, "w", 1);
    release(fixture, "w", 3);
    assert_proposed(fixture, "w", 64, "4 5");
}

static void a_flow_stays_within_its_cap_and_others_pass_it(void **state)
{
    struct fixture *fixture = *state;

    queue_limit_set(fixture->queue, 1, TEXT("7"), 1);
    for (int i = 1; i <= 4; i++) {
        push_flow(fixture, 1, "7", i);
    }
    push_flow(fixture, 1, "8", 21);
    push_flow(fixture, 1, "8", 22);
    assert_proposed(fixture, "w", 64, "1 21 22");
    push_flow(fixture, 1, "7", 2); // held, but still queued
    push_flow(fixture, 1, "7", 5);
    assert_proposed(fixture, "w", 64, "");
    release(fixture, "w", 1);
    push_flow(fixture, 1, "8", 23);
    assert_proposed(fixture, "w", 64, "2 23"); // what was held goes first
    release(fixture, "w", 2);
    assert_proposed(fixture, "w", 64, "3");
    release(fixture, "w", 3);
    assert_proposed(fixture, "w", 64, "4");
    release(fixture, "w", 4);
    assert_proposed(fixture, "w", 64, "5");
}

static void a_cap_may_stand_for_all_workspaces(void **state)
{
    struct fixture *fixture = *state;

    queue_limit_set(fixture->queue, 0, TEXT_NONE, 1);
    queue_limit_set(fixture->queue, 2, TEXT_NONE, 2);
    for (int i = 1; i <= 3; i++) {
        push(fixture, 1, i);
        push(fixture, 2, 10 + i);
    }
    assert_proposed(fixture, "w", 64, "1 11 12");
}

static void a_changed_cap_reaches_what_is_queued(void **state)
{
    struct fixture *fixture = *state;

    queue_limit_set(fixture->queue, 1, TEXT_NONE, 0);
    queue_limit_set(fixture->queue, 2, TEXT("7"), 0);
    push(fixture, 1, 1);
    push(fixture, 1, 2);
    push(fixture, 2, 11);
    push(fixture, 2, 12);
    assert_proposed(fixture, "w", 64, "");
    queue_limit_set(fixture->queue, 1, TEXT_NONE, 1);
    assert_proposed(fixture, "w", 64, "1");
    queue_limit_set(fixture->queue, 1, TEXT_NONE, -1);
    assert_proposed(fixture, "w", 64, "2");
    queue_limit_set(fixture->queue, 2, TEXT("7"), -1);
    assert_proposed(fixture, "w", 64, "11 12");
}

static void releasing_twice_frees_one_slot(void **state)
{
    struct fixture *fixture = *state;

    queue_limit_set(fixture->queue, 1, TEXT_NONE, 2);
    for (int i = 1; i <= 5; i++) {
        push(fixture, 1, i);
    }
    assert_proposed(fixture, "w", 64, "1 2");
    release(fixture, "w", 1);
    release(fixture, "w", 1);
    assert_proposed(fixture, "w", 64, "3");
    release(fixture, "w", 1);
    release(fixture, "w", 99); // never had one
    assert_proposed(fixture, "w", 64, "");
}

static void releases_ride_along_with_the_next_call(void **state)
{
    struct fixture *fixture = *state;
    struct queue_entry released[] = {entry(1, 1), entry(1, 2)};
    struct ask ask;

    queue_limit_set(fixture->queue, 1, TEXT_NONE, 2);
    for (int i = 1; i <= 4; i++) {
        push(fixture, 1, i);
    }
    assert_proposed(fixture, "w", 64, "1 2");
    ask = (struct ask){.next = {.worker = TEXT("w"),
                                .released = released,
                                .released_count = 2,
                                .want = 64,
                                .on_done = on_next}};
    queue_next_start(fixture->queue, &ask.next);
    while (!ask.is_done) {
        turn(fixture);
    }
    assert_int_equal(ask.next.run_count, 2);
    assert_int_equal(run_number(ask.next.runs[0]), 3);
}

static void one_worker_cannot_free_the_slots_of_another(void **state)
{
    struct fixture *fixture = *state;

    queue_limit_set(fixture->queue, 1, TEXT_NONE, 1);
    push(fixture, 1, 1);
    assert_proposed(fixture, "a", 64, "1");
    push(fixture, 1, 2);
    release(fixture, "b", 1);
    assert_proposed(fixture, "b", 64, "");
    release(fixture, "a", 1);
    assert_proposed(fixture, "b", 64, "2");
}

static void without_caps_nothing_is_left_behind(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 500; i++) {
        push(fixture, 1 + i % 7, i);
    }
    for (int i = 0; i < 8; i++) {
        struct ask ask = next_of(fixture, "w", 64);
        struct queue_entry entries[64];

        for (size_t j = 0; j < ask.next.run_count; j++) {
            entries[j] = entry(0, run_number(ask.next.runs[j]));
        }
        queue_release(fixture->queue, TEXT("w"), entries, ask.next.run_count);
    }
    assert_proposed(fixture, "w", 64, "");
    assert_int_equal(redis_run(fixture, "DBSIZE"), 2); // workers, idle
}

static void a_reconnected_worker_begins_without_slots(void **state)
{
    struct fixture *fixture = *state;
    int ready_count = fixture->ready_count;

    queue_limit_set(fixture->queue, 1, TEXT_NONE, 1);
    push(fixture, 1, 1);
    assert_proposed(fixture, "w", 64, "1");
    push(fixture, 1, 2);
    assert_proposed(fixture, "w", 64, "");
    redis_run(fixture, "CLIENT KILL TYPE normal SKIPME no");
    while (fixture->ready_count == ready_count) {
        turn(fixture);
    }
    assert_proposed(fixture, "w", 64, "2");
}

static void slots_of_a_silent_worker_are_dropped(void **state)
{
    struct fixture *fixture = *state;

    queue_limit_set(fixture->queue, 1, TEXT_NONE, 1);
    push(fixture, 1, 1);
    assert_proposed(fixture, "dead", 64, "1");
    push(fixture, 1, 2);
    assert_proposed(fixture, "w", 64, "");
    redis_run(fixture, "ZADD weir:{s0}:2:workers 1 dead"); // long ago
    look_at(fixture, fixture->queue);
    assert_proposed(fixture, "w", 64, "2");
}

/* ---- wake-ups ---- */

static void await_wakes(struct fixture *fixture, int count)
{
    while (fixture->wake_count < count) {
        turn(fixture);
    }
}

static void an_idle_worker_is_woken_once(void **state)
{
    struct fixture *fixture = *state;

    assert_proposed(fixture, "w", 64, ""); // now it is idle
    push(fixture, 1, 1);
    await_wakes(fixture, 1);
    push(fixture, 1, 2); // it is on its way already
    redis_run(fixture, "PUBLISH weir:{s0}:wake end");
    await_wakes(fixture, 2); // only the one that says end
    assert_proposed(fixture, "w", 64, "1 2");
    assert_int_equal(fixture->wake_count, 2);
}

static void nobody_is_woken_while_all_are_busy(void **state)
{
    struct fixture *fixture = *state;

    push(fixture, 1, 1);
    assert_proposed(fixture, "w", 1, "1"); // got all it wanted
    push(fixture, 1, 2);
    redis_run(fixture, "PUBLISH weir:{s0}:wake end");
    await_wakes(fixture, 1);
    assert_proposed(fixture, "w", 1, "2");
    assert_int_equal(fixture->wake_count, 1);
}

static void who_waits_for_light_ones_is_woken_for_those_alone(void **state)
{
    struct fixture *fixture = *state;

    push_many(fixture, 1, 10, 9);
    assert_proposed_some(fixture, "w", 64, QUEUE_LIGHT, "");
    push_many(fixture, 1, 20, 9);
    push_many(fixture, 2, 30, 9);
    redis_run(fixture, "PUBLISH weir:{s0}:wake end");
    await_wakes(fixture, 1);
    push(fixture, 3, 40);
    await_wakes(fixture, 2);
    assert_proposed_some(fixture, "w", 64, QUEUE_LIGHT, "40");
}

static void whoever_is_idle_is_woken_for_a_light_one(void **state)
{
    struct fixture *fixture = *state;

    assert_proposed_some(fixture, "w", 64, QUEUE_OTHERS, "");
    push(fixture, 1, 1);
    await_wakes(fixture, 1);
}

static void an_earlier_timer_wakes_a_later_one_does_not(void **state)
{
    struct fixture *fixture = *state;
    struct queue_entry one = entry(1, 1), two = entry(1, 2);

    assert_proposed(fixture, "w", 64, "");
    one.due_ms = clock_wall_ms() + HOUR_MS;
    queue_push(fixture->queue, &one, 1);
    await_wakes(fixture, 1);
    assert_proposed(fixture, "w", 64, "");
    two.due_ms = one.due_ms + HOUR_MS;
    queue_push(fixture->queue, &two, 1);
    assert_proposed(fixture, "w", 64, "");
    redis_run(fixture, "PUBLISH weir:{s0}:wake end");
    await_wakes(fixture, 2);
    assert_int_equal(fixture->wake_count, 2);
}

/* ---- the functions and the memory ---- */

static void a_memory_is_new_until_it_is_swept(void **state)
{
    struct fixture *fixture = *state;
    struct look look = look_at(fixture, fixture->queue);

    assert_true(look.is_new);
    assert_true(look.generation.is_turn);
    assert_true(look_at(fixture, fixture->queue).is_new);
    queue_swept(fixture->queue, look.generation.id);
    assert_false(look_at(fixture, fixture->queue).is_new);
    redis_run(fixture, "FLUSHALL");
    assert_true(look_at(fixture, fixture->queue).is_new);
    queue_swept(fixture->queue, look.generation.id); // that was the other memory
    assert_true(look_at(fixture, fixture->queue).is_new);
}

static void a_restarted_redis_is_new_and_gets_its_functions(void **state)
{
    struct fixture *fixture = *state;
    struct look look = look_at(fixture, fixture->queue);
    int ready_count = fixture->ready_count;

    queue_swept(fixture->queue, look.generation.id);
    assert_false(look_at(fixture, fixture->queue).is_new);
    private_kill(&server, SIGKILL);
    unlink(socket_path);
    private_redis_launch(&server);
    while (fixture->ready_count == ready_count) {
        turn(fixture);
    }
    assert_true(look_at(fixture, fixture->queue).is_new);
    push(fixture, 1, 1);
    assert_proposed(fixture, "w", 64, "1");
}

static void only_one_sweeper_has_the_turn(void **state)
{
    struct fixture *fixture = *state;
    struct queue *other =
        queue_new(fixture->loop, &(struct queue_config){.redis = fixture->client});

    assert_true(look_at(fixture, fixture->queue).generation.is_turn);
    assert_false(look_at(fixture, other).generation.is_turn);
    assert_true(look_at(fixture, fixture->queue).generation.is_turn);
    redis_run(fixture, "DEL weir:{s0}:2:turn"); // its time is over
    assert_true(look_at(fixture, other).generation.is_turn);
    queue_free(other);
}

static void functions_that_somebody_flushed_are_loaded_again(void **state)
{
    struct fixture *fixture = *state;
    struct ask ask;

    assert_proposed(fixture, "w", 64, "");
    redis_run(fixture, "FUNCTION FLUSH");
    start_ask(fixture, &ask, "w", 64, QUEUE_ALL);
    while (!ask.is_done) {
        turn(fixture);
    }
    assert_int_equal(ask.err.code, E_REMOTE);
    push(fixture, 1, 1);
    assert_proposed(fixture, "w", 64, "1");
}

static void without_redis_calls_fail_softly(void **state)
{
    struct fixture *fixture = *state;
    struct ask ask;

    private_kill(&server, SIGKILL);
    unlink(socket_path);
    while (redis_client_is_ready(fixture->client)) {
        turn(fixture);
    }
    push(fixture, 1, 1);
    release(fixture, "w", 1);
    queue_publish_cancel(fixture->queue, run_id(1));
    start_ask(fixture, &ask, "w", 64, QUEUE_ALL);
    while (!ask.is_done) {
        turn(fixture);
    }
    assert_int_equal(ask.err.code, E_UNAVAILABLE);
    private_redis_launch(&server);
    while (!redis_client_is_ready(fixture->client)) {
        turn(fixture);
    }
    push(fixture, 1, 2);
    assert_proposed(fixture, "w", 64, "2");
}

static void calls_in_flight_answer_after_the_queue_is_gone(void **state)
{
    struct fixture *fixture = *state;
    struct queue *other =
        queue_new(fixture->loop, &(struct queue_config){.redis = fixture->client});
    struct look look = {.generation = {.on_done = on_generation}};
    struct ask ask = {.next = {.worker = TEXT("w"), .want = 1, .on_done = on_next}};
    struct queue_entry one = entry(1, 1);

    queue_push(other, &one, 1);
    queue_generation_start(other, &look.generation);
    queue_next_start(other, &ask.next);
    queue_free(other);
    while (!ask.is_done || !look.is_done) {
        turn(fixture);
    }
    assert_int_equal(ask.err.code, E_NONE);
    assert_int_equal(ask.next.run_count, 1);
}

struct listener {
    struct redis_subscription subscription;
    bool is_ready;
    size_t len;
};

static void on_changed_ready(struct redis_subscription *subscription)
{
    CONTAINER_OF(subscription, struct listener, subscription)->is_ready = true;
}

static void on_changed(struct redis_subscription *subscription, struct text message)
{
    CONTAINER_OF(subscription, struct listener, subscription)->len += message.len;
}

static void changes_are_published_together(void **state)
{
    struct fixture *fixture = *state;
    struct uuid runs[] = {run_id(1), run_id(2)};
    struct listener changed = {.subscription = {.channel = QUEUE_CHANGED_CHANNEL,
                                                .on_message = on_changed,
                                                .on_ready = on_changed_ready}};

    redis_subscribe(fixture->client, &changed.subscription);
    while (!changed.is_ready) {
        turn(fixture);
    }
    queue_publish_changed(fixture->queue, runs, 2);
    queue_publish_changed(fixture->queue, runs, 1);
    while (changed.len < 48) {
        turn(fixture);
    }
    assert_int_equal(changed.len, 48);
    redis_unsubscribe(&changed.subscription);
}

static int start_server(void **state)
{
    (void)state;
    crypto_start();
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
        TEST(runs_of_a_workspace_come_in_order),
        TEST(the_answer_names_the_workspace),
        TEST(a_large_workspace_does_not_hold_up_small_ones),
        TEST(weights_are_shares),
        TEST(a_weight_stays_until_another_is_given),
        TEST(a_light_workspace_goes_before_those_with_a_backlog),
        TEST(light_workspaces_have_every_other_turn_while_others_wait),
        TEST(a_workspace_is_not_light_once_it_has_a_few_runs_in_slots),
        TEST(a_light_workspace_that_gets_a_backlog_goes_to_the_others),
        TEST(who_asks_for_some_is_proposed_no_others),
        TEST(who_leaves_light_ones_to_others_comes_back_soon),
        TEST(pushing_twice_is_harmless),
        TEST(ten_thousand_pushes_at_once_arrive),
        TEST(a_timer_is_proposed_when_it_is_due),
        TEST(the_earliest_timer_of_a_run_counts),
        TEST(a_time_without_end_is_cut),
        TEST(a_run_that_becomes_ready_loses_its_timer),
        TEST(many_due_timers_are_moved_over_several_calls),
        TEST(a_workspace_stays_within_its_cap),
        TEST(a_flow_stays_within_its_cap_and_others_pass_it),
        TEST(a_cap_may_stand_for_all_workspaces),
        TEST(a_changed_cap_reaches_what_is_queued),
        TEST(releasing_twice_frees_one_slot),
        TEST(releases_ride_along_with_the_next_call),
        TEST(one_worker_cannot_free_the_slots_of_another),
        TEST(without_caps_nothing_is_left_behind),
        TEST(a_reconnected_worker_begins_without_slots),
        TEST(slots_of_a_silent_worker_are_dropped),
        TEST(an_idle_worker_is_woken_once),
        TEST(nobody_is_woken_while_all_are_busy),
        TEST(who_waits_for_light_ones_is_woken_for_those_alone),
        TEST(whoever_is_idle_is_woken_for_a_light_one),
        TEST(an_earlier_timer_wakes_a_later_one_does_not),
        TEST(a_memory_is_new_until_it_is_swept),
        TEST(a_restarted_redis_is_new_and_gets_its_functions),
        TEST(only_one_sweeper_has_the_turn),
        TEST(functions_that_somebody_flushed_are_loaded_again),
        TEST(without_redis_calls_fail_softly),
        TEST(calls_in_flight_answer_after_the_queue_is_gone),
        TEST(changes_are_published_together),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
