#pragma once

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The rule of a time zone for all time after its table ends: the POSIX TZ string that stands last
 * in a TZif file (RFC 8536), such as CET-1CEST,M3.5.0,M10.5.0/3.
 */
enum zone_day_kind {
    ZONE_DAY_JULIAN,     /* Jn: 1 to 365, the leap day is never counted */
    ZONE_DAY_ZERO_BASED, /* n: 0 to 365 */
    ZONE_DAY_MONTH_WEEK, /* Mm.w.d: weekday d of week w (5: the last) of month m */
};

struct zone_day {
    enum zone_day_kind kind;
    int month, week, day;
    int32_t time_s; /* local time of the change; may be negative or over a day */
};

struct zone_rule {
    int32_t standard_s, daylight_s; /* seconds east of UTC */
    bool has_daylight;
    struct zone_day start, end; /* of daylight time */
};

/* False when the text is not such a rule. */
bool zone_rule_parse(struct text source, struct zone_rule *out) MUST_CHECK;
int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t utc_s);
/* The first change after utc_s, or INT64_MAX when the rule has none. */
int64_t zone_rule_next_s(const struct zone_rule *rule, int64_t utc_s);
