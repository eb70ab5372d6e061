/*
 * Reads binary results. The length in the row decides how a number is read, and a length that fits
 * nothing reads as zero: the column's type, asserted, has already said that it cannot be.
 */
#include "io/pg_rows.h"

#include "base/assert.h"
#include "io/pg_libpq.h"
#include "io/pg_params.h"

#include <endian.h>
#include <string.h>

#define PG_INFINITE_PAST INT64_MIN
#define PG_FLOAT4        700
#define EPOCH_2000_US    INT64_C(946684800000000)

int pg_row_count(const struct pg_rows *rows)
{
    return PQntuples(rows->result);
}

int pg_column_count(const struct pg_rows *rows)
{
    return PQnfields(rows->result);
}

int64_t pg_affected(const struct pg_rows *rows)
{
    // The command tag's number; libpq takes a result that is not const, but does not change it.
    const char *digits = PQcmdTuples((PGresult *)rows->result);
    int64_t count = 0;

    while (*digits >= '0' && *digits <= '9') {
        count = count * 10 + (*digits++ - '0');
    }
    return count;
}

/* The bytes at a place, TEXT_NONE for NULL. */
static struct text cell(const struct pg_rows *rows, int row, int column)
{
    ASSERT(row >= 0 && row < PQntuples(rows->result));
    ASSERT(column >= 0 && column < PQnfields(rows->result));
    if (PQgetisnull(rows->result, row, column)) return TEXT_NONE;
    return (struct text){PQgetvalue(rows->result, row, column),
                         (size_t)PQgetlength(rows->result, row, column)};
}

static bool is_type(const struct pg_rows *rows, int column, unsigned type)
{
    return PQftype(rows->result, column) == type;
}

bool pg_is_null(const struct pg_rows *rows, int row, int column)
{
    return !cell(rows, row, column).ptr;
}

static int64_t decode_int(struct text bytes)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;

    switch (bytes.len) {
    case sizeof(two): memcpy(&two, bytes.ptr, sizeof(two)); return (int16_t)be16toh(two);
    case sizeof(four): memcpy(&four, bytes.ptr, sizeof(four)); return (int32_t)be32toh(four);
    case sizeof(eight): memcpy(&eight, bytes.ptr, sizeof(eight)); return (int64_t)be64toh(eight);
    default: return 0;
    }
}

int64_t pg_int64(const struct pg_rows *rows, int row, int column)
{
    struct text bytes = cell(rows, row, column);

    ASSERT(is_type(rows, column, PG_INT8) || is_type(rows, column, PG_INT4) ||
           is_type(rows, column, PG_INT2));
    return decode_int(bytes);
}

bool pg_bool(const struct pg_rows *rows, int row, int column)
{
    struct text bytes = cell(rows, row, column);

    ASSERT(is_type(rows, column, PG_BOOL));
    return bytes.len == 1 && bytes.ptr[0] != 0;
}

double pg_double(const struct pg_rows *rows, int row, int column)
{
    struct text bytes = cell(rows, row, column);

    ASSERT(is_type(rows, column, PG_FLOAT8) || is_type(rows, column, PG_FLOAT4));
    if (bytes.len == sizeof(float)) {
        uint32_t bits = (uint32_t)decode_int(bytes);
        float value;

        memcpy(&value, &bits, sizeof(value));
        return value;
    }
    int64_t bits = decode_int(bytes);
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

struct text pg_text(const struct pg_rows *rows, int row, int column)
{
    struct text bytes = cell(rows, row, column);

    // jsonb in binary is a version number, then the text.
    if (is_type(rows, column, PG_JSONB) && bytes.len > 0) return text_slice(bytes, 1, bytes.len);
    return bytes;
}

struct text pg_bytes(const struct pg_rows *rows, int row, int column)
{
    return cell(rows, row, column);
}

struct uuid pg_uuid(const struct pg_rows *rows, int row, int column)
{
    struct text bytes = cell(rows, row, column);
    struct uuid id = {0};

    ASSERT(is_type(rows, column, PG_UUID));
    if (bytes.len == sizeof(id.bytes)) memcpy(id.bytes, bytes.ptr, sizeof(id.bytes));
    return id;
}

static int64_t time_us(int64_t server_us)
{
    int64_t us;

    if (server_us == PG_INFINITE_PAST) return PG_TIME_MINUS_INFINITY;
    if (__builtin_add_overflow(server_us, EPOCH_2000_US, &us)) return PG_TIME_INFINITY;
    return us;
}

static int64_t time_ms(int64_t server_us)
{
    int64_t us = time_us(server_us);

    if (us == PG_TIME_INFINITY || us == PG_TIME_MINUS_INFINITY) return us;
    return us / 1000 - (us % 1000 < 0 ? 1 : 0);
}

int64_t pg_time_us(const struct pg_rows *rows, int row, int column)
{
    struct text bytes = cell(rows, row, column);

    ASSERT(is_type(rows, column, PG_TIMESTAMPTZ));
    return bytes.ptr ? time_us(decode_int(bytes)) : 0;
}

int64_t pg_time_ms(const struct pg_rows *rows, int row, int column)
{
    struct text bytes = cell(rows, row, column);

    ASSERT(is_type(rows, column, PG_TIMESTAMPTZ));
    return bytes.ptr ? time_ms(decode_int(bytes)) : 0;
}

/* Takes a number of four bytes from the front. */
static bool take_int32(struct pg_items *items, int32_t *out)
{
    if (items->end - items->next < (ptrdiff_t)sizeof(*out)) return false;
    *out = (int32_t)decode_int((struct text){items->next, sizeof(*out)});
    items->next += sizeof(*out);
    return true;
}

struct pg_items pg_items(const struct pg_rows *rows, int row, int column)
{
    struct text bytes = cell(rows, row, column);
    struct pg_items items = {.next = bytes.ptr, .end = bytes.ptr + bytes.len};
    int32_t dimensions;
    int32_t flags;
    int32_t type;
    int32_t count;
    int32_t lower;

    if (!bytes.ptr || !take_int32(&items, &dimensions) || dimensions != 1 ||
        !take_int32(&items, &flags) || !take_int32(&items, &type) || !take_int32(&items, &count) ||
        !take_int32(&items, &lower)) {
        return (struct pg_items){0};
    }
    items.type = (uint32_t)type;
    items.count = items.left = MAX(count, 0);
    return items;
}

bool pg_items_next(struct pg_items *items, struct text *out)
{
    int32_t len;

    if (items->left == 0 || !take_int32(items, &len)) return false;
    if (len > items->end - items->next) return false;
    items->left--;
    if (len < 0) {
        *out = TEXT_NONE;
        return true;
    }
    *out = (struct text){items->next, (size_t)len};
    items->next += len;
    return true;
}

bool pg_items_next_int64(struct pg_items *items, int64_t *out)
{
    struct text bytes;

    if (!pg_items_next(items, &bytes)) return false;
    *out = decode_int(bytes);
    return true;
}

bool pg_items_next_uuid(struct pg_items *items, struct uuid *out)
{
    struct text bytes;

    if (!pg_items_next(items, &bytes)) return false;
    *out = (struct uuid){0};
    if (bytes.len == sizeof(out->bytes)) memcpy(out->bytes, bytes.ptr, sizeof(out->bytes));
    return true;
}

bool pg_items_next_time_ms(struct pg_items *items, int64_t *out)
{
    struct text bytes;

    if (!pg_items_next(items, &bytes)) return false;
    *out = bytes.ptr ? time_ms(decode_int(bytes)) : 0;
    return true;
}
