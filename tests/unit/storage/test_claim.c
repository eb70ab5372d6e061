/*
 * Claims, leases, dead servers, and what the sweeper sees.
 */
#include "tests/unit/storage/storage_fixture.h"

static void a_claim_brings_the_run_its_journal_and_its_waits(void **state)
{
    struct uuid run = fixture_admit("claims");
    struct journal_row rows[2] = {fixture_row(1, "a#1"), fixture_row(2, "b#1")};
    struct journal_wait waits[2] = {fixture_wait("w#1", WAIT_APPROVAL, 60000),
                                    fixture_wait("t#1", WAIT_TIMER, 0)};
    (void)state;

    struct claim claim = fixture_claim_for(world.owner, run);

    assert_int_equal(claim.run_count, 1);
    struct claim_run *claimed = &claim.runs[0];

    assert_int_equal(claimed->epoch, 1);
    assert_int_equal(claimed->claims, 1);
    assert_int_equal(claimed->crashes, 0);
    assert_text(claimed->slug, "claims");
    assert_text(claimed->workspace_name, "ws-one");
    assert_text(claimed->input, "input");
    assert_int_equal(claimed->target, TARGET_LIVE);
    assert_int_equal(claimed->version_number, 1);
    assert_int_equal(claimed->row_count, 0);

    struct journal_entry entry = fixture_entry(run, 1);

    rows[1].kind = STEP_KIND_VALUE;
    entry.rows = rows;
    entry.row_count = 2;
    entry.waits = waits;
    entry.wait_count = 2;
    entry.change = JOURNAL_PARKS;
    entry.current_step = TEXT("w");
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    assert_text(fixture_run(run).current_step, "w");

    claim = fixture_claim_for(world.owner, run);
    claimed = &claim.runs[0];
    assert_int_equal(claimed->epoch, 2);
    assert_int_equal(claimed->row_count, 2);
    assert_false(claimed->has_more);
    assert_text(claimed->rows[0].address, "a#1");
    assert_text(claimed->rows[0].output, "output");
    assert_int_equal(claimed->rows[1].kind, STEP_KIND_VALUE);
    assert_int_equal(claimed->wait_count, 2);
    assert_int_equal(claimed->waits[0].status, WAIT_OPEN);
    assert_int_equal(claimed->waits[1].status, WAIT_RESOLVED);
    assert_text(claimed->waits[0].asked, "asked");
    assert_int_equal(fixture_end(run, 2), JOURNAL_COMMITTED);
}

static void a_claimed_run_is_refused_to_others_and_an_ended_one_to_all(void **state)
{
    struct uuid run = fixture_admit("claims");
    (void)state;

    assert_int_equal(fixture_claim(run), 1);
    struct claim claim = fixture_claim_for(world.owner + 1, run);

    assert_int_equal(claim.run_count, 0);
    assert_int_equal(claim.refused[0].why, CLAIM_OWNED);
    assert_int_equal(fixture_end(run, 1), JOURNAL_COMMITTED);
    claim = fixture_claim_for(world.owner + 1, run);
    assert_int_equal(claim.refused[0].why, CLAIM_OVER);
    claim = fixture_claim_for(world.owner, id_uuid7());
    assert_int_equal(claim.refused[0].why, CLAIM_OVER);
}

static void a_row_that_somebody_holds_is_not_waited_for(void **state)
{
    struct uuid run = fixture_admit("claims");
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    struct pg_sync *other = pg_sync_new(&config, &err);
    (void)state;

    assert_true(pg_sync_script(other, "begin; select 1 from weir.runs for update", &err));
    struct claim claim = fixture_claim_for(world.owner, run);

    assert_int_equal(claim.refused[0].why, CLAIM_BUSY);
    pg_sync_free(other);
    for (int epoch = 0; epoch == 0;) { // until the server has seen that the other one is gone
        epoch = fixture_claim(run);
    }
    assert_int_equal(fixture_end(run, 1), JOURNAL_COMMITTED);
}

static void the_runs_of_a_dead_server_are_due_and_their_crashes_counted(void **state)
{
    struct uuid run = fixture_admit("claims");
    int64_t dead = CLAIM_OWNER(fixture_server(LEASE_MS), 3);
    struct lease_stop stop;
    (void)state;

    assert_int_equal(fixture_claim_for(dead, run).run_count, 1);
    struct sweep_due due = {.call = fixture_call(), .limit = 100};

    sweep_due_start(&due);
    fixture_await_well();
    assert_int_equal(due.count, 0);
    stop = (struct lease_stop){.call = fixture_call(), .server_id = dead / CLAIM_OWNER_WORKERS};
    lease_stop_start(&stop);
    fixture_await_well();
    due = (struct sweep_due){.call = fixture_call(), .limit = 100};
    sweep_due_start(&due);
    fixture_await_well();
    assert_int_equal(due.count, 1);
    assert_int_equal(id_compare(due.runs[0].run, run), 0);
    assert_true(due.runs[0].wait_ms <= 0);

    struct claim claim = fixture_claim_for(world.owner, run);

    assert_int_equal(claim.runs[0].crashes, 1);
    assert_int_equal(claim.runs[0].epoch, 2);
    // What the dead one still sends is fenced.
    struct journal_row row = fixture_row(1, "a#1");
    struct journal_entry entry = fixture_entry(run, 1);

    entry.rows = &row;
    entry.row_count = 1;
    fixture_commit_all(dead, &entry, 1);
    assert_int_equal(entry.outcome, JOURNAL_FENCED);
    // A park shows that it goes on: the count starts again.
    entry = fixture_entry(run, 2);
    struct journal_wait wait = fixture_wait("w#1", WAIT_TIMER, 0);

    entry.waits = &wait;
    entry.wait_count = 1;
    entry.change = JOURNAL_PARKS;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    claim = fixture_claim_for(world.owner, run);
    assert_int_equal(claim.runs[0].crashes, 0);
    assert_int_equal(fixture_end(run, 3), JOURNAL_COMMITTED);
}

static void a_server_whose_lease_has_passed_claims_nothing(void **state)
{
    struct uuid run = fixture_admit("claims");
    int64_t dead = CLAIM_OWNER(fixture_server(0), 1);
    struct claim due = {.call = fixture_call(), .owner = dead, .limit = 10};
    (void)state;

    claim_start(&due);
    fixture_await_well();
    assert_int_equal(due.run_count, 0);
    struct claim named = fixture_claim_for(dead, run);

    assert_int_equal(named.run_count, 0);
    assert_int_equal(named.refused[0].why, CLAIM_BUSY);
    assert_int_equal(fixture_end(run, fixture_claim(run)), JOURNAL_COMMITTED);
    assert_int_equal(fixture_run(run).crashes, 0);
}

static void a_lease_that_has_passed_cannot_be_renewed(void **state)
{
    int64_t server_id = fixture_server(LEASE_MS);
    struct lease_renew renew = {
        .call = fixture_call(), .server_id = server_id, .duration_ms = LEASE_MS};
    (void)state;

    lease_renew_start(&renew);
    fixture_await_well();
    assert_true(renew.alive);
    renew.call = fixture_call();
    renew.duration_ms = 0;
    lease_renew_start(&renew);
    fixture_await_well();
    renew.call = fixture_call();
    renew.duration_ms = LEASE_MS;
    lease_renew_start(&renew);
    fixture_await_well();
    assert_false(renew.alive);
}

static void due_runs_are_claimed_without_being_named(void **state)
{
    struct uuid first = fixture_admit("claims");
    struct uuid second = fixture_admit("claims");
    struct journal_row row = fixture_row(1, "a#1");
    struct journal_entry entry = fixture_entry(first, fixture_claim(first));
    (void)state;

    entry.rows = &row;
    entry.row_count = 1;
    entry.change = JOURNAL_GIVES_BACK;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);

    struct claim claim = {.call = fixture_call(), .owner = world.owner, .limit = 10};

    claim_start(&claim);
    fixture_await_well();
    assert_int_equal(claim.run_count, 2);
    for (size_t i = 0; i < 2; i++) {
        bool is_first = id_compare(claim.runs[i].id, first) == 0;

        assert_int_equal(claim.runs[i].row_count, is_first ? 1 : 0);
        assert_int_equal(fixture_end(claim.runs[i].id, claim.runs[i].epoch), JOURNAL_COMMITTED);
    }
    assert_int_equal(fixture_run(second).status, RUN_COMPLETED);
    claim = (struct claim){.call = fixture_call(), .owner = world.owner, .limit = 10};
    claim_start(&claim);
    fixture_await_well();
    assert_int_equal(claim.run_count, 0);
}

static void a_lost_claim_is_let_go_and_fenced(void **state)
{
    struct uuid known = fixture_admit("claims");
    struct uuid lost = fixture_admit("claims");
    struct claim_disown disown;
    (void)state;

    assert_int_equal(fixture_claim(known), 1);
    assert_int_equal(fixture_claim(lost), 1);
    disown = (struct claim_disown){
        .call = fixture_call(), .owner = world.owner, .known = &known, .known_count = 1};
    claim_disown_start(&disown);
    fixture_await_well();
    assert_int_equal(disown.count, 1);
    assert_int_equal(fixture_end(lost, 1), JOURNAL_FENCED);
    assert_int_equal(fixture_end(known, 1), JOURNAL_COMMITTED);
    assert_int_equal(fixture_claim(lost), 3);
    assert_int_equal(fixture_end(lost, 3), JOURNAL_COMMITTED);
}

static void a_long_journal_comes_in_pages(void **state)
{
    static char large[300000];
    struct uuid run = fixture_admit("claims");
    int epoch = fixture_claim(run);
    (void)state;

    memset(large, 'x', sizeof(large));
    for (int i = 0; i < 5; i++) {
        struct journal_row row = fixture_row(i + 1, "a#1");
        struct journal_entry entry = fixture_entry(run, epoch);

        row.output = (struct text){large, sizeof(large)};
        entry.rows = &row;
        entry.row_count = 1;
        if (i == 4) entry.change = JOURNAL_GIVES_BACK;
        assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    }
    struct claim claim = fixture_claim_for(world.owner, run);

    assert_int_equal(claim.runs[0].row_count, 3); // of 1 MB
    assert_true(claim.runs[0].has_more);
    struct claim_page page = {.call = fixture_call(), .run = run, .from_sequence = 4};

    claim_page_start(&page);
    fixture_await_well();
    assert_int_equal(page.row_count, 2);
    assert_int_equal(page.rows[1].sequence, 5);
    assert_int_equal(page.rows[1].output.len, sizeof(large));
    assert_false(page.has_more);
    assert_int_equal(fixture_end(run, 2), JOURNAL_COMMITTED);
}

static void the_sweeper_pages_over_due_runs_and_timers(void **state)
{
    struct journal_wait wait = fixture_wait("w#1", WAIT_TIMER, 5000);
    struct uuid runs[3];
    size_t seen = 0;
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        runs[i] = fixture_admit("claims");
        if (i > 0) fixture_park(runs[i], &wait);
    }
    struct sweep_due due = {.call = fixture_call(), .horizon_ms = 1000, .limit = 10};

    sweep_due_start(&due);
    fixture_await_well();
    assert_int_equal(due.count, 1);
    assert_false(due.has_more);
    due = (struct sweep_due){.horizon_ms = 60000, .limit = 1};
    do {
        due.call = fixture_call();
        sweep_due_start(&due);
        fixture_await_well();
        if (due.count > 0) {
            assert_int_equal(id_compare(due.runs[0].run, runs[seen]), 0);
            assert_int_equal(due.runs[0].workspace, world.workspace);
            seen++;
        }
        due.has_cursor = true;
        due.after_wake_us = due.next_wake_us;
        due.after_run = due.next_run;
    } while (due.has_more);
    assert_int_equal(seen, 3);
}

static void a_lost_claim_that_a_signal_has_touched_is_let_go_too(void **state)
{
    struct uuid lost = fixture_admit("claims");
    struct claim_disown disown;
    (void)state;

    assert_int_equal(fixture_claim(lost), 1);
    // As a signal leaves it that came after the claims are let go of, and was committed before.
    fixture_sql(
        "update weir.runs set wake_at = now() + interval '2 seconds' where owner is not null");
    disown = (struct claim_disown){.call = fixture_call(), .owner = world.owner};
    claim_disown_start(&disown);
    fixture_await_well();
    assert_int_equal(disown.count, 1);
    fixture_sql("update weir.runs set wake_at = now() where wake_at > now()");
    assert_int_equal(fixture_end(lost, fixture_claim(lost)), JOURNAL_COMMITTED);
}

static void keys_without_runs_are_forgotten_except_those_of_whole_flows(void **state)
{
    static const char *const keys[] = {"", "used", "unused"};
    struct admission admissions[3];
    (void)state;

    fixture_flow("keys", "1", true);
    for (size_t i = 0; i < 3; i++) {
        admissions[i] = fixture_admission("keys");
        admissions[i].key = text_from(keys[i]);
        admissions[i].limit = 1;
    }
    fixture_admit_all(admissions, 3);
    for (size_t i = 0; i < 3; i += 2) {
        fixture_end(admissions[i].run, fixture_claim(admissions[i].run));
    }
    struct sweep_clean clean = {.call = fixture_call(), .limit = 100};

    sweep_clean_start(&clean);
    fixture_await_well();
    assert_sql("select string_agg(key, ',' order by key) from weir.concurrency_keys", ",used");
    fixture_end(admissions[1].run, fixture_claim(admissions[1].run));
}

static void cleaning_and_retention_remove_what_has_had_its_time(void **state)
{
    struct sweep_clean clean;
    struct sweep_retention retention;
    (void)state;

    fixture_sql("insert into weir.signals (workspace, event_name, event_key, expires_at) "
                "values (1, 'old', '', now() - interval '2 hours')");
    fixture_sql("insert into weir.kv (workspace, key, kind, expires_at) "
                "values (1, 'old', 0, now() - interval '1 hour')");
    clean = (struct sweep_clean){.call = fixture_call(), .limit = 100};
    sweep_clean_start(&clean);
    fixture_await_well();
    assert_true(clean.deleted >= 2);
    assert_int_equal(clean.partitions_made, 0);
    assert_sql("select count(*) from weir.kv where key = 'old'", "0");
    // The oldest partition is last week's: it is empty and may go.
    retention = (struct sweep_retention){.call = fixture_call(), .days = -1};
    fixture_sql("update weir.meta set ledger_position = 1000000000");
    sweep_retention_start(&retention);
    fixture_await_well();
    assert_int_equal(retention.partitions_dropped, 1); // this week's has runs that have not ended
}

static int setup(void **state)
{
    int status = fixture_setup(state);

    fixture_flow("claims", "1", true);
    return status;
}

/* Where the statistics say that nothing is due, the index of what is due looks cheapest. */
static void a_claim_looks_runs_up_by_id_and_not_through_all_that_are_due(void **state)
{
    struct error err = {0};
    (void)state;

    assert_true(pg_sync_script(
        world.sync,
        "insert into weir.runs (workspace, id, flow, version, number, target, triggered_by, "
        "status) select 999, gen_random_uuid(), 999, 999, i, 0, 'test', 3 "
        "from generate_series(1, 3000) i; "
        "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; "
        "set enable_hashjoin = off; set enable_mergejoin = off",
        &err));
    assert_true(pg_sync_script(world.sync, "vacuum analyze weir.runs", &err));
    struct uuid run = fixture_admit("claims");
    char id[UUID_TEXT_SIZE];
    char claim[400];

    id_format(run, id);
    (void)snprintf(claim, sizeof(claim),
                   "with c as materialized (select o_outcome from weir.runs_claim(%lld, "
                   "array[%lld], array['%s'::uuid])) select o_outcome || ' ' || "
                   "pg_stat_get_xact_numscans('weir.runs_due'::regclass) from c",
                   (long long)world.owner, (long long)world.workspace, id);
    assert_sql(claim, "0 0");
    assert_int_equal(fixture_end(run, 1), JOURNAL_COMMITTED);
    assert_true(
        pg_sync_script(world.sync, "delete from weir.runs where workspace = 999; reset all", &err));
}

static void a_table_that_has_grown_is_analyzed_by_a_small_sample(void **state)
{
    struct error err = {0};
    (void)state;

    assert_true(pg_sync_script(world.sync,
                               "insert into weir.kv (workspace, key, kind) "
                               "select 1, 'grown' || i, 0 from generate_series(1, 5000) i",
                               &err));
    struct sweep_due due = {.call = fixture_call(), .limit = 1};

    sweep_due_start(&due);
    fixture_await_well();
    assert_sql("select array_length(histogram_bounds::text::text[], 1) from pg_stats "
               "where schemaname = 'weir' and tablename = 'kv' and attname = 'key'",
               "11");
    assert_true(pg_sync_script(world.sync, "delete from weir.kv", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_brings_the_run_its_journal_and_its_waits),
        cmocka_unit_test(a_claimed_run_is_refused_to_others_and_an_ended_one_to_all),
        cmocka_unit_test(a_row_that_somebody_holds_is_not_waited_for),
        cmocka_unit_test(the_runs_of_a_dead_server_are_due_and_their_crashes_counted),
        cmocka_unit_test(a_server_whose_lease_has_passed_claims_nothing),
        cmocka_unit_test(a_lease_that_has_passed_cannot_be_renewed),
        cmocka_unit_test(due_runs_are_claimed_without_being_named),
        cmocka_unit_test(a_lost_claim_is_let_go_and_fenced),
        cmocka_unit_test(a_long_journal_comes_in_pages),
        cmocka_unit_test(the_sweeper_pages_over_due_runs_and_timers),
        cmocka_unit_test(a_lost_claim_that_a_signal_has_touched_is_let_go_too),
        cmocka_unit_test(keys_without_runs_are_forgotten_except_those_of_whole_flows),
        cmocka_unit_test(cleaning_and_retention_remove_what_has_had_its_time),
        cmocka_unit_test(a_claim_looks_runs_up_by_id_and_not_through_all_that_are_due),
        cmocka_unit_test(a_table_that_has_grown_is_analyzed_by_a_small_sample),
    };

    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
