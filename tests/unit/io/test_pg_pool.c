/*
 * The pool: lanes, lost connections, deadlines, tenants, closing.
 */
#include "tests/unit/io/pg_fixture.h"

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

static void a_pool_that_refuses_ends_the_present_work_and_no_other(void **state)
{
    struct fixture *fixture = *state;
    struct work *present = work_new(fixture, 'p');

    add_item(present, 1);
    start(present, -1);
    pg_pool_refuse(fixture->pool);
    for (int i = 0; i < 2; i++) { // and is still there
        struct work *late = work_new(fixture, 'l');

        add(late, &count_items);
        start(late, -1);
        await(late);
        assert_int_equal(late->err.code, E_UNAVAILABLE);
    }
    await_well(present);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tenant_pool_sets_the_workspace_of_each_group_and_refuses_none),
        TEST(a_lane_keeps_to_its_connection),
        TEST(work_without_a_lane_goes_to_the_idle_connection),
        TEST(a_killed_server_fails_what_was_sent_and_the_rest_waits_for_the_next),
        TEST(an_unanswered_group_costs_its_connection_at_the_deadline),
        TEST(without_a_server_work_waits_until_its_deadline_and_says_why),
        TEST(waiting_work_can_be_cancelled_and_sent_work_goes_on),
        TEST(a_session_that_the_server_ends_is_replaced),
        TEST(a_pool_that_refuses_ends_the_present_work_and_no_other),
        TEST(closing_waits_for_the_present_work_and_refuses_new),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
