#include "flow/java_time.h"

#include "base/assert.h"

#include <inttypes.h>

/* A span as one number of nanoseconds: 95 bits are enough for any. */
typedef __int128 nanos;

static const struct {
    const char *text, *name;
    int64_t nanos;  /* 0: of no exact length */
    int32_t months; /* 0: shorter, or no number of them */
} units[JAVA_TIME_UNITS] = {
    [JAVA_TIME_NANO] = {"Nanos", "NANOS", 1, 0},
    [JAVA_TIME_MICRO] = {"Micros", "MICROS", 1000, 0},
    [JAVA_TIME_MILLI] = {"Millis", "MILLIS", 1000000, 0},
    [JAVA_TIME_SECOND] = {"Seconds", "SECONDS", JAVA_TIME_NANOS, 0},
    [JAVA_TIME_MINUTE] = {"Minutes", "MINUTES", 60 * JAVA_TIME_NANOS, 0},
    [JAVA_TIME_HOUR] = {"Hours", "HOURS", 3600 * JAVA_TIME_NANOS, 0},
    [JAVA_TIME_HALF_DAY] = {"HalfDays", "HALF_DAYS", 43200 * JAVA_TIME_NANOS, 0},
    [JAVA_TIME_DAY] = {"Days", "DAYS", 86400 * JAVA_TIME_NANOS, 0},
    [JAVA_TIME_WEEK] = {"Weeks", "WEEKS", 7 * 86400 * JAVA_TIME_NANOS, 0},
    [JAVA_TIME_MONTH] = {"Months", "MONTHS", 0, 1},
    [JAVA_TIME_YEAR] = {"Years", "YEARS", 0, 12},
    [JAVA_TIME_DECADE] = {"Decades", "DECADES", 0, 120},
    [JAVA_TIME_CENTURY] = {"Centuries", "CENTURIES", 0, 1200},
    [JAVA_TIME_MILLENNIUM] = {"Millennia", "MILLENNIA", 0, 12000},
    [JAVA_TIME_ERA] = {"Eras", "ERAS", 0, 0},
    [JAVA_TIME_FOREVER] = {"Forever", "FOREVER", 0, 0},
};

const char *java_time_unit_text(enum java_time_unit unit)
{
    ASSERT(unit < JAVA_TIME_UNITS);
    return units[unit].text;
}

const char *java_time_unit_name(enum java_time_unit unit)
{
    ASSERT(unit < JAVA_TIME_UNITS);
    return units[unit].name;
}

int64_t java_time_unit_nanos(enum java_time_unit unit)
{
    return units[unit].nanos;
}

int32_t java_time_unit_months(enum java_time_unit unit)
{
    return units[unit].months;
}

bool java_time_unit_refuse(enum java_time_unit unit, struct error *err)
{
    return error_set(err, E_TEMPORAL_TYPE, "Unsupported unit: %s", units[unit].text);
}

static bool overflow(struct error *err)
{
    return error_set(err, E_ARITHMETIC, "long overflow");
}

static nanos whole(struct java_time span)
{
    return (nanos)span.seconds * JAVA_TIME_NANOS + span.nanos;
}

static bool split(nanos number, struct java_time *out, struct error *err)
{
    nanos rest = number % JAVA_TIME_NANOS;

    if (rest < 0) rest += JAVA_TIME_NANOS;
    nanos seconds = (number - rest) / JAVA_TIME_NANOS;

    if (seconds < INT64_MIN || seconds > INT64_MAX) return overflow(err);
    *out = (struct java_time){(int64_t)seconds, (int32_t)rest};
    return true;
}

static bool is_exact(enum java_time_unit unit, struct error *err)
{
    if (unit <= JAVA_TIME_DAY) return true;
    java_time_unit_refuse(unit, err);
    return error_hint(err, "The units of instants and durations are those up to DAYS.");
}

bool java_time_of(int64_t amount, enum java_time_unit unit, struct java_time *out,
                  struct error *err)
{
    return is_exact(unit, err) && split((nanos)amount * units[unit].nanos, out, err);
}

bool java_time_add(struct java_time a, struct java_time b, struct java_time *out, struct error *err)
{
    return split(whole(a) + whole(b), out, err);
}

bool java_time_subtract(struct java_time a, struct java_time b, struct java_time *out,
                        struct error *err)
{
    return split(whole(a) - whole(b), out, err);
}

bool java_time_multiply(struct java_time span, int64_t factor, struct java_time *out,
                        struct error *err)
{
    nanos product;

    if (__builtin_mul_overflow(whole(span), (nanos)factor, &product)) return overflow(err);
    return split(product, out, err);
}

bool java_time_split(struct java_time span, int64_t divisor, struct java_time *out,
                     struct error *err)
{
    if (divisor == 0) return error_set(err, E_ARITHMETIC, "Cannot divide by zero");
    return split(whole(span) / divisor, out, err);
}

bool java_time_divide(struct java_time span, struct java_time by, int64_t *out, struct error *err)
{
    if (whole(by) == 0) return error_set(err, E_ARITHMETIC, "Cannot divide by zero");
    nanos count = whole(span) / whole(by);

    if (count < INT64_MIN || count > INT64_MAX) return overflow(err);
    *out = (int64_t)count;
    return true;
}

bool java_time_count(struct java_time span, enum java_time_unit unit, int64_t *out,
                     struct error *err)
{
    if (!is_exact(unit, err)) return false;
    nanos count = whole(span) / units[unit].nanos;

    if (count < INT64_MIN || count > INT64_MAX) return overflow(err);
    *out = (int64_t)count;
    return true;
}

bool java_time_truncate(struct java_time at, enum java_time_unit unit, bool down,
                        struct java_time *out, struct error *err)
{
    if (!is_exact(unit, err)) return false;
    // as Java, which looks at the seconds of the day
    nanos rest = whole((struct java_time){at.seconds % 86400, at.nanos}) % units[unit].nanos;

    if (down && rest < 0) rest += units[unit].nanos;
    return split(whole(at) - rest, out, err);
}

int java_time_compare(struct java_time a, struct java_time b)
{
    if (a.seconds != b.seconds) return a.seconds < b.seconds ? -1 : 1;
    return a.nanos - b.nanos;
}

bool java_time_is_instant(struct java_time at)
{
    return at.seconds >= JAVA_TIME_INSTANT_MIN && at.seconds <= JAVA_TIME_INSTANT_MAX;
}

bool java_time_to_ms(struct java_time at, int64_t *out, struct error *err)
{
    nanos ms = (nanos)at.seconds * 1000 + at.nanos / 1000000;

    if (ms < INT64_MIN || ms > INT64_MAX) return overflow(err);
    *out = (int64_t)ms;
    return true;
}

struct java_time java_time_from_ms(int64_t ms)
{
    struct java_time at = {ms / 1000, (int32_t)(ms % 1000) * 1000000};

    if (at.nanos < 0) {
        at.seconds--;
        at.nanos += (int32_t)JAVA_TIME_NANOS;
    }
    return at;
}
