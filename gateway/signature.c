/* Signatures. The given one is decoded first, so both of the encodings and either case compare the
 * same way: by its 32 bytes. */
#include "gateway/signature.h"

#include "base/crypto.h"

#define MAC_SIZE  32
#define GIVEN_MAX 200

static bool decode(struct text given, struct buf *out)
{
    if (given.len == 2UL * MAC_SIZE) return crypto_unhex(out, given);
    return crypto_unbase64(out, given);
}

bool signature_is_valid(struct text secret, struct text body, struct text given, struct text prefix)
{
    uint8_t mac[MAC_SIZE];
    struct buf decoded CLEANUP(buf_done) = {0};

    given = text_trim(given);
    if (!given.ptr || given.len == 0 || given.len > GIVEN_MAX || secret.len == 0) return false;
    if (prefix.len > 0) {
        if (!text_starts_with(given, prefix)) return false;
        given = text_slice(given, prefix.len, given.len);
    } else if (text_starts_with(given, TEXT("sha256="))) {
        given = text_slice(given, 7, given.len);
    }
    if (!decode(given, &decoded) || decoded.len != MAC_SIZE) return false;
    crypto_hmac_sha256(secret, body, mac);
    return crypto_equal((struct text){(const char *)mac, sizeof mac}, buf_get(&decoded));
}

bool signature_same_key(struct text secret, struct text given)
{
    uint8_t expected[MAC_SIZE];
    uint8_t actual[MAC_SIZE];

    if (secret.len == 0 || given.len == 0) return false;
    crypto_sha256(secret, expected);
    crypto_sha256(given, actual);
    return crypto_equal((struct text){(const char *)expected, sizeof expected},
                        (struct text){(const char *)actual, sizeof actual});
}
