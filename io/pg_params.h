#pragma once

#include "base/arena.h"
#include "base/id.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Parameters of one statement, in binary, growing in an arena; the first call is $1. The
 * statement's SQL says the types by casts ($1::bigint) and must agree with the calls made here: the
 * server checks lengths, nobody checks meaning.
 *
 * Text and bytes are borrowed and must live until the group's on_done; all else is copied. An
 * absent text (ptr NULL) is NULL in SQL. Arrays are written one after another:
 *
 *     pg_param_array_begin(params, PG_INT8);
 *     for (…) pg_array_int64(params, runs[i].number);
 *     pg_param_array_end(params);
 */
enum pg_type {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_JSON = 114,
    PG_FLOAT8 = 701,
    PG_TIMESTAMPTZ = 1184,
    PG_UUID = 2950,
    PG_JSONB = 3802
};

#define PG_PARAMS_MAX 256 /* rows go in arrays, not in more parameters */
/* Times before and after all others: 'infinity' and '-infinity'. */
#define PG_TIME_INFINITY       INT64_MAX
#define PG_TIME_MINUS_INFINITY INT64_MIN

struct pg_params {
    struct arena *arena; /* Private, from here on. */
    size_t count, capacity;
    const char **values;
    int *lengths;
    /* the array being written */
    bool in_array;
    enum pg_type element_type;
    char *array;
    size_t array_len, array_capacity;
    int32_t element_count;
    bool has_nulls;
};

void pg_params_init(struct pg_params *params, struct arena *arena);

void pg_param_null(struct pg_params *params);
void pg_param_int64(struct pg_params *params, int64_t value);
void pg_param_int32(struct pg_params *params, int32_t value);
void pg_param_int16(struct pg_params *params, int16_t value);
void pg_param_bool(struct pg_params *params, bool value);
void pg_param_double(struct pg_params *params, double value);
void pg_param_text(struct pg_params *params, struct text value);  /* text, json, name, enum types */
void pg_param_bytes(struct pg_params *params, struct text value); /* bytea */
void pg_param_uuid(struct pg_params *params, struct uuid value);
/* timestamptz from milliseconds since 1970, UTC; or PG_TIME_INFINITY, PG_TIME_MINUS_INFINITY. */
void pg_param_time_ms(struct pg_params *params, int64_t wall_ms);

/* One dimension, of PG_INT8, PG_INT4, PG_INT2, PG_BOOL, PG_TEXT, PG_BYTEA, PG_UUID, PG_TIMESTAMPTZ
 * or PG_FLOAT8; the elements' calls must be of that type (asserted). Elements are copied. */
void pg_param_array_begin(struct pg_params *params, enum pg_type element_type);
void pg_array_null(struct pg_params *params);
void pg_array_int64(struct pg_params *params, int64_t value);
void pg_array_int32(struct pg_params *params, int32_t value);
void pg_array_int16(struct pg_params *params, int16_t value);
void pg_array_bool(struct pg_params *params, bool value);
void pg_array_double(struct pg_params *params, double value);
void pg_array_text(struct pg_params *params, struct text value);
void pg_array_bytes(struct pg_params *params, struct text value);
void pg_array_uuid(struct pg_params *params, struct uuid value);
void pg_array_time_ms(struct pg_params *params, int64_t wall_ms);
void pg_param_array_end(struct pg_params *params);

/* Microseconds since 2000 (the wire) from milliseconds since 1970; saturates to the infinities. */
int64_t pg_time_from_ms(int64_t wall_ms);
