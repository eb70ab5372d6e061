#pragma once

#include "cli/command.h"

/* `weir fmt`: flow files in the project's format, each replaced whole or not at all; --check only
 * says which would change. With - for a file, stdin is formatted to stdout, without an envelope;
 * what cannot be read is still answered by one. */
int format_commands_fmt(struct cli *cli);
