#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "flow/form.h"

/*
 * Reference: what each name of the language does, with examples. Written as data in
 * flow/reference/ (10_forms.edn says how), which is part of the program; `weir doc`, the REPL's
 * :doc and docs/language-reference.md come from it. The tests hold it against the code: each name
 * is in it, with its arities, and each example is evaluated.
 */
struct core;

/* An expression and the text of its value, or the family of the error it ends with. */
struct reference_example {
    const struct form *form; /* the expression, or the body of a flow */
    struct text source;      /* its text */
    struct text value;       /* as pr-str; absent when it throws */
    struct text throws;
    bool is_flow;
    const struct form *input; /* of a flow: a map, or NULL */
    struct text input_source;
    struct form *const *answers; /* of a flow: what its calls answer; #fails {…} is a failure */
    uint32_t answer_count;
    struct text answers_source; /* "[1 2]", or absent */
};

struct reference_section;

struct reference_entry {
    struct text name;                  /* full: "clojure.string/join" */
    struct text *arities;              /* "m k v & kvs"; none: a constant */
    struct form *const *arity_vectors; /* the same, as forms */
    uint32_t arity_count;
    struct text doc;
    struct reference_example *examples;
    uint32_t example_count;
    const struct reference_section *section;
};

struct reference_section {
    struct text title, text; /* text may be empty */
    struct reference_entry *entries;
    size_t count, capacity;
};

struct reference {
    struct arena arena;
    struct reference_section *sections;
    size_t count, capacity;
    struct map by_name; /* name → struct reference_entry */
};

/* Reads the data. What is wrong in it is a mistake of ours: it is logged, and the process ends. */
struct reference *reference_new(void);
void reference_free(struct reference *reference); /* accepts NULL */
/* The entry of a name as flow code writes it: aliases are resolved (str/join). NULL: none. */
const struct reference_entry *reference_find(const struct reference *reference,
                                             const struct core *core, struct text name);
/* Whether an arity accepts that many arguments. */
bool reference_accepts(const struct reference_entry *entry, uint32_t count);
/* "(assoc m k v & kvs)", or the name of a constant. */
void reference_write_call(const struct reference_entry *entry, uint32_t arity, struct buf *out);

/* reference_markdown.c: all of it as one page. */
void reference_write_markdown(const struct reference *reference, struct buf *out);
