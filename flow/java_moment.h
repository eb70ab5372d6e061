#pragma once

#include "flow/heap.h"
#include "flow/java_field.h"
#include "flow/java_value.h"

/*
 * Java moment: what the temporal values of java.time are, from Instant and LocalDate to
 * ZonedDateTime, Year and DayOfWeek: one struct, told apart by its kind. The seconds are those that
 * a clock there shows (of an instant: one in UTC), as if that clock were in UTC; what a kind does
 * not have is zero: a LocalDate is its midnight, a LocalTime is of 1970-01-01, a Year is its first
 * of January, a DayOfWeek is in the week of 1970-01-05.
 *
 * What Java refuses is an error as in flow/java_time.h. The heap is for the rules of zones only.
 */
struct java_moment {
    enum java_kind kind;
    int32_t nanos;
    int64_t seconds;
    int32_t offset_s;  /* east of UTC */
    struct value zone; /* of a zoned date-time; else nil */
};

/* Whether the value is such a thing, and it. */
bool java_moment_of(struct value value, struct java_moment *out);
struct value java_moment_value(struct heap *heap, const struct java_moment *moment);

bool java_moment_has(enum java_kind kind, enum java_field field);
/* As .getLong; E_TEMPORAL_TYPE. */
bool java_moment_get(const struct java_moment *moment, enum java_field field, int64_t *out,
                     struct error *err) MUST_CHECK;
/* As .with. */
bool java_moment_with(struct heap *heap, struct java_moment *moment, enum java_field field,
                      int64_t value, struct error *err) MUST_CHECK;

bool java_moment_has_unit(enum java_kind kind, enum java_time_unit unit);
bool java_moment_plus(struct heap *heap, struct java_moment *moment, int64_t amount,
                      enum java_time_unit unit, struct error *err) MUST_CHECK;
bool java_moment_minus(struct heap *heap, struct java_moment *moment, int64_t amount,
                       enum java_time_unit unit, struct error *err) MUST_CHECK;
/* Adds a duration. */
bool java_moment_add(struct heap *heap, struct java_moment *moment, struct java_time span,
                     struct error *err) MUST_CHECK;
/* How many whole units from one to the other, which becomes of the first one's kind. */
bool java_moment_until(struct heap *heap, const struct java_moment *from,
                       const struct java_moment *to, enum java_time_unit unit, int64_t *out,
                       struct error *err) MUST_CHECK;
bool java_moment_truncate(struct heap *heap, struct java_moment *moment, enum java_time_unit unit,
                          struct error *err) MUST_CHECK;
/* As Duration.between. */
bool java_moment_between(struct heap *heap, const struct java_moment *from,
                         const struct java_moment *to, struct java_time *out, struct error *err)
    MUST_CHECK;

int java_moment_weekday(int64_t days); /* from 1: Monday */
/* A date and a time of those numbers: E_DATE_TIME when the calendar has none. */
bool java_moment_date(int64_t year, int64_t month, int64_t day, int64_t *out_days,
                      struct error *err) MUST_CHECK;
bool java_moment_year_day(int64_t year, int64_t day, int64_t *out_days, struct error *err)
    MUST_CHECK;
bool java_moment_time(int64_t hour, int64_t minute, int64_t second, int64_t nano,
                      struct java_moment *out, struct error *err) MUST_CHECK;
/* Whether the local date and time are within the years of Java. */
bool java_moment_check(const struct java_moment *moment, struct error *err) MUST_CHECK;

/* Java's X.from: the same as that kind, which may have less. */
bool java_moment_convert(const struct java_moment *from, enum java_kind kind,
                         struct java_moment *out, struct error *err) MUST_CHECK;
struct java_time java_moment_instant(const struct java_moment *moment);
/* The date and time that the zone's clocks show at that instant. */
bool java_moment_at(struct heap *heap, struct java_time instant, struct value zone,
                    struct java_moment *out, struct error *err) MUST_CHECK;
bool java_moment_at_offset(struct java_time instant, int32_t offset_s, struct java_moment *out,
                           struct error *err) MUST_CHECK;
/* That local date and time in the zone: in a gap later by its length; of two the preferred offset,
 * or the earlier time. As ZonedDateTime.ofLocal. */
bool java_moment_settle(struct heap *heap, struct java_moment *moment, struct value zone,
                        const int32_t *preferred_s, struct error *err) MUST_CHECK;

/* The first moment of that local date there: after midnight where clocks skip that. */
bool java_moment_start_of_day(struct heap *heap, struct java_moment *moment, struct value zone,
                              struct error *err) MUST_CHECK;

/* Of two of one kind: before, after. */
int java_moment_compare_time(const struct java_moment *a, const struct java_moment *b);
/* As .compareTo; false: the kind has no order. */
bool java_moment_compare(const struct java_moment *a, const struct java_moment *b, int *out);
uint32_t java_moment_hash(const struct java_moment *moment); /* as hashCode */
void java_moment_print(const struct java_moment *moment, struct buf *out);
/* "JANUARY" of "January". */
void java_moment_print_name(const char *name, struct buf *out);
