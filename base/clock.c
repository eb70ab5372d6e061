#include "base/clock.h"

#include "base/assert.h"

#include <inttypes.h>
#include <time.h>

#define MS_PER_DAY 86400000LL

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    int failed = clock_gettime(id, &now);

    ASSERT(!failed);
    return (int64_t)now.tv_sec * 1000000000LL + now.tv_nsec;
}

int64_t clock_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

int64_t clock_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_wall_ms(void)
{
    return read_ns(CLOCK_REALTIME) / 1000000;
}

int64_t clock_wall_us(void)
{
    return read_ns(CLOCK_REALTIME) / 1000;
}

/* Days since 1970 to the date, proleptic Gregorian (H. Hinnant, "chrono-compatible low-level date
 * algorithms"): years start in March, so that the leap day is the last one. */
static void civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* The last `count` digits of value, which is not negative, behind a separator. */
static char *put(char *at, char separator, int64_t value, int count)
{
    *at++ = separator;
    for (int i = count; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

void clock_format_iso(struct buf *out, int64_t wall_ms)
{
    int64_t days = wall_ms / MS_PER_DAY, ms = wall_ms % MS_PER_DAY, year;
    int month, day;
    char rest[32], *at = rest; // of answers with many times printf() would be a tenth

    if (ms < 0) {
        ms += MS_PER_DAY;
        days--;
    }
    civil_from_days(days, &year, &month, &day);
    if (year < 0 || year > 9999) {
        buf_printf(out, "%04" PRId64, year);
    } else {
        at = put(at, '+', year, 4);
    }
    at = put(at, '-', month, 2);
    at = put(at, '-', day, 2);
    at = put(at, 'T', ms / 3600000, 2);
    at = put(at, ':', ms / 60000 % 60, 2);
    at = put(at, ':', ms / 1000 % 60, 2);
    at = put(at, '.', ms % 1000, 3);
    *at++ = 'Z';
    const char *begin = rest[0] == '+' ? rest + 1 : rest;

    buf_append(out, begin, (size_t)(at - begin));
}
