#include "base/buf.h"
#include "base/parse.h"
#include "base/zone.h"
#include "base/zone_rule.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <string.h>

static int64_t seconds(const char *iso)
{
    int64_t ms;

    assert_true(parse_instant_ms(text_from(iso), &ms));
    return ms / 1000;
}

static void offsets_are_those_of_the_zone(void **state)
{
    static const struct {
        const char *zone, *at;
        int32_t offset_s;
    } cases[] = {
        {"UTC", "2026-07-01T00:00:00Z", 0},
        {"Etc/UTC", "2026-07-01T00:00:00Z", 0},
        {"Europe/Oslo", "2026-01-01T00:00:00Z", 3600},
        {"Europe/Oslo", "2026-07-01T00:00:00Z", 7200},
        {"Europe/Oslo", "2026-03-29T00:59:59Z", 3600},
        {"Europe/Oslo", "2026-03-29T01:00:00Z", 7200},
        {"Europe/Oslo", "2099-07-01T00:00:00Z", 7200},
        {"Europe/Oslo", "2099-12-01T00:00:00Z", 3600},
        {"Europe/Dublin", "2080-07-01T00:00:00Z", 3600},
        {"Europe/Dublin", "2080-01-01T00:00:00Z", 0},
        {"Asia/Kathmandu", "2026-07-01T00:00:00Z", 20700},
        {"America/New_York", "1883-01-01T00:00:00Z", -17762}, // local mean time
        {"Asia/Tokyo", "2500-01-01T00:00:00Z", 32400},
        {"Australia/Sydney", "2060-01-01T00:00:00Z", 39600},
        {"Australia/Sydney", "2060-07-01T00:00:00Z", 36000},
        {"Asia/Gaza", "2100-12-01T00:00:00Z", 7200},
        {"Etc/GMT+5", "2026-07-01T00:00:00Z", -18000},
        {"EST5EDT", "2026-07-01T00:00:00Z", -14400},
        {"America/Port-au-Prince", "2026-01-01T00:00:00Z", -18000},
        {"Asia/Ho_Chi_Minh", "2026-01-01T00:00:00Z", 25200},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err = {0};
        struct zone *zone = zone_load(text_from(cases[i].zone), &err);

        if (!zone) fail_msg("%s: %s", cases[i].zone, err.message);
        int32_t offset_s = zone_offset_s(zone, seconds(cases[i].at));

        if (offset_s != cases[i].offset_s) {
            fail_msg("%s at %s: %d", cases[i].zone, cases[i].at, offset_s);
        }
        zone_free(zone);
    }
}

static void names_that_are_no_zones_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "Europe/Olso",
        "europe/oslo",
        "Europe",
        "../../../etc/passwd",
        "Europe/../Europe/Oslo",
        "/usr/share/zoneinfo/Europe/Oslo",
        "Europe//Oslo",
        "Europe/Oslo/",
        "Europe/Oslo.",
        "Europe/Oslo\n",
        "right/Europe/Oslo",
        "posix/Europe/Oslo",
        "zone.tab",
        "posixrules",
        "localtime",
        "CET-1CEST",
        "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct error err = {0};
        struct zone *zone = zone_load(text_from(bad[i]), &err);

        if (zone) fail_msg("\"%s\" is accepted", bad[i]);
        assert_int_equal(err.code, E_TIMEZONE);
    }
    struct error err = {0};

    assert_null(zone_load((struct text){"UTC\0x", 5}, &err));
}

static void local_times_map_to_instants_without_going_back(void **state)
{
    static const char *const zones[] = {"Europe/Oslo", "Australia/Lord_Howe", "Pacific/Apia",
                                        "America/Sao_Paulo", "Africa/Cairo"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(zones); i++) {
        struct error err = {0};
        struct zone *zone = zone_load(text_from(zones[i]), &err);
        int64_t before_s = INT64_MIN;

        assert_non_null(zone);
        for (int64_t local_s = seconds("2010-01-01T00:00:00Z");
             local_s < seconds("2012-06-01T00:00:00Z"); local_s += 600) {
            int64_t utc_s = zone_utc_s(zone, local_s);
            int64_t shown_s = utc_s + zone_offset_s(zone, utc_s);

            assert_true(utc_s >= before_s);
            assert_true(shown_s >= local_s);
            if (shown_s > local_s) { // skipped: the end of a gap
                assert_int_equal(zone_next_change_s(zone, utc_s - 1), utc_s);
            }
            before_s = utc_s;
        }
        zone_free(zone);
    }
}

static void changes_are_found_in_table_and_rule(void **state)
{
    struct error err = {0};
    struct zone *zone = zone_load(TEXT("Europe/Oslo"), &err);

    (void)state;
    assert_non_null(zone);
    assert_int_equal(zone_next_change_s(zone, seconds("2026-01-01T00:00:00Z")),
                     seconds("2026-03-29T01:00:00Z"));
    assert_int_equal(zone_next_change_s(zone, seconds("2026-03-29T01:00:00Z")),
                     seconds("2026-10-25T01:00:00Z"));
    assert_int_equal(zone_next_change_s(zone, seconds("2070-12-01T00:00:00Z")),
                     seconds("2071-03-29T01:00:00Z"));
    zone_free(zone);
    zone = zone_load(TEXT("Asia/Tokyo"), &err);
    assert_int_equal(zone_next_change_s(zone, seconds("2026-01-01T00:00:00Z")), INT64_MAX);
    zone_free(zone);
}

static void daylight_saving_time_is_when_clocks_are_ahead(void **state)
{
    static const struct {
        const char *zone, *at;
        bool daylight;
    } cases[] = {
        {"Europe/Oslo", "1990-01-15T12:00:00Z", false},
        {"Europe/Oslo", "1990-07-15T12:00:00Z", true},
        {"Europe/Oslo", "2050-01-15T12:00:00Z", false},
        {"Europe/Oslo", "2050-07-15T12:00:00Z", true},
        {"Europe/Dublin", "1990-01-15T12:00:00Z", false},
        {"Europe/Dublin", "1990-07-15T12:00:00Z", true},
        {"Europe/Dublin", "2050-01-15T12:00:00Z", false},
        {"Europe/Dublin", "2050-07-15T12:00:00Z", true},
        {"Asia/Tokyo", "2026-07-15T12:00:00Z", false},
        {"UTC", "2026-07-15T12:00:00Z", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err = {0};
        struct zone *zone = zone_load(text_from(cases[i].zone), &err);

        assert_non_null(zone);
        assert_int_equal(zone_is_daylight(zone, seconds(cases[i].at)), cases[i].daylight);
        zone_free(zone);
    }
}

static void rules_are_parsed(void **state)
{
    struct zone_rule rule;

    (void)state;
    assert_true(zone_rule_parse(TEXT("<-02>2<-01>,M3.5.0/-1,M10.5.0/0"), &rule));
    assert_int_equal(rule.standard_s, -7200);
    assert_int_equal(rule.daylight_s, -3600);
    assert_int_equal(rule.start.time_s, -3600);
    assert_int_equal(zone_rule_offset_s(&rule, seconds("2026-03-29T00:59:59Z")), -7200);
    assert_int_equal(zone_rule_offset_s(&rule, seconds("2026-03-29T01:00:00Z")), -3600);
    assert_true(zone_rule_parse(TEXT("EST5EDT4:30:15,J60/1,J300"), &rule));
    assert_int_equal(rule.daylight_s, -(4 * 3600 + 30 * 60 + 15));
    // the sixtieth day is March 1 in every year, where leap days are not counted
    assert_int_equal(zone_rule_offset_s(&rule, seconds("2028-03-01T05:59:59Z")), -18000);
    assert_int_equal(zone_rule_offset_s(&rule, seconds("2028-03-01T06:00:00Z")), rule.daylight_s);
    assert_int_equal(zone_rule_offset_s(&rule, seconds("2026-03-01T06:00:00Z")), rule.daylight_s);
    // daylight time all year
    assert_true(zone_rule_parse(TEXT("XXX3EDT4,0/0,J365/23"), &rule));
    for (int month = 1; month <= 12; month++) {
        char iso[24];

        snprintf(iso, sizeof iso, "2027-%02d-01T03:00:00Z", month);
        assert_int_equal(zone_rule_offset_s(&rule, seconds(iso)), -14400);
    }
    assert_int_equal(zone_rule_offset_s(&rule, seconds("2027-12-31T23:30:00Z")), -14400);
    assert_int_equal(zone_rule_offset_s(&rule, seconds("2028-01-01T03:59:59Z")), -14400);
}

static void broken_rules_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "A1",
                                      "CET",
                                      "CET-",
                                      "CET-25",
                                      "<CET-1",
                                      "CET-1CEST",
                                      "CET-1CEST,",
                                      "CET-1CEST,M3",
                                      "CET-1CEST,M3.5.0",
                                      "CET-1,M3",
                                      "CET-1CEST,M13.5.0,M10.5.0/3",
                                      "CET-1CEST,M3.6.0,M10.5.0/3",
                                      "CET-1CEST,M3.5.7,M10.5.0/3",
                                      "CET-1CEST,M3.5.0/168,M10.5.0/3",
                                      "CET-1CEST,J0,J5",
                                      "CET-1CEST,M3.5.0,M10.5.0/3x",
                                      "CET-1CEST,366,5"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct zone_rule rule;

        if (zone_rule_parse(text_from(bad[i]), &rule)) fail_msg("\"%s\" is accepted", bad[i]);
    }
}

static void read_oslo(struct buf *out)
{
    FILE *file = fopen("/usr/share/zoneinfo/Europe/Oslo", "rbe");

    assert_non_null(file);
    char *space = buf_reserve(out, 65536);

    buf_commit(out, fread(space, 1, 65536, file));
    (void)fclose(file);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    struct buf bytes CLEANUP(buf_done) = {0};

    (void)state;
    read_oslo(&bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        struct error err = {0};
        char *copy = test_malloc(len + 1); // of exact size, so that reading past it is seen

        memcpy(copy, bytes.ptr, len);
        assert_null(zone_parse((struct text){copy, len}, &err));
        assert_int_equal(err.code, E_TIMEZONE);
        test_free(copy);
    }
    struct error err = {0};
    struct zone *zone = zone_parse(buf_get(&bytes), &err);

    assert_non_null(zone);
    zone_free(zone);
}

static void a_file_with_any_byte_changed_does_no_harm(void **state)
{
    struct buf bytes CLEANUP(buf_done) = {0};

    (void)state;
    read_oslo(&bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        struct error err = {0};

        bytes.ptr[i] ^= (char)0xff;
        struct zone *zone = zone_parse(buf_get(&bytes), &err);

        if (zone) (void)zone_utc_s(zone, seconds("2026-03-29T02:30:00Z"));
        zone_free(zone);
        bytes.ptr[i] ^= (char)0xff;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_those_of_the_zone),
        cmocka_unit_test(names_that_are_no_zones_are_refused),
        cmocka_unit_test(local_times_map_to_instants_without_going_back),
        cmocka_unit_test(changes_are_found_in_table_and_rule),
        cmocka_unit_test(daylight_saving_time_is_when_clocks_are_ahead),
        cmocka_unit_test(rules_are_parsed),
        cmocka_unit_test(broken_rules_are_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_file_with_any_byte_changed_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
