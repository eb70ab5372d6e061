#include "base/parse.h"

#include "base/assert.h"
#include "base/memory.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#define DOUBLE_SHORT 64 /* bytes that are copied on the stack */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool parse_uint64(struct text source, uint64_t *out)
{
    uint64_t value = 0;

    if (source.len == 0) return false;
    for (size_t i = 0; i < source.len; i++) {
        if (!is_digit(source.ptr[i])) return false;
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (__builtin_add_overflow(value, (uint64_t)(source.ptr[i] - '0'), &value)) return false;
    }
    *out = value;
    return true;
}

bool parse_int64(struct text source, int64_t *out)
{
    bool negative = source.len > 0 && source.ptr[0] == '-';
    uint64_t magnitude;

    if (!parse_uint64(text_slice(source, negative, source.len), &magnitude)) return false;
    if (magnitude > (uint64_t)INT64_MAX + negative) return false;
    *out = (int64_t)(negative ? -magnitude : magnitude);
    return true;
}

bool parse_hex_uint64(struct text source, uint64_t *out)
{
    uint64_t value = 0;

    if (source.len == 0) return false;
    for (size_t i = 0; i < source.len; i++) {
        char c = source.ptr[i];
        unsigned digit;

        if (is_digit(c)) {
            digit = (unsigned)(c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            digit = (unsigned)((c | 0x20) - 'a') + 10;
        } else {
            return false;
        }
        if (value >> 60) return false;
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

/* Skips digits from index on; answers the index behind them. */
static size_t skip_digits(struct text source, size_t index)
{
    while (index < source.len && is_digit(source.ptr[index])) {
        index++;
    }
    return index;
}

/* -?digits[.digits][(e|E)[+-]digits], where digits may lack on one side of the point. */
static bool has_double_form(struct text source)
{
    size_t start = source.len > 0 && source.ptr[0] == '-';
    size_t i = skip_digits(source, start);
    size_t digit_count = i - start;

    if (i < source.len && source.ptr[i] == '.') {
        size_t fraction = i + 1;

        i = skip_digits(source, fraction);
        digit_count += i - fraction;
    }
    if (digit_count == 0) return false;
    if (i == source.len) return true;
    if (source.ptr[i] != 'e' && source.ptr[i] != 'E') return false;
    i++;
    if (i < source.len && (source.ptr[i] == '+' || source.ptr[i] == '-')) i++;
    return i < source.len && skip_digits(source, i) == source.len;
}

bool parse_double_or_infinity(struct text source, double *out)
{
    char on_stack[DOUBLE_SHORT];

    if (!has_double_form(source)) return false;
    char *copy = source.len < sizeof(on_stack) ? on_stack : memory_new(source.len + 1);

    memcpy(copy, source.ptr, source.len);
    copy[source.len] = '\0';
    // glibc answers a constant for "C": nothing to allocate, nothing to free.
    *out = strtod_l(copy, NULL, newlocale(LC_ALL_MASK, "C", NULL));
    if (copy != on_stack) memory_free(copy);
    return true;
}

bool parse_double(struct text source, double *out)
{
    double value;

    if (!parse_double_or_infinity(source, &value) || !isfinite(value)) return false;
    *out = value;
    return true;
}

bool parse_duration_ms(struct text source, int64_t *out)
{
    static const struct {
        struct text name;
        int64_t ms;
    } units[] = {
        {{"ms", 2}, 1},      {{"s", 1}, 1000},     {{"m", 1}, 60000},
        {{"h", 1}, 3600000}, {{"d", 1}, 86400000}, {{"", 0}, 1000},
    };

    size_t len = source.len;
    int64_t whole, ms;
    double number;

    while (len > 0 && !is_digit(source.ptr[len - 1]) && source.ptr[len - 1] != '.') {
        len--;
    }
    struct text digits = text_slice(source, 0, len), unit = text_slice(source, len, source.len);

    if (len == 0 || digits.ptr[0] == '-') return false;
    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        if (!text_equal(units[i].name, unit)) continue;
        if (parse_int64(digits, &whole)) {
            if (__builtin_mul_overflow(whole, units[i].ms, &ms)) return false;
            *out = ms;
            return true;
        }
        if (!parse_double(digits, &number)) return false;
        number = round(number * (double)units[i].ms);
        if (number >= 0x1p63) return false;
        *out = (int64_t)number;
        return true;
    }
    return false;
}

/* Exactly count digits at *index, which moves behind them. */
static bool take_digits(struct text source, size_t *index, size_t count, int *out)
{
    int value = 0;

    if (source.len - *index < count) return false;
    for (size_t i = 0; i < count; i++) {
        char c = source.ptr[*index + i];

        if (!is_digit(c)) return false;
        value = value * 10 + (c - '0');
    }
    *index += count;
    *out = value;
    return true;
}

static bool take_char(struct text source, size_t *index, char upper)
{
    if (*index >= source.len) return false;
    char c = source.ptr[*index];

    if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A'); // RFC 3339 allows t and z
    if (c != upper) return false;
    (*index)++;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970; the reverse stands in clock.c. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t shifted = year - (month <= 2);
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;

    return era * 146097 + of_era - 719468;
}

/* [.fraction](Z|+hh:mm|-hh:mm) up to the end: milliseconds to add. */
static bool take_fraction_and_zone(struct text source, size_t index, int64_t *out_ms)
{
    int64_t ms = 0;
    int hours, minutes;

    if (take_char(source, &index, '.')) {
        size_t end = skip_digits(source, index);
        int64_t weight = 100;

        if (end == index) return false;
        for (; index < end; index++, weight /= 10) {
            ms += (source.ptr[index] - '0') * weight; // what is under a millisecond is dropped
        }
    }
    if (!take_char(source, &index, 'Z')) {
        int64_t sign = take_char(source, &index, '+') ? -1 : 1;

        if (sign > 0 && !take_char(source, &index, '-')) return false;
        if (!take_digits(source, &index, 2, &hours) || !take_char(source, &index, ':') ||
            !take_digits(source, &index, 2, &minutes) || hours > 23 || minutes > 59) {
            return false;
        }
        ms += sign * (hours * 60 + minutes) * 60000LL;
    }
    *out_ms = ms;
    return index == source.len;
}

bool parse_instant_ms(struct text source, int64_t *out)
{
    int year, month, day, hour, minute, second;
    int64_t extra_ms;
    size_t index = 0;

    if (!take_digits(source, &index, 4, &year) || !take_char(source, &index, '-') ||
        !take_digits(source, &index, 2, &month) || !take_char(source, &index, '-') ||
        !take_digits(source, &index, 2, &day) || !take_char(source, &index, 'T') ||
        !take_digits(source, &index, 2, &hour) || !take_char(source, &index, ':') ||
        !take_digits(source, &index, 2, &minute) || !take_char(source, &index, ':') ||
        !take_digits(source, &index, 2, &second)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
    // :60 is a leap second, which counts as the first one of the next minute.
    if (hour > 23 || minute > 59 || second > 60) return false;
    if (!take_fraction_and_zone(source, index, &extra_ms)) return false;
    *out = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60000LL +
           second * 1000LL + extra_ms;
    return true;
}
