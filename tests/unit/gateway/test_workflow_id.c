/* Ids of runs, with dashes everywhere. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "gateway/workflow_id.h"

static void an_id_reads_back(void **state)
{
    struct arena arena;
    struct text slug;
    int64_t number;

    (void)state;
    arena_init(&arena, 0);
    struct text id = workflow_id_format(&arena, TEXT("order-review"), TEXT("ws-a-b"), 34);

    assert_true(text_equal(id, TEXT("flow-order-review-ws-a-b-r34")));
    assert_true(workflow_id_parse(id, TEXT("ws-a-b"), &slug, &number));
    assert_true(text_equal(slug, TEXT("order-review")));
    assert_int_equal(number, 34);
    arena_done(&arena);
}

static void a_short_id_has_no_slug(void **state)
{
    struct text slug = TEXT("x");
    int64_t number;

    (void)state;
    assert_true(workflow_id_parse(TEXT("r7"), TEXT("ws-a"), &slug, &number));
    assert_null(slug.ptr);
    assert_int_equal(number, 7);
}

static void an_id_of_another_workspace_is_none(void **state)
{
    struct text slug;
    int64_t number;

    (void)state;
    assert_false(workflow_id_parse(TEXT("flow-a-ws-b-r1"), TEXT("ws-a"), &slug, &number));
    assert_false(workflow_id_parse(TEXT("flow-ws-a-r1"), TEXT("ws-a"), &slug, &number));
    assert_false(workflow_id_parse(TEXT("flow--ws-a-r1"), TEXT("ws-a"), &slug, &number));
}

static void what_is_no_id_is_refused(void **state)
{
    static const char *const bad[] = {
        "",   "r",   "r0",  "r-1",           "34",
        "x1", "rr1", "r1 ", "flow-a-ws-a-r", "flow-a-ws-a-r99999999999999999999"};
    struct text slug;
    int64_t number;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(workflow_id_parse(text_from(bad[i]), TEXT("ws-a"), &slug, &number));
    }
    // Postgres refuses the statement with it, and other runs' reads share that statement.
    assert_false(workflow_id_parse(TEXT("flow-a\0b-ws-a-r1"), TEXT("ws-a"), &slug, &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_reads_back),
        cmocka_unit_test(a_short_id_has_no_slug),
        cmocka_unit_test(an_id_of_another_workspace_is_none),
        cmocka_unit_test(what_is_no_id_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
