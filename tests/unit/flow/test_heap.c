#include "flow/box.h"
#include "flow/bytes.h"
#include "flow/callable.h"
#include "flow/exception.h"
#include "flow/heap.h"
#include "flow/lazy.h"
#include "flow/number.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/sorted.h"
#include "flow/string.h"
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

static void a_vector_grows_shrinks_and_changes_under_collection(void **state)
{
    struct value vectors[2] = {pvec_empty(), pvec_empty()};
    (void)state;

    for (int i = 0; i < 2500; i++) {
        vectors[0] = pvec_conj(&heap, vectors[0], value_int(i));
        vectors[1] = pvec_conj(&heap, vectors[0], string_from_cstr(&heap, "side"));
        collect(&heap, vectors, 2);
        assert_int_equal(pvec_count(vectors[0]), i + 1);
        assert_displays(pvec_peek(vectors[1]), "side");
    }
    for (int i = 0; i < 2500; i++) {
        assert_int_equal(pvec_nth(vectors[0], (uint32_t)i).integer, i);
    }
    for (uint32_t i = 0; i < 2500; i += 7) {
        vectors[0] = pvec_assoc(&heap, vectors[0], i, value_int(-1));
        collect(&heap, vectors, 2);
    }
    for (uint32_t i = 2500; i > 0; i--) {
        int64_t expected = (i - 1) % 7 == 0 ? -1 : (int64_t)i - 1;

        assert_int_equal(pvec_peek(vectors[0]).integer, expected);
        vectors[0] = pvec_pop(&heap, vectors[0]);
        collect(&heap, vectors, 2);
    }
    assert_int_equal(pvec_count(vectors[0]), 0);
}

static void a_map_and_a_set_grow_and_shrink_under_collection(void **state)
{
    struct value roots[2] = {pmap_empty(), pset_empty()};
    (void)state;

    for (int i = 0; i < 1200; i++) {
        char text[20];

        snprintf(text, sizeof(text), "key %d", i % 400);
        struct value key = string_from_cstr(&heap, text);

        roots[0] = pmap_assoc(&heap, roots[0], key, pvec_entry(&heap, key, value_int(i)));
        roots[1] = pset_conj(&heap, roots[1], key);
        collect(&heap, roots, 2);
    }
    assert_int_equal(pmap_count(roots[0]), 400);
    assert_int_equal(pset_count(roots[1]), 400);
    for (int i = 0; i < 400; i++) {
        char text[20];

        snprintf(text, sizeof(text), "key %d", i);
        struct value key = string_from_cstr(&heap, text);

        assert_int_equal(pvec_nth(pmap_get(roots[0], key, value_nil()), 1).integer, 800 + i);
        roots[0] = pmap_dissoc(&heap, roots[0], key);
        roots[1] = pset_disj(&heap, roots[1], key);
        collect(&heap, roots, 2);
    }
    assert_int_equal(pmap_count(roots[0]), 0);
    assert_int_equal(pset_count(roots[1]), 0);
}

static void a_sorted_map_grows_and_shrinks_under_collection(void **state)
{
    struct error err = {0};
    struct value map = sorted_map_new(&heap, value_nil());
    (void)state;

    for (int i = 0; i < 1000; i++) {
        struct value key = value_int(i * 7919 % 1000);

        assert_true(sorted_put(&heap, map, key, bignum_from_int(&heap, i), NULL, &map, &err));
        collect(&heap, &map, 1);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        struct value key;

        sorted_nth(map, 0, &key, NULL);
        assert_int_equal(key.integer, i);
        assert_true(sorted_remove(&heap, map, key, NULL, &map, &err));
        collect(&heap, &map, 1);
    }
}

/* One value of every type, with something in each place that can hold a value. */
static struct value zoo(struct heap *into)
{
    struct value text = string_from_cstr(into, "text");
    struct value meta = value_of(into, "{:m \"eta\"}");
    struct value list = value_of(into, "^{:m 1} (1 \"two\" [3])");
    struct value lazy = lazy_new(into, callable_function(into, NULL, &text, 1));
    struct value realised = lazy_new(into, text);
    struct value sorted = sorted_map_new(into, text);
    struct value map = pmap_new_hash(into, (struct value[]){text, list, list, text}, 2);
    struct value seq_map, seq_vector;
    struct error err = {0};

    lazy_finish(realised, list);
    assert_int_equal(seq_of(into, map, &seq_map, &err), SEQ_OK);
    assert_int_equal(seq_of(into, value_of(into, "[\"a\" \"b\"]"), &seq_vector, &err), SEQ_OK);
    struct value items[] = {
        text,
        meta,
        list,
        lazy,
        realised,
        sorted,
        map,
        seq_map,
        seq_vector,
        plist_cons(into, text, lazy),
        value_of(into, "#{[\"x\"] :k/w sym \\x 1.5 2N -1/3 1.5M}"),
        value_of(into, "^{:m \"x\"} sym"),
        value_of(into, "[#weir/bytes \"AAEC\" #inst \"2020\" #\"re\" #foo \"x\"]"),
        value_of(into, "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""),
        object_with_meta(into, map, meta),
        exception_new(into, E_CAST, text, meta,
                      exception_new(into, E_CAST, text, value_nil(), value_nil())),
        box_reduced(into, text),
        box_cell(into, list),
        lazy_delay(into, text),
        seq_range(into, 0, 1, 5),
        seq_repeat(into, text, 3),
        seq_keys(into, map),
        seq_reverse(into, value_of(into, "[1 2 \"x\"]")),
    };

    return pvec_new(into, items, ARRAY_COUNT(items));
}

/* Printing stops at what is not realised, so it is safe on all of the zoo. */
static void print_all(struct value value, struct buf *out)
{
    value_print(value, out);
    value_print(object_get_meta(pvec_nth(value, 2)), out);
    value_print(object_get_meta(pvec_nth(value, 11)), out);
    value_print(object_get_meta(pvec_nth(value, 14)), out);
    value_print(callable_captured(lazy_value(pvec_nth(value, 3)))[0], out);
    value_print(sorted_comparator(pvec_nth(value, 5)), out);
    value_print(box_get(pvec_nth(value, 18)), out);
    value_print(exception_message(exception_cause(pvec_nth(value, 16))), out);
}

static void every_type_keeps_what_it_holds(void **state)
{
    struct buf before = {0};
    struct buf after = {0};
    struct value value = zoo(&heap);
    (void)state;

    print_all(value, &before);
    for (int i = 0; i < 3; i++) {
        collect(&heap, &value, 1);
        buf_reset(&after);
        print_all(value, &after);
        assert_string_equal(before.ptr, after.ptr);
    }
    assert_int_equal(heap.collections, 3);
    buf_done(&before);
    buf_done(&after);
}

static void a_copy_stands_alone_in_the_other_heap(void **state)
{
    struct buf before = {0};
    struct buf after = {0};
    struct heap other;
    struct value value = zoo(&heap);
    (void)state;

    print_all(value, &before);
    heap_init(&other, 0);
    struct value copy = value_copy(&other, value);

    heap_done(&heap);
    heap_init(&heap, 0);
    collect(&other, &copy, 1);
    print_all(copy, &after);
    assert_string_equal(before.ptr, after.ptr);
    heap_done(&other);
    buf_done(&before);
    buf_done(&after);
}

static void a_copy_keeps_shared_parts_shared(void **state)
{
    struct heap other;
    struct value value = value_int(1);
    (void)state;

    // 2^60 paths through 60 objects
    for (int i = 0; i < 60; i++) {
        value = pvec_entry(&heap, value, value);
    }
    heap_init(&other, 0);
    struct value copy = value_copy(&other, value);

    assert_true(other.used_bytes < 20000);
    collect(&other, &copy, 1);
    assert_true(other.live_bytes < 20000);
    heap_done(&other);
}

static void constants_are_shared_not_moved(void **state)
{
    struct heap constants;
    (void)state;

    heap_init_static(&constants);
    struct value constant = value_of(&constants, "[1 {:a \"b\"}]");
    struct value roots[] = {constant, pvec_entry(&heap, constant, value_int(1)), pvec_empty()};

    collect(&heap, roots, 3);
    assert_true(roots[0].object == constant.object);
    assert_true(pvec_nth(roots[1], 0).object == constant.object);
    assert_true(roots[2].object == pvec_empty().object);
    // a conj on a constant does not write into it
    roots[0] = pvec_conj(&heap, constant, value_int(2));
    assert_prints(constant, "[1 {:a \"b\"}]");
    assert_prints(roots[0], "[1 {:a \"b\"} 2]");
    heap_done(&constants);
}

static void large_objects_stay_where_they_are_and_go_when_unreached(void **state)
{
    static char data[300000];
    struct value roots[2];
    (void)state;

    roots[0] = bytes_new(&heap, (struct text){data, sizeof(data)});
    roots[1] = pvec_entry(&heap, roots[0], bytes_new(&heap, (struct text){data, sizeof(data)}));
    const struct object *place = roots[0].object;

    collect(&heap, roots, 2);
    assert_true(roots[0].object == place);
    assert_true(pvec_nth(roots[1], 0).object == place);
    assert_true(heap.live_bytes > 2 * sizeof(data));
    roots[1] = value_nil();
    collect(&heap, roots, 2);
    assert_true(heap.live_bytes > sizeof(data) && heap.live_bytes < 2 * sizeof(data));
    roots[0] = value_nil();
    collect(&heap, roots, 2);
    assert_int_equal(heap.live_bytes, 0);
}

static void a_deep_list_costs_no_c_stack(void **state)
{
    struct value value = value_nil();
    (void)state;

    for (int i = 0; i < 300000; i++) {
        value = plist_push(&heap, plist_empty(), value);
    }
    size_t used = heap.used_bytes;

    collect(&heap, &value, 1);
    assert_int_equal(heap.live_bytes, used);
}

static void garbage_is_freed_and_the_next_collection_is_planned(void **state)
{
    struct value value = value_nil();
    (void)state;

    heap_done(&heap);
    heap_init(&heap, 4 * 1024 * 1024);
    for (int i = 0; i < 400000; i++) {
        value = pvec_entry(&heap, value_int(i), value_nil());
        if (heap_wants_collection(&heap)) collect(&heap, &value, 1);
    }
    assert_false(heap.exhausted);
    assert_true(heap.collections > 10);
}

static void what_lives_over_budget_exhausts_the_heap(void **state)
{
    struct value value = pvec_empty();
    struct error err = {0};
    (void)state;

    heap_done(&heap);
    heap_init(&heap, 1024 * 1024);
    assert_true(heap_can(&heap, 1000, &err));
    assert_false(heap_can(&heap, 2 * 1024 * 1024, &err));
    assert_int_equal(err.code, E_MEMORY);
    for (int i = 0; i < 100000 && !heap.exhausted; i++) {
        value = pvec_conj(&heap, value, pvec_entry(&heap, value_int(i), value_nil()));
        if (heap_wants_collection(&heap)) collect(&heap, &value, 1);
    }
    assert_true(heap.exhausted);
    assert_true(heap.used_bytes <= 2 * 1024 * 1024);
}

static void the_nth_allocation_can_be_made_to_fail(void **state)
{
    (void)state;
    heap.fail_at = 2;
    (void)value_of(&heap, "\"a\"");
    assert_false(heap.exhausted);
    (void)value_of(&heap, "\"b\"");
    assert_true(heap.exhausted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_vector_grows_shrinks_and_changes_under_collection, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_map_and_a_set_grow_and_shrink_under_collection, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_sorted_map_grows_and_shrinks_under_collection, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_type_keeps_what_it_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_copy_stands_alone_in_the_other_heap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_copy_keeps_shared_parts_shared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(constants_are_shared_not_moved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_objects_stay_where_they_are_and_go_when_unreached,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deep_list_costs_no_c_stack, set_up, tear_down),
        cmocka_unit_test_setup_teardown(garbage_is_freed_and_the_next_collection_is_planned, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_lives_over_budget_exhausts_the_heap, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_nth_allocation_can_be_made_to_fail, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
