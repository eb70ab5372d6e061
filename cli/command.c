/* The table of commands and options, and what is derived from it. */
#include "cli/command.h"

#include "base/parse.h"
#include "cli/answer.h"
#include "cli/client.h"
#include "cli/doc.h"
#include "cli/flow_files.h"
#include "cli/format_commands.h"
#include "cli/lint_commands.h"
#include "cli/offline.h"
#include "cli/repl.h"
#include "cli/run_commands.h"
#include "cli/secret_commands.h"
#include "cli/starter.h"

#include <stdio.h>
#include <string.h>

const struct command_option command_options[] = {
    {"limit", OPTION_INT, "N", "limit", "at most N rows"},
    {"cursor", OPTION_TEXT, "CURSOR", "cursor", "where the last list ended"},
    {"status", OPTION_TEXT, "STATUS", "status", "only runs (or waits) of this status"},
    {"flow", OPTION_TEXT, "SLUG", "flowSlug", "only of this flow"},
    {"version", OPTION_INT, "N", "version", "this version"},
    {"target", OPTION_TEXT, "draft|live", "source", "draft or live (live)"},
    {"note", OPTION_TEXT, "TEXT", "note", "a note with the decision or the release"},
    {"reason", OPTION_TEXT, "TEXT", "reason", "why"},
    {"input", OPTION_JSON, "JSON|@FILE|-", "input", "the run's input"},
    {"values", OPTION_JSON, "JSON|@FILE|-", "values", "values of the approval's form"},
    {"payload", OPTION_JSON, "JSON|@FILE|-", "payload", "what the wait, or the event, carries"},
    {"wait", OPTION_FLAG, NULL, NULL, "wait until the run ends or parks"},
    {"timeout", OPTION_INT, "SECONDS", NULL, "how long to wait (300)"},
    {"out", OPTION_TEXT, "FILE", NULL, "write there; - is the answer itself"},
    {"strict", OPTION_FLAG, NULL, "strict", "style warnings are errors"},
    {"strict-style", OPTION_SWITCH, "on|off", "strictStyle",
     "pushes treat style warnings as errors"},
    {"raw", OPTION_FLAG, NULL, NULL, "print values, not an envelope"},
    {"each", OPTION_TEXT, "FILE", NULL, "every form of the file by itself"},
    {"release", OPTION_FLAG, NULL, NULL, "release what was pushed"},
    {"month", OPTION_TEXT, "YYYY-MM", "month", "the month (this one)"},
    {"from-env", OPTION_TEXT, "NAME", NULL, "take the value from this variable"},
    {"steps", OPTION_FLAG, NULL, "includeStepResults", "with inputs and outputs of steps"},
    {"workflow", OPTION_TEXT, "RUN", "workflowId", "only of this run"},
    {"archived", OPTION_FLAG, NULL, "includeArchived", "with archived ones"},
    {"markdown", OPTION_FLAG, NULL, NULL, "all names as one page of Markdown"},
    {"search", OPTION_TEXT, "TEXT", NULL, "the names that have TEXT in name or description"},
    {"key", OPTION_TEXT, "KEY", "key", "the key that the wait names"},
    {"id", OPTION_TEXT, "ID", "id", "the same id twice is one event"},
    {"fix", OPTION_FLAG, NULL, NULL, "make the fixes that diagnostics carry, in the file"},
    {"dry-run", OPTION_FLAG, NULL, NULL, "with --fix: only say what would be done"},
    {"check", OPTION_FLAG, NULL, NULL, "write nothing; exit code 1 when a file would change"},
    {"diff", OPTION_FLAG, NULL, NULL, "write nothing; say what would change, as a unified diff"},
    {"idempotency-key", OPTION_TEXT, "KEY", "idempotencyKey", "the same key starts one run"},
    {0},
};

const struct command command_table[] = {
    {"up", NULL, {0}, "[OPTIONS…]", 0, " ", NULL, "start a server with private Postgres and Redis"},
    {"init",
     NULL,
     {0},
     "[DIR]",
     0,
     " ",
     starter_init,
     "write a starter folder with a flow and AGENTS.md"},
    {"lint",
     NULL,
     {0},
     "FILE…",
     1,
     " strict fix dry-run ",
     lint_commands_lint,
     "check flow files, without a server; --fix repairs what has an obvious repair"},
    {"fmt",
     NULL,
     {0},
     "FILE…",
     1,
     " check diff raw ",
     format_commands_fmt,
     "format flow files; - is stdin, formatted to stdout"},
    {"eval",
     NULL,
     {0},
     "[EXPRESSION]",
     0,
     " raw each ",
     offline_eval,
     "evaluate an expression of the flow language, without a server"},
    {"repl", NULL, {0}, "", 0, " ", repl_command, "evaluate expressions one after the other"},
    {"doc",
     NULL,
     {0},
     "[NAME]",
     0,
     " search markdown ",
     doc_command,
     "explain a name of the flow language, or list them; --full: with its definition"},
    {"flows push",
     NULL,
     {0},
     "FILE",
     1,
     " release note ",
     flow_files_push,
     "push a flow file as draft"},
    {"flows pull",
     NULL,
     {0},
     "SLUG",
     1,
     " target version out ",
     flow_files_pull,
     "write a flow's source to SLUG.clj"},
    {"flows lint",
     NULL,
     {0},
     "FILE",
     1,
     " strict ",
     flow_files_lint,
     "let the server check a flow file"},
    {"flows list", "flows.list", {0}, "", 0, " limit cursor archived ", NULL, "list flows"},
    {"flows show", "flows.get", {"flowSlug"}, "SLUG", 1, " target version ", NULL, "show a flow"},
    {"flows release",
     "flows.release",
     {"flowSlug"},
     "SLUG",
     1,
     " version note ",
     flow_files_release,
     "make the draft (or a version) live"},
    {"flows versions",
     "flows.versions.list",
     {"flowSlug"},
     "SLUG",
     1,
     " limit cursor ",
     NULL,
     "list the versions of a flow"},
    {"flows archive",
     "flows.archive",
     {"flowSlug"},
     "SLUG",
     1,
     " ",
     NULL,
     "take a flow out of service"},
    {"flows run",
     "runs.start",
     {"flowSlug"},
     "SLUG",
     1,
     " input target version wait timeout idempotency-key ",
     run_commands_start,
     "start a run"},
    {"runs start",
     "runs.start",
     {"flowSlug"},
     "SLUG",
     1,
     " input target version wait timeout idempotency-key ",
     run_commands_start,
     "start a run"},
    {"runs list", "runs.list", {0}, "", 0, " flow status version limit cursor ", NULL, "list runs"},
    {"runs show",
     NULL,
     {"workflowId"},
     "RUN",
     1,
     " steps wait timeout ",
     run_commands_show,
     "show a run with its steps"},
    {"runs events",
     "runs.events",
     {"workflowId"},
     "RUN",
     1,
     " limit cursor ",
     NULL,
     "list what happened in a run"},
    {"runs cancel", "runs.cancel", {"workflowId"}, "RUN", 1, " reason ", NULL, "cancel a run"},
    {"waits list",
     "waits.list",
     {0},
     "",
     0,
     " workflow status limit cursor ",
     NULL,
     "list what waits for somebody"},
    {"waits show", "waits.get", {"waitId"}, "WAIT", 1, " ", NULL, "show a wait"},
    {"waits approve", "waits.approve", {"waitId"}, "WAIT", 1, " note values ", NULL, "approve"},
    {"waits reject", "waits.reject", {"waitId"}, "WAIT", 1, " note values ", NULL, "reject"},
    {"waits complete",
     "waits.complete",
     {"waitId"},
     "WAIT",
     1,
     " payload ",
     NULL,
     "answer a wait for a callback"},
    {"events send",
     "events.send",
     {"name"},
     "NAME",
     1,
     " key id payload ",
     NULL,
     "send a named event to the runs that wait for it"},
    {"triggers list",
     "triggers.list",
     {0},
     "",
     0,
     " flow ",
     NULL,
     "list webhooks, interfaces and schedules"},
    {"secrets set",
     NULL,
     {"name"},
     "NAME",
     1,
     " from-env ",
     secret_commands_set,
     "store a secret; its value is read from stdin"},
    {"secrets list", "secrets.list", {0}, "", 0, " ", NULL, "list the names of secrets"},
    {"secrets delete", "secrets.delete", {"name"}, "NAME", 1, " ", NULL, "delete a secret"},
    {"usage",
     "usage.get",
     {0},
     "",
     0,
     " month flow ",
     NULL,
     "count step executions by flow and step type"},
    {"workspace show",
     "workspaces.get",
     {0},
     "",
     0,
     " ",
     NULL,
     "show the workspace and its settings"},
    {"workspace set",
     "workspaces.update",
     {0},
     "",
     0,
     " strict-style ",
     NULL,
     "change the settings of the workspace"},
    {"me", "me", {0}, "", 0, " ", NULL, "show who the token speaks for"},
    {"render", NULL, {0}, "", 0, " ", answer_render, "render an answer read from stdin for people"},
    {"help",
     NULL,
     {0},
     "[COMMAND…]",
     0,
     " ",
     command_help,
     "show the commands, or one with its options"},
    {0},
};

const char *command_value(const struct cli *cli, const char *option)
{
    for (size_t i = 0; command_options[i].name; i++) {
        if (strcmp(command_options[i].name, option) == 0) return cli->values[i];
    }
    return NULL;
}

/* How many of the arguments the command's name takes; 0: it is another command. */
static int match_words(const char *name, int count, char **words)
{
    struct text rest = text_from(name);
    int used = 0;

    while (rest.ptr) {
        struct text word = text_cut(&rest, ' ');

        if (used == count || !text_equal(word, text_from(words[used]))) return 0;
        used++;
    }
    return used;
}

const struct command *command_find(int count, char **words, int *out_used)
{
    const struct command *best = NULL;

    *out_used = 0;
    for (const struct command *command = command_table; command->name; command++) {
        int used = match_words(command->name, count, words);

        if (used > *out_used) {
            best = command;
            *out_used = used;
        }
    }
    return best;
}

struct text command_near(struct arena *arena, int count, char **words)
{
    struct buf typed = {0};
    struct buf near = {0};

    for (int i = 0; i < count && i < 2; i++) {
        buf_printf(&typed, "%s%s", i ? " " : "", words[i]);
    }
    for (const struct command *command = command_table; command->name; command++) {
        struct text name = text_from(command->name);
        bool same_group = count > 0 && text_starts_with(name, text_from(words[0])) &&
                          name.len > strlen(words[0]) && name.ptr[strlen(words[0])] == ' ';

        if (same_group || text_distance(name, buf_get(&typed), 4) <= 3) {
            buf_printf(&near, "%s%s", near.len ? ", " : "", command->name);
        }
    }
    struct text copy = near.len ? arena_text(arena, buf_get(&near)) : TEXT_NONE;

    buf_done(&typed);
    buf_done(&near);
    return copy;
}

static bool write_option(const struct cli *cli, const struct command_option *option,
                         const char *value, struct json_writer *writer, struct error *err)
{
    struct text source = text_from(value);
    int64_t number;

    switch (option->type) {
    case OPTION_FLAG: json_put_bool(writer, option->wire, true); return true;
    case OPTION_TEXT: json_put_text(writer, option->wire, source); return true;
    case OPTION_INT:
        if (!parse_int64(source, &number)) {
            return error_set(err, E_BAD_REQUEST, "--%s takes a whole number, not %s", option->name,
                             value);
        }
        json_put_int(writer, option->wire, number);
        return true;
    case OPTION_SWITCH:
        if (!text_equal(source, TEXT("on")) && !text_equal(source, TEXT("off"))) {
            return error_set(err, E_BAD_REQUEST, "--%s takes on or off, not %s", option->name,
                             value);
        }
        json_put_bool(writer, option->wire, text_equal(source, TEXT("on")));
        return true;
    case OPTION_JSON: break;
    }
    if (value[0] == '@' || strcmp(value, "-") == 0) {
        if (!flow_files_read(cli->arena, value[0] == '@' ? value + 1 : value, &source, err)) {
            return false;
        }
    }
    const struct json *tree = json_read(cli->arena, source, err);

    if (!tree) return false;
    json_write_key(writer, option->wire);
    json_write_node(writer, tree);
    return true;
}

bool command_write_args(const struct cli *cli, struct json_writer *writer, struct error *err)
{
    for (int i = 0; i < COMMAND_POSITIONAL && i < cli->word_count; i++) {
        if (!cli->command->positional[i]) break;
        json_put_cstr(writer, cli->command->positional[i], cli->words[i]);
    }
    for (size_t i = 0; command_options[i].name; i++) {
        if (!cli->values[i] || !command_options[i].wire) continue;
        if (!write_option(cli, &command_options[i], cli->values[i], writer, err)) return false;
    }
    return true;
}

int command_call(struct cli *cli)
{
    struct buf args = {0};
    struct buf answer = {0};
    struct json_writer writer;
    struct error err = {0};

    json_write_init(&writer, &args);
    json_write_object(&writer);
    if (!command_write_args(cli, &writer, &err)) {
        buf_done(&args);
        return answer_error(cli, &err, CLIENT_USAGE);
    }
    if (cli->full) json_put_bool(&writer, "full", true);
    json_write_object_end(&writer);
    int code = client_call(cli, cli->command->remote, buf_get(&args), &answer, &err);

    if (code == CLIENT_UNREACHABLE) {
        answer_error(cli, &err, code);
    } else {
        answer_print(cli, buf_get(&answer));
    }
    buf_done(&args);
    buf_done(&answer);
    return code;
}

/* Whether a command's name begins with all the words: "flows" and "flows push" for flows push. */
static bool begins_with_words(const char *name, const struct cli *cli)
{
    struct text rest = text_from(name);

    for (int i = 0; i < cli->word_count; i++) {
        if (!rest.ptr || !text_equal(text_cut(&rest, ' '), text_from(cli->words[i]))) return false;
    }
    return true;
}

static void write_help(const struct command *command, struct json_writer *writer)
{
    json_write_object(writer);
    json_put_cstr(writer, "command", command->name);
    json_put_cstr(writer, "usage", command->usage);
    json_put_cstr(writer, "doc", command->doc);
    json_write_key(writer, "options");
    json_write_array(writer);
    for (const struct command_option *option = command_options; option->name; option++) {
        char padded[40];

        snprintf(padded, sizeof padded, " %s ", option->name);
        if (!strstr(command->options, padded)) continue;
        json_write_object(writer);
        json_put_cstr(writer, "option", option->name);
        if (option->arg) json_put_cstr(writer, "value", option->arg);
        json_put_cstr(writer, "doc", option->doc);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

int command_help(struct cli *cli)
{
    struct buf data = {0};
    struct json_writer writer;
    int count = 0;

    json_write_init(&writer, &data);
    json_write_object(&writer);
    json_write_key(&writer, "commands");
    json_write_array(&writer);
    for (const struct command *command = command_table; command->name; command++) {
        if (!begins_with_words(command->name, cli)) continue;
        write_help(command, &writer);
        count++;
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    if (count > 0) answer_data(cli, buf_get(&data));
    buf_done(&data);
    if (count > 0) return CLIENT_OK;
    return answer_usage(cli, "there is no command %s%s%s", cli->words[0],
                        cli->word_count > 1 ? " " : "", cli->word_count > 1 ? cli->words[1] : "");
}
