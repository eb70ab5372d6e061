#include "base/crypto.h"

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

/*
 * OpenSSL 3 looks an algorithm up by name under a lock at each use unless it was fetched: so
 * crypto_start() fetches all three, once, and they stay for the life of the process. A failure of
 * OpenSSL itself, other than a wrong tag, means no memory or a broken installation: we abort.
 */

#define NONCE_LEN 12
#define TAG_LEN   16

static struct {
    EVP_MD *sha256;
    EVP_MAC *hmac;
    EVP_CIPHER *gcm;
} fetched;

void crypto_start(void)
{
    if (fetched.gcm) return;
    fetched.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    fetched.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    fetched.gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    ASSERT(fetched.sha256);
    ASSERT(fetched.hmac);
    ASSERT(fetched.gcm);
}

static const unsigned char *bytes_of(struct text data)
{
    return (const unsigned char *)(data.ptr ? data.ptr : "");
}

void crypto_sha256(struct text data, uint8_t out[32])
{
    ASSERT(fetched.sha256);
    int done = EVP_Digest(bytes_of(data), data.len, out, NULL, fetched.sha256, NULL);

    ASSERT(done == 1);
}

void crypto_hmac_sha256(struct text key, struct text data, uint8_t out[32])
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                           OSSL_PARAM_construct_end()};
    size_t len = 0;

    ASSERT(fetched.hmac);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(fetched.hmac);
    bool done = ctx && EVP_MAC_init(ctx, bytes_of(key), key.len, params) == 1 &&
                EVP_MAC_update(ctx, bytes_of(data), data.len) == 1 &&
                EVP_MAC_final(ctx, out, &len, 32) == 1;

    EVP_MAC_CTX_free(ctx);
    ASSERT(done);
    ASSERT(len == 32);
}

bool crypto_equal(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

void crypto_seal(const uint8_t key[32], struct text aad, struct text plain, struct buf *out)
{
    size_t total = NONCE_LEN + plain.len + TAG_LEN;
    int aad_len = 0, plain_len = 0, final_len = 0;

    ASSERT(fetched.gcm);
    ASSERT(aad.len <= INT32_MAX);
    ASSERT(plain.len <= INT32_MAX);
    unsigned char *nonce = (unsigned char *)buf_reserve(out, total);

    if (!nonce) return; // past the limit: out says so
    unsigned char *cipher = nonce + NONCE_LEN, *tag = cipher + plain.len;

    random_bytes(nonce, NONCE_LEN);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool done = ctx && EVP_EncryptInit_ex2(ctx, fetched.gcm, key, nonce, NULL) == 1 &&
                EVP_EncryptUpdate(ctx, NULL, &aad_len, bytes_of(aad), (int)aad.len) == 1 &&
                EVP_EncryptUpdate(ctx, cipher, &plain_len, bytes_of(plain), (int)plain.len) == 1 &&
                EVP_EncryptFinal_ex(ctx, cipher + plain_len, &final_len) == 1 &&
                EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) == 1;

    EVP_CIPHER_CTX_free(ctx);
    ASSERT(done);
    ASSERT((size_t)plain_len + (size_t)final_len == plain.len);
    buf_commit(out, total);
}

bool crypto_unseal(const uint8_t key[32], struct text aad, struct text sealed, struct buf *out,
                   struct error *err)
{
    int aad_len = 0, plain_len = 0, final_len = 0;

    ASSERT(fetched.gcm);
    ASSERT(aad.len <= INT32_MAX);
    if (sealed.len < NONCE_LEN + TAG_LEN || sealed.len > INT32_MAX) {
        return error_set(err, E_INTERNAL, "sealed bytes have the wrong length");
    }
    size_t len = sealed.len - NONCE_LEN - TAG_LEN;
    const unsigned char *nonce = bytes_of(sealed), *cipher = nonce + NONCE_LEN;
    unsigned char tag[TAG_LEN], *plain = (unsigned char *)buf_reserve(out, len);

    if (!plain) return error_set(err, E_TOO_LARGE, "unsealed bytes are over the limit");
    memcpy(tag, cipher + len, TAG_LEN);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool decrypted = ctx && EVP_DecryptInit_ex2(ctx, fetched.gcm, key, nonce, NULL) == 1 &&
                     EVP_DecryptUpdate(ctx, NULL, &aad_len, bytes_of(aad), (int)aad.len) == 1 &&
                     EVP_DecryptUpdate(ctx, plain, &plain_len, cipher, (int)len) == 1 &&
                     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1;

    ASSERT(decrypted);
    bool authentic = EVP_DecryptFinal_ex(ctx, plain + plain_len, &final_len) == 1;

    EVP_CIPHER_CTX_free(ctx);
    if (!authentic) {
        crypto_wipe(plain, len);
        return error_set(err, E_INTERNAL, "sealed bytes do not open with this key and context");
    }
    buf_commit(out, len);
    return true;
}

void crypto_hex(struct buf *out, struct text data)
{
    static const char digits[] = "0123456789abcdef";
    char *next = buf_reserve(out, data.len * 2);

    if (!next) return;
    for (size_t i = 0; i < data.len; i++) {
        *next++ = digits[(uint8_t)data.ptr[i] >> 4];
        *next++ = digits[(uint8_t)data.ptr[i] & 15];
    }
    buf_commit(out, data.len * 2);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool crypto_unhex(struct buf *out, struct text source)
{
    char *room = source.len % 2 == 0 ? buf_reserve(out, source.len / 2) : NULL;

    if (!room) return false;
    for (size_t i = 0; i < source.len; i += 2) {
        int high = hex_value(source.ptr[i]), low = hex_value(source.ptr[i + 1]);

        if (high < 0 || low < 0) return false;
        room[i / 2] = (char)(high << 4 | low);
    }
    buf_commit(out, source.len / 2);
    return true;
}

static void base64(struct buf *out, struct text data, const char *alphabet, bool padded)
{
    for (size_t i = 0; i < data.len; i += 3) {
        size_t len = MIN(data.len - i, 3);
        uint32_t group = 0;
        char chars[4] = "====";

        for (size_t j = 0; j < 3; j++) {
            group = group << 8 | (j < len ? (uint8_t)data.ptr[i + j] : 0);
        }
        for (size_t j = 0; j <= len; j++) {
            chars[j] = alphabet[group >> (18 - 6 * j) & 63];
        }
        buf_append(out, chars, padded ? 4 : len + 1);
    }
}

void crypto_base64(struct buf *out, struct text data)
{
    base64(out, data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

void crypto_base64url(struct buf *out, struct text data)
{
    base64(out, data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

bool crypto_unbase64(struct buf *out, struct text source)
{
    size_t total = source.len, len = 0;

    while (source.len > 0 && total - source.len < 2 && source.ptr[source.len - 1] == '=') {
        source.len--;
    }
    if (source.len < total && total % 4 != 0) return false;
    if (source.len % 4 == 1) return false;
    char *room = buf_reserve(out, source.len / 4 * 3 + 3);
    uint32_t bits = 0;
    int bit_count = 0;

    if (!room) return false;
    for (size_t i = 0; i < source.len; i++) {
        int value = base64_value(source.ptr[i]);

        if (value < 0) return false;
        bits = bits << 6 | (uint32_t)value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            room[len++] = (char)(bits >> bit_count);
        }
    }
    // Left-over bits must be 0, so that each run of bytes has one form only.
    if (bits & ((1U << bit_count) - 1)) return false;
    buf_commit(out, len);
    return true;
}

uint32_t crypto_crc32(struct text data)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < data.len; i++) {
        crc ^= (uint8_t)data.ptr[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

void crypto_wipe(void *ptr, size_t len)
{
    if (len > 0) OPENSSL_cleanse(ptr, len);
}

void crypto_secret_init(struct secret *secret, struct text value)
{
    secret->ptr = memory_new(value.len + 1);
    secret->len = value.len;
    if (value.len > 0) memcpy(secret->ptr, value.ptr, value.len);
}

void crypto_secret_done(struct secret *secret)
{
    if (secret->ptr) crypto_wipe(secret->ptr, secret->len);
    memory_free(secret->ptr);
    *secret = (struct secret){0};
}
