/* Seats of workers, and runs on their way to one and back. One thread plays both. */

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/clock.h"
#include "base/limits.h"
#include "scheduler/courtesy.h"
#include "scheduler/handover.h"

struct room {
    struct loop *loop;
    struct handover *handover;
    struct handover_run *given[2], *back; /* the last ones */
    int given_count[2], back_count, lost_count;
};

static struct room room;

static void on_run(void *ctx, struct handover_run *run)
{
    int worker = *(const int *)ctx;

    room.given[worker] = run;
    room.given_count[worker]++;
}

static void on_lost(void *ctx)
{
    (void)ctx;
    room.lost_count++;
}

static void on_back(void *ctx, struct handover_run *run)
{
    (void)ctx;
    room.back = run;
    room.back_count++;
}

static int setup(void **state)
{
    struct error err = {0};

    static int numbers[] = {0, 1};

    (void)state;
    room = (struct room){.loop = loop_new(LOOP_EPOLL, &err), .handover = handover_new(2, 1)};
    for (int i = 0; i < 2; i++) {
        handover_open_worker(
            room.handover, i, room.loop,
            &(struct handover_worker){
                .owner = 700 + i, .on_run = on_run, .on_lost = on_lost, .ctx = &numbers[i]});
    }
    for (int i = 0; i < 2; i++) {
        handover_full(room.handover, i, false);
    }
    handover_open_gateway(room.handover, 0, room.loop, on_back, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    handover_close_gateway(room.handover, 0);
    handover_close_worker(room.handover, 0);
    handover_close_worker(room.handover, 1);
    handover_free(room.handover);
    loop_free(room.loop);
    return 0;
}

enum { ANY = 1, OTHER = 2 };

static bool reserve(int64_t workspace, struct handover_seat *out)
{
    *out = handover_reserve(room.handover, workspace);
    return out->owner != 0;
}

static struct handover_run *give(void)
{
    struct handover_run *run = handover_run_new();

    assert_true(reserve(ANY, &run->seat));
    assert_int_equal(run->seat.owner, 700 + run->seat.worker);
    run->claim.slug = arena_text(&run->arena, TEXT("flow"));
    handover_give(room.handover, run);
    return run;
}

static void a_worker_that_does_not_allow_it_is_given_nothing(void **state)
{
    struct handover_seat seat, none;

    (void)state;
    assert_false(reserve(ANY, &seat));
    handover_allow(room.handover, 1, HANDOVER_ALL);
    assert_true(reserve(ANY, &seat));
    assert_int_equal(seat.worker, 1);
    assert_int_equal(seat.owner, 701);
    handover_allow(room.handover, 1, HANDOVER_NONE);
    assert_false(reserve(ANY, &none));
    handover_leave(room.handover, &seat);
    assert_int_equal(handover_reserve(NULL, ANY).owner, 0);
}

static void runs_go_to_the_worker_that_has_fewest_and_come_back(void **state)
{
    (void)state;
    handover_allow(room.handover, 0, HANDOVER_ALL);
    handover_allow(room.handover, 1, HANDOVER_ALL);
    struct handover_run *first = give();
    struct handover_run *second = give();

    assert_int_equal(first->seat.worker + second->seat.worker, 1);
    assert_int_equal(room.given_count[0] + room.given_count[1], 0); // not within the call
    loop_turn(room.loop, -1);
    loop_turn(room.loop, 0);
    assert_ptr_equal(room.given[first->seat.worker], first);
    assert_ptr_equal(room.given[second->seat.worker], second);

    int freed = second->seat.worker;

    second->is_ended = true;
    handover_return(room.handover, second);
    assert_int_equal(room.back_count, 0);
    loop_turn(room.loop, -1);
    assert_ptr_equal(room.back, second);
    struct handover_run *third = give();

    assert_int_equal(third->seat.worker, freed);
    loop_turn(room.loop, -1);
    handover_run_free(first);
    handover_run_free(second);
    handover_run_free(third);
}

static void a_worker_has_so_many_seats_and_no_more(void **state)
{
    struct handover_seat seat, none;

    (void)state;
    handover_allow(room.handover, 0, HANDOVER_ALL);
    for (int i = 0; i < HANDOVER_SEATS; i++) {
        assert_true(reserve(ANY, &seat));
    }
    assert_false(reserve(ANY, &none));
    handover_leave(room.handover, &seat);
    assert_true(reserve(ANY, &seat));
    assert_true(HANDOVER_SEATS + LIMIT_CLAIM <= LIMIT_WORKER_RUNS);
}

static void others_have_seats_when_one_workspace_has_taken_all(void **state)
{
    struct handover_seat seat;

    (void)state;
    handover_allow(room.handover, 0, HANDOVER_ALL);
    while (reserve(ANY, &seat)) {
        assert_false(seat.is_light);
    }
    assert_true(reserve(OTHER, &seat));
    assert_true(seat.is_light);
}

static void while_runs_wait_a_workspace_has_seats_as_long_as_it_has_few_runs_here(void **state)
{
    struct handover_seat seats[COURTESY_LIGHT_EACH], none;

    (void)state;
    handover_allow(room.handover, 0, HANDOVER_LIGHT);
    handover_count(room.handover, ANY, 1);
    for (int i = 1; i < COURTESY_LIGHT_EACH; i++) {
        assert_true(reserve(ANY, &seats[i]));
    }
    assert_false(reserve(ANY, &none));
    assert_true(reserve(OTHER, &seats[0]));
    handover_count(room.handover, ANY, -1);
    assert_true(reserve(ANY, &none));
    handover_leave(room.handover, &seats[1]);
    assert_true(reserve(ANY, &none));
}

static void while_runs_wait_seats_are_few_for_all_together(void **state)
{
    struct handover_seat seat;
    int count = 0;

    (void)state;
    handover_allow(room.handover, 0, HANDOVER_LIGHT);
    for (int64_t workspace = 1; workspace <= 100; workspace++) {
        count += reserve(workspace, &seat);
    }
    assert_int_equal(count, HANDOVER_LIGHT_SEATS);
}

#define HOUR_MS 3600000

/* So many that one who has next to nothing is let through, for an hour. */
static void crowd(void)
{
    for (int i = 0; i < COURTESY_CROWD + COURTESY_LIGHT_EACH; i++) {
        handover_count(room.handover, ANY, 1);
    }
    handover_light_came(room.handover, clock_monotonic_ms() + HOUR_MS);
}

static void beside_a_crowd_light_runs_go_to_the_express_worker_and_others_do_not(void **state)
{
    struct handover_seat seat;

    (void)state;
    handover_allow(room.handover, 0, HANDOVER_ALL);
    handover_allow(room.handover, 1, HANDOVER_ALL);
    assert_false(handover_is_express(room.handover, 0));
    crowd();
    assert_true(handover_is_courteous(room.handover));
    assert_true(handover_is_express(room.handover, 0));
    assert_false(handover_is_express(room.handover, 1));
    for (int64_t workspace = OTHER; workspace < OTHER + 3; workspace++) { // though it has most
        assert_true(reserve(workspace, &seat));
        assert_int_equal(seat.worker, 0);
        assert_true(seat.is_light);
    }
    assert_true(reserve(ANY, &seat));
    assert_int_equal(seat.worker, 1);
    assert_false(seat.is_light);
}

static void light_runs_go_to_others_when_the_express_worker_has_no_seat(void **state)
{
    struct handover_seat seat;
    int64_t workspace = OTHER;

    (void)state;
    handover_allow(room.handover, 0, HANDOVER_LIGHT);
    handover_allow(room.handover, 1, HANDOVER_LIGHT);
    crowd();
    for (int i = 0; i < HANDOVER_LIGHT_SEATS; i++) {
        assert_true(reserve(workspace++, &seat));
        assert_int_equal(seat.worker, 0);
    }
    assert_true(reserve(workspace, &seat));
    assert_int_equal(seat.worker, 1);
}

static void a_light_start_beside_a_crowd_is_met_with_courtesy(void **state)
{
    struct handover_seat seat;

    (void)state;
    handover_allow(room.handover, 1, HANDOVER_LIGHT);
    for (int i = 0; i < COURTESY_CROWD + COURTESY_LIGHT_EACH; i++) {
        handover_count(room.handover, ANY, 1);
        assert_false(handover_is_courteous(room.handover));
    }
    assert_false(reserve(ANY, &seat));
    assert_false(handover_is_courteous(room.handover));
    handover_light_came(room.handover, clock_monotonic_ms() + HOUR_MS);
    assert_true(handover_is_courteous(room.handover));
    assert_false(handover_is_courteous(NULL));
    assert_false(handover_is_express(NULL, 0));
}

static void while_all_others_are_full_there_is_no_express_worker(void **state)
{
    struct handover_seat seat;

    (void)state;
    handover_allow(room.handover, 0, HANDOVER_ALL);
    crowd();
    handover_full(room.handover, 0, true); // it alone does not matter
    assert_true(handover_is_express(room.handover, 0));
    handover_full(room.handover, 1, true);
    assert_false(handover_is_express(room.handover, 0));
    assert_true(reserve(ANY, &seat));
    assert_int_equal(seat.worker, 0);
    handover_full(room.handover, 1, false);
    assert_true(handover_is_express(room.handover, 0));
}

static void others_leave_light_runs_to_the_express_worker_while_it_has_room(void **state)
{
    (void)state;
    handover_allow(room.handover, 0, HANDOVER_ALL);
    assert_false(handover_leaves_light(room.handover, 1));
    crowd();
    assert_true(handover_leaves_light(room.handover, 1));
    assert_false(handover_leaves_light(room.handover, 0));
    handover_full(room.handover, 0, true);
    assert_false(handover_leaves_light(room.handover, 1));
    handover_full(room.handover, 0, false);
    handover_full(room.handover, 1, true); // none
    assert_false(handover_leaves_light(room.handover, 1));
}

static bool has_express_worker(int workers, int gateways)
{
    struct handover *handover = handover_new(workers, gateways);

    for (int i = 0; i < COURTESY_CROWD + COURTESY_LIGHT_EACH; i++) {
        handover_count(handover, ANY, 1);
    }
    handover_light_came(handover, clock_monotonic_ms() + HOUR_MS);
    assert_true(handover_is_courteous(handover));
    assert_false(handover_is_express(handover, 0)); // nobody has asked the queue yet
    for (int i = 0; i < workers; i++) {
        handover_full(handover, i, false);
    }
    bool is_express = handover_is_express(handover, 0);

    handover_free(handover);
    return is_express;
}

static void one_worker_alone_is_no_express_worker_one_without_gateways_is(void **state)
{
    (void)state;
    assert_true(has_express_worker(2, 1));
    assert_false(has_express_worker(1, 1));
    assert_true(has_express_worker(2, 0)); // the queue has light runs for it
}

static void a_worker_hears_of_answers_that_were_lost(void **state)
{
    (void)state;
    handover_lost(room.handover, 0);
    handover_lost(room.handover, 0);
    loop_turn(room.loop, -1);
    assert_int_equal(room.lost_count, 1);
    assert_int_equal(room.given_count[0], 0);
}

static void a_worker_that_closes_is_given_what_is_on_its_way(void **state)
{
    (void)state;
    handover_allow(room.handover, 0, HANDOVER_ALL);
    struct handover_run *run = give();

    handover_close_worker(room.handover, 0);
    assert_ptr_equal(room.given[0], run);
    handover_run_free(run);
}

/* The sanitizer tells whether it is freed. */
static void a_run_that_comes_back_to_a_gateway_that_is_gone_is_freed_at_the_end(void **state)
{
    (void)state;
    handover_allow(room.handover, 0, HANDOVER_ALL);
    struct handover_run *run = give();

    loop_turn(room.loop, -1);
    handover_close_gateway(room.handover, 0);
    handover_return(room.handover, run);
    loop_turn(room.loop, 0);
    assert_int_equal(room.back_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_worker_that_does_not_allow_it_is_given_nothing),
        TEST(runs_go_to_the_worker_that_has_fewest_and_come_back),
        TEST(a_worker_has_so_many_seats_and_no_more),
        TEST(others_have_seats_when_one_workspace_has_taken_all),
        TEST(while_runs_wait_a_workspace_has_seats_as_long_as_it_has_few_runs_here),
        TEST(while_runs_wait_seats_are_few_for_all_together),
        TEST(beside_a_crowd_light_runs_go_to_the_express_worker_and_others_do_not),
        TEST(light_runs_go_to_others_when_the_express_worker_has_no_seat),
        TEST(a_light_start_beside_a_crowd_is_met_with_courtesy),
        TEST(while_all_others_are_full_there_is_no_express_worker),
        TEST(others_leave_light_runs_to_the_express_worker_while_it_has_room),
        TEST(one_worker_alone_is_no_express_worker_one_without_gateways_is),
        TEST(a_worker_hears_of_answers_that_were_lost),
        TEST(a_worker_that_closes_is_given_what_is_on_its_way),
        TEST(a_run_that_comes_back_to_a_gateway_that_is_gone_is_freed_at_the_end),
    };

    return cmocka_run_group_tests_name("scheduler/handover", tests, NULL, NULL);
}
