/*
 * Cron expressions. Parsing turns each field into a set of bits; the next instant is found on the
 * local clock (day by day, then within the day) and then turned into UTC.
 *
 * Daylight saving needs no cases of its own: zone_utc_s() maps local time to UTC without ever
 * decreasing, a skipped time to the end of its gap, a repeated one to its first instant. So the
 * next instant is that of the first matching local time which maps to something later than `after`:
 * times in one gap share one instant and fire once, times of the second pass map into the past.
 */
#include "base/cron.h"

#include "base/civil.h"
#include "base/limits.h"
#include "base/zone.h"

#include <string.h>

#define SEARCH_YEARS 8
#define NTH_LAST     6                 /* bit in weekday_nth */
#define YEAR_S       31556952          /* on average */
#define AFTER_MAX_MS 253402300800000LL /* year 10000 */

struct field {
    const char *name;
    int min, max;
    const char *const *names; /* of min, min + 1, … */
    int name_count;
};

static const char *const month_names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
static const char *const weekday_names[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

enum { SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELD_COUNT };

static const struct field fields[FIELD_COUNT] = {
    [SECOND] = {"second", 0, 59, NULL, 0},
    [MINUTE] = {"minute", 0, 59, NULL, 0},
    [HOUR] = {"hour", 0, 23, NULL, 0},
    [DAY] = {"day of month", 1, 31, NULL, 0},
    [MONTH] = {"month", 1, 12, month_names, 12},
    [WEEKDAY] = {"day of week", 0, 7, weekday_names, 7},
};

static const struct {
    const char *name, *meaning;
} nicknames[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
};

static bool refuse(struct error *err, const struct field *field, struct text item, const char *why)
{
    int shown = (int)MIN(item.len, 40);

    return error_set(err, E_CRON, "the %s \"%.*s\" of the cron %s", field->name, shown, item.ptr,
                     why);
}

/* A number or a name at the start of rest. */
static bool take_value(const struct field *field, struct text *rest, int *out)
{
    size_t len = 0;
    int value = 0;

    while (len < rest->len && len < 4 && rest->ptr[len] >= '0' && rest->ptr[len] <= '9') {
        value = value * 10 + (rest->ptr[len++] - '0');
    }
    if (len == 0) {
        len = 3;
        value = -1;
        for (int i = 0; i < field->name_count && value < 0; i++) {
            if (text_equal_nocase(text_slice(*rest, 0, 3), text_from(field->names[i]))) {
                value = field->min + i;
            }
        }
    }
    if (value < field->min || value > field->max) return false;
    *rest = text_slice(*rest, len, rest->len);
    *out = value;
    return true;
}

static bool take_char(struct text *rest, char wanted)
{
    if (rest->len == 0 || rest->ptr[0] != wanted) return false;
    *rest = text_slice(*rest, 1, rest->len);
    return true;
}

/* What may follow a weekday: MON#2, FRIL. */
static bool take_nth(struct text *rest, uint32_t *out_bit)
{
    struct text after = *rest;

    if (take_char(&after, 'L') || take_char(&after, 'l')) {
        *out_bit = 1U << NTH_LAST;
    } else {
        if (!take_char(&after, '#') || after.len == 0) return false;
        if (after.ptr[0] < '1' || after.ptr[0] > '5') return false;
        *out_bit = 1U << (after.ptr[0] - '0');
        after = text_slice(after, 1, after.len);
    }
    *rest = after;
    return true;
}

/* a, a-b, *, each with /step; sets bits. */
static bool parse_range(const struct field *field, struct text item, struct text *rest, int first,
                        uint64_t *bits, struct error *err)
{
    int last = first < 0 ? field->max : first;
    int step = 1;

    if (first < 0) {
        first = field->min;
        if (field == &fields[WEEKDAY]) last = 6; // 7 is Sunday once more
    } else if (take_char(rest, '-')) {
        if (!take_value(field, rest, &last)) {
            return refuse(err, field, item, "ends its range badly");
        }
        if (field == &fields[WEEKDAY] && last == 0) last = 7; // FRI-SUN
        if (last < first) return refuse(err, field, item, "is a range that runs backwards");
    } else if (rest->len > 0 && rest->ptr[0] == '/') {
        last = field->max; // 5/15: from 5 on
        if (field == &fields[WEEKDAY]) last = 6;
    }
    if (take_char(rest, '/')) {
        size_t len = 0;

        step = 0;
        while (len < rest->len && len < 4 && rest->ptr[len] >= '0' && rest->ptr[len] <= '9') {
            step = step * 10 + (rest->ptr[len++] - '0');
        }
        *rest = text_slice(*rest, len, rest->len);
        if (step < 1 || step > field->max) return refuse(err, field, item, "has a bad step");
    }
    if (rest->len > 0) return refuse(err, field, item, "is not understood");
    for (int i = first; i <= last; i += step) {
        *bits |= 1ULL << (field == &fields[WEEKDAY] ? i % 7 : i);
    }
    return true;
}

static bool parse_item(const struct field *field, struct text item, uint64_t *bits,
                       struct cron *cron, struct error *err)
{
    struct text rest = item;
    uint32_t nth;
    int value;

    if (field == &fields[DAY] && text_equal_nocase(item, TEXT("L"))) {
        cron->day_is_last = true;
        return true;
    }
    if (take_char(&rest, '*')) return parse_range(field, item, &rest, -1, bits, err);
    if ((field == &fields[DAY] || field == &fields[WEEKDAY]) && text_equal(item, TEXT("?"))) {
        rest = TEXT_NONE;
        return parse_range(field, item, &rest, -1, bits, err);
    }
    if (!take_value(field, &rest, &value)) {
        refuse(err, field, item, "is not understood");
        return error_hint(err, "It takes %d to %d%s.", field->min, field->max,
                          field->names ? " or names" : "");
    }
    if (field == &fields[WEEKDAY] && take_nth(&rest, &nth)) {
        if (rest.len > 0) return refuse(err, field, item, "is not understood");
        cron->weekday_nth[value % 7] |= nth;
        return true;
    }
    return parse_range(field, item, &rest, value, bits, err);
}

static bool parse_field(const struct field *field, struct text source, uint64_t *out_bits,
                        struct cron *cron, struct error *err)
{
    uint64_t bits = 0;
    struct text rest = source;

    while (rest.ptr) {
        if (!parse_item(field, text_cut(&rest, ','), &bits, cron, err)) return false;
    }
    *out_bits = bits;
    return true;
}

static struct text take_word(struct text *rest)
{
    size_t len = 0;

    *rest = text_trim(*rest);
    while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t') {
        len++;
    }
    struct text word = text_slice(*rest, 0, len);

    *rest = text_trim(text_slice(*rest, len, rest->len));
    return word;
}

static bool is_star(struct text source)
{
    return source.len > 0 && (source.ptr[0] == '*' || source.ptr[0] == '?');
}

static bool parse_words(const struct text words[FIELD_COUNT], struct cron *out, struct error *err)
{
    struct cron cron = {
        .days_restricted = !is_star(words[DAY]),
        .weekdays_restricted = !is_star(words[WEEKDAY]),
    };
    uint64_t bits[FIELD_COUNT] = {0};

    for (int i = 0; i < FIELD_COUNT; i++) {
        if (!parse_field(&fields[i], words[i], &bits[i], &cron, err)) return false;
    }
    cron.seconds = bits[SECOND];
    cron.minutes = bits[MINUTE];
    cron.hours = (uint32_t)bits[HOUR];
    cron.days = (uint32_t)bits[DAY];
    cron.months = (uint32_t)bits[MONTH];
    cron.weekdays = (uint32_t)bits[WEEKDAY];
    *out = cron;
    return true;
}

static struct text expand_nickname(struct text source)
{
    for (size_t i = 0; i < ARRAY_COUNT(nicknames); i++) {
        if (text_equal_nocase(source, text_from(nicknames[i].name))) {
            return text_from(nicknames[i].meaning);
        }
    }
    return source;
}

bool cron_parse(struct text source, struct cron *out, struct error *err)
{
    struct text words[FIELD_COUNT + 1];
    struct text rest = expand_nickname(text_trim(source));
    int count = 0;

    if (source.len > LIMIT_CRON_SOURCE) {
        return error_set(err, E_CRON, "the cron is longer than %d bytes", LIMIT_CRON_SOURCE);
    }
    if (rest.len > 0 && rest.ptr[0] == '@') {
        error_set(err, E_CRON, "the cron " TEXT_FMT " is none of the short forms", TEXT_ARG(rest));
        return error_hint(err, "There are @yearly @monthly @weekly @daily @hourly.");
    }
    while (rest.len > 0 && count <= FIELD_COUNT) {
        words[count++] = take_word(&rest);
    }
    if (count != FIELD_COUNT - 1 && count != FIELD_COUNT) {
        return error_set(err, E_CRON, "the cron has %s fields, it takes 5 or 6",
                         count > FIELD_COUNT ? "too many" : "too few");
    }
    if (count == FIELD_COUNT - 1) {
        memmove(words + 1, words, (FIELD_COUNT - 1) * sizeof words[0]);
        words[SECOND] = TEXT("0");
    }
    struct cron cron;

    if (!parse_words(words, &cron, err)) return false;
    cron.has_seconds = count == FIELD_COUNT;
    *out = cron;
    return true;
}

static bool weekday_matches(const struct cron *cron, int64_t days, int day, int month_length)
{
    int weekday = civil_weekday(days);
    uint32_t nth = cron->weekday_nth[weekday];

    if (cron->weekdays & 1U << weekday) return true;
    if (nth & 1U << ((day - 1) / 7 + 1)) return true;
    return (nth & 1U << NTH_LAST) && day + 7 > month_length;
}

static bool date_matches(const struct cron *cron, int64_t days)
{
    struct civil date = civil_from_days(days);
    int length = civil_month_length(date.year, date.month);

    if (!(cron->months & 1U << date.month)) return false;
    bool day = (cron->days & 1U << date.day) || (cron->day_is_last && date.day == length);
    bool weekday = weekday_matches(cron, days, date.day, length);

    return cron->days_restricted && cron->weekdays_restricted ? day || weekday : day && weekday;
}

/* The lowest bit at or above from, or -1. */
static int next_bit(uint64_t bits, int from)
{
    uint64_t above = from < 64 ? bits >> from << from : 0;

    return above ? __builtin_ctzll(above) : -1;
}

/* The first matching second of a day at or after from_s (0 to 86399), or -1. */
static int64_t next_second_of_day(const struct cron *cron, int64_t from_s)
{
    int hour = (int)(from_s / 3600), minute = (int)(from_s / 60 % 60), second = (int)(from_s % 60);
    int next = next_bit(cron->seconds, second);

    if (next < 0) minute++;
    second = next < 0 ? next_bit(cron->seconds, 0) : next;
    next = next_bit(cron->minutes, minute);
    if (next < 0) hour++;
    if (next != minute) second = next_bit(cron->seconds, 0);
    minute = next < 0 ? next_bit(cron->minutes, 0) : next;
    next = next_bit(cron->hours, hour);
    if (next < 0) return -1;
    if (next != hour) {
        minute = next_bit(cron->minutes, 0);
        second = next_bit(cron->seconds, 0);
    }
    return next * 3600LL + minute * 60 + second;
}

/* The first matching local second at or after local_s, or INT64_MAX when none is before end_s. */
static int64_t next_local_s(const struct cron *cron, int64_t local_s, int64_t end_s)
{
    int64_t days = civil_divide(local_s, CIVIL_DAY_S);
    int64_t from_s = local_s - days * CIVIL_DAY_S;

    for (; days * CIVIL_DAY_S <= end_s; days++, from_s = 0) {
        if (!date_matches(cron, days)) continue;
        int64_t second = next_second_of_day(cron, from_s);

        if (second >= 0) return days * CIVIL_DAY_S + second;
    }
    return INT64_MAX;
}

int64_t cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms)
{
    if (after_ms < -AFTER_MAX_MS || after_ms > AFTER_MAX_MS) return -1;
    int64_t after_s = civil_divide(after_ms, 1000);
    int64_t local_s = after_s + (zone ? zone_offset_s(zone, after_s) : 0) + 1;
    int64_t end_s = local_s + (int64_t)SEARCH_YEARS * YEAR_S;

    for (;;) {
        local_s = next_local_s(cron, local_s, end_s);
        if (local_s == INT64_MAX) return -1;
        int64_t utc_s = zone ? zone_utc_s(zone, local_s) : local_s;

        if (utc_s > after_s) return utc_s * 1000;
        local_s++; // in the second pass of a repeated hour
    }
}

int64_t cron_latest(const struct cron *cron, const struct zone *zone, int64_t after_ms,
                    int64_t until_ms)
{
    // The window before until is doubled until an instant is in it, so that a cron of every second
    // is not walked over a month. Instants within a window are at most about twice those needed.
    int64_t window_ms = 1000;

    for (;;) {
        bool whole = window_ms >= until_ms - after_ms;
        int64_t from_ms = whole ? after_ms : until_ms - window_ms;
        int64_t latest_ms = -1;

        for (int64_t at_ms = cron_next(cron, zone, from_ms); at_ms >= 0 && at_ms <= until_ms;
             at_ms = cron_next(cron, zone, at_ms)) {
            latest_ms = at_ms;
        }
        if (latest_ms >= 0 || whole) return latest_ms;
        window_ms *= 2;
    }
}

bool cron_check(struct text cron, struct text timezone, struct error *err)
{
    // a weekday falls on the same date within 28 years, so four searches see all there is
    static const int64_t starts_s[] = {946684800, 1199145600, 1451606400, 1704067200}; // 2000…2024
    struct cron parsed = {0};
    struct zone *zone = zone_load(timezone.len > 0 ? timezone : TEXT("UTC"), err);

    if (!zone) return false;
    zone_free(zone);
    if (!cron_parse(cron, &parsed, err)) return false;
    for (size_t i = 0; i < ARRAY_COUNT(starts_s); i++) {
        if (cron_next(&parsed, NULL, starts_s[i] * 1000) >= 0) return true;
    }
    return error_set(err, E_CRON, "the cron \"" TEXT_FMT "\" names no date that exists",
                     TEXT_ARG(text_trim(cron)));
}
