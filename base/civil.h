#pragma once

#include <stdint.h>

/* Calendar dates (proleptic Gregorian) as numbers of days since 1970-01-01. */
#define CIVIL_DAY_S 86400

struct civil {
    int64_t year;
    int month, day; /* from 1 */
};

int64_t civil_days(int64_t year, int month, int day);
struct civil civil_from_days(int64_t days);
int civil_weekday(int64_t days); /* 0: Sunday */
int civil_month_length(int64_t year, int month);
/* Rounded down, where C rounds towards zero. */
int64_t civil_divide(int64_t dividend, int64_t divisor);
