#pragma once

#include "flow/core.h"
#include "flow/form.h"

/*
 * Dialog: expressions one after the other that share names, as a REPL evaluates them. Each runs in
 * a VM of its own with the limits of a run; what it answers is copied into the dialog's heap. A
 * name is a parameter of the expressions that mention it, so there is no mutable state anywhere:
 * binding a name again changes nothing that was evaluated before.
 *
 * Of a lazy sequence in a result as many items are made as dialog_show() says; whoever uses it
 * later makes the others.
 *
 * *1 *2 *3 are the last values, *e the last error. Images of earlier expressions stay as long as
 * the dialog, since functions refer to them.
 */
struct dialog;

struct dialog *dialog_new(const struct core *core);
void dialog_free(struct dialog *dialog); /* accepts NULL */

/* Of each lazy sequence of a result so many items are made, of all of them together so many; 0:
 * all, which is where a dialog begins. */
void dialog_show(struct dialog *dialog, uint32_t items, uint32_t total);

/* Asked every few milliseconds; true ends the evaluation with E_CANCELLED. */
typedef bool dialog_stop(void *ctx);

/* The value of the form, which becomes *1; valid until the next evaluation. On failure err has the
 * position, and *e is the error. */
bool dialog_eval(struct dialog *dialog, const struct form *form, dialog_stop *stop, void *ctx,
                 struct value *out, struct error *err) MUST_CHECK;
/* As dialog_eval(), but the value gets that name and *1 stays. */
bool dialog_let(struct dialog *dialog, struct text name, const struct form *form, dialog_stop *stop,
                void *ctx, struct value *out, struct error *err) MUST_CHECK;
/* *1 once more, with as many items as are made now. */
bool dialog_again(struct dialog *dialog, dialog_stop *stop, void *ctx, struct value *out,
                  struct error *err) MUST_CHECK;
/* What was wrong before anything could be evaluated becomes *e. */
void dialog_note_error(struct dialog *dialog, const struct error *err);

/* The names in the order of their binding, *1 *2 *3 *e first; false at the end. */
bool dialog_name(const struct dialog *dialog, size_t index, struct text *out_name,
                 struct value *out_value);
