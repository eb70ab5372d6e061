#pragma once

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The only wrapper of OpenSSL's primitives. Algorithms are fetched once, by crypto_start(), before
 * threads; everything else may be called from any thread.
 */
void crypto_start(void);

void crypto_sha256(struct text data, uint8_t out[32]);
void crypto_hmac_sha256(struct text key, struct text data, uint8_t out[32]);
/* Constant time for equal lengths. */
bool crypto_equal(struct text a, struct text b);

/* AES-256-GCM. Sealed form: 12 bytes of nonce, ciphertext, 16 bytes of tag. aad binds a context
 * (workspace, name) to it: unsealing under another context fails. */
void crypto_seal(const uint8_t key[32], struct text aad, struct text plain, struct buf *out);
bool crypto_unseal(const uint8_t key[32], struct text aad, struct text sealed, struct buf *out,
                   struct error *err) MUST_CHECK;

void crypto_hex(struct buf *out, struct text data); /* lower case */
bool crypto_unhex(struct buf *out, struct text source) MUST_CHECK;
void crypto_base64(struct buf *out, struct text data);    /* standard, padded */
void crypto_base64url(struct buf *out, struct text data); /* URL alphabet, no padding */
/* Either alphabet, padding optional. */
bool crypto_unbase64(struct buf *out, struct text source) MUST_CHECK;
uint32_t crypto_crc32(struct text data);
void crypto_wipe(void *ptr, size_t len);

/* A secret in memory: never printed, wiped by secret_done(). */
struct secret {
    char *ptr;
    size_t len;
};

void crypto_secret_init(struct secret *secret, struct text value);
void crypto_secret_done(struct secret *secret);
