#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "flow/heap.h"

/*
 * Java zone: the zones of java.time as values: an offset (JAVA_OFFSET), or a region (JAVA_REGION),
 * which is an IANA name, or UTC, GMT or UT, maybe with an offset behind it. A region's rules are
 * those of the machine's time zone data (base/zone.h); the heap keeps the last ones that it read.
 */
struct value java_zone_offset(struct heap *heap, int32_t offset_s);
/* A region by a name that is known to be one. */
struct value java_zone_region(struct heap *heap, struct text id);
/* As ZoneId.of: E_DATE_TIME, or E_ZONE_RULES when there is no such region. */
bool java_zone_of(struct heap *heap, struct text id, struct value *out, struct error *err)
    MUST_CHECK;
/* As ZoneId.ofOffset: the prefix is UTC, GMT or UT, or nothing: E_ARGUMENT. */
bool java_zone_prefixed(struct heap *heap, struct text prefix, int32_t offset_s, struct value *out,
                        struct error *err) MUST_CHECK;
/* As ZoneOffset.of: E_DATE_TIME. */
bool java_zone_parse_offset(struct text id, int32_t *out_s, struct error *err) MUST_CHECK;
/* As ZoneOffset.ofHoursMinutesSeconds and ofTotalSeconds. */
bool java_zone_sum_offset(int64_t hours, int64_t minutes, int64_t seconds, int32_t *out_s,
                          struct error *err) MUST_CHECK;
bool java_zone_check_offset(int64_t offset_s, struct error *err) MUST_CHECK;

bool java_zone_is(struct value value);
/* A region whose text could be the name of one: what codec data may hold. */
bool java_zone_is_id(struct text id);
/* "+01:00", "Z", "Europe/Oslo" */
void java_zone_print_offset(int32_t offset_s, struct buf *out);
void java_zone_print(struct value zone, struct buf *out);

/* Whether it has one offset for all time. */
bool java_zone_is_fixed(struct value zone, int32_t *out_s);
/* Seconds east of UTC at that instant. E_ZONE_RULES when the region's data is not there. */
bool java_zone_at(struct heap *heap, struct value zone, int64_t utc_s, int32_t *out_s,
                  struct error *err) MUST_CHECK;

bool java_zone_is_daylight(struct heap *heap, struct value zone, int64_t utc_s, bool *out,
                           struct error *err) MUST_CHECK;

/* What clocks do when they show a local time: before == after: nothing. before < after: they skip
 * it, and no offset is valid; before > after: they show it twice, and both are. */
struct java_zone_shift {
    int32_t before_s, after_s;
    int64_t change_s; /* when, in UTC */
};

bool java_zone_shift(struct heap *heap, struct value zone, int64_t local_s,
                     struct java_zone_shift *out, struct error *err) MUST_CHECK;

/* The rules that a heap has read; freed with it. */
struct java_zone_cache;
void java_zone_cache_free(struct java_zone_cache *cache); /* accepts NULL */
