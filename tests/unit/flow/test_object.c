#include "flow/callable.h"
#include "flow/exception.h"
#include "flow/java_value.h"
#include "flow/object.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/pvec.h"
#include "flow/string.h"
#include "flow/symbol.h"
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

static void metadata_is_carried_and_not_compared(void **state)
{
    static const char *const sources[] = {"[1]", "(1)", "{:a 1}", "#{1}", "sym", "[]", "{}", "()"};
    struct value meta = value_of(&heap, "{:m 1}");
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        struct value value = value_of(&heap, sources[i]);

        assert_true(object_can_have_meta(value));
        struct value with = object_with_meta(&heap, value, meta);

        assert_prints(object_get_meta(with), "{:m 1}");
        assert_true(value_is_nil(object_get_meta(value)));
        assert_true(value_is_nil(object_get_meta(object_with_meta(&heap, with, value_nil()))));
        assert_same(value, with);
        assert_prints(with, sources[i]);
    }
    assert_false(object_can_have_meta(value_of(&heap, ":a")));
    assert_false(object_can_have_meta(value_int(1)));
    assert_true(value_is_nil(object_get_meta(value_of(&heap, "\"a\""))));
}

static void an_exception_goes_to_an_error_and_back(void **state)
{
    struct error err = {0};
    struct error back = {0};
    struct value data = value_of(&heap, "{:a 1}");
    (void)state;

    error_set(&err, E_CAST, "a %s is no map", "string");
    struct value exception = exception_from_error(&heap, &err, data);

    assert_int_equal(exception_code(exception), E_CAST);
    assert_displays(exception_message(exception), "a string is no map");
    assert_prints(exception_data(exception), "{:a 1}");
    exception_to_error(exception, &back);
    assert_int_equal(back.code, E_CAST);
    assert_string_equal(back.message, err.message);
}

static void a_long_message_is_cut_between_characters(void **state)
{
    struct string_builder builder = {0};
    struct error err = {0};
    (void)state;

    for (int i = 0; i < 2000; i++) {
        string_builder_add_utf8(&builder, TEXT("é🎉"));
    }
    struct value message = string_builder_make(&builder, &heap);

    exception_to_error(exception_new(&heap, E_EX_INFO, message, value_nil(), value_nil()), &err);
    assert_true(strlen(err.message) > 100);
    string_builder_done(&builder);
}

static void every_type_has_a_name(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < VALUE_TYPES; type++) {
        if (type == VALUE_JAVA) continue; // each kind has its own
        assert_non_null(value_type_name((struct value){.type = type}));
    }
    for (int kind = 0; kind < JAVA_KINDS; kind++) {
        assert_non_null(value_type_name(java_value_new(&heap, (enum java_kind)kind, 0, 0)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(metadata_is_carried_and_not_compared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_exception_goes_to_an_error_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_message_is_cut_between_characters, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_type_has_a_name, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
