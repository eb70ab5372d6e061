#pragma once

#include "cli/command.h"

/* `weir lint`: flow files by the server's own checks, without a server; --fix makes the fixes that
 * diagnostics carry, in the file, which is replaced whole or not at all. */
int lint_commands_lint(struct cli *cli);
