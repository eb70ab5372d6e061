#include "flow/pvec.h"
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

static struct value counted(uint32_t count)
{
    struct value *items = calloc(count + 1, sizeof(*items));

    for (uint32_t i = 0; i < count; i++) {
        items[i] = value_int(i);
    }
    struct value vector = pvec_new(&heap, items, count);

    free(items);
    return vector;
}

static void made_at_once_or_by_conj_it_is_the_same(void **state)
{
    static const uint32_t counts[] = {0,    1,    31,   32,   33,    64,   65,
                                      1024, 1056, 1057, 2000, 32768, 33000};
    struct value vector = pvec_empty();
    uint32_t done = 0;
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
        for (; done < counts[i]; done++) {
            vector = pvec_conj(&heap, vector, value_int(done));
        }
        assert_int_equal(pvec_count(vector), counts[i]);
        assert_same(vector, counted(counts[i]));
        // and grows further from both
        assert_same(pvec_conj(&heap, vector, value_int(-1)),
                    pvec_conj(&heap, counted(counts[i]), value_int(-1)));
    }
    for (uint32_t i = 0; i < done; i += 13) {
        assert_int_equal(pvec_nth(vector, i).integer, i);
    }
}

static void two_that_grow_from_one_do_not_meet(void **state)
{
    struct value base = counted(40);
    struct value a = pvec_conj(&heap, base, value_int(-1));
    struct value b = pvec_conj(&heap, base, value_int(-2));
    struct value a2 = pvec_conj(&heap, a, value_int(-3));
    struct value b2 = pvec_conj(&heap, pvec_pop(&heap, a2), value_int(-4));
    (void)state;

    assert_int_equal(pvec_count(base), 40);
    assert_int_equal(pvec_nth(a, 40).integer, -1);
    assert_int_equal(pvec_nth(b, 40).integer, -2);
    assert_int_equal(pvec_nth(a2, 41).integer, -3);
    assert_int_equal(pvec_nth(b2, 41).integer, -4);
}

static void pop_goes_back_through_every_count(void **state)
{
    struct value vector = counted(2200);
    (void)state;

    for (uint32_t count = 2200; count > 0; count--) {
        assert_int_equal(pvec_count(vector), count);
        assert_int_equal(pvec_peek(vector).integer, count - 1);
        if (count % 97 == 0) assert_same(vector, counted(count));
        vector = pvec_pop(&heap, vector);
    }
    assert_true(value_is_nil(pvec_peek(vector)));
}

static void assoc_changes_one_place_of_the_new_one(void **state)
{
    struct value vector = counted(1500);
    (void)state;

    for (uint32_t i = 0; i <= 1500; i += 50) {
        struct value changed = pvec_assoc(&heap, vector, i, value_int(-7));

        assert_int_equal(pvec_nth(changed, i).integer, -7);
        assert_int_equal(pvec_count(changed), i == 1500 ? 1501 : 1500);
        if (i < 1500) assert_int_equal(pvec_nth(vector, i).integer, i);
        if (i > 0) assert_int_equal(pvec_nth(changed, i - 1).integer, i - 1);
    }
}

static void a_slice_is_a_vector_of_those_items(void **state)
{
    struct value vector = counted(100);
    (void)state;

    assert_prints(pvec_slice(&heap, vector, 30, 34), "[30 31 32 33]");
    assert_prints(pvec_slice(&heap, vector, 99, 100), "[99]");
    assert_prints(pvec_slice(&heap, vector, 5, 5), "[]");
    assert_same(pvec_slice(&heap, vector, 0, 100), vector);
}

static void metadata_stays_over_changes(void **state)
{
    struct value vector = value_of(&heap, "^:m [1 2]");
    (void)state;

    assert_prints(object_get_meta(pvec_conj(&heap, vector, value_nil())), "{:m true}");
    assert_prints(object_get_meta(pvec_assoc(&heap, vector, 0, value_nil())), "{:m true}");
    vector = pvec_pop(&heap, pvec_pop(&heap, vector));
    assert_prints(object_get_meta(vector), "{:m true}");
    assert_int_equal(pvec_count(vector), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(made_at_once_or_by_conj_it_is_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_that_grow_from_one_do_not_meet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pop_goes_back_through_every_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(assoc_changes_one_place_of_the_new_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_slice_is_a_vector_of_those_items, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metadata_stays_over_changes, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
