#pragma once

#include "base/buf.h"
#include "cli/command.h"
#include "cli/repl_line.h"
#include "flow/dialog.h"
#include "flow/reference.h"

/* What repl.c and repl_commands.c share. */
struct repl {
    const struct core *core;
    const struct reference *reference;
    struct dialog *dialog;
    struct repl_line *line; /* NULL: stdin is no terminal */
    /* What is not evaluated yet, from the start of a line on, and where the next form is in it. */
    struct buf input;
    size_t offset;
    uint32_t input_line; /* the number of its first line */
    uint32_t line_number, column;
    struct buf typed; /* all lines of this input, for the history */
    bool failed, quit;
    bool interrupted; /* the rest of the input is dropped */
};

/* The names that complete a word: those of the language, those that were bound, commands. */
repl_line_words repl_commands_complete;
/* Carries out the command that the line holds; false: it holds none. */
bool repl_commands_run(struct repl *repl, struct text line) MUST_CHECK;

/* What is printed: answers go to stdout; errors, where stdin is no terminal, to stderr. */
void repl_print(struct text text);
/* What fits on a screen, if there is one. */
void repl_print_value(struct repl *repl, struct value value);
/* The last value, with more of its lazy sequences. */
void repl_print_last(struct repl *repl);
/* Prints the error with the line it is in, and counts it. */
void repl_print_error(struct repl *repl, const struct error *err);
