#pragma once

#include "base/arena.h"

/*
 * Redact: overwrites secrets with asterisks of the same length where they stand in bytes: as they
 * are, and as base64, base64url, hex, percent-encoded or JSON-escaped. Pure. Secrets shorter than
 * REDACT_MIN bytes are not looked for: they would hit anything.
 */
#define REDACT_MIN 6

struct redact {
    struct arena *arena; /* Private. */
    struct text *needles;
    size_t count, capacity;
};

void redact_init(struct redact *redact, struct arena *arena);
void redact_add(struct redact *redact, struct text secret);
void redact_apply(const struct redact *redact, char *bytes, size_t len);
/* Wipes what was added. */
void redact_wipe(struct redact *redact);
