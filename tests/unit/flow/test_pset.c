#include "flow/pset.h"
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

static void assert_both_print(const struct value *items, uint32_t count, const char *expected)
{
    struct value set = pset_empty();

    for (uint32_t i = 0; i < count; i++) {
        set = pset_conj(&heap, set, items[i]);
    }
    assert_prints(set, expected);
    assert_prints(pset_new(&heap, items, count), expected);
    assert_same(set, pset_new(&heap, items, count));
}

static void strings_are_in_clojures_order(void **state)
{
    struct value items[40];
    (void)state;

    for (int i = 0; i < 40; i++) {
        char text[20];

        snprintf(text, sizeof(text), "\"s%d\"", i);
        items[i] = value_of(&heap, text);
    }
    assert_both_print(
        items, 40,
        "#{\"s15\" \"s10\" \"s17\" \"s12\" \"s31\" \"s6\" \"s26\" \"s38\" \"s16\" \"s29\" \"s36\" "
        "\"s20\" \"s24\" \"s13\" \"s22\" \"s8\" \"s21\" \"s32\" \"s33\" \"s28\" \"s4\" \"s3\" "
        "\"s27\" \"s23\" \"s19\" \"s37\" \"s39\" \"s25\" \"s0\" \"s11\" \"s35\" \"s30\" \"s1\" "
        "\"s2\" \"s18\" \"s34\" \"s7\" \"s14\" \"s5\" \"s9\"}");
}

static void mixed_and_colliding_items_are_in_clojures_order(void **state)
{
    static const char *const sources[] = {
        "nil", "0",      "\"\"",   "false",    "0.0",      ":a",       "a",        "\\a",
        "1/2", "\"Aa\"", "\"BB\"", "\"AaBB\"", "\"BBAa\"", "\"AaAa\"", "\"BBBB\"", "1.5M"};
    struct value items[ARRAY_COUNT(sources)];
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(items); i++) {
        items[i] = value_of(&heap, sources[i]);
    }
    assert_both_print(
        items, ARRAY_COUNT(items),
        "#{nil 0 \"\" 0.0 \\a 1/2 a \"AaBB\" \"BBAa\" \"AaAa\" \"BBBB\" 1.5M \"Aa\" \"BB\" "
        "false :a}");
}

static void an_equal_item_changes_nothing(void **state)
{
    struct value set = value_of(&heap, "#{1 [2] \"x\"}");
    (void)state;

    assert_true(value_identical(pset_conj(&heap, set, value_of(&heap, "(2)")), set));
    assert_true(value_identical(pset_disj(&heap, set, value_of(&heap, "3")), set));
    assert_prints(pset_get(set, value_of(&heap, "(2)"), value_nil()), "[2]");
    assert_true(pset_contains(set, value_of(&heap, "1N")));
    assert_false(pset_contains(set, value_of(&heap, "1.0")));
    assert_int_equal(pset_count(pset_disj(&heap, set, value_of(&heap, "1"))), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(strings_are_in_clojures_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mixed_and_colliding_items_are_in_clojures_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_equal_item_changes_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
