#include "base/buf.h"
#include "base/clock.h"
#include "base/cron.h"
#include "base/parse.h"
#include "base/zone.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

struct firing {
    const char *cron, *zone, *after;
    const char *next[4]; /* the following instants; "none": there is none */
};

static int64_t instant(const char *iso)
{
    int64_t ms;

    assert_true(parse_instant_ms(text_from(iso), &ms));
    return ms;
}

static void check_firings(const struct firing *firings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct firing *firing = &firings[i];
        struct error err = {0};
        struct cron cron;
        struct zone *zone = zone_load(text_from(firing->zone), &err);

        if (!zone) fail_msg("%s: %s", firing->zone, err.message);
        if (!cron_parse(text_from(firing->cron), &cron, &err)) fail_msg("%s", err.message);
        int64_t at_ms = instant(firing->after);

        for (int j = 0; j < 4 && firing->next[j]; j++) {
            struct buf got CLEANUP(buf_done) = {0};

            at_ms = cron_next(&cron, zone, at_ms);
            if (at_ms < 0) {
                buf_cstr(&got, "none");
            } else {
                clock_format_iso(&got, at_ms);
            }
            if (strcmp(got.ptr, firing->next[j]) != 0) {
                fail_msg("\"%s\" in %s after %s, firing %d: %s, not %s", firing->cron, firing->zone,
                         firing->after, j + 1, got.ptr, firing->next[j]);
            }
        }
        zone_free(zone);
    }
}

static void fields_are_matched_in_utc(void **state)
{
    static const struct firing firings[] = {
        {"* * * * *",
         "UTC",
         "2026-11-20T07:31:02Z",
         {"2026-11-20T07:32:00.000Z", "2026-11-20T07:33:00.000Z"}},
        {"*/15 9-10 * * *",
         "UTC",
         "2026-11-20T10:44:59.999Z",
         {"2026-11-20T10:45:00.000Z", "2026-11-21T09:00:00.000Z", "2026-11-21T09:15:00.000Z"}},
        {"5/20 * * * *",
         "UTC",
         "2026-11-20T00:00:00Z",
         {"2026-11-20T00:05:00.000Z", "2026-11-20T00:25:00.000Z", "2026-11-20T00:45:00.000Z",
          "2026-11-20T01:05:00.000Z"}},
        {"10-30/10,59 23 * * *",
         "UTC",
         "2026-12-31T23:20:00Z",
         {"2026-12-31T23:30:00.000Z", "2026-12-31T23:59:00.000Z", "2027-01-01T23:10:00.000Z"}},
        {"0 9 * * MON-FRI",
         "UTC",
         "2026-11-20T09:00:00Z",
         {"2026-11-23T09:00:00.000Z", "2026-11-24T09:00:00.000Z"}},
        {"0 0 * jan,Jul SUN",
         "UTC",
         "2026-11-20T00:00:00Z",
         {"2027-01-03T00:00:00.000Z", "2027-01-10T00:00:00.000Z"}},
        {"0 0 * * fri-sun",
         "UTC",
         "2026-11-20T00:00:00Z", // a Friday
         {"2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z", "2026-11-27T00:00:00.000Z"}},
        {"0 0 * * 7", "UTC", "2026-11-20T00:00:00Z", {"2026-11-22T00:00:00.000Z"}},
        {"0 0 * * 5-7",
         "UTC",
         "2026-11-21T00:00:00Z",
         {"2026-11-22T00:00:00.000Z", "2026-11-27T00:00:00.000Z"}},
        {"0 0 * * */2",
         "UTC",
         "2026-11-20T00:00:00Z", // SUN TUE THU SAT
         {"2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z", "2026-11-24T00:00:00.000Z"}},
        {"0 0 ? * ?", "UTC", "2026-11-20T00:00:00Z", {"2026-11-21T00:00:00.000Z"}},
        {"  0\t12  1 1 *  ", "UTC", "2026-11-20T00:00:00Z", {"2027-01-01T12:00:00.000Z"}},
        {"0 0 1 1 *",
         "UTC",
         "1969-06-01T00:00:00Z",
         {"1970-01-01T00:00:00.000Z", "1971-01-01T00:00:00.000Z"}},
    };

    (void)state;
    check_firings(firings, ARRAY_COUNT(firings));
}

static void six_fields_begin_with_seconds(void **state)
{
    static const struct firing firings[] = {
        {"*/20 * * * * *",
         "UTC",
         "2026-11-20T07:31:45Z",
         {"2026-11-20T07:32:00.000Z", "2026-11-20T07:32:20.000Z", "2026-11-20T07:32:40.000Z"}},
        {"30 59 23 31 12 *", "UTC", "2026-11-20T00:00:00Z", {"2026-12-31T23:59:30.000Z"}},
        {"* * * * * *",
         "UTC",
         "2026-11-20T07:31:02.999Z",
         {"2026-11-20T07:31:03.000Z", "2026-11-20T07:31:04.000Z"}},
        {"5,10 0 0 * * *",
         "UTC",
         "2026-11-20T00:00:05Z",
         {"2026-11-20T00:00:10.000Z", "2026-11-21T00:00:05.000Z"}},
    };

    (void)state;
    check_firings(firings, ARRAY_COUNT(firings));
}

static void short_forms_stand_for_their_fields(void **state)
{
    static const struct firing firings[] = {
        {"@hourly", "UTC", "2026-11-20T07:00:00Z", {"2026-11-20T08:00:00.000Z"}},
        {"@daily", "UTC", "2026-11-20T07:00:00Z", {"2026-11-21T00:00:00.000Z"}},
        {"@midnight", "Europe/Oslo", "2026-11-20T07:00:00Z", {"2026-11-20T23:00:00.000Z"}},
        {"@weekly", "UTC", "2026-11-20T07:00:00Z", {"2026-11-22T00:00:00.000Z"}},
        {"@monthly", "UTC", "2026-11-20T07:00:00Z", {"2026-12-01T00:00:00.000Z"}},
        {"@yearly", "UTC", "2026-11-20T07:00:00Z", {"2027-01-01T00:00:00.000Z"}},
        {"@Annually", "UTC", "2026-11-20T07:00:00Z", {"2027-01-01T00:00:00.000Z"}},
    };

    (void)state;
    check_firings(firings, ARRAY_COUNT(firings));
}

static void day_of_month_and_day_of_week_are_as_in_vixie_cron(void **state)
{
    static const struct firing firings[] = {
        // both restricted: either
        {"0 0 13 * FRI",
         "UTC",
         "2026-11-10T00:00:00Z",
         {"2026-11-13T00:00:00.000Z", "2026-11-20T00:00:00.000Z", "2026-11-27T00:00:00.000Z",
          "2026-12-04T00:00:00.000Z"}},
        // one begins with a star: both
        {"0 0 */2 * MON",
         "UTC",
         "2026-11-01T00:00:00Z",
         {"2026-11-09T00:00:00.000Z", "2026-11-23T00:00:00.000Z", "2026-12-07T00:00:00.000Z"}},
        {"0 0 1 * *", "UTC", "2026-11-20T00:00:00Z", {"2026-12-01T00:00:00.000Z"}},
    };

    (void)state;
    check_firings(firings, ARRAY_COUNT(firings));
}

static void last_days_and_nth_weekdays_are_found(void **state)
{
    static const struct firing firings[] = {
        {"0 0 L * *",
         "UTC",
         "2027-01-31T00:00:00Z",
         {"2027-02-28T00:00:00.000Z", "2027-03-31T00:00:00.000Z", "2027-04-30T00:00:00.000Z"}},
        {"0 0 L 2 *",
         "UTC",
         "2027-01-01T00:00:00Z",
         {"2027-02-28T00:00:00.000Z", "2028-02-29T00:00:00.000Z"}},
        {"0 0 15,L * *",
         "UTC",
         "2026-11-20T00:00:00Z",
         {"2026-11-30T00:00:00.000Z", "2026-12-15T00:00:00.000Z", "2026-12-31T00:00:00.000Z"}},
        {"0 9 * * MON#2",
         "UTC",
         "2026-11-01T00:00:00Z",
         {"2026-11-09T09:00:00.000Z", "2026-12-14T09:00:00.000Z", "2027-01-11T09:00:00.000Z"}},
        {"0 9 * * 1#5",
         "UTC",
         "2026-11-01T00:00:00Z",
         {"2026-11-30T09:00:00.000Z", "2027-03-29T09:00:00.000Z"}},
        {"0 9 * * FRIL",
         "UTC",
         "2026-11-01T00:00:00Z",
         {"2026-11-27T09:00:00.000Z", "2026-12-25T09:00:00.000Z", "2027-01-29T09:00:00.000Z"}},
        {"0 9 * * 5L,MON#1",
         "UTC",
         "2026-11-01T00:00:00Z",
         {"2026-11-02T09:00:00.000Z", "2026-11-27T09:00:00.000Z", "2026-12-07T09:00:00.000Z"}},
        {"0 9 * * 7#1", "UTC", "2026-11-20T00:00:00Z", {"2026-12-06T09:00:00.000Z"}},
    };

    (void)state;
    check_firings(firings, ARRAY_COUNT(firings));
}

static void leap_days_come_within_eight_years_and_nothing_later(void **state)
{
    static const struct firing firings[] = {
        {"0 0 29 2 *",
         "UTC",
         "2026-11-20T00:00:00Z",
         {"2028-02-29T00:00:00.000Z", "2032-02-29T00:00:00.000Z"}},
        {"0 0 29 2 *", "UTC", "2096-02-29T00:00:00Z", {"2104-02-29T00:00:00.000Z"}},
        {"0 0 30 2 *", "UTC", "2026-11-20T00:00:00Z", {"none"}},
        {"0 0 * 2 MON#5", "UTC", "2026-11-20T00:00:00Z", {"none"}}, // 2044
        {"0 0 * 2 MON#5", "UTC", "2040-01-01T00:00:00Z", {"2044-02-29T00:00:00.000Z"}},
    };

    (void)state;
    check_firings(firings, ARRAY_COUNT(firings));
}

static void local_time_follows_the_zone(void **state)
{
    static const struct firing firings[] = {
        {"0 9 * * MON-FRI",
         "Europe/Oslo",
         "2026-10-23T12:00:00Z", // summer time ends on the 25th
         {"2026-10-26T08:00:00.000Z", "2026-10-27T08:00:00.000Z"}},
        {"0 9 * * MON-FRI",
         "Europe/Oslo",
         "2026-03-27T12:00:00Z", // and begins on March 29
         {"2026-03-30T07:00:00.000Z"}},
        {"30 8 * * *", "Asia/Kolkata", "2026-11-20T00:00:00Z", {"2026-11-20T03:00:00.000Z"}},
        {"0 0 * * *", "America/New_York", "2026-11-20T12:00:00Z", {"2026-11-21T05:00:00.000Z"}},
        {"0 0 1 * *", "Pacific/Kiritimati", "2026-11-20T12:00:00Z", {"2026-11-30T10:00:00.000Z"}},
        {"0 12 * * *", "Asia/Kathmandu", "2026-11-20T12:00:00Z", {"2026-11-21T06:15:00.000Z"}},
        {"0 12 1 7 *", "Australia/Sydney", "2050-01-01T00:00:00Z", {"2050-07-01T02:00:00.000Z"}},
        {"0 12 1 1 *", "Australia/Sydney", "2050-02-01T00:00:00Z", {"2051-01-01T01:00:00.000Z"}},
    };

    (void)state;
    check_firings(firings, ARRAY_COUNT(firings));
}

static void a_skipped_local_time_fires_once_right_after_the_gap(void **state)
{
    // Oslo 2026-03-29: 02:00 becomes 03:00 (01:00 UTC)
    static const struct firing firings[] = {
        {"30 2 * * *",
         "Europe/Oslo",
         "2026-03-28T12:00:00Z",
         {"2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"}},
        {"0,30 2 * * *",
         "Europe/Oslo",
         "2026-03-28T12:00:00Z",
         {"2026-03-29T01:00:00.000Z", "2026-03-30T00:00:00.000Z"}},
        {"*/30 * * * *",
         "Europe/Oslo",
         "2026-03-29T00:00:00Z",
         {"2026-03-29T00:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-29T01:30:00.000Z"}},
        {"30 2,3 * * *",
         "Europe/Oslo",
         "2026-03-29T00:00:00Z",
         {"2026-03-29T01:00:00.000Z", "2026-03-29T01:30:00.000Z"}},
        {"30 2 * * *",
         "Europe/Oslo",
         "2060-03-27T12:00:00Z", // by the rule of the footer
         {"2060-03-28T01:00:00.000Z", "2060-03-29T00:30:00.000Z"}},
        {"15 2 * * *",
         "Australia/Lord_Howe",
         "2026-10-03T00:00:00Z", // half an hour
         {"2026-10-03T15:30:00.000Z", "2026-10-04T15:15:00.000Z"}},
        {"0 12 30 12 *",
         "Pacific/Apia",
         "2011-12-28T00:00:00Z", // a whole day
         {"2011-12-30T10:00:00.000Z", "2012-12-29T22:00:00.000Z"}},
        {"0 0 * * *",
         "America/Sao_Paulo",
         "2018-11-03T12:00:00Z", // midnight itself
         {"2018-11-04T03:00:00.000Z", "2018-11-05T02:00:00.000Z"}},
    };

    (void)state;
    check_firings(firings, ARRAY_COUNT(firings));
}

static void a_repeated_local_time_fires_the_first_time_only(void **state)
{
    // Oslo 2026-10-25: 03:00 becomes 02:00 (01:00 UTC)
    static const struct firing firings[] = {
        {"30 2 * * *",
         "Europe/Oslo",
         "2026-10-24T12:00:00Z",
         {"2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"}},
        {"30 2 * * *", "Europe/Oslo", "2026-10-25T00:45:00Z", {"2026-10-26T01:30:00.000Z"}},
        {"30 2 * * *", "Europe/Oslo", "2026-10-25T01:15:00Z", {"2026-10-26T01:30:00.000Z"}},
        {"0 * * * *",
         "Europe/Oslo",
         "2026-10-24T23:30:00Z",
         {"2026-10-25T00:00:00.000Z", "2026-10-25T02:00:00.000Z", "2026-10-25T03:00:00.000Z"}},
        {"* * * * * *",
         "Europe/Oslo",
         "2026-10-25T00:59:58Z",
         {"2026-10-25T00:59:59.000Z", "2026-10-25T02:00:00.000Z", "2026-10-25T02:00:01.000Z"}},
        {"30 1 * * *",
         "America/New_York",
         "2026-10-31T12:00:00Z",
         {"2026-11-01T05:30:00.000Z", "2026-11-02T06:30:00.000Z"}},
    };

    (void)state;
    check_firings(firings, ARRAY_COUNT(firings));
}

static void bad_expressions_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "* * * *",
        "* * * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * 0 *",
        "* * * * 8",
        "60 * * * * *",
        "-1 * * * *",
        "1- * * * *",
        "5-1 * * * *",
        "*/0 * * * *",
        "*/ * * * *",
        "*/99999999999 * * * *",
        "1,,2 * * * *",
        "1, * * * *",
        ", * * * *",
        "a * * * *",
        "99999999999999999999 * * * *",
        "* * * JA *",
        "* * * JANUARY *",
        "* * * * MON#0",
        "* * * * MON#6",
        "* * * * MON#",
        "* * * * L",
        "L * * * *",
        "* * LW * *",
        "* * 15W * *",
        "? * * * *",
        "** * * * *",
        "@never",
        "@reboot",
        "@",
        "* * * * \xff",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct cron cron = {.minutes = 42};
        struct error err = {0};

        if (cron_parse(text_from(bad[i]), &cron, &err)) fail_msg("\"%s\" is accepted", bad[i]);
        assert_int_equal(err.code, E_CRON);
        assert_int_equal(cron.minutes, 42);
    }
}

static void the_check_knows_dates_that_never_come(void **state)
{
    struct error err = {0};

    (void)state;
    assert_true(cron_check(TEXT("0 9 * * MON-FRI"), TEXT("Europe/Oslo"), &err));
    assert_true(cron_check(TEXT("0 0 29 2 *"), TEXT_NONE, &err));
    assert_true(cron_check(TEXT("0 0 * 2 MON#5"), TEXT("UTC"), &err));
    assert_false(cron_check(TEXT("0 0 30 2 *"), TEXT("UTC"), &err));
    assert_int_equal(err.code, E_CRON);
    assert_false(cron_check(TEXT("0 0 * * *"), TEXT("Europe/Olso"), &err));
    assert_int_equal(err.code, E_TIMEZONE);
}

static void the_latest_missed_instant_is_found(void **state)
{
    struct error err = {0};
    struct cron cron;

    (void)state;
    assert_true(cron_parse(TEXT("0 9 * * *"), &cron, &err));
    int64_t from_ms = instant("2026-11-01T00:00:00Z"), until_ms = instant("2026-11-20T08:00:00Z");

    assert_int_equal(cron_latest(&cron, NULL, from_ms, until_ms), instant("2026-11-19T09:00:00Z"));
    assert_int_equal(cron_latest(&cron, NULL, from_ms, instant("2026-11-19T09:00:00Z")),
                     instant("2026-11-19T09:00:00Z"));
    assert_int_equal(cron_latest(&cron, NULL, instant("2026-11-19T09:00:00Z"), until_ms), -1);
    assert_int_equal(cron_latest(&cron, NULL, until_ms, from_ms), -1);
    assert_true(cron_parse(TEXT("* * * * * *"), &cron, &err));
    assert_int_equal(cron_latest(&cron, NULL, 0, until_ms), until_ms);
}

static void absurd_instants_have_no_next(void **state)
{
    struct error err = {0};
    struct cron cron;

    (void)state;
    assert_true(cron_parse(TEXT("* * * * *"), &cron, &err));
    assert_int_equal(cron_next(&cron, NULL, INT64_MAX), -1);
    assert_int_equal(cron_next(&cron, NULL, INT64_MIN), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_matched_in_utc),
        cmocka_unit_test(six_fields_begin_with_seconds),
        cmocka_unit_test(short_forms_stand_for_their_fields),
        cmocka_unit_test(day_of_month_and_day_of_week_are_as_in_vixie_cron),
        cmocka_unit_test(last_days_and_nth_weekdays_are_found),
        cmocka_unit_test(leap_days_come_within_eight_years_and_nothing_later),
        cmocka_unit_test(local_time_follows_the_zone),
        cmocka_unit_test(a_skipped_local_time_fires_once_right_after_the_gap),
        cmocka_unit_test(a_repeated_local_time_fires_the_first_time_only),
        cmocka_unit_test(bad_expressions_are_refused),
        cmocka_unit_test(the_check_knows_dates_that_never_come),
        cmocka_unit_test(the_latest_missed_instant_is_found),
        cmocka_unit_test(absurd_instants_have_no_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
