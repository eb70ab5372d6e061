/* Signatures of webhooks. The MAC of "what do ya want for nothing?" under "Jefe" is RFC 4231's. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/crypto.h"
#include "gateway/signature.h"

#define KEY  TEXT("Jefe")
#define BODY TEXT("what do ya want for nothing?")
#define MAC  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

static void the_hexadecimal_mac_is_valid_in_either_case(void **state)
{
    (void)state;
    assert_true(signature_is_valid(KEY, BODY, TEXT(MAC), TEXT_NONE));
    assert_true(signature_is_valid(
        KEY, BODY, TEXT("5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"),
        TEXT_NONE));
    assert_true(signature_is_valid(KEY, BODY, TEXT(" " MAC " "), TEXT_NONE));
}

static void the_base64_mac_is_valid(void **state)
{
    (void)state;
    assert_true(signature_is_valid(KEY, BODY, TEXT("W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="),
                                   TEXT_NONE));
}

static void a_prefix_may_stand_before_it(void **state)
{
    (void)state;
    assert_true(signature_is_valid(KEY, BODY, TEXT("sha256=" MAC), TEXT_NONE));
    assert_true(signature_is_valid(KEY, BODY, TEXT("v0=" MAC), TEXT("v0=")));
    assert_false(signature_is_valid(KEY, BODY, TEXT(MAC), TEXT("v0=")));
    assert_false(signature_is_valid(KEY, BODY, TEXT("sha1=" MAC), TEXT_NONE));
}

static void everything_else_is_not_valid(void **state)
{
    (void)state;
    assert_false(signature_is_valid(KEY, TEXT("another body"), TEXT(MAC), TEXT_NONE));
    assert_false(signature_is_valid(TEXT("another key"), BODY, TEXT(MAC), TEXT_NONE));
    assert_false(signature_is_valid(KEY, BODY, TEXT(""), TEXT_NONE));
    assert_false(signature_is_valid(KEY, BODY, TEXT_NONE, TEXT_NONE));
    assert_false(signature_is_valid(KEY, BODY, TEXT("not hex"), TEXT_NONE));
    assert_false(signature_is_valid(KEY, BODY, TEXT("5bdc"), TEXT_NONE));
    assert_false(signature_is_valid(TEXT(""), BODY, TEXT(MAC), TEXT_NONE));
}

static void keys_are_the_same_or_not(void **state)
{
    (void)state;
    assert_true(signature_same_key(TEXT("k1"), TEXT("k1")));
    assert_false(signature_same_key(TEXT("k1"), TEXT("k12")));
    assert_false(signature_same_key(TEXT("k1"), TEXT("")));
    assert_false(signature_same_key(TEXT(""), TEXT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hexadecimal_mac_is_valid_in_either_case),
        cmocka_unit_test(the_base64_mac_is_valid),
        cmocka_unit_test(a_prefix_may_stand_before_it),
        cmocka_unit_test(everything_else_is_not_valid),
        cmocka_unit_test(keys_are_the_same_or_not),
    };

    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
