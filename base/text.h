#pragma once

#include "base/macros.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Text: a borrowed run of bytes, pointer and length, not NUL-terminated unless its maker says so.
 * An absent text has ptr NULL and len 0; an empty one has any ptr and len 0.
 */
struct text {
    const char *ptr;
    size_t len;
};

#define TEXT(literal)   ((struct text){"" literal, sizeof(literal) - 1})
#define TEXT_NONE       ((struct text){NULL, 0})
#define TEXT_FMT        "%.*s"
#define TEXT_ARG(value) (int)(value).len, (value).ptr

static inline struct text text_from(const char *cstr)
{
    return cstr ? (struct text){cstr, strlen(cstr)} : TEXT_NONE;
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool text_equal_nocase(struct text a, struct text b); /* ASCII only */
int text_compare(struct text a, struct text b);       /* by bytes; <0, 0, >0 */
bool text_starts_with(struct text whole, struct text prefix);
bool text_ends_with(struct text whole, struct text suffix);
struct text text_slice(struct text whole, size_t from, size_t to); /* clamped */
struct text text_trim(struct text whole);                          /* ASCII white space */
/* Index of the first match, or -1. */
ptrdiff_t text_index_of(struct text whole, struct text part);
ptrdiff_t text_index_of_char(struct text whole, char c);
/* Cuts *rest at the first separator: returns what stood before, *rest keeps what follows; where
 * there is no separator returns all and *rest becomes TEXT_NONE. */
struct text text_cut(struct text *rest, char separator);
/* True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms); else *out_bad is
 * the offset of the first bad byte (out_bad may be NULL). */
bool text_is_utf8(struct text whole, size_t *out_bad);
/* The length in bytes of the well-formed UTF-8 character that rest starts with; 0 when there is
 * none. */
size_t text_utf8_next(struct text rest, uint32_t *out_code_point);
/* Edit distance (Levenshtein), stops counting at limit; for "did you mean". */
size_t text_distance(struct text a, struct text b, size_t limit);
uint64_t text_hash(struct text value); /* FNV-1a; for tables, not for anything stored */
