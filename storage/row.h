#pragma once

#include "storage/call.h"

#include <stdint.h>

/*
 * Row: reads one row of an answer, column after column, and copies texts into the call's arena.
 * When the arena's budget is used up the call fails with E_ARENA_BUDGET; until then texts read as
 * absent.
 */
struct row {
    struct storage_call *call;
    const struct pg_rows *rows;
    int index, column;
};

int64_t row_int(struct row *row); /* NULL: 0 */
bool row_bool(struct row *row);
int64_t row_ms(struct row *row);         /* NULL: 0 */
struct text row_text(struct row *row);   /* NULL: absent */
struct text row_bytes(struct row *row);  /* NULL: absent */
struct uuid row_uuid(struct row *row);   /* NULL: zero */
bool row_is_null(const struct row *row); /* of the next column */
/* Exactly 32 bytes; anything else is our own mistake. */
void row_hash(struct row *row, uint8_t out[32]);
/* Zeroed items in the call's arena; NULL over budget or for 0. */
void *row_array(struct storage_call *call, int count, size_t item_size_bytes);
