#include "base/log.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * A line is put together first and written by one write(2), so that the lines of several threads
 * (and, on a pipe, of several processes: under PIPE_BUF) do not mix.
 */

#define MESSAGE_SIZE 2048 /* longer messages are cut */

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};

// Set before the first thread starts, read only from then on.
static enum log_level level_min = LOG_INFO;

void log_set_level(enum log_level level)
{
    ASSERT((unsigned)level < ARRAY_COUNT(level_names));
    level_min = level;
}

static bool wants_json(void)
{
    return text_equal(text_from(getenv("WEIR_LOG")), TEXT("json"));
}

static void json_line(struct buf *line, enum log_level level, const char *where,
                      const char *message)
{
    struct json_writer writer;

    json_write_init(&writer, line);
    json_write_object(&writer);
    json_put_time(&writer, "time", clock_wall_ms());
    json_put_cstr(&writer, "level", level_names[level]);
    json_put_cstr(&writer, "where", where);
    json_put_cstr(&writer, "message", message);
    json_write_object_end(&writer);
    buf_char(line, '\n');
}

static void plain_line(struct buf *line, enum log_level level, const char *where,
                       const char *message)
{
    clock_format_iso(line, clock_wall_ms());
    buf_printf(line, " %-5s %s ", level_names[level], where);
    // One event is one line: nobody forges another by what gets into a message.
    for (const char *c = message; *c; c++) {
        bool is_control = (unsigned char)*c < ' ' || *c == 0x7f;

        buf_append(line, is_control ? " " : c, 1);
    }
    buf_char(line, '\n');
}

static void write_line(struct text line)
{
    ssize_t written;

    do {
        written = write(STDERR_FILENO, line.ptr, line.len);
    } while (written < 0 && errno == EINTR); // a log that cannot be written stops nobody
}

void log_write(enum log_level level, const char *where, const char *fmt, ...)
{
    char message[MESSAGE_SIZE];
    struct buf line CLEANUP(buf_done) = {0};
    va_list args;

    if (level < level_min) return;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    (wants_json() ? json_line : plain_line)(&line, level, where, message);
    write_line(buf_get(&line));
}

void log_write_error(enum log_level level, const char *where, const char *what,
                     const struct error *err)
{
    log_write(level, where, "%s: %s code=%s%s%s", what, err->message, error_wire(err->code),
              err->detail[0] ? " detail=" : "", err->detail);
}
