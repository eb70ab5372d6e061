/* Flow files between the disk and the server. */
#include "cli/flow_files.h"

#include "base/parse.h"
#include "cli/answer.h"
#include "cli/client.h"
#include "cli/flow_include.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* More than any server takes, so that it is the server that says so. */
#define FILE_MAX (16UL * 1024 * 1024)

bool flow_files_read(struct arena *arena, const char *path, struct text *out, struct error *err)
{
    struct buf buf = {.limit = FILE_MAX};
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = 0;

    if (fd < 0) {
        error_set(err, E_NOT_FOUND, "%s could not be opened: %s", path, strerror(errno));
        return error_hint(err, "Check the path.");
    }
    do {
        char *room = buf_reserve(&buf, 65536);

        if (!room) break;
        len = read(fd, room, 65536);
        if (len > 0) buf_commit(&buf, (size_t)len);
    } while (len > 0 || (len < 0 && errno == EINTR));
    if (fd != STDIN_FILENO) close(fd);
    if (buf.overflow) {
        error_set(err, E_TOO_LARGE, "%s is over %lu MB", path, FILE_MAX >> 20);
    } else if (len < 0) {
        error_set(err, E_IO, "%s could not be read: %s", path, strerror(errno));
    } else {
        *out = arena_text(arena, buf_get(&buf));
    }
    bool ok = !buf.overflow && len >= 0;

    buf_done(&buf);
    return ok;
}

/* Calls a command that takes a flow's text. The answer is appended, not printed. */
static int call_with_source(struct cli *cli, const char *command, struct buf *answer)
{
    struct buf args = {0};
    struct json_writer writer;
    struct error err = {0};
    struct flow_include source;

    if (!flow_include_read(cli->arena, cli->words[0], &source, &err)) {
        return answer_error(cli, &err, CLIENT_USAGE);
    }
    if (!text_is_utf8(source.text, NULL)) {
        error_set(&err, E_BAD_UTF8, "%s is not UTF-8", cli->words[0]);
        return answer_error(cli, &err, CLIENT_USAGE);
    }
    json_write_init(&writer, &args);
    json_write_object(&writer);
    json_put_text(&writer, "flowLiteral", source.text);
    if (command_value(cli, "strict")) json_put_bool(&writer, "strict", true);
    json_write_object_end(&writer);
    int code = client_call(cli, command, buf_get(&args), answer, &err);

    buf_done(&args);
    if (code == CLIENT_UNREACHABLE) {
        answer_error(cli, &err, code);
        return code;
    }
    struct text told = flow_include_told(cli->arena, &source, buf_get(answer));

    if (told.ptr != answer->ptr) {
        buf_reset(answer);
        buf_text(answer, told);
    }
    return code;
}

/* What is no number goes as text, which the server refuses by name. */
static void put_version(struct json_writer *writer, const char *version)
{
    int64_t number;

    if (parse_int64(text_from(version), &number)) {
        json_put_int(writer, "version", number);
    } else {
        json_put_cstr(writer, "version", version);
    }
}

static int release_slug(struct cli *cli, struct text slug, struct buf *answer)
{
    struct buf args = {0};
    struct json_writer writer;
    struct error err = {0};

    json_write_init(&writer, &args);
    json_write_object(&writer);
    json_put_text(&writer, "flowSlug", slug);
    if (command_value(cli, "note")) {
        json_put_cstr(&writer, "releaseNote", command_value(cli, "note"));
    }
    if (command_value(cli, "version")) {
        put_version(&writer, command_value(cli, "version"));
    }
    json_write_object_end(&writer);
    int code = client_call(cli, "flows.release", buf_get(&args), answer, &err);

    buf_done(&args);
    if (code == CLIENT_UNREACHABLE) answer_error(cli, &err, code);
    return code;
}

int flow_files_push(struct cli *cli)
{
    struct buf answer = {0};
    struct error err = {0};
    int code = call_with_source(cli, "flows.put_draft", &answer);

    if (code == CLIENT_OK && command_value(cli, "release")) {
        const struct json *pushed = json_read(cli->arena, buf_get(&answer), &err);
        struct text slug = json_get_text(json_get(pushed, "data"), "flowSlug");

        buf_reset(&answer);
        code = release_slug(cli, slug, &answer);
    }
    if (answer.len > 0) answer_print(cli, buf_get(&answer));
    buf_done(&answer);
    return code;
}

int flow_files_release(struct cli *cli)
{
    struct buf answer = {0};
    int code = release_slug(cli, text_from(cli->words[0]), &answer);

    if (answer.len > 0) answer_print(cli, buf_get(&answer));
    buf_done(&answer);
    return code;
}

int flow_files_lint(struct cli *cli)
{
    struct buf answer = {0};
    struct error err = {0};
    int code = call_with_source(cli, "flows.lint", &answer);

    if (code == CLIENT_OK) {
        const struct json *tree = json_read(cli->arena, buf_get(&answer), &err);

        if (!json_bool(json_get(json_get(tree, "data"), "valid"), false)) code = CLIENT_REFUSED;
    }
    if (answer.len > 0) answer_print(cli, buf_get(&answer));
    buf_done(&answer);
    return code;
}

static int write_source(struct cli *cli, struct text source)
{
    char path[300];
    struct error err = {0};
    struct buf data = {0};
    struct json_writer writer;

    snprintf(path, sizeof path, "%s.clj", cli->words[0]);
    if (command_value(cli, "out")) snprintf(path, sizeof path, "%s", command_value(cli, "out"));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0) {
        error_set(&err, E_IO, "%s could not be written: %s", path, strerror(errno));
        return answer_error(cli, &err, CLIENT_USAGE);
    }
    answer_write(fd, source);
    close(fd);
    json_write_init(&writer, &data);
    json_write_object(&writer);
    json_put_cstr(&writer, "flowSlug", cli->words[0]);
    json_put_cstr(&writer, "path", path);
    json_put_int(&writer, "bytes", (int64_t)source.len);
    json_write_object_end(&writer);
    answer_data(cli, buf_get(&data));
    buf_done(&data);
    return CLIENT_OK;
}

int flow_files_pull(struct cli *cli)
{
    struct buf args = {0};
    struct buf answer = {0};
    struct json_writer writer;
    struct error err = {0};
    const char *target = command_value(cli, "target");

    json_write_init(&writer, &args);
    json_write_object(&writer);
    json_put_cstr(&writer, "flowSlug", cli->words[0]);
    json_put_cstr(&writer, "source", target && strcmp(target, "live") == 0 ? "active" : "draft");
    if (command_value(cli, "version")) {
        put_version(&writer, command_value(cli, "version"));
    }
    json_put_bool(&writer, "includeFlowLiteral", true);
    json_write_object_end(&writer);
    int code = client_call(cli, "flows.get", buf_get(&args), &answer, &err);

    if (code == CLIENT_UNREACHABLE) {
        answer_error(cli, &err, code);
    } else if (code == CLIENT_REFUSED) {
        answer_print(cli, buf_get(&answer));
    } else {
        const struct json *tree = json_read(cli->arena, buf_get(&answer), &err);

        if (command_value(cli, "out") && strcmp(command_value(cli, "out"), "-") == 0) {
            answer_print(cli, buf_get(&answer));
        } else {
            code = write_source(cli, json_get_text(json_get(tree, "data"), "flowLiteral"));
        }
    }
    buf_done(&args);
    buf_done(&answer);
    return code;
}
