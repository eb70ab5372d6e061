#pragma once

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Bearer tokens as text: weir_<kind>_<id>_<secret>_<crc>. The crc (CRC-32 of all before it, 8 hex
 * digits) lets a typo or a scanner for leaked tokens be told from a wrong token without the
 * database; the SHA-256 of the secret is all that is stored.
 */
struct bearer {
    struct text kind, id; /* point into the token's text */
    uint8_t secret_hash[32];
};

/* A new random token of that kind ("user", "service"); appended to out. */
void bearer_new(const char *kind, struct buf *out);
/* False: malformed, or the crc is wrong. */
bool bearer_parse(struct text source, struct bearer *out) MUST_CHECK;
