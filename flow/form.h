#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Form: source text as read, each node with its position: what the compiler, the definition parser
 * and the lint work on. Lives in the reader's arena, immutable afterwards. Runtime data is struct
 * value; flow/quote.h turns a form into one.
 */
enum form_kind {
    FORM_NIL,
    FORM_BOOL,
    FORM_INT,
    FORM_DOUBLE,
    FORM_BIGINT,  /* text: the digits, without N */
    FORM_DECIMAL, /* text: without M */
    FORM_RATIO,   /* text: "1/3", not reduced */
    FORM_CHAR,    /* integer: one UTF-16 unit */
    FORM_STRING,  /* text: UTF-8 after escapes; a lone surrogate is three bytes (WTF-8) */
    FORM_REGEX,   /* text: the pattern as written */
    FORM_KEYWORD,
    FORM_SYMBOL, /* ns may be absent */
    FORM_LIST,
    FORM_VECTOR,
    FORM_SET,
    FORM_MAP,    /* items: key, value, key, value … in the order written */
    FORM_INST,   /* integer: ms since 1970; text: as written */
    FORM_UUID,   /* text */
    FORM_BYTES,  /* text: the decoded bytes (#weir/bytes "base64") */
    FORM_TAGGED, /* an unknown tag: ns/name is the tag, items[0] the data */
};

struct form {
    enum form_kind kind;
    uint32_t line, column;       /* 1-based; column counts characters */
    uint32_t offset, end_offset; /* bytes in the source */
    uint32_t count;
    uint32_t depth;    /* 1 for an atom; metadata counts; at most LIMIT_READER_DEPTH */
    struct form *meta; /* a map form, or NULL */

    union {
        bool boolean;
        int64_t integer;
        double real;
    };
    struct text ns, name; /* keyword, symbol, tag */
    struct text text;
    struct form **items;
    uint64_t hash; /* private to form.c: 0 until form_hash() was asked */
};

/* `(if …)`: a list that starts with that unqualified symbol. */
bool form_is_call(const struct form *form, const char *symbol);
bool form_is_symbol(const struct form *form, const char *name);  /* unqualified */
bool form_is_keyword(const struct form *form, const char *name); /* unqualified */
/* The value under an unqualified keyword of a map form, the last one winning; or NULL. */
struct form *form_get(const struct form *map, const char *keyword);
bool form_is_quote(const struct form *form); /* (quote x), also clojure.core/quote */
/* What is quoted, through any number of (quote …); the form itself when nothing is. */
struct form *form_unquote(struct form *form);
/* The name that a keyword, symbol or string stands for, else absent; namespaces are refused. */
struct text form_name(const struct form *form);
/* Equal as Clojure's = on the quoted data: 1 and 1N, (1) and [1] are; metadata does not count. */
bool form_equal(const struct form *a, const struct form *b);
uint64_t form_hash(const struct form *form);
/* A form back as source text (pr-str notation), for diagnostics and fmt-less printing. */
void form_print(const struct form *form, struct buf *out);
