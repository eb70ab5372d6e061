#include "flow/sorted.h"
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

static struct value put(struct value sorted, struct value key)
{
    struct error err = {0};

    assert_true(sorted_put(&heap, sorted, key, key, NULL, &sorted, &err));
    return sorted;
}

/* Greatest first; the comparator value says nothing. */
static bool backwards(void *ctx, struct value comparator, struct value a, struct value b, int *out,
                      struct error *err)
{
    (void)comparator;
    ++*(int *)ctx;
    return value_compare(b, a, out, err);
}

static void any_order_in_comes_out_in_order(void **state)
{
    struct value map = sorted_map_new(&heap, value_nil());
    struct error err = {0};
    uint32_t random = 1;
    (void)state;

    for (int i = 0; i < 3000; i++) {
        map = put(map, value_int(i * 7919LL % 3001));
    }
    assert_int_equal(sorted_count(map), 3000);
    for (uint32_t i = 1; i < 3000; i++) {
        struct value before, after;

        sorted_nth(map, i - 1, &before, NULL);
        sorted_nth(map, i, &after, NULL);
        assert_true(before.integer < after.integer);
    }
    for (uint32_t count = 3000; count > 0; count--) {
        struct value key;
        bool found;

        random = random * 1103515245u + 12345;
        sorted_nth(map, (random >> 8) % count, &key, NULL);
        assert_true(sorted_remove(&heap, map, key, NULL, &map, &err));
        assert_true(sorted_find(map, key, NULL, &found, NULL, NULL, &err) && !found);
        assert_int_equal(sorted_count(map), count - 1);
    }
}

static void sorted_input_stays_balanced(void **state)
{
    struct value set = sorted_set_new(&heap, value_nil());
    (void)state;

    for (int i = 0; i < 20000; i++) {
        set = put(set, value_int(i));
    }
    size_t before = heap.used_bytes;

    assert_int_equal(sorted_count(put(set, value_int(20000))), 20001);
    // one path: less than 2.5 * log2(n) nodes and rotations
    assert_true(heap.used_bytes - before < 40 * sizeof(struct sorted_node));
}

static void the_key_stays_and_the_value_changes(void **state)
{
    struct error err = {0};
    struct value map = sorted_map_new(&heap, value_nil());
    struct value set = sorted_set_new(&heap, value_nil());
    struct value key, value;
    bool found;
    (void)state;

    map = put(map, value_int(1));
    assert_true(sorted_put(&heap, map, value_double(1), value_int(2), NULL, &map, &err));
    assert_true(sorted_find(map, value_int(1), NULL, &found, &key, &value, &err));
    assert_prints(map, "{1 2}");
    set = put(set, value_int(1));
    assert_true(value_identical(put(set, value_double(1)), set));
    assert_prints(set, "#{1}");
}

static void keys_that_cannot_be_compared_are_an_error(void **state)
{
    struct value set = sorted_set_new(&heap, value_nil());
    struct error err = {0};
    bool found;
    (void)state;

    set = put(set, value_int(1));
    assert_false(sorted_put(&heap, set, value_of(&heap, "\"a\""), value_nil(), NULL, &set, &err));
    assert_int_equal(err.code, E_CAST);
    assert_false(sorted_find(set, value_of(&heap, ":a"), NULL, &found, NULL, NULL, &err));
}

static void a_comparator_of_the_flow_orders(void **state)
{
    int calls = 0;
    struct sorted_order order = {backwards, &calls};
    struct value set = sorted_set_new(&heap, value_of(&heap, "comparator"));
    struct error err = {0};
    uint32_t rank;
    bool found;
    (void)state;

    for (int i = 0; i < 5; i++) {
        assert_true(sorted_put(&heap, set, value_int(i), value_nil(), &order, &set, &err));
    }
    assert_prints(set, "#{4 3 2 1 0}");
    assert_true(calls > 0);
    assert_true(sorted_find(set, value_int(3), &order, &found, NULL, NULL, &err) && found);
    assert_true(sorted_rank(set, value_int(3), false, &order, &rank, &err));
    assert_int_equal(rank, 1);
    assert_false(sorted_put(&heap, set, value_int(9), value_nil(), NULL, &set, &err));
    assert_same(set, value_of(&heap, "#{0 1 2 3 4}"));
}

static void rank_counts_what_lies_before(void **state)
{
    struct value set = sorted_set_new(&heap, value_nil());
    struct error err = {0};
    uint32_t rank;
    (void)state;

    for (int i = 0; i < 100; i += 2) {
        set = put(set, value_int(i));
    }
    assert_true(sorted_rank(set, value_int(10), false, NULL, &rank, &err) && rank == 5);
    assert_true(sorted_rank(set, value_int(10), true, NULL, &rank, &err) && rank == 6);
    assert_true(sorted_rank(set, value_int(11), true, NULL, &rank, &err) && rank == 6);
    assert_true(sorted_rank(set, value_int(-1), true, NULL, &rank, &err) && rank == 0);
    assert_true(sorted_rank(set, value_int(999), false, NULL, &rank, &err) && rank == 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_order_in_comes_out_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sorted_input_stays_balanced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_key_stays_and_the_value_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_that_cannot_be_compared_are_an_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_comparator_of_the_flow_orders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rank_counts_what_lies_before, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
