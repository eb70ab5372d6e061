#pragma once

#include "cli/command.h"

/* What needs no server: the language's own checks and evaluation, by the same code as the server.
 */
int offline_lint(struct cli *cli);
int offline_eval(struct cli *cli);
