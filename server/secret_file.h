#pragma once

#include "base/error.h"
#include "server/options.h"
#include "server/place.h"

#include <stdbool.h>
#include <stdint.h>

/* The master key: from the file that the options name, or from the private installation's own file,
 * which is made on first use (0600). */
bool secret_file_load(const struct server_options *options, const struct place *place,
                      uint8_t out[32], struct error *err) MUST_CHECK;
