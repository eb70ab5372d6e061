#pragma once

#include "server/options.h"
#include "server/place.h"

/*
 * Roles: runs the threads of this process until SIGINT or SIGTERM: gateways, workers, scheduler.
 * place is the private installation to use, or NULL for the services that the options name. Answers
 * the exit code: 0, or 3 when it could not start as configured (said on stderr).
 */
int roles_run(const struct server_options *options, const struct place *place);
