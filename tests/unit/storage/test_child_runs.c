/*
 * Child runs and successors: what the transactions of migrations/011_child_runs.sql keep true,
 * whatever comes first.
 */
#include "storage/run_tree.h"
#include "tests/unit/storage/storage_fixture.h"

#define CALL "call-flow/child#1"

/* A claimed run with an open wait for a child at that address. */
struct caller {
    struct uuid run;
    int epoch;
};

static void open_wait(struct caller caller, const char *address)
{
    struct journal_wait wait = fixture_wait(address, WAIT_CHILD, 3600000);
    struct journal_entry entry = fixture_entry(caller.run, caller.epoch);

    entry.waits = &wait;
    entry.wait_count = 1;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
}

static struct caller claimed(struct uuid run)
{
    struct caller caller = {run, fixture_claim(run)};

    assert_int_not_equal(caller.epoch, 0);
    return caller;
}

static struct caller new_caller(void)
{
    struct caller caller = claimed(fixture_admit("caller"));

    open_wait(caller, CALL);
    return caller;
}

static struct admission admit_with(struct caller caller, const char *address,
                                   struct admission admission)
{
    struct admission_caller of = {caller.run, text_from(address), world.owner, caller.epoch};
    struct admission_batch batch = {.admissions = &admission, .count = 1, .caller = &of};

    if (admission.version == 0) {
        struct version_find find = {
            .call = fixture_call(), .slug = admission.slug, .target = TARGET_LIVE};

        flow_record_find_start(&find);
        fixture_await_well();
        admission.version = find.version;
    }
    batch.call = fixture_call();
    admission_start(&batch);
    fixture_await_well();
    return admission;
}

static struct admission admit_child(struct caller caller, const char *address)
{
    return admit_with(caller, address, fixture_admission("child"));
}

static struct admission new_child(struct caller caller)
{
    struct admission child = admit_child(caller, CALL);

    assert_int_equal(child.outcome, ADMITTED);
    return child;
}

static enum journal_outcome park(struct caller caller, int64_t *out_due_ms)
{
    struct journal_entry entry = fixture_entry(caller.run, caller.epoch);

    entry.change = JOURNAL_PARKS;
    enum journal_outcome outcome = fixture_commit(&entry);

    *out_due_ms = entry.due_ms;
    return outcome;
}

static void end_as(struct caller of, enum run_status status)
{
    struct journal_entry entry = fixture_entry(of.run, of.epoch);

    entry.change = JOURNAL_ENDS;
    entry.status = status;
    if (status == RUN_COMPLETED) entry.result = TEXT("result");
    if (status != RUN_COMPLETED) entry.error = TEXT("error");
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
}

static struct wait_record wait_of(struct uuid run)
{
    struct wait_get get = {.call = fixture_call(), .run = run, .address = TEXT(CALL)};

    wait_record_get_start(&get);
    fixture_await_well();
    assert_true(get.found);
    return get.wait;
}

static bool is_asked_to_stop(struct uuid run)
{
    struct run_record record = fixture_run(run);

    return record.cancel_requested && record.wake_ms > 0;
}

static void a_child_is_admitted_once_for_its_wait(void **state)
{
    struct caller caller = new_caller();
    struct admission first = new_child(caller);
    struct admission again = admit_child(caller, CALL);
    (void)state;

    assert_int_equal(again.outcome, ADMIT_EXISTING);
    assert_int_equal(id_compare(again.out_run, first.run), 0);
    assert_int_equal(again.number, first.number);
    assert_int_equal(id_compare(wait_of(caller.run).child, first.run), 0);
    struct run_record record = fixture_run(first.run);

    assert_text(record.parent_slug, "caller");
    assert_text(record.parent_address, CALL);
    assert_int_equal(record.parent_number, fixture_run(caller.run).number);
    assert_true(fixture_run(caller.run).has_children);
    end_as(claimed(first.run), RUN_COMPLETED);
    end_as(caller, RUN_COMPLETED);
}

static void whoever_does_not_drive_the_caller_admits_nothing(void **state)
{
    struct caller caller = new_caller();
    struct caller stale = {caller.run, caller.epoch - 1};
    struct text before = fixture_sql("select count(*) from weir.runs");
    (void)state;

    assert_int_equal(admit_child(stale, CALL).outcome, ADMIT_FENCED);
    assert_int_equal(admit_child(caller, "call-flow/child#2").outcome, ADMIT_FENCED);
    end_as(caller, RUN_COMPLETED); // and with it its wait
    assert_int_equal(admit_child(caller, CALL).outcome, ADMIT_FENCED);
    assert_sql("select count(*) from weir.runs", before.ptr);
}

static void the_end_of_a_child_is_the_outcome_of_the_callers_wait(void **state)
{
    struct caller caller = new_caller();
    struct admission child = new_child(caller);
    int64_t due_ms;
    (void)state;

    assert_int_equal(park(caller, &due_ms), JOURNAL_COMMITTED);
    assert_true(due_ms > 0);
    end_as(claimed(child.run), RUN_COMPLETED);
    struct wait_record wait = wait_of(caller.run);
    char number[24];

    (void)snprintf(number, sizeof(number), "r%lld", (long long)child.number);
    assert_int_equal(wait.status, WAIT_RESOLVED);
    assert_text(wait.action, "completed");
    assert_text(wait.resolution, "result");
    assert_text(wait.resolved_by, number);
    struct claim claim = fixture_claim_for(world.owner, caller.run);

    assert_int_equal(claim.run_count, 1);
    assert_int_equal(claim.runs[0].wait_count, 1);
    assert_int_equal(id_compare(claim.runs[0].waits[0].child, child.run), 0);
}

static void redis_hears_of_the_caller_and_of_what_is_stopped(void **state)
{
    struct caller caller = new_caller();
    struct admission child = new_child(caller);
    struct caller driven = claimed(child.run);
    struct journal_entry entry = fixture_entry(caller.run, caller.epoch);
    struct journal_batch batch;
    (void)state;

    journal_init(&batch, world.storage, world.owner, 0);
    batch.on_done = fixture_on_batch;
    entry.change = JOURNAL_ENDS;
    entry.status = RUN_FAILED;
    assert_true(journal_add(&batch, &entry));
    world.pending++;
    journal_start(&batch);
    fixture_await_well();
    assert_int_equal(batch.woken_count, 1);
    assert_true(batch.woken[0].stops);
    assert_int_equal(id_compare(batch.woken[0].run, child.run), 0);
    journal_done(&batch);
    end_as(driven, RUN_CANCELLED);
}

static void a_child_that_ends_before_its_caller_parks_is_not_missed(void **state)
{
    struct caller caller = new_caller();
    struct admission child = new_child(caller);
    int64_t due_ms;
    (void)state;

    end_as(claimed(child.run), RUN_FAILED);
    assert_int_equal(park(caller, &due_ms), JOURNAL_COMMITTED);
    assert_int_equal(due_ms, 0);
    struct wait_record wait = wait_of(caller.run);

    assert_text(wait.action, "failed");
    assert_text(wait.resolution, "error");
}

static void caller_and_child_may_share_a_batch(void **state)
{
    struct caller caller = new_caller();
    struct caller child = claimed(new_child(caller).run);
    struct journal_entry entries[2] = {fixture_entry(caller.run, caller.epoch),
                                       fixture_entry(child.run, child.epoch)};
    (void)state;

    entries[0].change = JOURNAL_PARKS;
    entries[1].change = JOURNAL_ENDS;
    entries[1].status = RUN_COMPLETED;
    fixture_commit_all(world.owner, entries, 2);
    assert_int_equal(entries[0].outcome, JOURNAL_COMMITTED);
    assert_int_equal(entries[0].due_ms, 0);
    assert_int_equal(wait_of(caller.run).status, WAIT_RESOLVED);
}

static void a_child_is_called_through_so_many_runs_at_most(void **state)
{
    struct caller caller = new_caller();
    (void)state;

    for (int i = 0; i < LIMIT_CALL_DEPTH; i++) {
        caller = claimed(new_child(caller).run);
        open_wait(caller, CALL);
    }
    assert_int_equal(admit_child(caller, CALL).outcome, ADMIT_TOO_DEEP);
}

static struct admission keyed(const char *slug, const char *key)
{
    struct admission admission = fixture_admission(slug);

    admission.key = text_from(key);
    admission.limit = 1;
    admission.on_new_version = ON_NEW_COEXIST;
    return admission;
}

static void a_key_that_a_caller_holds_does_not_hold_its_child_back(void **state)
{
    struct admission top = keyed("child", "k");
    struct admission other = keyed("child", "k");
    (void)state;

    fixture_admit_all(&top, 1);
    fixture_admit_all(&other, 1);
    assert_int_equal(other.decision, DECISION_QUEUED);
    struct caller caller = claimed(top.run);

    open_wait(caller, CALL);
    struct admission child = admit_with(caller, CALL, keyed("child", "k"));
    struct caller below = claimed(child.run);

    assert_int_equal(child.decision, DECISION_STARTED);
    assert_text(fixture_run(child.run).concurrency_key, "k");
    open_wait(below, CALL);
    struct admission grandchild = admit_with(below, CALL, keyed("child", "k"));

    end_as(claimed(grandchild.run), RUN_COMPLETED);
    end_as(below, RUN_COMPLETED);
    assert_int_equal(fixture_claim(other.run), 0);
    end_as(caller, RUN_COMPLETED);
    end_as(claimed(other.run), RUN_COMPLETED);
}

static void a_key_that_others_hold_is_waited_for(void **state)
{
    struct admission holder = keyed("child", "other");
    struct caller caller = new_caller();
    (void)state;

    fixture_admit_all(&holder, 1);
    struct admission child = admit_with(caller, CALL, keyed("child", "other"));

    assert_int_equal(child.outcome, ADMITTED);
    assert_int_equal(child.decision, DECISION_QUEUED);
    end_as(claimed(holder.run), RUN_COMPLETED);
    end_as(claimed(child.run), RUN_COMPLETED);
    assert_int_equal(wait_of(caller.run).status, WAIT_RESOLVED);
}

static void the_end_of_a_caller_stops_its_children_wherever_they_are(void **state)
{
    struct admission holder = keyed("child", "line");
    struct caller caller = new_caller();
    struct journal_wait approval = fixture_wait("ask#1", WAIT_APPROVAL, 3600000);
    (void)state;

    fixture_admit_all(&holder, 1);
    open_wait(caller, "call-flow/child#2");
    struct admission parked = new_child(caller);
    struct admission in_line = admit_with(caller, "call-flow/child#2", keyed("child", "line"));

    assert_int_equal(in_line.decision, DECISION_QUEUED);
    fixture_park(parked.run, &approval);
    end_as(caller, RUN_FAILED);
    assert_true(is_asked_to_stop(parked.run));
    assert_true(is_asked_to_stop(in_line.run));
    struct claim claim = fixture_claim_for(world.owner, in_line.run);

    assert_int_equal(claim.run_count, 1);
    assert_true(claim.runs[0].cancel_requested);
    end_as((struct caller){in_line.run, claim.runs[0].epoch}, RUN_CANCELLED);
    end_as(claimed(holder.run), RUN_COMPLETED);
    assert_sql("select count(*) from weir.concurrency_slots", "0");
}

static void giving_up_a_wait_stops_its_child_only(void **state)
{
    struct caller caller = new_caller();
    struct text given_up = TEXT(CALL);
    struct journal_entry entry = fixture_entry(caller.run, caller.epoch);
    (void)state;

    open_wait(caller, "call-flow/child#2");
    struct admission first = new_child(caller);
    struct admission second = admit_child(caller, "call-flow/child#2");

    entry.consumed = &given_up;
    entry.consumed_count = 1;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    assert_true(is_asked_to_stop(first.run));
    assert_false(is_asked_to_stop(second.run));
    // and what it comes to is nobody's business any more
    end_as(claimed(first.run), RUN_CANCELLED);
    assert_int_equal(wait_of(caller.run).status, WAIT_CANCELLED);
}

static void a_cancelled_caller_ends_at_once_and_names_its_children(void **state)
{
    struct caller caller = new_caller();
    struct admission child = new_child(caller);
    struct run_cancel cancel = {.id = caller.run, .reason = TEXT("enough"), .by = TEXT("ann")};
    int64_t due_ms;
    (void)state;

    assert_int_equal(park(caller, &due_ms), JOURNAL_COMMITTED);
    cancel.call = fixture_call();
    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(cancel.outcome, RUN_CANCEL_ENDED);
    assert_int_equal(cancel.woken_count, 1);
    assert_int_equal(id_compare(cancel.woken[0].run, child.run), 0);
    assert_int_equal(cancel.woken[0].flow, child.flow);
    assert_true(is_asked_to_stop(child.run));
}

static void a_cancelled_child_is_the_outcome_of_the_callers_wait(void **state)
{
    struct caller caller = new_caller();
    struct admission child = new_child(caller);
    struct run_cancel cancel = {.call = fixture_call(), .id = child.run, .force = true};
    (void)state;

    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(cancel.woken_count, 1);
    assert_int_equal(id_compare(cancel.woken[0].run, caller.run), 0);
    struct wait_record wait = wait_of(caller.run);

    assert_int_equal(wait.status, WAIT_RESOLVED);
    assert_text(wait.action, "terminated");
    assert_null(wait.resolution.ptr);
}

static void a_superseded_child_is_told_to_its_caller_and_to_its_children(void **state)
{
    struct caller caller = new_caller();
    struct admission older = keyed("child", "newest");
    struct admission newer = keyed("child", "newest");
    (void)state;

    older.on_new_version = newer.on_new_version = ON_NEW_SUPERSEDE;
    older = admit_with(caller, CALL, older);
    struct caller driven = claimed(older.run);

    open_wait(driven, CALL);
    struct admission below = admit_child(driven, CALL);

    fixture_flow("child", "{:child 3}", true);
    fixture_admit_all(&newer, 1);
    assert_int_equal(newer.decision, DECISION_SUPERSEDED);
    assert_text(wait_of(caller.run).action, "terminated");
    assert_int_equal(fixture_run(caller.run).status, RUN_RUNNING);
    assert_true(is_asked_to_stop(below.run));
    end_as(claimed(newer.run), RUN_COMPLETED);
}

static void nobody_but_the_child_answers_a_callers_wait(void **state)
{
    struct caller caller = new_caller();
    struct signal_deliver signal = {.call = fixture_call(),
                                    .run = caller.run,
                                    .address = TEXT(CALL),
                                    .mode = -1,
                                    .by = TEXT("eve"),
                                    .payload = TEXT("forged")};
    (void)state;

    signal_deliver_start(&signal);
    fixture_await_well();
    assert_int_equal(signal.outcome, SIGNAL_OTHER_KIND);
    assert_int_equal(wait_of(caller.run).status, WAIT_OPEN);
}

static void the_tree_below_a_run_is_read_in_order(void **state)
{
    struct caller caller = new_caller();
    struct run_tree tree = {.id = caller.run};
    (void)state;

    open_wait(caller, "call-flow/child#2");
    struct caller first = claimed(new_child(caller).run);
    struct admission second = admit_child(caller, "call-flow/child#2");

    open_wait(first, CALL);
    struct admission below = admit_child(first, CALL);

    tree.call = fixture_call();
    run_tree_start(&tree);
    fixture_await_well();
    assert_int_equal(tree.count, 3);
    assert_int_equal(tree.children[0].depth, 1);
    assert_int_equal(tree.children[1].depth, 2);
    assert_int_equal(tree.children[1].number, below.number);
    assert_int_equal(tree.children[2].number, second.number);
    assert_text(tree.children[2].address, "call-flow/child#2");
}

/* Successors */

static struct journal_entry restart_of(struct caller caller)
{
    struct journal_entry entry = fixture_entry(caller.run, caller.epoch);

    entry.change = JOURNAL_ENDS;
    entry.status = RUN_COMPLETED;
    entry.successor = id_uuid7();
    entry.successor_input = TEXT("next");
    return entry;
}

static void a_successor_takes_over_version_key_and_place(void **state)
{
    struct admission first = keyed("child", "chain");
    struct admission next = keyed("child", "chain");
    (void)state;

    fixture_admit_all(&first, 1);
    fixture_admit_all(&next, 1);
    fixture_flow("child", "{:v 2}", true);
    struct journal_entry entry = restart_of(claimed(first.run));

    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    struct run_record ended = fixture_run(first.run);
    struct run_record successor = fixture_run(entry.successor);

    assert_int_equal(ended.status, RUN_COMPLETED);
    assert_int_equal(ended.continued_to, successor.number);
    assert_int_equal(successor.continued_from, ended.number);
    assert_int_equal(successor.version, ended.version);
    assert_int_equal(successor.number, next.number + 1);
    assert_text(successor.concurrency_key, "chain");
    assert_text(successor.input, "next");
    assert_text(successor.triggered_by, "restart");
    assert_int_equal(fixture_claim(next.run), 0);
    end_as(claimed(entry.successor), RUN_COMPLETED);
    end_as(claimed(next.run), RUN_COMPLETED);
}

static struct run_record got_among_others(struct uuid run, enum run_gets_kind kind, bool *partial)
{
    struct run_get get = {.call = {.arena = &world.arena}, .id = run};
    struct run_gets all = {.call = fixture_call(), .count = 1, .gets = {&get}, .kind = kind};

    run_record_gets_start(&all);
    fixture_await_well();
    assert_true(get.found);
    *partial = all.is_partial[0];
    return get.run;
}

static void runs_got_together_tell_of_relatives_when_asked(void **state)
{
    struct admission first = keyed("child", "relatives");
    bool partial;
    (void)state;

    fixture_admit_all(&first, 1);
    struct journal_entry entry = restart_of(claimed(first.run));

    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    (void)got_among_others(first.run, RUN_GETS_BY_ID, &partial);
    assert_true(partial);
    struct run_record run = got_among_others(first.run, RUN_GETS_WITH_RELATIVES, &partial);

    assert_false(partial);
    assert_int_equal(run.continued_to, fixture_run(entry.successor).number);
    run = got_among_others(entry.successor, RUN_GETS_WITH_RELATIVES, &partial);
    assert_int_equal(run.continued_from, fixture_run(first.run).number);
    end_as(claimed(entry.successor), RUN_COMPLETED);
}

/* As a worker sends it whose first answer was lost. */
static struct text resend(const struct journal_entry *entry)
{
    char run[UUID_TEXT_SIZE], successor[UUID_TEXT_SIZE];

    id_format(entry->run, run);
    id_format(entry->successor, successor);
    return fixture_sql(
        arena_printf(
            &world.arena,
            "select o_outcome from weir.journal_commit(%lld, true, '{%lld}', '{%s}', "
            "'{%d}', '{2}', '{3}', '{null}', '{null}', '{null}', '{null}', '{}', '{}', "
            "'{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', "
            "'{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', "
            "'{}', '{1}', '{%s}', '{x}') where o_index = 1",
            (long long)world.owner, (long long)world.workspace, run, entry->epoch, successor)
            .ptr);
}

static void a_restart_that_is_sent_again_has_one_successor(void **state)
{
    struct journal_entry entry = restart_of(claimed(fixture_admit("caller")));
    (void)state;

    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    struct text before = fixture_sql("select count(*) from weir.runs");

    assert_text(resend(&entry), "1");
    entry.successor = id_uuid7();
    assert_text(resend(&entry), "1");
    assert_sql("select count(*) from weir.runs", before.ptr);
}

static void a_fenced_restart_has_no_successor(void **state)
{
    struct caller caller = claimed(fixture_admit("caller"));
    struct journal_entry entry = restart_of((struct caller){caller.run, caller.epoch - 1});
    struct text before = fixture_sql("select count(*) from weir.runs");
    (void)state;

    assert_int_equal(fixture_commit(&entry), JOURNAL_FENCED);
    assert_sql("select count(*) from weir.runs", before.ptr);
}

static void a_run_that_is_to_be_cancelled_has_no_successor(void **state)
{
    struct caller caller = claimed(fixture_admit("caller"));
    struct run_cancel cancel = {.call = fixture_call(), .id = caller.run};
    struct journal_entry entry = restart_of(caller);
    (void)state;

    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(cancel.outcome, RUN_CANCEL_ASKED);
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    struct run_record ended = fixture_run(caller.run);

    assert_int_equal(ended.status, RUN_CANCELLED);
    assert_int_equal(ended.continued_to, 0);
}

static void cancelling_a_run_that_went_on_means_the_last_of_its_chain(void **state)
{
    struct caller first = claimed(fixture_admit("caller"));
    struct journal_entry entry = restart_of(first);
    (void)state;

    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    struct run_cancel cancel = {.call = fixture_call(), .id = first.run};

    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(cancel.outcome, RUN_CANCEL_ENDED);
    assert_int_equal(id_compare(cancel.id, entry.successor), 0);
    assert_text(cancel.slug, "caller");
    assert_int_equal(cancel.number, fixture_run(first.run).continued_to);
}

static void a_caller_waits_for_the_end_of_its_childs_chain(void **state)
{
    struct caller caller = new_caller();
    struct caller link = claimed(new_child(caller).run);
    (void)state;

    for (int i = 0; i < 3; i++) {
        struct journal_entry entry = restart_of(link);

        assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
        assert_int_equal(wait_of(caller.run).status, WAIT_OPEN);
        assert_int_equal(id_compare(wait_of(caller.run).child, entry.successor), 0);
        link = claimed(entry.successor);
    }
    assert_text(fixture_run(link.run).parent_slug, "caller");
    end_as(link, RUN_COMPLETED);
    assert_int_equal(wait_of(caller.run).status, WAIT_RESOLVED);
}

static void a_server_of_before_commits_without_successors(void **state)
{
    (void)state;
    assert_sql(
        "select count(*) from weir.journal_commit(1, false, '{}', '{}', '{}', '{}', '{}', "
        "'{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', "
        "'{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', "
        "'{}', '{}', '{}', '{}', '{}')",
        "0");
}

static int setup(void **state)
{
    (void)fixture_setup(state);
    fixture_flow("caller", "{:caller 1}", true);
    fixture_flow("child", "{:child 1}", true);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_admitted_once_for_its_wait),
        cmocka_unit_test(whoever_does_not_drive_the_caller_admits_nothing),
        cmocka_unit_test(the_end_of_a_child_is_the_outcome_of_the_callers_wait),
        cmocka_unit_test(redis_hears_of_the_caller_and_of_what_is_stopped),
        cmocka_unit_test(a_child_that_ends_before_its_caller_parks_is_not_missed),
        cmocka_unit_test(caller_and_child_may_share_a_batch),
        cmocka_unit_test(a_child_is_called_through_so_many_runs_at_most),
        cmocka_unit_test(a_key_that_a_caller_holds_does_not_hold_its_child_back),
        cmocka_unit_test(a_key_that_others_hold_is_waited_for),
        cmocka_unit_test(the_end_of_a_caller_stops_its_children_wherever_they_are),
        cmocka_unit_test(giving_up_a_wait_stops_its_child_only),
        cmocka_unit_test(a_cancelled_caller_ends_at_once_and_names_its_children),
        cmocka_unit_test(a_cancelled_child_is_the_outcome_of_the_callers_wait),
        cmocka_unit_test(a_superseded_child_is_told_to_its_caller_and_to_its_children),
        cmocka_unit_test(nobody_but_the_child_answers_a_callers_wait),
        cmocka_unit_test(the_tree_below_a_run_is_read_in_order),
        cmocka_unit_test(a_successor_takes_over_version_key_and_place),
        cmocka_unit_test(runs_got_together_tell_of_relatives_when_asked),
        cmocka_unit_test(a_restart_that_is_sent_again_has_one_successor),
        cmocka_unit_test(a_fenced_restart_has_no_successor),
        cmocka_unit_test(a_run_that_is_to_be_cancelled_has_no_successor),
        cmocka_unit_test(cancelling_a_run_that_went_on_means_the_last_of_its_chain),
        cmocka_unit_test(a_caller_waits_for_the_end_of_its_childs_chain),
        cmocka_unit_test(a_server_of_before_commits_without_successors),
    };

    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
