#pragma once

#include "base/limits.h"
#include "flow/reader.h"

/*
 * What the files of the reader share; nobody else includes this.
 *
 * Errors: reader_fail() and reader_fail_at() fill reader->err and answer NULL, so that
 * `return reader_fail(…)` reads well wherever a form or a pointer is answered. NULL from a function
 * that makes a form always means that the error is set.
 */
struct reader_mark {
    uint32_t line, column;
    size_t offset;
};

enum frame_kind {
    FRAME_LIST,
    FRAME_VECTOR,
    FRAME_MAP,
    FRAME_SET,
    FRAME_FN,          /* #( */
    FRAME_CONDITIONAL, /* #?( and #?@( */
    FRAME_PREFIXES,    /* prefixes from here on */
    FRAME_QUOTE = FRAME_PREFIXES,
    FRAME_SYNTAX_QUOTE,
    FRAME_UNQUOTE,
    FRAME_UNQUOTE_SPLICING,
    FRAME_DEREF,
    FRAME_VAR,
    FRAME_DISCARD,
    FRAME_META,
    FRAME_TAG,
};

struct reader_frame {
    enum frame_kind kind;
    char close;  /* of a bracket */
    bool splice; /* #?@( */
    struct reader_mark at;
    size_t items;         /* where a bracket's items begin */
    struct text ns, name; /* of a tag; ns: of a namespaced map */
    struct form *meta;    /* FRAME_META: the metadata, once read */
};

static inline struct reader_mark reader_mark(const struct reader *reader)
{
    return (struct reader_mark){reader->line, reader->column, reader->offset};
}

/* Moves on to that offset, counting lines and columns. */
void reader_advance(struct reader *reader, size_t to_offset);
/* The end of the token at offset: white space or a terminating macro character. */
size_t reader_token_end(const struct reader *reader, size_t offset);
/* The number of bytes of white space at offset, or 0. Comma is white space. */
size_t reader_space_at(const struct reader *reader, size_t offset);

void *reader_fail(struct reader *reader, enum error_code code, struct reader_mark at,
                  const char *fmt, ...) PRINTF_LIKE(4, 5);
/* As reader_fail(), for input that ended too early. */
void *reader_fail_end(struct reader *reader, enum error_code code, struct reader_mark at,
                      const char *fmt, ...) PRINTF_LIKE(4, 5);

/* After a failure: true when the error was handed over and reading goes on. */
bool reader_forgive(struct reader *reader);
/* What to do about the failure before; NULL, so that `return reader_hint(…)` reads well. */
void *reader_hint(struct reader *reader, const char *fmt, ...) PRINTF_LIKE(2, 3);
void *reader_alloc(struct reader *reader, size_t size_bytes);
struct text reader_copy(struct reader *reader, struct text source); /* ptr NULL: failed */
/* A new form that begins at the mark and ends where the reader stands. */
struct form *reader_build_form(struct reader *reader, enum form_kind kind, struct reader_mark at);
/* A collection of those items (copied); checks the depth. */
struct form *reader_build_collection(struct reader *reader, enum form_kind kind,
                                     struct reader_mark at, struct form *const *items,
                                     uint32_t count);
struct form *reader_build_symbol(struct reader *reader, struct reader_mark at, struct text ns,
                                 struct text name);
/* (head form): what the prefix macros expand to. */
struct form *reader_build_wrap(struct reader *reader, struct reader_mark at, struct text head_ns,
                               struct text head_name, struct form *form);
struct reader_mark reader_build_mark(const struct form *form);

/* The ends of tokens that begin at offset: a number, a character; and the offset of the closing
 * quote of a string or regex whose first byte stands at from, or the source's length. */
size_t reader_literals_number_end(const struct reader *reader, size_t offset);
size_t reader_strings_char_end(const struct reader *reader, size_t offset);
size_t reader_strings_quote(const struct reader *reader, size_t from, bool *out_escapes);

/* Literals: each reads one token at the reader's position and moves behind it. */
struct form *reader_literals_number(struct reader *reader);
struct form *reader_literals_name(struct reader *reader); /* symbol, keyword, nil, true, false */
struct form *reader_strings_char(struct reader *reader);
struct form *reader_strings_string(struct reader *reader);
struct form *reader_strings_regex(struct reader *reader);
struct form *reader_literals_symbolic(struct reader *reader); /* ##Inf */
/* A bad token for a message: its first 40 bytes or so. */
struct text reader_literals_shown(struct text token);
/* Splits "ns/name"; false when the token is no name. */
bool reader_literals_split(struct text token, struct text *out_ns, struct text *out_name);

/* The form of a tagged literal. */
struct form *reader_tags_apply(struct reader *reader, struct reader_mark at, struct text ns,
                               struct text name, struct form *form);

/* What a complete bracket becomes; items may be overwritten. */
struct form *reader_build_map(struct reader *reader, const struct reader_frame *frame,
                              struct form **items, uint32_t count);
struct form *reader_build_set(struct reader *reader, const struct reader_frame *frame,
                              struct form **items, uint32_t count);
struct form *reader_build_fn(struct reader *reader, const struct reader_frame *frame,
                             struct form **items, uint32_t count);
struct form *reader_build_fn_arg(struct reader *reader); /* %, %2 or %& at the reader's position */
struct form *reader_build_meta(struct reader *reader, struct form *meta); /* ^:k as {:k true} */
/* The form that a prefix, no longer on the stack, makes of this one; NULL without an error for #_.
 */
struct form *reader_build_prefixed(struct reader *reader, const struct reader_frame *frame,
                                   struct form *form);

struct form *reader_syntax_quote_expand(struct reader *reader, struct form *form);

/* What a bare symbol means inside a syntax-quote: "clojure.core" for its names, TEXT_NONE for all
 * others; and the package of a class that Clojure imports everywhere, or TEXT_NONE. */
struct text reader_core_names_ns(struct text name);
struct text reader_core_names_package(struct text name);
