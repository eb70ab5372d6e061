/*
 * The postbox: what comes while a group is under way goes together, and an offender fails alone.
 */
#include "base/limits.h"
#include "gateway/gateway_private.h"
#include "gateway/postbox.h"
#include "tests/unit/storage/storage_fixture.h"

#define SIGNALS 20

static struct gateway gateway;

struct answered {
    struct signal_deliver signal;
    struct error err;
};

static void on_answered(struct storage_call *call, const struct error *err)
{
    struct answered *answered =
        CONTAINER_OF(CONTAINER_OF(call, struct signal_deliver, call), struct answered, signal);

    world.pending--;
    if (err) answered->err = *err;
}

static void put(struct answered *answered, struct uuid run, struct text payload)
{
    *answered = (struct answered){.signal = {.call = fixture_call(),
                                             .run = run,
                                             .address = TEXT("w#1"),
                                             .mode = WAIT_CALLBACK,
                                             .by = TEXT("callback"),
                                             .payload = payload}};
    answered->signal.call.on_done = on_answered;
    postbox_put(gateway.postbox, (struct signal_item){.deliver = &answered->signal});
}

static void park(struct uuid *runs, size_t count)
{
    struct journal_wait wait = fixture_wait("w#1", WAIT_CALLBACK, 60000);

    for (size_t i = 0; i < count; i++) {
        runs[i] = fixture_admit("posted");
        fixture_park(runs[i], &wait);
    }
}

static void signals_of_a_turn_share_a_transaction(void **state)
{
    static struct answered answered[SIGNALS];
    struct uuid runs[SIGNALS];
    (void)state;

    park(runs, SIGNALS);
    for (size_t i = 0; i < SIGNALS; i++) {
        put(&answered[i], runs[i], TEXT("yes"));
    }
    fixture_await();
    for (size_t i = 0; i < SIGNALS; i++) {
        assert_int_equal(answered[i].err.code, E_NONE);
        assert_int_equal(answered[i].signal.outcome, SIGNAL_RESOLVED);
    }
    assert_sql("select count(distinct xmin::text) from weir.waits where status = 1", "1");
}

static void an_offender_fails_alone(void **state)
{
    static struct answered answered[3];
    struct uuid runs[3];
    (void)state;

    park(runs, 3);
    for (size_t i = 0; i < 3; i++) {
        put(&answered[i], runs[i], TEXT("yes"));
    }
    answered[1].signal.by = (struct text){"a\0b", 3}; // Postgres takes no such text
    fixture_await();
    assert_int_equal(answered[0].signal.outcome, SIGNAL_RESOLVED);
    assert_int_equal(answered[1].err.code, E_DATABASE);
    assert_int_equal(answered[2].err.code, E_NONE);
    assert_int_equal(answered[2].signal.outcome, SIGNAL_RESOLVED);
}

static void large_payloads_go_in_several_groups(void **state)
{
    static struct answered answered[SIGNALS];
    struct uuid runs[SIGNALS];
    static char large[LIMIT_STEP_RESULT]; // eight of them in a group
    (void)state;

    memset(large, 'x', sizeof(large));
    park(runs, SIGNALS);
    for (size_t i = 0; i < SIGNALS; i++) {
        put(&answered[i], runs[i], (struct text){large, sizeof(large)});
    }
    fixture_await();
    for (size_t i = 0; i < SIGNALS; i++) {
        assert_int_equal(answered[i].signal.outcome, SIGNAL_RESOLVED);
    }
    assert_sql(
        "select count(distinct xmin::text) from weir.waits where octet_length(resolution) > 3",
        "3");
}

static int setup(void **state)
{
    int status = fixture_setup(state);

    fixture_flow("posted", "1", true);
    gateway.loop = world.loop;
    gateway.storage = world.storage;
    gateway.postbox = postbox_new(&gateway);
    return status;
}

static int teardown(void **state)
{
    postbox_free(gateway.postbox);
    return fixture_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_of_a_turn_share_a_transaction),
        cmocka_unit_test(an_offender_fails_alone),
        cmocka_unit_test(large_payloads_go_in_several_groups),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
