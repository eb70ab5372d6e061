#pragma once

#include "base/text.h"

#include <stdbool.h>

/*
 * Signature: does a webhook's caller know the secret? Pure, and constant in time where it compares.
 */

/* given: what the header holds: hex or base64 of HMAC-SHA-256 over the raw body, after prefix
 * ("v0=", or absent: "sha256=" may stand there). */
bool signature_is_valid(struct text secret, struct text body, struct text given, struct text prefix)
    MUST_CHECK;
/* An API key as it is sent; of different lengths too. */
bool signature_same_key(struct text secret, struct text given) MUST_CHECK;
