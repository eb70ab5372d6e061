/*
 * The scheduler and its parts against a Postgres and a Redis of their own. Each test begins without
 * runs, schedules and hints. The parts run on the test's loop, the whole on a thread.
 */
#include "base/clock.h"
#include "base/crypto.h"
#include "base/parse.h"
#include "base/thread.h"
#include "io/loop.h"
#include "scheduler/firing.h"
#include "scheduler/lease_keeper.h"
#include "scheduler/queue.h"
#include "scheduler/scheduler.h"
#include "scheduler/sweeper.h"
#include "scheduler/upkeep.h"
#include "storage/storage.h"
#include "tests/unit/io/private_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#include <inttypes.h>
#include <sys/eventfd.h>

#define PATIENCE_MS 30000

static struct private_server pg, redis;
static char redis_path[PRIVATE_PATH_SIZE];

struct fixture {
    struct scheduler_context context;
    struct pg_sync *sync;
    int64_t deadline_ms;
    int ready_count;
    bool is_closed;
    struct sweeper sweeper;
    struct firing firing, other_firing;
    struct lease_keeper keeper;
    struct upkeep upkeep;
    int renewed_count, lost_count;
};

static void script(struct fixture *fixture, const char *sql)
{
    struct error err = {0};

    if (!pg_sync_script(fixture->sync, sql, &err)) fail_msg("%s: %s", sql, err.message);
}

static int64_t value(struct fixture *fixture, const char *sql)
{
    struct error err = {0};
    struct arena arena;
    struct text text;

    arena_init(&arena, 0);
    if (!pg_sync_value(fixture->sync, sql, NULL, 0, &arena, &text, &err)) {
        fail_msg("%s: %s", sql, err.message);
    }
    int64_t number = -1;

    if (text.ptr) assert_true(parse_int64(text, &number));

    arena_done(&arena);
    return number;
}

/* Fails the test when it has waited too long. */
static void turn(struct fixture *fixture)
{
    assert_true(clock_monotonic_ms() < fixture->deadline_ms);
    loop_turn(fixture->context.loop, 20);
}

static void on_ready(struct redis_client *client, void *ctx)
{
    struct fixture *fixture = ctx;

    (void)client;
    fixture->ready_count++;
    if (!fixture->context.queue) return;
    queue_on_ready(fixture->context.queue);
    if (fixture->sweeper.context) sweeper_kick(&fixture->sweeper);
}

struct command {
    struct redis_op op;
    bool is_done;
};

static void on_command(struct redis_op *op, const struct redis_reply *reply,
                       const struct error *err)
{
    (void)reply;
    assert_null(err);
    CONTAINER_OF(op, struct command, op)->is_done = true;
}

static void redis_run(struct fixture *fixture, const struct text *args, size_t count)
{
    struct command command = {.op = {.args = args, .arg_count = count, .on_done = on_command}};

    redis_op_start(fixture->context.redis, &command.op);
    while (!command.is_done) {
        turn(fixture);
    }
}

static void flush_redis(struct fixture *fixture)
{
    redis_run(fixture, (struct text[]){TEXT("FLUSHALL")}, 1);
}

static int setup(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);
    struct scheduler_context *context = &fixture->context;
    struct redis_config redis_config = {
        .unix_path = redis_path, .on_ready = on_ready, .ctx = fixture};
    struct pg_config config = private_pg_config(&pg);
    struct error err = {0};

    fixture->deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    fixture->sync = pg_sync_new(&config, &err);
    assert_non_null(fixture->sync);
    script(fixture, "truncate weir.runs, weir.schedules, weir.servers, weir.concurrency_slots "
                    "restart identity; "
                    "update weir.flows set run_counter = 0");
    context->loop = private_loop();
    context->storage = storage_new(
        context->loop, &(struct storage_config){.database = config, .no_gateway = true});
    context->redis = redis_client_new(context->loop, &redis_config);
    while (fixture->ready_count == 0) {
        turn(fixture);
    }
    flush_redis(fixture);
    context->queue = queue_new(context->loop, &(struct queue_config){.redis = context->redis});
    *state = fixture;
    return 0;
}

static void on_closed(void *ctx)
{
    ((struct fixture *)ctx)->is_closed = true;
}

static void wait_closed(struct fixture *fixture)
{
    while (!fixture->is_closed) {
        turn(fixture);
    }
    fixture->is_closed = false;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    struct scheduler_context *context = &fixture->context;

    context->is_stopping = true;
    sweeper_stop(&fixture->sweeper);
    firing_stop(&fixture->firing);
    firing_stop(&fixture->other_firing);
    lease_keeper_stop(&fixture->keeper);
    upkeep_stop(&fixture->upkeep);
    queue_free(context->queue);
    redis_client_close(context->redis, on_closed, fixture);
    wait_closed(fixture);
    storage_close(context->storage, on_closed, fixture);
    wait_closed(fixture);
    sweeper_done(&fixture->sweeper);
    firing_done(&fixture->firing);
    firing_done(&fixture->other_firing);
    lease_keeper_done(&fixture->keeper);
    upkeep_done(&fixture->upkeep);
    loop_free(context->loop);
    pg_sync_free(fixture->sync);
    test_free(fixture);
    return 0;
}

/* ---- the sweeper ---- */

struct ask {
    struct queue_next next;
    bool is_done;
};

static void on_next(struct queue_next *next, const struct error *err)
{
    assert_null(err);
    CONTAINER_OF(next, struct ask, next)->is_done = true;
}

static struct ask ask_next(struct fixture *fixture)
{
    struct ask ask = {.next = {.worker = TEXT("w"), .want = 64, .on_done = on_next}};

    queue_next_start(fixture->context.queue, &ask.next);
    while (!ask.is_done) {
        turn(fixture);
    }
    return ask;
}

/* Different runs that were proposed. Nobody claims them, so the sweeper pushes them again. */
struct proposed {
    struct uuid *runs;
    size_t count, total;
};

static void take_proposed(struct fixture *fixture, struct proposed *proposed)
{
    struct ask ask = ask_next(fixture);

    for (size_t i = 0; i < ask.next.run_count; i++) {
        size_t at = 0;

        while (at < proposed->count && id_compare(proposed->runs[at], ask.next.runs[i]) != 0) {
            at++;
        }
        if (at == proposed->count) proposed->runs[proposed->count++] = ask.next.runs[i];
    }
    proposed->total += ask.next.run_count;
    if (ask.next.run_count == 0) turn(fixture);
}

/* Waits until so many different runs were proposed, and total proposals in all. */
static void await_proposals(struct fixture *fixture, size_t count, size_t total)
{
    struct proposed proposed = {.runs = test_calloc(count + LIMIT_CLAIM, sizeof(struct uuid))};

    while (proposed.count < count || proposed.total < total) {
        take_proposed(fixture, &proposed);
    }
    assert_int_equal(proposed.count, count);
    test_free(proposed.runs);
}

static void await_proposed(struct fixture *fixture, size_t count)
{
    await_proposals(fixture, count, 0);
}

static void insert_runs(struct fixture *fixture, int count, const char *owner, const char *wake)
{
    char sql[600];

    (void)snprintf(
        sql, sizeof sql,
        "insert into weir.runs (workspace, id, flow, version, number, wake_at, owner, "
        "target, triggered_by) select 1, gen_random_uuid(), 1, 1, coalesce((select "
        "max(number) from weir.runs), 1000) + n, %s, %s, 1, 'test' from generate_series(1, "
        "%d) n",
        wake, owner, count);
    script(fixture, sql);
}

static void start_sweeper(struct fixture *fixture)
{
    fixture->sweeper.context = &fixture->context;
    sweeper_start(&fixture->sweeper);
}

static void what_is_overdue_reaches_redis(void **state)
{
    struct fixture *fixture = *state;

    insert_runs(fixture, 3, "null", "now() - interval '1 minute'");
    insert_runs(fixture, 1, "null", "null"); // in line for its key
    start_sweeper(fixture);
    await_proposed(fixture, 3);
}

static void a_lost_push_is_found_later(void **state)
{
    struct fixture *fixture = *state;

    start_sweeper(fixture);
    while (fixture->sweeper.id[0] == 0 || fixture->sweeper.is_full) {
        turn(fixture);
    }
    insert_runs(fixture, 1, "null", "now()");
    await_proposed(fixture, 1);
}

static void a_new_memory_gets_timers_too(void **state)
{
    struct fixture *fixture = *state;
    int64_t now_ms = clock_wall_ms();

    insert_runs(fixture, 1, "null", "now() + interval '5 minutes'");
    start_sweeper(fixture);
    for (int round = 0; round < 2; round++) {
        struct ask ask = ask_next(fixture);

        while (ask.next.next_due_ms == 0) {
            turn(fixture);
            ask = ask_next(fixture);
        }
        assert_int_equal(ask.next.run_count, 0);
        assert_in_range(ask.next.next_due_ms, now_ms + 240000, now_ms + 360000);
        flush_redis(fixture);
    }
}

static void a_timer_is_in_postgres_only_until_it_is_near(void **state)
{
    struct fixture *fixture = *state;

    insert_runs(fixture, 1, "null", "now() + interval '1 hour'");
    start_sweeper(fixture);
    while (fixture->sweeper.id[0] == 0 || fixture->sweeper.is_full) {
        turn(fixture);
    }
    assert_true(ask_next(fixture).next.next_due_ms == 0);
    script(fixture, "update weir.runs set wake_at = now() + interval '1500 milliseconds'");
    while (ask_next(fixture).next.next_due_ms == 0) { // it comes as a timer, before it is due
        turn(fixture);
    }
    await_proposed(fixture, 1);
}

static void many_runs_come_in_pages(void **state)
{
    struct fixture *fixture = *state;

    insert_runs(fixture, 2500, "null", "now() - interval '1 second' * n");
    start_sweeper(fixture);
    await_proposed(fixture, 2500);
}

static void a_dead_servers_runs_are_swept_and_a_living_ones_are_not(void **state)
{
    struct fixture *fixture = *state;

    script(fixture, "insert into weir.servers (name, process, version, lease_until) values "
                    "('dead', 'dead', '1', now() - interval '1 minute'), "
                    "('alive', 'alive', '1', now() + interval '1 hour')");
    insert_runs(fixture, 2, "1 * 256 + 3", "now() - interval '1 minute'");
    insert_runs(fixture, 4, "2 * 256 + 3", "now() - interval '1 minute'");
    start_sweeper(fixture);
    await_proposals(fixture, 2, 4); // by two sweeps
}

/* Whoever has it may have died, and nothing else would find the runs that it drove. */
static void the_first_sweep_of_a_server_waits_for_no_turn(void **state)
{
    struct fixture *fixture = *state;

    redis_run(fixture,
              (struct text[]){TEXT("SET"), TEXT("weir:{s0}:2:turn"), TEXT("another sweeper")}, 3);
    insert_runs(fixture, 2500, "null", "now() - interval '1 second' * n");
    start_sweeper(fixture);
    await_proposed(fixture, 2500);
}

static void weights_come_from_the_workspace(void **state)
{
    struct fixture *fixture = *state;

    script(fixture, "update weir.workspaces set weight = 3 where id = 1");
    insert_runs(fixture, 10, "null", "now() - interval '1 minute'");
    script(fixture, "insert into weir.runs (workspace, id, flow, version, number, wake_at, target, "
                    "triggered_by) select 2, gen_random_uuid(), 2, 2, n, now() - interval '1 "
                    "minute', 1, 'test' from generate_series(1, 10) n");
    fixture->sweeper.context = &fixture->context;
    sweeper_start(&fixture->sweeper);
    while (fixture->sweeper.id[0] == 0 || fixture->sweeper.is_full) {
        turn(fixture);
    }
    struct ask ask = {.next = {.worker = TEXT("w"), .want = 8, .on_done = on_next}};
    int first = 0;

    queue_next_start(fixture->context.queue, &ask.next);
    while (!ask.is_done) {
        turn(fixture);
    }
    assert_int_equal(ask.next.run_count, 8);
    for (int i = 0; i < 8; i++) {
        first += ask.next.workspaces[i] == 1;
    }
    assert_int_equal(first, 6);
    script(fixture, "update weir.workspaces set weight = 1 where id = 1");
}

/* ---- schedules ---- */

static void insert_schedule(struct fixture *fixture, const char *cron, const char *zone,
                            int catch_up, const char *next)
{
    char sql[600];

    (void)snprintf(sql, sizeof sql,
                   "insert into weir.schedules (workspace, flow, target, id, cron, timezone, "
                   "catch_up, next_at) values (1, 1, 1, 'daily', '%s', '%s', %d, "
                   "date_trunc('milliseconds', %s))",
                   cron, zone, catch_up, next);
    script(fixture, sql);
}

static void start_firing(struct fixture *fixture, struct firing *firing)
{
    firing->context = &fixture->context;
    firing_start(firing);
}

static void await_moved(struct fixture *fixture)
{
    while (value(fixture, "select count(*) from weir.schedules where next_at <= now()") > 0) {
        turn(fixture);
    }
}

#define RUN_COUNT "select count(*) from weir.runs"

static void a_due_schedule_starts_one_run_and_moves_on(void **state)
{
    struct fixture *fixture = *state;

    insert_schedule(fixture, "0 0 1 * *", "UTC", 0, "date_trunc('month', now(), 'UTC')");
    start_firing(fixture, &fixture->firing);
    await_moved(fixture);
    assert_int_equal(value(fixture, RUN_COUNT), 1);
    assert_int_equal(
        value(fixture, "select count(*) from weir.schedules where next_at = "
                       "date_trunc('month', now(), 'UTC') + interval '1 month' and last_nominal = "
                       "date_trunc('month', now(), 'UTC')"),
        1);
    assert_int_equal(value(fixture, "select count(*) from weir.runs where triggered_by = "
                                    "'schedule' and status = 0 and version = 1 and idempotency_key "
                                    "= 'schedule:daily:' || to_char(date_trunc('month', now() at "
                                    "time zone 'UTC'), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"),
                     1);
    await_proposed(fixture, 1); // and redis was told
}

static void two_servers_fire_an_instant_once(void **state)
{
    struct fixture *fixture = *state;

    insert_schedule(fixture, "0 0 1 * *", "UTC", 0, "date_trunc('month', now(), 'UTC')");
    start_firing(fixture, &fixture->firing);
    start_firing(fixture, &fixture->other_firing);
    await_moved(fixture);
    for (int i = 0; i < 20; i++) {
        turn(fixture);
    }
    assert_int_equal(value(fixture, RUN_COUNT), 1);
}

static void a_schedule_that_was_not_moved_fires_the_same_run(void **state)
{
    struct fixture *fixture = *state;

    insert_schedule(fixture, "0 0 1 * *", "UTC", 0, "date_trunc('month', now(), 'UTC')");
    start_firing(fixture, &fixture->firing);
    await_moved(fixture);
    script(fixture, "update weir.schedules set next_at = last_nominal");
    await_moved(fixture);
    assert_int_equal(value(fixture, RUN_COUNT), 1);
}

static void after_downtime_all_instants_fire_where_asked(void **state)
{
    struct fixture *fixture = *state;

    insert_schedule(fixture, "0 * * * *", "Europe/Oslo", 2,
                    "date_trunc('hour', now()) - interval '40 hours'");
    start_firing(fixture, &fixture->firing);
    await_moved(fixture);
    int64_t count = value(fixture, RUN_COUNT);

    assert_in_range(count, 40, 42); // a repeated hour is silent, an hour may begin meanwhile
    assert_int_equal(value(fixture, "select count(distinct idempotency_key) from weir.runs"),
                     count);
}

static void a_disabled_schedule_does_not_fire(void **state)
{
    struct fixture *fixture = *state;

    insert_schedule(fixture, "0 * * * *", "UTC", 0, "now() - interval '1 hour'");
    script(fixture, "update weir.schedules set enabled = false");
    start_firing(fixture, &fixture->firing);
    while (!loop_timer_is_running(&fixture->firing.timer) || fixture->firing.due.now_ms == 0) {
        turn(fixture);
    }
    assert_int_equal(value(fixture, RUN_COUNT), 0);
}

static void a_schedule_that_cannot_be_read_is_put_off(void **state)
{
    struct fixture *fixture = *state;

    insert_schedule(fixture, "0 * * * *", "Mars/Olympus", 0, "date_trunc('hour', now())");
    start_firing(fixture, &fixture->firing);
    await_moved(fixture);
    assert_int_equal(value(fixture, RUN_COUNT), 0);
    assert_int_equal(value(fixture, "select count(*) from weir.schedules where next_at > now() + "
                                    "interval '50 minutes'"),
                     1);
}

static void a_schedule_that_the_database_refuses_does_not_hold_up_others(void **state)
{
    struct fixture *fixture = *state;

    insert_schedule(fixture, "0 0 1 * *", "UTC", 0, "date_trunc('month', now(), 'UTC')");
    script(fixture, "insert into weir.schedules (workspace, flow, target, id, cron, timezone, "
                    "next_at) values (2, 2, 1, 'other', '0 0 1 * *', 'UTC', date_trunc('month', "
                    "now(), 'UTC')); update weir.flows set run_counter = 1000 where id = 1");
    insert_runs(fixture, 1, "null", "null"); // has the number that is next
    start_firing(fixture, &fixture->firing);
    await_moved(fixture);
    assert_int_equal(value(fixture, "select count(*) from weir.runs where workspace = 2"), 1);
    assert_int_equal(value(fixture, "select count(*) from weir.schedules where id = 'daily' and "
                                    "next_at < now() + interval '61 minutes'"),
                     1);
}

static void a_scheduled_singleton_stands_in_line(void **state)
{
    struct fixture *fixture = *state;

    insert_schedule(fixture, "0 * * * *", "UTC", 2,
                    "date_trunc('hour', now()) - interval '2 hours'");
    script(fixture, "update weir.schedules set concurrency_key = '', on_new_version = 1, "
                    "priority = 7");
    start_firing(fixture, &fixture->firing);
    await_moved(fixture);
    assert_in_range(value(fixture, RUN_COUNT), 3, 4);
    assert_int_equal(value(fixture, "select count(*) from weir.runs where wake_at is not null"), 1);
    assert_int_equal(value(fixture, "select min(priority) from weir.runs where "
                                    "concurrency_key = ''"),
                     7);
    await_proposed(fixture, 1);
}

static void a_run_and_the_move_of_its_schedule_are_one_transaction(void **state)
{
    struct fixture *fixture = *state;

    insert_schedule(fixture, "0 0 1 * *", "UTC", 0, "date_trunc('month', now(), 'UTC')");
    start_firing(fixture, &fixture->firing);
    await_moved(fixture);
    assert_int_equal(value(fixture, "select count(*) from weir.runs r, weir.schedules s "
                                    "where r.xmin::text = s.xmin::text"),
                     1);
}

/* ---- the lease ---- */

static void on_renewed(struct lease_keeper *keeper)
{
    CONTAINER_OF(keeper, struct fixture, keeper)->renewed_count++;
}

static void on_lost(struct lease_keeper *keeper)
{
    CONTAINER_OF(keeper, struct fixture, keeper)->lost_count++;
}

static void start_keeper(struct fixture *fixture, int64_t lease_ms)
{
    fixture->keeper = (struct lease_keeper){.context = &fixture->context,
                                            .server_id = 1,
                                            .lease_ms = lease_ms,
                                            .on_renewed = on_renewed,
                                            .on_lost = on_lost};
    lease_keeper_start(&fixture->keeper);
}

static void the_lease_is_renewed_again_and_again(void **state)
{
    struct fixture *fixture = *state;

    script(
        fixture,
        "insert into weir.servers (name, process, version, lease_until) values ('us', 'us', '1', "
        "now() + interval '1 minute')");
    start_keeper(fixture, 600);
    while (fixture->renewed_count < 3) {
        turn(fixture);
    }
    assert_int_equal(fixture->lost_count, 0);
    assert_int_equal(value(fixture, "select count(*) from weir.servers where lease_until > now()"),
                     1);
}

static void a_lease_that_has_passed_is_lost_for_good(void **state)
{
    struct fixture *fixture = *state;

    script(
        fixture,
        "insert into weir.servers (name, process, version, lease_until) values ('us', 'us', '1', "
        "now() - interval '1 second')");
    start_keeper(fixture, 60000);
    while (fixture->lost_count == 0) {
        turn(fixture);
    }
    assert_int_equal(fixture->renewed_count, 0);
}

static void a_lease_that_cannot_be_renewed_in_time_is_lost(void **state)
{
    struct fixture *fixture = *state;
    struct storage *storage = fixture->context.storage;
    struct pg_config nowhere = private_pg_config(&redis); // no Postgres there

    fixture->context.storage = storage_new(
        fixture->context.loop, &(struct storage_config){.database = nowhere, .no_gateway = true});
    start_keeper(fixture, 300);
    while (fixture->lost_count == 0) {
        turn(fixture);
    }
    assert_int_equal(fixture->renewed_count, 0);
    storage_close(fixture->context.storage, on_closed, fixture);
    wait_closed(fixture);
    fixture->context.storage = storage;
}

/* ---- upkeep ---- */

static void partitions_are_made_and_what_has_had_its_time_goes(void **state)
{
    struct fixture *fixture = *state;

    script(fixture, "insert into weir.kv (workspace, key, kind, expires_at) values (1, 'old', 0, "
                    "now() - interval '1 day'), (1, 'new', 0, now() + interval '1 day')");
    fixture->upkeep.context = &fixture->context;
    upkeep_start(&fixture->upkeep);
    while (value(fixture, "select count(*) from weir.kv") > 1) {
        turn(fixture);
    }
    assert_int_equal(value(fixture, "select count(*) from weir.kv where key = 'new'"), 1);
    script(fixture, "delete from weir.kv");
}

/* ---- the thread ---- */

struct server {
    struct scheduler *scheduler;
    int events; /* an eventfd: 1 a ready, 1000 a lost lease */
    bool ok;
    struct error err;
};

static void post(struct server *server, uint64_t count)
{
    assert_int_equal(write(server->events, &count, sizeof count), sizeof count);
}

static void on_server_ready(void *ctx)
{
    post(ctx, 1);
}

static void on_server_lost(void *ctx)
{
    post(ctx, 1000);
}

static void server_main(void *ctx)
{
    struct server *server = ctx;

    server->ok = scheduler_run(server->scheduler, &server->err);
}

static void server_init(struct server *server)
{
    struct scheduler_config config = {
        .database = private_pg_config(&pg),
        .redis = {.unix_path = redis_path},
        .server_id = 1,
        .on_ready = on_server_ready,
        .on_lease_lost = on_server_lost,
        .ctx = server,
    };

    *server = (struct server){.events = eventfd(0, EFD_CLOEXEC)};
    server->scheduler = scheduler_new(&config);
}

static void server_done(struct server *server)
{
    scheduler_free(server->scheduler);
    close(server->events);
}

static uint64_t await_event(struct server *server)
{
    uint64_t count = 0;

    assert_int_equal(read(server->events, &count, sizeof count), sizeof count);
    return count;
}

static void the_thread_gets_ready_works_and_stops(void **state)
{
    struct fixture *fixture = *state;
    struct server server;

    script(
        fixture,
        "insert into weir.servers (name, process, version, lease_until) values ('us', 'us', '1', "
        "now() + interval '1 minute')");
    insert_runs(fixture, 1, "null", "now()");
    insert_schedule(fixture, "0 0 1 * *", "UTC", 0, "date_trunc('month', now(), 'UTC')");
    server_init(&server);
    struct thread *thread = thread_start("scheduler", server_main, &server);

    assert_int_equal(await_event(&server), 1);
    await_proposed(fixture, 2); // the run, and the scheduled one
    scheduler_stop(server.scheduler);
    thread_join(thread);
    assert_true(server.ok);
    server_done(&server);
}

static void the_thread_says_that_the_lease_is_lost(void **state)
{
    struct fixture *fixture = *state;
    struct server server;

    script(
        fixture,
        "insert into weir.servers (name, process, version, lease_until) values ('us', 'us', '1', "
        "now() - interval '1 minute')");
    server_init(&server);
    struct thread *thread = thread_start("scheduler", server_main, &server);

    assert_int_equal(await_event(&server), 1000);
    scheduler_stop(server.scheduler);
    thread_join(thread);
    assert_true(server.ok);
    server_done(&server);
}

static void a_stop_before_the_start_counts(void **state)
{
    struct server server;

    (void)state;
    server_init(&server);
    scheduler_stop(server.scheduler);
    struct thread *thread = thread_start("scheduler", server_main, &server);

    thread_join(thread);
    assert_true(server.ok);
    server_done(&server);
}

static void the_thread_works_without_redis(void **state)
{
    struct fixture *fixture = *state;
    struct server server;

    script(
        fixture,
        "insert into weir.servers (name, process, version, lease_until) values ('us', 'us', '1', "
        "now() + interval '1 minute')");
    insert_schedule(fixture, "0 0 1 * *", "UTC", 0, "date_trunc('month', now(), 'UTC')");
    private_kill(&redis, SIGKILL);
    unlink(redis_path);
    server_init(&server);
    struct thread *thread = thread_start("scheduler", server_main, &server);

    assert_int_equal(await_event(&server), 1);
    await_moved(fixture);
    assert_int_equal(value(fixture, RUN_COUNT), 1);
    scheduler_stop(server.scheduler);
    thread_join(thread);
    server_done(&server);
    private_redis_launch(&redis);
}

/* ---- the servers ---- */

static int start_servers(void **state)
{
    static const char sql[] =
        "insert into weir.workspaces (name, wait_key, data_key) values ('ws-a', '', ''), ('ws-b', "
        "'', ''); insert into weir.flows (workspace, slug, name, live_version) values (1, 'f', "
        "'F', 1), (2, 'g', 'G', 2); insert into weir.versions (workspace, flow, number, "
        "content_hash, source) values (1, 1, 1, sha256('f'), ''), (2, 2, 1, sha256('g'), '')";
    struct pg_config config;
    struct error err = {0};

    (void)state;
    crypto_start();
    private_redis_start(&redis);
    private_redis_path(&redis, redis_path);
    pg.is_durable = true;
    private_pg_start(&pg);
    config = private_pg_config(&pg);
    struct pg_sync *sync = pg_sync_new(&config, &err);

    assert_non_null(sync);
    if (!storage_migrate(&config, &err) || !pg_sync_script(sync, sql, &err)) {
        print_message("%s (%s)\n", err.message, err.detail);
        return -1;
    }
    pg_sync_free(sync);
    return 0;
}

static int stop_servers(void **state)
{
    (void)state;
    private_stop(&pg);
    private_stop(&redis);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_overdue_reaches_redis),
        TEST(a_lost_push_is_found_later),
        TEST(a_new_memory_gets_timers_too),
        TEST(a_timer_is_in_postgres_only_until_it_is_near),
        TEST(many_runs_come_in_pages),
        TEST(a_dead_servers_runs_are_swept_and_a_living_ones_are_not),
        TEST(the_first_sweep_of_a_server_waits_for_no_turn),
        TEST(weights_come_from_the_workspace),
        TEST(a_due_schedule_starts_one_run_and_moves_on),
        TEST(two_servers_fire_an_instant_once),
        TEST(a_schedule_that_was_not_moved_fires_the_same_run),
        TEST(after_downtime_all_instants_fire_where_asked),
        TEST(a_disabled_schedule_does_not_fire),
        TEST(a_schedule_that_cannot_be_read_is_put_off),
        TEST(a_schedule_that_the_database_refuses_does_not_hold_up_others),
        TEST(a_scheduled_singleton_stands_in_line),
        TEST(a_run_and_the_move_of_its_schedule_are_one_transaction),
        TEST(the_lease_is_renewed_again_and_again),
        TEST(a_lease_that_has_passed_is_lost_for_good),
        TEST(a_lease_that_cannot_be_renewed_in_time_is_lost),
        TEST(partitions_are_made_and_what_has_had_its_time_goes),
        TEST(the_thread_gets_ready_works_and_stops),
        TEST(the_thread_says_that_the_lease_is_lost),
        TEST(a_stop_before_the_start_counts),
        TEST(the_thread_works_without_redis),
    };

    return cmocka_run_group_tests(tests, start_servers, stop_servers);
}
