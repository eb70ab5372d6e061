#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "cli/command.h"

/*
 * Answers: what `weir` prints. On stdout always one JSON object, the envelope; on a terminal
 * (without
 * --json) a rendering for people instead, from the same envelope.
 */

/* Prints an envelope that came from the server. */
void answer_print(const struct cli *cli, struct text envelope);
/* Prints {"ok":true,"data":…}. data: one JSON value. */
void answer_data(const struct cli *cli, struct text data);
/* Prints the envelope of an error; answers code, for `return answer_error(…)`. */
int answer_error(const struct cli *cli, const struct error *err, int code);
/* A usage error: E_BAD_REQUEST with that message, exit code 2. */
int answer_usage(const struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* An envelope that is not ok but carries data (lint with errors). */
void answer_refused(const struct cli *cli, const struct error *err, struct text details);
/* `weir render`: an envelope from stdin, as a terminal would show it. */
int answer_render(struct cli *cli);
/* Writes all of it to a descriptor. */
void answer_write(int fd, struct text bytes);
