#pragma once

#include "base/text.h"
#include "flow/value.h"

/*
 * Core convert: numbers from text as Java's parsers read them, for the native tables. False: the
 * text is no such number.
 */
/* Long/parseLong: a sign, digits of the base (2 to 36), within 64 bits. */
bool core_convert_int(struct text source, int base, int64_t *out) MUST_CHECK;
/* Double/parseDouble: white space around, signs, NaN, Infinity, a trailing d or f. */
bool core_convert_double(struct text source, double *out) MUST_CHECK;
/* As Java narrows: a double to the nearest in the range, an integer to its low 64 bits. */
int64_t core_convert_low_bits(struct value number, int64_t min, int64_t max);
/* The double that prints as the nearest float of x does. */
double core_convert_float(double x);
