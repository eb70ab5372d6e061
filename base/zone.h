#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Zone: a time zone by its IANA name, read from the system's TZif files (package tzdata). Immutable
 * once made, so threads may share it. "UTC" and "Etc/UTC" need no file. Files are read in one go,
 * synchronously: a few KB, nearly always from the page cache.
 */
struct zone;

/* E_TIMEZONE when there is no such zone or its file is damaged. */
struct zone *zone_load(struct text name, struct error *err) MUST_CHECK;
/* From the bytes of a TZif file, version 2 or later. */
struct zone *zone_parse(struct text bytes, struct error *err) MUST_CHECK;
void zone_free(struct zone *zone); /* accepts NULL */

/* Seconds east of UTC at that instant. */
int32_t zone_offset_s(const struct zone *zone, int64_t utc_s);
/* Whether clocks are ahead of standard time at that instant. */
bool zone_is_daylight(const struct zone *zone, int64_t utc_s);
/* The next change of the offset after utc_s, or INT64_MAX. */
int64_t zone_next_change_s(const struct zone *zone, int64_t utc_s);
/* The instant at which clocks show local_s (seconds since 1970 as if it were UTC): the first of two
 * where it is repeated; the end of the gap where it is skipped. Never decreases as local_s grows.
 */
int64_t zone_utc_s(const struct zone *zone, int64_t local_s);
