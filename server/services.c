/*
 * Private Postgres and Redis. Both listen on unix sockets in the place's 0700 directory only, so
 * the file system is their access control and local connections are trusted.
 *
 * Postgres keeps its defaults for durability (fsync and synchronous_commit on): it is the truth.
 * Redis holds hints, so it writes nothing to disk.
 *
 * Postgres makes a table longer by writing a page of zeros, and none of its settings has the kernel
 * write these back: they would lie in memory for half a minute, then go to disk all at once, and
 * every commit meanwhile would wait for its log behind them. services_write_back() sends them off
 * in small portions.
 *
 * A postmaster.pid that outlived its server is looked at before it is removed: a living Postgres of
 * this very data directory (its supervisor was killed) is asked to stop first.
 */
#include "server/services.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "io/pg_sync.h"
#include "io/writeback.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define POSTGRES_START_MS 60000 /* recovery after a crash included */
#define REDIS_START_MS    10000
#define STOP_MS           30000

/* Postgres' own databases have lower numbers; nobody writes to them. */
#define DATABASE_MIN 16384

/* Debian keeps each major version's programs in a directory of its own; the newest wins. */
static bool find_postgres(char *out, size_t size, struct error *err)
{
    DIR *dir = opendir("/usr/lib/postgresql");
    int64_t best = 0;

    if (dir) {
        for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
            int64_t version;

            if (parse_int64(text_from(entry->d_name), &version) && version > best) best = version;
        }
        closedir(dir);
    }
    if (best < 15) {
        error_set(err, E_IO, "PostgreSQL 15 or newer is not installed under /usr/lib/postgresql");
        return error_hint(err, "Run: apt-get install postgresql");
    }
    snprintf(out, size, "/usr/lib/postgresql/%lld/bin", (long long)best);
    return true;
}

/* The last line of a log, for the error that a failed start gives. */
static void last_line(const char *path, char *out, size_t size)
{
    char tail[1024] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    out[0] = '\0';
    if (fd < 0) return;
    off_t end = lseek(fd, 0, SEEK_END);
    ssize_t len = pread(fd, tail, sizeof tail - 1, end > 1000 ? end - 1000 : 0);

    close(fd);
    if (len <= 0) return;
    tail[len] = '\0';
    while (len > 0 && tail[len - 1] == '\n') {
        tail[--len] = '\0';
    }
    const char *line = strrchr(tail, '\n');

    snprintf(out, size, "%s", line ? line + 1 : tail);
}

static bool log_path(const struct place *place, const char *name, char out[320])
{
    return snprintf(out, 320, "%s/%s.log", place->logs, name) < 320;
}

/* Runs a program to its end. */
static bool run_to_end(const struct place *place, struct child *child, const char *const *argv,
                       struct error *err)
{
    char path[320];
    char line[200];

    log_path(place, child->name, path);
    if (!child_exec(child, argv, path, place->user, err)) return false;
    while (waitpid(child->pid, &child->exit_status, 0) < 0 && errno == EINTR) {
        // interrupted: again
    }
    child->pid = 0;
    if (child->exit_status == 0) return true;
    last_line(path, line, sizeof line);
    error_set(err, E_IO, "%s failed: %s", child->name, line);
    return error_hint(err, "See %s.", path);
}

static bool init_cluster(const struct place *place, const char *bin, struct error *err)
{
    char version_file[320];
    char initdb[300];
    char dir[300];
    struct child child = {.name = "initdb", .stop_signal = SIGTERM};

    snprintf(version_file, sizeof version_file, "%s/PG_VERSION", place->postgres);
    if (access(version_file, F_OK) == 0) return true;
    /* initdb removes what it made when it fails, but not when it is killed: it works on another
     * name, which becomes the cluster's by one rename. */
    snprintf(dir, sizeof dir, "%s.new", place->postgres);
    snprintf(initdb, sizeof initdb, "%s/initdb", bin);
    const char *clean[] = {"/bin/rm", "-rf", "--", dir, NULL};
    const char *make[] = {initdb,
                          "-D",
                          dir,
                          "-U",
                          "postgres",
                          "-E",
                          "UTF8",
                          "--locale=C",
                          "--auth=trust",
                          "--no-instructions",
                          "--wal-segsize=4",
                          NULL};

    if (!run_to_end(place, &child, clean, err)) return false;
    if (!run_to_end(place, &child, make, err)) return false;
    if (rename(dir, place->postgres) == 0) return true;
    return error_set(err, E_IO, "naming %s failed: %s", place->postgres, strerror(errno));
}

/* The pid in postmaster.pid when it is a living Postgres of this data directory, else 0. */
static pid_t orphan_pid(const struct place *place)
{
    char path[320];
    char content[64] = "";
    char command[1024] = "";
    int64_t pid;

    snprintf(path, sizeof path, "%s/postmaster.pid", place->postgres);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) return 0;
    ssize_t len = read(fd, content, sizeof content - 1);

    close(fd);
    if (len <= 0) return 0;
    struct text rest = text_from(content);

    if (!parse_int64(text_cut(&rest, '\n'), &pid) || pid <= 1) return 0;
    snprintf(path, sizeof path, "/proc/%lld/cmdline", (long long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    len = read(fd, command, sizeof command - 1);
    close(fd);
    if (len <= 0) return 0;
    if (!memmem(command, (size_t)len, place->postgres, strlen(place->postgres) + 1)) return 0;
    return (pid_t)pid;
}

static bool clear_orphan(const struct place *place, struct error *err)
{
    char path[320];
    int64_t deadline_ms = clock_monotonic_ms() + STOP_MS;
    pid_t pid = orphan_pid(place);

    if (pid) {
        log_warn("server/services", "a Postgres without supervisor (pid %d) holds %s: stopping it",
                 pid, place->postgres);
        kill(pid, SIGINT);
        while (kill(pid, 0) == 0 && clock_monotonic_ms() < deadline_ms) {
            usleep(20000);
        }
        if (kill(pid, 0) == 0) {
            error_set(err, E_IO, "the Postgres with pid %d does not stop", pid);
            return error_hint(err, "Stop it by hand: kill %d", pid);
        }
        return true;
    }
    snprintf(path, sizeof path, "%s/postmaster.pid", place->postgres);
    if (unlink(path) == 0) log_warn("server/services", "removed a stale %s", path);
    return true;
}

static bool exec_postgres(struct services *services, struct error *err)
{
    const struct place *place = services->place;
    char bin[64];
    char program[96];
    char log[320];
    char sockets[100];

    if (!find_postgres(bin, sizeof bin, err)) return false;
    if (!init_cluster(place, bin, err) || !clear_orphan(place, err)) return false;
    snprintf(program, sizeof program, "%s/postgres", bin);
    snprintf(sockets, sizeof sockets, "unix_socket_directories=%s", place->sockets);
    log_path(place, "postgres", log);
    const char *argv[] = {program,
                          "-D",
                          place->postgres,
                          "-c",
                          sockets,
                          "-c",
                          "listen_addresses=",
                          "-c",
                          "unix_socket_permissions=0700",
                          "-c",
                          "max_connections=100",
                          "-c",
                          "shared_buffers=256MB",
                          "-c",
                          "max_wal_size=4GB",
                          "-c",
                          "min_wal_size=1GB",
                          "-c",
                          "wal_compression=lz4",
                          "-c",
                          "backend_flush_after=256kB",
                          "-c",
                          "autovacuum_naptime=10s",
                          "-c",
                          "default_statistics_target=10",
                          "-c",
                          "timezone=UTC",
                          "-c",
                          "log_timezone=UTC",
                          NULL};

    return child_exec(&services->postgres, argv, log, place->user, err);
}

static bool exec_redis(struct services *services, struct error *err)
{
    const struct place *place = services->place;
    char log[320];

    if (access("/usr/bin/redis-server", X_OK) != 0) {
        error_set(err, E_IO, "redis-server is not installed");
        return error_hint(err, "Run: apt-get install redis-server");
    }
    unlink(place->redis_socket); /* we hold the place's lock, so nobody else serves it */
    log_path(place, "redis", log);
    const char *argv[] = {"/usr/bin/redis-server",
                          "--port",
                          "0",
                          "--unixsocket",
                          place->redis_socket,
                          "--unixsocketperm",
                          "700",
                          "--save",
                          "",
                          "--appendonly",
                          "no",
                          "--dir",
                          place->redis,
                          "--daemonize",
                          "no",
                          "--maxmemory-policy",
                          "noeviction",
                          NULL};

    return child_exec(&services->redis, argv, log, place->user, err);
}

/* False with an error when the child ended instead of becoming ready. */
static bool still_runs(struct services *services, struct child *child, struct error *err)
{
    char path[320];
    char line[200];
    char how[64];

    if (waitpid(child->pid, &child->exit_status, WNOHANG) == 0) return true;
    child->pid = 0;
    log_path(services->place, child->name, path);
    last_line(path, line, sizeof line);
    child_describe_exit(child, how, sizeof how);
    error_set(err, E_IO, "%s %s while starting: %s", child->name, how, line);
    return error_hint(err, "See %s.", path);
}

static bool redis_answers(const struct place *place)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char answer[8] = "";
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) return false;
    memcpy(address.sun_path, place->redis_socket, strlen(place->redis_socket) + 1);
    bool ok = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              write(fd, "PING\r\n", 6) == 6 && read(fd, answer, sizeof answer) > 0 &&
              answer[0] == '+';

    close(fd);
    return ok;
}

static struct pg_sync *connect_postgres(const struct place *place, struct error *err)
{
    struct pg_config config = {.host = place->sockets, .dbname = "postgres", .user = "postgres"};

    return pg_sync_new(&config, err);
}

static bool postgres_answers(const struct place *place)
{
    struct error ignored = {0};
    struct pg_sync *sync = connect_postgres(place, &ignored);

    pg_sync_free(sync);
    return sync != NULL;
}

static bool wait_ready(struct services *services, struct child *child,
                       bool (*answers)(const struct place *), int64_t timeout_ms, struct error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;

    while (!answers(services->place)) {
        if (!still_runs(services, child, err)) return false;
        if (clock_monotonic_ms() > deadline_ms) {
            error_set(err, E_TIMEOUT, "%s does not answer %lld s after its start", child->name,
                      (long long)(timeout_ms / 1000));
            return error_hint(err, "See %s/%s.log.", services->place->logs, child->name);
        }
        usleep(20000);
    }
    return true;
}

static bool make_database(const struct place *place, struct error *err)
{
    struct arena arena;
    struct text found;
    struct pg_sync *sync = connect_postgres(place, err);

    if (!sync) return false;
    arena_init(&arena, 0);
    bool ok = pg_sync_value(sync, "select 1 from pg_database where datname = 'weir'", NULL, 0,
                            &arena, &found, err);

    if (ok && !found.ptr) ok = pg_sync_script(sync, "create database weir", err);
    arena_done(&arena);
    pg_sync_free(sync);
    return ok;
}

bool services_restart(struct services *services, struct child *child, struct error *err)
{
    if (child == &services->redis) {
        return exec_redis(services, err) &&
               wait_ready(services, child, redis_answers, REDIS_START_MS, err);
    }
    return exec_postgres(services, err) &&
           wait_ready(services, child, postgres_answers, POSTGRES_START_MS, err);
}

bool services_start(struct services *services, const struct place *place, struct error *err)
{
    *services = (struct services){
        .place = place,
        .postgres = {.name = "postgres", .stop_signal = SIGINT}, /* fast shutdown */
        .redis = {.name = "redis", .stop_signal = SIGTERM},
        .written_back_ms = clock_wall_ms(),
    };
    if (services_restart(services, &services->redis, err) &&
        services_restart(services, &services->postgres, err) && make_database(place, err)) {
        return true;
    }
    services_stop(services);
    return false;
}

bool services_write_back(struct services *services)
{
    int64_t since_ms = services->written_back_ms;
    size_t count = 0;
    char base[300];

    services->written_back_ms = clock_wall_ms();
    snprintf(base, sizeof base, "%s/base", services->place->postgres);
    DIR *dir = opendir(base);

    if (!dir) return false;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char path[600];
        int64_t database;

        if (!parse_int64(text_from(entry->d_name), &database) || database < DATABASE_MIN) continue;
        snprintf(path, sizeof path, "%s/%s", base, entry->d_name);
        count += writeback_folder(path, since_ms);
    }
    closedir(dir);
    return count > 0;
}

void services_stop(struct services *services)
{
    child_stop(&services->redis, STOP_MS);
    child_stop(&services->postgres, STOP_MS);
}
