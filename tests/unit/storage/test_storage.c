/*
 * The wall between workspaces, and the small stores: tokens, secrets, operation ids, runs as read.
 */
#include "base/parse.h"
#include "tests/unit/storage/storage_fixture.h"

#include <inttypes.h>

static struct pg_sync *connect_as(const char *role)
{
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);

    config.user = role;
    struct pg_sync *sync = pg_sync_new(&config, &err);

    assert_non_null(sync);
    return sync;
}

static struct text value(struct pg_sync *sync, const char *sql)
{
    struct error err = {0};
    struct text out = TEXT_NONE;
    bool ok = pg_sync_value(sync, sql, NULL, 0, &world.arena, &out, &err);

    if (!ok) print_message("%s\n", err.message);
    assert_true(ok);
    return out;
}

static bool refused(struct pg_sync *sync, const char *sql)
{
    struct error err = {0};

    return !pg_sync_script(sync, sql, &err);
}

static void the_gateways_role_sees_one_workspace_or_none(void **state)
{
    static const char *const tables[] = {"flows",   "versions",    "runs",     "steps",
                                         "waits",   "tokens",      "releases", "workspaces",
                                         "secrets", "usage_ledger"};
    struct pg_sync *gateway = connect_as("weir_gateway");
    struct uuid run;
    char sql[256];
    (void)state;

    fixture_flow("wall", "1", true);
    run = fixture_admit("wall");
    assert_int_equal(fixture_end(run, fixture_claim(run)), JOURNAL_COMMITTED);
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        (void)snprintf(sql, sizeof(sql), "select count(*) from weir.%s", tables[i]);
        assert_text(value(gateway, sql), "0");
    }
    (void)snprintf(sql, sizeof(sql),
                   "select count(*) from set_config('weir.workspace', '%" PRId64
                   "', true), weir.flows",
                   world.other_workspace);
    assert_text(value(gateway, sql), "0");
    (void)snprintf(sql, sizeof(sql), "set weir.workspace = '%" PRId64 "'", world.workspace);
    assert_false(refused(gateway, sql));
    assert_text(value(gateway, "select count(*) from weir.flows"), "1");
    assert_text(value(gateway, "select count(*) from weir.workspaces"), "1");
    // It cannot write over the wall, nor what it has no business with.
    (void)snprintf(sql, sizeof(sql),
                   "insert into weir.flows (workspace, slug, name) values (%" PRId64 ", 'x', 'x')",
                   world.other_workspace);
    assert_true(refused(gateway, sql));
    assert_true(refused(gateway, "insert into weir.steps default values"));
    assert_true(refused(gateway, "delete from weir.runs"));
    assert_true(refused(gateway, "select * from weir.kv"));
    assert_true(refused(gateway, "update weir.runs set input = null"));
    assert_true(refused(gateway, "set role weir_owner"));
    pg_sync_free(gateway);

    struct pg_sync *engine = connect_as("weir_engine");

    assert_true(refused(engine, "delete from weir.steps"));
    assert_true(refused(engine, "update weir.usage_ledger set executions = 0"));
    assert_true(refused(engine, "drop table weir.runs"));
    pg_sync_free(engine);
}

static void runs_got_together_keep_their_places_and_leave_out_what_is_large(void **state)
{
    static char large[70000];
    struct arena own = {0};
    struct run_get gets[4];
    struct run_gets all = {.count = 4, .kind = RUN_GETS_BY_ID};
    (void)state;

    fixture_flow("many", "1", true);
    memset(large, 'x', sizeof large);
    struct admission admissions[2] = {fixture_admission("many"), fixture_admission("many")};

    admissions[0].input = (struct text){large, sizeof large};
    admissions[1].input = TEXT("small");
    fixture_admit_all(admissions, 2);
    struct uuid ids[4] = {admissions[1].run, id_uuid7(), admissions[0].run, admissions[1].run};

    arena_init(&own, 0);
    for (int i = 0; i < 4; i++) {
        gets[i] = (struct run_get){.call = {.arena = &own}, .id = ids[i], .found = true};
        all.gets[i] = &gets[i];
    }
    all.call = fixture_call();
    run_record_gets_start(&all);
    fixture_await_well();
    assert_true(gets[0].found && !gets[1].found && gets[2].found && gets[3].found);
    assert_true(!all.is_partial[0] && all.is_partial[2] && !all.is_partial[3]);
    assert_true(text_equal(gets[0].run.input, TEXT("small")));
    assert_null(gets[2].run.input.ptr);
    assert_memory_equal(&gets[2].run.id, &ids[2], sizeof ids[2]);

    all.call = fixture_call();
    all.call.workspace = world.other_workspace;
    run_record_gets_start(&all);
    fixture_await_well();
    assert_true(!gets[0].found && !gets[2].found);
    arena_done(&own);
}

static void runs_got_together_by_number_are_those_of_their_flow_and_workspace(void **state)
{
    struct arena own = {0};
    struct run_get gets[4];
    struct run_gets all = {.count = 4, .kind = RUN_GETS_BY_NUMBER};
    (void)state;

    fixture_flow("one", "1", true);
    fixture_flow("two", "1", true);
    struct uuid one = fixture_admit("one");
    struct uuid two = fixture_admit("two");

    arena_init(&own, 0);
    for (int i = 0; i < 4; i++) {
        static const char *const slugs[] = {"two", "one", "one", "none"};

        gets[i] = (struct run_get){
            .call = {.arena = &own}, .slug = text_from(slugs[i]), .number = i == 2 ? 99 : 1};
        all.gets[i] = &gets[i];
    }
    all.call = fixture_call();
    run_record_gets_start(&all);
    fixture_await_well();
    assert_true(gets[0].found && gets[1].found && !gets[2].found && !gets[3].found);
    assert_memory_equal(&gets[0].id, &two, sizeof two);
    assert_memory_equal(&gets[1].run.id, &one, sizeof one);
    assert_true(text_equal(gets[1].run.slug, TEXT("one")));
    assert_false(all.is_partial[0]);

    all.call = fixture_call();
    all.call.workspace = world.other_workspace;
    run_record_gets_start(&all);
    fixture_await_well();
    assert_true(!gets[0].found && !gets[1].found);
    arena_done(&own);
}

static void get_by_id(struct run_get *get)
{
    struct run_gets all = {
        .call = fixture_call(), .count = 1, .gets = {get}, .kind = RUN_GETS_BY_ID};

    run_record_gets_start(&all);
    fixture_await_well();
    assert_true(get->found);
}

static int64_t index_reads(const char *what)
{
    char sql[200];
    int64_t number = 0;

    (void)snprintf(sql, sizeof sql,
                   "select sum(%s) from pg_stat_user_indexes where schemaname = 'weir' "
                   "and relname = 'runs'",
                   what);
    assert_true(parse_int64(fixture_sql(sql), &number));
    return number;
}

/* The statistics of a table that has just begun to grow know of one run. For a plan made with
 * those, to go through all runs of the workspace looks as cheap as to look up the one. */
static void a_run_is_found_by_its_key_in_a_young_table_too(void **state)
{
    struct arena own = {0};
    (void)state;

    (void)fixture_sql("truncate weir.runs");
    fixture_flow("young", "1", true);
    struct uuid id = fixture_admit("young");

    (void)fixture_sql("analyze weir.runs");
    arena_init(&own, 0);
    struct run_get by_id = {.call = {.arena = &own}, .id = id};

    get_by_id(&by_id);
    (void)fixture_sql(
        "insert into weir.runs (workspace, id, flow, version, number, target, "
        "triggered_by) select workspace, gen_random_uuid(), flow, version, "
        "number + n, target, triggered_by from weir.runs, generate_series(1, 3000) n");
    int64_t scans = index_reads("idx_scan"), rows = index_reads("idx_tup_read");

    while (index_reads("idx_scan") < scans + 4) { // told about once a second
        get_by_id(&by_id);
    }
    scans = index_reads("idx_scan") - scans;
    rows = index_reads("idx_tup_read") - rows;
    assert_true(rows <= scans);
    arena_done(&own);
}

static void another_workspaces_run_is_not_there(void **state)
{
    struct uuid run;
    (void)state;

    fixture_flow("mine", "1", true);
    run = fixture_admit("mine");
    struct run_get get = {.call = fixture_call(), .id = run};

    get.call.workspace = world.other_workspace;
    run_record_get_start(&get);
    fixture_await_well();
    assert_false(get.found);

    struct run_cancel cancel = {.call = fixture_call(), .id = run};

    cancel.call.workspace = world.other_workspace;
    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(cancel.outcome, RUN_CANCEL_NONE);

    struct signal_deliver signal = {
        .call = fixture_call(), .run = run, .address = TEXT("a#1"), .mode = -1};

    signal.call.workspace = world.other_workspace;
    signal_deliver_start(&signal);
    fixture_await_well();
    assert_int_equal(signal.outcome, SIGNAL_NONE);
}

static void runs_are_listed_newest_first_and_found_by_number(void **state)
{
    struct uuid runs[3];
    (void)state;

    fixture_flow("lists", "1", true);
    for (size_t i = 0; i < 3; i++) {
        runs[i] = fixture_admit("lists");
    }
    assert_int_equal(fixture_end(runs[1], fixture_claim(runs[1])), JOURNAL_COMMITTED);

    struct run_list list = {.call = fixture_call(), .slug = TEXT("lists"), .limit = 2};

    run_record_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 2);
    assert_true(list.has_more);
    assert_int_equal(list.runs[0].number, 3);
    assert_int_equal(list.runs[0].release, 1);
    list = (struct run_list){
        .call = fixture_call(), .slug = TEXT("lists"), .before = list.runs[1].id, .limit = 2};
    run_record_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 1);
    assert_int_equal(list.runs[0].number, 1);
    list = (struct run_list){
        .call = fixture_call(), .statuses = 1U << RUN_QUEUED, .limit = 2, .before = runs[2]};
    run_record_list_start(&list);
    fixture_await_well();
    assert_true(list.count >= 1);
    assert_int_equal(id_compare(list.runs[0].id, runs[0]), 0);

    struct run_find find = {.call = fixture_call(), .slug = TEXT("lists"), .number = 2};

    run_record_find_start(&find);
    fixture_await_well();
    assert_int_equal(find.match_count, 1);
    assert_int_equal(id_compare(find.id, runs[1]), 0);
    find = (struct run_find){.call = fixture_call(), .number = 1}; // of several flows
    run_record_find_start(&find);
    fixture_await_well();
    assert_int_equal(find.match_count, 2);
}

static void a_token_is_found_until_it_is_revoked_and_told_so_after(void **state)
{
    struct token_create create = {.call = fixture_call(),
                                  .token = {.id = TEXT("abc"),
                                            .workspace = world.workspace,
                                            .principal = TEXT("ann"),
                                            .kind = TEXT("pat"),
                                            .role = TEXT("admin"),
                                            .secret_hash = {1, 2, 3}}};
    (void)state;

    token_create_start(&create);
    fixture_await_well();
    struct token_find find = {.call = fixture_call(), .id = TEXT("abc")};

    token_find_start(&find);
    fixture_await_well();
    assert_true(find.found);
    assert_int_equal(find.token.workspace, world.workspace);
    assert_text(find.token.workspace_name, "ws-one");
    assert_int_equal(find.token.secret_hash[1], 2);
    assert_int_equal(find.token.revoked_ms, 0);

    struct token_revoke revoke = {.call = fixture_call(), .id = TEXT("abc")};

    revoke.call.workspace = world.other_workspace;
    token_revoke_start(&revoke);
    fixture_await_well();
    assert_false(revoke.found); // not theirs
    revoke.call = fixture_call();
    token_revoke_start(&revoke);
    fixture_await_well();
    assert_true(revoke.found);
    find.call = fixture_call();
    token_find_start(&find);
    fixture_await_well();
    assert_true(find.token.revoked_ms > 0);
    struct token_list list = {.call = fixture_call()};

    token_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 1);
    find = (struct token_find){.call = fixture_call(), .id = TEXT("none")};
    token_find_start(&find);
    fixture_await_well();
    assert_false(find.found);
}

static void a_secret_counts_its_versions(void **state)
{
    struct secret_put put = {
        .call = fixture_call(), .name = TEXT("key"), .sealed = TEXT("s1"), .by = TEXT("ann")};
    (void)state;

    secret_store_put_start(&put);
    fixture_await_well();
    assert_int_equal(put.version, 1);
    put.call = fixture_call();
    put.sealed = TEXT("s2");
    secret_store_put_start(&put);
    fixture_await_well();
    assert_int_equal(put.version, 2);

    struct secret_get get = {.call = fixture_call(), .name = TEXT("key")};

    secret_store_get_start(&get);
    fixture_await_well();
    assert_text(get.secret.sealed, "s2");
    get.call = fixture_call();
    get.call.workspace = world.other_workspace;
    secret_store_get_start(&get);
    fixture_await_well();
    assert_false(get.found);

    struct secret_list list = {.call = fixture_call()};

    secret_store_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 1);
    assert_null(list.secrets[0].sealed.ptr);
    struct secret_delete delete = {.call = fixture_call(), .name = TEXT("key")};

    secret_store_delete_start(&delete);
    fixture_await_well();
    assert_true(delete.found);
}

static void a_repeated_operation_writes_nothing_and_finds_the_first_answer(void **state)
{
    struct operation_key key = {.principal = TEXT("ann"),
                                .id = TEXT("0190-op"),
                                .command = TEXT("secrets.put"),
                                .request_hash = {7}};
    struct secret_put put = {.call = fixture_call(), .name = TEXT("op"), .sealed = TEXT("s1")};
    (void)state;

    put.call.operation = &key;
    secret_store_put_start(&put);
    fixture_await_well();
    struct operation_answer answer = {.call = fixture_call(), .key = key, .answer = TEXT("{}")};

    operation_answer_start(&answer);
    fixture_await_well();
    put.call = fixture_call();
    put.call.operation = &key;
    put.sealed = TEXT("s2");
    secret_store_put_start(&put);
    fixture_await();
    assert_int_equal(world.err.code, E_IN_PROGRESS);
    assert_true(put.call.repeated);
    assert_sql("select convert_from(sealed, 'UTF8') from weir.secrets where name = 'op'", "s1");

    struct operation_find find = {.call = fixture_call(), .key = key};

    operation_find_start(&find);
    fixture_await_well();
    assert_true(find.found);
    assert_true(find.same_request);
    assert_text(find.answer, "{}");
    find = (struct operation_find){.call = fixture_call(), .key = key};
    find.key.request_hash[0] = 8;
    operation_find_start(&find);
    fixture_await_well();
    assert_false(find.same_request);
}

static void a_workspace_that_is_there_keeps_its_keys(void **state)
{
    struct workspace_create create = {.call = fixture_call(),
                                      .name = TEXT("ws-one"),
                                      .wait_key = TEXT("other"),
                                      .data_key = TEXT("other")};
    (void)state;

    workspace_create_start(&create);
    fixture_await_well();
    assert_false(create.created);
    assert_int_equal(create.workspace.id, world.workspace);
    assert_text(create.workspace.wait_key, "sealed-wait");

    struct workspace_find find = {.call = fixture_call(), .id = world.other_workspace};

    workspace_find_start(&find);
    fixture_await_well();
    assert_text(find.workspace.name, "ws-two");
    find = (struct workspace_find){.call = fixture_call(), .name = TEXT("ws-none")};
    workspace_find_start(&find);
    fixture_await_well();
    assert_false(find.found);
    struct workspace_list list = {.call = fixture_call(), .limit = 10};

    workspace_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 2);
}

static void an_answer_over_the_arenas_budget_is_an_error(void **state)
{
    struct arena small;
    struct run_list list = {.call = fixture_call(), .limit = 100};
    (void)state;

    arena_init(&small, 0);
    list.call.arena = &small;
    run_record_list_start(&list);
    small.budget_bytes = small.used_bytes + 64; // it was enough for the question
    fixture_await();
    assert_int_equal(world.err.code, E_ARENA_BUDGET);
    arena_done(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gateways_role_sees_one_workspace_or_none),
        cmocka_unit_test(runs_got_together_keep_their_places_and_leave_out_what_is_large),
        cmocka_unit_test(runs_got_together_by_number_are_those_of_their_flow_and_workspace),
        cmocka_unit_test(a_run_is_found_by_its_key_in_a_young_table_too),
        cmocka_unit_test(another_workspaces_run_is_not_there),
        cmocka_unit_test(runs_are_listed_newest_first_and_found_by_number),
        cmocka_unit_test(a_token_is_found_until_it_is_revoked_and_told_so_after),
        cmocka_unit_test(a_secret_counts_its_versions),
        cmocka_unit_test(a_repeated_operation_writes_nothing_and_finds_the_first_answer),
        cmocka_unit_test(a_workspace_that_is_there_keeps_its_keys),
        cmocka_unit_test(an_answer_over_the_arenas_budget_is_an_error),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
