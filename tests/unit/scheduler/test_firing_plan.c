#include "base/parse.h"
#include "scheduler/firing_plan.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static int64_t instant(const char *iso)
{
    int64_t ms;

    assert_true(parse_instant_ms(text_from(iso), &ms));
    return ms;
}

static struct firing_plan plan(const char *cron, enum schedule_catch_up catch_up, const char *next,
                               const char *now)
{
    struct schedule schedule = {.cron = text_from(cron),
                                .timezone = TEXT("Europe/Oslo"),
                                .catch_up = catch_up,
                                .next_ms = instant(next)};
    struct error err = {0};
    struct firing_plan out;

    if (!firing_plan_make(&schedule, instant(now), &out, &err)) fail_msg("%s", err.message);
    return out;
}

static void a_punctual_instant_fires_whatever_the_catch_up(void **state)
{
    static const enum schedule_catch_up all[] = {CATCH_UP_LATEST, CATCH_UP_NONE, CATCH_UP_ALL};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        struct firing_plan out =
            plan("0 9 * * *", all[i], "2026-11-20T08:00:00Z", "2026-11-20T08:00:01.200Z");

        assert_int_equal(out.count, 1);
        assert_int_equal(out.instants_ms[0], instant("2026-11-20T08:00:00Z"));
        assert_int_equal(out.next_ms, instant("2026-11-21T08:00:00Z"));
    }
}

static void after_downtime_the_latest_fires(void **state)
{
    struct firing_plan out =
        plan("0 9 * * *", CATCH_UP_LATEST, "2026-11-01T08:00:00Z", "2026-11-20T07:00:00Z");

    (void)state;
    assert_int_equal(out.count, 1);
    assert_int_equal(out.instants_ms[0], instant("2026-11-19T08:00:00Z"));
    assert_int_equal(out.next_ms, instant("2026-11-20T08:00:00Z"));
}

static void after_downtime_none_fires(void **state)
{
    struct firing_plan out =
        plan("0 9 * * *", CATCH_UP_NONE, "2026-11-01T08:00:00Z", "2026-11-20T07:00:00Z");

    (void)state;
    assert_int_equal(out.count, 0);
    assert_int_equal(out.next_ms, instant("2026-11-20T08:00:00Z"));
}

static void after_downtime_none_still_fires_what_is_on_time(void **state)
{
    struct firing_plan out =
        plan("0 9 * * *", CATCH_UP_NONE, "2026-11-01T08:00:00Z", "2026-11-20T08:00:30Z");

    (void)state;
    assert_int_equal(out.count, 1);
    assert_int_equal(out.instants_ms[0], instant("2026-11-20T08:00:00Z"));
}

static void after_downtime_all_fire_some_at_a_time(void **state)
{
    struct firing_plan out =
        plan("0 9 * * *", CATCH_UP_ALL, "2026-11-01T08:00:00Z", "2026-11-20T07:00:00Z");

    (void)state;
    assert_int_equal(out.count, FIRING_INSTANTS_MAX);
    assert_int_equal(out.instants_ms[0], instant("2026-11-01T08:00:00Z"));
    assert_int_equal(out.instants_ms[15], instant("2026-11-16T08:00:00Z"));
    assert_int_equal(out.next_ms, instant("2026-11-17T08:00:00Z")); // due: the next round
    out = plan("0 9 * * *", CATCH_UP_ALL, "2026-11-17T08:00:00Z", "2026-11-20T07:00:00Z");
    assert_int_equal(out.count, 3);
    assert_int_equal(out.next_ms, instant("2026-11-20T08:00:00Z"));
}

static void a_schedule_without_a_future_ends(void **state)
{
    struct firing_plan out =
        plan("0 0 * 2 MON#5", CATCH_UP_LATEST, "2016-02-28T23:00:00Z", "2016-03-01T00:00:00Z");

    (void)state;
    assert_int_equal(out.count, 1);
    assert_int_equal(out.next_ms, 0); // the next one is 28 years away
}

static void an_instant_that_is_none_of_the_cron_is_passed_over(void **state)
{
    struct firing_plan out =
        plan("0 9 * * *", CATCH_UP_LATEST, "2026-11-20T08:30:00Z", "2026-11-20T08:30:00Z");

    (void)state;
    assert_int_equal(out.count, 0);
    assert_int_equal(out.next_ms, instant("2026-11-21T08:00:00Z"));
}

static void a_schedule_that_cannot_be_read_is_an_error(void **state)
{
    struct schedule schedule = {.cron = TEXT("0 9 * * *"), .timezone = TEXT("Mars/Olympus")};
    struct firing_plan out = {.next_ms = 42};
    struct error err = {0};

    (void)state;
    assert_false(firing_plan_make(&schedule, 0, &out, &err));
    assert_int_equal(err.code, E_TIMEZONE);
    assert_int_equal(out.next_ms, 42);
    schedule = (struct schedule){.cron = TEXT("0 9 * *"), .timezone = TEXT("UTC")};
    assert_false(firing_plan_make(&schedule, 0, &out, &err));
    assert_int_equal(err.code, E_CRON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_punctual_instant_fires_whatever_the_catch_up),
        cmocka_unit_test(after_downtime_the_latest_fires),
        cmocka_unit_test(after_downtime_none_fires),
        cmocka_unit_test(after_downtime_none_still_fires_what_is_on_time),
        cmocka_unit_test(after_downtime_all_fire_some_at_a_time),
        cmocka_unit_test(a_schedule_without_a_future_ends),
        cmocka_unit_test(an_instant_that_is_none_of_the_cron_is_passed_over),
        cmocka_unit_test(a_schedule_that_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
