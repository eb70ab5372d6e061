#pragma once

#include "cli/command.h"

/* Stores a secret. The value never stands on the command line, where other users would see it: it
 * is read from stdin, or from the environment with --from-env NAME. */
int secret_commands_set(struct cli *cli);
