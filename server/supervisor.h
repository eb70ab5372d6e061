#pragma once

#include "server/options.h"

/*
 * Supervisor: keeps a private Postgres, Redis and (for `up`) the server itself running as children,
 * restarts the one that ends, and stops all of them in the right order. Answers the exit code.
 */
int supervisor_run(const struct server_options *options);
