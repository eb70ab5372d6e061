#pragma once

#include "flow/form.h"

/*
 * Reader: the complete EDN/Clojure syntax of LANGUAGE section 12 to forms. Nothing is evaluated:
 * `#=` is E_READER_EVAL. Never recurses in C on input: depth is at most LIMIT_READER_DEPTH, kept on
 * a stack of its own. Reader macros expand here: 'x `x ~x ~@x @x #'x #() #_ ^meta #?(:clj …) #?@
 * #:ns{}; syntax-quote expands to seq/concat/list forms as Clojure does, gensyms numbered from 1 in
 * each source so that reading is deterministic. #(…) becomes (fn* [p1__1# …] (…)).
 *
 * Memory comes from the arena by arena_try(): over budget is E_ARENA_BUDGET.
 */
struct reader_frame;

struct reader {
    struct arena *arena;
    struct text source; /* UTF-8; borrowed, must outlive the forms */
    size_t offset;
    uint32_t line, column;
    /* Set after reader_init(): the source is a flow file. In its top-level map :flow may stand
     * twice (the last one wins) and a syntax-quoted :flow reads as a plainly quoted one. */
    bool flow_file;
    /* The same: errors that reading can go on after (a bad token or tagged literal, a key that
     * stands twice or lacks its value) go there, and nil stands in the place of what could not be
     * read. At most READER_FORGIVEN_MAX; the next one ends the reading. */
    void (*on_error)(const struct error *err, void *ctx);
    void *error_ctx;
    bool edn;  /* as flow_file: no more than EDN, that is, none of ' ` ~ @ #() #' #"" #? #= */
    bool data; /* as flow_file: read while a flow runs, with the errors of Clojure's readers */

    uint32_t gensym;             /* private, from here on */
    struct reader_frame *frames; /* what is open, the outermost first */
    uint32_t frame_count;
    struct form **items; /* what the open collections hold so far */
    size_t item_count, item_capacity;
    uint32_t expanded_count; /* forms made by syntax-quote */
    bool in_fn_literal;
    uint32_t fn_arg_max;
    struct text fn_args[21]; /* names of % arguments; 0 is %& */
    size_t form_offset;      /* where the last top-level form began */
    uint32_t form_line, form_column;
    bool unfinished; /* the last error was met at the end of the source */
    bool over_budget;
    uint32_t forgiven;
    struct error *err;
};

#define READER_FORGIVEN_MAX 100

/* Checks that source is UTF-8 first (E_BAD_UTF8 with position). */
bool reader_init(struct reader *reader, struct arena *arena, struct text source, struct error *err)
    MUST_CHECK;

enum reader_result { READER_FORM, READER_END, READER_ERROR };

/* The next top-level form. Errors have line and column: E_DELIMITERS (unbalanced, mismatched: both
 * positions in the message), E_SYNTAX, E_READER, E_READER_EVAL. */
enum reader_result reader_next(struct reader *reader, struct form **out, struct error *err)
    MUST_CHECK;

/* The last error may go away when the source goes on: something was open at its end. */
bool reader_is_unfinished(const struct reader *reader);

/* For --each: after an error, moves to the next top-level form (a line that begins with an opening
 * bracket or a non-space at column 1). */
void reader_skip(struct reader *reader);
