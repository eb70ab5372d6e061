#include "flow/box.h"
#include "flow/pmap.h"
#include "flow/quote.h"
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

static void forms_become_the_values_they_stand_for(void **state)
{
    static const char *const sources[] = {
        "nil",
        "true",
        "12",
        "12N",
        "1.50M",
        "1/2",
        "-0.5",
        "\\a",
        "\"s\"",
        "#\"re\"",
        ":a/b",
        "c",
        "(1 [2 {3 #{4}}])",
        "#foo/bar {:a #baz 1}",
        "{}",
        "()",
        "[]",
        "#{}",
        "#inst \"2020-01-01T00:00:00.000-00:00\"",
        "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
        "#weir/bytes \"AAEC\"",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        assert_prints(value_of(&heap, sources[i]), sources[i]);
    }
    assert_prints(value_of(&heap, "2/4"), "1/2");
    assert_prints(value_of(&heap, "4/2"), "2");
}

static void metadata_is_kept(void **state)
{
    struct value value = value_of(&heap, "^{:a [1]} [^:b x ^String y]");
    struct value x, y;
    (void)state;

    assert_prints(object_get_meta(value), "{:a [1]}");
    x = OBJECT_AS(values_object, OBJECT_AS(vector_object, value.object)->tail)->items[0];
    y = OBJECT_AS(values_object, OBJECT_AS(vector_object, value.object)->tail)->items[1];
    assert_prints(object_get_meta(x), "{:b true}");
    assert_prints(object_get_meta(y), "{:tag String}");
}

static void constants_are_static_through_and_through(void **state)
{
    struct heap constants;
    (void)state;

    heap_init_static(&constants);
    struct value value = value_of(&constants, "[{:a \"x\"} (1 2) #{1N}]");

    assert_true(value.object->flags & OBJECT_STATIC);
    assert_true(OBJECT_AS(vector_object, value.object)->tail->flags & OBJECT_STATIC);
    assert_true(value.object->flags & OBJECT_HASHED);
    heap_done(&constants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forms_become_the_values_they_stand_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metadata_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(constants_are_static_through_and_through, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
