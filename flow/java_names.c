#include "flow/java_names.h"

#include "base/assert.h"

const char *java_names_month(int month)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

    ASSERT(month >= 1 && month <= 12);
    return names[month - 1];
}

const char *java_names_weekday(int weekday)
{
    static const char *const names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};

    ASSERT(weekday >= 1 && weekday <= 7);
    return names[weekday - 1];
}
