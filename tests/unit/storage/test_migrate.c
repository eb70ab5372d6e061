/*
 * Migrations on a Postgres of the test's own.
 */
#include "tests/unit/storage/storage_fixture.h"

static void migrating_again_changes_nothing(void **state)
{
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    struct text before = fixture_sql("select string_agg(number || checksum || applied_at, ',' "
                                     "order by number) from weir.migrations");
    (void)state;

    assert_true(storage_migrate(&config, &err));
    assert_true(
        text_equal(before, fixture_sql("select string_agg(number || checksum || applied_at, ',' "
                                       "order by number) from weir.migrations")));
}

static void a_migration_whose_text_has_changed_is_refused(void **state)
{
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    (void)state;

    fixture_sql("update weir.migrations set checksum = 'x' || checksum where number = 1");
    assert_false(storage_migrate(&config, &err));
    assert_int_equal(err.code, E_DATABASE);
    assert_non_null(strstr(err.message, "001_schema.sql"));
    fixture_sql("update weir.migrations set checksum = substr(checksum, 2) where number = 1");
}

static void a_role_with_synchronous_commit_off_is_refused(void **state)
{
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    (void)state;

    fixture_sql("alter role weir_engine set synchronous_commit = off");
    assert_false(storage_migrate(&config, &err));
    assert_non_null(strstr(err.message, "weir_engine"));
    fixture_sql("alter role weir_engine reset synchronous_commit");
    assert_true(storage_migrate(&config, &err));
}

static void a_server_without_fsync_is_refused(void **state)
{
    struct private_server server = {0};
    struct error err = {0};
    (void)state;

    private_pg_start(&server); // runs with fsync off
    struct pg_config config = private_pg_config(&server);

    assert_false(storage_migrate(&config, &err));
    assert_non_null(strstr(err.message, "fsync"));
    assert_true(strlen(err.hint) > 0);
    private_stop(&server);
}

static void every_table_has_forced_row_level_security(void **state)
{
    (void)state;

    assert_sql("select string_agg(relname, ',') from pg_class where relnamespace = "
               "'weir'::regnamespace and relkind in ('r', 'p') and not relispartition "
               "and relname <> 'migrations' and not (relrowsecurity and relforcerowsecurity)",
               "null");
}

static void all_tables_belong_to_the_owner(void **state)
{
    (void)state;

    assert_sql("select count(*) from pg_class where relnamespace = 'weir'::regnamespace "
               "and relkind in ('r', 'p') and pg_get_userbyid(relowner) <> 'weir_owner'",
               "0");
}

static void partitions_reach_eight_weeks_ahead(void **state)
{
    (void)state;

    assert_sql("select count(*) from pg_inherits where inhparent = 'weir.steps'::regclass", "10");
    assert_sql("select to_regclass('weir.steps_' || to_char(date_trunc('week', "
               "now() at time zone 'UTC') + interval '8 weeks', 'YYYYMMDD')) is not null",
               "t");
    assert_sql("select weir.partitions_make(8)", "0");
}

static void positions_go_on_upwards_after_a_restore_into_another_cluster(void **state)
{
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    (void)state;

    fixture_sql("update weir.meta set system_identifier = 1, ledger_position = 1000000000000");
    assert_true(storage_migrate(&config, &err));
    assert_sql("select weir.position_now() > 1000000000000", "t");
    fixture_sql("update weir.meta set ledger_position = 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrating_again_changes_nothing),
        cmocka_unit_test(a_migration_whose_text_has_changed_is_refused),
        cmocka_unit_test(a_role_with_synchronous_commit_off_is_refused),
        cmocka_unit_test(a_server_without_fsync_is_refused),
        cmocka_unit_test(every_table_has_forced_row_level_security),
        cmocka_unit_test(all_tables_belong_to_the_owner),
        cmocka_unit_test(partitions_reach_eight_weeks_ahead),
        cmocka_unit_test(positions_go_on_upwards_after_a_restore_into_another_cluster),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
