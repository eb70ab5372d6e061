#pragma once

#include "base/buf.h"

#include <stdint.h>

/*
 * The only place that reads time. Monotonic time is for timers and durations, wall time for what
 * people see; times that decide between servers come from the database clock.
 */
int64_t clock_monotonic_ns(void);
int64_t clock_monotonic_ms(void);
int64_t clock_thread_cpu_ns(void); /* what this thread has spent, for measurements */
int64_t clock_wall_ms(void);       /* since 1970, UTC */
int64_t clock_wall_us(void);
/* Appends 2026-11-20T07:31:02.123Z. */
void clock_format_iso(struct buf *out, int64_t wall_ms);
