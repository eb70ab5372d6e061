#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Cron with time zones (LANGUAGE section 4): 5 fields (6 with seconds first), names, ranges, steps,
 * lists, L, #, @daily forms. Day of month and day of week as in Vixie cron: where both are
 * restricted, either matches. Zones are IANA names read from /usr/share/zoneinfo (zone.h); a local
 * time that daylight saving skips fires once right after the gap, one that it repeats fires the
 * first time only.
 *
 *     minute 0-59 · hour 0-23 · day 1-31 or L (the month's last) · month 1-12 or JAN-DEC ·
 *     weekday 0-7 or SUN-SAT (0 and 7: Sunday), MON#2 (the second Monday), FRIL or 5L (the last
 *     Friday) · in each: *, a-b, x/step, lists by comma; ? is * for the two day fields
 *     @yearly @annually @monthly @weekly @daily @midnight @hourly
 *
 * A parsed cron is plain data.
 */
struct cron {
    uint64_t seconds, minutes;
    uint32_t hours, days, months, weekdays;
    uint32_t weekday_nth[7]; /* MON#2: bit 2; L: bit 6 */
    bool day_is_last, has_seconds, days_restricted, weekdays_restricted;
};

struct zone;

bool cron_parse(struct text source, struct cron *out, struct error *err) MUST_CHECK;
/* The first instant after `after_ms` (ms since 1970), or -1 when there is none within 8 years.
 * zone NULL: UTC. */
int64_t cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms);
/* The latest instant at or before `until_ms` and after `after_ms`, or -1: what a schedule that was
 * not looked at for a while fires last. */
int64_t cron_latest(const struct cron *cron, const struct zone *zone, int64_t after_ms,
                    int64_t until_ms);
/* Both at once, for lint: E_CRON (also when it can never fire) or E_TIMEZONE. */
bool cron_check(struct text cron, struct text timezone, struct error *err) MUST_CHECK;
