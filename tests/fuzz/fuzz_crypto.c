/* Hex and base64 of anything decode to what they were made of; what decodes, encodes back. */
#include "base/crypto.h"
#include "tests/fuzz/fuzz.h"

static void check_round_trips(struct text input)
{
    static void (*const encoders[])(struct buf *, struct text) = {crypto_hex, crypto_base64,
                                                                  crypto_base64url};

    for (size_t i = 0; i < ARRAY_COUNT(encoders); i++) {
        struct buf text CLEANUP(buf_done) = {0};
        struct buf back CLEANUP(buf_done) = {0};

        encoders[i](&text, input);
        ASSERT(i == 0 ? crypto_unhex(&back, buf_get(&text))
                      : crypto_unbase64(&back, buf_get(&text)));
        ASSERT(text_equal(buf_get(&back), input));
    }
}

void fuzz_input(struct text input)
{
    static const uint8_t key[32] = {1, 2, 3};
    struct buf bytes CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};
    struct buf plain CLEANUP(buf_done) = {0};
    struct error err = {0};

    check_round_trips(input);
    if (crypto_unhex(&bytes, input)) {
        crypto_hex(&text, buf_get(&bytes));
        ASSERT(text_equal_nocase(buf_get(&text), input));
    }
    buf_reset(&bytes);
    if (crypto_unbase64(&bytes, input)) ASSERT(bytes.len <= input.len);
    ASSERT(!crypto_unseal(key, TEXT("aad"), input, &plain, &err));
}
