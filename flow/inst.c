#include "flow/inst.h"

#include <inttypes.h>

#define DAY_MS (24LL * 3600 * 1000)

struct value inst_new(struct heap *heap, int64_t ms)
{
    struct object *made = heap_new(heap, VALUE_INST, sizeof(struct inst_object));

    OBJECT_AS(inst_object, made)->ms = ms;
    return object_value(made);
}

int64_t inst_ms(struct value inst)
{
    return OBJECT_AS(inst_object, inst.object)->ms;
}

/* Both by Howard Hinnant's "chrono-compatible low-level date algorithms": eras of 400 years that
 * begin on March 1st, so that the leap day is the last of its year. */
void inst_civil(int64_t days, int64_t *out_year, int *out_month, int *out_day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; // from March

    *out_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *out_month = (int)(month < 10 ? month + 3 : month - 9);
    *out_year = year + era * 400 + (*out_month <= 2);
}

int64_t inst_days(int64_t year, int month, int day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t of_era = shifted - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct broken {
    int64_t days, year;
    int month, day, hour, minute, second, ms;
};

static struct broken break_down(int64_t ms)
{
    struct broken parts;
    int64_t of_day = ms % DAY_MS;

    if (of_day < 0) of_day += DAY_MS;
    parts.days = (ms - of_day) / DAY_MS;
    inst_civil(parts.days, &parts.year, &parts.month, &parts.day);
    parts.ms = (int)(of_day % 1000);
    parts.second = (int)(of_day / 1000 % 60);
    parts.minute = (int)(of_day / 60000 % 60);
    parts.hour = (int)(of_day / 3600000);
    return parts;
}

static void print_with(int64_t ms, const char *suffix, struct buf *out)
{
    struct broken at = break_down(ms);

    buf_printf(out, "%s%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%03d%s", at.year < 0 ? "-" : "",
               at.year < 0 ? -at.year : at.year, at.month, at.day, at.hour, at.minute, at.second,
               at.ms, suffix);
}

void inst_print(int64_t ms, struct buf *out)
{
    print_with(ms, "-00:00", out);
}

void inst_print_iso(int64_t ms, struct buf *out)
{
    print_with(ms, "Z", out);
}

void inst_display(int64_t ms, struct buf *out)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct broken at = break_down(ms);
    int64_t weekday = (at.days % 7 + 7) % 7; // day 0 was a Thursday

    buf_printf(out, "%s %s %02d %02d:%02d:%02d UTC %04" PRId64, days[weekday], months[at.month - 1],
               at.day, at.hour, at.minute, at.second, at.year);
}
