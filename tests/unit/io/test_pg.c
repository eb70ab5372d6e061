/*
 * The pool against a Postgres of its own: transactions, failures, lost connections, limits.
 */
#include "base/clock.h"
#include "io/loop.h"
#include "io/pg.h"
#include "tests/unit/io/private_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#include <inttypes.h>

#define ONE_MB     (1024 * 1024)
#define TURNS_MAX  20000
#define OTHER_LANE 1

static struct private_server server;

/* What a test needs, and what the callbacks of its groups leave. */
struct fixture {
    struct loop *loop;
    struct arena arena;
    struct pg_pool *pool;
    bool is_closed;
    char order[64]; /* one letter an event, in order of coming */
};

struct work {
    struct pg_group group;
    struct fixture *fixture;
    char letter;
    bool is_done;
    int rows_calls;
    int64_t number; /* of the first column of the first row, the last that came */
    int64_t affected, sum;
    struct error err;
    struct work *next; /* started from on_done */
};

static const struct pg_statement insert_item = {
    "t_insert", "insert into items (id, name) values ($1::bigint, $2::text)"};
static const struct pg_statement count_items = {"t_count", "select count(*) from items"};
static const struct pg_statement divide = {"t_divide", "select 1 / $1::int"};
static const struct pg_statement backend = {"t_pid", "select pg_backend_pid()"};
static const struct pg_statement snooze = {"t_sleep", "select 1::bigint from pg_sleep($1::float8)"};
static const struct pg_statement echo_bytes = {"t_echo", "select $1::bytea"};
static const struct pg_statement add_row = {"t_add", "insert into deferred values ($1::bigint)"};
static const struct pg_statement change_row = {
    "t_change", "update items set name = name || 'x' where id = $1::bigint"};
static const struct pg_statement bad_sql = {"t_bad", "selekt 1"};
static const struct pg_statement workspace = {
    "t_workspace", "select nullif(current_setting('weir.workspace', true), '')::bigint"};
static const struct pg_statement all_items = {"t_all", "select * from items limit 1"};
static const struct pg_statement negate = {"t_negate", "select -$1::bigint"};

static void note(struct work *work, char kind)
{
    size_t len = strlen(work->fixture->order);

    if (len + 2 < sizeof(work->fixture->order)) {
        work->fixture->order[len] = kind ? kind : work->letter;
    }
}

static void on_rows(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct work *work = CONTAINER_OF(group, struct work, group);

    (void)index;
    assert_false(work->is_done);
    work->rows_calls++;
    work->affected += pg_affected(rows);
    if (pg_row_count(rows) > 0 && pg_column_count(rows) > 0 && !pg_is_null(rows, 0, 0)) {
        work->number = pg_int64(rows, 0, 0);
        work->sum += work->number;
    }
    note(work, 'r');
}

static void on_bytes(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct work *work = CONTAINER_OF(group, struct work, group);
    struct text bytes = pg_bytes(rows, 0, 0);

    work->rows_calls++;
    work->number += (int64_t)bytes.len;
    assert_int_equal(bytes.ptr[bytes.len / 2], 'a' + index % 26);
}

static void on_anything(struct pg_group *group, int index, const struct pg_rows *rows)
{
    (void)index;
    CONTAINER_OF(group, struct work, group)->number = pg_column_count(rows);
}

static void on_done(struct pg_group *group, const struct error *err)
{
    struct work *work = CONTAINER_OF(group, struct work, group);

    assert_false(work->is_done);
    work->is_done = true;
    if (err) work->err = *err;
    note(work, 0);
    if (work->next) pg_pool_start(work->fixture->pool, &work->next->group, -1);
}

static struct work *work_new(struct fixture *fixture, char letter)
{
    struct work *work = ARENA_NEW(&fixture->arena, struct work);

    work->fixture = fixture;
    work->letter = letter;
    pg_group_init(&work->group, &fixture->arena);
    work->group.on_done = on_done;
    return work;
}

/* A statement with one number as its parameter, or none. */
static void add(struct work *work, const struct pg_statement *statement)
{
    pg_group_add(&work->group, statement, NULL, on_rows);
}

static struct pg_params *params_of(struct work *work)
{
    struct pg_params *params = ARENA_NEW(&work->fixture->arena, struct pg_params);

    pg_params_init(params, &work->fixture->arena);
    return params;
}

static void add_number(struct work *work, const struct pg_statement *statement, int64_t number)
{
    struct pg_params *params = params_of(work);

    pg_param_int64(params, number);
    pg_group_add(&work->group, statement, params, on_rows);
}

static void add_item(struct work *work, int64_t id)
{
    struct pg_params *params = params_of(work);

    pg_param_int64(params, id);
    pg_param_text(params, TEXT("name"));
    pg_group_add(&work->group, &insert_item, params, on_rows);
}

static void add_division(struct work *work, int32_t by)
{
    struct pg_params *params = params_of(work);

    pg_param_int32(params, by);
    pg_group_add(&work->group, &divide, params, on_rows);
}

static void add_sleep(struct work *work, double seconds)
{
    struct pg_params *params = params_of(work);

    pg_param_double(params, seconds);
    pg_group_add(&work->group, &snooze, params, on_rows);
}

static void start(struct work *work, int lane)
{
    pg_pool_start(work->fixture->pool, &work->group, lane);
    assert_false(work->is_done);
}

static void await(struct work *work)
{
    for (int i = 0; !work->is_done; i++) {
        assert_true(i < TURNS_MAX);
        loop_turn(work->fixture->loop, 1000);
    }
}

static void await_well(struct work *work)
{
    await(work);
    if (work->err.code) print_message("%s (%s)\n", work->err.message, work->err.detail);
    assert_int_equal(work->err.code, E_NONE);
}

static int64_t item_count(struct fixture *fixture)
{
    struct work *work = work_new(fixture, 'c');

    add(work, &count_items);
    start(work, -1);
    await_well(work);
    return work->number;
}

/* Runs SQL on a connection of its own. */
static void script(const char *sql)
{
    struct pg_config config = private_pg_config(&server);
    struct error err = {0};
    struct pg_sync *sync = pg_sync_new(&config, &err);

    assert_non_null(sync);
    if (!pg_sync_script(sync, sql, &err)) fail_msg("%s", err.message);
    pg_sync_free(sync);
}

static void await_ready(struct fixture *fixture, int connections)
{
    for (int i = 0; pg_pool_stats(fixture->pool).connections_ready < connections; i++) {
        assert_true(i < TURNS_MAX);
        loop_turn(fixture->loop, 1000);
    }
}

static void fixture_init(struct fixture *fixture, const struct pg_config *config)
{
    *fixture = (struct fixture){0};
    arena_init(&fixture->arena, 0);
    fixture->loop = private_loop();
    fixture->pool = pg_pool_new(fixture->loop, config);
}

static void on_closed(void *ctx)
{
    struct fixture *fixture = ctx;

    fixture->is_closed = true;
}

static void fixture_done(struct fixture *fixture)
{
    pg_pool_close(fixture->pool, on_closed, fixture);
    assert_false(fixture->is_closed);
    while (!fixture->is_closed) {
        loop_turn(fixture->loop, 1000);
    }
    loop_free(fixture->loop);
    arena_done(&fixture->arena);
}

static int setup(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));
    struct pg_config config = private_pg_config(&server);

    script("drop table if exists items, deferred; create table items (id bigint primary key, name "
           "text); create table deferred (id bigint, constraint positive unique (id) deferrable "
           "initially deferred)");
    fixture_init(fixture, &config);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    fixture_done(*state);
    test_free(*state);
    return 0;
}

static void rows_come_in_order_before_the_end_and_nothing_inside_start(void **state)
{
    struct work *work = work_new(*state, 'd');

    add_item(work, 1);
    add_item(work, 2);
    add(work, &count_items);
    start(work, -1);
    await_well(work);
    assert_int_equal(work->rows_calls, 3);
    assert_int_equal(work->number, 2);
    assert_string_equal(((struct fixture *)*state)->order, "rrrd");
}

static void an_error_rolls_back_its_group_and_leaves_the_next_one_alone(void **state)
{
    struct work *bad = work_new(*state, 'a');
    struct work *good = work_new(*state, 'b');

    add_item(bad, 1);
    add_division(bad, 0);
    add_item(bad, 2);
    add_item(good, 3);
    start(bad, 0);
    start(good, 0);
    await(bad);
    await_well(good);
    assert_int_equal(bad->err.code, E_DATABASE);
    assert_string_equal(bad->group.sqlstate, "22012");
    assert_int_equal(bad->group.failed_statement, 1);
    assert_false(bad->group.maybe_committed);
    assert_false(bad->group.may_retry);
    assert_int_equal(bad->rows_calls, 1); // nothing after the failure
    assert_int_equal(item_count(*state), 1);
    assert_string_equal(((struct fixture *)*state)->order, "rarbrc");
}

static void a_violated_constraint_is_named(void **state)
{
    struct work *work = work_new(*state, 'a');

    add_item(work, 1);
    add_item(work, 1);
    start(work, -1);
    await(work);
    assert_string_equal(work->group.sqlstate, "23505");
    assert_string_equal(work->group.constraint, "items_pkey");
    assert_int_equal(work->group.failed_statement, 1);
}

static void a_statement_after_a_failed_one_works_in_the_next_group(void **state)
{
    struct work *first = work_new(*state, 'a');
    struct work *second = work_new(*state, 'b');

    add_division(first, 0);
    add_number(first, &negate, 1); // first seen in a group that fails
    add_number(second, &negate, 5);
    start(first, 0);
    start(second, 0);
    await(first);
    await_well(second);
    assert_int_equal(second->number, -5);
}

static void a_statement_that_does_not_parse_fails_each_time_and_nothing_else_does(void **state)
{
    struct work *bad[2];
    struct work *good = work_new(*state, 'g');

    for (size_t i = 0; i < 2; i++) {
        bad[i] = work_new(*state, 'b');
        add_item(bad[i], (int64_t)i);
        add(bad[i], &bad_sql);
        start(bad[i], 0);
        await(bad[i]);
        assert_string_equal(bad[i]->group.sqlstate, "42601");
        assert_int_equal(bad[i]->group.failed_statement, 1);
        assert_int_equal(bad[i]->rows_calls, 0);
    }
    add_item(good, 7);
    start(good, 0);
    await_well(good);
    assert_int_equal(item_count(*state), 1);
}

static void three_hundred_statements_are_one_transaction(void **state)
{
    struct work *work = work_new(*state, 'w');
    struct work *bad = work_new(*state, 'b');

    for (int64_t i = 0; i < 300; i++) {
        add_item(work, i);
        add_item(bad, 1000 + i);
    }
    add_item(bad, 0); // exists
    start(work, -1);
    await_well(work);
    assert_int_equal(work->affected, 300);
    start(bad, -1);
    await(bad);
    assert_int_equal(bad->err.code, E_DATABASE);
    assert_int_equal(item_count(*state), 300);
}

static void large_parameters_and_rows_pass_at_the_same_time(void **state)
{
    struct fixture *fixture = *state;
    struct work *works[4];

    // 48 MB each way: far more than both sockets hold.
    for (int w = 0; w < 4; w++) {
        works[w] = work_new(fixture, 'w');
        for (int i = 0; i < 12; i++) {
            struct pg_params *params = params_of(works[w]);
            char *bytes = arena_new(&fixture->arena, ONE_MB);

            memset(bytes, 'a' + i % 26, ONE_MB);
            pg_param_bytes(params, (struct text){bytes, ONE_MB});
            pg_group_add(&works[w]->group, &echo_bytes, params, on_bytes);
        }
        start(works[w], 0);
    }
    for (int w = 0; w < 4; w++) {
        await_well(works[w]);
        assert_int_equal(works[w]->number, 12 * ONE_MB);
    }
}

static void a_constraint_that_fails_at_the_end_fails_the_group(void **state)
{
    struct work *bad = work_new(*state, 'a');
    struct work *good = work_new(*state, 'b');

    add_number(bad, &add_row, 1);
    add_number(bad, &add_row, 1);
    add_number(good, &add_row, 2);
    start(bad, 0);
    start(good, 0);
    await(bad);
    await_well(good);
    assert_int_equal(bad->rows_calls, 2);
    assert_string_equal(bad->group.sqlstate, "23505");
    assert_string_equal(bad->group.constraint, "positive");
    assert_int_equal(bad->group.failed_statement, -1);
    assert_false(bad->group.maybe_committed);
}

static void a_tenant_pool_sets_the_workspace_of_each_group_and_refuses_none(void **state)
{
    struct fixture fixture;
    struct pg_config config = private_pg_config(&server);

    (void)state;
    config.tenant = true;
    fixture_init(&fixture, &config);
    struct work *none = work_new(&fixture, 'n');
    struct work *seven = work_new(&fixture, '7');
    struct work *eight = work_new(&fixture, '8');

    add(none, &workspace);
    add(seven, &workspace);
    add(eight, &workspace);
    seven->group.workspace = 7;
    eight->group.workspace = 8;
    start(none, 0);
    start(seven, 0);
    start(eight, 0);
    await(none);
    await_well(seven);
    await_well(eight);
    assert_int_equal(none->err.code, E_INTERNAL);
    assert_int_equal(seven->number, 7);
    assert_int_equal(seven->rows_calls, 1); // the setting's own row is not shown
    assert_int_equal(eight->number, 8);
    fixture_done(&fixture);
}

static void a_lane_keeps_to_its_connection(void **state)
{
    struct work *works[4];

    await_ready(*state, 2);
    for (int i = 0; i < 4; i++) {
        works[i] = work_new(*state, 'w');
        add(works[i], &backend);
        start(works[i], i);
    }
    for (int i = 0; i < 4; i++) {
        await_well(works[i]);
    }
    assert_int_equal(works[0]->number, works[2]->number);
    assert_int_equal(works[1]->number, works[3]->number);
    assert_int_not_equal(works[0]->number, works[1]->number);
}

static void work_without_a_lane_goes_to_the_idle_connection(void **state)
{
    struct work *slow = work_new(*state, 's');
    struct work *quick = work_new(*state, 'q');

    await_ready(*state, 2);
    add_sleep(slow, 0.3);
    add(quick, &backend);
    start(slow, 0);
    start(quick, -1);
    await_well(quick);
    assert_false(slow->is_done);
    await_well(slow);
}

static void a_killed_server_fails_what_was_sent_and_the_rest_waits_for_the_next(void **state)
{
    struct fixture *fixture = *state;
    struct work *sent = work_new(fixture, 's');
    struct work *later = work_new(fixture, 'l');

    await_ready(fixture, 2);
    add_item(sent, 1);
    add_sleep(sent, 30);
    start(sent, 0);
    while (sent->rows_calls == 0 && pg_pool_stats(fixture->pool).groups_sent == 0) {
        loop_turn(fixture->loop, 1000);
    }
    private_kill(&server, SIGKILL);
    await(sent);
    assert_int_equal(sent->err.code, E_UNAVAILABLE);
    assert_true(sent->group.maybe_committed);
    assert_true(sent->group.may_retry);

    add_item(later, 2);
    start(later, 0);
    private_pg_launch(&server);
    private_pg_await(&server);
    await_well(later);
    assert_int_equal(item_count(fixture), 1);
    await_ready(fixture, 2);
    assert_true(pg_pool_stats(fixture->pool).losses >= 2);
    assert_int_equal(pg_pool_last_error(fixture->pool)->code, E_NONE);
}

static void an_unanswered_group_costs_its_connection_at_the_deadline(void **state)
{
    struct fixture *fixture = *state;
    struct work *slow = work_new(fixture, 's');
    struct work *behind = work_new(fixture, 'b');
    struct work *next = work_new(fixture, 'n');

    await_ready(fixture, 2);
    add_sleep(slow, 30);
    slow->group.deadline_ms = 100;
    add(behind, &backend);
    add(next, &backend);
    start(slow, 0);
    start(behind, 0);
    await(slow);
    await(behind);
    assert_int_equal(slow->err.code, E_UNAVAILABLE);
    assert_true(slow->group.maybe_committed);
    assert_int_equal(behind->err.code, E_UNAVAILABLE);
    assert_int_equal(pg_pool_stats(fixture->pool).deadlines, 1);
    start(next, 0);
    await_well(next);
}

static void without_a_server_work_waits_until_its_deadline_and_says_why(void **state)
{
    struct fixture fixture;
    struct pg_config config = private_pg_config(&server);

    (void)state;
    config.host = "/nonexistent";
    config.queue_max = 2;
    fixture_init(&fixture, &config);
    struct work *works[3];

    for (int i = 0; i < 3; i++) {
        works[i] = work_new(&fixture, (char)('a' + i));
        works[i]->group.deadline_ms = i == 1 ? 60 : 120;
        add(works[i], &backend);
        start(works[i], -1);
    }
    for (int i = 0; i < 3; i++) {
        await(works[i]);
        assert_int_equal(works[i]->err.code, E_UNAVAILABLE);
        assert_false(works[i]->group.maybe_committed);
    }
    assert_string_equal(fixture.order, "cba"); // the third found the queue full
    assert_non_null(strstr(works[0]->err.detail, "/nonexistent"));
    assert_non_null(strstr(pg_pool_last_error(fixture.pool)->detail, "/nonexistent"));
    assert_false(pg_pool_is_ready(fixture.pool));
    fixture_done(&fixture);
}

static void waiting_work_can_be_cancelled_and_sent_work_goes_on(void **state)
{
    struct fixture *fixture = *state;
    struct work *waiting = work_new(fixture, 'w');
    struct work *sent = work_new(fixture, 's');

    add_item(waiting, 1);
    add_item(sent, 2);
    add_sleep(sent, 0.05);
    start(waiting, 0);
    pg_group_cancel(&waiting->group);
    pg_group_cancel(&waiting->group);
    assert_false(waiting->is_done);
    await(waiting);
    assert_int_equal(waiting->err.code, E_CANCELLED);
    start(sent, 0);
    while (pg_pool_stats(fixture->pool).groups_sent == 0) {
        loop_turn(fixture->loop, 1000);
    }
    pg_group_cancel(&sent->group);
    await_well(sent);
    assert_int_equal(item_count(fixture), 1);
}

static void a_deadlock_is_worth_another_attempt(void **state)
{
    struct fixture fixture;
    struct pg_config config = private_pg_config(&server);
    struct pg_setting settings[] = {{"deadlock_timeout", "20ms"}, {"application_name", "a b\\c"}};

    (void)state;
    config.settings = settings;
    config.setting_count = 2;
    fixture_init(&fixture, &config);
    struct work *both = work_new(&fixture, 'i');
    struct work *up = work_new(&fixture, 'u');
    struct work *down = work_new(&fixture, 'd');

    add_item(both, 1);
    add_item(both, 2);
    start(both, 0);
    await_well(both);
    await_ready(&fixture, 2);
    add_number(up, &change_row, 1);
    add_sleep(up, 0.2);
    add_number(up, &change_row, 2);
    add_number(down, &change_row, 2);
    add_sleep(down, 0.2);
    add_number(down, &change_row, 1);
    start(up, 0);
    start(down, OTHER_LANE);
    await(up);
    await(down);
    struct work *victim = up->err.code ? up : down;
    struct work *winner = up->err.code ? down : up;

    assert_int_equal(winner->err.code, E_NONE);
    assert_int_equal(victim->err.code, E_DATABASE);
    assert_string_equal(victim->group.sqlstate, "40P01");
    assert_true(victim->group.may_retry);
    assert_false(victim->group.maybe_committed);
    fixture_done(&fixture);
}

static void the_servers_own_timeout_is_a_timeout(void **state)
{
    struct fixture fixture;
    struct pg_config config = private_pg_config(&server);
    struct pg_setting settings[] = {{"statement_timeout", "50ms"}};

    (void)state;
    config.settings = settings;
    config.setting_count = 1;
    fixture_init(&fixture, &config);
    struct work *slow = work_new(&fixture, 's');

    add_sleep(slow, 30);
    start(slow, 0);
    await(slow);
    assert_int_equal(slow->err.code, E_TIMEOUT);
    assert_string_equal(slow->group.sqlstate, "57014");
    fixture_done(&fixture);
}

static void a_session_that_the_server_ends_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    struct work *busy = work_new(fixture, 'b');
    struct work *next = work_new(fixture, 'n');

    await_ready(fixture, 2);
    add_sleep(busy, 30);
    start(busy, 0);
    while (pg_pool_stats(fixture->pool).groups_sent == 0) {
        loop_turn(fixture->loop, 1000);
    }
    script("select pg_terminate_backend(pid) from pg_stat_activity "
           "where pid <> pg_backend_pid() and backend_type = 'client backend'");
    await(busy);
    assert_int_equal(busy->err.code, E_UNAVAILABLE);
    assert_true(busy->group.may_retry);
    while (pg_pool_stats(fixture->pool).losses < 2) {
        loop_turn(fixture->loop, 1000);
    }
    add(next, &backend);
    start(next, OTHER_LANE);
    await_well(next);
}

static void a_plan_that_a_migration_outdated_is_worth_another_attempt(void **state)
{
    struct work *works[3];

    for (int i = 0; i < 3; i++) {
        works[i] = work_new(*state, 'w');
        pg_group_add(&works[i]->group, &all_items, NULL, on_anything);
        start(works[i], 0);
        await(works[i]);
        if (i == 0) script("alter table items add column extra int");
    }
    assert_int_equal(works[0]->number, 2);
    assert_int_equal(works[1]->err.code, E_DATABASE);
    assert_true(works[1]->group.may_retry);
    assert_int_equal(works[2]->err.code, E_NONE);
    assert_int_equal(works[2]->number, 3);
}

static void work_may_start_from_the_end_of_other_work(void **state)
{
    struct work *first = work_new(*state, 'a');
    struct work *second = work_new(*state, 'b');

    add_item(first, 1);
    add(second, &count_items);
    first->next = second;
    start(first, -1);
    await_well(second);
    assert_int_equal(second->number, 1);
}

static void a_group_may_be_started_again_as_it_is(void **state)
{
    struct work *work = work_new(*state, 'w');

    add_item(work, 1);
    for (int i = 0; i < 3; i++) {
        work->is_done = false;
        work->err.code = E_NONE;
        start(work, -1);
        await(work);
        assert_string_equal(work->group.sqlstate, i == 0 || i == 2 ? "" : "23505");
        if (i == 1) script("delete from items");
    }
    assert_int_equal(work->err.code, E_NONE);
    assert_int_equal(work->group.failed_statement, -1);
    assert_int_equal(work->rows_calls, 2);
}

static void closing_waits_for_the_present_work_and_refuses_new(void **state)
{
    struct fixture fixture;
    struct pg_config config = private_pg_config(&server);

    (void)state;
    fixture_init(&fixture, &config);
    struct work *present = work_new(&fixture, 'p');
    struct work *late = work_new(&fixture, 'l');

    add_item(present, 1);
    add(late, &count_items);
    start(present, -1);
    pg_pool_close(fixture.pool, on_closed, &fixture);
    start(late, -1);
    await_well(present);
    await(late);
    assert_int_equal(late->err.code, E_UNAVAILABLE);
    while (!fixture.is_closed) {
        loop_turn(fixture.loop, 1000);
    }
    loop_free(fixture.loop);
    arena_done(&fixture.arena);
}

static void more_groups_than_a_pipeline_takes_all_come_through_in_order(void **state)
{
    enum { COUNT = 200 };
    struct work *works[COUNT];

    for (int i = 0; i < COUNT; i++) {
        works[i] = work_new(*state, 'w');
        add_item(works[i], i);
        add(works[i], &count_items);
        start(works[i], 0);
    }
    for (int i = 0; i < COUNT; i++) {
        await_well(works[i]);
        assert_int_equal(works[i]->number, i + 1);
    }
    struct pg_stats stats = pg_pool_stats(((struct fixture *)*state)->pool);

    assert_int_equal(stats.prepares, 2);
    assert_int_equal(stats.statements, 2 * COUNT);
    assert_int_equal(stats.groups_done, COUNT);
    assert_int_equal(stats.groups_failed, 0);
}

static int start_server(void **state)
{
    (void)state;
    private_pg_start(&server);
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
        TEST(rows_come_in_order_before_the_end_and_nothing_inside_start),
        TEST(an_error_rolls_back_its_group_and_leaves_the_next_one_alone),
        TEST(a_violated_constraint_is_named),
        TEST(a_statement_after_a_failed_one_works_in_the_next_group),
        TEST(a_statement_that_does_not_parse_fails_each_time_and_nothing_else_does),
        TEST(three_hundred_statements_are_one_transaction),
        TEST(large_parameters_and_rows_pass_at_the_same_time),
        TEST(a_constraint_that_fails_at_the_end_fails_the_group),
        TEST(a_tenant_pool_sets_the_workspace_of_each_group_and_refuses_none),
        TEST(a_lane_keeps_to_its_connection),
        TEST(work_without_a_lane_goes_to_the_idle_connection),
        TEST(a_killed_server_fails_what_was_sent_and_the_rest_waits_for_the_next),
        TEST(an_unanswered_group_costs_its_connection_at_the_deadline),
        TEST(without_a_server_work_waits_until_its_deadline_and_says_why),
        TEST(waiting_work_can_be_cancelled_and_sent_work_goes_on),
        TEST(a_deadlock_is_worth_another_attempt),
        TEST(the_servers_own_timeout_is_a_timeout),
        TEST(a_session_that_the_server_ends_is_replaced),
        TEST(a_plan_that_a_migration_outdated_is_worth_another_attempt),
        TEST(work_may_start_from_the_end_of_other_work),
        TEST(a_group_may_be_started_again_as_it_is),
        TEST(closing_waits_for_the_present_work_and_refuses_new),
        TEST(more_groups_than_a_pipeline_takes_all_come_through_in_order),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
