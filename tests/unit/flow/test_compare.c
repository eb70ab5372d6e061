#include "flow/compare.h"
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

static void order_is_clojures(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        {"\"a\"", "\"c\"", -2},
        {"\"abc\"", "\"ab\"", 1},
        {":a", ":c", -2},
        {":a/b", ":a", 1},
        {"a/b", "b", 1},
        {":a/b", ":b/a", -1},
        {"[1 2]", "[1 3]", -1},
        {"[1 2]", "[1]", 1},
        {"[1 2 3 4]", "[1]", 1},
        {"[[1] [2 3]]", "[[1] [2 4]]", -1},
        {"[9]", "[1 2]", -1},
        {"[[1 2] 9]", "[[1 2] 9]", 0},
        {"nil", "1", -1},
        {"1", "nil", 1},
        {"nil", "nil", 0},
        {"false", "true", -1},
        {"\\a", "\\c", -2},
        {"1", "1.0", 0},
        {"1", "2N", -1},
        {"##NaN", "1", 0},
        {"\"é\"", "\"z\"", 111},
        {"#inst \"2020\"", "#inst \"2021\"", -1},
        {"#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
         "#uuid \"081d4fae-7dec-11d0-a765-00a0c91e6bf6\"", -1},
    };

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err = {0};
        int order;

        if (!value_compare(value_of(&heap, cases[i].a), value_of(&heap, cases[i].b), &order,
                           &err)) {
            fail_msg("%s", err.message);
        }
        assert_int_equal(order, cases[i].order);
    }
}

static void what_has_no_order_is_an_error(void **state)
{
    static const char *const cases[][2] = {
        {"1", "\"a\""},      {"{:a 1}", "{:b 1}"}, {"(1)", "(2)"},
        {"[1 {}]", "[1 2]"}, {"#{1}", "#{2}"},     {":a", "a"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err = {0};
        int order = 7;

        assert_false(value_compare(value_of(&heap, cases[i][0]), value_of(&heap, cases[i][1]),
                                   &order, &err));
        assert_int_equal(err.code, E_CAST);
        assert_int_equal(order, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(order_is_clojures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_no_order_is_an_error, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
