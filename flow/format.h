#pragma once

#include "flow/native.h"

/*
 * Format: java.util.Formatter for %s %S %d %x %X %o %c %C %b %B %e %E %f %g %G %n %%, with argument
 * indexes, flags, width and precision. Errors are E_ARGUMENT, as the IllegalFormatExceptions.
 */
bool format_text(struct native_call *call, struct value pattern, const struct value *args,
                 uint32_t arg_count, struct value *out) MUST_CHECK;
