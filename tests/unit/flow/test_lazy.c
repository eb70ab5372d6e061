#include "flow/lazy.h"
#include "flow/plist.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "tests/unit/flow/value_fixture.h"

static struct heap heap;

static int set_up(void **state)
{
    (void)state;
    heap_init(&heap, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    heap_done(&heap);
    return 0;
}

static void it_is_pending_until_it_is_finished(void **state)
{
    struct value lazy = lazy_new(&heap, value_of(&heap, ":thunk"));
    (void)state;

    assert_true(lazy_is_pending(lazy));
    assert_prints(lazy_value(lazy), ":thunk");
    lazy_start(lazy);
    assert_int_equal(lazy_state(lazy), LAZY_RUNNING);
    lazy_reset(lazy);
    assert_prints(lazy_value(lazy), ":thunk"); // it can be tried again
    lazy_start(lazy);
    lazy_finish(lazy, value_of(&heap, "(1 2)"));
    assert_false(lazy_is_pending(lazy));
    assert_prints(lazy_unwrap(lazy), "(1 2)");
    assert_same(lazy, value_of(&heap, "[1 2]"));
}

static void a_delay_holds_any_value(void **state)
{
    struct value delay = lazy_delay(&heap, value_of(&heap, ":thunk"));
    (void)state;

    lazy_start(delay);
    lazy_finish(delay, value_int(5));
    assert_int_equal(lazy_value(delay).integer, 5);
    assert_int_equal(lazy_state(delay), LAZY_REALISED);
}

static void what_is_pending_is_found_at_its_depth(void **state)
{
    struct value lazy = lazy_new(&heap, value_nil());
    struct value chain = plist_cons(&heap, value_int(1), lazy);
    struct value inside = pvec_entry(&heap, value_int(1), pvec_entry(&heap, chain, value_nil()));
    struct value out;
    (void)state;

    assert_true(lazy_find_pending(chain, false, &out));
    assert_true(value_identical(out, lazy));
    assert_false(lazy_find_pending(inside, false, &out));
    assert_true(lazy_find_pending(inside, true, &out));
    assert_true(value_identical(out, lazy));
    lazy_finish(lazy, value_nil());
    assert_false(lazy_find_pending(inside, true, &out));
}

static void a_scan_stops_at_its_budget(void **state)
{
    struct value endless = seq_range(&heap, 0, 1, INT64_MAX);
    struct value inside = pvec_entry(&heap, endless, seq_repeat(&heap, endless, INT64_MAX));
    struct value out;
    int64_t budget = 1000;
    (void)state;

    assert_int_equal(lazy_scan(inside, true, &budget, &out), LAZY_SCAN_BUDGET);
    budget = 1000;
    assert_int_equal(lazy_scan(value_of(&heap, "[1 [2 3]]"), true, &budget, &out), LAZY_SCAN_CLEAR);
    assert_int_equal(budget, 996);
    assert_int_equal(lazy_scan(endless, false, &budget, &out), LAZY_SCAN_BUDGET);
}

static void shared_parts_are_scanned_once_and_found_clear(void **state)
{
    struct value lazy = lazy_new(&heap, value_nil());
    struct value value = pvec_entry(&heap, lazy, value_nil());
    struct value out;
    int64_t budget = 1000;
    (void)state;

    for (int i = 0; i < 60; i++) {
        value = pvec_entry(&heap, value, value);
    }
    assert_true(lazy_find_pending(value, true, &out));
    assert_true(lazy_find_pending(value, true, &out)); // the first look left no mark
    lazy_finish(lazy, value_of(&heap, "(1)"));
    assert_int_equal(lazy_scan(value, true, &budget, &out), LAZY_SCAN_CLEAR);
    assert_true(budget > 800);
    int64_t again = budget;

    assert_int_equal(lazy_scan(value, true, &budget, &out), LAZY_SCAN_CLEAR);
    assert_int_equal(budget, again);
    // a new vector around it is new
    struct value pending = lazy_new(&heap, value_nil());

    assert_true(lazy_find_pending(pvec_conj(&heap, value, pending), true, &out));
    assert_false(lazy_find_pending(value, true, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_pending_until_it_is_finished, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_delay_holds_any_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_pending_is_found_at_its_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_scan_stops_at_its_budget, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shared_parts_are_scanned_once_and_found_clear, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
