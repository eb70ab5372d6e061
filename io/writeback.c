/*
 * Pages that are written out already cost nothing, so a file is told from its time of change alone
 * and asked for as a whole; no state is kept between calls. The call that starts the writing blocks
 * only while the device has no room for requests.
 */
#include "io/writeback.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAGS (O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)

/* Files' times come from the kernel's coarse clock, which is up to a tick behind. */
#define TICK_MS 20

static int64_t changed_ms(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000 + info->st_mtim.tv_nsec / 1000000;
}

static bool write_out(int folder, const char *name)
{
    int fd = openat(folder, name, FLAGS);

    if (fd < 0) return false;
    bool ok = sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE) == 0;

    (void)close(fd);
    return ok;
}

size_t writeback_folder(const char *path, int64_t since_ms)
{
    DIR *dir = opendir(path);
    size_t count = 0;

    if (!dir) return 0;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        struct stat info;

        if (fstatat(dirfd(dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (!S_ISREG(info.st_mode) || changed_ms(&info) < since_ms - TICK_MS) continue;
        count += write_out(dirfd(dir), entry->d_name);
    }
    (void)closedir(dir);
    return count;
}
