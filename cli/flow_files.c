/*
 * Flow files. An include is `#flow/include "rel/path"`: the form of that file takes its place as
 * text, relative to the file that names it. A file that includes itself, directly or not, is an
 * error; so is a missing one. Includes in strings and comments are not includes, so the scan knows
 * both.
 */
#include "cli/flow_files.h"

#include "base/parse.h"
#include "cli/answer.h"
#include "cli/client.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INCLUDE_DEPTH_MAX 16
/* More than any server takes, so that it is the server that says so. */
#define FILE_MAX (16UL * 1024 * 1024)

static const struct text include_tag = {"#flow/include", 13};

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

/* The files that are being expanded, innermost first; for cycles and relative paths. */
struct include {
    const struct include *outer;
    char path[PATH_MAX];
    int depth;
};

/* Past a string or comment that starts at i, or past one character of anything else. */
static size_t skip_token(struct text source, size_t i)
{
    if (source.ptr[i] == ';') {
        while (i < source.len && source.ptr[i] != '\n') {
            i++;
        }
        return i;
    }
    if (source.ptr[i] == '\\') return MIN(i + 2, source.len); // \" is a character
    if (source.ptr[i] != '"') return i + 1;
    for (i++; i < source.len && source.ptr[i] != '"'; i++) {
        if (source.ptr[i] == '\\') i++;
    }
    return MIN(i + 1, source.len);
}

static int line_of(struct text source, size_t offset)
{
    int line = 1;

    for (size_t i = 0; i < offset; i++) {
        line += source.ptr[i] == '\n';
    }
    return line;
}

static bool expand(struct arena *arena, const struct include *include, struct text source,
                   struct buf *out, struct error *err);

/* One include: rest starts behind the tag. Answers how much of rest it took, 0 on failure. */
static size_t expand_include(struct arena *arena, const struct include *include, struct text rest,
                             struct buf *out, struct error *err)
{
    struct include inner = {.outer = include, .depth = include->depth + 1};
    struct text source;
    size_t i = 0;

    while (i < rest.len && strchr(" \t\r\n,", rest.ptr[i])) {
        i++;
    }
    size_t start = i + 1;
    size_t end = i < rest.len && rest.ptr[i] == '"' ? skip_token(rest, i) : 0;

    if (end < start + 2) {
        error_set(err, E_READER, "#flow/include takes a file's path as a string");
        return 0;
    }
    struct text name = text_slice(rest, start, end - 1);
    const char *slash = strrchr(include->path, '/');
    int dir_len = slash && name.ptr[0] != '/' ? (int)(slash - include->path) + 1 : 0;

    snprintf(inner.path, sizeof inner.path, "%.*s" TEXT_FMT, dir_len, include->path,
             TEXT_ARG(name));
    for (const struct include *outer = include; outer; outer = outer->outer) {
        if (strcmp(outer->path, inner.path) == 0 || inner.depth > INCLUDE_DEPTH_MAX) {
            error_set(err, E_READER, "%s includes itself", inner.path);
            error_hint(err, "Break the circle of #flow/include forms.");
            return 0;
        }
    }
    if (!flow_files_read(arena, inner.path, &source, err)) return 0;
    return expand(arena, &inner, text_trim(source), out, err) ? end : 0;
}

static bool expand(struct arena *arena, const struct include *include, struct text source,
                   struct buf *out, struct error *err)
{
    size_t i = 0;

    while (i < source.len) {
        struct text rest = text_slice(source, i, source.len);

        if (!text_starts_with(rest, include_tag)) {
            size_t next = skip_token(source, i);

            buf_append(out, source.ptr + i, next - i);
            i = next;
            continue;
        }
        struct text behind = text_slice(rest, include_tag.len, rest.len);
        size_t taken = expand_include(arena, include, behind, out, err);

        if (taken == 0) {
            if (!err->line) error_at(err, line_of(source, i), 1);
            return false;
        }
        i += include_tag.len + taken;
    }
    return true;
}

bool flow_files_expand(struct arena *arena, const char *path, struct text *out, struct error *err)
{
    struct include include = {0};
    struct text source = TEXT_NONE;
    struct buf buf = {.limit = FILE_MAX};

    snprintf(include.path, sizeof include.path, "%s", path);
    if (!flow_files_read(arena, path, &source, err)) return false;
    if (text_index_of(source, include_tag) < 0) {
        *out = source;
        return true;
    }
    bool ok = expand(arena, &include, source, &buf, err);

    if (ok && buf.overflow) {
        ok = error_set(err, E_TOO_LARGE, "%s with its includes is over %lu MB", path,
                       FILE_MAX >> 20);
    }
    if (ok) *out = arena_text(arena, buf_get(&buf));
    buf_done(&buf);
    return ok;
}

/* Calls a command that takes a flow's text. The answer is appended, not printed. */
static int call_with_source(struct cli *cli, const char *command, struct buf *answer)
{
    struct buf args = {0};
    struct json_writer writer;
    struct error err = {0};
    struct text source;

    if (!flow_files_expand(cli->arena, cli->words[0], &source, &err)) {
        return answer_error(cli, &err, CLIENT_USAGE);
    }
    if (!text_is_utf8(source, NULL)) {
        error_set(&err, E_BAD_UTF8, "%s is not UTF-8", cli->words[0]);
        return answer_error(cli, &err, CLIENT_USAGE);
    }
    json_write_init(&writer, &args);
    json_write_object(&writer);
    json_put_text(&writer, "flowLiteral", source);
    if (command_value(cli, "strict")) json_put_bool(&writer, "strict", true);
    json_write_object_end(&writer);
    int code = client_call(cli, command, buf_get(&args), answer, &err);

    buf_done(&args);
    if (code == CLIENT_UNREACHABLE) answer_error(cli, &err, code);
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
