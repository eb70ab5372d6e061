#pragma once

#include "cli/command.h"

/*
 * `weir repl`: reads forms, evaluates them offline and prints their values. At a terminal with line
 * editing, history and completion; from a pipe as a filter, whose exit code is 1 when a form
 * failed.
 */
int repl_command(struct cli *cli);
