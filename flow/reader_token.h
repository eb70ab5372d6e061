#pragma once

#include "base/text.h"

/*
 * Token: source text cut as the reader cuts it, but with nothing lost: between two tokens there is
 * white space only. For what works on the text itself, the formatter and the repair of brackets.
 * Any text has tokens, also one that the reader refuses.
 */
enum reader_token_kind {
    READER_TOKEN_ATOM,    /* a number, name, string, regex, character, ##Inf */
    READER_TOKEN_COMMENT, /* ; or #! to the end of the line, without the line break */
    READER_TOKEN_PREFIX,  /* ' ` ~ ~@ @ ^ #^ #' #_ #? #?@ #:ns #tag: belongs to what follows */
    READER_TOKEN_OPEN,    /* ( [ { #( #{ */
    READER_TOKEN_CLOSE,
    READER_TOKEN_END, /* of the source */
};

struct reader_token {
    enum reader_token_kind kind;
    size_t from, to;
    /* The white space before it. */
    uint32_t breaks; /* line breaks */
    uint32_t gap;    /* characters behind the last of them, commas not counted */
    bool comma;      /* there is one before any line break */
    bool unclosed;   /* a string that the source ends in */
};

/* The first token at or behind offset. The source is UTF-8. */
struct reader_token reader_token_next(struct text source, size_t offset);
/* The bracket that closes what an opening token opens. */
char reader_token_closer(struct text source, const struct reader_token *open);
