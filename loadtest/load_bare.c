/*
 * weir-load-bare: the rows that runs of one flow leave, written by the statements that the server
 * itself uses (storage/), on two connections, with nothing around: no gateway, no virtual machine,
 * no Redis. It is the bound that this machine and this schema set to the server.
 *
 * A wave of runs goes through the life that a run has in the database; several waves are under way,
 * so that the connections always have something to do.
 *
 *     of a wave:  ADMIT, claimed --> COMMIT, --commits of them --> ADMIT …
 *
 * A wave is as large as makes its commits full batches. Each commit takes the locks of its runs and
 * checks (owner, epoch); each run ends with its last one. The flow has to be there and released,
 * and no server may run: it would claim the runs too.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/parse.h"
#include "io/loop.h"
#include "storage/admission.h"
#include "storage/claim.h"
#include "storage/journal.h"
#include "storage/lease.h"
#include "storage/storage.h"
#include "storage/workspace.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS       2
#define WAVES_MAX         16
#define WAVE_RUNS_MAX     (LIMIT_BATCH_ROWS / 2) /* a batch counts an entry and its rows */
#define LEASE_MS          3600000
#define CONNECT_MS        10000
#define STEPS_MAX         100
#define PAYLOAD_MAX       65536
#define SECONDS_MAX       3600
#define NS_PER_SECOND     1000000000LL
#define ROWS_BESIDE_STEPS 1 /* the run's own */

struct options {
    const char *host, *workspace, *slug;
    int64_t seconds, warmup, steps, commits, waves;
    int64_t run_input_bytes, input_bytes, output_bytes, result_bytes;
};

struct wave {
    struct bare *bare;
    int64_t owner;
    int commit; /* which one, from 0 */
    struct arena arena;
    struct admission admissions[WAVE_RUNS_MAX];
    struct journal_row rows[LIMIT_BATCH_ROWS];
    struct journal_entry entries[WAVE_RUNS_MAX];
    struct admission_batch admit;
    struct journal_batch journal;
};

struct bare {
    struct options options;
    struct loop *loop;
    struct storage *storage;
    struct wave *waves;
    struct arena arena;
    struct workspace_find find;
    struct lease_register lease;
    struct lease_stop stop;
    int64_t workspace;
    int64_t measure_ns, end_ns, runs;
    struct text addresses[STEPS_MAX];
    struct text payload; /* as many bytes as any column needs */
    bool is_waiting;
    size_t wave_runs, commit_rows; /* runs of a wave; rows of a run in a commit */
    size_t busy_count;             /* waves that are not over */
};

static void admit(struct wave *wave);

NORETURN static void fail(const char *what, const struct error *err)
{
    fprintf(stderr, "weir-load-bare: %s: %s %s\n", what, err ? err->message : "",
            err ? err->detail : "");
    exit(2);
}

/* Waves */

static void end_wave(struct wave *wave)
{
    struct bare *bare = wave->bare;
    int64_t now_ns = clock_monotonic_ns();

    if (now_ns >= bare->measure_ns && now_ns < bare->end_ns) bare->runs += (int64_t)bare->wave_runs;
    if (now_ns < bare->end_ns) {
        admit(wave);
        return;
    }
    if (--bare->busy_count == 0) loop_stop(bare->loop);
}

static void fill_row(const struct wave *wave, int sequence, struct journal_row *out)
{
    static const struct text type = {"function", 8};
    const struct bare *bare = wave->bare;
    const struct options *options = &bare->options;

    *out = (struct journal_row){
        .sequence = sequence,
        .kind = STEP_KIND_STEP,
        .status = STEP_COMPLETED,
        .billed = true,
        .attempts = 1,
        .started_ms = clock_wall_ms(),
        .completed_ms = clock_wall_ms(),
        .address = bare->addresses[sequence - 1],
        .step_id = bare->addresses[sequence - 1],
        .step_type = type,
        .input = text_slice(bare->payload, 0, (size_t)options->input_bytes),
        .output = text_slice(bare->payload, 0, (size_t)options->output_bytes),
    };
}

static void commit(struct wave *wave)
{
    const struct bare *bare = wave->bare;
    const struct options *options = &bare->options;
    bool is_last = wave->commit + 1 == options->commits;
    int before = wave->commit * (int)bare->commit_rows;

    for (size_t i = 0; i < bare->wave_runs; i++) {
        struct journal_row *rows = &wave->rows[i * bare->commit_rows];

        for (size_t j = 0; j < bare->commit_rows; j++) {
            fill_row(wave, before + (int)j + 1, &rows[j]);
        }
        wave->entries[i] = (struct journal_entry){
            .workspace = bare->workspace,
            .run = wave->admissions[i].run,
            .epoch = 1,
            .change = is_last ? JOURNAL_ENDS : JOURNAL_GOES_ON,
            .status = RUN_COMPLETED,
            .rows = rows,
            .row_count = bare->commit_rows,
            .is_plain = is_last,
        };
        if (is_last) {
            wave->entries[i].result = text_slice(bare->payload, 0, (size_t)options->result_bytes);
        }
        bool fits = journal_add(&wave->journal, &wave->entries[i]);

        if (!fits) fail("the payloads are too large for one batch", NULL);
    }
    journal_start(&wave->journal);
}

static void on_committed(struct journal_batch *journal, const struct error *err)
{
    struct wave *wave = CONTAINER_OF(journal, struct wave, journal);

    if (err) fail("a commit failed", err);
    for (size_t i = 0; i < wave->bare->wave_runs; i++) {
        if (wave->entries[i].outcome != JOURNAL_COMMITTED) fail("a run was not ours", NULL);
    }
    if (++wave->commit < wave->bare->options.commits) {
        commit(wave);
    } else {
        end_wave(wave);
    }
}

static void on_admitted(struct storage_call *call, const struct error *err)
{
    struct admission_batch *batch = CONTAINER_OF(call, struct admission_batch, call);
    struct wave *wave = CONTAINER_OF(batch, struct wave, admit);

    if (err) fail("an admission failed", err);
    for (size_t i = 0; i < wave->bare->wave_runs; i++) {
        if (wave->admissions[i].outcome != ADMITTED) fail("the flow is not there", NULL);
        if (!wave->admissions[i].claimed) fail("the lease has passed", NULL);
    }
    wave->commit = 0;
    commit(wave);
}

static void admit(struct wave *wave)
{
    const struct bare *bare = wave->bare;
    const struct options *options = &bare->options;

    arena_reset(&wave->arena);
    for (size_t i = 0; i < wave->bare->wave_runs; i++) {
        wave->admissions[i] = (struct admission){
            .workspace = bare->workspace,
            .slug = text_from(options->slug),
            .target = TARGET_LIVE,
            .run = id_uuid7(),
            .invocation = TEXT("run"),
            .triggered_by = TEXT("bare"),
            .input = text_slice(bare->payload, 0, (size_t)options->run_input_bytes),
            .owner = wave->owner,
        };
    }
    wave->admit = (struct admission_batch){
        .call = {.storage = bare->storage, .arena = &wave->arena, .on_done = on_admitted},
        .admissions = wave->admissions,
        .count = wave->bare->wave_runs,
    };
    admission_start(&wave->admit);
}

/* Set-up: one operation after the other. */

static void await(struct bare *bare)
{
    bare->is_waiting = true;
    while (bare->is_waiting) {
        loop_turn(bare->loop, -1);
    }
}

static void open_database(struct bare *bare)
{
    struct storage_config config = {.database = {.dbname = "weir", .host = bare->options.host},
                                    .engine_connections = CONNECTIONS,
                                    .no_gateway = true};
    int64_t deadline_ms = clock_monotonic_ms() + CONNECT_MS;
    struct error err = {0};

    bare->loop = loop_new(LOOP_AUTO, &err);
    if (!bare->loop) fail("there is no loop", &err);
    bare->storage = storage_new(bare->loop, &config);
    while (!storage_is_ready(bare->storage)) {
        if (clock_monotonic_ms() > deadline_ms) fail("Postgres does not answer", NULL);
        loop_turn(bare->loop, 50);
    }
}

static void on_lease(struct storage_call *call, const struct error *err)
{
    struct bare *bare = CONTAINER_OF(call, struct bare, lease.call);

    if (err) fail("registering failed", err);
    bare->is_waiting = false;
}

static void on_workspace(struct storage_call *call, const struct error *err)
{
    struct bare *bare = CONTAINER_OF(call, struct bare, find.call);

    if (err) fail("looking for the workspace failed", err);
    if (!bare->find.found) fail("there is no such workspace", NULL);
    bare->is_waiting = false;
}

static void find_place(struct bare *bare)
{
    bare->find = (struct workspace_find){
        .call = {.storage = bare->storage, .arena = &bare->arena, .on_done = on_workspace},
        .name = text_from(bare->options.workspace)};
    workspace_find_start(&bare->find);
    await(bare);
    bare->workspace = bare->find.workspace.id;
    bare->lease = (struct lease_register){
        .call = {.storage = bare->storage, .arena = &bare->arena, .on_done = on_lease},
        .name = TEXT("weir-load-bare"),
        .version = TEXT(WEIR_VERSION),
        .process = TEXT(""),
        .duration_ms = LEASE_MS,
    };
    lease_register_start(&bare->lease);
    await(bare);
}

static void start_waves(struct bare *bare)
{
    const struct options *options = &bare->options;

    bare->commit_rows = (size_t)(options->steps / options->commits);
    bare->wave_runs = LIMIT_BATCH_ROWS / (1 + bare->commit_rows);
    for (int i = 0; i < options->steps; i++) {
        bare->addresses[i] = arena_printf(&bare->arena, "s%d#1", i);
    }
    bare->measure_ns = clock_monotonic_ns() + options->warmup * NS_PER_SECOND;
    bare->end_ns = bare->measure_ns + options->seconds * NS_PER_SECOND;
    bare->busy_count = (size_t)options->waves;
    bare->waves = memory_array(bare->busy_count, sizeof(*bare->waves));
    for (int i = 0; i < options->waves; i++) {
        struct wave *wave = &bare->waves[i];

        wave->bare = bare;
        wave->owner = CLAIM_OWNER(bare->lease.server_id, i);
        arena_init(&wave->arena, 0);
        journal_init(&wave->journal, bare->storage, wave->owner, i % CONNECTIONS);
        wave->journal.on_done = on_committed;
        admit(wave);
    }
}

static void on_stopped(struct storage_call *call, const struct error *err)
{
    struct bare *bare = CONTAINER_OF(call, struct bare, stop.call);

    if (err) fail("ending the lease failed", err);
    bare->is_waiting = false;
}

static void on_closed(void *ctx)
{
    struct bare *bare = ctx;

    bare->is_waiting = false;
}

static void close_all(struct bare *bare)
{
    bare->stop = (struct lease_stop){
        .call = {.storage = bare->storage, .arena = &bare->arena, .on_done = on_stopped},
        .server_id = bare->lease.server_id};
    lease_stop_start(&bare->stop);
    await(bare);
    for (int i = 0; i < bare->options.waves; i++) {
        journal_done(&bare->waves[i].journal);
        arena_done(&bare->waves[i].arena);
    }
    memory_free(bare->waves);
    storage_close(bare->storage, on_closed, bare);
    await(bare);
    arena_done(&bare->arena);
    loop_free(bare->loop);
}

static void report(const struct bare *bare)
{
    const struct options *options = &bare->options;
    double runs_s = (double)bare->runs / (double)options->seconds;

    printf("{\"runs\":%lld,\"seconds\":%lld,\"runs_s\":%.1f,\"steps_s\":%.1f,\"rows_s\":%.1f}\n",
           (long long)bare->runs, (long long)options->seconds, runs_s,
           runs_s * (double)options->steps, runs_s * (double)(options->steps + ROWS_BESIDE_STEPS));
}

/* Options */

enum key {
    KEY_HOST = 256,
    KEY_WORKSPACE,
    KEY_FLOW,
    KEY_SECONDS,
    KEY_WARMUP,
    KEY_STEPS,
    KEY_COMMITS,
    KEY_WAVES,
    KEY_RUN_INPUT,
    KEY_INPUT,
    KEY_OUTPUT,
    KEY_RESULT,
};

static const struct argp_option argp_options[] = {
    {"database-host", KEY_HOST, "DIR", 0, "where Postgres' socket lies", 0},
    {"workspace", KEY_WORKSPACE, "NAME", 0, "of the flow", 0},
    {"flow", KEY_FLOW, "SLUG", 0, "which the runs are of; released", 0},
    {"seconds", KEY_SECONDS, "N", 0, "how long it measures (10)", 0},
    {"warmup", KEY_WARMUP, "N", 0, "seconds before that (2)", 0},
    {"steps", KEY_STEPS, "N", 0, "journal rows of a run (5)", 0},
    {"commits", KEY_COMMITS, "N", 0, "how many commits they take (1)", 0},
    {"waves", KEY_WAVES, "N", 0, "groups of runs that are under way at once (4)", 0},
    {"run-input-bytes", KEY_RUN_INPUT, "N", 0, "size of a run's input (16)", 0},
    {"input-bytes", KEY_INPUT, "N", 0, "size of a step's input (250)", 0},
    {"output-bytes", KEY_OUTPUT, "N", 0, "size of a step's output (210)", 0},
    {"result-bytes", KEY_RESULT, "N", 0, "size of a run's result (16)", 0},
    {0},
};

static int64_t number(const char *arg, int64_t max, struct argp_state *state)
{
    int64_t value;

    if (!parse_int64(text_from(arg), &value) || value < 0 || value > max) {
        argp_error(state, "%s is not a number up to %lld", arg, (long long)max);
    }
    return value;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_HOST: options->host = arg; break;
    case KEY_WORKSPACE: options->workspace = arg; break;
    case KEY_FLOW: options->slug = arg; break;
    case KEY_SECONDS: options->seconds = number(arg, SECONDS_MAX, state); break;
    case KEY_WARMUP: options->warmup = number(arg, SECONDS_MAX, state); break;
    case KEY_STEPS: options->steps = number(arg, STEPS_MAX, state); break;
    case KEY_COMMITS: options->commits = number(arg, STEPS_MAX, state); break;
    case KEY_WAVES: options->waves = number(arg, WAVES_MAX, state); break;
    case KEY_RUN_INPUT: options->run_input_bytes = number(arg, PAYLOAD_MAX, state); break;
    case KEY_INPUT: options->input_bytes = number(arg, PAYLOAD_MAX, state); break;
    case KEY_OUTPUT: options->output_bytes = number(arg, PAYLOAD_MAX, state); break;
    case KEY_RESULT: options->result_bytes = number(arg, PAYLOAD_MAX, state); break;
    case ARGP_KEY_END:
        if (!options->host || !options->workspace || !options->slug) {
            argp_error(state, "--database-host, --workspace and --flow say where");
        }
        if (options->steps < 1 || options->waves < 1 || options->seconds < 1) {
            argp_error(state, "--steps, --waves and --seconds are at least 1");
        }
        if (options->commits < 1 || options->steps % options->commits != 0) {
            argp_error(state, "--commits divides --steps");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = argp_options,
        .parser = parse_option,
        .doc = "Writes the rows of runs by the server's own statements, and prints how fast.",
    };
    static char payload[PAYLOAD_MAX];
    struct bare bare = {.options = {.seconds = 10,
                                    .warmup = 2,
                                    .steps = 5,
                                    .commits = 1,
                                    .waves = 4,
                                    .run_input_bytes = 16,
                                    .input_bytes = 250,
                                    .output_bytes = 210,
                                    .result_bytes = 16}};

    argp_parse(&argp, argc, argv, 0, NULL, &bare.options);
    memset(payload, 'x', sizeof(payload));
    bare.payload = (struct text){payload, sizeof(payload)};
    arena_init(&bare.arena, 0);
    open_database(&bare);
    find_place(&bare);
    start_waves(&bare);
    loop_run(bare.loop);
    report(&bare);
    close_all(&bare);
    return 0;
}
