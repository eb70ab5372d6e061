/* Heads of requests that another proxy may read differently. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/limits.h"
#include "gateway/head.h"

#include <string.h>

static bool check(const char *raw)
{
    struct error err = {0};

    return head_check(text_from(raw), &err);
}

static void an_ordinary_head_passes(void **state)
{
    (void)state;
    assert_true(check("POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"));
    assert_true(check("GET / HTTP/1.0\r\n\r\n"));
    assert_true(check("GET / HTTP/1.1\nhost: a\n\n"));
}

static void what_follows_the_blank_line_is_not_looked_at(void **state)
{
    (void)state;
    assert_true(check("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 30\r\n\r\n"
                      "GET / HTTP/1.1\r\nhost: b\r\nhost: c\r\n\r\n"));
}

static void both_ways_to_frame_a_body_are_refused(void **state)
{
    (void)state;
    assert_false(check("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n"
                       "transfer-encoding: chunked\r\n\r\n"));
    assert_false(check("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-length: 2\r\n"
                       "\r\n"));
    assert_false(check("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n"
                       "transfer-encoding: chunked\r\n\r\n"));
}

static void one_host_is_needed_and_no_more(void **state)
{
    (void)state;
    assert_false(check("GET / HTTP/1.1\r\n\r\n"));
    assert_false(check("GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n"));
}

static void headers_that_others_read_differently_are_refused(void **state)
{
    (void)state;
    assert_false(check("GET / HTTP/1.1\r\nhost : a\r\n\r\n"));
    assert_false(check("GET / HTTP/1.1\r\nhost: a\r\n folded\r\n\r\n"));
    assert_false(check("GET / HTTP/1.1\r\nhost: a\r\n: b\r\n\r\n"));
}

static void a_head_has_a_limit(void **state)
{
    static char raw[LIMIT_HEADER_BLOCK + 100] = "GET / HTTP/1.1\r\nhost: a\r\nx: ";
    struct error err = {0};

    (void)state;
    memset(raw + strlen(raw), 'y', sizeof raw - strlen(raw) - 5);
    memcpy(raw + sizeof raw - 5, "\r\n\r\n", 5);
    assert_false(head_check((struct text){raw, sizeof raw - 1}, &err));
    assert_int_equal(err.code, E_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_head_passes),
        cmocka_unit_test(what_follows_the_blank_line_is_not_looked_at),
        cmocka_unit_test(both_ways_to_frame_a_body_are_refused),
        cmocka_unit_test(one_host_is_needed_and_no_more),
        cmocka_unit_test(headers_that_others_read_differently_are_refused),
        cmocka_unit_test(a_head_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
