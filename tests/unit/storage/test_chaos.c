/*
 * A worker, its runs and those who answer them, while connections are cut and the database crashes,
 * from one printed seed (or WEIR_SEED). Whatever happens: what was acknowledged is there, every run
 * ends, no step is written twice, and the first answer that was acknowledged is the one that the
 * run got.
 *
 * Each run: a step, a wait (by the last byte of its id an approval, a callback, an event or a
 * timer), a step, the end.
 */
#include "base/parse.h"
#include "tests/unit/storage/storage_fixture.h"

#include <signal.h>

#define RUNS          160
#define ROUNDS        40
#define ADMITS        6 /* a round */
#define ANSWERS       12
#define FINAL_ROUNDS  400
#define CRASH_EVERY   16 /* rounds */
#define LONG_LEASE_MS 600000

enum life { LIFE_NEW, LIFE_UNKNOWN, LIFE_ADMITTED };

struct model {
    struct admission admission;
    enum life life;
    int answer_count;
    bool is_unsure;   /* an answer of unknown fate was sent before any was acknowledged */
    bool is_answered; /* acknowledged, with: */
    char winner[16];
};

struct answer {
    struct model *model;
    char payload[16];
    struct signal_deliver signal;
    struct signal_event event;
};

static struct model models[RUNS];
static uint64_t seed = 20261121;
static bool must_disown = true;
static size_t failures;

static uint32_t dice(uint32_t bound)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 33) % bound;
}

static enum wait_mode mode_of(struct uuid run)
{
    static const enum wait_mode modes[] = {WAIT_APPROVAL, WAIT_CALLBACK, WAIT_EVENT, WAIT_TIMER};

    return modes[run.bytes[15] % ARRAY_COUNT(modes)];
}

/* ---- what breaks ---- */

/* A crash ends every connection: waits until ours has noticed, then until one is had again. */
static void await_recovery(void)
{
    struct pg_config config = private_pg_config(&world.server);
    struct pg_sync *sync;
    struct error err = {0};

    while (pg_sync_script(world.sync, "select 1", &err)) {
    }
    pg_sync_free(world.sync);
    while (!(sync = pg_sync_new(&config, &err))) {
        (void)poll(NULL, 0, 20);
    }
    world.sync = sync;
}

/* Kills a backend: Postgres loses its memory, and with it the claims that were not on disk. */
static void crash(void)
{
    int64_t pid = 0;
    struct text found =
        fixture_sql("select pid from pg_stat_activity where usename = 'weir_engine' "
                    "order by random() limit 1");

    if (!found.ptr || !parse_int64(found, &pid)) return;
    if (kill((pid_t)pid, SIGKILL) != 0) return; // it has just ended by itself
    await_recovery();
}

static void cut_connections(void)
{
    fixture_sql("select count(pg_terminate_backend(pid)) from pg_stat_activity "
                "where usename in ('weir_engine', 'weir_gateway') and random() < 0.6");
}

/* ---- admissions ---- */

static void on_admitted(struct storage_call *call, const struct error *err)
{
    struct admission_batch *batch = CONTAINER_OF(call, struct admission_batch, call);

    world.pending--;
    for (size_t i = 0; i < batch->count; i++) {
        struct model *model = CONTAINER_OF(&batch->admissions[i], struct model, admission);

        if (!err) assert_int_equal(model->admission.outcome, ADMITTED);
        model->life = err ? LIFE_UNKNOWN : LIFE_ADMITTED;
    }
    failures += err != NULL;
}

/* The next ones, or again those whose answer was lost. */
static void start_admissions(size_t count)
{
    static const char *const keys[] = {"a", "b", "c", "d"};

    for (size_t i = 0; i < RUNS && count > 0; i++) {
        struct model *model = &models[i];

        if (model->life == LIFE_ADMITTED) continue;
        if (model->life == LIFE_NEW) {
            model->admission = fixture_admission("chaos");
            if (dice(3) == 0) {
                model->admission.key = text_from(keys[dice(4)]);
                model->admission.limit = (int)dice(3) + 1;
                model->admission.on_new_version = ON_NEW_DRAIN;
            }
        }
        struct admission_batch *batch = ARENA_NEW(&world.arena, struct admission_batch);

        *batch = (struct admission_batch){
            .call = fixture_call(), .admissions = &model->admission, .count = 1};
        batch->call.on_done = on_admitted;
        admission_start(batch);
        count--;
    }
}

/* ---- answers ---- */

static void note_answer(struct answer *answer, bool is_first, const struct error *err)
{
    struct model *model = answer->model;

    world.pending--;
    failures += err != NULL;
    if (model->is_answered) {
        if (!err) assert_false(is_first); // one winner
        return;
    }
    if (err) {
        model->is_unsure = true;
    } else if (is_first) {
        model->is_answered = true;
        memcpy(model->winner, answer->payload, sizeof(model->winner));
    }
}

static void on_signalled(struct storage_call *call, const struct error *err)
{
    struct signal_deliver *signal = CONTAINER_OF(call, struct signal_deliver, call);

    note_answer(CONTAINER_OF(signal, struct answer, signal),
                signal->outcome == SIGNAL_RESOLVED || signal->outcome == SIGNAL_KEPT, err);
}

static void on_event(struct storage_call *call, const struct error *err)
{
    struct signal_event *event = CONTAINER_OF(call, struct signal_event, call);
    struct answer *answer = CONTAINER_OF(event, struct answer, event);

    // Those after the first are kept for other waits, of which there are none.
    note_answer(answer, !answer->model->is_answered, err);
}

/* Answers of one run come one after another, so that the order of their commits is known. */
static void start_answer(struct model *model)
{
    struct answer *answer = ARENA_NEW(&world.arena, struct answer);
    enum wait_mode mode = mode_of(model->admission.run);

    if (mode == WAIT_TIMER) return;
    answer->model = model;
    (void)snprintf(answer->payload, sizeof(answer->payload), "answer %d", model->answer_count++);
    if (mode == WAIT_EVENT) {
        char *key = arena_try(&world.arena, UUID_TEXT_SIZE);

        id_format(model->admission.run, key);
        answer->event = (struct signal_event){.call = fixture_call(),
                                              .name = TEXT("event"),
                                              .key = text_from(key),
                                              .payload = text_from(answer->payload)};
        answer->event.call.on_done = on_event;
        signal_event_start(&answer->event);
        return;
    }
    answer->signal = (struct signal_deliver){.call = fixture_call(),
                                             .run = model->admission.run,
                                             .address = TEXT("w#1"),
                                             .mode = (int)mode,
                                             .payload = text_from(answer->payload)};
    answer->signal.call.on_done = on_signalled;
    signal_deliver_start(&answer->signal);
}

static void start_answers(size_t count)
{
    bool taken[RUNS] = {false};

    for (size_t i = 0; i < count; i++) {
        size_t at = dice(RUNS);

        if (models[at].life != LIFE_ADMITTED || taken[at]) continue;
        taken[at] = true;
        start_answer(&models[at]);
    }
}

/* ---- the worker ---- */

struct drive {
    struct journal_entry entry;
    struct journal_row rows[2];
    struct journal_wait wait;
    struct text consumed;
    char key[UUID_TEXT_SIZE];
};

static void first_part(struct drive *drive, const struct claim_run *run)
{
    struct journal_entry *entry = &drive->entry;

    assert_int_equal(run->wait_count, 0);
    drive->rows[0] = fixture_row(1, "a#1");
    drive->wait =
        fixture_wait("w#1", mode_of(run->id), mode_of(run->id) == WAIT_TIMER ? 20 : 600000);
    if (drive->wait.mode == WAIT_TIMER) drive->wait.step_type = TEXT("sleep"); // counts if stopped
    if (drive->wait.mode == WAIT_EVENT) {
        id_format(run->id, drive->key);
        drive->wait.event_name = TEXT("event");
        drive->wait.event_key = text_from(drive->key);
    }
    entry->rows = drive->rows;
    entry->row_count = 1;
    entry->waits = &drive->wait;
    entry->wait_count = 1;
    entry->change = JOURNAL_PARKS;
}

static void last_part(struct drive *drive, const struct claim_run *run)
{
    struct journal_entry *entry = &drive->entry;

    assert_int_equal(run->row_count, 1);
    assert_int_equal(run->wait_count, 1);
    if (run->waits[0].status == WAIT_OPEN) {
        entry->change = JOURNAL_PARKS;
        return;
    }
    drive->rows[0] = fixture_row(2, "w#1");
    drive->rows[0].kind = STEP_KIND_WAIT;
    drive->rows[1] = fixture_row(3, "b#1");
    drive->consumed = TEXT("w#1");
    entry->rows = drive->rows;
    entry->row_count = 2;
    entry->consumed = &drive->consumed;
    entry->consumed_count = 1;
    entry->change = JOURNAL_ENDS;
    entry->status = RUN_COMPLETED;
    entry->result = run->waits[0].resolution;
}

static void drive_run(struct drive *drive, const struct claim_run *run)
{
    drive->entry = fixture_entry(run->id, run->epoch);
    if (run->cancel_requested) {
        drive->entry.change = JOURNAL_ENDS;
        drive->entry.status = RUN_CANCELLED;
    } else if (dice(10) == 0) {
        drive->entry.change = JOURNAL_GIVES_BACK;
    } else if (run->row_count == 0) {
        first_part(drive, run);
    } else {
        last_part(drive, run);
    }
}

static void on_claimed(struct storage_call *call, const struct error *err)
{
    (void)call;
    world.pending--;
    must_disown |= err != NULL;
    failures += err != NULL;
}

static void on_disowned(struct storage_call *call, const struct error *err)
{
    (void)call;
    world.pending--;
    must_disown = err != NULL;
}

static void on_batch(struct journal_batch *batch, const struct error *err)
{
    (void)batch;
    world.pending--;
    must_disown |= err != NULL;
    failures += err != NULL;
}

static void let_go(void)
{
    while (must_disown) {
        struct claim_disown disown = {.call = fixture_call(), .owner = world.owner};

        disown.call.on_done = on_disowned;
        claim_disown_start(&disown);
        fixture_await();
    }
}

static void start_batches(struct journal_batch *batches, struct drive *drives,
                          const struct claim *claim)
{
    for (int lane = 0; lane < 2; lane++) {
        journal_init(&batches[lane], world.storage, world.owner, lane);
        batches[lane].on_done = on_batch;
    }
    for (size_t i = 0; i < claim->run_count; i++) {
        drive_run(&drives[i], &claim->runs[i]);
        assert_true(journal_add(&batches[claim->runs[i].id.bytes[14] % 2], &drives[i].entry));
    }
    for (int lane = 0; lane < 2; lane++) {
        if (journal_is_empty(&batches[lane])) continue;
        world.pending++;
        journal_start(&batches[lane]);
    }
}

static void check_outcomes(const struct drive *drives, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum journal_outcome outcome = drives[i].entry.outcome;

        assert_true(outcome == JOURNAL_COMMITTED || outcome == JOURNAL_FENCED ||
                    outcome == JOURNAL_UNKNOWN);
    }
}

static void start_cancel(void)
{
    struct model *model = &models[dice(RUNS)];
    struct run_cancel *cancel = ARENA_NEW(&world.arena, struct run_cancel);

    if (model->life != LIFE_ADMITTED) return;
    *cancel = (struct run_cancel){
        .call = fixture_call(), .id = model->admission.run, .force = dice(2) == 0};
    run_record_cancel_start(cancel);
}

/* A claim and what comes of it, with everything else at the same time. */
static void play_round(int round)
{
    struct journal_batch batches[2];
    struct claim claim = {.call = fixture_call(), .owner = world.owner, .limit = LIMIT_CLAIM};
    bool breaks = round < ROUNDS && dice(2) == 0;

    claim.call.on_done = on_claimed;
    claim_start(&claim);
    if (round < ROUNDS) start_admissions(ADMITS);
    start_answers(ANSWERS);
    for (uint32_t turns = dice(6); breaks && turns > 0; turns--) {
        loop_turn(world.loop, 1);
    }
    if (breaks && dice(2) == 0) cut_connections();
    fixture_await();
    struct drive *drives = ARENA_ARRAY(&world.arena, LIMIT_CLAIM, struct drive);
    size_t count = must_disown ? 0 : claim.run_count;

    claim.run_count = count;
    start_batches(batches, drives, &claim);
    if (round < ROUNDS && dice(2) == 0) start_cancel();
    for (uint32_t turns = dice(6); breaks && turns > 0; turns--) {
        loop_turn(world.loop, 1);
    }
    if (breaks) cut_connections();
    if (round < ROUNDS && round % CRASH_EVERY == CRASH_EVERY - 1) crash();
    fixture_await();
    check_outcomes(drives, count);
    journal_done(&batches[0]);
    journal_done(&batches[1]);
    let_go();
    arena_reset(&world.arena);
}

static bool all_ended(void)
{
    bool ended =
        text_equal(fixture_sql("select count(*) from weir.runs where status < 3"), TEXT("0"));

    arena_reset(&world.arena);
    return ended;
}

static void every_run_ends_through_cuts_and_crashes(void **state)
{
    int round = 0;
    const char *given = getenv("WEIR_SEED");
    int64_t number;
    (void)state;

    if (given && parse_int64(text_from(given), &number)) seed = (uint64_t)number;
    print_message("seed %llu\n", (unsigned long long)seed);
    fixture_flow("chaos", "1", true);
    world.owner = CLAIM_OWNER(fixture_server(LONG_LEASE_MS), 1);
    let_go();
    for (; round < ROUNDS; round++) {
        play_round(round);
    }
    print_message("%zu calls failed on the way\n", failures);
    assert_true(failures > 0);
    for (bool is_left = true; is_left;) { // what nobody knows of is asked for again
        start_admissions(RUNS);
        fixture_await();
        is_left = false;
        for (size_t i = 0; i < RUNS; i++) {
            is_left |= models[i].life != LIFE_ADMITTED;
        }
    }
    while (!all_ended()) {
        assert_true(round++ < ROUNDS + FINAL_ROUNDS);
        for (size_t i = 0; i < RUNS; i++) {
            if (!models[i].is_answered) start_answer(&models[i]);
        }
        fixture_await();
        play_round(round);
    }
    assert_sql("select count(*) from weir.runs where owner is not null or wake_at is not null",
               "0");
    assert_sql("select count(*) from weir.concurrency_slots", "0");
    assert_sql("select count(*) from weir.waits where status = 0", "0");
}

static void what_was_acknowledged_is_there_and_nothing_twice(void **state)
{
    (void)state;

    assert_sql("select count(*) from weir.runs", "160");
    assert_sql("select count(*) = count(distinct number) from weir.runs", "t");
    assert_sql("select count(*) from weir.runs r where status = 3 and (select string_agg(address, "
               "',' order by sequence) from weir.steps s where s.workspace = r.workspace "
               "and s.run = r.id) is distinct from 'a#1,w#1,b#1'",
               "0");
    assert_sql("select count(*) from (select run, count(*) as n, max(sequence) as last, "
               "count(distinct address) as different from weir.steps group by run) x "
               "where n <> last or n <> different",
               "0");
    assert_sql("select count(*) from weir.waits w join weir.runs r on r.id = w.run where "
               "r.status = 3 and (not w.consumed or w.resolution is distinct from r.result)",
               "0");
}

static void a_run_got_the_answer_that_was_acknowledged_first(void **state)
{
    size_t checked = 0;
    (void)state;

    for (size_t i = 0; i < RUNS; i++) {
        const struct model *model = &models[i];
        struct run_record run = fixture_run(model->admission.run);

        if (!model->is_answered || model->is_unsure || run.status != RUN_COMPLETED) continue;
        assert_text(run.result, model->winner);
        checked++;
        arena_reset(&world.arena);
    }
    print_message("%zu answers checked\n", checked);
    assert_true(checked > RUNS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_ends_through_cuts_and_crashes),
        cmocka_unit_test(what_was_acknowledged_is_there_and_nothing_twice),
        cmocka_unit_test(a_run_got_the_answer_that_was_acknowledged_first),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
