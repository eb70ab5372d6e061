#pragma once

#include "base/buf.h"
#include "flow/heap.h"
#include "flow/object.h"

/*
 * String: an immutable run of UTF-16 units as the JVM's, stored in one byte each where all are
 * below 256 (so equal strings have equal storage). Outside it is UTF-8; half of a surrogate pair
 * is then three bytes (WTF-8), which joins again when read back, and which string_scrub() replaces
 * at the edges.
 */

/* Bytes that are not WTF-8 become U+FFFD. */
struct value string_from_utf8(struct heap *heap, struct text source);
struct value string_from_cstr(struct heap *heap, const char *source);
struct value string_from_latin1(struct heap *heap, const uint8_t *bytes, uint32_t length);
struct value string_from_units(struct heap *heap, const uint16_t *units, uint32_t length);
struct value string_empty(void);

static inline uint32_t string_length(struct value string)
{
    return OBJECT_AS(string_object, string.object)->length;
}

static inline bool string_is_wide(struct value string)
{
    return string.object->kind == STRING_UTF16;
}

/* The units; which of the two is valid tells string_is_wide(). */
static inline const uint8_t *string_bytes(struct value string)
{
    return (const uint8_t *)OBJECT_AS(string_object, string.object)->data;
}

static inline const uint16_t *string_units(struct value string)
{
    return OBJECT_AS(string_object, string.object)->data;
}

static inline uint16_t string_unit(struct value string, uint32_t index)
{
    return string_is_wide(string) ? string_units(string)[index] : string_bytes(string)[index];
}

void string_append_utf8(struct value string, struct buf *out);
void string_append_slice(struct value string, uint32_t from, uint32_t to, struct buf *out);
/* False when half of a surrogate pair stands alone. */
bool string_is_well_formed(struct value string);
/* Replaces what is not UTF-8 in out (from its byte `from` on) by "?", as Java does at its edges. */
void string_scrub(struct buf *out, size_t from);

uint32_t string_hash(struct value string); /* Java's hashCode */
/* Java's hashCode of UTF-8 text. */
uint32_t string_hash_utf8(struct text source);
bool string_equal(struct value a, struct value b);
bool string_equal_text(struct value string, struct text utf8);
/* Java's compareTo: the difference of the first units that differ, else of the lengths. */
int string_compare(struct value a, struct value b);

/* Units from ≤ i < to; the bounds must hold. */
struct value string_slice(struct heap *heap, struct value string, uint32_t from, uint32_t to);
struct value string_concat(struct heap *heap, struct value a, struct value b);
/* Index of the first (last) occurrence that starts at or after (before) from; -1: none. */
int64_t string_index_of(struct value string, struct value part, int64_t from);
int64_t string_last_index_of(struct value string, struct value part, int64_t from);

/* Builder: units that grow, outside the heap. A zeroed one is empty. */
struct string_builder {
    void *data; /* bytes, or units when wide */
    size_t length, capacity;
    bool wide;
};

void string_builder_done(struct string_builder *builder);
void string_builder_add_unit(struct string_builder *builder, uint16_t unit);
void string_builder_add(struct string_builder *builder, struct value string);
void string_builder_add_slice(struct string_builder *builder, struct value string, uint32_t from,
                              uint32_t to);
void string_builder_add_utf8(struct string_builder *builder, struct text source);
struct value string_builder_make(const struct string_builder *builder, struct heap *heap);
