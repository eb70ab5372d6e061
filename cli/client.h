#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "cli/command.h"

/*
 * Client: calls a command of the server and gets the envelope. One operation id a call, the same
 * over its attempts, so that a start whose answer got lost is not started twice.
 */
#define CLIENT_OK          0
#define CLIENT_REFUSED     1 /* the server said no; the envelope says why */
#define CLIENT_USAGE       2
#define CLIENT_UNREACHABLE 3
#define CLIENT_RUN_FAILED  4

/* Posts {"command": name, "args": args}. The body, an envelope, is appended to out. Answers the
 * exit code: CLIENT_OK or CLIENT_REFUSED with a body; CLIENT_UNREACHABLE with err and no body. */
int client_call(const struct cli *cli, const char *name, struct text args, struct buf *out,
                struct error *err);
