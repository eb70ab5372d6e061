#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "flow/vm.h"

/*
 * Eval: one expression, offline: read, compiled, run to its end, printed. What `weir eval` and the
 * tests of the language use. Flow calls are a compile error there.
 */
struct core;

/* The limits of a run, with one slice for all of it. */
struct vm_limits eval_limits(void);

/* Evaluates the first form of text and appends its value as pr-str. On failure answers false; err
 * says why, with its position. limits may be NULL. */
bool eval_text(const struct core *core, struct text source, const struct vm_limits *limits,
               struct buf *out, struct error *err) MUST_CHECK;

struct print_window;

/* Appends the value as pr-str; in the window, if it is not NULL. A small value can be an endless
 * text, since its parts can be shared: over LIMIT_EVAL_TEXT it is an error, and nothing is
 * appended. */
bool eval_print(struct value value, struct print_window *window, struct buf *out, struct error *err)
    MUST_CHECK;

/* The family of an error as LANGUAGE section 11 names them: "arithmetic", "cast", …, else "other".
 */
const char *eval_kind(const struct error *err);

/* `weir eval --raw --each`: every top-level form of a file by itself, one line each: the value with
 * newlines as \n, or "!! kind". Always reaches the end of the source. */
void eval_each(const struct core *core, struct text source, const struct vm_limits *limits,
               struct buf *out);
