/*
 * The group commit: fencing, all or nothing, batches that are sent again.
 */
#include "tests/unit/storage/storage_fixture.h"

static struct uuid claimed_run(int *out_epoch)
{
    struct uuid run = fixture_admit("journal");

    *out_epoch = fixture_claim(run);
    assert_int_equal(*out_epoch, 1);
    return run;
}

static int64_t row_count(struct uuid run)
{
    struct run_steps steps = {.call = fixture_call(), .id = run, .limit = 1000};

    run_record_steps_start(&steps);
    fixture_await_well();
    return (int64_t)steps.count;
}

static void rows_and_the_end_share_a_commit(void **state)
{
    struct journal_row rows[2] = {fixture_row(1, "a#1"), fixture_row(2, "b#1")};
    int epoch;
    struct uuid run = claimed_run(&epoch);
    struct journal_entry entry = fixture_entry(run, epoch);
    (void)state;

    rows[1].input = TEXT("in");
    rows[1].status = STEP_FAILED;
    rows[1].error = TEXT("err");
    entry.rows = rows;
    entry.row_count = 2;
    entry.change = JOURNAL_ENDS;
    entry.status = RUN_FAILED;
    entry.error = TEXT("failed");
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    assert_false(entry.cancel_requested);

    struct run_record record = fixture_run(run);

    assert_int_equal(record.status, RUN_FAILED);
    assert_text(record.error, "failed");
    assert_text(record.input, "input");
    assert_null(record.result.ptr);
    assert_int_equal(record.owner, 0);
    assert_int_equal(record.wake_ms, 0);
    assert_int_equal(record.step_count, 2);
    assert_true(record.completed_ms > 0);

    struct run_steps steps = {.call = fixture_call(), .id = run, .limit = 1};

    run_record_steps_start(&steps);
    fixture_await_well();
    assert_int_equal(steps.count, 1);
    assert_true(steps.has_more);
    assert_text(steps.steps[0].address, "a#1");
    assert_text(steps.steps[0].output, "output");
    steps = (struct run_steps){
        .call = fixture_call(), .id = run, .from_sequence = 2, .limit = 10, .step_id = TEXT("b#1")};
    run_record_steps_start(&steps);
    fixture_await_well();
    assert_int_equal(steps.count, 1);
    assert_false(steps.has_more);
    assert_text(steps.steps[0].error, "err");
    assert_int_equal(steps.steps[0].status, STEP_FAILED);
}

static void a_stale_epoch_writes_nothing_and_the_other_run_of_the_batch_all(void **state)
{
    struct journal_row stale_row = fixture_row(1, "stale#1");
    struct journal_row good_row = fixture_row(1, "good#1");
    struct journal_wait stale_wait = fixture_wait("w#1", WAIT_APPROVAL, 1000);
    int stale_epoch;
    int good_epoch;
    struct uuid stale = claimed_run(&stale_epoch);
    struct uuid good = claimed_run(&good_epoch);
    struct journal_entry entries[2];
    (void)state;

    entries[0] = fixture_entry(stale, stale_epoch - 1);
    entries[0].rows = &stale_row;
    entries[0].row_count = 1;
    entries[0].waits = &stale_wait;
    entries[0].wait_count = 1;
    entries[0].change = JOURNAL_PARKS;
    entries[1] = fixture_entry(good, good_epoch);
    entries[1].rows = &good_row;
    entries[1].row_count = 1;
    fixture_commit_all(world.owner, entries, 2);
    assert_int_equal(entries[0].outcome, JOURNAL_FENCED);
    assert_int_equal(entries[1].outcome, JOURNAL_COMMITTED);
    assert_int_equal(row_count(stale), 0);
    assert_int_equal(row_count(good), 1);
    assert_int_equal(fixture_run(stale).status, RUN_RUNNING);
    assert_sql("select count(*) from weir.waits where address = 'w#1'", "0");
    // and the pair counts: the right epoch of another owner is nothing either
    entries[0].epoch = stale_epoch;
    fixture_commit_all(world.owner + 1, entries, 1);
    assert_int_equal(entries[0].outcome, JOURNAL_FENCED);
    assert_int_equal(row_count(stale), 0);
}

static struct journal_entry plain_end(struct uuid run, int epoch, const struct journal_row *row)
{
    struct journal_entry entry = fixture_entry(run, epoch);

    entry.rows = row;
    entry.row_count = 1;
    entry.change = JOURNAL_ENDS;
    entry.status = RUN_COMPLETED;
    entry.result = TEXT("result");
    entry.is_plain = true;
    return entry;
}

static void plain_ends_are_fenced_and_written_as_others_are(void **state)
{
    struct journal_row row = fixture_row(1, "a#1");
    int epochs[3];
    struct uuid runs[3];
    struct journal_entry entries[3];
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        runs[i] = claimed_run(&epochs[i]);
    }
    entries[0] = plain_end(runs[0], epochs[0], &row);
    entries[1] = plain_end(runs[1], epochs[1] - 1, &row);
    entries[2] = plain_end(runs[2], epochs[2], &row);
    entries[2].status = RUN_FAILED;
    entries[2].error = TEXT("failed");
    entries[2].row_count = 0;
    struct run_cancel cancel = {.call = fixture_call(), .id = runs[2]};

    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(cancel.outcome, RUN_CANCEL_ASKED);
    fixture_commit_all(world.owner, entries, 3);
    assert_int_equal(entries[0].outcome, JOURNAL_COMMITTED);
    assert_false(entries[0].cancel_requested);
    assert_int_equal(entries[1].outcome, JOURNAL_FENCED);
    assert_int_equal(entries[2].outcome, JOURNAL_COMMITTED);
    assert_true(entries[2].cancel_requested);
    assert_int_equal(row_count(runs[0]), 1);
    assert_int_equal(row_count(runs[1]), 0);

    struct run_record record = fixture_run(runs[0]);

    assert_int_equal(record.status, RUN_COMPLETED);
    assert_text(record.result, "result");
    assert_int_equal(record.owner, 0);
    assert_int_equal(record.wake_ms, 0);
    assert_int_equal(record.completed_ms, entries[0].committed_ms);
    assert_int_equal(record.updated_ms, entries[0].committed_ms);
    assert_int_equal(fixture_run(runs[1]).status, RUN_RUNNING);
    record = fixture_run(runs[2]);
    assert_int_equal(record.status, RUN_FAILED);
    assert_text(record.error, "failed");
    assert_int_equal(record.step_count, 0);
}

static void a_plain_end_is_committed_once(void **state)
{
    struct journal_row row = fixture_row(1, "a#1");
    int epoch;
    struct uuid run = claimed_run(&epoch);
    struct journal_entry entry = plain_end(run, epoch, &row);
    struct journal_batch batch;
    (void)state;

    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    assert_true(entry.committed_ms > 0);
    journal_init(&batch, world.storage, world.owner, 0);
    batch.on_done = fixture_on_batch;
    assert_true(journal_add(&batch, &entry));
    world.pending++;
    journal_start(&batch);
    fixture_await_well();
    journal_done(&batch);
    // Sent for the first time as far as it knows: nobody's run any more.
    assert_int_equal(entry.outcome, JOURNAL_FENCED);
    assert_int_equal(row_count(run), 1);
}

/* Sends an entry as if its answer had been lost. */
static enum journal_outcome send_again(struct journal_entry *entry)
{
    struct journal_batch batch;

    journal_init(&batch, world.storage, world.owner, 0);
    batch.on_done = fixture_on_batch;
    assert_true(journal_add(&batch, entry));
    world.pending++;
    journal_start(&batch);
    fixture_await_well();
    journal_done(&batch);
    return entry->outcome;
}

static void a_batch_sent_again_after_a_lost_commit_is_settled_by_addresses(void **state)
{
    struct journal_row row = fixture_row(1, "a#1");
    int epoch;
    struct uuid run = claimed_run(&epoch);
    struct journal_entry entry = fixture_entry(run, epoch);
    (void)state;

    entry.rows = &row;
    entry.row_count = 1;
    assert_int_equal(send_again(&entry), JOURNAL_COMMITTED);
    // The same again: the key conflict makes it look.
    assert_int_equal(send_again(&entry), JOURNAL_COMMITTED);
    assert_int_equal(row_count(run), 1);
    // Another row in that place is not ours.
    struct journal_row other = fixture_row(1, "b#1");

    entry.rows = &other;
    assert_int_equal(send_again(&entry), JOURNAL_DIVERGED);
    assert_int_equal(row_count(run), 1);
}

static void a_resent_wait_without_rows_is_known_by_its_address(void **state)
{
    struct journal_wait wait = fixture_wait("again#1", WAIT_APPROVAL, 60000);
    int epoch;
    struct uuid run = claimed_run(&epoch);
    struct journal_entry entry = fixture_entry(run, epoch);
    (void)state;

    entry.waits = &wait;
    entry.wait_count = 1;
    assert_int_equal(send_again(&entry), JOURNAL_COMMITTED);
    assert_int_equal(send_again(&entry), JOURNAL_COMMITTED);
    assert_sql("select count(*) from weir.waits where address = 'again#1'", "1");
}

static void a_connection_lost_under_a_batch_loses_nothing(void **state)
{
    struct journal_row row = fixture_row(1, "a#1");
    int epoch;
    struct uuid run = claimed_run(&epoch);
    struct journal_entry entry = fixture_entry(run, epoch);
    struct journal_batch batch;
    (void)state;

    entry.rows = &row;
    entry.row_count = 1;
    entry.change = JOURNAL_ENDS;
    entry.status = RUN_COMPLETED;
    // The run's row is locked by somebody else, so the batch stands in the server when its backend
    // is killed; then the lock goes.
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    struct pg_sync *other = pg_sync_new(&config, &err);

    assert_non_null(other);
    assert_true(pg_sync_script(other, "begin", &err));
    assert_true(pg_sync_script(other, "update weir.runs set priority = 1 where status = 1", &err));
    journal_init(&batch, world.storage, world.owner, 0);
    batch.on_done = fixture_on_batch;
    assert_true(journal_add(&batch, &entry));
    world.pending++;
    journal_start(&batch);
    for (bool stands = false; !stands;) {
        loop_turn(world.loop, 10);
        stands = text_equal(fixture_sql("select count(pg_terminate_backend(pid)) from "
                                        "pg_stat_activity where wait_event_type = 'Lock'"),
                            TEXT("1"));
    }
    assert_true(pg_sync_script(other, "commit", &err));
    fixture_await_well();
    assert_int_equal(entry.outcome, JOURNAL_COMMITTED);
    journal_done(&batch);
    pg_sync_free(other);
    assert_int_equal(row_count(run), 1);
    assert_int_equal(fixture_run(run).status, RUN_COMPLETED);
}

static void an_end_whose_answer_was_lost_is_not_done_twice(void **state)
{
    int epoch;
    struct uuid run = claimed_run(&epoch);
    struct journal_entry entry = fixture_entry(run, epoch);
    struct journal_entry other_entry;
    struct journal_batch batch;
    struct journal_row row = fixture_row(1, "a#1");
    int other_epoch;
    struct uuid other = claimed_run(&other_epoch);
    (void)state;

    // The first commit: both. Its answer is lost; the second has the rows of one, which conflict.
    other_entry = fixture_entry(other, other_epoch);
    other_entry.rows = &row;
    other_entry.row_count = 1;
    entry.change = JOURNAL_ENDS;
    entry.status = RUN_COMPLETED;
    entry.result = TEXT("result");
    for (int i = 0; i < 2; i++) {
        journal_init(&batch, world.storage, world.owner, 0);
        batch.on_done = fixture_on_batch;
        assert_true(journal_add(&batch, &entry));
        assert_true(journal_add(&batch, &other_entry));
        world.pending++;
        journal_start(&batch);
        fixture_await_well();
        journal_done(&batch);
        assert_int_equal(entry.outcome, JOURNAL_COMMITTED);
        assert_int_equal(other_entry.outcome, JOURNAL_COMMITTED);
    }
    assert_int_equal(row_count(other), 1);
    assert_text(fixture_run(run).result, "result");
}

static void a_refused_run_stands_alone_and_the_others_are_committed(void **state)
{
    struct journal_row rows[5];
    struct journal_entry entries[5];
    (void)state;

    for (size_t i = 0; i < 5; i++) {
        int epoch;
        struct uuid run = claimed_run(&epoch);

        rows[i] = fixture_row(1, "a#1");
        entries[i] = fixture_entry(run, epoch);
        entries[i].rows = &rows[i];
        entries[i].row_count = 1;
    }
    rows[2].step_id = (struct text){"nul\0byte", 8}; // text that Postgres does not take
    fixture_commit_all(world.owner, entries, 5);
    assert_int_equal(world.err.code, E_NONE);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(entries[i].outcome, i == 2 ? JOURNAL_REFUSED : JOURNAL_COMMITTED);
        assert_int_equal(row_count(entries[i].run), i == 2 ? 0 : 1);
    }
    assert_int_equal(entries[2].refusal.code, E_DATABASE);
    assert_int_equal(fixture_end(entries[2].run, 1), JOURNAL_COMMITTED); // still owned
}

static void a_full_batch_takes_no_more(void **state)
{
    static struct journal_row rows[LIMIT_BATCH_ROWS];
    struct journal_entry large = fixture_entry(id_uuid7(), 1);
    struct journal_entry small = fixture_entry(id_uuid7(), 1);
    struct journal_batch batch;
    (void)state;

    for (int i = 0; i < LIMIT_BATCH_ROWS; i++) {
        rows[i] = fixture_row(i + 1, "a#1");
    }
    large.rows = rows;
    large.row_count = LIMIT_BATCH_ROWS;
    journal_init(&batch, world.storage, world.owner, 0);
    assert_true(journal_is_empty(&batch));
    assert_true(journal_add(&batch, &large)); // fits into an empty one
    assert_false(journal_add(&batch, &small));
    assert_false(journal_is_empty(&batch));
    journal_done(&batch);
}

static void a_run_given_back_is_due_at_once(void **state)
{
    int epoch;
    struct uuid run = claimed_run(&epoch);
    struct journal_entry entry = fixture_entry(run, epoch);
    (void)state;

    entry.change = JOURNAL_GIVES_BACK;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    assert_int_equal(fixture_claim(run), epoch + 1);
    assert_int_equal(fixture_run(run).crashes, 0);
}

static void a_cancel_reaches_the_worker_with_its_next_commit(void **state)
{
    int epoch;
    struct uuid run = claimed_run(&epoch);
    struct run_cancel cancel = {
        .call = fixture_call(), .id = run, .reason = TEXT("enough"), .by = TEXT("ann")};
    struct journal_row row = fixture_row(1, "a#1");
    struct journal_entry entry = fixture_entry(run, epoch);
    (void)state;

    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(cancel.outcome, RUN_CANCEL_ASKED);
    assert_int_equal(cancel.owner, world.owner);
    entry.rows = &row;
    entry.row_count = 1;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    assert_true(entry.cancel_requested);

    struct run_cancel force = {.call = fixture_call(), .id = run, .force = true};

    run_record_cancel_start(&force);
    fixture_await_well();
    assert_int_equal(force.outcome, RUN_CANCEL_ENDED);
    assert_int_equal(fixture_run(run).status, RUN_TERMINATED);
    assert_int_equal(fixture_end(run, epoch), JOURNAL_FENCED);
    force = (struct run_cancel){.call = fixture_call(), .id = run};
    run_record_cancel_start(&force);
    fixture_await_well();
    assert_int_equal(force.outcome, RUN_CANCEL_OVER);
    assert_int_equal(force.status, RUN_TERMINATED);
}

static int setup(void **state)
{
    int status = fixture_setup(state);

    fixture_flow("journal", "1", true);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_the_end_share_a_commit),
        cmocka_unit_test(a_stale_epoch_writes_nothing_and_the_other_run_of_the_batch_all),
        cmocka_unit_test(plain_ends_are_fenced_and_written_as_others_are),
        cmocka_unit_test(a_plain_end_is_committed_once),
        cmocka_unit_test(a_batch_sent_again_after_a_lost_commit_is_settled_by_addresses),
        cmocka_unit_test(a_resent_wait_without_rows_is_known_by_its_address),
        cmocka_unit_test(a_connection_lost_under_a_batch_loses_nothing),
        cmocka_unit_test(an_end_whose_answer_was_lost_is_not_done_twice),
        cmocka_unit_test(a_refused_run_stands_alone_and_the_others_are_committed),
        cmocka_unit_test(a_full_batch_takes_no_more),
        cmocka_unit_test(a_run_given_back_is_due_at_once),
        cmocka_unit_test(a_cancel_reaches_the_worker_with_its_next_commit),
    };

    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
