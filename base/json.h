#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * JSON at the edge. Reading wraps jansson (a tree that the arena owns); writing is a small
 * streaming writer into a buf that keeps commas and nesting right. Only this file includes jansson.
 */

/* An opaque node; borrowed from the arena it was read into. NULL stands for "absent" everywhere and
 * every accessor accepts it. */
struct json;

enum json_type {
    JSON_ABSENT,
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_REAL,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/* Any value at the top. Refuses duplicate keys, invalid UTF-8, lone surrogates; depth at most
 * LIMIT_JSON_DEPTH. Errors carry line and column. An integer beyond 64 bits becomes a real. */
const struct json *json_read(struct arena *arena, struct text source, struct error *err) MUST_CHECK;

enum json_type json_get_type(const struct json *node);
const struct json *json_get(const struct json *object, const char *key);
const struct json *json_item(const struct json *array, size_t index);
size_t json_count(const struct json *node); /* items or members; else 0 */
/* Text of a string, else TEXT_NONE. NUL bytes may be inside. */
struct text json_text(const struct json *node);
struct text json_get_text(const struct json *object, const char *key);
int64_t json_int(const struct json *node, int64_t otherwise); /* reals are truncated */
double json_real(const struct json *node, double otherwise);
bool json_bool(const struct json *node, bool otherwise);
/* Walks members in the document's order: start with iter NULL. */
void *json_member(const struct json *object, void *iter, struct text *out_key,
                  const struct json **out_value);
/* Appends the node as compact JSON. */
void json_append(struct buf *out, const struct json *node);

/* Writer: a value goes where the next one belongs; json_write_key() before each member. */
struct json_writer {
    struct buf *out;
    uint64_t has_items[LIMIT_JSON_DEPTH_WORDS]; /* private: one bit a level */
    int depth;
    bool after_key;
};

void json_write_init(struct json_writer *writer, struct buf *out);
void json_write_object(struct json_writer *writer);
void json_write_object_end(struct json_writer *writer);
void json_write_array(struct json_writer *writer);
void json_write_array_end(struct json_writer *writer);
void json_write_key(struct json_writer *writer, const char *key);
void json_write_key_text(struct json_writer *writer, struct text key);
void json_write_text(struct json_writer *writer, struct text value); /* absent: null */
void json_write_cstr(struct json_writer *writer, const char *value);
void json_write_int(struct json_writer *writer, int64_t value);
void json_write_real(struct json_writer *writer, double value);
void json_write_bool(struct json_writer *writer, bool value);
void json_write_null(struct json_writer *writer);
void json_write_time(struct json_writer *writer, int64_t wall_ms); /* ISO string; 0: null */
/* Bytes that are JSON already, one value. */
void json_write_raw(struct json_writer *writer, struct text json);
void json_write_node(struct json_writer *writer, const struct json *node);
/* key and value in one call. */
void json_put_text(struct json_writer *writer, const char *key, struct text value);
void json_put_cstr(struct json_writer *writer, const char *key, const char *value);
void json_put_int(struct json_writer *writer, const char *key, int64_t value);
void json_put_bool(struct json_writer *writer, const char *key, bool value);
void json_put_time(struct json_writer *writer, const char *key, int64_t wall_ms);
void json_put_raw(struct json_writer *writer, const char *key, struct text json);
/* Re-indents JSON text by two spaces, for people. */
void json_pretty(struct buf *out, struct text json);
