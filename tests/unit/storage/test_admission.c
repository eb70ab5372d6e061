/*
 * Admission: idempotency, pointers, concurrency keys.
 */
#include "tests/unit/storage/storage_fixture.h"

static struct admission admit_one(struct admission admission)
{
    fixture_admit_all(&admission, 1);
    return admission;
}

static struct admission singleton(const char *slug)
{
    struct admission admission = fixture_admission(slug);

    admission.key = TEXT("");
    admission.limit = 1;
    admission.on_new_version = ON_NEW_COEXIST;
    return admission;
}

static void many_admissions_share_a_transaction_and_are_numbered_in_order(void **state)
{
    struct admission admissions[20];
    (void)state;

    fixture_flow("many", "1", true);
    for (size_t i = 0; i < ARRAY_COUNT(admissions); i++) {
        admissions[i] = fixture_admission("many");
    }
    fixture_admit_all(admissions, ARRAY_COUNT(admissions));
    for (size_t i = 0; i < ARRAY_COUNT(admissions); i++) {
        assert_int_equal(admissions[i].outcome, ADMITTED);
        assert_int_equal(admissions[i].number, i + 1);
        assert_int_equal(admissions[i].version_number, 1);
        assert_int_equal(id_compare(admissions[i].out_run, admissions[i].run), 0);
    }
    assert_sql("select count(distinct xmin::text) from weir.runs where flow = "
               "(select id from weir.flows where slug = 'many')",
               "1");
    assert_sql("select run_counter from weir.flows where slug = 'many'", "20");
}

static void a_repeated_idempotency_key_answers_the_first_run(void **state)
{
    struct admission admission = fixture_admission("idem");
    (void)state;

    fixture_flow("idem", "1", true);
    admission.idempotency_key = TEXT("delivery-1");
    admission.request_hash = TEXT("hash");
    struct admission first = admit_one(admission);

    admission.run = id_uuid7();
    struct admission second = admit_one(admission);

    assert_int_equal(second.outcome, ADMIT_EXISTING);
    assert_int_equal(id_compare(second.out_run, first.run), 0);
    assert_int_equal(second.number, first.number);
    admission.run = id_uuid7();
    admission.request_hash = TEXT("other");
    struct admission third = admit_one(admission);

    assert_int_equal(third.outcome, ADMIT_CONFLICT);
    assert_sql("select count(*) from weir.runs where idempotency_key = 'delivery-1'", "1");
}

static void the_same_key_twice_in_one_batch_or_at_once_starts_one_run(void **state)
{
    struct admission same[2];
    struct admission_batch batches[2];
    (void)state;

    fixture_flow("twice", "1", true);
    for (size_t i = 0; i < 2; i++) {
        same[i] = fixture_admission("twice");
        same[i].idempotency_key = TEXT("k");
    }
    fixture_admit_all(same, 2);
    assert_int_equal(same[0].outcome, ADMITTED);
    assert_int_equal(same[1].outcome, ADMIT_EXISTING);

    for (size_t i = 0; i < 2; i++) {
        same[i].idempotency_key = TEXT("at once");
        same[i].run = id_uuid7();
        batches[i] =
            (struct admission_batch){.call = fixture_call(), .admissions = &same[i], .count = 1};
        admission_start(&batches[i]);
    }
    fixture_await_well();
    assert_int_equal(same[0].outcome + same[1].outcome, ADMITTED + ADMIT_EXISTING);
    assert_int_equal(id_compare(same[0].out_run, same[1].out_run), 0);
}

static void a_connection_lost_under_an_admission_admits_once(void **state)
{
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    struct pg_sync *other = pg_sync_new(&config, &err);
    struct admission admission = fixture_admission("lost");
    (void)state;

    fixture_flow("lost", "1", true);
    struct admission_batch batch = {.call = fixture_call(), .admissions = &admission, .count = 1};

    assert_true(pg_sync_script(other, "begin; select 1 from weir.flows for update", &err));
    admission_start(&batch);
    for (bool stands = false; !stands;) {
        loop_turn(world.loop, 10);
        stands = text_equal(fixture_sql("select count(pg_terminate_backend(pid)) from "
                                        "pg_stat_activity where wait_event_type = 'Lock'"),
                            TEXT("1"));
    }
    assert_true(pg_sync_script(other, "commit", &err));
    fixture_await_well();
    assert_int_equal(admission.outcome, ADMITTED);
    assert_int_equal(admission.number, 1);
    pg_sync_free(other);
    // Had it been committed, the same answer would have come.
    struct admission again = admit_one(admission);

    assert_int_equal(again.outcome, ADMITTED);
    assert_int_equal(again.number, 1);
    assert_int_equal(id_compare(again.out_run, admission.run), 0);
    assert_sql("select run_counter from weir.flows where slug = 'lost'", "1");
}

static void draft_and_live_have_their_own_pointers(void **state)
{
    struct admission admission = fixture_admission("points");
    (void)state;

    assert_int_equal(admit_one(admission).outcome, ADMIT_NO_FLOW);
    int64_t first = fixture_flow("points", "1", false);

    assert_int_equal(admit_one(admission).outcome, ADMIT_NO_VERSION);
    assert_int_equal(fixture_flow("points", "1", true), first); // the same bytes, the same version
    int64_t second = fixture_flow("points", "2", false);

    assert_int_equal(admit_one(admission).out_version, first);
    admission.target = TARGET_DRAFT;
    admission.run = id_uuid7();
    assert_int_equal(admit_one(admission).out_version, second);
    admission.run = id_uuid7();
    admission.version = first; // what the caller believed
    struct admission moved = admit_one(admission);

    assert_int_equal(moved.outcome, ADMIT_MOVED);
    assert_int_equal(moved.out_version, second);
    admission.pinned = true;
    struct admission pinned = admit_one(admission);

    assert_int_equal(pinned.outcome, ADMITTED);
    assert_int_equal(pinned.out_version, first);
}

static void a_batch_without_keys_decides_on_each_of_its_runs(void **state)
{
    struct admission batch[6];
    (void)state;

    fixture_flow("plain-a", "1", true);
    fixture_flow("plain-b", "1", true);
    struct admission before = admit_one(fixture_admission("plain-a"));

    for (size_t i = 0; i < ARRAY_COUNT(batch); i++) {
        batch[i] = fixture_admission(i % 2 ? "plain-b" : "plain-a");
    }
    batch[2].run = before.run; // its answer was lost
    batch[3] = fixture_admission("nowhere");
    batch[5].version = before.out_version; // of the other flow: the pointer names another one
    fixture_admit_all(batch, ARRAY_COUNT(batch));
    assert_int_equal(batch[0].outcome, ADMITTED);
    assert_int_equal(batch[0].number, 2);
    assert_int_equal(batch[1].outcome, ADMITTED);
    assert_int_equal(batch[1].number, 1);
    assert_int_equal(batch[2].outcome, ADMITTED);
    assert_int_equal(batch[2].number, 1);
    assert_int_equal(batch[2].decision, DECISION_STARTED);
    assert_int_equal(batch[3].outcome, ADMIT_NO_FLOW);
    assert_int_equal(batch[4].number, 3);
    assert_int_equal(batch[5].outcome, ADMIT_MOVED);
    assert_sql("select string_agg(run_counter::text, ' ' order by slug) from weir.flows "
               "where slug like 'plain-%'",
               "3 1");
}

static void an_archived_flow_starts_nothing(void **state)
{
    (void)state;

    fixture_flow("old", "1", true);
    struct flow_archive archive = {.call = fixture_call(), .slug = TEXT("old")};

    flow_record_archive_start(&archive);
    fixture_await_well();
    assert_true(archive.found);
    assert_int_equal(admit_one(fixture_admission("old")).outcome, ADMIT_ARCHIVED);
}

static void a_singleton_is_queued_first_come_first_served(void **state)
{
    struct admission a, b, c;
    (void)state;

    fixture_flow("single", "1", true);
    a = admit_one(singleton("single"));
    b = admit_one(singleton("single"));
    c = admit_one(singleton("single"));
    assert_int_equal(a.decision, DECISION_STARTED);
    assert_int_equal(b.decision, DECISION_QUEUED);
    assert_int_equal(c.decision, DECISION_QUEUED);
    assert_true(fixture_run(b.run).in_line);
    assert_int_equal(fixture_claim(b.run), 0);

    int epoch = fixture_claim(a.run);

    assert_int_equal(fixture_end(a.run, epoch), JOURNAL_COMMITTED);
    assert_int_equal(fixture_claim(c.run), 0);
    epoch = fixture_claim(b.run); // due in the transaction in which the first one ended
    assert_int_equal(epoch, 1);
    assert_int_equal(fixture_end(b.run, epoch), JOURNAL_COMMITTED);
    assert_int_equal(fixture_claim(c.run), 1);
    assert_int_equal(fixture_end(c.run, 1), JOURNAL_COMMITTED);
    assert_sql("select count(*) from weir.concurrency_slots", "0");
}

static void the_key_is_held_over_a_wait(void **state)
{
    struct journal_wait wait = fixture_wait("w#1", WAIT_APPROVAL, 60000);
    struct admission a, b;
    (void)state;

    fixture_flow("held", "1", true);
    a = admit_one(singleton("held"));
    b = admit_one(singleton("held"));
    fixture_park(a.run, &wait);
    assert_int_equal(fixture_claim(b.run), 0);

    struct run_cancel cancel = {.call = fixture_call(), .id = a.run, .reason = TEXT("enough")};

    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(cancel.outcome, RUN_CANCEL_ENDED);
    assert_int_equal(cancel.woken_count, 1);
    assert_int_equal(id_compare(cancel.woken[0].run, b.run), 0);
    assert_int_equal(cancel.woken[0].flow, b.flow);
    assert_int_equal(fixture_claim(b.run), 1);
    assert_int_equal(fixture_end(b.run, 1), JOURNAL_COMMITTED);
}

static void the_end_tells_who_may_start(void **state)
{
    struct admission admissions[3] = {singleton("tells"), singleton("tells"), singleton("tells")};
    struct journal_batch batch;
    struct journal_entry entry;
    (void)state;

    fixture_flow("tells", "1", true);
    fixture_admit_all(admissions, 3);
    entry = fixture_entry(admissions[0].run, fixture_claim(admissions[0].run));
    entry.change = JOURNAL_ENDS;
    entry.status = RUN_FAILED;
    journal_init(&batch, world.storage, world.owner, 0);
    batch.on_done = fixture_on_batch;
    assert_true(journal_add(&batch, &entry));
    world.pending++;
    journal_start(&batch);
    fixture_await_well();
    assert_int_equal(entry.outcome, JOURNAL_COMMITTED);
    assert_int_equal(entry.due_ms, -1);
    assert_int_equal(batch.woken_count, 1);
    assert_int_equal(id_compare(batch.woken[0].run, admissions[1].run), 0);
    assert_int_equal(batch.woken[0].workspace, world.workspace);
    assert_int_equal(batch.woken[0].flow, admissions[0].flow);
    journal_done(&batch);
}

static void keys_do_not_hinder_one_another(void **state)
{
    struct admission one = singleton("keyed");
    struct admission two = singleton("keyed");
    (void)state;

    fixture_flow("keyed", "1", true);
    one.key = TEXT("customer 1");
    two.key = TEXT("customer 2");
    assert_int_equal(admit_one(one).decision, DECISION_STARTED);
    assert_int_equal(admit_one(two).decision, DECISION_STARTED);
    one.run = id_uuid7();
    assert_int_equal(admit_one(one).decision, DECISION_QUEUED);
}

static void a_limit_lets_that_many_start(void **state)
{
    struct admission admissions[4];
    (void)state;

    fixture_flow("limited", "1", true);
    for (size_t i = 0; i < 4; i++) {
        admissions[i] = singleton("limited");
        admissions[i].limit = 3;
    }
    fixture_admit_all(admissions, 4);
    assert_int_equal(admissions[2].decision, DECISION_STARTED);
    assert_int_equal(admissions[3].decision, DECISION_QUEUED);
}

static void on_conflict_drop_starts_nothing_and_names_the_holder(void **state)
{
    struct admission dropping = singleton("drops");
    (void)state;

    fixture_flow("drops", "1", true);
    struct admission holder = admit_one(singleton("drops"));

    dropping.on_conflict = ON_CONFLICT_DROP;
    struct admission dropped = admit_one(dropping);

    assert_int_equal(dropped.outcome, ADMIT_DROPPED);
    assert_int_equal(dropped.decision, DECISION_DROPPED);
    assert_int_equal(id_compare(dropped.out_run, holder.run), 0);
}

static void on_conflict_coexist_starts_beside(void **state)
{
    struct admission beside = singleton("beside");
    (void)state;

    fixture_flow("beside", "1", true);
    admit_one(singleton("beside"));
    beside.on_conflict = ON_CONFLICT_COEXIST;
    assert_int_equal(admit_one(beside).decision, DECISION_COEXISTED);
    assert_int_equal(fixture_claim(beside.run), 1);
}

static void cancel_running_ends_who_is_parked_and_asks_who_is_driven(void **state)
{
    struct journal_wait wait = fixture_wait("w#1", WAIT_APPROVAL, 60000);
    struct admission next = singleton("cancels");
    (void)state;

    fixture_flow("cancels", "1", true);
    next.on_conflict = ON_CONFLICT_CANCEL;
    struct admission parked = admit_one(next);

    fixture_park(parked.run, &wait);
    next.run = id_uuid7();
    struct admission driven = admit_one(next);

    assert_int_equal(driven.decision, DECISION_SUPERSEDED);
    assert_int_equal(fixture_run(parked.run).status, RUN_CANCELLED);
    int epoch = fixture_claim(driven.run);

    next.run = id_uuid7();
    struct admission queued = admit_one(next);

    assert_int_equal(queued.decision, DECISION_QUEUED);
    assert_true(fixture_run(driven.run).cancel_requested);
    assert_int_equal(fixture_end(driven.run, epoch), JOURNAL_COMMITTED);
    assert_int_equal(fixture_claim(queued.run), 1);
}

static void supersede_terminates_older_versions_and_fences_their_worker(void **state)
{
    struct admission old = singleton("super");
    struct admission new = singleton("super");
    (void)state;

    fixture_flow("super", "1", true);
    old.on_new_version = new.on_new_version = ON_NEW_SUPERSEDE;
    old = admit_one(old);
    int epoch = fixture_claim(old.run);

    fixture_flow("super", "2", true);
    new = admit_one(new);
    assert_int_equal(new.decision, DECISION_SUPERSEDED);
    assert_int_equal(fixture_run(old.run).status, RUN_TERMINATED);
    assert_int_equal(fixture_end(old.run, epoch), JOURNAL_FENCED);
    assert_int_equal(fixture_claim(new.run), 1);
}

static void a_start_of_an_older_version_does_not_end_newer_runs(void **state)
{
    struct admission new = singleton("older");
    struct admission old = singleton("older");
    int64_t first = fixture_flow("older", "1", true);
    (void)state;

    fixture_flow("older", "2", true);
    old.on_new_version = new.on_new_version = ON_NEW_SUPERSEDE;
    new = admit_one(new);
    old.pinned = true;
    old.version = first;
    old = admit_one(old);
    assert_int_equal(old.decision, DECISION_QUEUED);
    assert_int_equal(fixture_end(new.run, fixture_claim(new.run)), JOURNAL_COMMITTED);
    assert_int_equal(fixture_claim(old.run), 1);
}

static void drain_waits_for_the_runs_of_other_versions(void **state)
{
    struct admission old = singleton("drain");
    struct admission new = singleton("drain");
    (void)state;

    fixture_flow("drain", "1", true);
    old.on_new_version = new.on_new_version = ON_NEW_DRAIN;
    old.limit = new.limit = 5;
    old = admit_one(old);
    fixture_flow("drain", "2", true);
    assert_int_equal(admit_one(new).decision, DECISION_QUEUED);
    assert_int_equal(fixture_end(old.run, fixture_claim(old.run)), JOURNAL_COMMITTED);
    assert_int_equal(fixture_claim(new.run), 1);
}

static void coexisting_versions_count_apart(void **state)
{
    struct admission new = singleton("co");
    (void)state;

    fixture_flow("co", "1", true);
    admit_one(singleton("co"));
    fixture_flow("co", "2", true);
    assert_int_equal(admit_one(new).decision, DECISION_COEXISTED);
    new.run = id_uuid7();
    assert_int_equal(admit_one(new).decision, DECISION_QUEUED);
}

static void assert_effect(const struct admission_batch *batch, size_t index,
                          enum admission_effect_kind kind, struct uuid run)
{
    assert_true(index < batch->effect_count);
    assert_int_equal(batch->effects[index].kind, kind);
    assert_int_equal(id_compare(batch->effects[index].run, run), 0);
    assert_ptr_equal(batch->effects[index].cause, batch->admissions);
}

static struct admission_batch admit_telling(struct admission *admission)
{
    struct admission_batch batch = {.call = fixture_call(), .admissions = admission, .count = 1};

    admission_start(&batch);
    fixture_await_well();
    assert_int_equal(admission->outcome, ADMITTED);
    return batch;
}

static void an_admission_tells_whom_it_stopped_ended_and_let_start(void **state)
{
    struct admission old, new;
    (void)state;

    fixture_flow("effects", "1", true);
    old = singleton("effects");
    old.on_new_version = ON_NEW_SUPERSEDE;
    assert_int_equal(admit_telling(&old).effect_count, 0);
    fixture_claim(old.run);
    fixture_flow("effects", "2", true);
    new = singleton("effects");
    new.on_new_version = ON_NEW_SUPERSEDE;
    struct admission_batch batch = admit_telling(&new);

    assert_int_equal(batch.effect_count, 2);
    assert_effect(&batch, 0, ADMISSION_STOPS, old.run);
    assert_effect(&batch, 1, ADMISSION_ENDED, old.run);

    // One that is driven is asked, one in line ends.
    struct admission line = singleton("effects");
    struct admission last = singleton("effects");

    line.on_new_version = last.on_new_version = ON_NEW_DRAIN;
    fixture_claim(new.run);
    assert_int_equal(admit_telling(&line).effect_count, 0);
    last.on_conflict = ON_CONFLICT_CANCEL;
    batch = admit_telling(&last);
    assert_int_equal(batch.effect_count, 2);
    assert_effect(&batch, 0, ADMISSION_STOPS, new.run);
    assert_effect(&batch, 1, ADMISSION_ENDED, line.run);
}

static void an_admission_that_supersedes_lets_the_line_go_on(void **state)
{
    struct admission old, queued, new;
    (void)state;

    fixture_flow("lets", "1", true);
    old = admit_one(singleton("lets"));
    fixture_flow("lets", "2", true);
    queued = singleton("lets");
    queued.on_new_version = ON_NEW_DRAIN;
    queued = admit_one(queued);
    assert_int_equal(queued.decision, DECISION_QUEUED);
    new = singleton("lets");
    new.on_new_version = ON_NEW_SUPERSEDE;
    struct admission_batch batch = admit_telling(&new);

    assert_int_equal(new.decision, DECISION_QUEUED);
    assert_int_equal(batch.effect_count, 2);
    assert_effect(&batch, 0, ADMISSION_ENDED, old.run);
    assert_effect(&batch, 1, ADMISSION_WOKE, queued.run);
    assert_int_equal(batch.effects[1].cause->flow, old.flow);
    assert_int_equal(fixture_claim(queued.run), 1);
}

static void assert_claimed(struct uuid run)
{
    struct run_record record = fixture_run(run);

    assert_int_equal(record.status, RUN_RUNNING);
    assert_int_equal(record.owner, world.owner);
    assert_int_equal(record.epoch, 1);
    assert_int_equal(record.claims, 1);
    assert_int_equal(record.crashes, 0);
    assert_int_equal(record.started_ms, record.created_ms);
    assert_true(record.wake_ms > 0); // due at once if its owner dies
    assert_int_equal(fixture_claim_for(world.owner + 1, run).refused[0].why, CLAIM_OWNED);
}

static void a_run_may_be_claimed_by_its_admission(void **state)
{
    struct admission admission = fixture_admission("claimed");
    (void)state;

    fixture_flow("claimed", "1", true);
    admission.owner = world.owner;
    admission.idempotency_key = TEXT("claimed");
    admission.request_hash = TEXT("hash");
    struct admission first = admit_one(admission);

    assert_int_equal(first.outcome, ADMITTED);
    assert_true(first.claimed);
    assert_int_equal(first.status, RUN_RUNNING);
    assert_int_equal(first.release, 1);
    assert_claimed(first.run);
    assert_int_equal(first.admitted_ms, fixture_run(first.run).created_ms);
    // The same request, its answer lost: still ours to drive.
    assert_true(admit_one(admission).claimed);
    // Another request with that key meets the run of somebody else.
    admission.run = id_uuid7();
    struct admission second = admit_one(admission);

    assert_int_equal(second.outcome, ADMIT_EXISTING);
    assert_false(second.claimed);
}

static void an_admission_sent_again_does_not_claim_what_went_on_without_it(void **state)
{
    struct admission admission = fixture_admission("went-on");
    (void)state;

    fixture_flow("went-on", "1", true);
    admission.owner = world.owner;
    assert_true(admit_one(admission).claimed);
    struct claim_disown disown = {.call = fixture_call(), .owner = world.owner};

    claim_disown_start(&disown);
    fixture_await_well();
    struct admission again = admit_one(admission);

    assert_int_equal(again.outcome, ADMITTED);
    assert_false(again.claimed);
    assert_int_equal(fixture_claim(admission.run), 3);
    assert_false(admit_one(admission).claimed);
}

static void in_a_batch_each_run_is_claimed_or_not(void **state)
{
    struct admission admissions[6];
    (void)state;

    fixture_flow("some", "1", true);
    for (size_t i = 0; i < ARRAY_COUNT(admissions); i++) {
        admissions[i] = fixture_admission("some");
        if (i % 2 == 0) admissions[i].owner = world.owner;
    }
    for (int again = 0; again < 2; again++) {
        fixture_admit_all(admissions, ARRAY_COUNT(admissions));
        for (size_t i = 0; i < ARRAY_COUNT(admissions); i++) {
            assert_int_equal(admissions[i].outcome, ADMITTED);
            assert_int_equal(admissions[i].claimed, i % 2 == 0);
            if (i % 2 == 0) assert_int_equal(admissions[i].release, 1);
        }
    }
    assert_claimed(admissions[0].run);
    assert_int_equal(fixture_run(admissions[1].run).status, RUN_QUEUED);
    assert_int_equal(fixture_claim(admissions[1].run), 1);
}

/* As one by one: new runs, one that is there, one whose request differs, and the lost answer. */
static void a_batch_with_idempotency_keys_that_differ_is_decided_as_each_alone(void **state)
{
    struct admission admissions[4];
    static const char *const keys[] = {"one", "two", "three", NULL};
    (void)state;

    fixture_flow("differ", "1", true);
    for (size_t i = 0; i < ARRAY_COUNT(admissions); i++) {
        admissions[i] = fixture_admission("differ");
        admissions[i].owner = world.owner;
        if (!keys[i]) continue;
        admissions[i].idempotency_key = text_from(keys[i]);
        admissions[i].request_hash = TEXT("hash");
    }
    struct admission first = admit_one(admissions[1]);
    struct admission other = admit_one(admissions[2]);

    admissions[1].run = admissions[2].run = id_uuid7();
    admissions[1].run.bytes[15] ^= 1;
    admissions[2].request_hash = TEXT("another");
    for (int again = 0; again < 2; again++) {
        fixture_admit_all(admissions, ARRAY_COUNT(admissions));
        assert_int_equal(admissions[0].outcome, ADMITTED);
        assert_true(admissions[0].claimed);
        assert_int_equal(admissions[0].number, 3);
        assert_int_equal(admissions[1].outcome, ADMIT_EXISTING);
        assert_int_equal(id_compare(admissions[1].out_run, first.run), 0);
        assert_int_equal(admissions[1].number, 1);
        assert_false(admissions[1].claimed);
        assert_int_equal(admissions[2].outcome, ADMIT_CONFLICT);
        assert_int_equal(id_compare(admissions[2].out_run, other.run), 0);
        assert_int_equal(admissions[3].outcome, ADMITTED);
        assert_int_equal(admissions[3].number, 4);
    }
    assert_sql("select idempotency_key from weir.runs where idempotency_key = 'one'", "one");
    assert_sql("select run_counter from weir.flows where slug = 'differ'", "4");
}

static void a_server_whose_lease_has_passed_claims_nothing(void **state)
{
    struct admission admissions[3];
    (void)state;

    fixture_flow("late", "1", true);
    for (size_t i = 0; i < ARRAY_COUNT(admissions); i++) {
        admissions[i] = fixture_admission("late");
        admissions[i].owner = CLAIM_OWNER(999999, 0);
    }
    struct admission one = admit_one(admissions[0]);

    assert_int_equal(one.outcome, ADMITTED);
    assert_false(one.claimed);
    fixture_admit_all(admissions + 1, 2);
    assert_false(admissions[1].claimed);
    assert_int_equal(fixture_claim(admissions[1].run), 1);
}

static void a_run_with_a_concurrency_key_is_never_claimed(void **state)
{
    struct admission one = singleton("keyed-claim");
    (void)state;

    fixture_flow("keyed-claim", "1", true);
    one.owner = world.owner;
    one = admit_one(one);
    assert_int_equal(one.outcome, ADMITTED);
    assert_false(one.claimed);
    assert_int_equal(fixture_claim(one.run), 1);
}

static void a_single_admission_says_what_is_wrong(void **state)
{
    struct admission admission = fixture_admission("nobody");
    (void)state;

    admission.owner = world.owner;
    assert_int_equal(admit_one(admission).outcome, ADMIT_NO_FLOW);
    int64_t version = fixture_flow("lonely", "1", false);

    admission = fixture_admission("lonely");
    admission.owner = world.owner;
    assert_int_equal(admit_one(admission).outcome, ADMIT_NO_VERSION);
    admission.target = TARGET_DRAFT;
    admission.version = version + 1000;
    struct admission moved = admit_one(admission);

    assert_int_equal(moved.outcome, ADMIT_MOVED);
    assert_int_equal(moved.out_version, version);
    assert_false(moved.claimed);
    assert_sql("select count(*) from weir.runs r join weir.flows f on f.id = r.flow "
               "where f.slug = 'lonely'",
               "0");
    assert_sql("select run_counter from weir.flows where slug = 'lonely'", "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_admissions_share_a_transaction_and_are_numbered_in_order),
        cmocka_unit_test(a_repeated_idempotency_key_answers_the_first_run),
        cmocka_unit_test(the_same_key_twice_in_one_batch_or_at_once_starts_one_run),
        cmocka_unit_test(a_connection_lost_under_an_admission_admits_once),
        cmocka_unit_test(draft_and_live_have_their_own_pointers),
        cmocka_unit_test(a_batch_without_keys_decides_on_each_of_its_runs),
        cmocka_unit_test(an_archived_flow_starts_nothing),
        cmocka_unit_test(a_singleton_is_queued_first_come_first_served),
        cmocka_unit_test(the_key_is_held_over_a_wait),
        cmocka_unit_test(the_end_tells_who_may_start),
        cmocka_unit_test(keys_do_not_hinder_one_another),
        cmocka_unit_test(a_limit_lets_that_many_start),
        cmocka_unit_test(on_conflict_drop_starts_nothing_and_names_the_holder),
        cmocka_unit_test(on_conflict_coexist_starts_beside),
        cmocka_unit_test(cancel_running_ends_who_is_parked_and_asks_who_is_driven),
        cmocka_unit_test(supersede_terminates_older_versions_and_fences_their_worker),
        cmocka_unit_test(a_start_of_an_older_version_does_not_end_newer_runs),
        cmocka_unit_test(drain_waits_for_the_runs_of_other_versions),
        cmocka_unit_test(coexisting_versions_count_apart),
        cmocka_unit_test(an_admission_tells_whom_it_stopped_ended_and_let_start),
        cmocka_unit_test(an_admission_that_supersedes_lets_the_line_go_on),
        cmocka_unit_test(a_run_may_be_claimed_by_its_admission),
        cmocka_unit_test(an_admission_sent_again_does_not_claim_what_went_on_without_it),
        cmocka_unit_test(in_a_batch_each_run_is_claimed_or_not),
        cmocka_unit_test(a_batch_with_idempotency_keys_that_differ_is_decided_as_each_alone),
        cmocka_unit_test(a_server_whose_lease_has_passed_claims_nothing),
        cmocka_unit_test(a_run_with_a_concurrency_key_is_never_claimed),
        cmocka_unit_test(a_single_admission_says_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
