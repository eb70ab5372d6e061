#include "flow/java_pattern.h"

#include "base/assert.h"
#include "flow/inst.h"

#include <inttypes.h>
#include <stdio.h>

/* How often a letter may stand in a row. */
static const struct {
    char letter;
    int least, most;
} letters[] = {
    {'u', 1, 19}, {'y', 1, 19}, {'M', 1, 5}, {'d', 1, 2}, {'D', 1, 3}, {'E', 1, 5},
    {'a', 1, 1},  {'H', 1, 2},  {'h', 1, 2}, {'m', 1, 2}, {'s', 1, 2}, {'S', 1, 9},
    {'X', 1, 5},  {'x', 1, 5},  {'V', 2, 2}, {'z', 1, 4},
};

/* An instant in UTC, taken apart. */
struct moment {
    int64_t year, days;
    int month, day, hour, minute, second, weekday; /* 0: Monday */
    int32_t nanos;
};

/* What stands in a row in a pattern. */
struct run {
    enum { RUN_FIELD, RUN_TEXT, RUN_QUOTED } kind;

    char letter;
    int width;
    struct text text; /* within the quotes */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How long the quoted text at the pattern's start is, its quotes included; 0: it has no end. */
static size_t quoted_length(struct text pattern)
{
    for (size_t at = 1; at < pattern.len; at++) {
        if (pattern.ptr[at] != '\'') continue;
        if (at + 1 == pattern.len || pattern.ptr[at + 1] != '\'') return at + 1;
        at++;
    }
    return 0;
}

/* The next run; false when a quote has no end. */
static bool next_run(struct text *pattern, struct run *out)
{
    char first = pattern->ptr[0];
    size_t len = 1;

    *out = (struct run){.kind = is_letter(first) ? RUN_FIELD : RUN_TEXT, .letter = first};
    if (first == '\'') {
        len = quoted_length(*pattern);
        if (len == 0) return false;
        out->kind = RUN_QUOTED;
        out->text = text_slice(*pattern, 1, len - 1);
    } else {
        while (out->kind == RUN_FIELD && len < pattern->len && pattern->ptr[len] == first) {
            len++;
        }
        out->text = text_slice(*pattern, 0, len);
    }
    out->width = (int)MIN(len, (size_t)1000);
    *pattern = text_slice(*pattern, len, pattern->len);
    return true;
}

/* Two quotes are one, and so is nothing. */
static void put_quoted(struct buf *out, struct text text)
{
    if (text.len == 0) buf_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        buf_char(out, text.ptr[i]);
        if (text.ptr[i] == '\'') i++;
    }
}

static bool check_field(const struct run *run, struct error *err)
{
    for (size_t i = 0; i < ARRAY_COUNT(letters); i++) {
        if (letters[i].letter != run->letter) continue;
        if (run->width >= letters[i].least && run->width <= letters[i].most) return true;
        return error_set(err, E_ARGUMENT, "the pattern letter %c stands %d times in a row",
                         run->letter, run->width);
    }
    error_set(err, E_ARGUMENT, "unknown pattern letter: %c", run->letter);
    return error_hint(err, "The letters are y M d D E a H h m s S X x VV z; other text stands in "
                           "single quotes.");
}

bool java_pattern_check(struct text pattern, struct error *err)
{
    struct run run;

    while (pattern.len > 0) {
        if (!next_run(&pattern, &run)) {
            return error_set(err, E_ARGUMENT, "a quote of the pattern has no end");
        }
        if (run.kind == RUN_FIELD && !check_field(&run, err)) return false;
        if (run.kind == RUN_TEXT && text_index_of_char(TEXT("[]{}#"), run.letter) >= 0) {
            return error_set(err, E_ARGUMENT, "the pattern has a %c, which stands in quotes only",
                             run.letter);
        }
    }
    return true;
}

static struct moment moment_of(struct java_time at)
{
    struct moment m = {.nanos = at.nanos};
    int64_t of_day = at.seconds % 86400;

    if (of_day < 0) of_day += 86400;
    m.days = (at.seconds - of_day) / 86400;
    inst_civil(m.days, &m.year, &m.month, &m.day);
    m.hour = (int)(of_day / 3600);
    m.minute = (int)(of_day / 60 % 60);
    m.second = (int)(of_day % 60);
    m.weekday = (int)(((m.days + 3) % 7 + 7) % 7); // 1970-01-01 was a Thursday
    return m;
}

/* From four digits on, a year that has more has a plus. */
static void put_year(struct buf *out, int64_t year, int width)
{
    char digits[32];
    int64_t size = year < 0 ? -year : year;
    int len = snprintf(digits, sizeof(digits), "%0*" PRId64, width, size);

    if (width == 2) {
        buf_printf(out, "%02d", (int)(size % 100));
        return;
    }
    if (year < 0) buf_char(out, '-');
    if (year >= 0 && width >= 4 && len > width) buf_char(out, '+');
    buf_append(out, digits, (size_t)len);
}

/* Three letters, the whole name, or its first letter. */
static void put_name(struct buf *out, const char *name, int width)
{
    if (width == 4) {
        buf_cstr(out, name);
    } else {
        buf_append(out, name, width == 5 ? 1 : 3);
    }
}

static void put_month(struct buf *out, int month, int width)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

    if (width < 3) {
        buf_printf(out, "%0*d", width, month);
    } else {
        put_name(out, names[month - 1], width);
    }
}

static void put_zone(struct buf *out, char letter, int width, enum java_zone zone)
{
    static const char *const zero[] = {"+00", "+0000", "+00:00", "+0000", "+00:00"};
    bool named = zone == JAVA_ZONE_UTC;

    switch (letter) {
    case 'X': buf_char(out, 'Z'); break;
    case 'x': buf_cstr(out, zero[width - 1]); break;
    case 'V': buf_cstr(out, named ? "UTC" : "Z"); break;
    default: buf_cstr(out, !named ? "Z" : width == 4 ? "Coordinated Universal Time" : "UTC");
    }
}

static void put_field(struct buf *out, const struct moment *m, const struct run *run,
                      enum java_zone zone)
{
    static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};
    int width = run->width;
    char fraction[16];

    switch (run->letter) {
    case 'u': put_year(out, m->year, width); break;
    case 'y': put_year(out, m->year > 0 ? m->year : 1 - m->year, width); break;
    case 'M': put_month(out, m->month, width); break;
    case 'd': buf_printf(out, "%0*d", width, m->day); break;
    case 'D': buf_printf(out, "%0*d", width, (int)(m->days - inst_days(m->year, 1, 1) + 1)); break;
    case 'E': put_name(out, weekdays[m->weekday], width); break;
    case 'a': buf_cstr(out, m->hour < 12 ? "AM" : "PM"); break;
    case 'H': buf_printf(out, "%0*d", width, m->hour); break;
    case 'h': buf_printf(out, "%0*d", width, (m->hour + 11) % 12 + 1); break;
    case 'm': buf_printf(out, "%0*d", width, m->minute); break;
    case 's': buf_printf(out, "%0*d", width, m->second); break;
    case 'S':
        snprintf(fraction, sizeof(fraction), "%09d", m->nanos);
        buf_append(out, fraction, (size_t)width);
        break;
    default: put_zone(out, run->letter, width, zone);
    }
}

bool java_pattern_print(struct text pattern, struct java_time at, enum java_zone zone,
                        struct buf *out, struct error *err)
{
    struct moment moment = moment_of(at);
    struct run run;

    while (pattern.len > 0) {
        bool good = next_run(&pattern, &run);

        ASSERT(good); // it was checked
        if (run.kind == RUN_TEXT) {
            buf_text(out, run.text);
        } else if (run.kind == RUN_QUOTED) {
            put_quoted(out, run.text);
        } else if (zone == JAVA_ZONE_NONE && run.letter != 'S') {
            error_set(err, E_RUNTIME, "an instant without a zone has no %c", run.letter);
            return error_hint(err, "Give the formatter a zone: "
                                   "(.withZone formatter java.time.ZoneOffset/UTC).");
        } else {
            put_field(out, &moment, &run, zone);
        }
    }
    return true;
}
