/* The express worker: while there is courtesy it takes light runs only. */
#include "base/clock.h"
#include "scheduler/courtesy.h"
#include "scheduler/handover.h"
#include "tests/unit/executor/worker_fixture.h"

#define EXPRESS 0
#define OTHER   1
#define BIG     999 /* a workspace */
#define BACKLOG 10
#define HOUR_MS 3600000

static int back_count;

static void on_back(void *ctx, struct handover_run *run)
{
    (void)ctx;
    back_count++;
    handover_run_free(run);
}

/* The queue holds a backlog of the workspace; of runs that are not there, which no claim gets. */
static void have_a_backlog(void)
{
    for (int i = 0; i < BACKLOG; i++) {
        bench_push((struct uuid){.bytes = {[0] = 1, [15] = (uint8_t)i}});
    }
}

static void it_drives_light_runs_and_leaves_those_of_a_backlog_to_others(void **state)
{
    static const char body[] = "(flow/step :function :f {:code \"(fn [x] 7)\"})";
    (void)state;

    for (int i = 0; i < COURTESY_CROWD + COURTESY_LIGHT_EACH; i++) {
        handover_count(bench.handover, BIG, 1);
    }
    handover_light_came(bench.handover, clock_monotonic_ms() + HOUR_MS);
    handover_full(bench.handover, OTHER, false);
    struct uuid light = bench_start(body, "{}", "");

    assert_result(light, "7"); // by the queue
    assert_int_equal(fixture_run(light).claims, 1);

    have_a_backlog();
    struct uuid queued = bench_start(body, "{}", "");
    struct handover_run *given = bench_take_seat();

    assert_int_equal(given->seat.worker, EXPRESS);
    assert_true(given->seat.is_light);
    struct uuid run = bench_start(body, "{}", "");
    struct claim claim = fixture_claim_for(CLAIM_OWNER(bench.server, EXPRESS), run);

    assert_int_equal(claim.run_count, 1);
    given->claim = claim.runs[0];
    given->is_resumed = true;
    handover_give(bench.handover, given);
    assert_result(run, "7");
    while (back_count == 0) {
        loop_turn(world.loop, 10);
    }
    assert_int_equal(fixture_run(queued).claims, 0);

    struct worker *other = bench_worker(bench.server, OTHER);
    struct thread *thread = thread_start("worker", bench_run, other);

    assert_result(queued, "7");
    worker_stop(other);
    thread_join(thread);
    worker_free(other);
}

static int setup(void **state)
{
    bench.handover = handover_new(2, 1);
    (void)bench_setup(state);
    bench_stop_worker();
    bench_start_worker(EXPRESS);
    handover_open_gateway(bench.handover, 0, world.loop, on_back, NULL);
    struct handover_run *first = bench_take_seat(); // it is up, and knows what the queue has

    handover_leave(bench.handover, &first->seat);
    handover_run_free(first);
    return 0;
}

static int teardown(void **state)
{
    bench_stop_worker();
    handover_close_gateway(bench.handover, 0);
    handover_free(bench.handover);
    return bench_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_drives_light_runs_and_leaves_those_of_a_backlog_to_others),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
