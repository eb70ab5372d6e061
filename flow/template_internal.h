#pragma once

#include "flow/template.h"

/*
 * What the files of the template's parser share: template_parse.c (text, blocks, tags),
 * template_expression.c (what stands in a tag), template_position.c.
 */

/* The position that belongs to a byte of the text; goes forwards only. */
struct template_cursor {
    struct text raw;
    size_t raw_at, at;
    uint32_t line, column;
};

struct template_block {
    uint8_t kind;     /* the op that opened it: its closing tag names that */
    uint8_t arm;      /* the op of the present arm; TEMPLATE_TEXT: {{else}} */
    uint32_t opening; /* the instruction of the present arm */
    uint32_t ends;    /* chain of jumps to the end */
    uint32_t line, column;
};

struct template_parser {
    struct arena *arena;
    struct text source;
    size_t at;
    struct template_cursor cursor;
    struct error *err;
    struct template_instruction *items;
    size_t count, capacity;
    struct template_block blocks[TEMPLATE_DEPTH_MAX];
    uint32_t depth, scopes, scopes_max, tags;
    bool trims;     /* white space that follows goes */
    bool text_last; /* the last instruction is the text right before */
    bool is_sql;
    struct template_sql sql;
    uint32_t line, column; /* of the tag that is read */
};

/* template_position.c: moves forwards to that byte of the text. */
void template_position_move(struct template_parser *parser, size_t at);

/* template_parse.c: all answer false, and set the error at the present tag. */
bool template_parse_fail_here(struct template_parser *parser, const char *hint);
bool template_parse_fail(struct template_parser *parser, const char *message, const char *hint);
/* With a word of the tag between the two. */
bool template_parse_fail_word(struct template_parser *parser, const char *before, struct text word,
                              const char *after, const char *hint);
bool template_parse_unclosed(struct template_parser *parser);
bool template_parse_is_space(char c);
struct template_instruction *template_parse_emit(struct template_parser *parser,
                                                 enum template_op op);

/* template_expression.c: at the parser's place, which moves on. */
bool template_expression_at(const struct template_parser *parser, struct text text);
void template_expression_skip_space(struct template_parser *parser);
/* Up to white space or punctuation; what stands in [] belongs to it. */
struct text template_expression_word(struct template_parser *parser);
/* Whether something else than the end of the tag follows. */
bool template_expression_has_more(struct template_parser *parser);
/* The end of a tag, which triple closes with a brace more. */
bool template_expression_end(struct template_parser *parser, bool triple);
bool template_expression_argument(struct template_parser *parser, struct template_argument *out);
/* {{x}} or {{helper x …}}, behind the braces: emits it. */
bool template_expression_read(struct template_parser *parser, enum template_op op, bool triple);
