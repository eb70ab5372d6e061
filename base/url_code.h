#pragma once

#include "base/buf.h"

/* Percent-encoding (RFC 3986): everything but unreserved characters. */
void url_code_append(struct buf *out, struct text source);
