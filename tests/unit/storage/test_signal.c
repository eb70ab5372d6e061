/*
 * Signals against waits, deadlines and one another.
 */
#include "tests/unit/storage/storage_fixture.h"

static struct signal_deliver to_wait(struct uuid run, const char *address)
{
    return (struct signal_deliver){.call = fixture_call(),
                                   .run = run,
                                   .address = text_from(address),
                                   .mode = -1,
                                   .action = TEXT("approve"),
                                   .by = TEXT("ann"),
                                   .payload = TEXT("yes")};
}

static enum signal_outcome deliver(struct uuid run, const char *address)
{
    struct signal_deliver signal = to_wait(run, address);

    signal_deliver_start(&signal);
    fixture_await_well();
    return signal.outcome;
}

static struct signal_event send_event(const char *name, const char *key, const char *dedupe)
{
    struct signal_event event = {.call = fixture_call(),
                                 .name = text_from(name),
                                 .key = text_from(key),
                                 .dedupe = text_from(dedupe),
                                 .payload = TEXT("event")};

    signal_event_start(&event);
    fixture_await_well();
    return event;
}

/* Claims the run and answers its only pending wait. */
static struct wait_record resume(struct uuid run)
{
    struct claim claim = fixture_claim_for(world.owner, run);

    assert_int_equal(claim.run_count, 1);
    assert_int_equal(claim.runs[0].wait_count, 1);
    return claim.runs[0].waits[0];
}

static void a_signal_resolves_the_wait_and_the_run_is_due(void **state)
{
    struct journal_wait wait = fixture_wait("ok#1", WAIT_APPROVAL, 60000);
    struct uuid run = fixture_admit("signals");
    (void)state;

    fixture_park(run, &wait);
    assert_int_equal(fixture_run(run).status, RUN_WAITING);
    assert_int_equal(fixture_claim(run), 0);
    assert_int_equal(deliver(run, "ok#1"), SIGNAL_RESOLVED);

    struct wait_record resolved = resume(run);

    assert_int_equal(resolved.status, WAIT_RESOLVED);
    assert_text(resolved.resolution, "yes");
    assert_text(resolved.action, "approve");
    assert_text(resolved.resolved_by, "ann");
    // Consumed with its journal row: the next claim does not see it again.
    struct journal_row row = fixture_row(1, "ok#1");
    struct journal_entry entry = fixture_entry(run, 2);

    row.kind = STEP_KIND_WAIT;
    row.billed = false;
    entry.rows = &row;
    entry.row_count = 1;
    entry.consumed = &wait.address;
    entry.consumed_count = 1;
    entry.change = JOURNAL_GIVES_BACK;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);

    struct claim claim = fixture_claim_for(world.owner, run);

    assert_int_equal(claim.runs[0].wait_count, 0);
    assert_int_equal(claim.runs[0].row_count, 1);
}

static void an_early_signal_is_kept_and_the_wait_opens_resolved(void **state)
{
    struct journal_wait wait = fixture_wait("early#1", WAIT_CALLBACK, 60000);
    struct uuid run = fixture_admit("signals");
    (void)state;

    assert_int_equal(deliver(run, "early#1"), SIGNAL_KEPT);
    assert_int_equal(deliver(run, "early#1"), SIGNAL_DUPLICATE);
    fixture_park(run, &wait);

    struct wait_record resolved = resume(run); // due at once

    assert_int_equal(resolved.status, WAIT_RESOLVED);
    assert_text(resolved.resolution, "yes");
    assert_int_equal(deliver(run, "early#1"), SIGNAL_DUPLICATE);
}

static void an_early_signal_does_not_open_what_it_could_not_answer_later(void **state)
{
    static const struct {
        const char *address;
        enum wait_mode signal_mode;
        const char *digest; // that the sender saw
        enum wait_mode wait_mode;
    } cases[] = {
        {"approval#1", WAIT_CALLBACK, NULL, WAIT_APPROVAL}, // a callback decides nothing
        {"stale#1", WAIT_APPROVAL, "another thing", WAIT_APPROVAL},
        {"timer#1", WAIT_CALLBACK, NULL, WAIT_TIMER},
    };

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct uuid run = fixture_admit("signals");
        struct journal_wait wait = fixture_wait(cases[i].address, cases[i].wait_mode, 60000);
        struct signal_deliver signal = to_wait(run, cases[i].address);

        signal.mode = (int)cases[i].signal_mode;
        signal.digest = text_from(cases[i].digest);
        signal_deliver_start(&signal);
        fixture_await_well();
        assert_int_equal(signal.outcome, SIGNAL_KEPT);
        wait.digest = TEXT("the thing");
        fixture_park(run, &wait);
        assert_int_equal(fixture_claim(run), 0); // not due
    }
}

static void two_deciders_at_once_have_one_winner(void **state)
{
    struct journal_wait wait = fixture_wait("race#1", WAIT_APPROVAL, 60000);
    struct uuid run = fixture_admit("signals");
    struct signal_deliver ann;
    struct signal_deliver bob;
    (void)state;

    fixture_park(run, &wait);
    ann = to_wait(run, "race#1");
    bob = to_wait(run, "race#1");
    bob.by = TEXT("bob");
    bob.action = TEXT("reject");
    signal_deliver_start(&ann); // on the two connections of the gateway's pool
    signal_deliver_start(&bob);
    fixture_await_well();
    assert_int_equal(ann.outcome + bob.outcome, SIGNAL_RESOLVED + SIGNAL_ALREADY_COMPLETED);

    struct signal_deliver *loser = ann.outcome == SIGNAL_RESOLVED ? &bob : &ann;

    assert_text(loser->out_by, loser == &bob ? "ann" : "bob");
    assert_text(loser->out_action, loser == &bob ? "approve" : "reject");
    assert_true(loser->at_ms > 0);
}

static void a_wait_is_found_by_its_public_id_and_mode_and_digest_are_checked(void **state)
{
    struct journal_wait wait = fixture_wait("id#1", WAIT_APPROVAL, 60000);
    struct uuid run = fixture_admit("signals");
    char id[WAIT_RECORD_ID_SIZE];
    (void)state;

    wait.digest = TEXT("digest of what is asked");
    fixture_park(run, &wait);
    wait_record_id(run, wait.address, id);

    struct signal_deliver signal = {.call = fixture_call(),
                                    .wait_id = text_from(id),
                                    .mode = WAIT_CALLBACK,
                                    .action = TEXT("approve")};

    signal_deliver_start(&signal);
    fixture_await_well();
    assert_int_equal(signal.outcome, SIGNAL_OTHER_KIND);
    signal.call = fixture_call();
    signal.mode = WAIT_APPROVAL;
    signal.digest = TEXT("another");
    signal_deliver_start(&signal);
    fixture_await_well();
    assert_int_equal(signal.outcome, SIGNAL_STALE);
    signal.call = fixture_call();
    signal.digest = wait.digest;
    signal_deliver_start(&signal);
    fixture_await_well();
    assert_int_equal(signal.outcome, SIGNAL_RESOLVED);
    assert_int_equal(id_compare(signal.out_run, run), 0);
    assert_text(signal.out_address, "id#1");
    signal.call = fixture_call();
    signal.wait_id = TEXT("wt-none");
    signal_deliver_start(&signal);
    fixture_await_well();
    assert_int_equal(signal.outcome, SIGNAL_NONE);
}

static void a_deadline_that_was_seen_first_beats_the_signal(void **state)
{
    struct journal_wait wait = fixture_wait("late#1", WAIT_APPROVAL, 0);
    struct uuid run = fixture_admit("signals");
    (void)state;

    fixture_park(run, &wait);
    struct wait_record timed_out = resume(run);

    assert_int_equal(timed_out.status, WAIT_TIMED_OUT);
    assert_int_equal(deliver(run, "late#1"), SIGNAL_GONE);
    assert_int_equal(deliver(run, "late#1"), SIGNAL_GONE); // as often as it likes
    assert_sql("select count(*) from weir.signals where address = 'late#1' and late", "1");
}

static void a_signal_that_comes_before_a_worker_sees_the_deadline_wins(void **state)
{
    struct journal_wait wait = fixture_wait("first#1", WAIT_APPROVAL, 0);
    struct uuid run = fixture_admit("signals");
    (void)state;

    fixture_park(run, &wait);
    assert_int_equal(deliver(run, "first#1"), SIGNAL_RESOLVED);
    assert_int_equal(resume(run).status, WAIT_RESOLVED);
}

static void a_timer_fires_as_resolved_and_takes_no_signal(void **state)
{
    struct journal_wait wait = fixture_wait("timer#1", WAIT_TIMER, 0);
    struct uuid run = fixture_admit("signals");
    (void)state;

    fixture_park(run, &wait);
    assert_int_equal(deliver(run, "timer#1"), SIGNAL_OTHER_KIND);
    assert_int_equal(resume(run).status, WAIT_RESOLVED);
}

static void a_run_is_not_due_before_its_earliest_deadline(void **state)
{
    struct journal_wait waits[2] = {fixture_wait("x#1", WAIT_APPROVAL, 3600000),
                                    fixture_wait("y#1", WAIT_TIMER, 7200000)};
    struct uuid run = fixture_admit("signals");
    struct journal_entry entry = fixture_entry(run, fixture_claim(run));
    (void)state;

    entry.waits = waits;
    entry.wait_count = 2;
    entry.change = JOURNAL_PARKS;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    assert_in_range(entry.due_ms, 3599000, 3600000);

    struct claim claim = fixture_claim_for(world.owner, run);

    assert_int_equal(claim.refused_count, 1);
    assert_int_equal(claim.refused[0].why, CLAIM_NOT_DUE);
    assert_in_range(claim.refused[0].wait_ms, 3590000, 3600000);
}

static void waits_of_an_ended_run_are_gone(void **state)
{
    struct journal_wait wait = fixture_wait("end#1", WAIT_CALLBACK, 60000);
    struct uuid run = fixture_admit("signals");
    (void)state;

    fixture_park(run, &wait);
    struct run_cancel cancel = {.call = fixture_call(), .id = run};

    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(deliver(run, "end#1"), SIGNAL_GONE);
    assert_int_equal(deliver(run, "never#1"), SIGNAL_GONE);
    assert_int_equal(deliver(id_uuid7(), "end#1"), SIGNAL_NONE);
}

static void an_event_goes_to_every_matching_wait(void **state)
{
    struct journal_wait wait = fixture_wait("ev#1", WAIT_EVENT, 60000);
    struct uuid runs[3];
    (void)state;

    wait.event_name = TEXT("paid");
    for (size_t i = 0; i < 3; i++) {
        runs[i] = fixture_admit("signals");
        wait.event_key = i < 2 ? TEXT("order-1") : TEXT("order-2");
        fixture_park(runs[i], &wait);
    }
    struct signal_event event = send_event("paid", "order-1", "d1");

    assert_int_equal(event.outcome, SIGNAL_RESOLVED);
    assert_int_equal(event.woken_count, 2);
    assert_text(resume(runs[0]).resolution, "event");
    assert_int_equal(resume(runs[1]).status, WAIT_RESOLVED);
    assert_int_equal(fixture_claim(runs[2]), 0);
    assert_int_equal(send_event("paid", "order-1", "d1").outcome, SIGNAL_DUPLICATE);
}

static void an_unmatched_event_is_kept_for_runs_admitted_before_it_once_a_wait(void **state)
{
    struct journal_wait wait = fixture_wait("kept", WAIT_EVENT, 60000);
    struct uuid before = fixture_admit("signals");
    (void)state;

    wait.event_name = TEXT("shipped");
    assert_int_equal(send_event("shipped", NULL, NULL).outcome, SIGNAL_KEPT);
    struct uuid after = fixture_admit("signals");

    fixture_park(before, &wait);
    assert_int_equal(resume(before).status, WAIT_RESOLVED);
    fixture_park(after, &wait);
    assert_int_equal(fixture_claim(after), 0);
    // The same step again, in a loop, does not get the same event again.
    struct journal_entry entry = fixture_entry(before, 2);
    struct journal_wait again = fixture_wait("kept#2", WAIT_EVENT, 60000);

    again.step_id = wait.step_id;
    again.event_name = wait.event_name;
    entry.consumed = &wait.address;
    entry.consumed_count = 1;
    entry.waits = &again;
    entry.wait_count = 1;
    entry.change = JOURNAL_PARKS;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    assert_int_equal(fixture_claim(before), 0);
}

static void open_waits_are_listed_oldest_first(void **state)
{
    struct journal_wait wait = fixture_wait("list#1", WAIT_APPROVAL, 60000);
    struct uuid runs[3];
    (void)state;

    fixture_flow("listed", "1", true);
    for (size_t i = 0; i < 3; i++) {
        runs[i] = fixture_admit("listed");
        fixture_park(runs[i], &wait);
    }
    struct wait_list list = {.call = fixture_call(), .slug = TEXT("listed"), .limit = 2};

    wait_record_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 2);
    assert_true(list.has_more);
    assert_int_equal(id_compare(list.waits[0].run, runs[0]), 0);
    assert_text(list.waits[0].slug, "listed");
    assert_text(list.waits[0].asked, "asked");
    assert_int_equal(list.waits[0].run_number, 1);
    list = (struct wait_list){.call = fixture_call(),
                              .slug = TEXT("listed"),
                              .after_number = list.waits[1].number,
                              .limit = 2};
    wait_record_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 1);
    assert_false(list.has_more);

    struct wait_get get = {.call = fixture_call(), .id = list.waits[0].id};

    wait_record_get_start(&get);
    fixture_await_well();
    assert_true(get.found);
    assert_int_equal(id_compare(get.wait.run, runs[2]), 0);
    list = (struct wait_list){.call = fixture_call(), .run = runs[1], .limit = 10};
    wait_record_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 1);
}

static int setup(void **state)
{
    int status = fixture_setup(state);

    fixture_flow("signals", "1", true);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_resolves_the_wait_and_the_run_is_due),
        cmocka_unit_test(an_early_signal_is_kept_and_the_wait_opens_resolved),
        cmocka_unit_test(an_early_signal_does_not_open_what_it_could_not_answer_later),
        cmocka_unit_test(two_deciders_at_once_have_one_winner),
        cmocka_unit_test(a_wait_is_found_by_its_public_id_and_mode_and_digest_are_checked),
        cmocka_unit_test(a_deadline_that_was_seen_first_beats_the_signal),
        cmocka_unit_test(a_signal_that_comes_before_a_worker_sees_the_deadline_wins),
        cmocka_unit_test(a_timer_fires_as_resolved_and_takes_no_signal),
        cmocka_unit_test(a_run_is_not_due_before_its_earliest_deadline),
        cmocka_unit_test(waits_of_an_ended_run_are_gone),
        cmocka_unit_test(an_event_goes_to_every_matching_wait),
        cmocka_unit_test(an_unmatched_event_is_kept_for_runs_admitted_before_it_once_a_wait),
        cmocka_unit_test(open_waits_are_listed_oldest_first),
    };

    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
