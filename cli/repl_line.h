#pragma once

#include "base/buf.h"

/*
 * Lines from a terminal: editing, history and completion by libedit. The history lies in the state
 * directory of the user ($XDG_STATE_HOME or ~/.local/state, weir/history), readable by nobody else.
 *
 * Takes SIGINT and SIGWINCH for the program; one at a time.
 */
struct repl_line;

/* Calls add(to, candidate) for each name that begins with the word. */
typedef void repl_line_words(void *ctx, struct text word, void (*add)(void *to, struct text name),
                             void *to);

struct repl_line *repl_line_new(repl_line_words *words, void *ctx);
void repl_line_free(struct repl_line *line); /* accepts NULL */

enum repl_line_result { REPL_LINE_TEXT, REPL_LINE_INTERRUPTED, REPL_LINE_END };

/* Appends a line with its newline to out; one that is taken from the history may have several. */
enum repl_line_result repl_line_read(struct repl_line *line, const char *prompt, struct buf *out);
/* Puts an input, which may have several lines, into the history. */
void repl_line_remember(struct repl_line *line, struct text input);
/* Whether Ctrl-C was pressed since the last time this was asked, or a line was read. */
bool repl_line_interrupted(void);
