#include "flow/equal.h"
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

static void equality_is_clojures(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"nil", "nil", true},
        {"nil", "false", false},
        {"nil", "()", false},
        {"1", "1.0", false},
        {"1", "1N", true},
        {"##NaN", "##NaN", false},
        {"0.0", "-0.0", true},
        {"\"a\"", "\"a\"", true},
        {"\"a\"", ":a", false},
        {":a", ":a", true},
        {":a", "a", false},
        {":a/b", ":a/b", true},
        {"\\a", "\\a", true},
        {"\\a", "97", false},
        {"[1 2]", "(1 2)", true},
        {"[1 2]", "[1 2 3]", false},
        {"[1 2]", "[2 1]", false},
        {"[]", "()", true},
        {"[]", "{}", false},
        {"#{}", "{}", false},
        {"#{1 2}", "#{2 1}", true},
        {"#{1 2}", "#{1 3}", false},
        {"{:a 1 :b 2}", "{:b 2 :a 1}", true},
        {"{:a 1}", "{:a 2}", false},
        {"{:a nil}", "{:b nil}", false},
        {"{[1] {#{2} 3}}", "{(1) {#{2N} 3}}", true},
        {"{[1] {#{2} 3}}", "{(1) {#{2} 4}}", false},
        {"{{:k 1} 1, {:k 2} 2}", "{{:k 2} 2, {:k 1} 1}", true},
        {"#{[1] [2] [3] [4] [5] [6] [7] [8] [9] [10]}",
         "#{[10] [9] [8] [7] [6] [5] [4] [3] [2] [1]}", true},
        {"{\"AaAa\" 1 \"BBBB\" 2 \"AaBB\" 3}", "{\"BBBB\" 2 \"AaBB\" 3 \"AaAa\" 1}", true},
        {"#{[\"AaAa\"] [\"BBBB\"]}", "#{[\"BBBB\"] [\"AaAa\"]}", true},
        {"#{[\"AaAa\"] [\"BBBB\"]}", "#{[\"BBBB\"] [\"AaBB\"]}", false},
        {"#inst \"2020\"", "#inst \"2020-01-01\"", true},
        {"#weir/bytes \"AAEC\"", "#weir/bytes \"AAEC\"", true},
        {"#weir/bytes \"AAEC\"", "#weir/bytes \"AAED\"", false},
        {"#\"a\"", "#\"a\"", false},
        {"#foo [1]", "#foo (1)", true},
        {"#foo [1]", "#bar [1]", false},
        {"#foo [1]", "#foo [2]", false},
    };

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct value a = value_of(&heap, cases[i].a);
        struct value b = value_of(&heap, cases[i].b);

        if (value_equal(a, b) != cases[i].equal || value_equal(b, a) != cases[i].equal) {
            fail_msg("%s and %s", cases[i].a, cases[i].b);
        }
        if (cases[i].equal) assert_int_equal(value_hash(a), value_hash(b));
    }
}

static void maps_of_every_kind_are_equal(void **state)
{
    struct error err = {0};
    struct value pairs[60];
    struct value sorted = sorted_map_new(&heap, value_nil());
    struct value backwards = sorted_map_new(&heap, value_nil());
    (void)state;

    for (int i = 0; i < 30; i++) {
        pairs[2 * i] = value_int(i);
        pairs[2 * i + 1] = pvec_entry(&heap, value_int(i), value_nil());
        assert_true(sorted_put(&heap, sorted, pairs[2 * i], pairs[2 * i + 1], NULL, &sorted, &err));
    }
    for (int i = 29; i >= 0; i--) {
        assert_true(
            sorted_put(&heap, backwards, pairs[2 * i], pairs[2 * i + 1], NULL, &backwards, &err));
    }
    struct value kinds[] = {pmap_new(&heap, pairs, 30), pmap_new_array(&heap, pairs, 30), sorted,
                            backwards};

    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(kinds); j++) {
            assert_same(kinds[i], kinds[j]);
        }
    }
    struct value other = pmap_assoc(&heap, kinds[0], value_int(7), value_nil());

    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        assert_false(value_equal(kinds[i], other));
        assert_false(value_equal(other, kinds[i]));
    }
}

static void sequences_of_every_kind_are_equal(void **state)
{
    struct error err = {0};
    struct value entries;
    (void)state;

    assert_same(seq_range(&heap, 1, 1, 2), value_of(&heap, "[1 2]"));
    assert_int_equal(seq_of(&heap, value_of(&heap, "{:a 1 :b [2]}"), &entries, &err), SEQ_OK);
    assert_same(entries, value_of(&heap, "([:a 1] (:b (2)))"));
    assert_false(value_equal(entries, value_of(&heap, "([:a 1] (:b (3)))")));
    assert_false(value_equal(entries, value_of(&heap, "(:a :b)")));
    assert_false(value_equal(value_of(&heap, "\"ab\""), value_of(&heap, "[\\a \\b]")));
}

static void deep_keys_cost_no_c_stack(void **state)
{
    struct value a = value_int(1);
    struct value b = value_int(1);
    struct value c = value_int(2);
    (void)state;

    for (int i = 0; i < 100000; i++) {
        a = pset_conj(&heap, pset_empty(), a);
        b = pset_conj(&heap, pset_empty(), b);
        c = pset_conj(&heap, pset_empty(), c);
    }
    assert_true(value_equal(a, b));
    assert_false(value_equal(a, c));
}

/* 2^60 paths through 60 objects. */
static struct value shared(struct value leaf)
{
    for (int i = 0; i < 60; i++) {
        leaf = i % 3 ? pvec_entry(&heap, leaf, leaf) : pset_conj(&heap, pset_empty(), leaf);
        leaf = pvec_entry(&heap, leaf, leaf);
    }
    return leaf;
}

static void shared_parts_are_compared_once(void **state)
{
    struct error err = {0};
    int order;
    (void)state;

    assert_same(shared(value_int(1)), shared(value_int(1)));
    assert_false(value_equal(shared(value_int(1)), shared(value_int(2))));
    struct value a = value_int(1);
    struct value b = value_int(1);

    for (int i = 0; i < 60; i++) {
        a = pvec_entry(&heap, a, a);
        b = pvec_entry(&heap, b, b);
    }
    assert_true(value_equal(a, b));
    assert_true(value_compare(a, b, &order, &err));
    assert_int_equal(order, 0);
}

static void a_comparison_stops_at_its_budget(void **state)
{
    struct value a = seq_range(&heap, 0, 1, INT64_MAX);
    struct value b = seq_range(&heap, 0, 1, INT64_MAX);
    int64_t budget = 1000;
    bool equal;
    (void)state;

    assert_false(equal_within(a, b, &budget, &equal));
    budget = 1000;
    assert_true(
        equal_within(value_of(&heap, "[1 [2 3]]"), value_of(&heap, "[1 [2 3]]"), &budget, &equal));
    assert_true(equal && budget > 980 && budget < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equality_is_clojures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(maps_of_every_kind_are_equal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sequences_of_every_kind_are_equal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deep_keys_cost_no_c_stack, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shared_parts_are_compared_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_comparison_stops_at_its_budget, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
