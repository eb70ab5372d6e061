#pragma once

#include "base/arena.h"
#include "base/error.h"

/*
 * Syntax tree: source text as brackets and tokens, comments and #_ among them: what the formatter
 * works on. A node's subtree lies behind it, so that a walk is a loop; nothing here recurses.
 *
 * A prefix (' ^ #_ #tag …) is a node whose children are what it takes: one form, two for ^, and the
 * comments and discarded forms before them.
 */
enum syntax_kind {
    SYNTAX_ROOT, /* node 0: the whole text */
    SYNTAX_ATOM,
    SYNTAX_COMMENT,
    SYNTAX_PREFIX,
    SYNTAX_LIST, /* ( and #( */
    SYNTAX_VECTOR,
    SYNTAX_MAP, /* { and #{ */
};

/* The width of what cannot stand on one line: it holds a line break, or a comment. */
#define SYNTAX_BROKEN UINT32_MAX

struct syntax_node {
    enum syntax_kind kind;
    uint32_t from, to; /* of the token, or of the opening one */
    uint32_t parent;
    uint32_t end;    /* the first node behind the subtree */
    uint32_t forms;  /* among its children: no comments, nothing discarded */
    uint32_t breaks; /* white space before: struct reader_token */
    uint32_t gap;
    bool comma;
    char close;      /* of a bracket */
    uint32_t width;  /* on one line, in characters, or SYNTAX_BROKEN */
    uint32_t behind; /* how many closing brackets follow it at once */
};

struct syntax_tree {
    struct text source;
    struct syntax_node *nodes;
    uint32_t count;
};

/* Over the arena's budget: E_ARENA_BUDGET. Brackets that do not match: E_DELIMITERS; the reader
 * says it better, so ask it first. */
bool syntax_tree_read(struct syntax_tree *tree, struct arena *arena, struct text source,
                      struct error *err) MUST_CHECK;

/* The node's first child, and the next sibling; 0: there is none. */
uint32_t syntax_tree_child(const struct syntax_tree *tree, uint32_t index);
uint32_t syntax_tree_next(const struct syntax_tree *tree, uint32_t index);
/* Whether it is a form for whoever counts forms: no comment, nothing discarded. */
bool syntax_tree_is_form(const struct syntax_tree *tree, uint32_t index);
/* The text of the token, or of the opening one. */
struct text syntax_tree_text(const struct syntax_tree *tree, uint32_t index);
/* Columns that a text without line breaks takes: its characters. */
uint32_t syntax_tree_columns(struct text text);
/* What stands between a prefix and its form on the same line: nothing or a space. */
uint32_t syntax_tree_prefix_gap(const struct syntax_tree *tree, uint32_t prefix, uint32_t child);
