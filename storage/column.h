#pragma once

#include "io/pg_params.h"

#include <stddef.h>

/*
 * Column: array parameters from tables. A statement about many things takes an array for each of
 * their fields; a table says which fields of the struct those are, in order.
 *
 *     static const struct column columns[] = {
 *         {COLUMN_INT8, offsetof(struct thing, workspace)},
 *         {COLUMN_TEXT, offsetof(struct thing, name)},
 *     };
 *
 *     column_add_all(params, columns, ARRAY_COUNT(columns), things, count, sizeof(struct thing));
 */
enum column_kind {
    COLUMN_INT4,         /* int */
    COLUMN_INT2,         /* int or an enumeration */
    COLUMN_INT2_OR_NULL, /* int; negative: null */
    COLUMN_INT8,         /* int64_t */
    COLUMN_INT8_OR_NULL, /* int64_t; not positive: null */
    COLUMN_BOOL,         /* bool */
    COLUMN_TEXT,         /* struct text; absent: null */
    COLUMN_BYTES,        /* struct text; absent: null */
    COLUMN_UUID,         /* struct uuid */
    COLUMN_UUID_OR_NULL, /* struct uuid; zero: null */
    COLUMN_TIME_OR_NULL  /* int64_t, wall ms; 0: null */
};

struct column {
    enum column_kind kind;
    size_t offset;
};

enum pg_type column_type(enum column_kind kind);
/* The value at that address, into the array that was begun. */
void column_push(struct pg_params *params, enum column_kind kind, const void *value);
/* An array a column, over items that lie so many bytes apart. */
void column_add_all(struct pg_params *params, const struct column *columns, size_t column_count,
                    const void *items, size_t item_count, size_t item_size);
