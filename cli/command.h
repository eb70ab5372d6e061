#pragma once

#include "base/arena.h"
#include "base/json.h"

/*
 * Commands of `weir`: one table drives the parser, the help and the names that a typo is compared
 * with. Most commands only carry their words and options to the server's command of the registry;
 * those that do something here have a function.
 */
struct cli;

enum option_type { OPTION_TEXT, OPTION_INT, OPTION_FLAG, OPTION_SWITCH, OPTION_JSON };

/* An option that commands may take; which ones is in struct command. */
struct command_option {
    const char *name; /* "limit" */
    enum option_type type;
    const char *arg;  /* "N"; NULL: a flag */
    const char *wire; /* the server's argument, or NULL: only for the function */
    const char *doc;
};

extern const struct command_option command_options[];

#define COMMAND_WORDS_MAX  3
#define COMMAND_OPTIONS    40
#define COMMAND_POSITIONAL 2

struct command {
    const char *name;                           /* "flows push" */
    const char *remote;                         /* "flows.put_draft", or NULL */
    const char *positional[COMMAND_POSITIONAL]; /* wire names of the words that follow */
    const char *usage;                          /* "FILE"; with …: any number of words */
    int required;                               /* how many of them must be there */
    const char *options;                        /* " limit cursor " */
    int (*run)(struct cli *cli);                /* NULL: command_call() */
    const char *doc;
};

extern const struct command command_table[];

/* What was given on the command line, parsed. */
struct cli {
    struct arena *arena;
    const struct command *command;
    const char **words; /* behind the command's name */
    int word_count;
    const char *values[COMMAND_OPTIONS]; /* by index in command_options; flags: "" */
    const char *api, *token, *workspace;
    bool pretty, human, full;
    const char *program; /* argv[0], to find weir-server */
};

/* The value of an option, or NULL. */
const char *command_value(const struct cli *cli, const char *option);
/* The longest command whose words the arguments begin with; NULL: none. */
const struct command *command_find(int count, char **words, int *out_used);
/* Names near to what was typed, as one text: "flows list, flows lint"; or absent. */
struct text command_near(struct arena *arena, int count, char **words);
/* Writes positional words and options as the members of an open JSON object. */
bool command_write_args(const struct cli *cli, struct json_writer *writer, struct error *err)
    MUST_CHECK;
/* Calls the server's command with them and prints the answer; the exit code. */
int command_call(struct cli *cli);
int command_help(struct cli *cli);
