/*
 * POSIX TZ strings: parsing, and the changes that they mean.
 *
 * A rule is turned into a short list of changes around the instant in question, in order: the
 * changes of the year before, of the year, and of the year after. Where the end of one year's
 * daylight time meets the start of the next one's (daylight time all year), the later entry of the
 * list counts.
 */
#include "base/zone_rule.h"

#include "base/civil.h"

#include <string.h>

#define OFFSET_HOURS_MAX 24
#define TIME_HOURS_MAX   167 /* RFC 8536 section 3.3.1 */
#define CHANGE_COUNT     6

struct change {
    int64_t at_s;
    int32_t offset_s; /* from then on */
};

static bool take_char(struct text *rest, char wanted)
{
    if (rest->len == 0 || rest->ptr[0] != wanted) return false;
    *rest = text_slice(*rest, 1, rest->len);
    return true;
}

static bool take_number(struct text *rest, int min, int max, int *out)
{
    int value = 0;
    size_t len = 0;

    while (len < rest->len && len < 4 && rest->ptr[len] >= '0' && rest->ptr[len] <= '9') {
        value = value * 10 + (rest->ptr[len++] - '0');
    }
    if (len == 0 || value < min || value > max) return false;
    *rest = text_slice(*rest, len, rest->len);
    *out = value;
    return true;
}

/* CEST, or <+0330>: at least three characters. */
static bool take_name(struct text *rest)
{
    bool quoted = take_char(rest, '<');
    size_t len = 0;

    while (len < rest->len) {
        char c = rest->ptr[len];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!letter && !(quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'))) break;
        len++;
    }
    *rest = text_slice(*rest, len, rest->len);
    return len >= 3 && (!quoted || take_char(rest, '>'));
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool take_time(struct text *rest, int hours_max, int32_t *out_s)
{
    bool negative = take_char(rest, '-');
    int hours = 0, minutes = 0, seconds = 0;

    if (!negative) (void)take_char(rest, '+');
    if (!take_number(rest, 0, hours_max, &hours)) return false;
    if (take_char(rest, ':')) {
        if (!take_number(rest, 0, 59, &minutes)) return false;
        if (take_char(rest, ':') && !take_number(rest, 0, 59, &seconds)) return false;
    }
    int32_t total_s = hours * 3600 + minutes * 60 + seconds;

    *out_s = negative ? -total_s : total_s;
    return true;
}

static bool take_day(struct text *rest, struct zone_day *out)
{
    *out = (struct zone_day){.time_s = 2 * 3600};
    if (take_char(rest, 'M')) {
        out->kind = ZONE_DAY_MONTH_WEEK;
        if (!take_number(rest, 1, 12, &out->month) || !take_char(rest, '.')) return false;
        if (!take_number(rest, 1, 5, &out->week) || !take_char(rest, '.')) return false;
        if (!take_number(rest, 0, 6, &out->day)) return false;
    } else if (take_char(rest, 'J')) {
        out->kind = ZONE_DAY_JULIAN;
        if (!take_number(rest, 1, 365, &out->day)) return false;
    } else {
        out->kind = ZONE_DAY_ZERO_BASED;
        if (!take_number(rest, 0, 365, &out->day)) return false;
    }
    return !take_char(rest, '/') || take_time(rest, TIME_HOURS_MAX, &out->time_s);
}

bool zone_rule_parse(struct text source, struct zone_rule *out)
{
    struct zone_rule rule = {0};
    struct text rest = source;
    int32_t west_s;

    if (!take_name(&rest) || !take_time(&rest, OFFSET_HOURS_MAX, &west_s)) return false;
    rule.standard_s = -west_s; // POSIX counts to the west
    rule.daylight_s = rule.standard_s + 3600;
    if (rest.len > 0) {
        rule.has_daylight = true;
        if (!take_name(&rest)) return false;
        if (rest.len > 0 && rest.ptr[0] != ',') {
            if (!take_time(&rest, OFFSET_HOURS_MAX, &west_s)) return false;
            rule.daylight_s = -west_s;
        }
        if (!take_char(&rest, ',') || !take_day(&rest, &rule.start)) return false;
        if (!take_char(&rest, ',') || !take_day(&rest, &rule.end)) return false;
    }
    if (rest.len > 0) return false;
    *out = rule;
    return true;
}

/* Local midnight of the day that the rule names, and its time: seconds of that clock. */
static int64_t change_local_s(const struct zone_day *day, int64_t year)
{
    int64_t days = civil_days(year, 1, 1);

    switch (day->kind) {
    case ZONE_DAY_ZERO_BASED: days += day->day; break;
    case ZONE_DAY_JULIAN:
        days += day->day - 1;
        if (day->day >= 60 && civil_month_length(year, 2) == 29) days++;
        break;
    case ZONE_DAY_MONTH_WEEK: {
        int64_t first = civil_days(year, day->month, 1);
        int length = civil_month_length(year, day->month);
        int offset = (day->day - civil_weekday(first) + 7) % 7 + (day->week - 1) * 7;

        days = first + (offset < length ? offset : offset - 7);
        break;
    }
    }
    return days * CIVIL_DAY_S + day->time_s;
}

static void list_changes(const struct zone_rule *rule, int64_t utc_s,
                         struct change changes[CHANGE_COUNT])
{
    int64_t days = civil_divide(utc_s + rule->standard_s, CIVIL_DAY_S);
    int64_t year = civil_from_days(days).year;
    int count = 0;

    for (int64_t y = year - 1; y <= year + 1; y++) {
        struct change start = {change_local_s(&rule->start, y) - rule->standard_s,
                               rule->daylight_s};
        struct change end = {change_local_s(&rule->end, y) - rule->daylight_s, rule->standard_s};
        bool northern = start.at_s <= end.at_s;

        changes[count++] = northern ? start : end;
        changes[count++] = northern ? end : start;
    }
    // daylight time all year: a year's start may come before the end of the year before
    for (int i = 1; i < count; i++) {
        struct change moved = changes[i];
        int j = i;

        while (j > 0 && changes[j - 1].at_s > moved.at_s) {
            changes[j] = changes[j - 1];
            j--;
        }
        changes[j] = moved;
    }
}

int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t utc_s)
{
    struct change changes[CHANGE_COUNT] = {0};
    int32_t offset_s = rule->standard_s;

    if (!rule->has_daylight) return offset_s;
    list_changes(rule, utc_s, changes);
    for (int i = 0; i < CHANGE_COUNT && changes[i].at_s <= utc_s; i++) {
        offset_s = changes[i].offset_s;
    }
    return offset_s;
}

int64_t zone_rule_next_s(const struct zone_rule *rule, int64_t utc_s)
{
    struct change changes[CHANGE_COUNT] = {0};

    if (!rule->has_daylight) return INT64_MAX;
    list_changes(rule, utc_s, changes);
    for (int i = 0; i < CHANGE_COUNT; i++) {
        if (changes[i].at_s > utc_s) return changes[i].at_s;
    }
    return INT64_MAX;
}
