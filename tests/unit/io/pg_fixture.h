#pragma once

/*
 * A pool on a Postgres of the test's own, and groups that leave what came. Included by one file of
 * a test program only.
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

static inline void note(struct work *work, char kind)
{
    size_t len = strlen(work->fixture->order);

    if (len + 2 < sizeof(work->fixture->order)) {
        work->fixture->order[len] = kind ? kind : work->letter;
    }
}

static inline void on_rows(struct pg_group *group, int index, const struct pg_rows *rows)
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

static inline void on_bytes(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct work *work = CONTAINER_OF(group, struct work, group);
    struct text bytes = pg_bytes(rows, 0, 0);

    work->rows_calls++;
    work->number += (int64_t)bytes.len;
    assert_int_equal(bytes.ptr[bytes.len / 2], 'a' + index % 26);
}

static inline void on_anything(struct pg_group *group, int index, const struct pg_rows *rows)
{
    (void)index;
    CONTAINER_OF(group, struct work, group)->number = pg_column_count(rows);
}

static inline void on_done(struct pg_group *group, const struct error *err)
{
    struct work *work = CONTAINER_OF(group, struct work, group);

    assert_false(work->is_done);
    work->is_done = true;
    if (err) work->err = *err;
    note(work, 0);
    if (work->next) pg_pool_start(work->fixture->pool, &work->next->group, -1);
}

static inline struct work *work_new(struct fixture *fixture, char letter)
{
    struct work *work = ARENA_NEW(&fixture->arena, struct work);

    work->fixture = fixture;
    work->letter = letter;
    pg_group_init(&work->group, &fixture->arena);
    work->group.on_done = on_done;
    return work;
}

static inline void add(struct work *work, const struct pg_statement *statement)
{
    pg_group_add(&work->group, statement, NULL, on_rows);
}

static inline struct pg_params *params_of(struct work *work)
{
    struct pg_params *params = ARENA_NEW(&work->fixture->arena, struct pg_params);

    pg_params_init(params, &work->fixture->arena);
    return params;
}

static inline void add_number(struct work *work, const struct pg_statement *statement,
                              int64_t number)
{
    struct pg_params *params = params_of(work);

    pg_param_int64(params, number);
    pg_group_add(&work->group, statement, params, on_rows);
}

static inline void add_item(struct work *work, int64_t id)
{
    struct pg_params *params = params_of(work);

    pg_param_int64(params, id);
    pg_param_text(params, TEXT("name"));
    pg_group_add(&work->group, &insert_item, params, on_rows);
}

static inline void add_division(struct work *work, int32_t by)
{
    struct pg_params *params = params_of(work);

    pg_param_int32(params, by);
    pg_group_add(&work->group, &divide, params, on_rows);
}

static inline void add_sleep(struct work *work, double seconds)
{
    struct pg_params *params = params_of(work);

    pg_param_double(params, seconds);
    pg_group_add(&work->group, &snooze, params, on_rows);
}

static inline void start(struct work *work, int lane)
{
    pg_pool_start(work->fixture->pool, &work->group, lane);
    assert_false(work->is_done);
}

static inline void await(struct work *work)
{
    for (int i = 0; !work->is_done; i++) {
        assert_true(i < TURNS_MAX);
        loop_turn(work->fixture->loop, 1000);
    }
}

static inline void await_well(struct work *work)
{
    await(work);
    if (work->err.code) print_message("%s (%s)\n", work->err.message, work->err.detail);
    assert_int_equal(work->err.code, E_NONE);
}

static inline int64_t item_count(struct fixture *fixture)
{
    struct work *work = work_new(fixture, 'c');

    add(work, &count_items);
    start(work, -1);
    await_well(work);
    return work->number;
}

/* Runs SQL on a connection of its own. */
static inline void script(const char *sql)
{
    struct pg_config config = private_pg_config(&server);
    struct error err = {0};
    struct pg_sync *sync = pg_sync_new(&config, &err);

    assert_non_null(sync);
    if (!pg_sync_script(sync, sql, &err)) fail_msg("%s", err.message);
    pg_sync_free(sync);
}

static inline void await_ready(struct fixture *fixture, int connections)
{
    for (int i = 0; pg_pool_stats(fixture->pool).connections_ready < connections; i++) {
        assert_true(i < TURNS_MAX);
        loop_turn(fixture->loop, 1000);
    }
}

static inline void fixture_init(struct fixture *fixture, const struct pg_config *config)
{
    *fixture = (struct fixture){0};
    arena_init(&fixture->arena, 0);
    fixture->loop = private_loop();
    fixture->pool = pg_pool_new(fixture->loop, config);
}

static inline void on_closed(void *ctx)
{
    struct fixture *fixture = ctx;

    fixture->is_closed = true;
}

static inline void fixture_done(struct fixture *fixture)
{
    pg_pool_close(fixture->pool, on_closed, fixture);
    assert_false(fixture->is_closed);
    while (!fixture->is_closed) {
        loop_turn(fixture->loop, 1000);
    }
    loop_free(fixture->loop);
    arena_done(&fixture->arena);
}

static inline int setup(void **state)
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

static inline int teardown(void **state)
{
    fixture_done(*state);
    test_free(*state);
    return 0;
}

static inline int start_server(void **state)
{
    (void)state;
    private_pg_start(&server);
    return 0;
}

static inline int stop_server(void **state)
{
    (void)state;
    private_stop(&server);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
