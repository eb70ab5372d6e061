#include "flow/diagnostic.h"
#include "flow/reader.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static struct arena arena;
static struct diagnostics list;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    diagnostic_init(&list, &arena);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void add(enum diagnostic_severity severity, const char *code)
{
    diagnostic_add(&list, severity, code, NULL, ":flow", "Do this.", "what is wrong");
}

static void errors_stand_before_warnings_each_in_order(void **state)
{
    static const char *const expected[] = {"e1", "e2", "w1", "w2"};
    size_t i = 0;

    (void)state;
    add(DIAGNOSTIC_WARNING, "w1");
    add(DIAGNOSTIC_ERROR, "e1");
    add(DIAGNOSTIC_WARNING, "w2");
    add(DIAGNOSTIC_ERROR, "e2");
    for (const struct diagnostic *item = list.first; item; item = item->next) {
        assert_string_equal(item->code, expected[i++]);
    }
    assert_int_equal(i, 4);
    assert_int_equal(list.error_count, 2);
    assert_int_equal(list.warning_count, 2);
}

static void within_a_severity_they_stand_by_position(void **state)
{
    static const uint32_t lines[] = {3, 1, 2, 1}, columns[] = {1, 9, 5, 2};
    static const uint32_t expected_lines[] = {1, 1, 2, 3}, expected_columns[] = {2, 9, 5, 1};
    size_t i = 0;

    (void)state;
    for (size_t k = 0; k < ARRAY_COUNT(lines); k++) {
        struct form form = {.kind = FORM_NIL, .line = lines[k], .column = columns[k]};

        diagnostic_add(&list, DIAGNOSTIC_ERROR, "e", &form, NULL, "Do this.", "wrong");
    }
    for (const struct diagnostic *item = list.first; item; item = item->next, i++) {
        assert_int_equal(item->line, expected_lines[i]);
        assert_int_equal(item->column, expected_columns[i]);
    }
    assert_int_equal(i, 4);
}

static void what_was_said_is_not_said_again(void **state)
{
    (void)state;
    add(DIAGNOSTIC_ERROR, "e");
    add(DIAGNOSTIC_ERROR, "e");
    add(DIAGNOSTIC_WARNING, "e");
    diagnostic_add(&list, DIAGNOSTIC_ERROR, "e", NULL, ":flow", "Do this.", "something else");
    assert_int_equal(list.error_count, 2);
    assert_int_equal(list.warning_count, 1);
}

static void offsets_count_bytes_where_columns_count_characters(void **state)
{
    (void)state;
    assert_int_equal(diagnostic_offset(TEXT("a\n\xc3\xa5x y"), 2, 4), 6);
    assert_int_equal(diagnostic_offset(TEXT("a\rb\r\nc"), 3, 1), 5);
    assert_int_equal(diagnostic_offset(TEXT("\xef\xbb\xbf"
                                            "ab"),
                                       1, 2),
                     4);
    assert_int_equal(diagnostic_offset(TEXT("ab"), 9, 9), 2);
}

static void two_hundred_are_kept_and_all_are_counted(void **state)
{
    size_t kept = 0;

    (void)state;
    for (int i = 0; i < 500; i++) {
        diagnostic_add(&list, DIAGNOSTIC_ERROR, "e", NULL, NULL, "Do this.", "wrong: %d", i);
    }
    for (const struct diagnostic *item = list.first; item; item = item->next) {
        kept++;
    }
    assert_int_equal(kept, 200);
    assert_int_equal(list.error_count, 500);
}

static void warnings_do_not_crowd_out_an_error_that_comes_later(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        diagnostic_add(&list, DIAGNOSTIC_WARNING, "w", NULL, NULL, "Do this.", "odd: %d", i);
    }
    diagnostic_add(&list, DIAGNOSTIC_ERROR, "e", NULL, NULL, "Do this.", "wrong");
    assert_string_equal(list.first->code, "e");
    assert_int_equal(list.warning_count, 300);
}

static void the_json_has_position_path_hint_and_the_source_of_the_form(void **state)
{
    struct reader reader;
    struct form *form = NULL;
    struct error err = {0};
    struct buf out = {0};
    struct json_writer writer;

    (void)state;
    list.source = TEXT("\n  (a\n     b)");
    assert_true(reader_init(&reader, &arena, list.source, &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    diagnostic_add(&list, DIAGNOSTIC_ERROR, "some_code", form, ":flow :x", NULL, "bad %s", "form");
    json_write_init(&writer, &out);
    diagnostic_write(&list, &writer, "local");
    assert_string_equal(out.ptr, "[{\"severity\":\"error\",\"code\":\"some_code\",\"message\":"
                                 "\"bad form\",\"path\":[\":flow\",\":x\"],\"stage\":\"local\","
                                 "\"line\":2,\"column\":3,\"byteOffset\":3,\"form\":\"(a b)\"}]");
    buf_done(&out);
}

static void an_error_keeps_its_position_and_gets_its_offset(void **state)
{
    struct error err = {0};

    (void)state;
    list.source = TEXT("a\n\xc3\xa5x y");
    error_set(&err, E_UNKNOWN_SYMBOL, "unknown symbol y");
    error_at(&err, 2, 4);
    diagnostic_add_error(&list, &err, ":flow");
    assert_string_equal(list.first->code, "unknown_symbol");
    assert_int_equal(list.first->line, 2);
    assert_int_equal(list.first->offset, 6);
    assert_true(list.first->hint.len > 0);
    assert_true(diagnostic_has(&list, "unknown_symbol", 2, 4));
    assert_false(diagnostic_has(&list, "unknown_symbol", 2, 5));
}

static void the_first_error_passes_over_warnings(void **state)
{
    struct error err = {0};

    (void)state;
    assert_false(diagnostic_first_error(&list, &err));
    add(DIAGNOSTIC_WARNING, "unknown_key");
    assert_false(diagnostic_first_error(&list, &err));
    add(DIAGNOSTIC_ERROR, "cron_invalid");
    assert_true(diagnostic_first_error(&list, &err));
    assert_int_equal(err.code, E_CRON);
    assert_string_equal(err.message, "what is wrong");
    assert_string_equal(err.hint, "Do this.");
    assert_int_equal(err.line, 1);
}

static void a_code_of_the_lint_alone_is_flow_invalid(void **state)
{
    struct error err = {0};

    (void)state;
    add(DIAGNOSTIC_ERROR, "too_many_interfaces");
    assert_true(diagnostic_first_error(&list, &err));
    assert_int_equal(err.code, E_FLOW_INVALID);
}

static void what_is_no_utf8_is_cut(void **state)
{
    (void)state;
    diagnostic_add(&list, DIAGNOSTIC_ERROR, "e", NULL, NULL, NULL, "abc\xed\xa0\x80");
    assert_true(text_equal(list.first->message, TEXT("abc")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(errors_stand_before_warnings_each_in_order, start, stop),
        cmocka_unit_test_setup_teardown(within_a_severity_they_stand_by_position, start, stop),
        cmocka_unit_test_setup_teardown(what_was_said_is_not_said_again, start, stop),
        cmocka_unit_test_setup_teardown(offsets_count_bytes_where_columns_count_characters, start,
                                        stop),
        cmocka_unit_test_setup_teardown(two_hundred_are_kept_and_all_are_counted, start, stop),
        cmocka_unit_test_setup_teardown(warnings_do_not_crowd_out_an_error_that_comes_later, start,
                                        stop),
        cmocka_unit_test_setup_teardown(the_json_has_position_path_hint_and_the_source_of_the_form,
                                        start, stop),
        cmocka_unit_test_setup_teardown(an_error_keeps_its_position_and_gets_its_offset, start,
                                        stop),
        cmocka_unit_test_setup_teardown(the_first_error_passes_over_warnings, start, stop),
        cmocka_unit_test_setup_teardown(a_code_of_the_lint_alone_is_flow_invalid, start, stop),
        cmocka_unit_test_setup_teardown(what_is_no_utf8_is_cut, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
