#pragma once

#include "cli/command.h"
#include "flow/core.h"
#include "flow/reference.h"

/* The reference of the language on the command line: `weir doc`, and what the REPL says of a name.
 */
int doc_command(struct cli *cli);

/* What the reference says of a name, as lines for people; false: there is no such name. */
bool doc_write(const struct reference *reference, const struct core *core, struct text name,
               struct buf *out);
/* Why there is no such name, or which one was meant. */
void doc_refuse(const struct core *core, struct text name, struct error *err);
/* The definition of a name, or who defines it. */
void doc_write_source(const struct core *core, const struct reference_entry *entry,
                      struct buf *out);
/* The names whose own letters, or whose doc, hold the text: one line each. */
void doc_write_apropos(const struct reference *reference, struct text part, struct buf *out);
