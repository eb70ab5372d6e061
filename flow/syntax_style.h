#pragma once

#include "flow/syntax_tree.h"

/*
 * Style: how the children of a bracket stand below each other, by the community's guide: bodies
 * two spaces in, arguments below the first argument, elements below the first element. One table
 * says which names have a body.
 */
enum syntax_indent {
    SYNTAX_INDENT_CONTENT, /* below the first element */
    SYNTAX_INDENT_CALL,    /* below the first argument, if that stands on the head's line */
    SYNTAX_INDENT_BODY,    /* two spaces in, behind so many special arguments */
    SYNTAX_INDENT_INNER,   /* two spaces in, whatever it is */
};

/* Where the lines of what is too long for one are broken. */
enum syntax_breaks {
    SYNTAX_BREAK_FILL, /* where the line is full */
    SYNTAX_BREAK_EACH, /* before each form */
    SYNTAX_BREAK_PAIRS,
};

#define SYNTAX_NO_PAIRS UINT32_MAX

/* Forms are counted from 0, the head of a list among them. */
struct syntax_style {
    enum syntax_indent indent;
    uint32_t special; /* SYNTAX_INDENT_BODY */
    enum syntax_breaks breaks;
    uint32_t from;     /* the first form that a break may stand before */
    uint32_t pairs;    /* the first key, or SYNTAX_NO_PAIRS */
    uint32_t bindings; /* the vector of pairs of a let and its kind; 0: there is none */
    bool letfn;        /* what is in that vector are functions */
};

/* parent: the style of the bracket that it stands in; position: its number among the forms there.
 */
struct syntax_style syntax_style_of(const struct syntax_tree *tree, uint32_t index,
                                    const struct syntax_style *parent, uint32_t position);
