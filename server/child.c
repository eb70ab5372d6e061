/*
 * Child processes of the supervisor. Between fork and exec only async-signal-safe calls are made;
 * child_call() continues in the copy, which is safe because the supervisor has a single thread.
 */
#include "server/child.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void reset_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool become_user(struct child_user user)
{
    if (user.uid == 0 || geteuid() != 0) return true;
    return setgroups(0, NULL) == 0 && setgid(user.gid) == 0 && setuid(user.uid) == 0;
}

/* In the new process. The death signal is set after the change of user, which clears it; the parent
 * may have died in between, which is looked at last. */
static void enter_child(const struct child *child, struct child_user user, pid_t parent)
{
    setpgid(0, 0);
    if (!become_user(user)) _exit(126);
    prctl(PR_SET_PDEATHSIG, child->stop_signal);
    if (getppid() != parent) _exit(125);
    reset_signals();
}

static bool started(struct child *child, pid_t pid, struct error *err)
{
    if (pid < 0) {
        error_set(err, E_IO, "starting %s failed: %s", child->name, strerror(errno));
        return false;
    }
    setpgid(pid, pid);
    child->pid = pid;
    child->started_ms = clock_monotonic_ms();
    return true;
}

bool child_exec(struct child *child, const char *const *argv, const char *log_path,
                struct child_user user, struct error *err)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        enter_child(child, user, parent);
        int in_fd = open("/dev/null", O_RDONLY);

        if (in_fd >= 0) dup2(in_fd, STDIN_FILENO);
        if (log_path) {
            int log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);

            if (log_fd < 0) _exit(124);
            dup2(log_fd, STDOUT_FILENO);
            dup2(log_fd, STDERR_FILENO);
        }
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    return started(child, pid, err);
}

bool child_call(struct child *child, int (*function)(void *arg), void *arg, struct child_user user,
                struct error *err)
{
    fflush(stdout);
    fflush(stderr);
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        enter_child(child, user, parent);
        exit(function(arg));
    }
    return started(child, pid, err);
}

void child_stop(struct child *child, int64_t timeout_ms)
{
    if (child->pid <= 0) return;
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    bool killed = false;

    kill(child->pid, child->stop_signal);
    while (waitpid(child->pid, &child->exit_status, WNOHANG) == 0) {
        if (!killed && clock_monotonic_ms() > deadline_ms) {
            log_warn("server/child", "%s does not stop after %lld ms: killing it", child->name,
                     (long long)timeout_ms);
            kill(child->pid, SIGKILL);
            killed = true;
        }
        usleep(5000);
    }
    child->pid = 0;
}

void child_describe_exit(const struct child *child, char *out, size_t size)
{
    if (WIFSIGNALED(child->exit_status)) {
        snprintf(out, size, "was killed by signal %d", WTERMSIG(child->exit_status));
    } else {
        snprintf(out, size, "exited with code %d", WEXITSTATUS(child->exit_status));
    }
}
