/* Envelopes on stdout. */
#include "cli/answer.h"

#include "cli/client.h"
#include "cli/flow_files.h"
#include "cli/render.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void answer_write(int fd, struct text bytes)
{
    while (bytes.len > 0) {
        ssize_t len = write(fd, bytes.ptr, bytes.len);

        if (len < 0 && errno == EINTR) continue;
        if (len <= 0) return; // the reader is gone
        bytes = text_slice(bytes, (size_t)len, bytes.len);
    }
}

void answer_print(const struct cli *cli, struct text envelope)
{
    struct buf out = {0};
    struct error ignored = {0};
    const struct json *tree = cli->human ? json_read(cli->arena, envelope, &ignored) : NULL;

    if (tree) {
        render_envelope(cli, tree, &out);
    } else if (cli->pretty) {
        json_pretty(&out, envelope);
    } else {
        buf_text(&out, envelope);
    }
    if (out.len == 0 || out.ptr[out.len - 1] != '\n') buf_char(&out, '\n');
    answer_write(STDOUT_FILENO, buf_get(&out));
    buf_done(&out);
}

void answer_data(const struct cli *cli, struct text data)
{
    struct buf out = {0};
    struct json_writer writer;

    json_write_init(&writer, &out);
    json_write_object(&writer);
    json_put_bool(&writer, "ok", true);
    json_put_raw(&writer, "data", data);
    json_write_object_end(&writer);
    answer_print(cli, buf_get(&out));
    buf_done(&out);
}

void answer_refused(const struct cli *cli, const struct error *err, struct text details)
{
    struct buf out = {0};
    struct json_writer writer;

    json_write_init(&writer, &out);
    json_write_object(&writer);
    json_put_bool(&writer, "ok", false);
    json_write_key(&writer, "error");
    json_write_object(&writer);
    json_put_cstr(&writer, "code", error_wire(err->code));
    json_put_cstr(&writer, "message", err->message);
    if (err->line) {
        json_put_int(&writer, "line", err->line);
        json_put_int(&writer, "column", err->column);
    }
    if (details.ptr) json_put_raw(&writer, "details", details);
    json_write_object_end(&writer);
    json_put_cstr(&writer, "hint", err->hint[0] ? err->hint : error_default_hint(err->code));
    json_write_object_end(&writer);
    answer_print(cli, buf_get(&out));
    buf_done(&out);
}

int answer_error(const struct cli *cli, const struct error *err, int code)
{
    answer_refused(cli, err, TEXT_NONE);
    return code;
}

int answer_usage(const struct cli *cli, const char *fmt, ...)
{
    struct error err = {0};
    char message[300];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    error_set(&err, E_BAD_REQUEST, "%s", message);
    error_hint(&err, "See `weir help`.");
    return answer_error(cli, &err, CLIENT_USAGE);
}

int answer_render(struct cli *cli)
{
    struct text envelope;
    struct error err = {0};

    if (!flow_files_read(cli->arena, "-", &envelope, &err)) {
        return answer_error(cli, &err, CLIENT_USAGE);
    }
    cli->human = true;
    answer_print(cli, envelope);
    return CLIENT_OK;
}
