#pragma once

#include "base/error.h"
#include "flow/java_time.h"

/*
 * Java field: ChronoField of java.time, in its order: the numbers that a date or a time has. Those
 * of the time of day are all (nanoseconds of the day / size) modulo a count.
 */
enum java_field {
    JAVA_FIELD_NANO_OF_SECOND,
    JAVA_FIELD_NANO_OF_DAY,
    JAVA_FIELD_MICRO_OF_SECOND,
    JAVA_FIELD_MICRO_OF_DAY,
    JAVA_FIELD_MILLI_OF_SECOND,
    JAVA_FIELD_MILLI_OF_DAY,
    JAVA_FIELD_SECOND_OF_MINUTE,
    JAVA_FIELD_SECOND_OF_DAY,
    JAVA_FIELD_MINUTE_OF_HOUR,
    JAVA_FIELD_MINUTE_OF_DAY,
    JAVA_FIELD_HOUR_OF_AMPM,
    JAVA_FIELD_CLOCK_HOUR_OF_AMPM,
    JAVA_FIELD_HOUR_OF_DAY,
    JAVA_FIELD_CLOCK_HOUR_OF_DAY,
    JAVA_FIELD_AMPM_OF_DAY, /* the last of the time of day */
    JAVA_FIELD_DAY_OF_WEEK,
    JAVA_FIELD_ALIGNED_DAY_OF_WEEK_IN_MONTH,
    JAVA_FIELD_ALIGNED_DAY_OF_WEEK_IN_YEAR,
    JAVA_FIELD_DAY_OF_MONTH,
    JAVA_FIELD_DAY_OF_YEAR,
    JAVA_FIELD_EPOCH_DAY,
    JAVA_FIELD_ALIGNED_WEEK_OF_MONTH,
    JAVA_FIELD_ALIGNED_WEEK_OF_YEAR,
    JAVA_FIELD_MONTH_OF_YEAR,
    JAVA_FIELD_PROLEPTIC_MONTH,
    JAVA_FIELD_YEAR_OF_ERA,
    JAVA_FIELD_YEAR,
    JAVA_FIELD_ERA, /* the last of the date */
    JAVA_FIELD_INSTANT_SECONDS,
    JAVA_FIELD_OFFSET_SECONDS,
    /* of IsoFields: printed and read by two formatters, known to nothing else */
    JAVA_FIELD_WEEK_OF_WEEK_YEAR,
    JAVA_FIELD_WEEK_YEAR,
    JAVA_FIELD_QUARTER_OF_YEAR,
    JAVA_FIELDS
};

#define JAVA_CHRONO_FIELDS \
    JAVA_FIELD_WEEK_OF_WEEK_YEAR /* those that are constants of ChronoField */

#define JAVA_FIELD_BIT(field) (1U << (field))
#define JAVA_FIELDS_TIME      (JAVA_FIELD_BIT(JAVA_FIELD_AMPM_OF_DAY + 1) - 1)
#define JAVA_FIELDS_DATE      ((JAVA_FIELD_BIT(JAVA_FIELD_ERA + 1) - 1) & ~JAVA_FIELDS_TIME)

#define JAVA_YEAR_MAX      999999999LL
#define JAVA_EPOCH_DAY_MIN (-365243219162LL)
#define JAVA_EPOCH_DAY_MAX 365241780471LL
#define JAVA_DAY_SECONDS   86400LL
#define JAVA_OFFSET_MAX    (18 * 3600)

/* "DayOfMonth", and the name of the constant: "DAY_OF_MONTH". */
const char *java_field_text(enum java_field field);
const char *java_field_name(enum java_field field);
/* Whether its values fit a Java int: what .get answers. */
bool java_field_is_int(enum java_field field);
bool java_field_check(enum java_field field, int64_t value, struct error *err) MUST_CHECK;
/* Of the time of day; and the nanoseconds of the day with that field changed. */
int64_t java_field_of_time(enum java_field field, int64_t nano_of_day);
int64_t java_field_with_time(enum java_field field, int64_t nano_of_day, int64_t value);
