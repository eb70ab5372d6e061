/*
 * What counts, and that ledger and journal together count it exactly.
 */
#include "billing/usage.h"
#include "tests/unit/storage/storage_fixture.h"

struct month {
    struct usage_month usage;
    bool is_done;
};

static void on_month(struct usage_month *usage, const struct error *err)
{
    assert_null(err);
    CONTAINER_OF(usage, struct month, usage)->is_done = true;
}

/* This month's usage, by the database's clock. */
static struct usage_month usage_now(void)
{
    struct month month = {.usage = {.ledger = {.call = fixture_call()}, .on_done = on_month}};
    struct error err = {0};

    world.pending--;
    assert_true(
        usage_parse_month(fixture_sql("select to_char(now() at time zone 'UTC', 'YYYY-MM')"),
                          &month.usage.ledger.year, &month.usage.ledger.month, &err));
    usage_month_start(&month.usage);
    while (!month.is_done) {
        loop_turn(world.loop, -1);
    }
    return month.usage;
}

static int64_t rollup(void)
{
    struct ledger_rollup op = {.call = fixture_call()};

    ledger_rollup_start(&op);
    fixture_await_well();
    return op.moved;
}

static void run_with_rows(const char *slug, enum flow_target target, size_t billed, size_t unbilled)
{
    struct journal_row rows[20];
    struct admission admission = fixture_admission(slug);

    admission.target = target;
    fixture_admit_all(&admission, 1);
    struct journal_entry entry = fixture_entry(admission.run, fixture_claim(admission.run));

    for (size_t i = 0; i < billed + unbilled; i++) {
        rows[i] = fixture_row((int)i + 1, "a#1");
        rows[i].billed = i < billed;
        rows[i].step_type = i % 2 == 0 ? TEXT("http") : TEXT("kv");
        rows[i].attempts = 3; // whatever its attempts
        rows[i].status = i % 2 == 0 ? STEP_FAILED : STEP_COMPLETED;
    }
    entry.rows = rows;
    entry.row_count = billed + unbilled;
    entry.change = JOURNAL_ENDS;
    entry.status = RUN_COMPLETED;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
}

static void waits_never_count_and_steps_do(void **state)
{
    (void)state;

    assert_true(usage_counts(TEXT("http")));
    assert_true(usage_counts(TEXT("sleep")));
    assert_true(usage_counts(TEXT("kv")));
    assert_false(usage_counts(TEXT("wait")));
    assert_false(usage_counts(TEXT("approval")));
    assert_false(usage_counts(TEXT("fanout")));
    assert_true(usage_counts(TEXT("something-new")));
}

static void a_month_is_year_and_month(void **state)
{
    struct error err = {0};
    int year = 0;
    int month = 0;
    (void)state;

    assert_true(usage_parse_month(TEXT("2026-11"), &year, &month, &err));
    assert_int_equal(year, 2026);
    assert_int_equal(month, 11);
    assert_false(usage_parse_month(TEXT("2026-13"), &year, &month, &err));
    assert_false(usage_parse_month(TEXT("2026-00"), &year, &month, &err));
    assert_false(usage_parse_month(TEXT("26-11"), &year, &month, &err));
    assert_false(usage_parse_month(TEXT("2026/11"), &year, &month, &err));
    assert_false(usage_parse_month(TEXT_NONE, &year, &month, &err));
    assert_int_equal(err.code, E_INPUT);
    assert_int_equal(month, 11); // untouched
}

static void ledger_and_tail_add_up_at_every_moment(void **state)
{
    (void)state;

    assert_int_equal(usage_now().total, 0);
    run_with_rows("bill", TARGET_LIVE, 5, 3);
    run_with_rows("bill", TARGET_DRAFT, 2, 0);
    struct usage_month usage = usage_now();

    assert_int_equal(usage.total, 7);
    assert_int_equal(usage.draft_total, 2);
    assert_int_equal(usage.ledger.count, 4); // http and kv, live and draft
    assert_text(usage.ledger.lines[0].slug, "bill");
    assert_text(usage.ledger.lines[0].step_type, "http");
    assert_false(usage.ledger.lines[0].draft);
    assert_int_equal(usage.ledger.lines[0].executions, 3);

    assert_int_equal(rollup(), 7);
    assert_int_equal(rollup(), 0); // exactly once
    assert_int_equal(usage_now().total, 7);
    run_with_rows("bill", TARGET_LIVE, 1, 0);
    assert_int_equal(usage_now().total, 8);
    assert_int_equal(usage_now().ledger.lines[0].executions, 4);
    assert_int_equal(rollup(), 1);
    assert_int_equal(usage_now().total, 8);
}

static void a_rollup_does_not_pass_a_transaction_that_still_runs(void **state)
{
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    struct pg_sync *slow = pg_sync_new(&config, &err);
    int64_t before = usage_now().total;
    (void)state;

    // An older transaction, whose rows would come late.
    assert_true(pg_sync_script(slow, "begin; select pg_current_xact_id()", &err));
    run_with_rows("bill", TARGET_LIVE, 2, 0);
    assert_int_equal(rollup(), 0);
    assert_int_equal(usage_now().total, before + 2);
    assert_true(pg_sync_script(slow, "commit", &err));
    assert_int_equal(rollup(), 2);
    assert_int_equal(usage_now().total, before + 2);
    pg_sync_free(slow);
}

static void two_rollups_at_once_move_everything_once(void **state)
{
    struct ledger_rollup ops[2];
    int64_t before = usage_now().total;
    (void)state;

    run_with_rows("bill", TARGET_LIVE, 4, 0);
    for (size_t i = 0; i < 2; i++) {
        ops[i] = (struct ledger_rollup){.call = fixture_call()};
        ledger_rollup_start(&ops[i]);
    }
    fixture_await_well();
    rollup();
    assert_int_equal(usage_now().total, before + 4);
    assert_sql("select sum(executions)::bigint - (select count(*) from weir.steps where billed) "
               "from weir.usage_ledger",
               "0");
}

static int setup(void **state)
{
    int status = fixture_setup(state);

    fixture_flow("bill", "1", true);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_never_count_and_steps_do),
        cmocka_unit_test(a_month_is_year_and_month),
        cmocka_unit_test(ledger_and_tail_add_up_at_every_moment),
        cmocka_unit_test(a_rollup_does_not_pass_a_transaction_that_still_runs),
        cmocka_unit_test(two_rollups_at_once_move_everything_once),
    };

    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
