#pragma once

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/*
 * Head: the checks of a raw HTTP/1 request head that h2o leaves out, and which make request
 * smuggling behind another proxy: Transfer-Encoding together with Content-Length, either of them or
 * Host twice, no Host on HTTP/1.1, white space before a colon, folded lines, a head over
 * LIMIT_HEADER_BLOCK. raw starts with the request line; what follows the blank line is not looked
 * at.
 */
bool head_check(struct text raw, struct error *err) MUST_CHECK;
