#include "flow/reader.h"
#include "flow/secret_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>

// clang-format on

static void assert_names(const char *source, const char *expected)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct buf shown CLEANUP(buf_done) = {0};
    struct secret_names names = {0};
    struct reader reader;
    struct form *form;
    struct error err = {0};

    arena_init(&arena, 0);
    assert_true(reader_init(&reader, &arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    secret_names_collect(&names, form, &arena);
    for (size_t i = 0; i < names.count; i++) {
        buf_printf(&shown, TEXT_FMT " ", TEXT_ARG(names.names[i]));
    }
    buf_char(&shown, '\0');
    assert_string_equal(shown.ptr, expected);
}

static void names_stand_behind_secret_ref_anywhere(void **state)
{
    (void)state;
    assert_names("{:a [{:secret-ref :one}] :flow '(f {:auth {:type :bearer :secret-ref \"two\"}})}",
                 "one two ");
    assert_names("(assoc auth :secret-ref :late :x :y)", "late ");
}

static void an_expression_there_names_all_that_stand_in_it(void **state)
{
    (void)state;
    assert_names("{:secret-ref (if live? :live :test)}", "live test ");
}

static void nothing_else_is_a_name(void **state)
{
    (void)state;
    assert_names("{:a :one \"secret-ref\" :two :b [:secret-ref]}", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_behind_secret_ref_anywhere),
        cmocka_unit_test(an_expression_there_names_all_that_stand_in_it),
        cmocka_unit_test(nothing_else_is_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
