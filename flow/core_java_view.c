#include "base/civil.h"
#include "flow/core.h"
#include "flow/core_java_args.h"
#include "flow/inst.h"
#include "flow/java_zone.h"

#include <string.h>

/* Core java view: one date or time of java.time seen as another, and what a calendar says of it. */

/* #inst, which is java.util.Date */

static bool get_time(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_INST) return core_args_wrong(call, 0, "an #inst");
    *out = value_int(inst_ms(call->args[0]));
    return true;
}

static bool date_from(struct native_call *call, struct value *out)
{
    struct java_moment at;
    int64_t ms = 0;

    if (!core_java_args_moment(call, 0, JAVA_INSTANT, &at)) return false;
    if (!java_time_to_ms(java_moment_instant(&at), &ms, NULL)) {
        return error_set(call->err, E_ARGUMENT, "java.util.Date/from: the instant is out of range");
    }
    *out = inst_new(call->heap, ms);
    return true;
}

static bool to_epoch_milli(struct native_call *call, struct value *out)
{
    struct java_moment at;
    int64_t ms = 0;

    if (!core_java_args_self(call, CORE_JAVA_INSTANT, &at)) return false;
    if (!java_time_to_ms(java_moment_instant(&at), &ms, call->err)) return false;
    *out = value_int(ms);
    return true;
}

/* Of a local date and time the offset is an argument. */
static bool with_offset(struct native_call *call, uint32_t index, struct java_moment *self)
{
    if (call->count <= index) {
        return (CORE_JAVA_KIND(self->kind) & CORE_JAVA_ZONED) ||
               core_args_invalid(call, 0, "a date and time with an offset");
    }
    if (self->kind != JAVA_LOCAL_DATE_TIME) {
        return core_args_invalid(call, 0, "a java.time.LocalDateTime");
    }
    return core_java_args_offset(call, index, &self->offset_s);
}

static bool to_instant(struct native_call *call, struct value *out)
{
    struct java_moment self;

    if (call->args[0].type == VALUE_INST && call->count == 1) {
        struct java_time at = java_time_from_ms(inst_ms(call->args[0]));

        *out = java_value_new(call->heap, JAVA_INSTANT, at.seconds, at.nanos);
        return true;
    }
    if (!core_java_args_self(call, CORE_JAVA_DATE_TIMES, &self) || !with_offset(call, 1, &self)) {
        return false;
    }
    self.seconds -= self.offset_s;
    self.offset_s = 0;
    self.kind = JAVA_INSTANT;
    self.zone = value_nil();
    return core_java_args_give(call, &self, out);
}

static bool to_epoch_second(struct native_call *call, struct value *out)
{
    struct java_moment self, time;

    bool date = java_value_is(call->args[0], JAVA_LOCAL_DATE);

    if (date || java_value_is(call->args[0],
                              JAVA_LOCAL_TIME)) { // [date time offset], or [time date offset]
        if (call->count != 3) return core_args_invalid(call, 0, "a date, a time and an offset");
        if (!core_java_args_moment(call, 0, date ? JAVA_LOCAL_DATE : JAVA_LOCAL_TIME, &self) ||
            !core_java_args_moment(call, 1, date ? JAVA_LOCAL_TIME : JAVA_LOCAL_DATE, &time) ||
            !core_java_args_offset(call, 2, &self.offset_s)) {
            return false;
        }
        self.seconds += time.seconds;
    } else if (call->count == 3) {
        return core_args_invalid(call, 0, "a java.time.LocalDate");
    } else if (!core_java_args_self(call, CORE_JAVA_DATE_TIMES, &self) ||
               !with_offset(call, 1, &self)) {
        return false;
    }
    *out = value_int(java_moment_instant(&self).seconds);
    return true;
}

/* Parts */

/* .toLocalDate and its kind: the name says which. */
static bool to_part(struct native_call *call, struct value *out)
{
    static const struct {
        const char *name;
        enum java_kind kind;
        uint32_t kinds;
    } parts[] = {
        {".toLocalDate", JAVA_LOCAL_DATE, CORE_JAVA_DATE_TIMES},
        {".toLocalTime", JAVA_LOCAL_TIME, CORE_JAVA_DATE_TIMES},
        {".toLocalDateTime", JAVA_LOCAL_DATE_TIME, CORE_JAVA_ZONED},
        {".toOffsetDateTime", JAVA_OFFSET_DATE_TIME, CORE_JAVA_KIND(JAVA_ZONED_DATE_TIME)},
        {".toZonedDateTime", JAVA_ZONED_DATE_TIME, CORE_JAVA_KIND(JAVA_OFFSET_DATE_TIME)},
        {".getOffset", JAVA_OFFSET, CORE_JAVA_ZONED},
    };
    struct java_moment self;

    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (strcmp(parts[i].name, call->entry->name) != 0) continue;
        if (!core_java_args_self(call, parts[i].kinds, &self)) return false;
        if (parts[i].kind == JAVA_ZONED_DATE_TIME) {
            self.zone = java_zone_offset(call->heap, self.offset_s);
        }
        return java_moment_convert(&self, parts[i].kind, &self, call->err) &&
               core_java_args_give(call, &self, out);
    }
    ASSERT(!"the name of the entry is a part");
    return false;
}

static bool get_zone(struct native_call *call, struct value *out)
{
    struct java_moment self;

    if (java_value_is(call->args[0], JAVA_FORMATTER)) {
        *out = object_value_or_nil(OBJECT_AS(java_object, call->args[0].object)->zone);
        return true;
    }
    if (!core_java_args_self(call, CORE_JAVA_KIND(JAVA_ZONED_DATE_TIME), &self)) return false;
    *out = self.zone;
    return true;
}

static bool get_id(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (!core_java_args_method(call, CORE_JAVA_KIND(JAVA_OFFSET) | CORE_JAVA_KIND(JAVA_REGION))) {
        return false;
    }
    java_zone_print(call->args[0], &text);
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

/* Together with a time, an offset, a zone */

static bool at_start_of_day(struct native_call *call, struct value *out)
{
    struct java_moment self;
    struct value zone;

    if (!core_java_args_self(call, CORE_JAVA_KIND(JAVA_LOCAL_DATE), &self)) return false;
    self.kind = JAVA_LOCAL_DATE_TIME;
    if (call->count == 2) {
        if (!core_java_args_zone(call, 1, &zone) ||
            !java_moment_start_of_day(call->heap, &self, zone, call->err)) {
            return false;
        }
    }
    return core_java_args_give(call, &self, out);
}

/* (.atTime date time), (.atTime date hour minute …) */
static bool at_time(struct native_call *call, struct value *out)
{
    struct java_moment self, time;
    int64_t parts[4] = {0};

    if (!core_java_args_self(call, CORE_JAVA_KIND(JAVA_LOCAL_DATE), &self)) return false;
    if (call->count == 2) {
        if (!core_java_args_moment(call, 1, JAVA_LOCAL_TIME, &time)) return false;
    } else {
        for (uint32_t i = 1; i < call->count; i++) {
            if (!core_args_int32(call, i, &parts[i - 1])) return false;
        }
        if (!java_moment_time(parts[0], parts[1], parts[2], parts[3], &time, call->err)) {
            return false;
        }
    }
    self.kind = JAVA_LOCAL_DATE_TIME;
    self.seconds += time.seconds;
    self.nanos = time.nanos;
    return core_java_args_give(call, &self, out);
}

static bool at_date(struct native_call *call, struct value *out)
{
    struct java_moment self, date;

    if (!core_java_args_self(call, CORE_JAVA_KIND(JAVA_LOCAL_TIME), &self) ||
        !core_java_args_moment(call, 1, JAVA_LOCAL_DATE, &date)) {
        return false;
    }
    self.kind = JAVA_LOCAL_DATE_TIME;
    self.seconds += date.seconds;
    return core_java_args_give(call, &self, out);
}

static bool at_offset(struct native_call *call, struct value *out)
{
    struct java_moment self;
    int32_t offset_s;

    if (!core_java_args_self(call, CORE_JAVA_KIND(JAVA_LOCAL_DATE_TIME) | CORE_JAVA_INSTANT,
                             &self) ||
        !core_java_args_offset(call, 1, &offset_s)) {
        return false;
    }
    if (self.kind == JAVA_INSTANT) {
        return java_moment_at_offset(java_moment_instant(&self), offset_s, &self, call->err) &&
               core_java_args_give(call, &self, out);
    }
    self.kind = JAVA_OFFSET_DATE_TIME;
    self.offset_s = offset_s;
    return core_java_args_give(call, &self, out);
}

/* Of an instant what the zone's clocks show; of a local date and time itself. */
static bool at_zone(struct native_call *call, struct value *out)
{
    struct java_moment self;
    struct value zone;

    if (!core_java_args_self(call, CORE_JAVA_KIND(JAVA_LOCAL_DATE_TIME) | CORE_JAVA_INSTANT,
                             &self) ||
        !core_java_args_zone(call, 1, &zone)) {
        return false;
    }
    bool good = self.kind == JAVA_INSTANT
                    ? java_moment_at(call->heap, java_moment_instant(&self), zone, &self, call->err)
                    : java_moment_settle(call->heap, &self, zone, NULL, call->err);

    return good && core_java_args_give(call, &self, out);
}

/* Changing the zone or the offset: the same instant, or the same local date and time. */

static bool same_instant(struct native_call *call, struct value *out)
{
    bool offset = strcmp(call->entry->name, ".withOffsetSameInstant") == 0;
    bool at = strcmp(call->entry->name, ".atZoneSameInstant") == 0;
    struct java_moment self;
    struct value zone;
    int32_t offset_s = 0;

    if (!core_java_args_self(
            call, CORE_JAVA_KIND(offset || at ? JAVA_OFFSET_DATE_TIME : JAVA_ZONED_DATE_TIME),
            &self) ||
        !(offset ? core_java_args_offset(call, 1, &offset_s)
                 : core_java_args_zone(call, 1, &zone))) {
        return false;
    }
    struct java_time instant = java_moment_instant(&self);
    bool good = offset ? java_moment_at_offset(instant, offset_s, &self, call->err)
                       : java_moment_at(call->heap, instant, zone, &self, call->err);

    return good && core_java_args_give(call, &self, out);
}

static bool same_local(struct native_call *call, struct value *out)
{
    bool offset = strcmp(call->entry->name, ".withOffsetSameLocal") == 0;
    bool at = strcmp(call->entry->name, ".atZoneSimilarLocal") == 0;
    struct java_moment self;
    struct value zone;

    if (!core_java_args_self(
            call, CORE_JAVA_KIND(offset || at ? JAVA_OFFSET_DATE_TIME : JAVA_ZONED_DATE_TIME),
            &self)) {
        return false;
    }
    if (offset) {
        return core_java_args_offset(call, 1, &self.offset_s) &&
               core_java_args_give(call, &self, out);
    }
    int32_t preferred_s = self.offset_s;

    return core_java_args_zone(call, 1, &zone) &&
           java_moment_settle(call->heap, &self, zone, &preferred_s, call->err) &&
           core_java_args_give(call, &self, out);
}

/* The earlier or the later of the two offsets that are valid at once. */
static bool at_overlap(struct native_call *call, struct value *out)
{
    bool later = strcmp(call->entry->name, ".withLaterOffsetAtOverlap") == 0;
    struct java_moment self;
    struct java_zone_shift shift;

    if (!core_java_args_self(call, CORE_JAVA_KIND(JAVA_ZONED_DATE_TIME), &self) ||
        !java_zone_shift(call->heap, self.zone, self.seconds, &shift, call->err)) {
        return false;
    }
    if (shift.before_s > shift.after_s) self.offset_s = later ? shift.after_s : shift.before_s;
    return core_java_args_give(call, &self, out);
}

static bool with_fixed_zone(struct native_call *call, struct value *out)
{
    struct java_moment self;

    if (!core_java_args_self(call, CORE_JAVA_KIND(JAVA_ZONED_DATE_TIME), &self)) return false;
    self.zone = java_zone_offset(call->heap, self.offset_s);
    return core_java_args_give(call, &self, out);
}

/* What a calendar says */

#define MONTHS (CORE_JAVA_KIND(JAVA_LOCAL_DATE) | CORE_JAVA_KIND(JAVA_YEAR_MONTH))
#define YEARS  (MONTHS | CORE_JAVA_KIND(JAVA_YEAR))

static bool take_civil(struct native_call *call, uint32_t kinds, struct java_moment *out_self,
                       struct civil *out)
{
    if (!core_java_args_self(call, kinds, out_self)) return false;
    *out = civil_from_days(civil_divide(out_self->seconds, JAVA_DAY_SECONDS));
    return true;
}

static bool length_of_month(struct native_call *call, struct value *out)
{
    struct java_moment self;
    struct civil date;

    if (!take_civil(call, MONTHS, &self, &date)) return false;
    *out = value_int(civil_month_length(date.year, date.month));
    return true;
}

/* .lengthOfYear, .isLeapYear and a year's .length and .isLeap */
static bool about_year(struct native_call *call, struct value *out)
{
    struct text name = text_from(call->entry->name);
    bool year = text_equal(name, TEXT(".isLeap"));
    struct java_moment self;
    struct civil date;

    if (!take_civil(call, year ? CORE_JAVA_KIND(JAVA_YEAR) : MONTHS, &self, &date)) return false;
    bool leap = civil_month_length(date.year, 2) == 29;

    *out = text_starts_with(name, TEXT(".is")) ? value_bool(leap) : value_int(leap ? 366 : 365);
    return true;
}

/* The date of a day in a month or a year, or of a month in a year. */
static bool at_day(struct native_call *call, struct value *out)
{
    struct java_moment self;
    struct civil date;
    int64_t number, days;

    if (!take_civil(call, CORE_JAVA_KIND(JAVA_YEAR) | CORE_JAVA_KIND(JAVA_YEAR_MONTH), &self,
                    &date) ||
        !core_args_int32(call, 1, &number)) {
        return false;
    }
    if (!(self.kind == JAVA_YEAR
              ? java_moment_year_day(date.year, number, &days, call->err)
              : java_moment_date(date.year, date.month, number, &days, call->err))) {
        return false;
    }
    self.kind = JAVA_LOCAL_DATE;
    self.seconds = days * JAVA_DAY_SECONDS;
    return core_java_args_give(call, &self, out);
}

static bool at_month(struct native_call *call, struct value *out)
{
    struct java_moment self;
    struct civil date;
    int64_t parts[2], days;

    if (!take_civil(call, CORE_JAVA_KIND(JAVA_YEAR), &self, &date)) return false;
    call->args[0] = value_int(date.year); // a month or its number stands behind it
    if (!core_java_args_ints(call, 2, true, parts) ||
        !java_moment_date(parts[0], parts[1], 1, &days, call->err)) {
        return false;
    }
    self.kind = JAVA_YEAR_MONTH;
    self.seconds = days * JAVA_DAY_SECONDS;
    return core_java_args_give(call, &self, out);
}

static bool at_end_of_month(struct native_call *call, struct value *out)
{
    struct java_moment self;
    struct civil date;

    if (!take_civil(call, CORE_JAVA_KIND(JAVA_YEAR_MONTH), &self, &date)) return false;
    self.kind = JAVA_LOCAL_DATE;
    self.seconds += (civil_month_length(date.year, date.month) - 1) * JAVA_DAY_SECONDS;
    return core_java_args_give(call, &self, out);
}

#define ENUMS                                                                                \
    (CORE_JAVA_KIND(JAVA_MONTH) | CORE_JAVA_KIND(JAVA_WEEKDAY) | CORE_JAVA_KIND(JAVA_UNIT) | \
     CORE_JAVA_KIND(JAVA_FIELD))

/* The name of an enum's member, as the constant has it. */
static bool name_of(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct value self = call->args[0];

    if (!core_java_args_method(call, ENUMS)) return false;
    if (java_value_is(self, JAVA_UNIT)) {
        buf_cstr(&text, java_time_unit_name((enum java_time_unit)java_value_time(self).seconds));
    } else if (java_value_is(self, JAVA_FIELD)) {
        buf_cstr(&text, java_field_name((enum java_field)java_value_time(self).seconds));
    } else {
        java_value_display(self, &text);
    }
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

#define PART(name)                        \
    {                                     \
        name, 1, 1, NATIVE_PLAIN, to_part \
    }

const struct native_entry core_java_view[] = {
    {"java.util.Date/from", 1, 1, NATIVE_PLAIN, date_from},
    {".getTime", 1, 1, NATIVE_PLAIN, get_time},
    {".toInstant", 1, 2, NATIVE_PLAIN, to_instant},
    {".toEpochMilli", 1, 1, NATIVE_PLAIN, to_epoch_milli},
    {".toEpochSecond", 1, 3, NATIVE_PLAIN, to_epoch_second},
    PART(".toLocalDate"),
    PART(".toLocalTime"),
    PART(".toLocalDateTime"),
    PART(".toOffsetDateTime"),
    PART(".toZonedDateTime"),
    PART(".getOffset"),
    {".getZone", 1, 1, NATIVE_PLAIN, get_zone},
    {".getId", 1, 1, NATIVE_PLAIN, get_id},
    {".atStartOfDay", 1, 2, NATIVE_PLAIN, at_start_of_day},
    {".atTime", 2, 5, NATIVE_PLAIN, at_time},
    {".atDate", 2, 2, NATIVE_PLAIN, at_date},
    {".atOffset", 2, 2, NATIVE_PLAIN, at_offset},
    {".atZone", 2, 2, NATIVE_PLAIN, at_zone},
    {".withZoneSameInstant", 2, 2, NATIVE_PLAIN, same_instant},
    {".withOffsetSameInstant", 2, 2, NATIVE_PLAIN, same_instant},
    {".atZoneSameInstant", 2, 2, NATIVE_PLAIN, same_instant},
    {".withZoneSameLocal", 2, 2, NATIVE_PLAIN, same_local},
    {".withOffsetSameLocal", 2, 2, NATIVE_PLAIN, same_local},
    {".atZoneSimilarLocal", 2, 2, NATIVE_PLAIN, same_local},
    {".withEarlierOffsetAtOverlap", 1, 1, NATIVE_PLAIN, at_overlap},
    {".withLaterOffsetAtOverlap", 1, 1, NATIVE_PLAIN, at_overlap},
    {".withFixedOffsetZone", 1, 1, NATIVE_PLAIN, with_fixed_zone},
    {".lengthOfMonth", 1, 1, NATIVE_PLAIN, length_of_month},
    {".lengthOfYear", 1, 1, NATIVE_PLAIN, about_year},
    {".isLeapYear", 1, 1, NATIVE_PLAIN, about_year},
    {".isLeap", 1, 1, NATIVE_PLAIN, about_year},
    {".atDay", 2, 2, NATIVE_PLAIN, at_day},
    {".atMonth", 2, 2, NATIVE_PLAIN, at_month},
    {".atEndOfMonth", 1, 1, NATIVE_PLAIN, at_end_of_month},
    {".name", 1, 1, NATIVE_PLAIN, name_of},
    {0},
};
