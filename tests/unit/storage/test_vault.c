/* Sealing and deriving: what must open opens, and nothing else does. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/crypto.h"
#include "storage/vault.h"

static const uint8_t master[VAULT_KEY_SIZE] = {1, 2, 3};
static const uint8_t other_key[VAULT_KEY_SIZE] = {9};

static void a_workspace_key_opens_only_for_its_workspace_and_purpose(void **state)
{
    struct buf sealed = {0};
    struct error err = {0};
    uint8_t key[VAULT_KEY_SIZE];

    (void)state;
    vault_key_new(master, TEXT("ws-a"), VAULT_DATA_KEY, &sealed);
    assert_true(vault_key_open(master, TEXT("ws-a"), VAULT_DATA_KEY, buf_get(&sealed), key, &err));
    assert_false(vault_key_open(master, TEXT("ws-b"), VAULT_DATA_KEY, buf_get(&sealed), key, &err));
    assert_false(vault_key_open(master, TEXT("ws-a"), VAULT_WAIT_KEY, buf_get(&sealed), key, &err));
    assert_false(
        vault_key_open(other_key, TEXT("ws-a"), VAULT_DATA_KEY, buf_get(&sealed), key, &err));
    buf_done(&sealed);
}

static void a_secret_opens_only_under_its_name(void **state)
{
    struct buf sealed = {0};
    struct buf value = {0};
    struct error err = {0};

    (void)state;
    vault_secret_seal(master, TEXT("api"), TEXT("hunter2"), &sealed);
    assert_false(vault_secret_open(master, TEXT("api2"), buf_get(&sealed), &value, &err));
    buf_reset(&value);
    assert_true(vault_secret_open(master, TEXT("api"), buf_get(&sealed), &value, &err));
    assert_true(text_equal(buf_get(&value), TEXT("hunter2")));
    buf_done(&sealed);
    buf_done(&value);
}

static void a_callback_token_gives_run_and_address_back(void **state)
{
    struct buf token = {0};
    struct buf scratch = {0};
    struct uuid run = id_uuid7();
    struct uuid found;
    struct text address;

    (void)state;
    vault_callback_token(master, 1, run, TEXT("worker#1"), &token);
    assert_true(vault_callback_check(master, 1, buf_get(&token), &scratch, &found, &address));
    assert_int_equal(id_compare(run, found), 0);
    assert_true(text_equal(address, TEXT("worker#1")));
    buf_done(&token);
    buf_done(&scratch);
}

static void every_changed_character_of_a_callback_token_voids_it(void **state)
{
    struct buf token = {0};
    struct buf scratch = {0};
    struct uuid found;
    struct text address;

    (void)state;
    vault_callback_token(master, 1, id_uuid7(), TEXT("worker#1"), &token);
    for (size_t i = 0; i < token.len; i++) {
        char kept = token.ptr[i];

        token.ptr[i] = kept == 'A' ? 'B' : 'A';
        assert_false(vault_callback_check(master, 1, buf_get(&token), &scratch, &found, &address));
        token.ptr[i] = kept;
    }
    assert_false(vault_callback_check(master, 2, buf_get(&token), &scratch, &found, &address));
    assert_false(vault_callback_check(other_key, 1, buf_get(&token), &scratch, &found, &address));
    assert_false(vault_callback_check(master, 1, TEXT(""), &scratch, &found, &address));
    buf_done(&token);
    buf_done(&scratch);
}

static void a_callback_token_is_hidden_in_what_is_shown(void **state)
{
    struct uuid run = id_uuid7();
    struct buf token = {0};
    struct buf shown = {0};
    char expected[500];

    (void)state;
    vault_callback_token(master, 1, run, TEXT("worker#1"), &token);
    buf_printf(&shown, "{\"url\":\"/callbacks/%s\",\"again\":\"%s?\"}", token.ptr, token.ptr);
    memcpy(expected, shown.ptr, shown.len + 1);
    for (int i = 0; i < 2; i++) {
        char *mac = (i ? strrchr(expected, '?') - token.len : strstr(expected, token.ptr)) + 20;

        memset(mac, '*', token.len - 20);
    }
    vault_callback_hide(id_uuid7(), shown.ptr, shown.len); // another's
    assert_string_not_equal(shown.ptr, expected);
    vault_callback_hide(run, shown.ptr, shown.len);
    assert_string_equal(shown.ptr, expected);
    buf_done(&token);
    buf_done(&shown);
}

static void a_link_is_bound_to_wait_action_and_key_version(void **state)
{
    char token[VAULT_LINK_SIZE];

    (void)state;
    vault_link_token(master, 1, TEXT("wt-1"), TEXT("approve"), token);
    assert_true(vault_link_check(master, 1, TEXT("wt-1"), TEXT("approve"), text_from(token)));
    assert_false(vault_link_check(master, 1, TEXT("wt-1"), TEXT("reject"), text_from(token)));
    assert_false(vault_link_check(master, 1, TEXT("wt-2"), TEXT("approve"), text_from(token)));
    assert_false(vault_link_check(master, 2, TEXT("wt-1"), TEXT("approve"), text_from(token)));
    assert_false(vault_link_check(master, 1, TEXT("wt-1"), TEXT("approve"), TEXT("")));
}

static void a_master_key_is_64_hex_digits(void **state)
{
    struct error err = {0};
    uint8_t key[VAULT_KEY_SIZE];
    struct text good = TEXT("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");

    (void)state;
    assert_true(vault_master_parse(good, key, &err));
    assert_int_equal(key[1], 0x11);
    assert_false(vault_master_parse(TEXT("0011"), key, &err));
    assert_false(vault_master_parse(TEXT(""), key, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workspace_key_opens_only_for_its_workspace_and_purpose),
        cmocka_unit_test(a_secret_opens_only_under_its_name),
        cmocka_unit_test(a_callback_token_gives_run_and_address_back),
        cmocka_unit_test(every_changed_character_of_a_callback_token_voids_it),
        cmocka_unit_test(a_callback_token_is_hidden_in_what_is_shown),
        cmocka_unit_test(a_link_is_bound_to_wait_action_and_key_version),
        cmocka_unit_test(a_master_key_is_64_hex_digits),
    };

    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
