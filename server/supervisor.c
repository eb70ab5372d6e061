/*
 * The supervisor: one thread that waits for signals, and meanwhile sends what Postgres writes off
 * to the disk (services_write_back).
 *
 *     start services -> start server -> WATCH --SIGINT, SIGTERM--> stop server, Redis, Postgres
 *                                        | ^
 *                                SIGCHLD v | after a backoff
 *                                       restart what ended
 *
 * A child that ends FAILURES_MAX times, each within a few seconds of its start, is given up, and
 * everything stops with the reason. The supervisor is a child subreaper, so that processes which a
 * killed child leaves behind are reaped here and do not linger.
 */
#include "server/supervisor.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/place.h"
#include "server/roles.h"
#include "server/services.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAILURES_MAX   5
#define QUICK_END_MS   10000
#define RESTART_MIN_MS 200
#define SERVER_STOP_MS 20000
#define WRITE_BACK_NS  200000000

struct supervisor {
    const struct server_options *options;
    struct place place;
    struct services services;
    struct child server;
    bool with_server;
};

static int server_main(void *arg)
{
    struct supervisor *supervisor = arg;
    struct server_options options = *supervisor->options;

    place_leave(&supervisor->place); // our copy of the lock; the supervisor keeps its own
    options.data = supervisor->place.data;
    return roles_run(&options, &supervisor->place);
}

static bool start_server(struct supervisor *supervisor, struct error *err)
{
    return child_call(&supervisor->server, server_main, supervisor, supervisor->place.user, err);
}

static struct child *find_child(struct supervisor *supervisor, pid_t pid)
{
    struct child *all[] = {&supervisor->server, &supervisor->services.postgres,
                           &supervisor->services.redis};

    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        if (all[i]->pid == pid) return all[i];
    }
    return NULL;
}

/* True when the child should be started again; it has ended with its exit status set. */
static bool note_end(struct child *child, struct error *err)
{
    char how[64];

    child_describe_exit(child, how, sizeof how);
    bool quick = clock_monotonic_ms() - child->started_ms < QUICK_END_MS;

    child->failure_count = quick ? child->failure_count + 1 : 1;
    if (child->failure_count < FAILURES_MAX) {
        log_warn("server/supervisor", "%s %s: starting it again", child->name, how);
        usleep((useconds_t)(RESTART_MIN_MS << child->failure_count) * 1000);
        return true;
    }
    return error_set(err, E_INTERNAL, "%s %s, %d times in a row: giving up", child->name, how,
                     FAILURES_MAX);
}

static bool restart(struct supervisor *supervisor, struct child *child, struct error *err)
{
    if (child == &supervisor->server) return start_server(supervisor, err);
    return services_restart(&supervisor->services, child, err);
}

/* Reaps what ended and starts it again. False: give up. */
static bool reap(struct supervisor *supervisor, struct error *err)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = find_child(supervisor, pid);

        if (!child) continue; // an orphan of a killed child
        child->pid = 0;
        child->exit_status = status;
        /* Exit code 3 is the server's "cannot start as configured": again would be the same. */
        if (child == &supervisor->server && WIFEXITED(status) && WEXITSTATUS(status) == 3) {
            return error_set(err, E_NONE, "%s", "");
        }
        if (!note_end(child, err) || !restart(supervisor, child, err)) return false;
    }
    return true;
}

static bool watch(struct supervisor *supervisor, const sigset_t *signals, struct error *err)
{
    const struct timespec busy = {.tv_nsec = WRITE_BACK_NS}, idle = {.tv_sec = 1};

    for (;;) {
        const struct timespec *wait = services_write_back(&supervisor->services) ? &busy : &idle;
        /* The timeout covers a child that ended before its signal was blocked, too. */
        int signal_number = sigtimedwait(signals, NULL, wait);

        if (signal_number == SIGINT || signal_number == SIGTERM || signal_number == SIGHUP) {
            return true;
        }
        if (!reap(supervisor, err)) return false;
    }
}

static void print_services_ready(const struct supervisor *supervisor)
{
    if (supervisor->options->json) {
        printf("{\"ready\":true,\"data\":\"%s\",\"databaseHost\":\"%s\",\"redis\":\"%s\"}\n",
               supervisor->place.data, supervisor->place.sockets, supervisor->place.redis_socket);
    } else {
        printf("ready: Postgres in %s, Redis at %s\n", supervisor->place.sockets,
               supervisor->place.redis_socket);
    }
    fflush(stdout);
}

static bool run(struct supervisor *supervisor, const sigset_t *signals, struct error *err)
{
    if (!place_find(&supervisor->place, supervisor->options->data, err)) return false;
    if (!place_take(&supervisor->place, err)) return false;
    if (!services_start(&supervisor->services, &supervisor->place, err)) return false;
    bool ok = true;

    if (supervisor->with_server) {
        ok = start_server(supervisor, err);
    } else {
        print_services_ready(supervisor);
    }
    ok = ok && watch(supervisor, signals, err);
    child_stop(&supervisor->server, SERVER_STOP_MS);
    services_stop(&supervisor->services);
    return ok;
}

int supervisor_run(const struct server_options *options)
{
    struct supervisor supervisor = {
        .options = options,
        .with_server = options->command == COMMAND_UP,
        .server = {.name = "weir-server", .stop_signal = SIGTERM},
    };
    struct error err = {0};
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);

    bool ok = run(&supervisor, &signals, &err);

    if (supervisor.place.lock_fd >= 0) place_clear(&supervisor.place);
    if (ok) return 0;
    if (err.code != E_NONE) {
        fprintf(stderr, "weir-server: %s\n", err.message);
        fprintf(stderr, "             %s\n", err.hint[0] ? err.hint : error_default_hint(err.code));
    }
    return 3;
}
