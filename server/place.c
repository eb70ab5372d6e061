/*
 * The directories of a private installation. The lock is flock(2) on <data>/lock: the kernel frees
 * it with its holder, so a lock can not be stale.
 */
#include "server/place.h"

#include "base/assert.h"
#include "base/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SOCKETS_PATH_MAX 60
#define DISK_FREE_MIN    (256LL * 1024 * 1024)

/* 12 hex digits that stand for a path. */
static void path_hash(const char *path, char out[13])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t hash[32];

    crypto_sha256(text_from(path), hash);
    for (int i = 0; i < 6; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[12] = '\0';
}

static bool find_user(struct place *place, struct error *err)
{
    place->user = (struct child_user){0};
    if (geteuid() != 0) return true;
    const struct passwd *entry = getpwnam("weir");

    if (!entry) {
        error_set(err, E_IO, "there is no user `weir`, and Postgres refuses to run as root");
        return error_hint(
            err, "Run: useradd --system --home /var/lib/weir --shell /usr/sbin/nologin weir");
    }
    place->user = (struct child_user){entry->pw_uid, entry->pw_gid};
    return true;
}

static void default_data(char *out, size_t size)
{
    char exe[PATH_MAX] = "";
    char hash[13];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);

    exe[len > 0 ? len : 0] = '\0';
    path_hash(exe, hash);
    if (geteuid() == 0) {
        snprintf(out, size, "/var/lib/weir/%s", hash);
    } else {
        snprintf(out, size, "var");
    }
}

static void join(char *out, size_t size, const char *dir, const char *name)
{
    int len = snprintf(out, size, "%s/%s", dir, name);

    ASSERT(len > 0 && (size_t)len < size);
}

bool place_find(struct place *place, const char *data, struct error *err)
{
    char chosen[PATH_MAX];
    char absolute[PATH_MAX];
    char hash[13];

    *place = (struct place){.lock_fd = -1};
    if (!find_user(place, err)) return false;
    if (data) {
        snprintf(chosen, sizeof chosen, "%s", data);
    } else {
        default_data(chosen, sizeof chosen);
    }
    if (chosen[0] == '/') {
        snprintf(absolute, sizeof absolute, "%s", chosen);
    } else {
        char cwd[PATH_MAX];

        if (!getcwd(cwd, sizeof cwd)) return error_set(err, E_IO, "the working directory is gone");
        if (strlen(cwd) + strlen(chosen) + 2 > sizeof absolute) {
            return error_set(err, E_TOO_LARGE, "the path of the data directory is too long");
        }
        join(absolute, sizeof absolute, cwd, chosen);
    }
    if (strlen(absolute) >= sizeof place->data) {
        return error_set(err, E_TOO_LARGE, "the data directory's path is over %zu bytes: %s",
                         sizeof place->data - 1, absolute);
    }
    memcpy(place->data, absolute, strlen(absolute) + 1);
    path_hash(place->data, hash);
    join(place->postgres, sizeof place->postgres, place->data, "postgres");
    join(place->redis, sizeof place->redis, place->data, "redis");
    join(place->blobs, sizeof place->blobs, place->data, "blobs");
    join(place->logs, sizeof place->logs, place->data, "log");
    join(place->key_file, sizeof place->key_file, place->data, "master.key");
    if (geteuid() == 0) {
        snprintf(place->sockets, sizeof place->sockets, "/run/weir-%s", hash);
    } else {
        const char *tmp = getenv("TMPDIR");

        if (!tmp || strlen(tmp) > 24) tmp = "/tmp";
        snprintf(place->sockets, sizeof place->sockets, "%s/weir-%u-%s", tmp, geteuid(), hash);
    }
    ASSERT(strlen(place->sockets) <= SOCKETS_PATH_MAX);
    join(place->redis_socket, sizeof place->redis_socket, place->sockets, "redis.sock");
    return true;
}

/* Makes one directory, 0700 and ours; a path that someone else owns is refused. */
static bool make_dir(const struct place *place, const char *path, struct error *err)
{
    struct stat info;
    uid_t owner = place->user.uid ? place->user.uid : geteuid();

    if (mkdir(path, 0700) == 0) {
        if (place->user.uid && chown(path, place->user.uid, place->user.gid) != 0) {
            return error_set(err, E_IO, "giving %s to user weir failed: %s", path, strerror(errno));
        }
        return true;
    }
    if (errno != EEXIST) {
        error_set(err, E_IO, "making %s failed: %s", path, strerror(errno));
        return error_hint(err, errno == ENOSPC ? "Free some disk space."
                                               : "Choose another --data directory.");
    }
    if (lstat(path, &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != owner) {
        error_set(err, E_IO, "%s exists and does not belong to the user that weir runs as", path);
        return error_hint(err, "Remove it, or choose another --data directory.");
    }
    if (chmod(path, 0700) != 0) {
        return error_set(err, E_IO, "making %s private failed: %s", path, strerror(errno));
    }
    return true;
}

static bool make_parents(const char *path, struct error *err)
{
    char part[PATH_MAX];

    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0755) != 0 && errno != EEXIST) {
            error_set(err, E_IO, "making %s failed: %s", part, strerror(errno));
            return error_hint(err, "Choose another --data directory.");
        }
    }
    return true;
}

static bool check_disk(const struct place *place, struct error *err)
{
    struct statvfs info;

    if (statvfs(place->data, &info) != 0) return true;
    long long free_bytes = (long long)info.f_bavail * (long long)info.f_frsize;

    if (free_bytes >= DISK_FREE_MIN) return true;
    error_set(err, E_IO, "only %lld MB are free where %s lies; %lld MB are needed to start",
              free_bytes >> 20, place->data, DISK_FREE_MIN >> 20);
    return error_hint(err, "Free some disk space, or choose another --data directory.");
}

bool place_take(struct place *place, struct error *err)
{
    char lock[280];
    const char *dirs[] = {place->data, place->redis, place->blobs, place->logs, place->sockets};

    if (!make_parents(place->data, err)) return false;
    for (size_t i = 0; i < ARRAY_COUNT(dirs); i++) {
        if (!make_dir(place, dirs[i], err)) return false;
    }
    if (!check_disk(place, err)) return false;
    join(lock, sizeof lock, place->data, "lock");
    place->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (place->lock_fd < 0) {
        return error_set(err, E_IO, "opening %s failed: %s", lock, strerror(errno));
    }
    if (flock(place->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        place_leave(place);
        error_set(err, E_CONFLICT, "another weir runs in %s", place->data);
        return error_hint(err, "Stop it first, or use --data with another directory.");
    }
    return true;
}

void place_leave(struct place *place)
{
    if (place->lock_fd >= 0) close(place->lock_fd);
    place->lock_fd = -1;
}

void place_clear(struct place *place)
{
    rmdir(place->sockets);
    place_leave(place);
}
