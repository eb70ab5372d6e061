#pragma once

#include "base/text.h"

#include <stdint.h>

/* MD5, for UUIDs from names (version 3) only: not for anything that must be safe. */
void md5(struct text data, uint8_t out[16]);
