#pragma once

#include "cli/command.h"

/* Flow files between the disk and the server. A file that has #flow/include forms is expanded
 * before it is pushed; the file itself is not changed. */
int flow_files_push(struct cli *cli);
int flow_files_pull(struct cli *cli);
int flow_files_lint(struct cli *cli);
int flow_files_release(struct cli *cli);

/* A whole file, or stdin for "-"; at most 16 MB. */
bool flow_files_read(struct arena *arena, const char *path, struct text *out, struct error *err)
    MUST_CHECK;
