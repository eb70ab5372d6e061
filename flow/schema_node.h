#pragma once

#include "flow/regex.h"
#include "flow/schema.h"

/* What a schema holds; for schema.c and schema_check.c. */
enum schema_kind {
    SCHEMA_ANY,
    SCHEMA_STRING,
    SCHEMA_INT,
    SCHEMA_DOUBLE,
    SCHEMA_BOOLEAN,
    SCHEMA_KEYWORD,
    SCHEMA_MAP,
    SCHEMA_MAP_OF,
    SCHEMA_VECTOR,
    SCHEMA_MAYBE,
    SCHEMA_OR,
    SCHEMA_AND,
    SCHEMA_ENUM,
    SCHEMA_RE,
};

struct schema_bound {
    bool is_there;
    int64_t integer;
    double real;
};

struct schema_entry {
    struct text name;
    struct value key;   /* static */
    struct value other; /* the keyword for a string, the string for a plain keyword, or nil */
    bool optional;
    const struct schema *schema;
};

struct schema {
    enum schema_kind kind;
    bool closed;
    struct schema_bound min, max;
    uint32_t count; /* of whichever it has */

    union {
        const struct schema *const *children;
        const struct schema_entry *entries;
        const struct value *choices; /* static */
        struct value pattern;        /* static, a string */
    };
};

/* schema_check.c */
struct regex *schema_check_regex(struct value pattern, enum regex_subject subject,
                                 struct error *err) MUST_CHECK;
