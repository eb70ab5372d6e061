#include "flow/core.h"
#include "flow/core_java_args.h"
#include "flow/java_period.h"

#include <string.h>

/* Core java time: what dates, times and instants of java.time have, and how they move. One native
 * a name, for all classes that have the method: the tables say which. */

#define YEARS  CORE_JAVA_KIND(JAVA_YEAR)
#define MONTHS CORE_JAVA_KIND(JAVA_YEAR_MONTH)
#define NAMED  (CORE_JAVA_KIND(JAVA_MONTH) | CORE_JAVA_KIND(JAVA_WEEKDAY))
#define PLAIN  (CORE_JAVA_DATES | CORE_JAVA_KIND(JAVA_LOCAL_TIME) | CORE_JAVA_INSTANT)
#define ANY    (PLAIN | YEARS | MONTHS)

/* Fields */

static const struct getter {
    const char *name;
    enum java_field field;
    uint32_t kinds;
} getters[] = {
    {".getYear", JAVA_FIELD_YEAR, CORE_JAVA_DATES | MONTHS},
    {".getMonthValue", JAVA_FIELD_MONTH_OF_YEAR, CORE_JAVA_DATES | MONTHS},
    {".getDayOfMonth", JAVA_FIELD_DAY_OF_MONTH, CORE_JAVA_DATES},
    {".getDayOfYear", JAVA_FIELD_DAY_OF_YEAR, CORE_JAVA_DATES},
    {".getHour", JAVA_FIELD_HOUR_OF_DAY, CORE_JAVA_TIMES},
    {".getMinute", JAVA_FIELD_MINUTE_OF_HOUR, CORE_JAVA_TIMES},
    {".getSecond", JAVA_FIELD_SECOND_OF_MINUTE, CORE_JAVA_TIMES},
    {".getNano", JAVA_FIELD_NANO_OF_SECOND, CORE_JAVA_TIMES | CORE_JAVA_INSTANT},
    {".getEpochSecond", JAVA_FIELD_INSTANT_SECONDS, CORE_JAVA_INSTANT},
    {".toEpochDay", JAVA_FIELD_EPOCH_DAY, CORE_JAVA_KIND(JAVA_LOCAL_DATE)},
    {".toSecondOfDay", JAVA_FIELD_SECOND_OF_DAY, CORE_JAVA_KIND(JAVA_LOCAL_TIME)},
    {".toNanoOfDay", JAVA_FIELD_NANO_OF_DAY, CORE_JAVA_KIND(JAVA_LOCAL_TIME)},
    {".getTotalSeconds", JAVA_FIELD_OFFSET_SECONDS, CORE_JAVA_KIND(JAVA_OFFSET)},
    {".withYear", JAVA_FIELD_YEAR, CORE_JAVA_DATES | MONTHS},
    {".withMonth", JAVA_FIELD_MONTH_OF_YEAR, CORE_JAVA_DATES | MONTHS},
    {".withDayOfMonth", JAVA_FIELD_DAY_OF_MONTH, CORE_JAVA_DATES},
    {".withDayOfYear", JAVA_FIELD_DAY_OF_YEAR, CORE_JAVA_DATES},
    {".withHour", JAVA_FIELD_HOUR_OF_DAY, CORE_JAVA_TIMES},
    {".withMinute", JAVA_FIELD_MINUTE_OF_HOUR, CORE_JAVA_TIMES},
    {".withSecond", JAVA_FIELD_SECOND_OF_MINUTE, CORE_JAVA_TIMES},
    {".withNano", JAVA_FIELD_NANO_OF_SECOND, CORE_JAVA_TIMES},
};

static const struct getter *find_getter(const struct native_call *call)
{
    for (size_t i = 0; i < ARRAY_COUNT(getters); i++) {
        if (strcmp(getters[i].name, call->entry->name) == 0) return &getters[i];
    }
    ASSERT(!"the entry has a line");
    return NULL;
}

static bool give_field(struct native_call *call, const struct java_moment *self,
                       enum java_field field, struct value *out)
{
    int64_t number;

    if (!java_moment_get(self, field, &number, call->err)) return false;
    *out = value_int(number);
    return true;
}

static bool get_by_name(struct native_call *call, struct value *out)
{
    const struct getter *getter = find_getter(call);
    struct java_moment self;

    return core_java_args_self(call, getter->kinds, &self) &&
           give_field(call, &self, getter->field, out);
}

/* Instants, durations and the local ones have nanoseconds. */
static bool get_nano(struct native_call *call, struct value *out)
{
    if (!java_value_is(call->args[0], JAVA_DURATION)) return get_by_name(call, out);
    *out = value_int(java_value_time(call->args[0]).nanos);
    return true;
}

/* .get answers what fits an int alone, .getLong all. */
static bool get_field(struct native_call *call, struct value *out)
{
    bool is_long = strcmp(call->entry->name, ".getLong") == 0;
    struct java_moment self;
    enum java_field field;

    if (!core_java_args_self(call, ANY | NAMED, &self) || !core_java_args_field(call, 1, &field)) {
        return false;
    }
    if (!is_long && java_moment_has(self.kind, field) && !java_field_is_int(field)) {
        return error_set(call->err, E_TEMPORAL_TYPE,
                         "Invalid field '%s' for get() method, use getLong() instead",
                         java_field_text(field));
    }
    return give_field(call, &self, field, out);
}

/* .getMonth and .getDayOfWeek: of that class. */
static bool get_named(struct native_call *call, struct value *out)
{
    bool month = strcmp(call->entry->name, ".getMonth") == 0;
    struct java_moment self, made;

    return core_java_args_self(call, CORE_JAVA_DATES | (month ? MONTHS : 0), &self) &&
           java_moment_convert(&self, month ? JAVA_MONTH : JAVA_WEEKDAY, &made, call->err) &&
           core_java_args_give(call, &made, out);
}

/* The number of a year, a month or a day of the week. */
static bool get_value(struct native_call *call, struct value *out)
{
    struct java_moment self;

    if (!core_java_args_self(call, YEARS | NAMED, &self)) return false;
    return give_field(call, &self,
                      self.kind == JAVA_YEAR    ? JAVA_FIELD_YEAR
                      : self.kind == JAVA_MONTH ? JAVA_FIELD_MONTH_OF_YEAR
                                                : JAVA_FIELD_DAY_OF_WEEK,
                      out);
}

static bool is_supported(struct native_call *call, struct value *out)
{
    struct java_moment self;
    struct value what = call->args[1];

    if (!core_java_args_self(call, ANY | NAMED, &self)) return false;
    if (java_value_is(what, JAVA_UNIT)) {
        *out = value_bool(
            java_moment_has_unit(self.kind, (enum java_time_unit)java_value_time(what).seconds));
    } else if (java_value_is(what, JAVA_FIELD)) {
        *out =
            value_bool(java_moment_has(self.kind, (enum java_field)java_value_time(what).seconds));
    } else {
        return core_args_invalid(call, 1, "a ChronoField or a ChronoUnit");
    }
    return true;
}

/* With */

static bool with_by_name(struct native_call *call, struct value *out)
{
    const struct getter *getter = find_getter(call);
    struct java_moment self;
    int64_t number;

    return core_java_args_self(call, getter->kinds, &self) && core_args_int32(call, 1, &number) &&
           java_moment_with(call->heap, &self, getter->field, number, call->err) &&
           core_java_args_give(call, &self, out);
}

/* Another date, time, month or offset in place of its own: what the other one has. */
static bool adjust(struct native_call *call, struct java_moment *self)
{
    static const struct {
        enum java_kind kind;
        enum java_field fields[2]; /* taken from the other one, in this order */
    } adjusters[] = {
        {JAVA_LOCAL_DATE, {JAVA_FIELD_EPOCH_DAY, JAVA_FIELDS}},
        {JAVA_LOCAL_TIME, {JAVA_FIELD_NANO_OF_DAY, JAVA_FIELDS}},
        {JAVA_LOCAL_DATE_TIME, {JAVA_FIELD_EPOCH_DAY, JAVA_FIELD_NANO_OF_DAY}},
        {JAVA_YEAR, {JAVA_FIELD_YEAR, JAVA_FIELDS}},
        {JAVA_YEAR_MONTH, {JAVA_FIELD_PROLEPTIC_MONTH, JAVA_FIELDS}},
        {JAVA_MONTH, {JAVA_FIELD_MONTH_OF_YEAR, JAVA_FIELDS}},
        {JAVA_WEEKDAY, {JAVA_FIELD_DAY_OF_WEEK, JAVA_FIELDS}},
        {JAVA_OFFSET, {JAVA_FIELD_OFFSET_SECONDS, JAVA_FIELDS}},
        {JAVA_INSTANT, {JAVA_FIELD_INSTANT_SECONDS, JAVA_FIELD_NANO_OF_SECOND}},
    };
    struct java_moment other;

    if (value_is_nil(call->args[1])) return core_args_wrong(call, 1, "a date or a time");
    if (!java_moment_of(call->args[1], &other)) {
        return core_args_invalid(call, 1, "a date or a time");
    }
    for (size_t i = 0; i < ARRAY_COUNT(adjusters); i++) {
        if (adjusters[i].kind != other.kind) continue;
        for (size_t j = 0; j < 2 && adjusters[i].fields[j] != JAVA_FIELDS; j++) {
            enum java_field field = adjusters[i].fields[j];
            int64_t number;

            if (!java_moment_get(&other, field, &number, call->err) ||
                !java_moment_with(call->heap, self, field, number, call->err)) {
                return false;
            }
        }
        return true;
    }
    return core_args_invalid(call, 1, "a part of a date or a time");
}

/* (.with x other) and (.with x field n) */
static bool with(struct native_call *call, struct value *out)
{
    struct java_moment self;
    enum java_field field;
    int64_t number;

    if (!core_java_args_self(call, ANY, &self)) return false;
    if (call->count == 2) return adjust(call, &self) && core_java_args_give(call, &self, out);
    return core_java_args_field(call, 1, &field) && core_args_int(call, 2, &number) &&
           java_moment_with(call->heap, &self, field, number, call->err) &&
           core_java_args_give(call, &self, out);
}

/* Moving */

/* The methods plusX and minusX: their unit, and who has them. */
static const struct move {
    const char *ending;
    enum java_time_unit unit;
    uint32_t kinds;
} moves[] = {
    {"Nanos", JAVA_TIME_NANO, CORE_JAVA_TIMES | CORE_JAVA_INSTANT | CORE_JAVA_DURATION},
    {"Millis", JAVA_TIME_MILLI, CORE_JAVA_INSTANT | CORE_JAVA_DURATION},
    {"Seconds", JAVA_TIME_SECOND, CORE_JAVA_TIMES | CORE_JAVA_INSTANT | CORE_JAVA_DURATION},
    {"Minutes", JAVA_TIME_MINUTE, CORE_JAVA_TIMES | CORE_JAVA_DURATION},
    {"Hours", JAVA_TIME_HOUR, CORE_JAVA_TIMES | CORE_JAVA_DURATION},
    {"Days", JAVA_TIME_DAY, CORE_JAVA_DATES | CORE_JAVA_DURATION | CORE_JAVA_PERIOD},
    {"Weeks", JAVA_TIME_WEEK, CORE_JAVA_DATES},
    {"Months", JAVA_TIME_MONTH, CORE_JAVA_DATES | MONTHS | CORE_JAVA_PERIOD},
    {"Years", JAVA_TIME_YEAR, CORE_JAVA_DATES | MONTHS | YEARS | CORE_JAVA_PERIOD},
};

static int sign_of(const struct native_call *call)
{
    return text_starts_with(text_from(call->entry->name), TEXT(".minus")) ? -1 : 1;
}

static bool give_duration(struct native_call *call, struct java_time span, struct value *out)
{
    *out = java_value_new(call->heap, JAVA_DURATION, span.seconds, span.nanos);
    return true;
}

/* self plus or minus the amount, whatever it is. */
static bool move(struct native_call *call, int64_t amount, enum java_time_unit unit,
                 struct value *out)
{
    struct value self = call->args[0];
    struct java_moment moment;
    struct java_time span;
    int sign = sign_of(call);

    if (java_value_is(self, JAVA_PERIOD)) {
        struct java_period period, more = {.years = unit == JAVA_TIME_YEAR,
                                           .months = unit == JAVA_TIME_MONTH,
                                           .days = unit == JAVA_TIME_DAY};
        int64_t factor = amount == INT64_MIN ? INT64_MAX : sign * amount;

        if (!java_period_add(java_period_of(self), more, factor, &period, call->err)) return false;
        *out = java_period_value(call->heap, period);
        return true;
    }
    if (java_value_is(self, JAVA_DURATION)) {
        struct java_time from = java_value_time(self);

        return java_time_of(amount, unit, &span, call->err) &&
               (sign > 0 ? java_time_add : java_time_subtract)(from, span, &span, call->err) &&
               give_duration(call, span, out);
    }
    if (!java_moment_of(self, &moment)) return core_args_wrong(call, 0, "a date or a time");
    return (sign > 0 ? java_moment_plus : java_moment_minus)(call->heap, &moment, amount, unit,
                                                             call->err) &&
           core_java_args_give(call, &moment, out);
}

static bool move_by_name(struct native_call *call, struct value *out)
{
    struct text name = text_from(call->entry->name);
    int64_t amount;

    for (size_t i = 0; i < ARRAY_COUNT(moves); i++) {
        if (!text_ends_with(name, text_from(moves[i].ending))) continue;
        return core_java_args_method(call, moves[i].kinds) && core_args_int(call, 1, &amount) &&
               move(call, amount, moves[i].unit, out);
    }
    ASSERT(!"the name of the entry ends with a unit");
    return false;
}

/* By a duration or a period. */
static bool move_by_span(struct native_call *call, struct value *out)
{
    struct value self = call->args[0], by = call->args[1];
    struct java_moment moment;
    struct java_period period;
    struct java_time span;
    int sign = sign_of(call);
    bool is_period = java_value_is(by, JAVA_PERIOD), is_span = java_value_is(by, JAVA_DURATION);

    if (value_is_nil(by)) return core_args_wrong(call, 1, "a java.time.Duration or Period");
    if (java_value_is(self, JAVA_DURATION)) {
        if (!is_span) return core_args_wrong(call, 1, "a java.time.Duration");
        return (sign > 0 ? java_time_add : java_time_subtract)(
                   java_value_time(self), java_value_time(by), &span, call->err) &&
               give_duration(call, span, out);
    }
    if (java_value_is(self, JAVA_PERIOD)) {
        if (is_span) {
            return error_set(call->err, E_DATE_TIME,
                             "Unit must be Years, Months or Days, but was "
                             "Seconds");
        }
        if (!is_period) return core_args_wrong(call, 1, "a java.time.Period");
        if (!java_period_add(java_period_of(self), java_period_of(by), sign, &period, call->err)) {
            return false;
        }
        *out = java_period_value(call->heap, period);
        return true;
    }
    if (!java_moment_of(self, &moment)) return core_args_wrong(call, 0, "a date or a time");
    if (is_period) {
        return java_period_move(call->heap, &moment, java_period_of(by), sign, call->err) &&
               core_java_args_give(call, &moment, out);
    }
    if (!is_span) return core_args_invalid(call, 1, "a java.time.Duration or Period");
    span = java_value_time(by);
    if (sign < 0 && !java_time_multiply(span, -1, &span, call->err)) return false;
    return java_moment_add(call->heap, &moment, span, call->err) &&
           core_java_args_give(call, &moment, out);
}

/* A month or a day of the week, around the year or the week. */
static bool turn(struct native_call *call, struct value *out)
{
    struct java_moment moment;
    int64_t amount;

    if (!java_moment_of(call->args[0], &moment) || !core_args_int(call, 1, &amount)) return false;
    bool month = moment.kind == JAVA_MONTH;
    enum java_field field = month ? JAVA_FIELD_MONTH_OF_YEAR : JAVA_FIELD_DAY_OF_WEEK;
    int64_t count = month ? 12 : 7, number;

    if (!java_moment_get(&moment, field, &number, call->err)) return false;
    number += sign_of(call) * (amount % count) + count - 1;
    moment.kind = JAVA_LOCAL_DATE;
    return java_moment_with(call->heap, &moment, field, number % count + 1, call->err) &&
           java_moment_convert(&moment, month ? JAVA_MONTH : JAVA_WEEKDAY, &moment, call->err) &&
           core_java_args_give(call, &moment, out);
}

/* (.plus x span) and (.plus x amount unit) */
static bool plus(struct native_call *call, struct value *out)
{
    enum java_time_unit unit;
    int64_t amount;
    bool exact = java_value_is(call->args[0], JAVA_DURATION);

    if (!core_java_args_method(call, ANY | NAMED | CORE_JAVA_DURATION | CORE_JAVA_PERIOD)) {
        return false;
    }
    if (call->count == 2) {
        bool named =
            java_value_is(call->args[0], JAVA_MONTH) || java_value_is(call->args[0], JAVA_WEEKDAY);

        return named ? turn(call, out) : move_by_span(call, out);
    }
    if (java_value_is(call->args[0], JAVA_PERIOD)) {
        return core_args_invalid(call, 0, "a date or a time: a period has no unit");
    }
    if (!exact && call->args[1].type != VALUE_INT) return core_args_invalid(call, 1, "an integer");
    if (!core_args_int(call, 1, &amount)) return false;
    if (!exact && !value_is_nil(call->args[2]) && !java_value_is(call->args[2], JAVA_UNIT)) {
        return core_args_invalid(call, 2, "a unit, as java.time.temporal.ChronoUnit/DAYS");
    }
    return core_java_args_unit(call, 2, &unit) && move(call, amount, unit, out);
}

static bool truncated_to(struct native_call *call, struct value *out)
{
    struct java_moment moment;
    enum java_time_unit unit;

    if (java_value_is(call->args[0], JAVA_DURATION)) {
        struct java_time span = java_value_time(call->args[0]);

        return core_java_args_unit(call, 1, &unit) &&
               java_time_truncate(span, unit, false, &span, call->err) &&
               give_duration(call, span, out);
    }
    return core_java_args_self(call, CORE_JAVA_TIMES | CORE_JAVA_INSTANT, &moment) &&
           core_java_args_unit(call, 1, &unit) &&
           java_moment_truncate(call->heap, &moment, unit, call->err) &&
           core_java_args_give(call, &moment, out);
}

/* Between */

static bool count_between(struct native_call *call, const struct java_moment *from, uint32_t to,
                          enum java_time_unit unit, struct value *out)
{
    struct java_moment end;
    int64_t count = 0;

    if (!core_java_args_temporal(call, to, &end) ||
        !java_moment_until(call->heap, from, &end, unit, &count, call->err)) {
        return false;
    }
    *out = value_int(count);
    return true;
}

/* (.until from to unit); of dates also (.until from to): a period. */
static bool until(struct native_call *call, struct value *out)
{
    struct java_moment from, to;
    struct java_period period;
    enum java_time_unit unit;

    if (call->count == 3) {
        return core_java_args_self(call, ANY, &from) && core_java_args_temporal(call, 1, &to) &&
               core_java_args_unit(call, 2, &unit) && count_between(call, &from, 1, unit, out);
    }
    if (!core_java_args_self(call, CORE_JAVA_KIND(JAVA_LOCAL_DATE), &from) ||
        !core_java_args_moment(call, 1, JAVA_LOCAL_DATE, &to) ||
        !java_period_between(from.seconds / JAVA_DAY_SECONDS, to.seconds / JAVA_DAY_SECONDS,
                             &period, call->err)) {
        return false;
    }
    *out = java_period_value(call->heap, period);
    return true;
}

static bool between(struct native_call *call, struct value *out)
{
    struct java_moment from;
    enum java_time_unit unit;

    return core_java_args_unit(call, 0, &unit) && core_java_args_temporal(call, 1, &from) &&
           count_between(call, &from, 2, unit, out);
}

/* Order */

static bool compare(struct native_call *call, uint32_t kinds, int wanted, struct value *out)
{
    struct java_moment a, b;

    if (!core_java_args_self(call, kinds, &a) || !core_java_args_moment(call, 1, a.kind, &b)) {
        return false;
    }
    *out = value_bool(java_moment_compare_time(&a, &b) == wanted);
    return true;
}

static bool is_before(struct native_call *call, struct value *out)
{
    return compare(call, ANY, -1, out);
}

static bool is_after(struct native_call *call, struct value *out)
{
    return compare(call, ANY, 1, out);
}

static bool is_equal(struct native_call *call, struct value *out)
{
    return compare(call, CORE_JAVA_DATES, 0, out);
}

#define MOVE(name)                                      \
    {".plus" name, 2, 2, NATIVE_PLAIN, move_by_name},   \
    {                                                   \
        ".minus" name, 2, 2, NATIVE_PLAIN, move_by_name \
    }
#define GET(name)                             \
    {                                         \
        name, 1, 1, NATIVE_PLAIN, get_by_name \
    }
#define WITH(name)                             \
    {                                          \
        name, 2, 2, NATIVE_PLAIN, with_by_name \
    }

const struct native_entry core_java_time[] = {
    GET(".getYear"),
    GET(".getMonthValue"),
    GET(".getDayOfMonth"),
    GET(".getDayOfYear"),
    GET(".getHour"),
    GET(".getMinute"),
    GET(".getSecond"),
    GET(".getEpochSecond"),
    GET(".toEpochDay"),
    GET(".toSecondOfDay"),
    GET(".toNanoOfDay"),
    GET(".getTotalSeconds"),
    WITH(".withYear"),
    WITH(".withMonth"),
    WITH(".withDayOfMonth"),
    WITH(".withDayOfYear"),
    WITH(".withHour"),
    WITH(".withMinute"),
    WITH(".withSecond"),
    WITH(".withNano"),
    MOVE("Nanos"),
    MOVE("Millis"),
    MOVE("Seconds"),
    MOVE("Minutes"),
    MOVE("Hours"),
    MOVE("Days"),
    MOVE("Weeks"),
    MOVE("Months"),
    MOVE("Years"),
    {".getNano", 1, 1, NATIVE_PLAIN, get_nano},
    {".getMonth", 1, 1, NATIVE_PLAIN, get_named},
    {".getDayOfWeek", 1, 1, NATIVE_PLAIN, get_named},
    {".getValue", 1, 1, NATIVE_PLAIN, get_value},
    {".get", 2, 2, NATIVE_PLAIN, get_field},
    {".getLong", 2, 2, NATIVE_PLAIN, get_field},
    {".isSupported", 2, 2, NATIVE_PLAIN, is_supported},
    {".with", 2, 3, NATIVE_PLAIN, with},
    {".plus", 2, 3, NATIVE_PLAIN, plus},
    {".minus", 2, 3, NATIVE_PLAIN, plus},
    {".truncatedTo", 2, 2, NATIVE_PLAIN, truncated_to},
    {".until", 2, 3, NATIVE_PLAIN, until},
    {".between", 3, 3, NATIVE_PLAIN, between},
    {".isBefore", 2, 2, NATIVE_PLAIN, is_before},
    {".isAfter", 2, 2, NATIVE_PLAIN, is_after},
    {".isEqual", 2, 2, NATIVE_PLAIN, is_equal},
    {0},
};
