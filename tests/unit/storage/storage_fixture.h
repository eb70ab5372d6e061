#pragma once

/*
 * A storage on a Postgres of the test's own, with fsync on as the migrator demands, a workspace and
 * a server lease; and the operations of storage/ as blocking calls. Included by one file of a test
 * program only.
 */
#include "base/clock.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "storage/admission.h"
#include "storage/claim.h"
#include "storage/flow_record.h"
#include "storage/journal.h"
#include "storage/kv_store.h"
#include "storage/lease.h"
#include "storage/ledger.h"
#include "storage/operation.h"
#include "storage/run_record.h"
#include "storage/secret_store.h"
#include "storage/signal.h"
#include "storage/storage.h"
#include "storage/sweep.h"
#include "storage/token.h"
#include "storage/wait_record.h"
#include "storage/workspace.h"
#include "tests/unit/io/private_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define LEASE_MS 60000

struct fixture {
    struct private_server server;
    struct pg_sync *sync; /* as superuser: looks behind the operations */
    struct loop *loop;
    struct storage *storage;
    struct arena arena;
    int64_t workspace, other_workspace;
    int64_t owner;
    size_t pending;
    struct error err; /* of the last call */
    bool is_closed;
};

static struct fixture world;

/* ---- blocking calls ---- */

static inline void fixture_on_done(struct storage_call *call, const struct error *err)
{
    (void)call;
    world.err = err ? *err : (struct error){0};
    world.pending--;
}

static inline struct storage_call fixture_call(void)
{
    world.pending++;
    return (struct storage_call){.storage = world.storage,
                                 .arena = &world.arena,
                                 .workspace = world.workspace,
                                 .on_done = fixture_on_done};
}

static inline void fixture_await(void)
{
    while (world.pending > 0) {
        loop_turn(world.loop, -1);
    }
}

static inline void fixture_await_well(void)
{
    fixture_await();
    if (world.err.code != E_NONE) print_message("%s: %s\n", world.err.message, world.err.detail);
    assert_int_equal(world.err.code, E_NONE);
}

/* The first column of the first row, as superuser. */
static inline struct text fixture_sql(const char *sql)
{
    struct error err = {0};
    struct text value = TEXT_NONE;
    bool ok = pg_sync_value(world.sync, sql, NULL, 0, &world.arena, &value, &err);

    if (!ok) print_message("%s\n", err.message);
    assert_true(ok);
    return value;
}

static inline void assert_sql(const char *sql, const char *expected)
{
    struct text found = fixture_sql(sql);

    assert_string_equal(found.ptr ? found.ptr : "null", expected);
}

static inline void assert_text(struct text value, const char *expected)
{
    assert_non_null(value.ptr);
    assert_int_equal(value.len, strlen(expected));
    assert_memory_equal(value.ptr, expected, value.len);
}

static inline int64_t fixture_workspace(const char *name)
{
    struct workspace_create create = {.call = fixture_call(),
                                      .name = text_from(name),
                                      .wait_key = TEXT("sealed-wait"),
                                      .data_key = TEXT("sealed-data")};

    workspace_create_start(&create);
    fixture_await_well();
    assert_true(create.created);
    return create.workspace.id;
}

static inline int64_t fixture_server(int64_t duration_ms)
{
    struct lease_register lease = {.call = fixture_call(),
                                   .name = TEXT("test"),
                                   .version = TEXT("0"),
                                   .duration_ms = duration_ms};

    lease_register_start(&lease);
    fixture_await_well();
    return lease.server_id;
}

/* Pushes a version of a flow and, with `live`, releases it; answers the version's id. */
static inline int64_t fixture_flow(const char *slug, const char *source, bool live)
{
    struct flow_put put = {.call = fixture_call(),
                           .slug = text_from(slug),
                           .name = TEXT("A flow"),
                           .source = text_from(source),
                           .created_by = TEXT("ann"),
                           .language = 1};

    crypto_sha256(put.source, put.content_hash);
    flow_record_put_start(&put);
    fixture_await_well();
    assert_int_equal(put.outcome, FLOW_PUT_SAVED);
    if (!live) return put.version;
    struct flow_release release = {.call = fixture_call(),
                                   .slug = text_from(slug),
                                   .note = TEXT("a note"),
                                   .created_by = TEXT("ann"),
                                   .version = put.version};

    flow_record_release_start(&release);
    fixture_await_well();
    assert_int_equal(release.outcome, FLOW_RELEASED);
    return put.version;
}

static inline struct admission fixture_admission(const char *slug)
{
    return (struct admission){.workspace = world.workspace,
                              .slug = text_from(slug),
                              .target = TARGET_LIVE,
                              .run = id_uuid7(),
                              .invocation = TEXT("default"),
                              .triggered_by = TEXT("test"),
                              .input = TEXT("input")};
}

static inline void fixture_admit_all(struct admission *admissions, size_t count)
{
    struct admission_batch batch = {
        .call = fixture_call(), .admissions = admissions, .count = count};

    admission_start(&batch);
    fixture_await_well();
}

static inline struct uuid fixture_admit(const char *slug)
{
    struct admission admission = fixture_admission(slug);

    fixture_admit_all(&admission, 1);
    assert_int_equal(admission.outcome, ADMITTED);
    return admission.run;
}

/* Claims one run by id; answers its epoch, 0 when it was refused. */
static inline struct claim fixture_claim_for(int64_t owner, struct uuid run)
{
    struct claim_key key = {world.workspace, run};
    struct claim claim = {.call = fixture_call(), .owner = owner, .keys = &key, .count = 1};

    claim_start(&claim);
    fixture_await_well();
    return claim;
}

static inline int fixture_claim(struct uuid run)
{
    struct claim claim = fixture_claim_for(world.owner, run);

    return claim.run_count == 1 ? claim.runs[0].epoch : 0;
}

static inline struct run_record fixture_run(struct uuid run)
{
    struct run_get get = {.call = fixture_call(), .id = run};

    run_record_get_start(&get);
    fixture_await_well();
    assert_true(get.found);
    return get.run;
}

/* ---- the journal ---- */

static inline struct journal_row fixture_row(int sequence, const char *address)
{
    return (struct journal_row){.sequence = sequence,
                                .kind = STEP_KIND_STEP,
                                .status = STEP_COMPLETED,
                                .billed = true,
                                .attempts = 1,
                                .started_ms = clock_wall_ms(),
                                .completed_ms = clock_wall_ms(),
                                .address = text_from(address),
                                .step_id = text_from(address),
                                .step_type = TEXT("http"),
                                .output = TEXT("output")};
}

static inline struct journal_entry fixture_entry(struct uuid run, int epoch)
{
    return (struct journal_entry){.workspace = world.workspace, .run = run, .epoch = epoch};
}

static inline void fixture_on_batch(struct journal_batch *batch, const struct error *err)
{
    (void)batch;
    world.err = err ? *err : (struct error){0};
    world.pending--;
}

static inline void fixture_commit_all(int64_t owner, struct journal_entry *entries, size_t count)
{
    struct journal_batch batch;

    journal_init(&batch, world.storage, owner, 0);
    batch.on_done = fixture_on_batch;
    for (size_t i = 0; i < count; i++) {
        assert_true(journal_add(&batch, &entries[i]));
    }
    world.pending++;
    journal_start(&batch);
    fixture_await();
    journal_done(&batch);
}

static inline enum journal_outcome fixture_commit(struct journal_entry *entry)
{
    fixture_commit_all(world.owner, entry, 1);
    assert_int_equal(world.err.code, E_NONE);
    return entry->outcome;
}

static inline enum journal_outcome fixture_end(struct uuid run, int epoch)
{
    struct journal_entry entry = fixture_entry(run, epoch);

    entry.change = JOURNAL_ENDS;
    entry.status = RUN_COMPLETED;
    entry.result = TEXT("result");
    return fixture_commit(&entry);
}

static inline struct journal_wait fixture_wait(const char *address, enum wait_mode mode,
                                               int64_t timeout_ms)
{
    return (struct journal_wait){.address = text_from(address),
                                 .step_id = text_from(address),
                                 .mode = mode,
                                 .timeout_ms = timeout_ms,
                                 .asked = TEXT("asked")};
}

/* Claims the run and parks it on one wait. */
static inline void fixture_park(struct uuid run, const struct journal_wait *wait)
{
    struct journal_entry entry = fixture_entry(run, fixture_claim(run));

    assert_int_not_equal(entry.epoch, 0);
    entry.waits = wait;
    entry.wait_count = 1;
    entry.change = JOURNAL_PARKS;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
}

/* ---- set-up ---- */

static inline int fixture_setup(void **state)
{
    struct error err = {0};

    (void)state;
    crypto_start();
    world.server.is_durable = true;
    private_pg_start(&world.server);
    struct pg_config config = private_pg_config(&world.server);
    struct storage_config storage_config = {.database = config};

    if (!storage_migrate(&config, &err)) print_message("%s\n", err.message);
    assert_int_equal(err.code, E_NONE);
    world.sync = pg_sync_new(&config, &err);
    assert_non_null(world.sync);
    arena_init(&world.arena, 0);
    world.loop = private_loop();
    world.storage = storage_new(world.loop, &storage_config);
    world.workspace = fixture_workspace("ws-one");
    world.other_workspace = fixture_workspace("ws-two");
    world.owner = CLAIM_OWNER(fixture_server(LEASE_MS), 1);
    return 0;
}

static inline void fixture_on_closed(void *ctx)
{
    (void)ctx;
    world.is_closed = true;
}

static inline int fixture_teardown(void **state)
{
    (void)state;
    storage_close(world.storage, fixture_on_closed, NULL);
    while (!world.is_closed) {
        loop_turn(world.loop, -1);
    }
    loop_free(world.loop);
    pg_sync_free(world.sync);
    arena_done(&world.arena);
    private_stop(&world.server);
    return 0;
}
