/* One thing at a time while there is courtesy. The worker has no more than a loop here. */

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/clock.h"
#include "executor/worker_private.h"
#include "scheduler/courtesy.h"

#define HOUR_MS 3600000

struct gate {
    struct worker worker;
    struct turnstile_place places[3];
    int turns[3];
};

static struct gate gate;

static void on_turn(struct turnstile_place *place)
{
    gate.turns[place - gate.places]++;
}

static int setup(void **state)
{
    struct error err = {0};

    (void)state;
    gate = (struct gate){0};
    gate.worker.loop = loop_new(LOOP_EPOLL, &err);
    gate.worker.config.handover = handover_new(2, 1);
    turnstile_init(&gate.worker.turnstile, &gate.worker);
    for (int i = 0; i < 3; i++) {
        gate.places[i].on_turn = on_turn;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    turnstile_done(&gate.worker.turnstile);
    handover_free(gate.worker.config.handover);
    loop_free(gate.worker.loop);
    return 0;
}

static void make_way(void)
{
    for (int i = 0; i < COURTESY_CROWD + COURTESY_LIGHT_EACH; i++) {
        handover_count(gate.worker.config.handover, 1, 1);
    }
    handover_light_came(gate.worker.config.handover, clock_monotonic_ms() + HOUR_MS);
}

static bool pass(int index)
{
    return turnstile_enter(&gate.worker.turnstile, &gate.places[index]);
}

static void leave(void)
{
    turnstile_leave(&gate.worker.turnstile);
    loop_turn(gate.worker.loop, 0);
}

static void without_courtesy_everything_passes(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(pass(i));
    }
    for (int i = 0; i < 3; i++) {
        assert_false(turnstile_is_idle(&gate.worker.turnstile));
        leave();
    }
    assert_true(turnstile_is_idle(&gate.worker.turnstile));
}

static void with_courtesy_one_is_inside_and_others_come_in_their_order(void **state)
{
    (void)state;
    make_way();
    assert_true(pass(0));
    assert_false(pass(2));
    assert_false(pass(1));
    leave();
    assert_int_equal(gate.turns[2], 1);
    assert_int_equal(gate.turns[1], 0);
    assert_false(pass(0)); // behind who waits
    leave();
    assert_int_equal(gate.turns[1], 1);
    assert_int_equal(gate.turns[0], 0);
    leave();
    assert_int_equal(gate.turns[0], 1);
    leave();
    assert_true(turnstile_is_idle(&gate.worker.turnstile));
}

static void those_who_are_inside_when_it_begins_leave_first(void **state)
{
    (void)state;
    assert_true(pass(0));
    assert_true(pass(1));
    make_way();
    assert_false(pass(2));
    leave();
    assert_int_equal(gate.turns[2], 0);
    leave();
    assert_int_equal(gate.turns[2], 1);
    leave();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(without_courtesy_everything_passes),
        TEST(with_courtesy_one_is_inside_and_others_come_in_their_order),
        TEST(those_who_are_inside_when_it_begins_leave_first),
    };

    return cmocka_run_group_tests_name("executor/turnstile", tests, NULL, NULL);
}
