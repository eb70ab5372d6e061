#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Java time: the arithmetic and the texts of java.time's Instant, Duration and ChronoUnit. A span
 * is what both are: seconds and 0 to 999,999,999 nanoseconds on top of them, of a negative one
 * too. What Java's long overflows is E_ARITHMETIC; what its classes refuse (DateTimeException and
 * its kinds) is E_DATE_TIME, E_DATE_TIME_PARSE, E_TEMPORAL_TYPE or E_ZONE_RULES.
 */
#define JAVA_TIME_NANOS 1000000000LL

/* The seconds of the first and the last instant: a billion years before and after. */
#define JAVA_TIME_INSTANT_MIN (-31557014167219200LL)
#define JAVA_TIME_INSTANT_MAX 31556889864403199LL

struct java_time {
    int64_t seconds;
    int32_t nanos;
};

enum java_time_unit {
    JAVA_TIME_NANO,
    JAVA_TIME_MICRO,
    JAVA_TIME_MILLI,
    JAVA_TIME_SECOND,
    JAVA_TIME_MINUTE,
    JAVA_TIME_HOUR,
    JAVA_TIME_HALF_DAY,
    JAVA_TIME_DAY, /* the last whose length is exact */
    JAVA_TIME_WEEK,
    JAVA_TIME_MONTH,
    JAVA_TIME_YEAR,
    JAVA_TIME_DECADE,
    JAVA_TIME_CENTURY,
    JAVA_TIME_MILLENNIUM,
    JAVA_TIME_ERA,
    JAVA_TIME_FOREVER,
    JAVA_TIME_UNITS
};

/* "HalfDays", as str has it, and the name of the constant: "HALF_DAYS". */
const char *java_time_unit_text(enum java_time_unit unit);
const char *java_time_unit_name(enum java_time_unit unit);
/* How many nanoseconds it has, up to weeks; how many months, of months and what is longer; else 0.
 */
int64_t java_time_unit_nanos(enum java_time_unit unit);
int32_t java_time_unit_months(enum java_time_unit unit);
bool java_time_unit_refuse(enum java_time_unit unit, struct error *err);

/* Amount times the unit, up to days; the longer ones have no length: E_TEMPORAL_TYPE. */
bool java_time_of(int64_t amount, enum java_time_unit unit, struct java_time *out,
                  struct error *err) MUST_CHECK;
bool java_time_add(struct java_time a, struct java_time b, struct java_time *out, struct error *err)
    MUST_CHECK;
bool java_time_subtract(struct java_time a, struct java_time b, struct java_time *out,
                        struct error *err) MUST_CHECK;
bool java_time_multiply(struct java_time span, int64_t factor, struct java_time *out,
                        struct error *err) MUST_CHECK;
/* Into so many parts, towards zero; and how often the other one is in it. */
bool java_time_split(struct java_time span, int64_t divisor, struct java_time *out,
                     struct error *err) MUST_CHECK;
bool java_time_divide(struct java_time span, struct java_time by, int64_t *out, struct error *err)
    MUST_CHECK;
/* How many whole units it is, towards zero. */
bool java_time_count(struct java_time span, enum java_time_unit unit, int64_t *out,
                     struct error *err) MUST_CHECK;
/* To the unit's last beginning (down: an instant), or towards zero (a duration). */
bool java_time_truncate(struct java_time at, enum java_time_unit unit, bool down,
                        struct java_time *out, struct error *err) MUST_CHECK;
int java_time_compare(struct java_time a, struct java_time b);
/* Whether an Instant can be it. */
bool java_time_is_instant(struct java_time at);
/* Milliseconds since 1970, rounded down. */
bool java_time_to_ms(struct java_time at, int64_t *out, struct error *err) MUST_CHECK;
struct java_time java_time_from_ms(int64_t ms);

/* As Duration.toString. */
void java_time_print_duration(struct java_time span, struct buf *out);
/* ".5" as ".500": groups of three digits, as many as there are. */
void java_time_print_fraction(int32_t nanos, struct buf *out);
bool java_time_parse_duration(struct text source, struct java_time *out) MUST_CHECK;
