/* The envelope, byte for byte. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "gateway/envelope.h"

static void assert_envelope(const struct request_meta *meta, struct text data,
                            const struct error *err, struct text details, const char *expected)
{
    struct buf out = {0};

    envelope_write(&out, TEXT("ws-a"), meta, data, err, details);
    assert_string_equal(out.ptr, expected);
    buf_done(&out);
}

static void data_stands_in_an_ok_envelope(void **state)
{
    const struct request_meta meta = {0};

    (void)state;
    assert_envelope(&meta, TEXT("{\"a\":1}"), NULL, TEXT_NONE,
                    "{\"ok\":true,\"workspaceId\":\"ws-a\",\"meta\":{},\"data\":{\"a\":1}}");
    assert_envelope(&meta, TEXT_NONE, NULL, TEXT_NONE,
                    "{\"ok\":true,\"workspaceId\":\"ws-a\",\"meta\":{},\"data\":{}}");
}

static void meta_says_what_comes_next(void **state)
{
    const struct request_meta meta = {.next = {{"weir runs list", 14}},
                                      .next_count = 1,
                                      .is_list = true,
                                      .has_more = true,
                                      .timed_out = true,
                                      .next_cursor = {"c", 1}};

    (void)state;
    assert_envelope(&meta, TEXT("{}"), NULL, TEXT_NONE,
                    "{\"ok\":true,\"workspaceId\":\"ws-a\",\"meta\":{\"hasMore\":true,"
                    "\"nextCursor\":\"c\",\"timedOut\":true,"
                    "\"nextCommands\":[\"weir runs list\"]},\"data\":{}}");
}

static void an_error_has_code_message_position_details_and_hint(void **state)
{
    const struct request_meta meta = {0};
    struct error err = {0};

    (void)state;
    error_set(&err, E_FLOW_INVALID, "it is \"broken\"");
    error_hint(&err, "Mend it.");
    error_at(&err, 3, 7);
    assert_envelope(&meta, TEXT_NONE, &err, TEXT("{\"n\":1}"),
                    "{\"ok\":false,\"workspaceId\":\"ws-a\",\"meta\":{},\"error\":{"
                    "\"code\":\"flow_invalid\",\"message\":\"it is \\\"broken\\\"\",\"line\":3,"
                    "\"column\":7,\"retryable\":false,\"details\":{\"n\":1}},"
                    "\"hint\":\"Mend it.\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_stands_in_an_ok_envelope),
        cmocka_unit_test(meta_says_what_comes_next),
        cmocka_unit_test(an_error_has_code_message_position_details_and_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
