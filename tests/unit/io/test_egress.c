// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "io/egress.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static bool check(const struct egress_policy *policy, const char *name, struct error *err)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, name, &v4.sin_addr) == 1) {
        return egress_check(policy, (struct sockaddr *)&v4, err);
    }
    assert_int_equal(inet_pton(AF_INET6, name, &v6.sin6_addr), 1);
    return egress_check(policy, (struct sockaddr *)&v6, err);
}

static void public_addresses_are_open(void **state)
{
    static const char *const open[] = {
        "1.1.1.1",        "8.8.8.8",         "9.255.255.255", "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",    "126.255.255.255", "128.0.0.1",     "169.253.255.255", "169.255.0.0",
        "172.15.255.255", "172.32.0.0",      "192.0.1.0",     "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0",      "203.0.112.255", "223.255.255.255", "2606:4700::1111",
        "2a00:1450::1",   "2001:200::1",     "2003::1",       "::ffff:8.8.8.8",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(open); i++) {
        struct error err = {0};

        if (!check(NULL, open[i], &err)) fail_msg("%s: %s", open[i], err.message);
    }
}

static void special_addresses_are_refused(void **state)
{
    static const char *const closed[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "::127.0.0.1",
        "64:ff9b::a00:1",
        "100::1",
        "2001::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(closed); i++) {
        struct error err = {0};

        if (check(NULL, closed[i], &err)) fail_msg("%s is open", closed[i]);
        assert_int_equal(err.code, E_EGRESS);
    }
}

static void what_the_operator_allows_is_open_and_nothing_beside_it(void **state)
{
    struct egress_policy policy;
    struct error err = {0};
    (void)state;

    assert_true(
        egress_policy_parse(TEXT(" 127.0.0.0/8, ::1/128,10.1.2.3 ,10.8.0.0/13"), &policy, &err));
    assert_true(check(&policy, "127.0.0.1", &err));
    assert_true(check(&policy, "127.9.9.9", &err));
    assert_true(check(&policy, "::ffff:127.0.0.1", &err));
    assert_true(check(&policy, "::1", &err));
    assert_true(check(&policy, "10.1.2.3", &err));
    assert_true(check(&policy, "10.15.255.255", &err));
    assert_true(check(&policy, "8.8.8.8", &err));
    assert_false(check(&policy, "10.1.2.4", &err));
    assert_false(check(&policy, "10.16.0.0", &err));
    assert_false(check(&policy, "10.7.255.255", &err));
    assert_false(check(&policy, "::2", &err));
}

static void an_ipv6_range_does_not_open_ipv4(void **state)
{
    struct egress_policy policy;
    struct error err = {0};
    (void)state;

    assert_true(egress_policy_parse(TEXT("::/0"), &policy, &err));
    assert_true(check(&policy, "fe80::1", &err));
    assert_false(check(&policy, "10.0.0.1", &err));
    assert_false(check(&policy, "::ffff:10.0.0.1", &err));
}

static void the_message_names_the_address(void **state)
{
    struct error err = {0};
    (void)state;

    assert_false(check(NULL, "169.254.169.254", &err));
    assert_non_null(strstr(err.message, "169.254.169.254"));
    assert_false(check(NULL, "fe80::7", &err));
    assert_non_null(strstr(err.message, "fe80::7"));
}

static void a_socket_path_is_refused(void **state)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
    struct error err = {0};
    (void)state;

    assert_false(egress_check(NULL, (struct sockaddr *)&path, &err));
    assert_int_equal(err.code, E_EGRESS);
}

static void an_empty_list_allows_nothing_more(void **state)
{
    struct egress_policy policy;
    struct error err = {0};
    (void)state;

    assert_true(egress_policy_parse(TEXT_NONE, &policy, &err));
    assert_int_equal(policy.allowed_count, 0);
    assert_true(egress_policy_parse(TEXT("  "), &policy, &err));
    assert_false(check(&policy, "127.0.0.1", &err));
}

static void malformed_ranges_are_refused_and_the_policy_is_untouched(void **state)
{
    static const char *const bad[] = {
        "10.0.0.0/33",  "10.0.0.0/-1", "10.0.0.0/",
        "10.0.0/8",     "10.0.0.1/8",  "::1/129",
        "::1/127x",     "localhost",   "10.0.0.0/8,,::",
        "10.0.0.0 /8",  "/8",          "2001:db8::1/32",
        "10.0.0.0/8/8", "1.2.3.4.5",   "fffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct egress_policy policy = {.allowed_count = 7};
        struct error err = {0};

        if (egress_policy_parse(text_from(bad[i]), &policy, &err)) fail_msg("accepted %s", bad[i]);
        assert_int_equal(err.code, E_INPUT);
        assert_int_equal(policy.allowed_count, 7);
    }
}

static void more_ranges_than_fit_are_refused(void **state)
{
    char list[EGRESS_RANGES_MAX * 10 + 20] = "";
    struct egress_policy policy;
    struct error err = {0};
    size_t len = 0;
    (void)state;

    for (int i = 0; i < EGRESS_RANGES_MAX; i++) {
        memcpy(list + len, "10.0.0.1,", 9);
        len += 9;
    }
    assert_true(egress_policy_parse((struct text){list, len - 1}, &policy, &err));
    assert_int_equal(policy.allowed_count, EGRESS_RANGES_MAX);
    memcpy(list + len, "10.0.0.1", 8);
    assert_false(egress_policy_parse((struct text){list, len + 8}, &policy, &err));
    assert_int_equal(err.code, E_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_are_open),
        cmocka_unit_test(special_addresses_are_refused),
        cmocka_unit_test(what_the_operator_allows_is_open_and_nothing_beside_it),
        cmocka_unit_test(an_ipv6_range_does_not_open_ipv4),
        cmocka_unit_test(the_message_names_the_address),
        cmocka_unit_test(a_socket_path_is_refused),
        cmocka_unit_test(an_empty_list_allows_nothing_more),
        cmocka_unit_test(malformed_ranges_are_refused_and_the_policy_is_untouched),
        cmocka_unit_test(more_ranges_than_fit_are_refused),
    };

    return cmocka_run_group_tests_name("io/egress", tests, NULL, NULL);
}
