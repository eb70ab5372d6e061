/*
 * Parameters go to a Postgres of the test's own and come back; the server says what it understood.
 */
#include "base/buf.h"
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

static struct private_server server;
static struct loop *loop;
static struct pg_pool *pool;
static struct arena arena;

/* One statement, whose answer is looked at by check(). */
struct query {
    struct pg_group group;
    void (*check)(const struct pg_rows *rows);
    bool is_done, is_checked;
    struct error err;
};

static void on_rows(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct query *query = CONTAINER_OF(group, struct query, group);

    assert_int_equal(index, 0);
    query->check(rows);
    query->is_checked = true;
}

static void on_done(struct pg_group *group, const struct error *err)
{
    struct query *query = CONTAINER_OF(group, struct query, group);

    if (err) query->err = *err;
    query->is_done = true;
}

static struct error run(const char *name, const char *sql, const struct pg_params *params,
                        void (*check)(const struct pg_rows *rows))
{
    struct pg_statement statement = {name, sql};
    struct query query = {.check = check};

    pg_group_init(&query.group, &arena);
    query.group.on_done = on_done;
    pg_group_add(&query.group, &statement, params, on_rows);
    pg_pool_start(pool, &query.group, -1);
    while (!query.is_done) {
        loop_turn(loop, 1000);
    }
    assert_true(query.is_checked || query.err.code);
    return query.err;
}

static void run_well(const char *name, const char *sql, const struct pg_params *params,
                     void (*check)(const struct pg_rows *rows))
{
    struct error err = run(name, sql, params, check);

    if (err.code) fail_msg("%s (%s)", err.message, err.detail);
}

static void check_true(const struct pg_rows *rows)
{
    for (int column = 0; column < pg_column_count(rows); column++) {
        if (!pg_bool(rows, 0, column)) fail_msg("column %d is false", column);
    }
}

static void the_server_reads_each_scalar_as_meant(void **state)
{
    struct pg_params params;
    struct uuid id = {
        {0x01, 0x9a, 0x9f, 0x01, 0x5c, 0x10, 0x7e, 0x00, 0x80, 0, 0, 0, 0, 0, 0, 0xff}};

    (void)state;
    pg_params_init(&params, &arena);
    pg_param_int64(&params, INT64_MIN);
    pg_param_int32(&params, -2);
    pg_param_int16(&params, 32767);
    pg_param_bool(&params, true);
    pg_param_bool(&params, false);
    pg_param_double(&params, -0.1);
    pg_param_text(&params, TEXT("æ€😀"));
    pg_param_text(&params, TEXT(""));
    pg_param_bytes(&params, TEXT("\0\xff\x01"));
    pg_param_uuid(&params, id);
    pg_param_time_ms(&params, 1700000000123);
    pg_param_time_ms(&params, -1);
    pg_param_time_ms(&params, PG_TIME_INFINITY);
    pg_param_null(&params);
    pg_param_text(&params, TEXT_NONE);
    run_well("p_scalars",
             "select $1::bigint = -9223372036854775808, $2::int = -2, $3::smallint = 32767, "
             "$4::bool, not $5::bool, $6::float8 = -0.1, $7::text = 'æ€😀', $8::text = '', "
             "$9::bytea = '\\x00ff01', $10::uuid = '019a9f01-5c10-7e00-8000-0000000000ff', "
             "$11::timestamptz = '2023-11-14 22:13:20.123Z', "
             "$12::timestamptz = '1969-12-31 23:59:59.999Z', "
             "$13::timestamptz = 'infinity', $14::int is null, $15::text is null",
             &params, check_true);
}

static void check_scalars(const struct pg_rows *rows)
{
    struct uuid id = pg_uuid(rows, 0, 7);

    assert_int_equal(pg_row_count(rows), 2);
    assert_int_equal(pg_column_count(rows), 12);
    assert_true(pg_int64(rows, 0, 0) == INT64_MIN);
    assert_int_equal(pg_int64(rows, 0, 1), -2);
    assert_int_equal(pg_int64(rows, 0, 2), -32768);
    assert_true(pg_bool(rows, 0, 3));
    assert_true(pg_double(rows, 0, 4) == -0.1);
    assert_true(text_equal(pg_text(rows, 0, 5), TEXT("æ€😀")));
    assert_true(text_equal(pg_bytes(rows, 0, 6), TEXT("\0\xff\x01")));
    assert_int_equal(id.bytes[15], 0xff);
    assert_int_equal(pg_time_ms(rows, 0, 8), 1700000000123);
    assert_int_equal(pg_time_us(rows, 0, 8), 1700000000123456);
    assert_int_equal(pg_time_ms(rows, 0, 9), -1); // rounds down, also before 1970
    assert_true(text_equal(pg_text(rows, 0, 10), TEXT("{\"a\": 1}")));
    assert_true(pg_double(rows, 0, 11) == 0.5);
}

static void each_column_type_is_read_back(void **state)
{
    (void)state;
    run_well("p_columns",
             "select '-9223372036854775808'::bigint, -2::int, '-32768'::smallint, true, "
             "-0.1::float8, 'æ€😀'::text, '\\x00ff01'::bytea, "
             "'019a9f01-5c10-7e00-8000-0000000000ff'::uuid, "
             "'2023-11-14 22:13:20.123456Z'::timestamptz, "
             "'1969-12-31 23:59:59.9999Z'::timestamptz, '{\"a\":1}'::jsonb, 0.5::float4 "
             "from generate_series(1, 2)",
             NULL, check_scalars);
}

static void check_nulls(const struct pg_rows *rows)
{
    for (int column = 0; column < pg_column_count(rows); column++) {
        assert_true(pg_is_null(rows, 0, column));
    }
    assert_int_equal(pg_int64(rows, 0, 0), 0);
    assert_false(pg_bool(rows, 0, 1));
    assert_null(pg_text(rows, 0, 2).ptr);
    assert_null(pg_bytes(rows, 0, 3).ptr);
    assert_true(id_is_zero(pg_uuid(rows, 0, 4)));
    assert_int_equal(pg_time_ms(rows, 0, 5), 0);
    assert_true(pg_double(rows, 0, 6) == 0);
    assert_int_equal(pg_items(rows, 0, 7).count, 0);
    assert_null(pg_text(rows, 0, 8).ptr);
}

static void null_reads_as_the_empty_value(void **state)
{
    (void)state;
    run_well("p_nulls",
             "select null::bigint, null::bool, null::text, null::bytea, null::uuid, "
             "null::timestamptz, null::float8, null::bigint[], null::jsonb",
             NULL, check_nulls);
}

static void check_infinite(const struct pg_rows *rows)
{
    assert_true(pg_time_ms(rows, 0, 0) == PG_TIME_INFINITY);
    assert_true(pg_time_us(rows, 0, 0) == PG_TIME_INFINITY);
    assert_true(pg_time_ms(rows, 0, 1) == PG_TIME_MINUS_INFINITY);
    assert_true(pg_time_us(rows, 0, 1) == PG_TIME_MINUS_INFINITY);
}

static void infinite_times_stay_infinite(void **state)
{
    (void)state;
    assert_true(pg_time_from_ms(PG_TIME_MINUS_INFINITY) == INT64_MIN);
    run_well("p_infinite", "select 'infinity'::timestamptz, '-infinity'::timestamptz", NULL,
             check_infinite);
}

static void the_server_reads_each_array_as_meant(void **state)
{
    struct pg_params params;
    struct uuid id = {{0xff}};

    (void)state;
    pg_params_init(&params, &arena);
    pg_param_array_begin(&params, PG_INT8);
    pg_array_int64(&params, 1);
    pg_array_null(&params);
    pg_array_int64(&params, -3);
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_INT4);
    pg_array_int32(&params, -7);
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_INT2);
    pg_array_int16(&params, 9);
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_BOOL);
    pg_array_bool(&params, true);
    pg_array_bool(&params, false);
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_TEXT);
    pg_array_text(&params, TEXT("a,b"));
    pg_array_text(&params, TEXT(""));
    pg_array_text(&params, TEXT_NONE);
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_BYTEA);
    pg_array_bytes(&params, TEXT("\0x"));
    pg_array_bytes(&params, TEXT_NONE);
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_UUID);
    pg_array_uuid(&params, id);
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_TIMESTAMPTZ);
    pg_array_time_ms(&params, 0);
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_FLOAT8);
    pg_array_double(&params, 2.5);
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_TEXT);
    pg_param_array_end(&params);
    run_well("p_arrays",
             "select $1::bigint[] = '{1,null,-3}', $2::int[] = '{-7}', $3::smallint[] = '{9}', "
             "$4::bool[] = '{t,f}', $5::text[] = array['a,b', '', null], "
             "$6::bytea[] = array['\\x0078'::bytea, null], "
             "$7::uuid[] = '{ff000000-0000-0000-0000-000000000000}', "
             "$8::timestamptz[] = '{1970-01-01 00:00:00Z}', $9::float8[] = '{2.5}', "
             "$10::text[] = '{}', cardinality($10::text[]) = 0, array_lower($1::bigint[], 1) = 1",
             &params, check_true);
}

static void check_items(const struct pg_rows *rows)
{
    struct pg_items numbers = pg_items(rows, 0, 0);
    struct pg_items texts = pg_items(rows, 0, 1);
    struct pg_items ids = pg_items(rows, 0, 2);
    struct pg_items times = pg_items(rows, 0, 3);
    struct pg_items squares = pg_items(rows, 0, 4);
    struct pg_items small = pg_items(rows, 0, 5);
    int64_t number = -1;
    struct text text;
    struct uuid id;

    assert_int_equal(numbers.count, 3);
    assert_true(pg_items_next_int64(&numbers, &number) && number == 5);
    assert_true(pg_items_next_int64(&numbers, &number) && number == 0);
    assert_true(pg_items_next_int64(&numbers, &number) && number == -6);
    assert_false(pg_items_next_int64(&numbers, &number));
    assert_true(pg_items_next(&texts, &text) && text_equal(text, TEXT("x")));
    assert_true(pg_items_next(&texts, &text) && !text.ptr);
    assert_true(pg_items_next(&texts, &text) && text.ptr && text.len == 0);
    assert_false(pg_items_next(&texts, &text));
    assert_true(pg_items_next_uuid(&ids, &id) && id.bytes[0] == 0xff);
    assert_true(pg_items_next_time_ms(&times, &number) && number == 1000);
    assert_int_equal(squares.count, 0); // two dimensions
    assert_true(pg_items_next_int64(&small, &number) && number == -2);
}

static void items_of_arrays_are_read_one_by_one(void **state)
{
    (void)state;
    run_well("p_items",
             "select '{5,null,-6}'::bigint[], array['x', null, '']::text[], "
             "'{ff000000-0000-0000-0000-000000000000}'::uuid[], "
             "'{1970-01-01 00:00:01Z}'::timestamptz[], '{{1,2},{3,4}}'::int[], '{-2}'::smallint[]",
             NULL, check_items);
}

static void check_unnest(const struct pg_rows *rows)
{
    assert_int_equal(pg_int64(rows, 0, 0), 5000);
    assert_int_equal(pg_int64(rows, 0, 1), 4999);
    assert_int_equal(pg_int64(rows, 0, 2), 5000 * 300);
}

static void arrays_of_many_large_items_grow(void **state)
{
    struct pg_params params;
    char payload[300];

    (void)state;
    memset(payload, 'p', sizeof(payload));
    pg_params_init(&params, &arena);
    pg_param_array_begin(&params, PG_INT8);
    for (int i = 0; i < 5000; i++) {
        pg_array_int64(&params, i);
    }
    pg_param_array_end(&params);
    pg_param_array_begin(&params, PG_BYTEA);
    for (int i = 0; i < 5000; i++) {
        pg_array_bytes(&params, (struct text){payload, sizeof(payload)});
    }
    pg_param_array_end(&params);
    run_well("p_unnest",
             "select count(*), max(id), sum(length(payload))::bigint "
             "from unnest($1::bigint[], $2::bytea[]) as t (id, payload)",
             &params, check_unnest);
}

static void check_none(const struct pg_rows *rows)
{
    (void)rows;
    fail();
}

static void a_parameter_of_the_wrong_length_is_the_servers_error(void **state)
{
    struct pg_params params;

    (void)state;
    pg_params_init(&params, &arena);
    pg_param_int64(&params, 1);
    struct error err = run("p_wrong", "select $1::int", &params, check_none);

    assert_int_equal(err.code, E_DATABASE);
    assert_non_null(strstr(err.detail, "SQLSTATE 22P03"));
}

static void many_parameters_keep_their_places(void **state)
{
    struct pg_params params;
    struct buf sql = {0};

    (void)state;
    pg_params_init(&params, &arena);
    buf_cstr(&sql, "select ");
    for (int i = 1; i <= PG_PARAMS_MAX; i++) {
        pg_param_int32(&params, i);
        buf_printf(&sql, "%s$%d::int = %d", i > 1 ? " and " : "", i, i);
    }
    run_well("p_many", buf_get(&sql).ptr, &params, check_true);
    buf_done(&sql);
}

static void the_blocking_connection_runs_scripts_and_names_the_place_of_an_error(void **state)
{
    struct pg_config config = private_pg_config(&server);
    struct error err = {0};
    struct pg_sync *sync = pg_sync_new(&config, &err);
    struct text out;

    (void)state;
    assert_non_null(sync);
    assert_true(pg_sync_script(sync, "create table s (n int); insert into s values (4)", &err));
    assert_true(
        pg_sync_value(sync, "select n * $1::int from s", &TEXT("3"), 1, &arena, &out, &err));
    assert_true(text_equal(out, TEXT("12")));
    assert_true(pg_sync_value(sync, "select $1::text", &TEXT_NONE, 1, &arena, &out, &err));
    assert_null(out.ptr);
    assert_false(pg_sync_script(sync, "delete from s;\n-- æ\n  select nothing;", &err));
    assert_string_equal(pg_sync_sqlstate(sync), "42703");
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 10);
    assert_true(pg_sync_value(sync, "select count(*) from s", NULL, 0, &arena, &out, &err));
    assert_true(text_equal(out, TEXT("1"))); // the script was one transaction
    pg_sync_free(sync);
}

static void an_advisory_lock_has_one_holder(void **state)
{
    struct pg_config config = private_pg_config(&server);
    struct error err = {0};
    struct pg_sync *first = pg_sync_new(&config, &err);
    struct pg_sync *second = pg_sync_new(&config, &err);

    (void)state;
    assert_true(first && second);
    assert_true(pg_sync_lock(first, 42, 0, &err));
    assert_false(pg_sync_lock(second, 42, 30, &err));
    assert_int_equal(err.code, E_TIMEOUT);
    assert_true(pg_sync_unlock(first, 42, &err));
    assert_true(pg_sync_lock(second, 42, 30, &err));
    pg_sync_free(first);
    pg_sync_free(second);
}

static void an_absent_server_is_a_connect_error(void **state)
{
    struct pg_config config = {.host = "/nonexistent", .user = "nobody"};
    struct error err = {0};

    (void)state;
    assert_null(pg_sync_new(&config, &err));
    assert_int_equal(err.code, E_CONNECT);
}

static int start(void **state)
{
    struct pg_config config;

    (void)state;
    private_pg_start(&server);
    config = private_pg_config(&server);
    arena_init(&arena, 0);
    loop = private_loop();
    pool = pg_pool_new(loop, &config);
    return 0;
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

static int stop(void **state)
{
    bool is_closed = false;

    (void)state;
    pg_pool_close(pool, on_closed, &is_closed);
    while (!is_closed) {
        loop_turn(loop, 1000);
    }
    loop_free(loop);
    arena_done(&arena);
    private_stop(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_reads_each_scalar_as_meant),
        cmocka_unit_test(each_column_type_is_read_back),
        cmocka_unit_test(null_reads_as_the_empty_value),
        cmocka_unit_test(infinite_times_stay_infinite),
        cmocka_unit_test(the_server_reads_each_array_as_meant),
        cmocka_unit_test(items_of_arrays_are_read_one_by_one),
        cmocka_unit_test(arrays_of_many_large_items_grow),
        cmocka_unit_test(a_parameter_of_the_wrong_length_is_the_servers_error),
        cmocka_unit_test(many_parameters_keep_their_places),
        cmocka_unit_test(the_blocking_connection_runs_scripts_and_names_the_place_of_an_error),
        cmocka_unit_test(an_advisory_lock_has_one_holder),
        cmocka_unit_test(an_absent_server_is_a_connect_error),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
