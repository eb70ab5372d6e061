/* Tokens, signatures and ids as strangers send them: all but what we made is refused. */
#include "gateway/bearer.h"
#include "gateway/signature.h"
#include "gateway/workflow_id.h"
#include "storage/vault.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t key[VAULT_KEY_SIZE] = {1, 2, 3};

static void check_callback(struct text input)
{
    struct buf scratch CLEANUP(buf_done) = {0};
    struct buf made CLEANUP(buf_done) = {0};
    struct uuid run;
    struct text address;

    if (!vault_callback_check(key, 1, input, &scratch, &run, &address)) return;
    vault_callback_token(key, 1, run, address, &made);
    ASSERT(text_equal(buf_get(&made), input));
}

static void check_signature(struct text input)
{
    struct text body = input;
    struct text given = text_cut(&body, '\n');
    struct text prefix = text_slice(given, 0, given.len % 9);

    if (given.len < 40) ASSERT(!signature_is_valid(TEXT("secret"), body, given, prefix));
    (void)!signature_is_valid(TEXT("secret"), body, given, TEXT_NONE);
    ASSERT(signature_same_key(input, input) || input.len == 0);
}

void fuzz_input(struct text input)
{
    struct bearer bearer;
    struct text slug;
    int64_t number;

    check_callback(input);
    check_signature(input);
    if (bearer_parse(input, &bearer)) ASSERT(bearer.id.ptr >= input.ptr);
    if (workflow_id_parse(input, TEXT("acme"), &slug, &number)) ASSERT(number > 0);
}
