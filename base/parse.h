#pragma once

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Numbers from text: the whole text, no white space, no sign but a leading '-' (and '+' nowhere);
 * false and *out untouched when it is not one or does not fit. */
bool parse_int64(struct text source, int64_t *out) MUST_CHECK;
bool parse_uint64(struct text source, uint64_t *out) MUST_CHECK;
/* Decimal or exponent notation, not locale-dependent; no hex, inf or nan. */
bool parse_double(struct text source, double *out) MUST_CHECK;
/* The same, but what is too large is infinite. */
bool parse_double_or_infinity(struct text source, double *out) MUST_CHECK;
bool parse_hex_uint64(struct text source, uint64_t *out) MUST_CHECK;
/* "250ms", "30s", "5m", "24h", "7d", or a bare number of seconds ("1.5"); in milliseconds. */
bool parse_duration_ms(struct text source, int64_t *out) MUST_CHECK;
/* RFC 3339 / ISO 8601 instant: 2026-11-20T07:31:02[.fraction](Z|+hh:mm). */
bool parse_instant_ms(struct text source, int64_t *out) MUST_CHECK;
