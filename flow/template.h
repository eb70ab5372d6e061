#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "flow/value_list.h"

/*
 * Template: text with {{…}} in it (LANGUAGE section 5: a subset of Handlebars). It is parsed once
 * to a flat program, immutable and shared by threads, and rendered by a loop: blocks are jumps, so
 * neither the nesting of a template nor that of the data takes C stack.
 *
 *     template_parse() ─▶ struct template ─▶ template_render(): text
 *                                        └─▶ template_render_value(): what a lone {{x}} stands for
 *
 * Rendering is pure, and bounded by fuel and by the limit of the buffer it writes to. A path that
 * leads nowhere is nil, and nil is written as nothing. As in handlebars-java a plain name that the
 * innermost scope does not have is looked for in the scopes around it; this.x, ./x and ../x are
 * not.
 */
#define TEMPLATE_DEPTH_MAX 64    /* nested blocks */
#define TEMPLATE_TAGS_MAX  10000 /* of one text */
#define TEMPLATE_ARGS_MAX  3

enum template_op {
    TEMPLATE_TEXT,
    TEMPLATE_PUT, /* {{x}}: written as the place asks */
    TEMPLATE_RAW, /* {{{x}}}: as it is */
    TEMPLATE_IF,  /* these four jump to target when there is nothing to do */
    TEMPLATE_UNLESS,
    TEMPLATE_WITH, /* opens a scope */
    TEMPLATE_EACH, /* likewise, on the first item */
    TEMPLATE_NEXT, /* to the next item and target, or closes the scope */
    TEMPLATE_LEAVE,
    TEMPLATE_JUMP,
};

enum template_root {
    TEMPLATE_SCOPE,
    TEMPLATE_TOP, /* @root */
    TEMPLATE_INDEX,
    TEMPLATE_KEY,
    TEMPLATE_FIRST,
    TEMPLATE_LAST,
};

struct template_path {
    uint8_t root; /* enum template_root */
    bool local;   /* not looked for in outer scopes */
    uint16_t up;  /* how many ../ */
    uint32_t count;
    const char *const *names;
};

enum template_argument_kind {
    TEMPLATE_ABSENT,
    TEMPLATE_PATH,
    TEMPLATE_STRING,
    TEMPLATE_SCALAR, /* a number, true, false, nil */
};

struct template_argument {
    uint32_t kind;

    union {
        struct template_path path;
        struct text text;
        struct value scalar;
    };
};

enum template_helper {
    TEMPLATE_NO_HELPER, /* the first argument itself */
    TEMPLATE_TRUNCATE,  /* text, length, suffix */
    TEMPLATE_JSON,      /* value, pretty */
    TEMPLATE_LENGTH,
    TEMPLATE_JOIN, /* items, separator */
    TEMPLATE_FIRST_OF,
    TEMPLATE_LAST_OF,
    TEMPLATE_DEFAULT, /* value, fallback */
};

struct template_instruction {
    uint8_t op, helper;
    uint32_t target;
    uint32_t line, column; /* of the tag */

    union {
        struct text text;
        const struct template_argument *args; /* TEMPLATE_ARGS_MAX of them, for helpers; else 1 */
    };
};

struct template
{
    struct template_instruction *items;
    uint32_t count;
    uint32_t depth; /* scopes at once, at most; the outermost counts */
    bool is_value;  /* nothing but one {{x}} */
};

/* How a value is written into the text. */
enum template_escape {
    TEMPLATE_PLAIN,
    TEMPLATE_HTML,
    TEMPLATE_URL, /* percent-encoded but for unreserved characters */
    TEMPLATE_SQL, /* $1, $2 …: the value itself goes to params */
};

/* Where the text stands in a file, for positions: a string literal, without its quotes, as it is
 * written there. raw absent: the text itself is the file. */
struct template_origin {
    struct text raw;
    uint32_t line, column;
};

/* NULL: err (E_TEMPLATE) has the position. sql: what stands between the tags is SQL; a tag inside a
 * quoted part of it is an error, since it would be no parameter. The template lives in the arena,
 * and refers to the source. */
struct template *template_parse(struct arena *arena, struct text source, bool sql,
                                const struct template_origin *origin, struct error *err) MUST_CHECK;
/* Whether parsing the text can give anything but the text. */
bool template_parse_has_tags(struct text source);

struct template_run {
    struct heap *heap; /* In: for values on the way. */
    struct value data; /* decoded by the codec: nothing is lazy */
    int64_t fuel;      /* one a tag, and one for each 64 bytes worked on */
    enum template_escape escape;
    struct value_list params; /* Out, of TEMPLATE_SQL: template_render_done() */

    struct template_scope *scopes; /* Private, from here on. */
    uint32_t scope_count;
    struct buf scratch;
    bool after_param;
};

void template_render_done(struct template_run *run);
/* Appends to out. E_FUEL, E_LIMIT (out is full), E_INPUT. */
bool template_render(const struct template *template, struct template_run *run, struct buf *out,
                     struct error *err) MUST_CHECK;
/* The value of a template that is_value. */
bool template_render_value(const struct template *template, struct template_run *run,
                           struct value *out, struct error *err) MUST_CHECK;

/* template_helper.c, for the renderer. */
struct template_helper_entry {
    const char *name;
    uint8_t args_min, args_max;
    const char *options[TEMPLATE_ARGS_MAX]; /* the argument's name when it is given by one */
};

extern const struct template_helper_entry template_helper_table[]; /* by enum template_helper */
enum template_helper template_helper_find(struct text name);
/* The value as text: strings bare, collections as JSON, nil is nothing. */
bool template_helper_show(struct template_run *run, struct value value, struct buf *out,
                          struct error *err) MUST_CHECK;
bool template_helper_call(struct template_run *run, enum template_helper helper,
                          const struct value *args, struct value *out, struct error *err)
    MUST_CHECK;
/* Handlebars' idea of empty: nil, false, 0, "" and collections without items, but no maps. */
bool template_helper_is_empty(struct value value);
bool template_helper_charge(struct template_run *run, size_t bytes, struct error *err) MUST_CHECK;

/* template_sql.c: what of SQL is quoted. */
struct template_sql {
    enum {
        TEMPLATE_SQL_CODE,
        TEMPLATE_SQL_STRING,  /* '…' */
        TEMPLATE_SQL_ESCAPED, /* E'…' */
        TEMPLATE_SQL_NAME,    /* "…" */
        TEMPLATE_SQL_LINE,    /* -- … */
        TEMPLATE_SQL_BLOCK,   /* a comment, which nests */
        TEMPLATE_SQL_DOLLAR,  /* $tag$…$tag$ */
    } state;

    int depth;
    struct text tag; /* "$tag$" */
};

/* Goes on over the text. False: it numbers a parameter of its own ($1), at *out_at. */
bool template_sql_scan(struct template_sql *sql, struct text source, size_t *out_at);
