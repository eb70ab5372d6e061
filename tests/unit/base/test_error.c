#include "base/error.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

static void an_error_carries_its_codes_hint(void **state)
{
    (void)state;
    struct error err = {0};

    assert_false(error_set(&err, E_NOT_FOUND, "flow %s is not there", "x"));
    assert_int_equal(err.code, E_NOT_FOUND);
    assert_string_equal(err.message, "flow x is not there");
    assert_string_equal(err.hint, error_default_hint(E_NOT_FOUND));
    error_hint(&err, "see %s", "y");
    assert_string_equal(err.hint, "see y");
}

static void a_second_error_forgets_the_position_of_the_first(void **state)
{
    (void)state;
    struct error err = {0};

    error_set(&err, E_SYNTAX, "bad");
    error_at(&err, 3, 4);
    error_detail(&err, "d");
    error_set(&err, E_IO, "worse: %s", err.message);
    assert_string_equal(err.message, "worse: bad");
    assert_int_equal(err.line, 0);
    assert_string_equal(err.detail, "");
}

static void a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    struct error err = {0};
    char text[500] = "";

    for (size_t i = 0; i < 498; i += 2) {
        text[i] = '\xc3';
        text[i + 1] = '\xb8';
    }
    error_set(&err, E_IO, "%s", text); // 399 bytes of room, an odd number
    assert_int_equal(strlen(err.message), 398);
    assert_true(text_is_utf8(text_from(err.message), NULL));
}

static void nobody_needs_to_want_the_error(void **state)
{
    (void)state;
    assert_false(error_set(NULL, E_IO, "x"));
    assert_false(error_hint(NULL, "x"));
    assert_false(error_detail(NULL, "x"));
    assert_false(error_at(NULL, 1, 1));
}

static void every_code_is_found_by_its_wire_name(void **state)
{
    (void)state;
    for (int code = E_NONE + 1; code < E_COUNT; code++) {
        assert_int_equal(error_find(text_from(error_wire((enum error_code)code))), code);
        assert_true(error_http_status((enum error_code)code) >= 400);
        assert_true(strlen(error_default_hint((enum error_code)code)) > 0);
    }
    assert_int_equal(error_find(TEXT("none")), E_NONE);
    assert_int_equal(error_find(TEXT("nothing like it")), E_NONE);
    assert_true(error_may_retry(E_TIMEOUT));
    assert_false(error_may_retry(E_INPUT));
}

static void every_class_is_found_by_its_name(void **state)
{
    (void)state;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        const char *name = error_class_name((enum error_class) class);

        assert_int_equal(error_class_find(text_from(name)), class);
    }
    assert_int_equal(error_class_find(TEXT("x")), CLASS_COUNT);
    assert_int_equal(error_class(E_FUEL), CLASS_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_carries_its_codes_hint),
        cmocka_unit_test(a_second_error_forgets_the_position_of_the_first),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(nobody_needs_to_want_the_error),
        cmocka_unit_test(every_code_is_found_by_its_wire_name),
        cmocka_unit_test(every_class_is_found_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
