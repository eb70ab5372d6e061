#pragma once

/*
 * A Postgres and a Redis of a test's own: data and unix sockets in a new directory of mode 0700,
 * nothing on the network; the servers die with the test. As root, which Postgres
 * refuses, they run as the user postgres. Included by one file of a test program only.
 */
#include "base/assert.h"
#include "base/macros.h"
#include "io/loop.h"
#include "io/pg_config.h"
#include "io/pg_sync.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PRIVATE_PATH_SIZE 128
#define PRIVATE_TRIES     1500 /* of 20 ms: waiting for a server to answer */

struct private_server {
    char directory[PRIVATE_PATH_SIZE / 2];
    pid_t pid;
    bool is_durable; /* In: Postgres with fsync, as weir's migrator demands, and autovacuum */
};

/* On the backend that WEIR_LOOP names. */
static inline struct loop *private_loop(void)
{
    struct error err = {0};
    enum loop_backend backend;
    bool is_known = loop_backend_find(text_from(getenv("WEIR_LOOP")), &backend, &err);
    struct loop *loop = is_known ? loop_new(backend, &err) : NULL;

    ASSERT(loop);
    return loop;
}

static inline const struct passwd *private_user(void)
{
    return geteuid() == 0 ? getpwnam("postgres") : NULL;
}

static inline void private_directory(struct private_server *server)
{
    const struct passwd *user = private_user();

    (void)snprintf(server->directory, sizeof(server->directory), "/tmp/weir-test-XXXXXX");
    ASSERT(mkdtemp(server->directory)); // 0700
    if (user) ASSERT(chown(server->directory, user->pw_uid, user->pw_gid) == 0);
}

/* Runs argv[0] (absolute, or found in PATH) as that user, output to a file log in the directory. */
static inline pid_t private_spawn(const struct private_server *server, char *const argv[])
{
    const struct passwd *user = private_user();
    pid_t parent = getpid();
    pid_t pid = fork();

    ASSERT(pid >= 0);
    if (pid > 0) return pid;
    if (user && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
    (void)prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent || chdir(server->directory) != 0) _exit(126);
    int fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);

    if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0) _exit(126);
    execvp(argv[0], argv);
    _exit(127);
}

static inline int private_remove(const char *path, const struct stat *info, int kind,
                                 struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static inline void private_kill(struct private_server *server, int signal_number)
{
    if (server->pid <= 0) return;
    (void)kill(server->pid, signal_number);
    (void)waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

static inline void private_stop(struct private_server *server)
{
    private_kill(server, SIGQUIT);
    (void)nftw(server->directory, private_remove, 32, FTW_DEPTH | FTW_PHYS);
}

/* ---- Postgres ---- */

/* Debian has no initdb in PATH. */
static inline void private_pg_program(char out[PRIVATE_PATH_SIZE], const char *name)
{
    (void)snprintf(out, PRIVATE_PATH_SIZE, "/usr/lib/postgresql/15/bin/%s", name);
    if (access(out, X_OK) != 0) (void)snprintf(out, PRIVATE_PATH_SIZE, "%s", name);
}

static inline struct pg_config private_pg_config(const struct private_server *server)
{
    return (struct pg_config){
        .host = server->directory, .dbname = "postgres", .user = "postgres", .connection_count = 2};
}

static inline void private_pg_launch(struct private_server *server)
{
    char program[PRIVATE_PATH_SIZE];
    char data[PRIVATE_PATH_SIZE];

    private_pg_program(program, "postgres");
    (void)snprintf(data, sizeof(data), "%s/data", server->directory);
    char *argv[] = {program,
                    "-D",
                    data,
                    "-k",
                    server->directory,
                    "-c",
                    "listen_addresses=",
                    "-c",
                    server->is_durable ? "fsync=on" : "fsync=off",
                    "-c",
                    "shared_buffers=16MB",
                    "-c",
                    "max_connections=30",
                    "-c",
                    server->is_durable ? "autovacuum=on" : "autovacuum=off",
                    NULL};

    server->pid = private_spawn(server, argv);
}

/* Waits until it answers; launches again where the last one's children still hold the data. */
static inline void private_pg_await(struct private_server *server)
{
    struct pg_config config = private_pg_config(server);

    for (int i = 0; i < PRIVATE_TRIES; i++) {
        struct error err = {0};
        struct pg_sync *sync = pg_sync_new(&config, &err);

        if (sync) {
            pg_sync_free(sync);
            return;
        }
        (void)poll(NULL, 0, 20);
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid) private_pg_launch(server);
    }
    ASSERT(!"postgres did not start; see the file log in its directory");
}

static inline void private_pg_start(struct private_server *server)
{
    char program[PRIVATE_PATH_SIZE];
    char data[PRIVATE_PATH_SIZE];
    int status = -1;

    private_directory(server);
    private_pg_program(program, "initdb");
    (void)snprintf(data, sizeof(data), "%s/data", server->directory);
    char *argv[] = {program,    "-D", data,   "-A",          "trust", "-U",
                    "postgres", "-E", "UTF8", "--no-locale", "-N",    NULL};
    pid_t pid = private_spawn(server, argv);

    ASSERT(waitpid(pid, &status, 0) == pid);
    ASSERT(status == 0);
    private_pg_launch(server);
    private_pg_await(server);
}

/* ---- Redis ---- */

static inline void private_redis_path(const struct private_server *server,
                                      char out[PRIVATE_PATH_SIZE])
{
    (void)snprintf(out, PRIVATE_PATH_SIZE, "%s/redis.sock", server->directory);
}

static inline void private_redis_launch(struct private_server *server)
{
    char path[PRIVATE_PATH_SIZE];

    private_redis_path(server, path);
    char *argv[] = {"redis-server", "--port", "0",     "--unixsocket",    path, "--save", "",
                    "--appendonly", "no",     "--dir", server->directory, NULL};

    server->pid = private_spawn(server, argv);
    for (int i = 0; i < PRIVATE_TRIES; i++) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        ASSERT(fd >= 0);
        ASSERT(strlen(path) < sizeof(address.sun_path));
        memcpy(address.sun_path, path, strlen(path) + 1);
        int status = connect(fd, (struct sockaddr *)&address, sizeof(address));

        close(fd);
        if (status == 0) return;
        (void)poll(NULL, 0, 20);
    }
    ASSERT(!"redis-server did not start; see the file log in its directory");
}

static inline void private_redis_start(struct private_server *server)
{
    private_directory(server);
    private_redis_launch(server);
}
