/* Processes by /proc: a pid alone may have been given to another process since, so the start time
 * (field 22 of stat, in clock ticks since the boot) goes with it. */
#include "server/process.h"

#include "base/parse.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define START_FIELD 22

static bool read_small(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) return false;
    ssize_t len = read(fd, out, size - 1);

    close(fd);
    if (len <= 0) return false;
    out[len] = '\0';
    return true;
}

/* 0 when there is no such process. */
static uint64_t start_time(int64_t pid)
{
    char path[64];
    char stat[1024];
    uint64_t ticks = 0;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    if (!read_small(path, stat, sizeof stat)) return 0;
    const char *end = strrchr(stat, ')'); // the name before it may hold anything

    if (!end) return 0;
    struct text rest = text_from(end + 2);
    struct text field = TEXT_NONE;

    for (int i = 3; i <= START_FIELD; i++) {
        field = text_cut(&rest, ' ');
    }
    return parse_uint64(field, &ticks) ? ticks : 0;
}

bool process_describe(char out[PROCESS_TEXT_SIZE])
{
    char boot[64];
    struct stat space;

    out[0] = '\0';
    if (!read_small("/proc/sys/kernel/random/boot_id", boot, sizeof boot)) return false;
    if (stat("/proc/self/ns/pid", &space) != 0) return false;
    struct text id = text_trim(text_from(boot));
    uint64_t ticks = start_time(getpid());

    snprintf(out, PROCESS_TEXT_SIZE, TEXT_FMT "/%" PRIu64 "/%d/%" PRIu64, TEXT_ARG(id),
             (uint64_t)space.st_ino, (int)getpid(), ticks);
    return ticks != 0;
}

struct text process_host(const char *ours)
{
    struct text rest = text_from(ours);
    struct text boot = text_cut(&rest, '/');
    struct text space = text_cut(&rest, '/');

    return text_slice(text_from(ours), 0, boot.len + 1 + space.len + 1);
}

bool process_is_dead(struct text process, const char *ours)
{
    struct text host = process_host(ours);
    int64_t pid;
    uint64_t ticks;

    if (host.len < 4 || !text_starts_with(process, host)) return false;
    struct text rest = text_slice(process, host.len, process.len);

    if (!parse_int64(text_cut(&rest, '/'), &pid) || !parse_uint64(rest, &ticks)) return false;
    return start_time(pid) != ticks;
}
