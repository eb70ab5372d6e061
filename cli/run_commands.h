#pragma once

#include "cli/command.h"

/* Starting and showing runs. With --wait the answer is the run as it ended or parked; exit code 4
 * when it ended badly. */
int run_commands_start(struct cli *cli);
int run_commands_show(struct cli *cli);
