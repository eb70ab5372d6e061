#pragma once

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define UTF_MAX 0x10FFFF /* the last code point */

/*
 * Utf: UTF-8 to UTF-16 units and back, where the halves of surrogate pairs may stand alone (WTF-8:
 * three bytes each).
 */

/* Takes the next code point off rest, which is not empty; a bad byte is U+FFFD. */
uint32_t utf_take(struct text *rest);
/* How many of the first bytes are ASCII. */
size_t utf_ascii_len(struct text source);
/* Appends a unit or code point as it is, surrogates too. */
void utf_append(struct buf *out, uint32_t code_point);

/* The units of a code point: two of those above UINT16_MAX. */
static inline uint32_t utf_to_units(uint32_t code_point, uint16_t out[2])
{
    if (code_point <= UINT16_MAX) {
        out[0] = (uint16_t)code_point;
        return 1;
    }
    out[0] = (uint16_t)(0xD800 | (code_point - 0x10000) >> 10);
    out[1] = (uint16_t)(0xDC00 | ((code_point - 0x10000) & 0x3FF));
    return 2;
}

/* Takes units off UTF-8 text, one at a time: low is the half that is still owed, or 0. */
struct utf_units {
    struct text rest;
    uint16_t low;
};

static inline bool utf_units_next(struct utf_units *units, uint16_t *out)
{
    if (units->low) {
        *out = units->low;
        units->low = 0;
        return true;
    }
    if (units->rest.len == 0) return false;
    uint16_t pair[2];

    if (utf_to_units(utf_take(&units->rest), pair) == 2) units->low = pair[1];
    *out = pair[0];
    return true;
}

static inline bool utf_is_high(uint16_t unit)
{
    return (unit & 0xFC00) == 0xD800;
}

static inline bool utf_is_low(uint16_t unit)
{
    return (unit & 0xFC00) == 0xDC00;
}
