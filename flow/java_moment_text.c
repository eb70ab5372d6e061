#include "base/civil.h"
#include "flow/java_moment.h"
#include "flow/java_names.h"
#include "flow/java_zone.h"

#include <inttypes.h>

/* Java moment, text: as toString of each class, which is ISO 8601 for most. */

static void print_time(int64_t second_of_day, int32_t nanos, struct buf *out)
{
    int second = (int)(second_of_day % 60);

    buf_printf(out, "%02d:%02d", (int)(second_of_day / 3600), (int)(second_of_day / 60 % 60));
    if (second == 0 && nanos == 0) return;
    buf_printf(out, ":%02d", second);
    java_time_print_fraction(nanos, out);
}

/* Four digits at least; a plus before more of them, where the class has one. */
static void print_year(int64_t year, bool plus, struct buf *out)
{
    if (year < 0) buf_char(out, '-');
    if (year > 9999 && plus) buf_char(out, '+');
    buf_printf(out, "%04" PRId64, year < 0 ? -year : year);
}

static void print_date(int64_t days, struct buf *out)
{
    struct civil date = civil_from_days(days);

    print_year(date.year, true, out);
    buf_printf(out, "-%02d-%02d", date.month, date.day);
}

static void print_zoned(const struct java_moment *moment, struct buf *out)
{
    int32_t fixed_s;

    java_zone_print_offset(moment->offset_s, out);
    if (java_value_is(moment->zone, JAVA_OFFSET) && java_zone_is_fixed(moment->zone, &fixed_s) &&
        fixed_s == moment->offset_s) {
        return;
    }
    buf_char(out, '[');
    java_zone_print(moment->zone, out);
    buf_char(out, ']');
}

void java_moment_print_name(const char *name, struct buf *out)
{
    for (; *name; name++) {
        buf_char(out, (char)(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name));
    }
}

void java_moment_print(const struct java_moment *moment, struct buf *out)
{
    int64_t days = civil_divide(moment->seconds, JAVA_DAY_SECONDS);
    int64_t second = moment->seconds - days * JAVA_DAY_SECONDS;
    struct civil date = civil_from_days(days);

    switch (moment->kind) {
    case JAVA_INSTANT:
        print_date(days, out);
        buf_printf(out, "T%02d:%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60),
                   (int)(second % 60));
        java_time_print_fraction(moment->nanos, out);
        buf_char(out, 'Z');
        return;
    case JAVA_LOCAL_TIME: print_time(second, moment->nanos, out); return;
    case JAVA_YEAR: buf_int(out, date.year); return;
    case JAVA_YEAR_MONTH:
        print_year(date.year, false, out);
        buf_printf(out, "-%02d", date.month);
        return;
    case JAVA_MONTH: java_moment_print_name(java_names_month(date.month), out); return;
    case JAVA_WEEKDAY: java_moment_print_name(java_names_weekday((int)days - 3), out); return;
    case JAVA_OFFSET: java_zone_print_offset(moment->offset_s, out); return;
    default: print_date(days, out);
    }
    if (moment->kind == JAVA_LOCAL_DATE) return;
    buf_char(out, 'T');
    print_time(second, moment->nanos, out);
    if (moment->kind == JAVA_OFFSET_DATE_TIME) java_zone_print_offset(moment->offset_s, out);
    if (moment->kind == JAVA_ZONED_DATE_TIME) print_zoned(moment, out);
}
