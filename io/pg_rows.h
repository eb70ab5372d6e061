#pragma once

#include "base/id.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The answer of one statement, in binary; valid only within on_rows. Rows and columns are numbered
 * from 0. An index out of range, or a reader that does not fit the column's type, is our own
 * mistake and asserted; what stands in the row is not. NULL reads as zero, false, TEXT_NONE, the
 * zero uuid. Texts are borrowed, NUL-terminated.
 */
struct pg_result; /* libpq's */

struct pg_rows {
    const struct pg_result *result; /* Private. */
};

int pg_row_count(const struct pg_rows *rows);
int pg_column_count(const struct pg_rows *rows);
/* Rows that an insert, update or delete has changed, whether or not it returns them. */
int64_t pg_affected(const struct pg_rows *rows);

bool pg_is_null(const struct pg_rows *rows, int row, int column);
int64_t pg_int64(const struct pg_rows *rows, int row, int column); /* int2, int4, int8 */
bool pg_bool(const struct pg_rows *rows, int row, int column);
double pg_double(const struct pg_rows *rows, int row, int column);    /* float4, float8 */
struct text pg_text(const struct pg_rows *rows, int row, int column); /* text, json, jsonb, enums */
struct text pg_bytes(const struct pg_rows *rows, int row, int column);
struct uuid pg_uuid(const struct pg_rows *rows, int row, int column);
/* timestamptz, since 1970; ms rounds down. The infinities of Postgres are those of pg_params.h. */
int64_t pg_time_ms(const struct pg_rows *rows, int row, int column);
int64_t pg_time_us(const struct pg_rows *rows, int row, int column);

/*
 * Items of an array of one dimension. pg_items() of NULL or of an empty array has count 0. The
 * next_ calls answer false at the end; a NULL item reads as zero or TEXT_NONE.
 *
 *     struct pg_items items = pg_items(rows, 0, 2);
 *     int64_t number;
 *     while (pg_items_next_int64(&items, &number)) …
 */
struct pg_items {
    int count;
    const char *next, *end; /* Private, from here on. */
    int left;
    uint32_t type;
};

struct pg_items pg_items(const struct pg_rows *rows, int row, int column);
bool pg_items_next(struct pg_items *items, struct text *out); /* text[], bytea[]; borrowed */
bool pg_items_next_int64(struct pg_items *items, int64_t *out);
bool pg_items_next_uuid(struct pg_items *items, struct uuid *out);
bool pg_items_next_time_ms(struct pg_items *items, int64_t *out);
