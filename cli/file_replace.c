/* Replacing a file: write beside it, flush, rename. */
#include "cli/file_replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct error *err, const char *path)
{
    int number = errno;

    error_set(err, E_IO, "%s could not be written: %s", path, strerror(number));
    return error_hint(err, "The file is as it was. Check the folder's permissions and space.");
}

static bool write_all(int fd, struct text text)
{
    while (text.len > 0) {
        ssize_t len = write(fd, text.ptr, text.len);

        if (len < 0 && errno == EINTR) continue;
        if (len < 0) return false;
        text = text_slice(text, (size_t)len, text.len);
    }
    return fsync(fd) == 0;
}

static bool fill(int fd, const struct stat *old, struct text text)
{
    if (fchown(fd, old->st_uid, old->st_gid) != 0 && errno != EPERM) return false;
    return fchmod(fd, old->st_mode & 07777) == 0 && write_all(fd, text);
}

bool file_replace(const char *path, struct text text, struct error *err)
{
    char target[PATH_MAX], beside[PATH_MAX + 16];
    struct stat old;

    if (!realpath(path, target) || stat(target, &old) != 0) return fail(err, path);
    snprintf(beside, sizeof beside, "%s.new-XXXXXX", target);
    int fd = mkostemp(beside, O_CLOEXEC);

    if (fd < 0) return fail(err, path);
    bool ok = fill(fd, &old, text);

    ok = close(fd) == 0 && ok;
    if (ok && rename(beside, target) == 0) return true;
    fail(err, path);
    unlink(beside);
    return false;
}
