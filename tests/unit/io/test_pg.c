/*
 * Groups on a Postgres of the test's own: transactions, refusals, prepared statements.
 */
#include "tests/unit/io/pg_fixture.h"

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
        TEST(a_deadlock_is_worth_another_attempt),
        TEST(the_servers_own_timeout_is_a_timeout),
        TEST(a_plan_that_a_migration_outdated_is_worth_another_attempt),
        TEST(work_may_start_from_the_end_of_other_work),
        TEST(a_group_may_be_started_again_as_it_is),
        TEST(more_groups_than_a_pipeline_takes_all_come_through_in_order),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
