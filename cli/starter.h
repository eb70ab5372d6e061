#pragma once

#include "cli/command.h"

/* `weir init [DIR]`: a folder to start from. Files that are there already are left alone. */
int starter_init(struct cli *cli);
