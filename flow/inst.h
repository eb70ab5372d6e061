#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/* Instants (#inst): milliseconds since 1970, UTC. */
struct value inst_new(struct heap *heap, int64_t ms);
int64_t inst_ms(struct value inst);
/* "2020-01-01T00:00:00.000-00:00", as pr-str has it. */
void inst_print(int64_t ms, struct buf *out);
/* "Wed Jan 01 00:00:00 UTC 2020", as str has it (java.util.Date). */
void inst_display(int64_t ms, struct buf *out);
/* "2020-01-01T00:00:00.000Z". */
void inst_print_iso(int64_t ms, struct buf *out);
/* Days since 1970 to the proleptic Gregorian calendar and back. */
void inst_civil(int64_t days, int64_t *out_year, int *out_month, int *out_day);
int64_t inst_days(int64_t year, int month, int day);
