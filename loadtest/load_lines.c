#include "loadtest/load_lines.h"

#include "base/memory.h"

#include <fcntl.h>
#include <unistd.h>

#define READ_SIZE 65536

static bool read_all(int fd, struct buf *out)
{
    ssize_t count;

    do {
        char *room = buf_reserve(out, READ_SIZE);

        count = read(fd, room, READ_SIZE);
        if (count > 0) buf_commit(out, (size_t)count);
    } while (count > 0);
    return count == 0;
}

static void cut(struct load_lines *lines)
{
    struct text rest = buf_get(&lines->bytes);
    size_t capacity = 0;

    while (rest.ptr && rest.len > 0) {
        if (lines->count == capacity) {
            capacity = capacity ? 2 * capacity : 1024;
            lines->lines = memory_resize(lines->lines, capacity, sizeof(*lines->lines));
        }
        lines->lines[lines->count++] = text_cut(&rest, '\n');
    }
}

bool load_lines_read(struct load_lines *lines, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) return false;
    bool ok = read_all(fd, &lines->bytes);

    (void)close(fd);
    if (ok) cut(lines);
    return lines->count > 0;
}

void load_lines_done(struct load_lines *lines)
{
    memory_free(lines->lines);
    buf_done(&lines->bytes);
}
