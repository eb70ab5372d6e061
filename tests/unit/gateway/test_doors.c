/* What a version registers when it becomes draft or live. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "gateway/doors.h"

#include <string.h>

/* A flow with these inputs, schedules and more. */
static const struct definition *read_flow(struct arena *arena, const char *parts)
{
    struct diagnostics diagnostics;
    struct text source = arena_printf(
        arena,
        "{:slug :a :name \"A\" :concurrency {:type :singleton :on-new-version :coexist} "
        "%s :flow '(flow/input)}",
        parts);

    diagnostic_init(&diagnostics, arena);
    const struct definition *definition = definition_read(arena, source, &diagnostics);

    assert_non_null(definition);
    return definition;
}

static void a_definition_registers_its_doors(void **state)
{
    struct arena arena;
    struct error err = {0};
    struct doors doors;

    (void)state;
    arena_init(&arena, 0);
    const struct definition *definition = read_flow(
        &arena, ":invocations {:d {:inputs [{:name :n :type :number :required true}]}} "
                ":interfaces {:webhook [{:id :hook :invocation :d :event-name \"x.y\" :path "
                "\"in\" :respond :ack :auth {:type :api-key :secret-ref :s :query \"k\"}}] "
                ":http [{:id :web :invocation :d}]} "
                ":schedules [{:id :daily :cron \"0 9 * * *\" :timezone \"UTC\" :invocation :d "
                ":input {:n \"4\"}}]");

    assert_true(doors_read(&arena, definition, 1795132800000, &doors, &err)); // 2026-11-20T00:00Z
    assert_int_equal(doors.endpoint_count, 2);
    assert_int_equal(doors.schedule_count, 1);
    assert_int_equal(doors.schedules[0].next_ms, 1795132800000 + 9 * 3600000LL);
    for (size_t i = 0; i < 2; i++) {
        const struct endpoint *endpoint = &doors.endpoints[i];

        if (endpoint->kind == ENDPOINT_HTTP) {
            assert_true(text_equal(endpoint->path, TEXT("a/web")));
            continue;
        }
        assert_true(text_equal(endpoint->path, TEXT("in")));
        assert_true(text_equal(endpoint->secret_name, TEXT("s")));
        assert_true(endpoint->respond_ack);
    }
    arena_done(&arena);
}

static void a_schedule_whose_input_does_not_fit_is_refused(void **state)
{
    struct arena arena;
    struct error err = {0};
    struct doors doors;

    (void)state;
    arena_init(&arena, 0);
    const struct definition *definition = read_flow(
        &arena, ":invocations {:d {:inputs [{:name :n :type :number :required true}]}} "
                ":schedules [{:id :daily :cron \"0 9 * * *\" :timezone \"UTC\" :invocation :d "
                ":input {:n \"seven\"}}]");

    assert_false(doors_read(&arena, definition, 1795132800000, &doors, &err));
    assert_non_null(strstr(err.message, "daily"));
    arena_done(&arena);
}

static void a_text_that_the_database_cannot_hold_is_refused(void **state)
{
    struct arena arena;
    struct error err = {0};
    struct doors doors;

    (void)state;
    arena_init(&arena, 0);
    const struct definition *definition = read_flow(&arena, ":description \"a\\u0000b\"");

    assert_false(doors_read(&arena, definition, 1795132800000, &doors, &err));
    assert_int_equal(err.code, E_INVALID_FIELD);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_definition_registers_its_doors),
        cmocka_unit_test(a_schedule_whose_input_does_not_fit_is_refused),
        cmocka_unit_test(a_text_that_the_database_cannot_hold_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
