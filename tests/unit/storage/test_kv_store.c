/*
 * The :kv store: kinds, expiry, and steps that run again.
 */
#include "tests/unit/storage/storage_fixture.h"

static struct uuid run;
static int epoch;

static struct kv_apply apply(const char *address, enum kv_operation operation, const char *key,
                             struct kv_value value)
{
    struct kv_apply op = {.call = fixture_call(),
                          .owner = world.owner,
                          .epoch = epoch,
                          .run = run,
                          .address = text_from(address),
                          .operation = operation,
                          .key = text_from(key),
                          .value = value};

    kv_store_apply_start(&op);
    fixture_await_well();
    return op;
}

static struct kv_value number(int64_t value)
{
    return (struct kv_value){.kind = KV_INTEGER, .number = value};
}

static struct kv_value none(void)
{
    return (struct kv_value){0};
}

static void a_value_is_set_got_and_deleted(void **state)
{
    struct kv_value value = {.kind = KV_BYTES, .bytes = TEXT("v")};
    (void)state;

    assert_false(apply("s#1", KV_GET, "a", none()).existed);
    assert_false(apply("s#2", KV_SET, "a", value).existed);
    struct kv_apply got = apply("s#3", KV_GET, "a", none());

    assert_true(got.existed);
    assert_int_equal(got.result.kind, KV_BYTES);
    assert_text(got.result.bytes, "v");
    assert_true(apply("s#4", KV_EXISTS, "a", none()).existed);
    assert_true(apply("s#5", KV_DELETE, "a", none()).existed);
    assert_false(apply("s#6", KV_DELETE, "a", none()).existed);
}

static void a_step_that_runs_again_is_applied_once(void **state)
{
    (void)state;

    assert_int_equal(apply("i#1", KV_INCREMENT, "n", number(5)).result.number, 5);
    assert_int_equal(apply("i#1", KV_INCREMENT, "n", number(5)).result.number, 5);
    assert_int_equal(apply("i#2", KV_INCREMENT, "n", number(-2)).result.number, 3);
    assert_int_equal(apply("i#3", KV_GET, "n", none()).result.number, 3);
}

static void items_are_appended(void **state)
{
    struct text items[2] = {TEXT("x"), TEXT("y")};
    struct kv_value value = {.kind = KV_ITEMS, .items = items, .item_count = 2};
    (void)state;

    assert_int_equal(apply("l#1", KV_APPEND, "list", value).result.item_count, 2);
    value.item_count = 1;
    struct kv_apply more = apply("l#2", KV_APPEND, "list", value);

    assert_true(more.existed);
    assert_int_equal(more.result.item_count, 3);
    assert_text(more.result.items[2], "x");
}

static void another_kind_and_overflow_are_outcomes(void **state)
{
    struct kv_value value = {.kind = KV_BYTES, .bytes = TEXT("v")};
    (void)state;

    apply("k#1", KV_SET, "text", value);
    assert_int_equal(apply("k#2", KV_INCREMENT, "text", number(1)).outcome, KV_OTHER_KIND);
    apply("k#3", KV_SET, "max", number(INT64_MAX));
    assert_int_equal(apply("k#4", KV_INCREMENT, "max", number(1)).outcome, KV_OVERFLOW);
    assert_int_equal(apply("k#5", KV_GET, "max", none()).result.number, INT64_MAX);
    assert_int_equal(apply("k#6", KV_INCREMENT, "fresh", number(1)).outcome, KV_DONE);
}

static void a_value_is_gone_after_its_time(void **state)
{
    struct kv_apply set = {.call = fixture_call(),
                           .owner = world.owner,
                           .epoch = epoch,
                           .run = run,
                           .address = TEXT("t#1"),
                           .operation = KV_SET,
                           .key = TEXT("short"),
                           .value = {.kind = KV_BYTES, .bytes = TEXT("v")},
                           .ttl_ms = 60000};
    (void)state;

    kv_store_apply_start(&set);
    fixture_await_well();
    assert_true(apply("t#2", KV_EXISTS, "short", none()).existed);
    fixture_sql("update weir.kv set expires_at = now() where key = 'short'");
    assert_false(apply("t#3", KV_GET, "short", none()).existed);
    assert_int_equal(apply("t#4", KV_INCREMENT, "short", number(1)).result.number, 1);
}

static void keys_are_listed_by_prefix(void **state)
{
    (void)state;

    apply("p#1", KV_SET, "p/b", number(1));
    apply("p#2", KV_SET, "p/a", number(1));
    apply("p#3", KV_SET, "q", number(1));
    struct kv_apply list = apply("p#4", KV_LIST, "p/", none());

    assert_int_equal(list.key_count, 2);
    assert_text(list.keys[0], "p/a");
}

static void a_worker_that_lost_the_run_is_fenced(void **state)
{
    (void)state;

    epoch--;
    assert_int_equal(apply("f#1", KV_SET, "f", number(1)).outcome, KV_FENCED);
    epoch++;
    assert_false(apply("f#2", KV_GET, "f", none()).existed);
}

/* Starts a set, lets it come to its end or to a lock that `sql` has taken, then runs `then`. */
static enum kv_outcome set_against(const char *address, const char *key, const char *sql,
                                   const char *then)
{
    struct error err = {0};
    struct pg_config config = private_pg_config(&world.server);
    struct pg_sync *other = pg_sync_new(&config, &err);
    struct kv_apply set = {.call = fixture_call(),
                           .owner = world.owner,
                           .epoch = epoch,
                           .run = run,
                           .address = text_from(address),
                           .operation = KV_SET,
                           .key = text_from(key),
                           .value = number(7)};

    assert_true(pg_sync_script(other, sql, &err));
    kv_store_apply_start(&set);
    while (world.pending > 0 &&
           text_equal(fixture_sql("select count(*) from pg_stat_activity where wait_event_type = "
                                  "'Lock'"),
                      TEXT("0"))) {
        loop_turn(world.loop, 10);
    }
    assert_true(pg_sync_script(other, then, &err));
    fixture_await_well();
    pg_sync_free(other);
    return set.outcome;
}

static void a_key_that_is_deleted_meanwhile_is_set_all_the_same(void **state)
{
    (void)state;

    apply("g#1", KV_SET, "going", number(1));
    fixture_sql("create function public.stand() returns trigger language plpgsql as $$ begin "
                "perform pg_advisory_xact_lock_shared(42); return null; end $$");
    fixture_sql("create trigger stand after insert on weir.kv for each statement "
                "execute function public.stand()");
    assert_int_equal(set_against("g#2", "going", "begin; select pg_advisory_xact_lock(42)",
                                 "delete from weir.kv where key = 'going'; commit"),
                     KV_DONE);
    fixture_sql("drop trigger stand on weir.kv");
    assert_int_equal(apply("g#3", KV_GET, "going", none()).result.number, 7);
}

static void a_write_waits_for_whoever_takes_the_run_away(void **state)
{
    (void)state;

    assert_int_equal(
        set_against("w#1", "taken", "begin; update weir.runs set epoch = epoch + 1", "commit"),
        KV_FENCED);
    epoch++;
    assert_false(apply("w#2", KV_EXISTS, "taken", none()).existed);
}

static int setup(void **state)
{
    int status = fixture_setup(state);

    fixture_flow("kv", "1", true);
    run = fixture_admit("kv");
    epoch = fixture_claim(run);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_set_got_and_deleted),
        cmocka_unit_test(a_step_that_runs_again_is_applied_once),
        cmocka_unit_test(items_are_appended),
        cmocka_unit_test(another_kind_and_overflow_are_outcomes),
        cmocka_unit_test(a_value_is_gone_after_its_time),
        cmocka_unit_test(keys_are_listed_by_prefix),
        cmocka_unit_test(a_worker_that_lost_the_run_is_fenced),
        cmocka_unit_test(a_key_that_is_deleted_meanwhile_is_set_all_the_same),
        cmocka_unit_test(a_write_waits_for_whoever_takes_the_run_away),
    };

    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
