/*
 * Calendar arithmetic. Years are counted from March, so that a leap day is the last of its year, in
 * eras of 400 years (146,097 days), which all have the same length.
 */
#include "base/civil.h"

#define ERA_DAYS   146097
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

int64_t civil_divide(int64_t dividend, int64_t divisor)
{
    int64_t quotient = dividend / divisor;

    return dividend % divisor < 0 ? quotient - 1 : quotient;
}

int64_t civil_days(int64_t year, int month, int day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = civil_divide(shifted, 400);
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

    return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           EPOCH_DAYS;
}

struct civil civil_from_days(int64_t days)
{
    int64_t shifted = days + EPOCH_DAYS;
    int64_t era = civil_divide(shifted, ERA_DAYS);
    int64_t day_of_era = shifted - era * ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_index = (int)((5 * day_of_year + 2) / 153);
    struct civil date = {
        .year = year_of_era + era * 400,
        .month = month_index < 10 ? month_index + 3 : month_index - 9,
        .day = (int)(day_of_year - (153 * month_index + 2) / 5 + 1),
    };

    if (date.month <= 2) date.year++;
    return date;
}

int civil_weekday(int64_t days)
{
    return (int)(days + 4 - civil_divide(days + 4, 7) * 7); // 1970-01-01 was a Thursday
}

int civil_month_length(int64_t year, int month)
{
    static const int lengths[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (month != 2) return lengths[month];
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
}
