#include "flow/java_field.h"

#include "base/assert.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND JAVA_TIME_NANOS
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* Some fields end at different values: DayOfMonth at 28 to 31. */
static const struct {
    const char *text, *name;
    int64_t min, max, least_max; /* least_max 0: always max */
    int64_t size, count;         /* of the time of day */
} fields[JAVA_FIELDS] = {
    [JAVA_FIELD_NANO_OF_SECOND] = {"NanoOfSecond", "NANO_OF_SECOND", 0, SECOND - 1, 0, 1, SECOND},
    [JAVA_FIELD_NANO_OF_DAY] = {"NanoOfDay", "NANO_OF_DAY", 0, DAY - 1, 0, 1, DAY},
    [JAVA_FIELD_MICRO_OF_SECOND] = {"MicroOfSecond", "MICRO_OF_SECOND", 0, 999999, 0, 1000,
                                    1000000},
    [JAVA_FIELD_MICRO_OF_DAY] = {"MicroOfDay", "MICRO_OF_DAY", 0, DAY / 1000 - 1, 0, 1000,
                                 DAY / 1000},
    [JAVA_FIELD_MILLI_OF_SECOND] = {"MilliOfSecond", "MILLI_OF_SECOND", 0, 999, 0, 1000000, 1000},
    [JAVA_FIELD_MILLI_OF_DAY] = {"MilliOfDay", "MILLI_OF_DAY", 0, 86399999, 0, 1000000, 86400000},
    [JAVA_FIELD_SECOND_OF_MINUTE] = {"SecondOfMinute", "SECOND_OF_MINUTE", 0, 59, 0, SECOND, 60},
    [JAVA_FIELD_SECOND_OF_DAY] = {"SecondOfDay", "SECOND_OF_DAY", 0, 86399, 0, SECOND, 86400},
    [JAVA_FIELD_MINUTE_OF_HOUR] = {"MinuteOfHour", "MINUTE_OF_HOUR", 0, 59, 0, MINUTE, 60},
    [JAVA_FIELD_MINUTE_OF_DAY] = {"MinuteOfDay", "MINUTE_OF_DAY", 0, 1439, 0, MINUTE, 1440},
    [JAVA_FIELD_HOUR_OF_AMPM] = {"HourOfAmPm", "HOUR_OF_AMPM", 0, 11, 0, HOUR, 12},
    [JAVA_FIELD_CLOCK_HOUR_OF_AMPM] = {"ClockHourOfAmPm", "CLOCK_HOUR_OF_AMPM", 1, 12, 0, HOUR, 12},
    [JAVA_FIELD_HOUR_OF_DAY] = {"HourOfDay", "HOUR_OF_DAY", 0, 23, 0, HOUR, 24},
    [JAVA_FIELD_CLOCK_HOUR_OF_DAY] = {"ClockHourOfDay", "CLOCK_HOUR_OF_DAY", 1, 24, 0, HOUR, 24},
    [JAVA_FIELD_AMPM_OF_DAY] = {"AmPmOfDay", "AMPM_OF_DAY", 0, 1, 0, 12 * HOUR, 2},
    [JAVA_FIELD_DAY_OF_WEEK] = {"DayOfWeek", "DAY_OF_WEEK", 1, 7, 0, 0, 0},
    [JAVA_FIELD_ALIGNED_DAY_OF_WEEK_IN_MONTH] = {"AlignedDayOfWeekInMonth",
                                                 "ALIGNED_DAY_OF_WEEK_IN_MONTH", 1, 7, 0, 0, 0},
    [JAVA_FIELD_ALIGNED_DAY_OF_WEEK_IN_YEAR] = {"AlignedDayOfWeekInYear",
                                                "ALIGNED_DAY_OF_WEEK_IN_YEAR", 1, 7, 0, 0, 0},
    [JAVA_FIELD_DAY_OF_MONTH] = {"DayOfMonth", "DAY_OF_MONTH", 1, 31, 28, 0, 0},
    [JAVA_FIELD_DAY_OF_YEAR] = {"DayOfYear", "DAY_OF_YEAR", 1, 366, 365, 0, 0},
    [JAVA_FIELD_EPOCH_DAY] = {"EpochDay", "EPOCH_DAY", JAVA_EPOCH_DAY_MIN, JAVA_EPOCH_DAY_MAX, 0, 0,
                              0},
    [JAVA_FIELD_ALIGNED_WEEK_OF_MONTH] = {"AlignedWeekOfMonth", "ALIGNED_WEEK_OF_MONTH", 1, 5, 4, 0,
                                          0},
    [JAVA_FIELD_ALIGNED_WEEK_OF_YEAR] = {"AlignedWeekOfYear", "ALIGNED_WEEK_OF_YEAR", 1, 53, 0, 0,
                                         0},
    [JAVA_FIELD_MONTH_OF_YEAR] = {"MonthOfYear", "MONTH_OF_YEAR", 1, 12, 0, 0, 0},
    [JAVA_FIELD_PROLEPTIC_MONTH] = {"ProlepticMonth", "PROLEPTIC_MONTH", -JAVA_YEAR_MAX * 12,
                                    JAVA_YEAR_MAX * 12 + 11, 0, 0, 0},
    [JAVA_FIELD_YEAR_OF_ERA] = {"YearOfEra", "YEAR_OF_ERA", 1, JAVA_YEAR_MAX + 1, JAVA_YEAR_MAX, 0,
                                0},
    [JAVA_FIELD_YEAR] = {"Year", "YEAR", -JAVA_YEAR_MAX, JAVA_YEAR_MAX, 0, 0, 0},
    [JAVA_FIELD_ERA] = {"Era", "ERA", 0, 1, 0, 0, 0},
    [JAVA_FIELD_INSTANT_SECONDS] = {"InstantSeconds", "INSTANT_SECONDS", INT64_MIN, INT64_MAX, 0, 0,
                                    0},
    [JAVA_FIELD_OFFSET_SECONDS] = {"OffsetSeconds", "OFFSET_SECONDS", -JAVA_OFFSET_MAX,
                                   JAVA_OFFSET_MAX, 0, 0, 0},
    [JAVA_FIELD_WEEK_OF_WEEK_YEAR] = {"WeekOfWeekBasedYear", "WEEK_OF_WEEK_BASED_YEAR", 1, 53, 52,
                                      0, 0},
    [JAVA_FIELD_WEEK_YEAR] = {"WeekBasedYear", "WEEK_BASED_YEAR", -JAVA_YEAR_MAX, JAVA_YEAR_MAX, 0,
                              0, 0},
    [JAVA_FIELD_QUARTER_OF_YEAR] = {"QuarterOfYear", "QUARTER_OF_YEAR", 1, 4, 0, 0, 0},
};

const char *java_field_text(enum java_field field)
{
    ASSERT(field < JAVA_FIELDS);
    return fields[field].text;
}

const char *java_field_name(enum java_field field)
{
    ASSERT(field < JAVA_FIELDS);
    return fields[field].name;
}

bool java_field_is_int(enum java_field field)
{
    return fields[field].min >= INT32_MIN && fields[field].max <= INT32_MAX;
}

bool java_field_check(enum java_field field, int64_t value, struct error *err)
{
    char least[24] = "";

    if (value >= fields[field].min && value <= fields[field].max) return true;
    if (fields[field].least_max) {
        snprintf(least, sizeof least, "%" PRId64 "/", fields[field].least_max);
    }
    return error_set(err, E_DATE_TIME,
                     "Invalid value for %s (valid values %" PRId64 " - %s%" PRId64 "): %" PRId64,
                     fields[field].text, fields[field].min, least, fields[field].max, value);
}

/* A clock shows 12 or 24 where the count is 0. */
static bool is_clock(enum java_field field)
{
    return fields[field].min == 1;
}

int64_t java_field_of_time(enum java_field field, int64_t nano_of_day)
{
    ASSERT(field <= JAVA_FIELD_AMPM_OF_DAY);
    int64_t number = nano_of_day / fields[field].size % fields[field].count;

    return number == 0 && is_clock(field) ? fields[field].count : number;
}

/* As Java, which keeps what is smaller than the field from the second on, and drops it below. */
int64_t java_field_with_time(enum java_field field, int64_t nano_of_day, int64_t value)
{
    ASSERT(field <= JAVA_FIELD_AMPM_OF_DAY);
    int64_t size = fields[field].size, count = fields[field].count;
    int64_t old = nano_of_day / size % count;
    int64_t rest = size < SECOND ? nano_of_day % size : 0;

    return nano_of_day - rest + (value % count - old) * size;
}
