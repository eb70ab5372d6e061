/*
 * Signals that share a transaction: each has the answer that it would have had by itself.
 */
#include "tests/unit/storage/storage_fixture.h"

#define ROUNDS 40

/* An item's call only says whose it is: nothing comes back through it. */
static struct storage_call item_call(void)
{
    return (struct storage_call){.arena = &world.arena, .workspace = world.workspace};
}

static struct signal_deliver to_wait(struct uuid run, const char *address)
{
    return (struct signal_deliver){.call = item_call(),
                                   .run = run,
                                   .address = text_from(address),
                                   .mode = -1,
                                   .action = TEXT("approve"),
                                   .by = TEXT("ann"),
                                   .payload = TEXT("yes")};
}

static struct signal_event an_event(const char *name, const char *key, const char *dedupe)
{
    return (struct signal_event){.call = item_call(),
                                 .name = text_from(name),
                                 .key = text_from(key),
                                 .dedupe = text_from(dedupe),
                                 .payload = TEXT("event")};
}

static void put(struct signal_batch *batch, struct signal_deliver *deliver)
{
    batch->items[batch->count++] = (struct signal_item){.deliver = deliver};
}

static void put_event(struct signal_batch *batch, struct signal_event *event)
{
    batch->items[batch->count++] = (struct signal_item){.event = event};
}

static void send_all(struct signal_batch *batch)
{
    batch->call = fixture_call();
    signal_batch_start(batch);
    fixture_await_well();
}

static struct uuid parked(const char *address, enum wait_mode mode)
{
    struct journal_wait wait = fixture_wait(address, mode, 60000);
    struct uuid run = fixture_admit("batches");

    fixture_park(run, &wait);
    return run;
}

static void each_signal_of_a_group_has_its_own_answer(void **state)
{
    struct uuid runs[3] = {parked("w#1", WAIT_APPROVAL), parked("w#1", WAIT_TIMER),
                           fixture_admit("batches")};
    struct signal_deliver signals[4] = {to_wait(runs[0], "w#1"), to_wait(runs[1], "w#1"),
                                        to_wait(runs[2], "w#1"), to_wait(id_uuid7(), "w#1")};
    struct signal_batch batch = {0};
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(signals); i++) {
        put(&batch, &signals[i]);
    }
    send_all(&batch);
    assert_int_equal(signals[0].outcome, SIGNAL_RESOLVED);
    assert_int_equal(id_compare(signals[0].out_run, runs[0]), 0);
    assert_text(signals[0].out_address, "w#1");
    assert_text(signals[0].out_action, "approve");
    assert_text(signals[0].out_by, "ann");
    assert_true(signals[0].flow > 0 && signals[0].at_ms > 0);
    assert_int_equal(signals[1].outcome, SIGNAL_OTHER_KIND);
    assert_int_equal(signals[2].outcome, SIGNAL_KEPT);
    assert_int_equal(signals[3].outcome, SIGNAL_NONE);

    struct claim claim = fixture_claim_for(world.owner, runs[0]);

    assert_int_equal(claim.run_count, 1);
    assert_text(claim.runs[0].waits[0].resolution, "yes");
}

static void duplicates_of_a_group_are_as_one_after_another(void **state)
{
    struct uuid open = parked("w#1", WAIT_APPROVAL);
    struct uuid early = fixture_admit("batches");
    struct signal_deliver signals[6];
    struct signal_batch batch = {0};
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(signals); i++) {
        signals[i] = to_wait(i < 3 ? open : early, "w#1");
        if (i % 3 == 2) signals[i].by = TEXT("bob");
        put(&batch, &signals[i]);
    }
    send_all(&batch);
    assert_int_equal(signals[0].outcome, SIGNAL_RESOLVED);
    assert_int_equal(signals[1].outcome, SIGNAL_DUPLICATE);
    assert_int_equal(signals[2].outcome, SIGNAL_ALREADY_COMPLETED);
    assert_text(signals[2].out_by, "ann");
    assert_int_equal(signals[3].outcome, SIGNAL_KEPT);
    assert_int_equal(signals[4].outcome, SIGNAL_DUPLICATE);
    assert_int_equal(signals[5].outcome, SIGNAL_ALREADY_COMPLETED);
}

static void a_signal_that_is_refused_does_not_stand_in_the_way_of_the_next(void **state)
{
    struct uuid run = parked("w#1", WAIT_APPROVAL);
    struct signal_deliver signals[3] = {to_wait(run, "w#1"), to_wait(run, "w#1"),
                                        to_wait(run, "w#1")};
    struct signal_batch batch = {0};
    (void)state;

    signals[0].mode = WAIT_CALLBACK;
    signals[1].digest = TEXT("another thing");
    for (size_t i = 0; i < ARRAY_COUNT(signals); i++) {
        put(&batch, &signals[i]);
    }
    send_all(&batch);
    assert_int_equal(signals[0].outcome, SIGNAL_OTHER_KIND);
    assert_int_equal(signals[1].outcome, SIGNAL_STALE);
    assert_int_equal(signals[2].outcome, SIGNAL_RESOLVED);
}

static void two_waits_of_one_run_are_answered_together(void **state)
{
    struct journal_wait waits[2] = {fixture_wait("x#1", WAIT_APPROVAL, 60000),
                                    fixture_wait("y#1", WAIT_CALLBACK, 60000)};
    struct uuid run = fixture_admit("batches");
    struct journal_entry entry = fixture_entry(run, fixture_claim(run));
    struct signal_deliver signals[2] = {to_wait(run, "x#1"), to_wait(run, "y#1")};
    struct signal_batch batch = {0};
    (void)state;

    entry.waits = waits;
    entry.wait_count = 2;
    entry.change = JOURNAL_PARKS;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    put(&batch, &signals[0]);
    put(&batch, &signals[1]);
    send_all(&batch);
    assert_int_equal(signals[0].outcome, SIGNAL_RESOLVED);
    assert_int_equal(signals[1].outcome, SIGNAL_RESOLVED);
    assert_int_equal(fixture_claim_for(world.owner, run).runs[0].wait_count, 2);
}

static void public_ids_and_addresses_name_the_same_wait(void **state)
{
    struct uuid run = parked("w#1", WAIT_APPROVAL);
    struct signal_deliver signals[3] = {to_wait(run, "w#1"), to_wait(run, "w#1"),
                                        to_wait(run, "w#1")};
    struct signal_batch batch = {0};
    char id[WAIT_RECORD_ID_SIZE];
    (void)state;

    wait_record_id(run, TEXT("w#1"), id);
    signals[0] = (struct signal_deliver){
        .call = item_call(), .wait_id = text_from(id), .mode = WAIT_APPROVAL, .by = TEXT("bob")};
    signals[2] = (struct signal_deliver){.call = item_call(), .wait_id = TEXT("wt-none")};
    for (size_t i = 0; i < ARRAY_COUNT(signals); i++) {
        put(&batch, &signals[i]);
    }
    send_all(&batch);
    assert_int_equal(signals[0].outcome, SIGNAL_RESOLVED);
    assert_int_equal(id_compare(signals[0].out_run, run), 0);
    assert_int_equal(signals[1].outcome, SIGNAL_ALREADY_COMPLETED);
    assert_text(signals[1].out_by, "bob");
    assert_int_equal(signals[2].outcome, SIGNAL_NONE);
}

static void events_of_a_group_fan_out_and_keep_their_rules(void **state)
{
    struct journal_wait wait = fixture_wait("e#1", WAIT_EVENT, 60000);
    struct uuid runs[3];
    struct uuid other = parked("w#1", WAIT_APPROVAL);
    struct signal_deliver signal = to_wait(other, "w#1");
    struct signal_event events[4] = {an_event("paid", "o-1", "d1"), an_event("paid", "o-2", NULL),
                                     an_event("paid", "o-1", "d1"), an_event("nobody", NULL, NULL)};
    struct signal_batch batch = {0};
    (void)state;

    wait.event_name = TEXT("paid");
    for (size_t i = 0; i < ARRAY_COUNT(runs); i++) {
        runs[i] = fixture_admit("batches");
        wait.event_key = i < 2 ? TEXT("o-1") : TEXT("o-2");
        fixture_park(runs[i], &wait);
    }
    put_event(&batch, &events[0]);
    put(&batch, &signal);
    for (size_t i = 1; i < ARRAY_COUNT(events); i++) {
        put_event(&batch, &events[i]);
    }
    send_all(&batch);
    assert_int_equal(events[0].outcome, SIGNAL_RESOLVED);
    assert_int_equal(events[0].woken_count, 2);
    assert_int_equal(events[1].outcome, SIGNAL_RESOLVED);
    assert_int_equal(events[1].woken_count, 1);
    assert_int_equal(id_compare(events[1].woken[0].run, runs[2]), 0);
    assert_text(events[1].woken[0].address, "e#1");
    assert_true(events[1].woken[0].flow > 0);
    assert_int_equal(events[2].outcome, SIGNAL_DUPLICATE);
    assert_int_equal(events[2].woken_count, 0);
    assert_int_equal(events[3].outcome, SIGNAL_KEPT);
    assert_int_equal(signal.outcome, SIGNAL_RESOLVED);
    for (size_t i = 0; i < ARRAY_COUNT(runs); i++) {
        assert_text(fixture_claim_for(world.owner, runs[i]).runs[0].waits[0].resolution, "event");
    }
}

static void a_group_of_one_is_that_one(void **state)
{
    struct uuid run = parked("w#1", WAIT_CALLBACK);
    struct signal_deliver signal = to_wait(run, "w#1");
    struct signal_event event = an_event("lonely", NULL, NULL);
    struct signal_batch batch = {0};
    (void)state;

    put(&batch, &signal);
    send_all(&batch);
    assert_int_equal(signal.outcome, SIGNAL_RESOLVED);
    assert_true(signal.flow > 0);
    batch.count = 0;
    put_event(&batch, &event);
    send_all(&batch);
    assert_int_equal(event.outcome, SIGNAL_KEPT);
}

static void a_signal_reaches_its_own_workspace_only(void **state)
{
    struct uuid run = parked("w#1", WAIT_CALLBACK);
    struct signal_deliver signals[2] = {to_wait(run, "w#1"), to_wait(run, "w#1")};
    struct signal_batch batch = {0};
    (void)state;

    signals[0].call.workspace = world.workspace + 1;
    put(&batch, &signals[0]);
    put(&batch, &signals[1]);
    send_all(&batch);
    assert_int_equal(signals[0].outcome, SIGNAL_NONE);
    assert_int_equal(signals[1].outcome, SIGNAL_RESOLVED);
}

static void a_group_with_an_offender_writes_nothing(void **state)
{
    struct uuid run = parked("w#1", WAIT_CALLBACK);
    struct signal_deliver signals[2] = {to_wait(run, "w#1"), to_wait(run, "w#2")};
    struct signal_batch batch = {0};
    (void)state;

    signals[1].by = (struct text){"a\0b", 3}; // Postgres takes no such text
    put(&batch, &signals[0]);
    put(&batch, &signals[1]);
    batch.call = fixture_call();
    signal_batch_start(&batch);
    fixture_await();
    assert_int_equal(world.err.code, E_DATABASE);
    world.err = (struct error){0};
    batch.count = 1;
    send_all(&batch);
    assert_int_equal(signals[0].outcome, SIGNAL_RESOLVED);
}

/* Groups that name the same runs in opposite orders, and an event for both, at the same time. */
static void groups_lock_in_one_order(void **state)
{
    struct text before = fixture_sql("select deadlocks from pg_stat_database "
                                     "where datname = current_database()");
    struct journal_wait wait = fixture_wait("e#1", WAIT_EVENT, 60000);
    (void)state;

    wait.event_name = TEXT("race");
    for (int round = 0; round < ROUNDS; round++) {
        struct uuid runs[2] = {fixture_admit("batches"), fixture_admit("batches")};
        struct signal_deliver signals[4];
        struct signal_event events[2] = {an_event("race", NULL, NULL),
                                         an_event("race", NULL, NULL)};
        struct signal_batch batches[2] = {0};

        fixture_park(runs[0], &wait);
        fixture_park(runs[1], &wait);
        for (size_t i = 0; i < 4; i++) {
            signals[i] = to_wait(runs[(i / 2) ^ (i % 2)], "e#1");
            put(&batches[i / 2], &signals[i]);
        }
        put_event(&batches[0], &events[0]);
        put_event(&batches[1], &events[1]);
        for (size_t i = 0; i < 2; i++) {
            batches[i].call = fixture_call();
            signal_batch_start(&batches[i]);
        }
        fixture_await_well();
        for (size_t i = 0; i < 2; i++) { // each wait was answered once, by one of the groups
            enum signal_outcome first = signals[i].outcome;
            enum signal_outcome second = signals[3 - i].outcome;

            assert_int_equal(first + second, SIGNAL_RESOLVED + SIGNAL_DUPLICATE);
        }
    }
    assert_sql("select deadlocks from pg_stat_database where datname = current_database()",
               before.ptr);
}

/* ---- takers ---- */

static struct signal_taker a_taker(int64_t owner)
{
    return (struct signal_taker){.owner = owner, .arena = &world.arena};
}

/* One step is in the journal and the run waits. */
static struct uuid parked_after_a_step(const struct journal_wait *waits, size_t wait_count)
{
    struct uuid run = fixture_admit("batches");
    struct journal_entry entry = fixture_entry(run, fixture_claim(run));
    struct journal_row row = fixture_row(1, "a#1");

    entry.rows = &row;
    entry.row_count = 1;
    entry.waits = waits;
    entry.wait_count = wait_count;
    entry.change = JOURNAL_PARKS;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    return run;
}

static void assert_taken(const struct signal_taker *taker, struct uuid run)
{
    const struct claim_run *claimed = &taker->run;

    assert_true(taker->claimed);
    assert_int_equal(id_compare(claimed->id, run), 0);
    assert_int_equal(claimed->workspace, world.workspace);
    assert_text(claimed->slug, "batches");
    assert_text(claimed->workspace_name, "ws-one");
    assert_text(claimed->input, "input");
    assert_int_equal(claimed->epoch, 2);
    assert_int_equal(claimed->claims, 2);
    assert_int_equal(claimed->crashes, 0);
    assert_int_equal(claimed->row_count, 1);
    assert_text(claimed->rows[0].address, "a#1");
    assert_text(claimed->rows[0].output, "output");
    assert_false(claimed->has_more);
    assert_int_equal(claimed->waits[0].status, WAIT_RESOLVED);
    assert_text(claimed->waits[0].resolution, "yes");
    assert_int_equal(fixture_run(run).status, RUN_RUNNING);
    assert_int_equal(fixture_run(run).owner, taker->owner);
}

static void a_signal_is_the_claim_of_its_run_too(void **state)
{
    struct journal_wait wait = fixture_wait("w#1", WAIT_CALLBACK, 60000);
    (void)state;

    for (size_t count = 1; count <= 3; count++) { // by itself, and in groups
        struct uuid runs[3];
        struct signal_deliver signals[3];
        struct signal_taker takers[3];
        struct signal_batch batch = {0};

        for (size_t i = 0; i < count; i++) {
            runs[i] = parked_after_a_step(&wait, 1);
            signals[i] = to_wait(runs[i], "w#1");
            takers[i] = a_taker(world.owner + 1);
            signals[i].taker = &takers[i];
            put(&batch, &signals[i]);
        }
        send_all(&batch);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(signals[i].outcome, SIGNAL_RESOLVED);
            assert_taken(&takers[i], runs[i]);
            assert_int_equal(fixture_claim_for(world.owner, runs[i]).refused[0].why, CLAIM_OWNED);
        }
    }
}

static void a_run_is_claimed_by_one_signal_of_a_group_and_with_its_deadlines(void **state)
{
    struct journal_wait waits[3] = {fixture_wait("x#1", WAIT_CALLBACK, 60000),
                                    fixture_wait("y#1", WAIT_CALLBACK, 60000),
                                    fixture_wait("z#1", WAIT_TIMER, 0)};
    struct uuid run = parked_after_a_step(waits, 3);
    struct signal_deliver signals[2] = {to_wait(run, "x#1"), to_wait(run, "y#1")};
    struct signal_taker takers[2] = {a_taker(world.owner), a_taker(world.owner + 1)};
    struct signal_batch batch = {0};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        signals[i].taker = &takers[i];
        put(&batch, &signals[i]);
    }
    send_all(&batch);
    assert_taken(&takers[0], run);
    assert_false(takers[1].claimed);
    assert_int_equal(signals[1].outcome, SIGNAL_RESOLVED);
    assert_int_equal(signals[1].owner, world.owner);
    assert_int_equal(takers[0].run.wait_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(takers[0].run.waits[i].status, WAIT_RESOLVED);
    }
}

static void what_is_not_resolved_or_is_driven_is_not_claimed(void **state)
{
    struct journal_wait wait = fixture_wait("w#1", WAIT_CALLBACK, 60000);
    struct journal_entry entry;
    struct uuid driven = fixture_admit("batches");
    struct uuid early = fixture_admit("batches");
    struct uuid resolved = parked_after_a_step(&wait, 1);
    struct signal_deliver signals[3] = {to_wait(driven, "w#1"), to_wait(early, "w#1"),
                                        to_wait(resolved, "w#1")};
    struct signal_taker takers[3];
    struct signal_batch batch = {0};
    (void)state;

    entry = fixture_entry(driven, fixture_claim(driven));
    entry.waits = &wait;
    entry.wait_count = 1;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED); // and goes on
    put(&batch, &signals[2]);
    send_all(&batch);
    assert_int_equal(signals[2].outcome, SIGNAL_RESOLVED);
    batch.count = 0;
    for (size_t i = 0; i < 3; i++) {
        takers[i] = a_taker(world.owner + 1);
        signals[i].taker = &takers[i];
        put(&batch, &signals[i]);
    }
    send_all(&batch);
    assert_int_equal(signals[0].outcome, SIGNAL_RESOLVED);
    assert_int_equal(signals[1].outcome, SIGNAL_KEPT);
    assert_int_equal(signals[2].outcome, SIGNAL_DUPLICATE);
    for (size_t i = 0; i < 3; i++) {
        assert_false(takers[i].claimed);
        batch.count = 0; // and each by itself
        put(&batch, &signals[i]);
        send_all(&batch);
        assert_int_equal(signals[i].outcome, SIGNAL_DUPLICATE);
        assert_false(takers[i].claimed);
    }
    assert_int_equal(fixture_run(driven).owner, world.owner);
}

static void a_server_whose_lease_has_passed_is_given_nothing(void **state)
{
    struct journal_wait wait = fixture_wait("w#1", WAIT_CALLBACK, 60000);
    int64_t dead = CLAIM_OWNER(fixture_server(0), 0);
    (void)state;

    for (size_t count = 1; count <= 2; count++) {
        struct signal_deliver signals[2];
        struct signal_taker takers[2];
        struct signal_batch batch = {0};

        for (size_t i = 0; i < count; i++) {
            signals[i] = to_wait(parked_after_a_step(&wait, 1), "w#1");
            takers[i] = a_taker(dead);
            signals[i].taker = &takers[i];
            put(&batch, &signals[i]);
        }
        send_all(&batch);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(signals[i].outcome, SIGNAL_RESOLVED);
            assert_false(takers[i].claimed);
            assert_int_equal(fixture_claim(signals[i].run), 2);
        }
    }
}

static void a_run_of_a_dead_server_is_claimed_by_its_signal_as_a_crash(void **state)
{
    struct journal_wait wait = fixture_wait("w#1", WAIT_CALLBACK, 60000);
    struct uuid run = fixture_admit("batches");
    int64_t dead = CLAIM_OWNER(fixture_server(LEASE_MS), 0);
    struct journal_entry entry = fixture_entry(run, fixture_claim_for(dead, run).runs[0].epoch);
    struct signal_deliver signal = to_wait(run, "w#1");
    struct signal_taker taker = a_taker(world.owner);
    struct signal_batch batch = {0};
    (void)state;

    entry.waits = &wait;
    entry.wait_count = 1;
    fixture_commit_all(dead, &entry, 1);
    assert_int_equal(entry.outcome, JOURNAL_COMMITTED);
    fixture_sql("update weir.servers set lease_until = now() - interval '1 s' "
                "where id = (select max(id) from weir.servers)");
    signal.taker = &taker;
    put(&batch, &signal);
    send_all(&batch);
    assert_true(taker.claimed);
    assert_int_equal(taker.run.crashes, 1);
    assert_int_equal(taker.run.epoch, 2);
}

static int setup(void **state)
{
    int status = fixture_setup(state);

    fixture_flow("batches", "1", true);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_signal_of_a_group_has_its_own_answer),
        cmocka_unit_test(duplicates_of_a_group_are_as_one_after_another),
        cmocka_unit_test(a_signal_that_is_refused_does_not_stand_in_the_way_of_the_next),
        cmocka_unit_test(two_waits_of_one_run_are_answered_together),
        cmocka_unit_test(public_ids_and_addresses_name_the_same_wait),
        cmocka_unit_test(events_of_a_group_fan_out_and_keep_their_rules),
        cmocka_unit_test(a_group_of_one_is_that_one),
        cmocka_unit_test(a_signal_reaches_its_own_workspace_only),
        cmocka_unit_test(a_group_with_an_offender_writes_nothing),
        cmocka_unit_test(groups_lock_in_one_order),
        cmocka_unit_test(a_signal_is_the_claim_of_its_run_too),
        cmocka_unit_test(a_run_is_claimed_by_one_signal_of_a_group_and_with_its_deadlines),
        cmocka_unit_test(what_is_not_resolved_or_is_driven_is_not_claimed),
        cmocka_unit_test(a_server_whose_lease_has_passed_is_given_nothing),
        cmocka_unit_test(a_run_of_a_dead_server_is_claimed_by_its_signal_as_a_crash),
    };

    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
