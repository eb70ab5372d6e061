#pragma once

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Ids. Rows are named by UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, so that they sort
 * by time and partitions can be cut by id; the rest is random with a counter within a millisecond
 * in each thread.
 */
struct uuid {
    uint8_t bytes[16];
};

#define UUID_TEXT_SIZE 37 /* with the NUL */

struct uuid id_uuid7(void);
/* The smallest UUIDv7 of that millisecond. */
struct uuid id_uuid7_floor(int64_t wall_ms);
int64_t id_uuid7_ms(struct uuid id);
void id_format(struct uuid id, char out[UUID_TEXT_SIZE]);
bool id_parse(struct text source, struct uuid *out);
int id_compare(struct uuid a, struct uuid b);
bool id_is_zero(struct uuid id);
