#pragma once

#include "server/options.h"

/* Administration from the server's own machine: `migrate`, and `token`, which makes the workspace
 * if it is not there and prints a new token for it. Answer the exit code. */
int admin_migrate(const struct server_options *options);
int admin_token(const struct server_options *options);
