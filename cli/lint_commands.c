/* weir lint, with --fix. */
#include "cli/lint_commands.h"

#include "base/cron.h"
#include "cli/answer.h"
#include "cli/client.h"
#include "cli/file_replace.h"
#include "cli/include_fix.h"
#include "flow/vm.h"

#include <string.h>

/* A lint of one file or several. */
struct run {
    struct cli *cli;
    struct core *core;
    struct lint_options options;
    bool fix, dry;
    uint32_t errors;      /* in all files */
    int failed, code;     /* files that could not be read or written, and what that comes to */
    struct error failure; /* the first of them */
    struct arena arena;   /* of one file */
};

static void fail(struct run *run, struct json_writer *writer, const struct error *err, int code)
{
    struct diagnostics list;

    diagnostic_init(&list, &run->arena);
    diagnostic_add_error(&list, err, NULL);
    json_put_bool(writer, "valid", false);
    json_write_key(writer, "diagnostics");
    diagnostic_write(&list, writer, "local");
    if (run->failed++ == 0) run->failure = *err;
    run->code = MAX(run->code, code);
}

static void write_fixed(const struct lint_fixed *fixed, bool written, bool is_cut,
                        struct json_writer *writer)
{
    json_write_key(writer, "fixed");
    json_write_array(writer);
    for (; fixed; fixed = fixed->next) {
        json_write_object(writer);
        json_put_cstr(writer, "code", fixed->code);
        if (fixed->file) json_put_cstr(writer, "file", fixed->file);
        json_put_int(writer, "line", fixed->line);
        json_put_int(writer, "column", fixed->column);
        json_put_text(writer, "from", fixed->from);
        json_put_text(writer, "to", fixed->to);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_put_bool(writer, "written", written);
    if (is_cut) json_put_bool(writer, "moreFixes", true);
}

/* A flow that is one file. */
static bool fix_file(struct run *run, const char *path, struct flow_include *source,
                     struct json_writer *writer)
{
    struct error err = {0};
    struct lint_repair repair = lint_fix(run->core, &run->arena, source->text, NULL, run->options);

    if (repair.count > 0 && !run->dry && !file_replace(path, repair.text, &err)) {
        fail(run, writer, &err, CLIENT_USAGE);
        return false;
    }
    write_fixed(repair.first, repair.count > 0 && !run->dry, repair.is_cut, writer);
    source->text = repair.text;
    return true;
}

static bool fix_files(struct run *run, struct flow_include *source, struct json_writer *writer)
{
    struct error err = {0};
    struct include_repair repair;

    if (!include_fix(run->core, &run->arena, source, run->options, &repair, &err) ||
        (!run->dry && !include_fix_write(source, &repair, &err))) {
        fail(run, writer, &err, CLIENT_USAGE);
        return false;
    }
    write_fixed(repair.first, repair.count > 0 && !run->dry, repair.is_cut, writer);
    *source = repair.source;
    return true;
}

/* The file's text, with what can be fixed fixed; false: said what is wrong. */
static bool take_source(struct run *run, const char *path, struct flow_include *source,
                        struct json_writer *writer)
{
    struct error err = {0};

    if (!flow_include_read(&run->arena, path, source, &err)) {
        fail(run, writer, &err, CLIENT_USAGE);
        return false;
    }
    if (!run->fix) return true;
    if (source->part_count > 0) return fix_files(run, source, writer);
    return fix_file(run, path, source, writer);
}

static void write_diagnostics(struct run *run, const struct diagnostics *list,
                              const struct flow_include *source, struct json_writer *writer)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct json_writer inner;

    json_write_init(&inner, &text);
    diagnostic_write(list, &inner, "local");
    json_write_raw(writer, flow_include_told(&run->arena, source, buf_get(&text)));
}

/* One file, whose JSON object is open. */
static void lint_file(struct run *run, const char *path, struct json_writer *writer)
{
    struct diagnostics list;
    struct flow_include source;

    if (!take_source(run, path, &source, writer)) return;
    diagnostic_init(&list, &run->arena);
    const struct definition *definition =
        lint_flow(run->core, &run->arena, source.text, run->options, &list);

    json_put_bool(writer, "valid", list.error_count == 0);
    if (definition) json_put_text(writer, "flowSlug", definition->slug);
    json_write_key(writer, "diagnostics");
    write_diagnostics(run, &list, &source, writer);
    run->errors += list.error_count;
}

static void lint_files(struct run *run, struct json_writer *writer)
{
    const struct cli *cli = run->cli;

    json_write_key(writer, "files");
    json_write_array(writer);
    for (int i = 0; i < cli->word_count; i++) {
        json_write_object(writer);
        json_put_cstr(writer, "path", cli->words[i]);
        lint_file(run, cli->words[i], writer);
        json_write_object_end(writer);
        arena_reset(&run->arena);
    }
    json_write_array_end(writer);
}

static int answer_run(const struct run *run, struct text data)
{
    const struct cli *cli = run->cli;
    struct error err = {0};

    if (run->failed > 0) {
        answer_refused(cli, &run->failure, cli->word_count > 1 ? data : TEXT_NONE);
        return run->code;
    }
    if (run->errors == 0) {
        answer_data(cli, data);
        return CLIENT_OK;
    }
    const char *what = cli->words[0];
    struct text files = TEXT_NONE;

    if (cli->word_count > 1) {
        files = arena_printf(cli->arena, "%d files", cli->word_count);
        what = files.ptr;
    }
    error_set(&err, E_FLOW_INVALID, "%s %s %u error%s", what, files.ptr ? "have" : "has",
              run->errors, run->errors == 1 ? "" : "s");
    answer_refused(cli, &err, data);
    return CLIENT_REFUSED;
}

int lint_commands_lint(struct cli *cli)
{
    struct run run = {
        .cli = cli,
        .options = {.strict = command_value(cli, "strict") != NULL, .check_cron = cron_check},
        .fix = command_value(cli, "fix") != NULL,
        .dry = command_value(cli, "dry-run") != NULL,
    };
    struct buf data = {0};
    struct json_writer writer;

    if (run.dry && !run.fix) return answer_usage(cli, "--dry-run goes with --fix");
    for (int i = 0; i < cli->word_count; i++) {
        if (strcmp(cli->words[i], "-") != 0) continue;
        if (run.fix) return answer_usage(cli, "--fix takes files, not -");
        if (cli->word_count > 1) return answer_usage(cli, "- stands alone: stdin is one file");
    }
    run.core = vm_core_new();
    arena_init(&run.arena, 0);
    json_write_init(&writer, &data);
    json_write_object(&writer);
    if (cli->word_count > 1) {
        lint_files(&run, &writer);
    } else {
        lint_file(&run, cli->words[0], &writer);
    }
    json_write_object_end(&writer);
    int code = answer_run(&run, buf_get(&data));

    buf_done(&data);
    arena_done(&run.arena);
    vm_core_free(run.core);
    return code;
}
