#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Cron with time zones (LANGUAGE section 4): 5 fields (6 with seconds first), names, ranges, steps,
 * lists, L, #, @daily forms. Day of month and day of week as in Vixie cron: where both are
 * restricted, either matches. Zones are IANA names read from /usr/share/zoneinfo; a local time that
 * daylight saving skips fires once right after the gap, one that it repeats fires the first time
 * only.
 */
struct cron {
    uint64_t seconds, minutes;
    uint32_t hours, days, months, weekdays;
    uint32_t weekday_nth[7]; /* MON#2: bit 2; L: bit 6 */
    bool day_is_last, has_seconds, days_restricted, weekdays_restricted;
};

struct zone; /* immutable */

bool cron_parse(struct text source, struct cron *out, struct error *err) MUST_CHECK;
/* The first instant after `after_ms` (ms since 1970), or -1 when there is none within 8 years. */
int64_t cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms);
/* Both at once, for lint: E_CRON or E_TIMEZONE. */
bool cron_check(struct text cron, struct text timezone, struct error *err) MUST_CHECK;
