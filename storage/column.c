#include "storage/column.h"

#include <string.h>

enum pg_type column_type(enum column_kind kind)
{
    static const enum pg_type types[] = {
        [COLUMN_INT4] = PG_INT4,
        [COLUMN_INT2] = PG_INT2,
        [COLUMN_INT2_OR_NULL] = PG_INT2,
        [COLUMN_INT8] = PG_INT8,
        [COLUMN_INT8_OR_NULL] = PG_INT8,
        [COLUMN_BOOL] = PG_BOOL,
        [COLUMN_TEXT] = PG_TEXT,
        [COLUMN_BYTES] = PG_BYTEA,
        [COLUMN_UUID] = PG_UUID,
        [COLUMN_UUID_OR_NULL] = PG_UUID,
        [COLUMN_TIME_OR_NULL] = PG_TIMESTAMPTZ,
    };

    return types[kind];
}

static void push_int(struct pg_params *params, enum column_kind kind, const void *value)
{
    int number;

    memcpy(&number, value, sizeof(number)); // an enumeration is as large
    if (kind == COLUMN_INT4) {
        pg_array_int32(params, number);
    } else if (kind == COLUMN_INT2_OR_NULL && number < 0) {
        pg_array_null(params);
    } else {
        pg_array_int16(params, (int16_t)number);
    }
}

static void push_int64(struct pg_params *params, enum column_kind kind, const void *value)
{
    int64_t number = *(const int64_t *)value;

    if ((kind == COLUMN_INT8_OR_NULL && number <= 0) ||
        (kind == COLUMN_TIME_OR_NULL && number == 0)) {
        pg_array_null(params);
    } else if (kind == COLUMN_TIME_OR_NULL) {
        pg_array_time_ms(params, number);
    } else {
        pg_array_int64(params, number);
    }
}

static void push_uuid(struct pg_params *params, enum column_kind kind, const void *value)
{
    struct uuid id = *(const struct uuid *)value;

    if (kind == COLUMN_UUID_OR_NULL && id_is_zero(id)) {
        pg_array_null(params);
    } else {
        pg_array_uuid(params, id);
    }
}

void column_push(struct pg_params *params, enum column_kind kind, const void *value)
{
    switch (kind) {
    case COLUMN_INT4:
    case COLUMN_INT2:
    case COLUMN_INT2_OR_NULL: push_int(params, kind, value); break;
    case COLUMN_INT8:
    case COLUMN_INT8_OR_NULL:
    case COLUMN_TIME_OR_NULL: push_int64(params, kind, value); break;
    case COLUMN_BOOL: pg_array_bool(params, *(const bool *)value); break;
    case COLUMN_TEXT: pg_array_text(params, *(const struct text *)value); break;
    case COLUMN_BYTES: pg_array_bytes(params, *(const struct text *)value); break;
    case COLUMN_UUID:
    case COLUMN_UUID_OR_NULL: push_uuid(params, kind, value); break;
    }
}

void column_add_all(struct pg_params *params, const struct column *columns, size_t column_count,
                    const void *items, size_t item_count, size_t item_size)
{
    for (size_t i = 0; i < column_count; i++) {
        const struct column *column = &columns[i];

        pg_param_array_begin(params, column_type(column->kind));
        for (size_t n = 0; n < item_count; n++) {
            column_push(params, column->kind, (const char *)items + n * item_size + column->offset);
        }
        pg_param_array_end(params);
    }
}
