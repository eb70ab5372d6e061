#include "base/crypto.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

static const uint8_t key[32] = "0123456789abcdef0123456789abcde";

static void sha256_gives_the_standards_digest(void **state)
{
    (void)state;
    struct buf hex CLEANUP(buf_done) = {0};
    uint8_t out[32];

    crypto_sha256(TEXT("abc"), out);
    crypto_hex(&hex, (struct text){(char *)out, 32});
    assert_string_equal(hex.ptr,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypto_sha256(TEXT_NONE, out);
    assert_int_equal(out[0], 0xe3);
}

static void hmac_gives_the_standards_digest(void **state)
{
    (void)state;
    struct buf hex CLEANUP(buf_done) = {0};
    uint8_t out[32];

    crypto_hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?"), out); // RFC 4231, 4.3
    crypto_hex(&hex, (struct text){(char *)out, 32});
    assert_string_equal(hex.ptr,
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    crypto_hmac_sha256(TEXT_NONE, TEXT_NONE, out);
    assert_int_equal(out[0], 0xb6);
}

static void what_was_sealed_opens_under_its_context_only(void **state)
{
    (void)state;
    struct buf sealed CLEANUP(buf_done) = {0}, plain CLEANUP(buf_done) = {0};
    struct error err = {0};

    crypto_seal(key, TEXT("ws/name"), TEXT("secret"), &sealed);
    assert_int_equal(sealed.len, 12 + 6 + 16);
    assert_true(crypto_unseal(key, TEXT("ws/name"), buf_get(&sealed), &plain, &err));
    assert_string_equal(plain.ptr, "secret");
    buf_reset(&plain);
    assert_false(crypto_unseal(key, TEXT("ws/other"), buf_get(&sealed), &plain, &err));
    sealed.ptr[15] ^= 1;
    assert_false(crypto_unseal(key, TEXT("ws/name"), buf_get(&sealed), &plain, &err));
    assert_false(crypto_unseal(key, TEXT("ws/name"), TEXT("short"), &plain, &err));
    assert_int_equal(plain.len, 0);
}

static void two_seals_of_the_same_differ(void **state)
{
    (void)state;
    struct buf a CLEANUP(buf_done) = {0}, b CLEANUP(buf_done) = {0}, c CLEANUP(buf_done) = {0};

    crypto_seal(key, TEXT(""), TEXT(""), &a);
    crypto_seal(key, TEXT(""), TEXT(""), &b);
    assert_false(crypto_equal(buf_get(&a), buf_get(&b)));
    assert_true(crypto_unseal(key, TEXT(""), buf_get(&a), &c, NULL));
    assert_int_equal(c.len, 0);
}

static void base64_round_trips_in_both_alphabets(void **state)
{
    (void)state;
    static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    struct buf out CLEANUP(buf_done) = {0};

    for (size_t i = 0; i < ARRAY_COUNT(plain); i++) {
        buf_reset(&out);
        crypto_base64(&out, text_from(plain[i]));
        assert_string_equal(buf_get(&out).ptr, coded[i]);
        buf_reset(&out);
        assert_true(crypto_unbase64(&out, text_from(coded[i])));
        assert_string_equal(buf_get(&out).ptr, plain[i]);
    }
    buf_reset(&out);
    crypto_base64url(&out, TEXT("\xfb\xff"));
    assert_string_equal(out.ptr, "-_8");
    buf_reset(&out);
    assert_true(crypto_unbase64(&out, TEXT("+/8=")));
    assert_true(crypto_unbase64(&out, TEXT("-_8")));
    assert_string_equal(out.ptr, "\xfb\xff\xfb\xff");
}

static void what_is_no_base64_or_hex_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "A", "AA=", "AAA==", "A===", "====", "A A=", "AB==", "Zg==Zg=="};
    struct buf out CLEANUP(buf_done) = {0};

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_false(crypto_unbase64(&out, text_from(bad[i])));
    }
    assert_false(crypto_unhex(&out, TEXT("abc")));
    assert_false(crypto_unhex(&out, TEXT("0g")));
    assert_int_equal(out.len, 0);
    assert_true(crypto_unhex(&out, TEXT("4A4b")));
    assert_string_equal(out.ptr, "JK");
}

static void crc32_gives_the_standards_check_value(void **state)
{
    (void)state;
    assert_true(crypto_crc32(TEXT("123456789")) == 0xcbf43926);
    assert_int_equal(crypto_crc32(TEXT_NONE), 0);
}

static void a_secret_is_a_copy_that_goes_away(void **state)
{
    (void)state;
    struct secret secret;

    crypto_secret_init(&secret, TEXT("s3"));
    assert_string_equal(secret.ptr, "s3");
    crypto_secret_done(&secret);
    assert_null(secret.ptr);
    crypto_secret_done(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_standards_digest),
        cmocka_unit_test(hmac_gives_the_standards_digest),
        cmocka_unit_test(what_was_sealed_opens_under_its_context_only),
        cmocka_unit_test(two_seals_of_the_same_differ),
        cmocka_unit_test(base64_round_trips_in_both_alphabets),
        cmocka_unit_test(what_is_no_base64_or_hex_is_refused),
        cmocka_unit_test(crc32_gives_the_standards_check_value),
        cmocka_unit_test(a_secret_is_a_copy_that_goes_away),
    };

    crypto_start();
    crypto_start(); // a second call does nothing
    return cmocka_run_group_tests(tests, NULL, NULL);
}
