#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

/*
 * Formats source text: only white space changes; each token and comment stays as it is, byte for
 * byte. Line breaks of the source stay; what has none of its own and does not fit 100 columns is
 * broken. Formatting twice is formatting once.
 *
 * A comma stays where it follows a form; blank lines stay, one at most inside of a form and two
 * between forms; values that stand in a column below each other stay in one.
 */
/* Appends to out. Source that the reader refuses: its error. More than LIMIT_FLOW_FILE bytes:
 * E_TOO_LARGE. */
bool syntax_format(struct text source, struct buf *out, struct error *err) MUST_CHECK;
