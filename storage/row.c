/*
 * Row: columns are read in the order in which the statement names them.
 */
#include "storage/row.h"

#include "base/assert.h"

#include <string.h>

int64_t row_int(struct row *row)
{
    return pg_int64(row->rows, row->index, row->column++);
}

bool row_bool(struct row *row)
{
    return pg_bool(row->rows, row->index, row->column++);
}

int64_t row_ms(struct row *row)
{
    int column = row->column++;

    return pg_is_null(row->rows, row->index, column) ? 0
                                                     : pg_time_ms(row->rows, row->index, column);
}

static struct text copy(struct storage_call *call, struct text source)
{
    if (!source.ptr) return TEXT_NONE;
    char *copied = arena_try(call->arena, source.len + 1);

    if (!copied) {
        error_set(&call->error, E_ARENA_BUDGET, "the answer is larger than the request may hold");
        return TEXT_NONE;
    }
    if (source.len > 0) memcpy(copied, source.ptr, source.len);
    copied[source.len] = '\0';
    return (struct text){copied, source.len};
}

struct text row_text(struct row *row)
{
    return copy(row->call, pg_text(row->rows, row->index, row->column++));
}

struct text row_bytes(struct row *row)
{
    return copy(row->call, pg_bytes(row->rows, row->index, row->column++));
}

struct uuid row_uuid(struct row *row)
{
    return pg_uuid(row->rows, row->index, row->column++);
}

bool row_is_null(const struct row *row)
{
    return pg_is_null(row->rows, row->index, row->column);
}

void row_hash(struct row *row, uint8_t out[32])
{
    struct text hash = pg_bytes(row->rows, row->index, row->column++);

    ASSERT(hash.len == 32);
    memcpy(out, hash.ptr, 32);
}

void *row_array(struct storage_call *call, int count, size_t item_size_bytes)
{
    if (count <= 0) return NULL;
    void *items = arena_try(call->arena, (size_t)count * item_size_bytes);

    if (!items) {
        error_set(&call->error, E_ARENA_BUDGET, "the answer is larger than the request may hold");
    }
    return items;
}
