#include "loadtest/load_process.h"

#include "base/parse.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_SIZE   4096
#define USER_FIELD  11 /* of stat, counted from behind the name */
#define FIELD_COUNT 13

/* What stands in a file of the process; empty where it cannot be read. */
static struct text read_file(int64_t pid, const char *name, char bytes[FILE_SIZE])
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%lld/%s", (long long)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, bytes, FILE_SIZE);

    if (fd >= 0) (void)close(fd);
    return (struct text){bytes, count > 0 ? (size_t)count : 0};
}

long load_process_resident_kb(int64_t pid)
{
    char bytes[FILE_SIZE];
    struct text rest = read_file(pid, "status", bytes);

    while (rest.ptr && rest.len > 0) {
        struct text row = text_cut(&rest, '\n');
        int64_t value;

        if (!text_starts_with(row, TEXT("VmRSS:"))) continue;
        row = text_trim(text_slice(row, 6, row.len));
        return parse_int64(text_cut(&row, ' '), &value) ? (long)value : -1;
    }
    return -1;
}

int64_t load_process_cpu_ms(int64_t pid)
{
    char bytes[FILE_SIZE];
    struct text rest = read_file(pid, "stat", bytes);
    int64_t ticks = 0;

    while (text_index_of_char(rest, ')') >= 0) { // the name may have some itself
        (void)text_cut(&rest, ')');
    }
    if (rest.len == 0) return -1;
    (void)text_cut(&rest, ' ');
    for (int i = 0; i < FIELD_COUNT; i++) {
        struct text field = rest.ptr ? text_cut(&rest, ' ') : TEXT_NONE;
        int64_t value;

        if (i < USER_FIELD) continue;
        if (!parse_int64(field, &value)) return -1;
        ticks += value;
    }
    return ticks * 1000 / sysconf(_SC_CLK_TCK);
}
