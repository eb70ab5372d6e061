/*
 * Admissions, ends, cancels and signals at once, from one printed seed: whatever the order, every
 * admitted run ends, its steps are written once, no key stays held, and nothing fails.
 */
#include "tests/unit/storage/storage_fixture.h"

#define ROUNDS   40
#define BATCHES  4
#define PER      6
#define FLOWS    3
#define KEYS     3
#define CANCELS  4
#define RUNS_MAX (ROUNDS * BATCHES * PER)

static uint64_t seed = 20261120;

static uint32_t dice(uint32_t bound)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 33) % bound;
}

static const char *const slugs[FLOWS] = {"f0", "f1", "f2"};
static const char *const keys[KEYS] = {"a", "b", "c"};

static struct uuid runs[RUNS_MAX];
static size_t run_count;

static void start_admissions(struct admission_batch *batches, struct admission *admissions)
{
    for (size_t b = 0; b < BATCHES; b++) {
        for (size_t i = 0; i < PER; i++) {
            struct admission *admission = &admissions[b * PER + i];

            *admission = fixture_admission(slugs[dice(FLOWS)]);
            admission->key = text_from(keys[dice(KEYS)]);
            admission->limit = (int)dice(2) + 1;
            admission->on_new_version = ON_NEW_DRAIN;
            admission->on_conflict = dice(3) == 0 ? ON_CONFLICT_CANCEL : ON_CONFLICT_QUEUE;
        }
        batches[b] = (struct admission_batch){
            .call = fixture_call(), .admissions = &admissions[b * PER], .count = PER};
        admission_start(&batches[b]);
    }
}

static void start_cancels(struct run_cancel *cancels)
{
    for (size_t i = 0; i < CANCELS && run_count > 0; i++) {
        cancels[i] = (struct run_cancel){
            .call = fixture_call(), .id = runs[dice((uint32_t)run_count)], .force = dice(2) == 0};
        run_record_cancel_start(&cancels[i]);
    }
}

/* Ends what was claimed, or parks it for an instant, in two batches on two lanes. */
static void start_batches(struct journal_batch *batches, struct journal_entry *entries,
                          const struct claim *claim)
{
    static struct journal_row row;

    row = fixture_row(1, "a#1");
    for (int b = 0; b < 2; b++) {
        journal_init(&batches[b], world.storage, world.owner, b);
        batches[b].on_done = fixture_on_batch;
        for (size_t n = 0; n < claim->run_count; n++) {
            size_t i = b == 0 ? n : claim->run_count - 1 - n; // in opposite orders
            const struct claim_run *run = &claim->runs[i];

            if ((int)(i % 2) != b) continue;
            entries[i] = fixture_entry(run->id, run->epoch);
            if (run->row_count == 0) {
                entries[i].rows = &row;
                entries[i].row_count = 1;
            }
            bool ends = run->row_count > 0 || run->cancel_requested || dice(2) == 0;

            entries[i].change = ends ? JOURNAL_ENDS : JOURNAL_GIVES_BACK;
            entries[i].status = RUN_COMPLETED;
            assert_true(journal_add(&batches[b], &entries[i]));
        }
        if (journal_is_empty(&batches[b])) continue;
        world.pending++;
        journal_start(&batches[b]);
    }
}

static size_t play_round(bool admits)
{
    struct admission admissions[BATCHES * PER];
    struct admission_batch admitting[BATCHES];
    struct run_cancel cancels[CANCELS];
    struct journal_batch batches[2];
    struct journal_entry entries[LIMIT_CLAIM];
    struct claim claim = {.call = fixture_call(), .owner = world.owner, .limit = LIMIT_CLAIM};

    claim_start(&claim);
    fixture_await_well();
    if (admits) start_admissions(admitting, admissions);
    start_batches(batches, entries, &claim);
    if (admits) start_cancels(cancels);
    while (world.pending > 0) {
        loop_turn(world.loop, -1);
        assert_int_equal(world.err.code, E_NONE);
    }
    for (size_t i = 0; i < claim.run_count; i++) {
        assert_in_range(entries[i].outcome, JOURNAL_COMMITTED, JOURNAL_FENCED);
    }
    for (size_t i = 0; admits && i < ARRAY_COUNT(admissions); i++) {
        assert_int_equal(admissions[i].outcome, ADMITTED);
        runs[run_count++] = admissions[i].run;
    }
    journal_done(&batches[0]);
    journal_done(&batches[1]);
    arena_reset(&world.arena);
    return claim.run_count;
}

static void whatever_the_order_every_run_ends_and_no_key_stays_held(void **state)
{
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);

    for (size_t i = 0; i < FLOWS; i++) {
        fixture_flow(slugs[i], "1", true);
    }
    for (int i = 0; i < ROUNDS; i++) {
        play_round(true);
    }
    while (play_round(false) > 0) {
    }
    assert_sql("select count(*) from weir.runs where status < 3", "0");
    assert_sql("select count(*) from weir.runs where owner is not null or wake_at is not null",
               "0");
    assert_sql("select count(*) from weir.concurrency_slots", "0");
    assert_sql("select count(*) - (select count(distinct run) from weir.steps) from weir.steps",
               "0");
    assert_sql("select count(*) from weir.runs r where status = 3 and not exists "
               "(select from weir.steps s where s.workspace = r.workspace and s.run = r.id)",
               "0");
}

/* Turns the loop until so many backends wait for a lock. */
static void await_lock_waits(int count)
{
    struct text waits;
    char expected[16];

    (void)snprintf(expected, sizeof(expected), "%d", count);
    do {
        loop_turn(world.loop, 10);
        waits = fixture_sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'");
    } while (!text_equal(waits, text_from(expected)));
}

static void an_admission_stops_runs_in_the_order_in_which_batches_lock_them(void **state)
{
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    struct pg_sync *other = pg_sync_new(&config, &err);
    struct admission first[2], next[2];
    struct journal_entry entries[2];
    struct journal_row row = fixture_row(1, "a#1");
    struct journal_batch batch;
    (void)state;

    for (int i = 0; i < 2; i++) {
        first[i] = fixture_admission(slugs[0]);
        first[i].key = text_from(keys[i]);
        first[i].limit = 1;
        first[i].on_new_version = ON_NEW_DRAIN;
        first[i].on_conflict = ON_CONFLICT_CANCEL;
        next[1 - i] = first[i]; // the other way round
        next[1 - i].run = id_uuid7();
    }
    fixture_admit_all(first, 2);
    journal_init(&batch, world.storage, world.owner, 0);
    batch.on_done = fixture_on_batch;
    for (int i = 0; i < 2; i++) {
        entries[i] = fixture_entry(first[i].run, fixture_claim(first[i].run));
        entries[i].rows = &row;
        entries[i].row_count = 1;
        assert_true(journal_add(&batch, &entries[i]));
    }
    // The batch stands before the first run, the admission behind it; then both go on.
    assert_true(pg_sync_script(
        other,
        "begin; select 1 from weir.runs where owner is not null order by id limit 1 for update",
        &err));
    world.pending++;
    journal_start(&batch);
    await_lock_waits(1);
    struct admission_batch admitting = {.call = fixture_call(), .admissions = next, .count = 2};

    admission_start(&admitting);
    await_lock_waits(2);
    assert_true(pg_sync_script(other, "commit", &err));
    fixture_await_well();
    pg_sync_free(other);
    journal_done(&batch);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(next[i].decision, DECISION_QUEUED);
        assert_int_equal(entries[i].outcome, JOURNAL_COMMITTED);
    }
}

static void locks_are_taken_in_one_order(void **state)
{
    (void)state;

    fixture_sql("select pg_stat_force_next_flush()");
    assert_sql("select deadlocks from pg_stat_database where datname = current_database()", "0");
}

static void numbers_are_dense_in_each_flow(void **state)
{
    (void)state;

    assert_sql("select count(*) from (select flow, max(number) - count(*) as gap from weir.runs "
               "group by flow) x where gap <> 0",
               "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_the_order_every_run_ends_and_no_key_stays_held),
        cmocka_unit_test(an_admission_stops_runs_in_the_order_in_which_batches_lock_them),
        cmocka_unit_test(locks_are_taken_in_one_order),
        cmocka_unit_test(numbers_are_dense_in_each_flow),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
