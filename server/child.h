#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Child: one process under the supervisor. It has a process group of its own, so that Ctrl-C
 * reaches the supervisor alone, and dies with it (PR_SET_PDEATHSIG): a killed supervisor leaves
 * nothing up.
 */
struct child {
    const char *name;   /* for messages */
    pid_t pid;          /* 0: not running */
    int stop_signal;    /* asks for a clean end; also the parent-death signal */
    int exit_status;    /* of the last end, as waitpid() gives it */
    int64_t started_ms; /* monotonic */
    int failure_count;  /* ends in a row, each soon after its start */
};

/* A user to run as; uid 0 keeps the present one. */
struct child_user {
    uid_t uid;
    gid_t gid;
};

/* Starts argv[0] with stdout and stderr appended to log_path (NULL: ours). */
bool child_exec(struct child *child, const char *const *argv, const char *log_path,
                struct child_user user, struct error *err) MUST_CHECK;
/* Forks and calls function(arg) in the child, which ends with its answer as exit code. */
bool child_call(struct child *child, int (*function)(void *arg), void *arg, struct child_user user,
                struct error *err) MUST_CHECK;
/* Sends the stop signal, waits, and kills after timeout_ms. Harmless when it is not running. */
void child_stop(struct child *child, int64_t timeout_ms);
/* "exited with code 1", "was killed by signal 9". */
void child_describe_exit(const struct child *child, char *out, size_t size);
