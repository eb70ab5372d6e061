/*
 * weir: the command line. argp parses options wherever they stand; the words left over name a
 * command of the table (cli/command.c), which says what follows them and which options it takes.
 */
#include "base/crypto.h"
#include "cli/answer.h"
#include "cli/client.h"
#include "cli/command.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_PRETTY    400
#define KEY_JSON      401
#define KEY_API       402
#define KEY_WORKSPACE 403
#define KEY_FULL      404
#define KEY_HELP      '?'
#define KEY_OPTIONS   1000 /* and on: those of command_options */

static const struct argp_option global_options[] = {
    {"pretty", KEY_PRETTY, NULL, 0, "indent the JSON", 1},
    {"json", KEY_JSON, NULL, 0, "JSON on a terminal too", 1},
    {"full", KEY_FULL, NULL, 0, "everything, where lists and shows are cut short", 1},
    {"api", KEY_API, "URL", 0, "the server (WEIR_API_URL, http://127.0.0.1:8080)", 1},
    {"workspace", KEY_WORKSPACE, "NAME", 0, "the workspace (WEIR_WORKSPACE)", 1},
    {"help", KEY_HELP, NULL, 0, "these options; behind a command's name: that command and its own",
     -1},
};

struct parsed {
    struct cli *cli;
    char **words; /* room for all arguments */
    int word_count;
    bool json, help;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct parsed *parsed = state->input;

    switch (key) {
    case KEY_PRETTY: parsed->cli->pretty = true; return 0;
    case KEY_JSON: parsed->json = true; return 0;
    case KEY_FULL: parsed->cli->full = true; return 0;
    case KEY_API: parsed->cli->api = arg; return 0;
    case KEY_WORKSPACE: parsed->cli->workspace = arg; return 0;
    case KEY_HELP: parsed->help = true; return 0;
    case ARGP_KEY_ARG: parsed->words[parsed->word_count++] = arg; return 0;
    default: break;
    }
    if (key < KEY_OPTIONS || key >= KEY_OPTIONS + COMMAND_OPTIONS) return ARGP_ERR_UNKNOWN;
    parsed->cli->values[key - KEY_OPTIONS] = arg ? arg : "";
    return 0;
}

/* The first variable that is set and not empty. */
static const char *environment(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);

        if (value && value[0]) return value;
    }
    return NULL;
}

static void read_environment(struct cli *cli)
{
    static const char *const api[] = {"WEIR_API_URL", "BREYTA_API_URL", NULL};
    static const char *const token[] = {"WEIR_TOKEN", "BREYTA_TOKEN", "BREYTA_API_KEY", NULL};
    static const char *const workspace[] = {"WEIR_WORKSPACE", "BREYTA_WORKSPACE", NULL};

    cli->api = environment(api);
    cli->token = environment(token);
    cli->workspace = environment(workspace);
    if (!cli->api) cli->api = "http://127.0.0.1:8080";
}

/* `weir up …`: everything behind it belongs to weir-server, which lies next to us or on the PATH.
 */
static int exec_up(const struct cli *cli, int argc, char **argv)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 16);
    char *args[64] = {(char *)"weir-server", (char *)"up"};
    int count = 2;

    for (int i = 2; i < argc && count < 63; i++) {
        args[count++] = argv[i];
    }
    if (len > 0) {
        path[len] = '\0';
        char *slash = strrchr(path, '/');

        memcpy(slash + 1, "weir-server", sizeof "weir-server");
        execv(path, args);
    }
    execvp("weir-server", args);
    return answer_usage(cli, "weir-server is not next to this program, nor on the PATH");
}

static int check_and_run(struct cli *cli)
{
    const struct command *command = cli->command;

    for (size_t i = 0; command_options[i].name; i++) {
        char padded[40];

        if (!cli->values[i]) continue;
        snprintf(padded, sizeof padded, " %s ", command_options[i].name);
        if (!strstr(command->options, padded)) {
            return answer_usage(cli, "`weir %s` takes no --%s", command->name,
                                command_options[i].name);
        }
    }
    if (cli->word_count < command->required) {
        return answer_usage(cli, "usage: weir %s %s", command->name, command->usage);
    }
    int allowed = command->usage[0] ? 1 : 0;
    bool many = strstr(command->usage, "…") != NULL;

    if (cli->word_count > allowed && !many) {
        return answer_usage(cli, "`weir %s` does not know what to do with %s", command->name,
                            cli->words[allowed]);
    }
    return command->run ? command->run(cli) : command_call(cli);
}

/* The first option that is not in the table; else the last one, which then lacks its value. */
static const char *refused_option(const struct argp_option *options, int argc, char **argv)
{
    const char *last = "?";

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        struct text rest = text_from(argv[i]);
        bool known = false;

        if (!text_starts_with(rest, TEXT("-")) || rest.len < 2) continue;
        last = argv[i];
        if (!text_starts_with(rest, TEXT("--"))) continue;
        struct text name = text_slice(rest, 2, rest.len);

        name = text_cut(&name, '=');
        for (const struct argp_option *option = options; option->name && !known; option++) {
            known = text_starts_with(text_from(option->name), name);
        }
        if (!known) break;
    }
    return last;
}

/* `weir flows push FILE --help`: what `weir help flows push` says. */
static int help_for(struct cli *cli, const struct parsed *parsed)
{
    int used;
    const struct command *command = command_find(parsed->word_count, parsed->words, &used);

    cli->word_count = command ? used : parsed->word_count;
    for (int i = 0; i < cli->word_count; i++) {
        cli->words[i] = parsed->words[i];
    }
    return command_help(cli);
}

static int run(struct cli *cli, struct parsed *parsed)
{
    int used;

    if (parsed->help) return help_for(cli, parsed);
    cli->command = command_find(parsed->word_count, parsed->words, &used);
    if (!cli->command) {
        if (parsed->word_count == 0) return command_help(cli);
        struct text near = command_near(cli->arena, parsed->word_count, parsed->words);

        if (!near.ptr) return answer_usage(cli, "there is no command %s", parsed->words[0]);
        return answer_usage(cli, "there is no such command; near to it: " TEXT_FMT, TEXT_ARG(near));
    }
    for (int i = used; i < parsed->word_count; i++) {
        cli->words[cli->word_count++] = parsed->words[i];
    }
    return check_and_run(cli);
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct cli cli = {.arena = &arena, .program = argv[0]};
    struct parsed parsed = {.cli = &cli};
    struct argp_option options[ARRAY_COUNT(global_options) + COMMAND_OPTIONS + 1] = {0};
    size_t count = 0;

    for (; count < ARRAY_COUNT(global_options); count++) {
        options[count] = global_options[count];
    }
    for (size_t i = 0; command_options[i].name; i++) {
        options[count++] = (struct argp_option){command_options[i].name, KEY_OPTIONS + (int)i,
                                                command_options[i].arg,  0,
                                                command_options[i].doc,  2};
    }
    const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .args_doc = "COMMAND [ARGUMENTS…]",
        .doc = "weir: durable workflows from flow files.\vSee `weir help` for the commands.",
    };

    argp_err_exit_status = CLIENT_USAGE;
    argp_program_version = "weir " WEIR_VERSION;
    crypto_start();
    arena_init(&arena, 0);
    parsed.words = ARENA_ARRAY(&arena, (size_t)argc, char *);
    cli.words = ARENA_ARRAY(&arena, (size_t)argc, const char *);
    read_environment(&cli);
    if (argc > 1 && strcmp(argv[1], "up") == 0) return exec_up(&cli, argc, argv);
    error_t refused = argp_parse(&argp, argc, argv, ARGP_NO_ERRS, NULL, &parsed);

    cli.human = isatty(STDOUT_FILENO) && !parsed.json && !cli.pretty;
    if (parsed.help && parsed.word_count == 0 && !refused) {
        argp_help(&argp, stdout, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, (char *)"weir");
        return CLIENT_OK;
    }
    int code = refused ? answer_usage(&cli, "the option %s is not known, or lacks its value",
                                      refused_option(options, argc, argv))
                       : run(&cli, &parsed);

    arena_done(&arena);
    return code;
}
