/* What tenants write never becomes markup, and never headers. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/json.h"
#include "gateway/page.h"
#include "gateway/reply.h"
#include "gateway/verdict.h"

static void assert_shown(const char *json, const char *expected)
{
    struct arena arena;
    struct error err = {0};
    struct buf out = {0};

    arena_init(&arena, 0);
    const struct json *node = json_read(&arena, text_from(json), &err);

    assert_non_null(node);
    page_write_json(&out, node);
    assert_string_equal(out.ptr, expected);
    buf_done(&out);
    arena_done(&arena);
}

static void text_is_escaped(void **state)
{
    struct buf out = {0};

    (void)state;
    page_escape(&out, TEXT("<b a=\"1\" c='2'>&\x01"));
    assert_string_equal(out.ptr, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
    buf_done(&out);
}

static void data_is_shown_as_lists_with_keys_and_values_escaped(void **state)
{
    (void)state;
    assert_shown("{\"<k>\":[\"<v>\",1,null]}",
                 "<dl><dt>&lt;k&gt;</dt><dd><ol><li>&lt;v&gt;</li><li>1</li>"
                 "<li><span class=\"none\">none</span></li></ol></dd></dl>");
}

static void deep_data_is_cut_to_text(void **state)
{
    (void)state;
    assert_shown("[[[[[1]]]]]", "<ol><li><ol><li><ol><li><ol><li>[1]</li></ol></li></ol></li></ol>"
                                "</li></ol>");
}

static void a_flow_cannot_send_what_concerns_the_connection(void **state)
{
    (void)state;
    assert_true(reply_header_is_allowed(TEXT("X-Order"), TEXT("17")));
    assert_false(reply_header_is_allowed(TEXT("Set-Cookie"), TEXT("a=b")));
    assert_false(reply_header_is_allowed(TEXT("transfer-encoding"), TEXT("chunked")));
    assert_false(reply_header_is_allowed(TEXT("X-A"), TEXT("b\r\nX-C: d")));
    assert_false(reply_header_is_allowed(TEXT("X A"), TEXT("b")));
    assert_false(reply_header_is_allowed(TEXT(""), TEXT("b")));
}

static bool judge(const char *asked, const char *action, const char *values)
{
    struct arena arena;
    struct error err = {0};
    struct buf out = {0};

    arena_init(&arena, 0);
    struct verdict verdict = {.action = text_from(action),
                              .values = values ? json_read(&arena, text_from(values), &err) : NULL};
    bool ok = verdict_encode(json_read(&arena, text_from(asked), &err), &verdict, &out, &err);

    buf_done(&out);
    arena_done(&arena);
    return ok;
}

static void a_verdict_is_one_of_the_actions(void **state)
{
    (void)state;
    assert_true(judge("{}", "approve", NULL));
    assert_true(judge("{}", "reject", NULL));
    assert_false(judge("{}", "ship", NULL));
    assert_true(judge("{\"actions\":[\"ship\"]}", "ship", NULL));
    assert_false(judge("{\"actions\":[\"ship\"]}", "approve", NULL));
}

static void the_values_of_a_verdict_fit_its_fields(void **state)
{
    const char *asked = "{\"fields\":[{\"name\":\"n\",\"type\":\"number\",\"required\":true}]}";

    (void)state;
    assert_true(judge(asked, "approve", "{\"n\":\"4\"}"));
    assert_false(judge(asked, "approve", "{\"n\":\"four\"}"));
    assert_false(judge(asked, "approve", NULL));
    assert_true(judge(asked, "reject", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(data_is_shown_as_lists_with_keys_and_values_escaped),
        cmocka_unit_test(deep_data_is_cut_to_text),
        cmocka_unit_test(a_flow_cannot_send_what_concerns_the_connection),
        cmocka_unit_test(a_verdict_is_one_of_the_actions),
        cmocka_unit_test(the_values_of_a_verdict_fit_its_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
