#pragma once

#include "flow/regex_translate.h"

#include <string.h>

/*
 * Regex internal: what regex_translate.c and regex_class.c share. A translator stands at a place of
 * the pattern; its `out` is UTF-16 units.
 */
enum regex_flag {
    FLAG_CASE = 1 << 0,         /* i: PCRE2's own */
    FLAG_MULTILINE = 1 << 1,    /* m */
    FLAG_DOTALL = 1 << 2,       /* s */
    FLAG_COMMENTS = 1 << 3,     /* x */
    FLAG_UNIX = 1 << 4,         /* d */
    FLAG_UNICODE_CASE = 1 << 5, /* u, U: not ours to honour, see flag_of() */
};

#define TERMINATORS "\\n\\r\\x{85}\\x{2028}\\x{2029}"

struct translator {
    const uint16_t *at, *end, *start;
    struct buf *out;
    struct error *err;
    struct regex_needs *needs;
    unsigned flags;
    unsigned stack[REGEX_DEPTH_MAX]; /* the flags outside of each open group */
    uint32_t depth;
    uint32_t groups;     /* capturing groups opened so far */
    uint32_t groups_all; /* in the whole pattern */
    bool repeatable;     /* a quantifier may stand here */
};

/* regex_translate.c */
bool regex_translate_invalid(struct translator *t, const char *what);     /* no pattern in Java */
bool regex_translate_unsupported(struct translator *t, const char *what); /* none in PCRE2 */
void regex_translate_emit(struct buf *out, const char *ascii);
/* A character that stands for itself, inside of a class or outside. */
void regex_translate_literal(struct buf *out, uint32_t code);
/* The next character; a surrogate pair is one. */
uint32_t regex_translate_next(struct translator *t);
bool regex_translate_take(struct translator *t, uint16_t unit);
/* With the flag x: skips white space and comments. */
void regex_translate_skip(struct translator *t);
/* Behind a backslash, where a single character is meant. *found says whether it was one. */
bool regex_translate_code(struct translator *t, uint32_t *out, bool *found) MUST_CHECK;

static inline bool regex_at_end(const struct translator *t)
{
    return t->at >= t->end;
}

static inline uint16_t regex_peek(const struct translator *t, size_t ahead)
{
    return (size_t)(t->end - t->at) > ahead ? t->at[ahead] : 0;
}

/* regex_class.c */
/* Behind \p or \P: writes what stands for the property inside of a class. */
bool regex_class_property(struct translator *t, bool negated, struct buf *out) MUST_CHECK;
/* Behind the opening bracket; appends an expression that matches one character. */
bool regex_class_translate(struct translator *t, struct buf *out, int depth) MUST_CHECK;
