/* weir fmt. */
#include "cli/format_commands.h"

#include "base/diff.h"
#include "cli/answer.h"
#include "cli/client.h"
#include "cli/file_replace.h"
#include "cli/flow_files.h"
#include "flow/diagnostic.h"
#include "flow/syntax_format.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What is done with a file that would change. */
enum mode { MODE_WRITE, MODE_CHECK, MODE_DIFF };

/* What all files together came to. */
struct outcome {
    struct buf diffs;   /* of all files, for --raw */
    struct error first; /* the first file that failed; code E_NONE: none did */
    int changed, failed;
    int code;
};

static void put_diagnostics(struct arena *arena, struct json_writer *writer, struct text source,
                            const struct error *err)
{
    struct diagnostics list;

    diagnostic_init(&list, arena);
    list.source = source;
    diagnostic_add_error(&list, err, NULL);
    json_write_key(writer, "diagnostics");
    diagnostic_write(&list, writer, "local");
}

static void note_failure(struct outcome *outcome, const struct error *err, const char *path,
                         int code)
{
    outcome->code = MAX(outcome->code, code);
    if (outcome->failed++ > 0) return;
    outcome->first = *err;
    if (err->line > 0) error_set(&outcome->first, err->code, "%s: %s", path, err->message);
    outcome->first.line = err->line;
    outcome->first.column = err->column;
}

static void put_diff(struct text source, struct text formatted, const char *path,
                     struct json_writer *writer, struct outcome *outcome)
{
    const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
    size_t start = outcome->diffs.len;
    struct diff_stat stat = diff_unified(source, formatted, name, name, &outcome->diffs);

    json_put_text(writer, "diff", text_slice(buf_get(&outcome->diffs), start, outcome->diffs.len));
    json_write_key(writer, "stat");
    json_write_object(writer);
    json_put_int(writer, "additions", (int64_t)stat.additions);
    json_put_int(writer, "deletions", (int64_t)stat.deletions);
    json_put_int(writer, "hunks", (int64_t)stat.hunks);
    json_write_object_end(writer);
}

/* One file, whose JSON object is open. */
static void format_file(struct arena *arena, const char *path, enum mode mode,
                        struct json_writer *writer, struct outcome *outcome)
{
    struct buf out = {0};
    struct error err = {0};
    struct text source = TEXT_NONE;
    bool changed = false;

    if (!flow_files_read(arena, path, &source, &err)) {
        put_diagnostics(arena, writer, TEXT_NONE, &err);
        note_failure(outcome, &err, path, CLIENT_USAGE);
    } else if (!syntax_format(source, &out, &err)) {
        put_diagnostics(arena, writer, source, &err);
        note_failure(outcome, &err, path, CLIENT_REFUSED);
    } else {
        changed = !text_equal(source, buf_get(&out));
    }
    if (changed && mode == MODE_DIFF) put_diff(source, buf_get(&out), path, writer, outcome);
    if (changed && mode == MODE_WRITE && !file_replace(path, buf_get(&out), &err)) {
        put_diagnostics(arena, writer, source, &err);
        note_failure(outcome, &err, path, CLIENT_USAGE);
        changed = false;
    }
    outcome->changed += changed;
    json_put_bool(writer, "changed", changed);
    buf_done(&out);
}

static int answer_files(const struct cli *cli, struct outcome *outcome, enum mode mode,
                        struct text data)
{
    bool raw = command_value(cli, "raw") != NULL;

    if (outcome->failed > 0) {
        answer_refused(cli, &outcome->first, data);
        return outcome->code;
    }
    if (raw) {
        answer_write(STDOUT_FILENO, buf_get(&outcome->diffs));
        return outcome->changed > 0 ? CLIENT_REFUSED : CLIENT_OK;
    }
    if (mode != MODE_WRITE && outcome->changed > 0) {
        error_set(&outcome->first, E_NOT_FORMATTED, "%d file%s would change", outcome->changed,
                  outcome->changed == 1 ? "" : "s");
        answer_refused(cli, &outcome->first, data);
        return CLIENT_REFUSED;
    }
    answer_data(cli, data);
    return CLIENT_OK;
}

static int format_files(struct cli *cli, enum mode mode)
{
    struct outcome outcome = {0};
    struct buf data = {0};
    struct json_writer writer;

    json_write_init(&writer, &data);
    json_write_object(&writer);
    json_write_key(&writer, "files");
    json_write_array(&writer);
    for (int i = 0; i < cli->word_count; i++) {
        struct arena arena CLEANUP(arena_done) = {0};

        arena_init(&arena, 0);
        json_write_object(&writer);
        json_put_cstr(&writer, "path", cli->words[i]);
        format_file(&arena, cli->words[i], mode, &writer, &outcome);
        json_write_object_end(&writer);
    }
    json_write_array_end(&writer);
    json_put_int(&writer, "changed", outcome.changed);
    json_write_object_end(&writer);
    int code = answer_files(cli, &outcome, mode, buf_get(&data));

    buf_done(&outcome.diffs);
    buf_done(&data);
    return code;
}

static int format_stdin(struct cli *cli)
{
    struct buf out = {0};
    struct error err = {0};
    struct text source;
    int code = CLIENT_OK;

    if (!flow_files_read(cli->arena, "-", &source, &err)) {
        return answer_error(cli, &err, CLIENT_USAGE);
    }
    if (syntax_format(source, &out, &err)) {
        answer_write(STDOUT_FILENO, buf_get(&out));
    } else {
        code = answer_error(cli, &err, CLIENT_REFUSED);
    }
    buf_done(&out);
    return code;
}

int format_commands_fmt(struct cli *cli)
{
    bool diff = command_value(cli, "diff") != NULL, check = command_value(cli, "check") != NULL;
    enum mode mode = diff ? MODE_DIFF : check ? MODE_CHECK : MODE_WRITE;

    if (command_value(cli, "raw") && !diff) return answer_usage(cli, "--raw goes with --diff");
    for (int i = 0; i < cli->word_count; i++) {
        if (strcmp(cli->words[i], "-") != 0) continue;
        if (cli->word_count > 1) return answer_usage(cli, "- stands alone: stdin is one file");
        if (mode == MODE_WRITE) return format_stdin(cli);
    }
    return format_files(cli, mode);
}
