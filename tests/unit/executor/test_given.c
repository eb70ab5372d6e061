/*
 * Runs that a gateway has claimed for a worker with a signal, and what happens when they come while
 * the worker still has an older activation of them.
 */
#include "scheduler/handover.h"
#include "storage/signal.h"
#include "tests/unit/executor/worker_fixture.h"

#define WORKER 1

static int back_count, last_step_count;
static enum run_status last_status; /* RUN_RUNNING: it is to be read */

static void on_back(void *ctx, struct handover_run *run)
{
    (void)ctx;
    back_count++;
    last_status = run->is_ended ? run->record.status : RUN_RUNNING;
    last_step_count = run->record.step_count;
    handover_run_free(run);
}

static struct handover_run *take_seat(void)
{
    struct handover_run *run = bench_take_seat();

    assert_int_equal(run->seat.worker, WORKER);
    assert_int_equal(run->seat.owner, CLAIM_OWNER(bench.server, WORKER));
    return run;
}

static void await_back(int count)
{
    while (back_count < count) {
        loop_turn(world.loop, 10);
    }
}

static void a_resumed_run_replays_from_what_came_with_its_signal(void **state)
{
    struct handover_run *given = take_seat();
    struct signal_taker taker = {.owner = CLAIM_OWNER(bench.server, WORKER),
                                 .arena = &given->arena};
    struct uuid run = bench_start("(let [a (flow/step :function :first {:code \"(fn [x] 7)\"})"
                                  " b (flow/step :wait :go {:timeout \"1h\"})]"
                                  " [a (:n b) (flow/step :function :last {:code \"(fn [x] 9)\"})])",
                                  "{}", "");
    struct signal_batch batch = {.count = 1};
    struct buf payload CLEANUP(buf_done) = {0};
    struct error err = {0};
    (void)state;

    (void)bench_until(run, BENCH_WAITS);
    assert_true(codec_from_json(TEXT("{\"n\": 8}"), true, &payload, &err));
    struct signal_deliver signal = {
        .call = {.arena = &world.arena, .workspace = world.workspace},
        .run = run,
        .address = TEXT("go#1"),
        .mode = -1,
        .payload = buf_get(&payload),
        .taker = &taker,
    };

    batch.items[0].deliver = &signal;
    batch.call = fixture_call();
    signal_batch_start(&batch);
    fixture_await_well();
    assert_true(taker.claimed);
    given->claim = taker.run;
    given->is_resumed = true;
    handover_give(bench.handover, given);
    assert_result(run, "[7,8,9]");
    await_back(1);
    assert_int_equal(last_status, RUN_COMPLETED);
    assert_int_equal(last_step_count, 3);
    assert_int_equal(fixture_run(run).claims, 2);
    assert_int_equal(fixture_run(run).step_count, 3);
}

static void a_run_that_comes_back_too_early_goes_on_when_the_old_activation_is_over(void **state)
{
    int before = target_calls();
    int back = back_count;
    (void)state;
    struct uuid run = bench_start(
        "[(flow/step :function :first {:code \"(fn [x] 1)\"})"
        " (:status (flow/step :http :call {:url (str \"http://127.0.0.1:\" port \"/hang\")"
        " :method :post :timeout 60}))]",
        "{}", "");
    uint64_t given_before = worker_stats(bench.worker).given;

    while (target_calls() == before) {
        bench_pause(5);
    }
    (void)fixture_sql("update weir.runs set owner = null where status = 1");
    struct claim claim = fixture_claim_for(CLAIM_OWNER(bench.server, WORKER), run);
    struct handover_run *given = take_seat();

    assert_int_equal(claim.run_count, 1);
    given->claim = claim.runs[0];
    given->is_resumed = true;
    handover_give(bench.handover, given);
    while (worker_stats(bench.worker).given == given_before) {
        bench_pause(5);
    }
    target_release(); // the old activation is fenced; the new one makes the call again
    while (target_calls() == before + 1) {
        bench_pause(5);
    }
    target_release();
    assert_result(run, "[1,200]");
    await_back(back + 1);
    assert_int_equal(fixture_run(run).claims, 2);
    assert_int_equal(target_calls(), before + 2);
}

static void what_came_too_late_is_given_back(void **state)
{
    int before = target_calls();
    int back = back_count;
    (void)state;
    struct uuid run =
        bench_start("(:status (flow/step :http :call {:url (str \"http://127.0.0.1:\" port "
                    "\"/hang\") :method :post :timeout 60}))",
                    "{}", "");
    struct handover_run *given = take_seat();

    while (target_calls() == before) {
        bench_pause(5);
    }
    given->claim = (struct claim_run){.workspace = world.workspace, .id = run, .epoch = 0};
    handover_give(bench.handover, given);
    await_back(back + 1);
    assert_int_equal(last_status, RUN_RUNNING);
    target_release();
    assert_result(run, "200");
}

static int setup(void **state)
{
    bench.handover = handover_new(WORKER + 1, 1);
    (void)bench_setup(state);
    handover_open_gateway(bench.handover, 0, world.loop, on_back, NULL);
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
        cmocka_unit_test(a_resumed_run_replays_from_what_came_with_its_signal),
        cmocka_unit_test(a_run_that_comes_back_too_early_goes_on_when_the_old_activation_is_over),
        cmocka_unit_test(what_came_too_late_is_given_back),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
