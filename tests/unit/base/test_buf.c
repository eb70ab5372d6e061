#include "base/buf.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static void appends_stand_one_behind_the_other(void **state)
{
    (void)state;
    struct buf buf CLEANUP(buf_done) = {0};

    assert_string_equal(buf_get(&buf).ptr, "");
    buf_cstr(&buf, "a");
    buf_char(&buf, 'b');
    buf_text(&buf, TEXT("cd"));
    buf_text(&buf, TEXT_NONE);
    buf_printf(&buf, "-%03d", 7);
    assert_string_equal(buf.ptr, "abcd-007");
    assert_int_equal(buf.len, 8);
}

static void whole_numbers_are_written_in_digits(void **state)
{
    (void)state;
    struct buf buf CLEANUP(buf_done) = {0};

    buf_int(&buf, 0);
    buf_int(&buf, -7);
    buf_int(&buf, 1234567890);
    buf_int(&buf, INT64_MIN);
    buf_int(&buf, INT64_MAX);
    assert_string_equal(buf.ptr, "0-71234567890-92233720368547758089223372036854775807");
}

static void past_the_limit_nothing_gets_in_any_more(void **state)
{
    (void)state;
    struct buf buf CLEANUP(buf_done);

    buf_init(&buf, 4);
    buf_cstr(&buf, "abc");
    buf_cstr(&buf, "de");
    assert_true(buf.overflow);
    buf_char(&buf, 'd');
    buf_printf(&buf, "%d", 1);
    assert_string_equal(buf.ptr, "abc");
    buf_reset(&buf);
    assert_false(buf.overflow);
    buf_cstr(&buf, "abcd");
    assert_string_equal(buf.ptr, "abcd");
    assert_false(buf.overflow);
}

static void a_reserve_beyond_all_memory_overflows(void **state)
{
    (void)state;
    struct buf buf CLEANUP(buf_done) = {0};

    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.overflow);
}

static void code_points_become_utf8(void **state)
{
    (void)state;
    struct buf buf CLEANUP(buf_done) = {0};

    buf_utf8(&buf, 'a');
    buf_utf8(&buf, 0xf8);
    buf_utf8(&buf, 0x20ac);
    buf_utf8(&buf, 0x1f600);
    assert_string_equal(buf.ptr, "a\xc3\xb8\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void consuming_drops_from_the_front(void **state)
{
    (void)state;
    struct buf buf CLEANUP(buf_done) = {0};

    buf_consume(&buf, 0);
    buf_cstr(&buf, "abcdef");
    buf_consume(&buf, 4);
    assert_string_equal(buf.ptr, "ef");
    buf_consume(&buf, 2);
    assert_int_equal(buf.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_stand_one_behind_the_other),
        cmocka_unit_test(whole_numbers_are_written_in_digits),
        cmocka_unit_test(past_the_limit_nothing_gets_in_any_more),
        cmocka_unit_test(a_reserve_beyond_all_memory_overflows),
        cmocka_unit_test(code_points_become_utf8),
        cmocka_unit_test(consuming_drops_from_the_front),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
