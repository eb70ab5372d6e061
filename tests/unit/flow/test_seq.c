#include "flow/lazy.h"
#include "flow/plist.h"
#include "flow/pmap.h"
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

/* What first and next give, as a vector; both ways of walking must agree. */
static void assert_walks(struct value coll, const char *expected)
{
    struct value by_next = pvec_empty();
    struct value by_iter = pvec_empty();
    struct error err = {0};
    struct seq_iter iter;
    struct value seq, item;

    for (assert_int_equal(seq_of(&heap, coll, &seq, &err), SEQ_OK); !value_is_nil(seq);) {
        assert_int_equal(seq_first(&heap, seq, &item, &err), SEQ_OK);
        by_next = pvec_conj(&heap, by_next, item);
        assert_int_equal(seq_next(&heap, seq, &seq, &err), SEQ_OK);
    }
    assert_prints(by_next, expected);
    seq_iter_init(&iter, coll);
    while (seq_iter_next(&iter, &heap, &item)) {
        by_iter = pvec_conj(&heap, by_iter, item);
    }
    assert_int_equal(iter.result, SEQ_OK);
    assert_prints(by_iter, expected);

    // from every position on, and by index
    int64_t count;
    struct value pending;

    assert_int_equal(seq_count(coll, &count, &pending, &err), SEQ_OK);
    assert_int_equal(count, pvec_count(by_next));
    assert_int_equal(seq_of(&heap, coll, &seq, &err), SEQ_OK);
    for (uint32_t i = 0; i < count; i++) {
        bool found;

        assert_int_equal(seq_nth(&heap, seq, 0, &found, &item, &err), SEQ_OK);
        assert_true(found && value_equal(item, pvec_nth(by_next, i)));
        assert_same(seq, pvec_slice(&heap, by_next, i, (uint32_t)count));
        if (i + 1 < count) {
            assert_int_equal(seq_nth(&heap, seq, 1, &found, &item, &err), SEQ_OK);
            assert_true(found && value_equal(item, pvec_nth(by_next, i + 1)));
        }
        assert_int_equal(seq_nth(&heap, seq, count - i, &found, &item, &err), SEQ_OK);
        assert_false(found);
        assert_int_equal(seq_next(&heap, seq, &seq, &err), SEQ_OK);
    }
}

static void everything_seqable_is_walked(void **state)
{
    struct error err = {0};
    struct value sorted = sorted_map_new(&heap, value_nil());
    struct value set = sorted_set_new(&heap, value_nil());
    struct value large = pmap_empty();
    (void)state;

    for (int i = 5; i > 0; i--) {
        assert_true(sorted_put(&heap, sorted, value_int(i), value_nil(), NULL, &sorted, &err));
        assert_true(sorted_put(&heap, set, value_int(i), value_nil(), NULL, &set, &err));
    }
    for (int i = 0; i < 10; i++) {
        large = pmap_assoc(&heap, large, value_int(i), value_nil());
    }
    assert_walks(value_nil(), "[]");
    assert_walks(plist_empty(), "[]");
    assert_walks(value_of(&heap, "(1 2 3)"), "[1 2 3]");
    assert_walks(value_of(&heap, "[]"), "[]");
    assert_walks(value_of(&heap, "[1 2 3]"), "[1 2 3]");
    assert_walks(value_of(&heap, "\"aé🎉\""), "[\\a \\é \\\xED\xA0\xBC \\\xED\xBE\x89]");
    assert_walks(value_of(&heap, "#weir/bytes \"AP8B\""), "[0 -1 1]");
    assert_walks(value_of(&heap, "{:a 1 :b 2}"), "[[:a 1] [:b 2]]");
    assert_walks(value_of(&heap, "{}"), "[]");
    assert_walks(value_of(&heap, "#{1}"), "[1]");
    assert_walks(large, "[[0 nil] [7 nil] [1 nil] [4 nil] [6 nil] [3 nil] [2 nil] [9 nil] [5 nil] "
                        "[8 nil]]");
    assert_walks(seq_keys(&heap, large), "[0 7 1 4 6 3 2 9 5 8]");
    assert_walks(seq_vals(&heap, value_of(&heap, "{:a 1 :b 2}")), "[1 2]");
    assert_walks(sorted, "[[1 nil] [2 nil] [3 nil] [4 nil] [5 nil]]");
    assert_walks(set, "[1 2 3 4 5]");
    assert_walks(seq_sorted(&heap, set, 1, 4, false), "[2 3 4]");
    assert_walks(seq_sorted(&heap, set, 1, 4, true), "[4 3 2]");
    assert_walks(seq_reverse(&heap, sorted), "[[5 nil] [4 nil] [3 nil] [2 nil] [1 nil]]");
    assert_walks(seq_reverse(&heap, value_of(&heap, "[1 2 3]")), "[3 2 1]");
    assert_walks(seq_reverse(&heap, value_of(&heap, "[]")), "[]");
    assert_walks(seq_range(&heap, 5, -2, 4), "[5 3 1 -1]");
    assert_walks(seq_repeat(&heap, value_int(7), 3), "[7 7 7]");
    assert_walks(plist_cons(&heap, value_int(0), seq_range(&heap, 1, 1, 2)), "[0 1 2]");
    assert_walks(plist_cons(&heap, value_int(0), value_of(&heap, "(1 2)")), "[0 1 2]");
    assert_true(value_is_nil(seq_keys(&heap, value_of(&heap, "{}"))));
}

static void an_unrealised_lazy_stops_every_walk(void **state)
{
    struct value lazy = lazy_new(&heap, value_nil());
    struct value chain = plist_cons(&heap, value_int(1), lazy);
    struct error err = {0};
    struct seq_iter iter;
    struct value out;
    int64_t count;
    bool found;
    (void)state;

    assert_int_equal(seq_of(&heap, lazy, &out, &err), SEQ_PENDING);
    assert_true(value_identical(out, lazy));
    assert_int_equal(seq_first(&heap, chain, &out, &err), SEQ_OK);
    assert_int_equal(seq_rest(&heap, chain, &out, &err), SEQ_OK); // not looked into
    assert_true(value_identical(out, lazy));
    assert_int_equal(seq_next(&heap, chain, &out, &err), SEQ_PENDING);
    assert_int_equal(seq_count(chain, &count, &out, &err), SEQ_PENDING);
    assert_int_equal(seq_nth(&heap, chain, 0, &found, &out, &err), SEQ_OK);
    assert_true(found);
    assert_int_equal(seq_nth(&heap, chain, 1, &found, &out, &err), SEQ_PENDING);
    assert_true(value_identical(out, lazy));
    seq_iter_init(&iter, chain);
    assert_true(seq_iter_next(&iter, &heap, &out));
    assert_false(seq_iter_next(&iter, &heap, &out));
    assert_int_equal(iter.result, SEQ_PENDING);
    assert_true(value_identical(iter.rest, lazy));

    lazy_start(lazy);
    lazy_finish(lazy, value_of(&heap, "(2 3)"));
    assert_walks(chain, "[1 2 3]");
}

static void what_is_no_sequence_is_an_error(void **state)
{
    struct error err = {0};
    struct value out;
    int64_t count;
    bool found;
    (void)state;

    assert_int_equal(seq_of(&heap, value_int(5), &out, &err), SEQ_FAILED);
    assert_int_equal(err.code, E_ARGUMENT);
    assert_int_equal(seq_first(&heap, value_of(&heap, ":a"), &out, &err), SEQ_FAILED);
    assert_int_equal(seq_count(value_int(5), &count, &out, &err), SEQ_FAILED);
    assert_int_equal(err.code, E_UNSUPPORTED);
    assert_int_equal(seq_nth(&heap, value_of(&heap, "{:a 1}"), 0, &found, &out, &err), SEQ_FAILED);
    assert_int_equal(seq_nth(&heap, value_nil(), 3, &found, &out, &err), SEQ_OK);
    assert_false(found);
}

static void rest_of_nothing_is_the_empty_list(void **state)
{
    struct error err = {0};
    struct value out;
    (void)state;

    assert_int_equal(seq_rest(&heap, value_nil(), &out, &err), SEQ_OK);
    assert_prints(out, "()");
    assert_int_equal(seq_rest(&heap, value_of(&heap, "[1]"), &out, &err), SEQ_OK);
    assert_prints(out, "()");
    assert_int_equal(seq_next(&heap, value_of(&heap, "[1]"), &out, &err), SEQ_OK);
    assert_prints(out, "nil");
    assert_int_equal(seq_first(&heap, value_nil(), &out, &err), SEQ_OK);
    assert_prints(out, "nil");
}

static void a_walk_survives_collections(void **state)
{
    struct error err = {0};
    struct value map = pmap_empty();
    struct value out;
    int64_t sum = 0;
    (void)state;

    for (int i = 0; i < 500; i++) {
        map = pmap_assoc(&heap, map, value_int(i), value_int(1));
    }
    struct value roots[1];

    assert_int_equal(seq_of(&heap, map, &roots[0], &err), SEQ_OK);
    while (!value_is_nil(roots[0])) {
        assert_int_equal(seq_first(&heap, roots[0], &out, &err), SEQ_OK);
        sum += pvec_nth(out, 0).integer;
        assert_int_equal(seq_next(&heap, roots[0], &roots[0], &err), SEQ_OK);
        collect(&heap, roots, 1);
    }
    assert_int_equal(sum, 499 * 500 / 2);
}

static void a_range_knows_its_count(void **state)
{
    struct error err = {0};
    struct value range = seq_range(&heap, 0, 1, 1000000000000);
    struct value out;
    int64_t count;
    bool found;
    (void)state;

    assert_int_equal(seq_count(range, &count, &out, &err), SEQ_OK);
    assert_true(count == 1000000000000);
    assert_int_equal(seq_nth(&heap, range, 999999999999, &found, &out, &err), SEQ_OK);
    assert_true(out.integer == 999999999999);
    assert_true(value_is_nil(seq_range(&heap, 0, 1, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_seqable_is_walked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unrealised_lazy_stops_every_walk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_sequence_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rest_of_nothing_is_the_empty_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_walk_survives_collections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_range_knows_its_count, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
