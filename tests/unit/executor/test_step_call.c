/*
 * flow/call-flow and flow/restart on a worker: what the black-box tests cannot place in time.
 */
#include "tests/unit/executor/worker_fixture.h"

#define SINGLE "{:type :singleton :on-new-version :coexist}"

static void push_child(const char *slug, const char *body)
{
    struct buf source = {0};

    buf_printf(&source,
               "{:slug :%s :name \"%s\" :concurrency {:type :limit :limit 100 :on-new-version "
               ":coexist} :flow '(let [input (flow/input)] %s)}",
               slug, slug, body);
    fixture_flow(slug, buf_get(&source).ptr, true);
    buf_done(&source);
}

/* A server dies between the caller's wait and the admission of its child: the run is as this leaves
 * it, and a worker takes it up. */
static void a_child_whose_admission_was_cut_off_is_admitted_when_its_caller_resumes(void **state)
{
    static const char *source =
        "{:slug :cut :name \"cut\" :concurrency " SINGLE " :flow '(inc (flow/call-flow :one {}))}";
    struct journal_wait wait = fixture_wait("call-flow/one#1", WAIT_CHILD, 3600000);
    (void)state;

    wait.step_id = TEXT("call-flow/one");
    push_child("one", "1");
    fixture_flow("cut", source, true);
    struct admission admission = fixture_admission("cut");
    struct buf input = {0};
    struct error err = {0};

    assert_true(codec_from_json(TEXT("{}"), false, &input, &err));
    admission.input = buf_get(&input);
    bench_stop_worker();
    fixture_admit_all(&admission, 1);
    struct journal_entry entry = fixture_entry(admission.run, fixture_claim(admission.run));

    entry.waits = &wait;
    entry.wait_count = 1;
    entry.change = JOURNAL_GIVES_BACK;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    bench_start_worker(2);
    bench_push(admission.run);
    assert_result(admission.run, "2");
    assert_sql("select count(*) from weir.runs r join weir.flows f on f.id = r.flow "
               "where f.slug = 'one'",
               "1");
    buf_done(&input);
}

static void a_stopped_worker_leaves_its_calls_to_the_next(void **state)
{
    (void)state;
    push_child("naps", "(do (flow/step :sleep :nap {:millis 300}) :rested)");
    struct uuid run =
        bench_start("(flow/each [i (range 4)] (flow/call-flow :naps {:i i}))", "{}", "");

    (void)bench_until(run, BENCH_WAITS);
    bench_stop_worker();
    bench_start_worker(3);
    bench_push(run);
    assert_result(run, "[\"rested\",\"rested\",\"rested\",\"rested\"]");
    assert_sql("select count(*) from weir.runs r join weir.flows f on f.id = r.flow "
               "where f.slug = 'naps'",
               "4");
}

static void a_call_is_in_the_journal_as_a_wait_that_counts_for_nothing(void **state)
{
    (void)state;
    push_child("pure", "(:n input)");
    struct uuid run = bench_start("(flow/call-flow :pure {:n 7})", "{}", "");

    assert_result(run, "7");
    struct run_steps steps = {.call = fixture_call(), .id = run, .limit = 10};

    run_record_steps_start(&steps);
    fixture_await_well();
    assert_int_equal(steps.count, 1);
    assert_int_equal(steps.steps[0].kind, STEP_KIND_WAIT);
    assert_false(steps.steps[0].billed);
    assert_text(steps.steps[0].address, "call-flow/pure#1");
    assert_text(steps.steps[0].step_type, "call-flow");
    assert_string_equal(bench_json(steps.steps[0].input), "{\"input\":{\"n\":7}}");
    assert_string_equal(bench_json(steps.steps[0].output), "7");
}

static void a_restart_that_cannot_be_stored_is_the_bodys_error(void **state)
{
    (void)state;
    assert_result(
        bench_start("(try (flow/restart {:f inc}) (catch :default e (:class (ex-data e))))", "{}",
                    ""),
        "\"input\"");
}

static void a_body_that_restarts_where_its_journal_goes_on_is_nondeterministic(void **state)
{
    struct journal_row row = fixture_row(1, "other#1");
    (void)state;

    bench_stop_worker();
    struct uuid run = bench_start("(flow/restart {})", "{}", "");
    struct journal_entry entry = fixture_entry(run, fixture_claim(run));

    entry.rows = &row;
    entry.row_count = 1;
    entry.change = JOURNAL_GIVES_BACK;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    bench_start_worker(4);
    bench_push(run);
    assert_int_equal(bench_until(run, BENCH_ENDED).status, RUN_FAILED);
    assert_int_equal(fixture_run(run).continued_to, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_whose_admission_was_cut_off_is_admitted_when_its_caller_resumes),
        cmocka_unit_test(a_stopped_worker_leaves_its_calls_to_the_next),
        cmocka_unit_test(a_call_is_in_the_journal_as_a_wait_that_counts_for_nothing),
        cmocka_unit_test(a_restart_that_cannot_be_stored_is_the_bodys_error),
        cmocka_unit_test(a_body_that_restarts_where_its_journal_goes_on_is_nondeterministic),
    };

    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
