/*
 * Binary parameters. Everything is big-endian on the wire; times are microseconds since 2000. An
 * array is: dimensions (0 or 1), whether it holds NULLs, the type of its elements, then (when not
 * empty) length and lower bound, then each element behind its length, -1 for NULL.
 */
#include "io/pg_params.h"

#include "base/assert.h"

#include <endian.h>
#include <limits.h>
#include <string.h>

#define EPOCH_2000_MS        INT64_C(946684800000)
#define ARRAY_HEADER_BYTES   20
#define ARRAY_EMPTY_BYTES    12
#define ARRAY_FIRST_CAPACITY 256
#define PARAMS_FIRST         8

void pg_params_init(struct pg_params *params, struct arena *arena)
{
    *params = (struct pg_params){.arena = arena};
}

static void grow(struct pg_params *params)
{
    size_t capacity = params->capacity ? 2 * params->capacity : PARAMS_FIRST;
    const char **values = ARENA_ARRAY(params->arena, capacity, const char *);
    int *lengths = ARENA_ARRAY(params->arena, capacity, int);

    for (size_t i = 0; i < params->count; i++) {
        values[i] = params->values[i];
        lengths[i] = params->lengths[i];
    }
    params->values = values;
    params->lengths = lengths;
    params->capacity = capacity;
}

static void push(struct pg_params *params, const char *value, size_t len)
{
    ASSERT(!params->in_array);
    ASSERT(params->count < PG_PARAMS_MAX);
    ASSERT(len <= INT_MAX);
    if (params->count == params->capacity) grow(params);
    params->values[params->count] = value;
    params->lengths[params->count] = (int)len;
    params->count++;
}

static void push_copy(struct pg_params *params, const void *value, size_t len)
{
    push(params, arena_copy(params->arena, value, len), len);
}

void pg_param_null(struct pg_params *params)
{
    push(params, NULL, 0);
}

void pg_param_int64(struct pg_params *params, int64_t value)
{
    uint64_t wire = htobe64((uint64_t)value);

    push_copy(params, &wire, sizeof(wire));
}

void pg_param_int32(struct pg_params *params, int32_t value)
{
    uint32_t wire = htobe32((uint32_t)value);

    push_copy(params, &wire, sizeof(wire));
}

void pg_param_int16(struct pg_params *params, int16_t value)
{
    uint16_t wire = htobe16((uint16_t)value);

    push_copy(params, &wire, sizeof(wire));
}

void pg_param_bool(struct pg_params *params, bool value)
{
    push(params, value ? "\1" : "\0", 1);
}

static uint64_t double_to_wire(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return htobe64(bits);
}

void pg_param_double(struct pg_params *params, double value)
{
    uint64_t wire = double_to_wire(value);

    push_copy(params, &wire, sizeof(wire));
}

void pg_param_text(struct pg_params *params, struct text value)
{
    push(params, value.ptr, value.len);
}

void pg_param_bytes(struct pg_params *params, struct text value)
{
    push(params, value.ptr, value.len);
}

void pg_param_uuid(struct pg_params *params, struct uuid value)
{
    push_copy(params, value.bytes, sizeof(value.bytes));
}

int64_t pg_time_from_ms(int64_t wall_ms)
{
    int64_t since_2000;
    int64_t us;

    if (__builtin_sub_overflow(wall_ms, EPOCH_2000_MS, &since_2000) ||
        __builtin_mul_overflow(since_2000, 1000, &us)) {
        return wall_ms > 0 ? INT64_MAX : INT64_MIN;
    }
    return us;
}

void pg_param_time_ms(struct pg_params *params, int64_t wall_ms)
{
    pg_param_int64(params, pg_time_from_ms(wall_ms));
}

/* Room for len more bytes of the array. */
static char *array_room(struct pg_params *params, size_t len)
{
    size_t needed;

    ASSERT(!__builtin_add_overflow(params->array_len, len, &needed));
    ASSERT(needed <= INT_MAX);
    if (needed > params->array_capacity) {
        size_t capacity = MAX(2 * params->array_capacity, needed);
        char *array = arena_new(params->arena, capacity);

        if (params->array_len > 0) memcpy(array, params->array, params->array_len);
        params->array = array;
        params->array_capacity = capacity;
    }
    char *room = params->array + params->array_len;

    params->array_len = needed;
    return room;
}

void pg_param_array_begin(struct pg_params *params, enum pg_type element_type)
{
    ASSERT(!params->in_array);
    params->in_array = true;
    params->element_type = element_type;
    params->array = NULL;
    params->array_len = 0;
    params->array_capacity = ARRAY_FIRST_CAPACITY / 2; // doubled at once
    params->element_count = 0;
    params->has_nulls = false;
    (void)array_room(params, ARRAY_FIRST_CAPACITY);
    params->array_len = ARRAY_HEADER_BYTES; // filled in at the end
}

static void array_push(struct pg_params *params, enum pg_type type, const void *value, size_t len)
{
    ASSERT(params->in_array);
    ASSERT(params->element_type == type);
    ASSERT(len <= INT_MAX);
    uint32_t wire = htobe32((uint32_t)len);
    char *room = array_room(params, sizeof(wire) + len);

    memcpy(room, &wire, sizeof(wire));
    if (len > 0) memcpy(room + sizeof(wire), value, len);
    params->element_count++;
}

void pg_array_null(struct pg_params *params)
{
    ASSERT(params->in_array);
    memset(array_room(params, 4), 0xff, 4);
    params->has_nulls = true;
    params->element_count++;
}

void pg_array_int64(struct pg_params *params, int64_t value)
{
    uint64_t wire = htobe64((uint64_t)value);

    array_push(params, PG_INT8, &wire, sizeof(wire));
}

void pg_array_int32(struct pg_params *params, int32_t value)
{
    uint32_t wire = htobe32((uint32_t)value);

    array_push(params, PG_INT4, &wire, sizeof(wire));
}

void pg_array_int16(struct pg_params *params, int16_t value)
{
    uint16_t wire = htobe16((uint16_t)value);

    array_push(params, PG_INT2, &wire, sizeof(wire));
}

void pg_array_bool(struct pg_params *params, bool value)
{
    array_push(params, PG_BOOL, value ? "\1" : "\0", 1);
}

void pg_array_double(struct pg_params *params, double value)
{
    uint64_t wire = double_to_wire(value);

    array_push(params, PG_FLOAT8, &wire, sizeof(wire));
}

void pg_array_text(struct pg_params *params, struct text value)
{
    if (value.ptr) {
        array_push(params, PG_TEXT, value.ptr, value.len);
    } else {
        pg_array_null(params);
    }
}

void pg_array_bytes(struct pg_params *params, struct text value)
{
    if (value.ptr) {
        array_push(params, PG_BYTEA, value.ptr, value.len);
    } else {
        pg_array_null(params);
    }
}

void pg_array_uuid(struct pg_params *params, struct uuid value)
{
    array_push(params, PG_UUID, value.bytes, sizeof(value.bytes));
}

void pg_array_time_ms(struct pg_params *params, int64_t wall_ms)
{
    uint64_t wire = htobe64((uint64_t)pg_time_from_ms(wall_ms));

    array_push(params, PG_TIMESTAMPTZ, &wire, sizeof(wire));
}

void pg_param_array_end(struct pg_params *params)
{
    ASSERT(params->in_array);
    bool is_empty = params->element_count == 0;
    uint32_t header[5] = {
        htobe32(is_empty ? 0 : 1),
        htobe32(params->has_nulls ? 1 : 0),
        htobe32((uint32_t)params->element_type),
        htobe32((uint32_t)params->element_count),
        htobe32(1), // SQL counts from 1
    };

    memcpy(params->array, header, sizeof(header));
    params->in_array = false;
    push(params, params->array, is_empty ? ARRAY_EMPTY_BYTES : params->array_len);
    params->array = NULL;
}
