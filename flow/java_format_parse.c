#include "base/civil.h"
#include "flow/java_format.h"
#include "flow/java_zone.h"
#include "flow/java_zone_names.h"
#include "flow/string.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/*
 * Java format, reading. Every step answers the position behind what it read, or ERROR_AT(position):
 * where it could not go on. In an optional section an error takes everything back to its start.
 */
struct saved {
    struct java_parsed parsed;
    size_t position;
};

struct reader {
    struct heap *heap;
    struct text source;
    bool strict, exact_case;
    struct java_parsed *parsed;
    struct error *err; /* of a value that is out of all ranges: reading ends there */
    bool failed;
    size_t depth;
    struct saved saved[JAVA_FORMAT_DEPTH];
};

#define ERROR_AT(position) (~(int64_t)(position))

static bool is_digit(const struct reader *r, size_t at)
{
    return at < r->source.len && isdigit((unsigned char)r->source.ptr[at]);
}

static int digit(const struct reader *r, size_t at)
{
    return r->source.ptr[at] - '0';
}

static bool is_char(const struct reader *r, size_t at, char c)
{
    return at < r->source.len && r->source.ptr[at] == c;
}

/* A field that was read before must have been the same. */
static int64_t set_field(struct reader *r, enum java_field field, int64_t value, size_t position,
                         size_t end)
{
    uint64_t bit = 1ULL << field;
    bool differs = (r->parsed->present & bit) && r->parsed->values[field] != value;

    r->parsed->present |= bit;
    r->parsed->values[field] = value;
    return differs ? ERROR_AT(position) : (int64_t)end;
}

static bool matches(const struct reader *r, size_t at, struct text text)
{
    if (at > r->source.len || r->source.len - at < text.len) return false;
    struct text part = text_slice(r->source, at, at + text.len);

    return r->exact_case ? text_equal(part, text) : text_equal_nocase(part, text);
}

static bool may_have_sign(const struct reader *r, const struct java_step *step, bool plus)
{
    bool fixed = step->min == step->max;

    switch (step->sign) {
    case JAVA_SIGN_NORMAL: return !plus || !r->strict;
    case JAVA_SIGN_NONE: return !r->strict && !fixed;
    default: return true;
    }
}

static bool is_fixed(const struct reader *r, const struct java_step *step)
{
    if (step->kind == JAVA_STEP_REDUCED && !r->strict) return false;
    return step->follow == -1 ||
           (step->follow > 0 && step->min == step->max && step->sign == JAVA_SIGN_NONE);
}

/* Two digits of a year are one of 2000 to 2099. */
static int64_t set_number(struct reader *r, const struct java_step *step, int64_t value,
                          size_t position, size_t end)
{
    if (step->kind == JAVA_STEP_REDUCED && end - position == 2 && value >= 0) value += 2000;
    return set_field(r, step->field, value, position, end);
}

/* The digits from position on, at most so many; those that overflow a long are left. */
static size_t take_digits(const struct reader *r, size_t position, size_t most, int64_t *out)
{
    size_t at = position;

    *out = 0;
    while (at - position < most && is_digit(r, at)) {
        int64_t next;

        if (__builtin_mul_overflow(*out, (int64_t)10, &next) ||
            __builtin_add_overflow(next, (int64_t)digit(r, at), &next)) {
            break;
        }
        *out = next;
        at++;
    }
    return at;
}

static int64_t read_number(struct reader *r, const struct java_step *step, size_t position)
{
    bool minus = is_char(r, position, '-'), plus = is_char(r, position, '+');
    bool exact = r->strict || is_fixed(r, step);
    size_t least = exact ? (size_t)step->min : 1;
    size_t most = (exact ? (size_t)step->max : 9) + (step->follow > 0 ? (size_t)step->follow : 0);
    int64_t value = 0;

    if (position == r->source.len) return ERROR_AT(position);
    if (minus || plus) {
        if (!may_have_sign(r, step, plus)) return ERROR_AT(position);
        position++;
    }
    size_t end = take_digits(r, position, most, &value);

    if (end - position < least) return ERROR_AT(position);
    if (step->follow > 0) { // the numbers behind it get their digits
        size_t len = end - position, follow = (size_t)step->follow;

        end = take_digits(r, position, MAX(least, len > follow ? len - follow : 0), &value);
    }
    if (minus) {
        if (value == 0 && r->strict) return ERROR_AT(position - 1);
        value = -value;
    } else if (step->sign == JAVA_SIGN_EXCEEDS_PAD && r->strict) {
        bool exceeds = end - position > (size_t)step->min;

        if (plus && !exceeds) return ERROR_AT(position - 1);
        if (!plus && exceeds) return ERROR_AT(position);
    }
    return set_number(r, step, value, position, end);
}

static int64_t read_fraction(struct reader *r, const struct java_step *step, size_t position)
{
    bool exact = r->strict || is_fixed(r, step), point = step->sign;
    size_t least = exact ? (size_t)step->min : 0, most = exact ? (size_t)step->max : 9;
    int64_t value;

    if (position == r->source.len || (point && !is_char(r, position, '.'))) {
        return least > 0 ? ERROR_AT(position) : (int64_t)position;
    }
    position += point;
    size_t end = take_digits(r, position, most, &value);

    if (end - position < least) return ERROR_AT(position);
    for (size_t i = end - position; i < 9; i++) {
        value *= 10;
    }
    return set_field(r, step->field, value, position, end);
}

/* The values that a field with names has. */
static int64_t last_named(enum java_field field, int64_t *out_first)
{
    *out_first = field == JAVA_FIELD_AMPM_OF_DAY || field == JAVA_FIELD_ERA ? 0 : 1;
    switch (field) {
    case JAVA_FIELD_MONTH_OF_YEAR: return 12;
    case JAVA_FIELD_DAY_OF_WEEK: return 7;
    case JAVA_FIELD_QUARTER_OF_YEAR: return 4;
    default: return 1;
    }
}

/* The longest name that stands there; of values that share one the last. */
static int64_t read_text(struct reader *r, const struct java_step *step, size_t position)
{
    struct java_step number = {.kind = JAVA_STEP_NUMBER, .field = step->field, .min = 1, .max = 19};
    int least = r->strict ? step->min : 3, most = r->strict ? step->min : 4; // any width leniently
    int64_t first, found = -1;
    int64_t last = last_named(step->field, &first);
    size_t found_len = 0;

    for (int64_t value = first; value <= last; value++) {
        for (int width = least; width <= most; width++) {
            size_t len = 0;
            const char *name = java_format_text(step->field, value, width, &len);

            if (len < found_len || !matches(r, position, (struct text){name, len})) continue;
            found = value;
            found_len = len;
        }
    }
    if (found >= 0) return set_field(r, step->field, found, position, position + found_len);
    return r->strict ? ERROR_AT(position) : read_number(r, &number, position);
}

/* Two digits of an offset, up to 59. */
static bool take_two(const struct reader *r, size_t *at, bool colon, int64_t *out)
{
    size_t from = *at;

    if (colon && !is_char(r, from++, ':')) return false;
    if (!is_digit(r, from) || !is_digit(r, from + 1)) return false;
    int value = digit(r, from) * 10 + digit(r, from + 1);

    if (value > 59) return false;
    *out = value;
    *at = from + 2;
    return true;
}

/*
 * An offset with two digits of hours: type is the number of Java's pattern (+HH, +HHmm, +HH:mm,
 * +HHMM, +HH:MM, +HHMMss, +HH:MM:ss, +HHMMSS, +HH:MM:SS, +HHmmss, +HH:mm:ss): an even one has
 * colons, and upper case must be there. Leniently all is as in the last two.
 */
static bool take_offset(struct reader *r, int type, size_t *at, int64_t *out_s)
{
    bool minus = is_char(r, *at, '-'), colon = type > 0 && type % 2 == 0;
    int64_t hours = 0, minutes = 0, seconds = 0;
    size_t pos = *at + 1;

    if (!minus && !is_char(r, *at, '+')) return false;
    if (!r->strict) {
        colon = colon || (type == 0 && r->source.len > *at + 3 && is_char(r, *at + 3, ':'));
        type = colon ? 10 : 9;
    }
    if (!take_two(r, &pos, false, &hours)) return false;
    bool more = type > 0 && take_two(r, &pos, colon, &minutes);

    if (!more && type >= 3 && type <= 8) return false;
    if (more && type >= 5) more = take_two(r, &pos, colon, &seconds);
    if (!more && (type == 7 || type == 8)) return false;
    if (hours > 23) {
        r->failed = true;
        return error_set(r->err, E_DATE_TIME,
                         "Value out of range: Hour[0-23], Minute[0-59], Second[0-59]");
    }
    *at = pos;
    *out_s = (minus ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

static int64_t read_offset(struct reader *r, const struct java_step *step, size_t position)
{
    int64_t offset_s = 0;
    size_t at = position;

    if (position == r->source.len) return ERROR_AT(position);
    if (matches(r, position, step->literal)) {
        return set_field(r, JAVA_FIELD_OFFSET_SECONDS, 0, position, position + step->literal.len);
    }
    if (!take_offset(r, step->min, &at, &offset_s)) return ERROR_AT(position);
    return set_field(r, JAVA_FIELD_OFFSET_SECONDS, offset_s, position, at);
}

/* GMT, GMT+1, GMT+01:30 */
static int64_t read_gmt(struct reader *r, const struct java_step *step, size_t position)
{
    size_t at = position + 3;
    int64_t parts[3] = {0};
    bool minus = is_char(r, at, '-');

    if (!matches(r, position, TEXT("GMT"))) return ERROR_AT(position);
    if (!minus && !is_char(r, at, '+')) {
        return set_field(r, JAVA_FIELD_OFFSET_SECONDS, 0, position, at);
    }
    at++;
    if (!is_digit(r, at)) return ERROR_AT(position);
    parts[0] = digit(r, at++);
    if (is_digit(r, at)) {
        parts[0] = parts[0] * 10 + digit(r, at++);
    } else if (step->min == 4) {
        return ERROR_AT(position);
    }
    for (size_t i = 1; i < 3 && is_char(r, at, ':') && is_digit(r, at + 1) && is_digit(r, at + 2);
         i++, at += 3) {
        parts[i] = digit(r, at + 1) * 10 + digit(r, at + 2);
    }
    int64_t offset_s = parts[0] * 3600 + parts[1] * 60 + parts[2];

    return set_field(r, JAVA_FIELD_OFFSET_SECONDS, minus ? -offset_s : offset_s, position, at);
}

static bool is_zone_char(char c)
{
    return isalnum((unsigned char)c) || text_index_of_char(TEXT("/~._+-"), c) >= 0;
}

/* UTC, GMT or UT, and maybe an offset; or an offset alone. */
static int64_t read_prefixed(struct reader *r, size_t position, size_t at)
{
    struct text prefix = text_slice(r->source, position, at);
    bool strict = r->strict;
    int64_t offset_s = 0;
    size_t end = at;

    if (is_char(r, at, '+') || is_char(r, at, '-')) {
        r->strict = true;
        bool good = take_offset(r, 6, &end, &offset_s);

        r->strict = strict;
        if (r->failed) return ERROR_AT(position);
        if (!good && prefix.len == 0) return ERROR_AT(position);
        if (!good) end = at;
    }
    if (!java_zone_check_offset(offset_s, NULL) ||
        !java_zone_prefixed(r->heap, prefix, (int32_t)offset_s, &r->parsed->zone, NULL)) {
        return ERROR_AT(position);
    }
    return (int64_t)end;
}

/* The longest name of a zone that stands there: its id, or what it is called. */
static int64_t read_zone(struct reader *r, const struct java_step *step, size_t position)
{
    size_t end = position, called = 0;
    struct text zone;

    if (position == r->source.len) return ERROR_AT(position);
    if (is_char(r, position, '+') || is_char(r, position, '-')) {
        return read_prefixed(r, position, position);
    }
    if (matches(r, position, TEXT("GMT0"))) {
        r->parsed->zone = java_zone_region(r->heap, TEXT("GMT0"));
        return (int64_t)position + 4;
    }
    if (matches(r, position, TEXT("UTC")) || matches(r, position, TEXT("GMT"))) {
        return read_prefixed(r, position, position + 3);
    }
    if (matches(r, position, TEXT("UT"))) return read_prefixed(r, position, position + 2);
    while (end < r->source.len && is_zone_char(r->source.ptr[end])) {
        end++;
    }
    if (step->kind == JAVA_STEP_ZONE_TEXT) {
        called = java_zone_names_match(text_slice(r->source, position, r->source.len),
                                       step->min == 4, &zone);
    }
    for (; end > position + 1; end--) {
        struct text id = text_slice(r->source, position, end);

        if (called >= id.len) break;
        if (java_zone_of(r->heap, id, &r->parsed->zone, NULL)) return (int64_t)end;
    }
    if (called > 0 && java_zone_of(r->heap, zone, &r->parsed->zone, NULL)) {
        return (int64_t)(position + called);
    }
    if (!is_char(r, position, 'Z')) return ERROR_AT(position);
    r->parsed->zone = java_zone_offset(r->heap, 0);
    return (int64_t)position + 1;
}

/* As ISO_INSTANT: the day may end with 24:00, and 23:59:60 is the second before. */
static int64_t read_instant(struct reader *r, size_t position)
{
    struct java_steps steps = java_format_table(JAVA_FORMAT_INSTANT);
    struct java_parsed inner;
    struct error err = {0};
    size_t end = 0;

    if (!java_format_read(r->heap, &steps, text_slice(r->source, position, r->source.len), &inner,
                          &end, &err)) {
        if (err.code == E_DATE_TIME) {
            r->failed = true;
            *r->err = err;
        }
        return ERROR_AT(position + end);
    }
    int64_t hour = inner.values[JAVA_FIELD_HOUR_OF_DAY];
    int64_t minute = inner.values[JAVA_FIELD_MINUTE_OF_HOUR];
    int64_t second = inner.values[JAVA_FIELD_SECOND_OF_MINUTE];
    int64_t nano = inner.values[JAVA_FIELD_NANO_OF_SECOND];
    bool next_day = hour == 24 && minute == 0 && second == 0 && nano == 0;
    struct java_moment time;

    if (hour == 23 && minute == 59 && second == 60) second = 59;
    int64_t year = inner.values[JAVA_FIELD_YEAR], month = inner.values[JAVA_FIELD_MONTH_OF_YEAR];
    int64_t day = inner.values[JAVA_FIELD_DAY_OF_MONTH];

    if (!java_field_check(JAVA_FIELD_MONTH_OF_YEAR, month, NULL) || day < 1 ||
        day > civil_month_length(year, (int)month) ||
        !java_zone_check_offset(inner.values[JAVA_FIELD_OFFSET_SECONDS], NULL) ||
        !java_moment_time(next_day ? 0 : hour, minute, second, nano, &time, NULL)) {
        return ERROR_AT(position);
    }
    int64_t days = civil_days(year, (int)month, (int)day) + next_day;
    int64_t at = days * JAVA_DAY_SECONDS + time.seconds - inner.values[JAVA_FIELD_OFFSET_SECONDS];
    int64_t last = set_field(r, JAVA_FIELD_INSTANT_SECONDS, at, position, position + end);

    return last < 0 ? last
                    : set_field(r, JAVA_FIELD_NANO_OF_SECOND, nano, position, position + end);
}

static int64_t read_step(struct reader *r, const struct java_step *step, size_t position)
{
    switch (step->kind) {
    case JAVA_STEP_LITERAL:
        return matches(r, position, step->literal) ? (int64_t)(position + step->literal.len)
                                                   : ERROR_AT(position);
    case JAVA_STEP_NUMBER:
    case JAVA_STEP_REDUCED: return read_number(r, step, position);
    case JAVA_STEP_FRACTION: return read_fraction(r, step, position);
    case JAVA_STEP_TEXT: return read_text(r, step, position);
    case JAVA_STEP_OFFSET: return read_offset(r, step, position);
    case JAVA_STEP_GMT: return read_gmt(r, step, position);
    case JAVA_STEP_ZONE:
    case JAVA_STEP_REGION:
    case JAVA_STEP_ZONE_TEXT: return read_zone(r, step, position);
    case JAVA_STEP_INSTANT: return read_instant(r, position);
    case JAVA_STEP_OPTIONAL:
        r->saved[r->depth].parsed = *r->parsed;
        r->saved[r->depth++].position = position;
        break;
    case JAVA_STEP_END: r->depth--; break;
    case JAVA_STEP_ANY_CASE: r->exact_case = false; break;
    case JAVA_STEP_EXACT_CASE: r->exact_case = true; break;
    case JAVA_STEP_LENIENT: r->strict = false; break;
    case JAVA_STEP_STRICT: r->strict = true; break;
    }
    return (int64_t)position;
}

bool java_format_read(struct heap *heap, const struct java_steps *steps, struct text source,
                      struct java_parsed *out, size_t *out_end, struct error *err)
{
    struct reader r = {.heap = heap,
                       .source = source,
                       .strict = true,
                       .exact_case = true,
                       .parsed = out,
                       .err = err};

    *out = (struct java_parsed){.zone = value_nil()};
    *out_end = 0;
    for (size_t i = 0; i < steps->count; i++) {
        int64_t next = read_step(&r, &steps->items[i], *out_end);

        if (r.failed) return false;
        if (next >= 0) {
            *out_end = (size_t)next;
            continue;
        }
        if (r.depth == 0) {
            *out_end = (size_t)~next;
            return false;
        }
        r.depth--;
        *out = r.saved[r.depth].parsed;
        *out_end = r.saved[r.depth].position;
        i = java_format_section_end(steps, i);
    }
    return true;
}

/* UTF-16 units of the first bytes: where Java says that something is. */
static int64_t units_of(struct text source)
{
    int64_t units = 0;

    for (size_t i = 0; i < source.len; i++) {
        uint8_t byte = (uint8_t)source.ptr[i];

        units += (byte & 0xC0) != 0x80;
        units += byte >= 0xF0;
    }
    return units;
}

/* At most 64 characters of a text that could not be read. */
static struct text shown(struct text source, const char **out_more)
{
    size_t end = 0, count = 0;

    while (end < source.len && count < 64) {
        uint32_t unused;
        size_t len = text_utf8_next(text_slice(source, end, source.len), &unused);

        end += MAX(len, (size_t)1);
        count++;
    }
    *out_more = end < source.len ? "..." : "";
    return text_slice(source, 0, end);
}

bool java_format_parse(struct heap *heap, const struct java_steps *steps, struct value zone,
                       struct text source, enum java_kind kind, struct java_moment *out,
                       struct error *err)
{
    struct java_parsed parsed;
    struct error inner = {0};
    const char *more = "";
    struct text text = shown(source, &more);
    size_t end = 0;
    bool read = java_format_read(heap, steps, source, &parsed, &end, &inner);

    if (read && end == source.len) {
        if (value_is_nil(parsed.zone)) parsed.zone = zone;
        if (java_format_resolve(heap, &parsed, steps->strict, &inner) &&
            java_format_query(heap, &parsed, kind, out, &inner)) {
            return true;
        }
    }
    if (inner.code != E_NONE) {
        return error_set(err, E_DATE_TIME_PARSE, "Text '" TEXT_FMT "%s' could not be parsed: %s",
                         TEXT_ARG(text), more, inner.message);
    }
    return error_set(err, E_DATE_TIME_PARSE,
                     "Text '" TEXT_FMT "%s' could not be parsed%s at index %" PRId64,
                     TEXT_ARG(text), more, read ? ", unparsed text found" : "",
                     units_of(text_slice(source, 0, end)));
}
