#pragma once

#include "cli/command.h"

/* Evaluation without a server, by the same code as the server's. */
int offline_eval(struct cli *cli);
