#include "flow/coll.h"
#include "flow/plist.h"
#include "flow/pvec.h"
#include "flow/seq.h"
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

/* 'g' get, 'c' contains?, 'j' conj, 'd' dissoc, 'f' find; "!! code" for errors */
static void check(char operation, const char *coll_source, const char *key_source,
                  const char *expected)
{
    struct value coll = value_of(&heap, coll_source);
    struct value key = value_of(&heap, key_source);
    struct error err = {0};
    struct value out = value_nil();
    struct buf text = {0};
    bool contains = false;
    bool good = operation == 'g'   ? coll_get(coll, key, value_nil(), NULL, &out, &err)
                : operation == 'c' ? coll_contains(coll, key, NULL, &contains, &err)
                : operation == 'j' ? coll_conj(&heap, coll, key, NULL, &out, &err)
                : operation == 'd' ? coll_dissoc(&heap, coll, key, NULL, &out, &err)
                                   : coll_find(&heap, coll, key, NULL, &out, &err);

    if (!good) {
        buf_printf(&text, "!! %s", error_wire(err.code));
    } else if (operation == 'c') {
        buf_cstr(&text, contains ? "true" : "false");
    } else {
        value_print(out, &text);
    }
    if (strcmp(text.ptr, expected) != 0) {
        fail_msg("%c %s %s: %s, expected %s", operation, coll_source, key_source, text.ptr,
                 expected);
    }
    buf_done(&text);
}

static void get_works_on_everything(void **state)
{
    (void)state;
    check('g', "{:a 1}", ":a", "1");
    check('g', "{:a 1}", ":b", "nil");
    check('g', "#{1}", "1", "1");
    check('g', "[1 2]", "1", "2");
    check('g', "[1 2]", "1N", "2");
    check('g', "[1 2]", "1.0", "nil");
    check('g', "[1 2]", "-1", "nil");
    check('g', "\"abc\"", "1.5", "\\b");
    check('g', "(1 2)", "0", "nil");
    check('g', "nil", "0", "nil");
    check('g', "5", "0", "nil");
    check('g', "#foo [1]", ":form", "[1]");
    check('g', "#foo [1]", ":tag", "foo");
}

static void contains_looks_for_keys(void **state)
{
    (void)state;
    check('c', "{:a nil}", ":a", "true");
    check('c', "#{nil}", "nil", "true");
    check('c', "[1]", "0", "true");
    check('c', "[1]", "1", "false");
    check('c', "[1]", "1.0", "false");
    check('c', "\"abc\"", "1", "true");
    check('c', "\"abc\"", ":a", "!! argument");
    check('c', "nil", "1", "false");
    check('c', "(1)", "1", "!! argument");
}

static void conj_adds_where_it_is_natural(void **state)
{
    (void)state;
    check('j', "nil", "1", "(1)");
    check('j', "(1)", "2", "(2 1)");
    check('j', "[1]", "2", "[1 2]");
    check('j', "#{}", "2", "#{2}");
    check('j', "{}", "[1 2]", "{1 2}");
    check('j', "{}", "[1]", "!! argument");
    check('j', "{:a 1}", "nil", "{:a 1}");
    check('j', "{:a 1}", "{:b 2, :c 3}", "{:a 1, :b 2, :c 3}");
    check('j', "{}", "5", "!! argument");
    check('j', "{}", "(1)", "!! cast");
    check('j', "5", "1", "!! cast");
}

static void dissoc_and_find_take_maps(void **state)
{
    (void)state;
    check('d', "{:a 1 :b 2}", ":a", "{:b 2}");
    check('d', "nil", ":a", "nil");
    check('d', "[1]", "0", "!! cast");
    check('f', "{:a 1}", ":a", "[:a 1]");
    check('f', "{:a 1}", ":b", "nil");
    check('f', "[1 2]", "1", "[1 2]");
    check('f', "nil", ":a", "nil");
    check('f', "#{1}", "1", "!! argument");
}

static void assoc_takes_maps_and_vectors(void **state)
{
    struct error err = {0};
    struct value out;
    (void)state;

    assert_true(coll_assoc(&heap, value_nil(), value_int(1), value_int(2), NULL, &out, &err));
    assert_prints(out, "{1 2}");
    assert_true(
        coll_assoc(&heap, value_of(&heap, "[1]"), value_int(1), value_int(2), NULL, &out, &err));
    assert_prints(out, "[1 2]");
    assert_false(
        coll_assoc(&heap, value_of(&heap, "[1]"), value_int(5), value_int(2), NULL, &out, &err));
    assert_int_equal(err.code, E_INDEX);
    assert_false(coll_assoc(&heap, value_of(&heap, "[1]"), value_of(&heap, ":a"), value_int(2),
                            NULL, &out, &err));
    assert_int_equal(err.code, E_ARGUMENT);
    assert_false(coll_assoc(&heap, value_int(5), value_int(5), value_int(2), NULL, &out, &err));
    assert_int_equal(err.code, E_CAST);
}

static void empty_keeps_kind_and_metadata(void **state)
{
    (void)state;
    assert_prints(coll_empty(&heap, value_of(&heap, "[1]")), "[]");
    assert_prints(coll_empty(&heap, value_of(&heap, "(1)")), "()");
    assert_prints(coll_empty(&heap, value_of(&heap, "#{1}")), "#{}");
    assert_prints(coll_empty(&heap, value_of(&heap, "{1 2}")), "{}");
    assert_prints(coll_empty(&heap, value_of(&heap, "\"a\"")), "nil");
    assert_prints(object_get_meta(coll_empty(&heap, value_of(&heap, "^:m #{1}"))), "{:m true}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(get_works_on_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(contains_looks_for_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conj_adds_where_it_is_natural, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dissoc_and_find_take_maps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(assoc_takes_maps_and_vectors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(empty_keeps_kind_and_metadata, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
