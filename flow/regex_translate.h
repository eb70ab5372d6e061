#pragma once

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Regex translate: a pattern as Java reads it, rewritten for PCRE2 with PCRE2_DOTALL (UTF-16 units
 * in, UTF-16 units out). Line terminators, flags, free spacing, class unions and intersections,
 * escapes, properties and back references are spelled out here, so that no construct of PCRE2's own
 * gets through.
 *
 * Bounded: groups nest at most REGEX_DEPTH_MAX, classes REGEX_CLASS_DEPTH_MAX deep.
 */
#define REGEX_DEPTH_MAX       200
#define REGEX_CLASS_DEPTH_MAX 16

struct regex_needs {
    bool wide_words; /* in: letters outside of ASCII bound words too, as Java's \b has it */
    bool utf, ucp;   /* in and out: PCRE2_UTF, PCRE2_UCP; the translation sets them where needed */
};

bool regex_translate(const uint16_t *pattern, size_t len, struct regex_needs *needs,
                     struct buf *out, struct error *err) MUST_CHECK;
