#pragma once

#include "flow/core_args.h"
#include "flow/java_moment.h"

/* Core java args: what the natives of java.time share. A class or a part of a native's name says
 * what it is about, so that one function carries out a method for all of them. */
#define CORE_JAVA_KIND(kind) (1U << (kind))

#define CORE_JAVA_ZONED \
    (CORE_JAVA_KIND(JAVA_OFFSET_DATE_TIME) | CORE_JAVA_KIND(JAVA_ZONED_DATE_TIME))
#define CORE_JAVA_DATE_TIMES (CORE_JAVA_KIND(JAVA_LOCAL_DATE_TIME) | CORE_JAVA_ZONED)
#define CORE_JAVA_DATES      (CORE_JAVA_KIND(JAVA_LOCAL_DATE) | CORE_JAVA_DATE_TIMES)
#define CORE_JAVA_TIMES      (CORE_JAVA_KIND(JAVA_LOCAL_TIME) | CORE_JAVA_DATE_TIMES)
#define CORE_JAVA_INSTANT    CORE_JAVA_KIND(JAVA_INSTANT)
#define CORE_JAVA_DURATION   CORE_JAVA_KIND(JAVA_DURATION)
#define CORE_JAVA_PERIOD     CORE_JAVA_KIND(JAVA_PERIOD)

/* The object of a method, which classes of those kinds have. */
bool core_java_args_method(struct native_call *call, uint32_t kinds) MUST_CHECK;
/* The same, as a moment. */
bool core_java_args_self(struct native_call *call, uint32_t kinds, struct java_moment *out)
    MUST_CHECK;
/* An argument of that class alone. */
bool core_java_args_kind(struct native_call *call, uint32_t index, enum java_kind kind) MUST_CHECK;
bool core_java_args_moment(struct native_call *call, uint32_t index, enum java_kind kind,
                           struct java_moment *out) MUST_CHECK;
/* Any date or time. */
bool core_java_args_temporal(struct native_call *call, uint32_t index, struct java_moment *out)
    MUST_CHECK;
bool core_java_args_unit(struct native_call *call, uint32_t index, enum java_time_unit *out)
    MUST_CHECK;
bool core_java_args_field(struct native_call *call, uint32_t index, enum java_field *out)
    MUST_CHECK;
/* An offset or a region; charges for looking into its rules. */
bool core_java_args_zone(struct native_call *call, uint32_t index, struct value *out) MUST_CHECK;
bool core_java_args_offset(struct native_call *call, uint32_t index, int32_t *out_s) MUST_CHECK;
/* The first count arguments as ints; a Month may stand for the second one of a date. chosen: Java
 * has one method for the number and one for the Month. */
bool core_java_args_ints(struct native_call *call, uint32_t count, bool chosen, int64_t *out)
    MUST_CHECK;

/* Looking up what a zone's clocks do. */
bool core_java_args_charge_zone(struct native_call *call) MUST_CHECK;
bool core_java_args_give(struct native_call *call, const struct java_moment *moment,
                         struct value *out);
/* The kind that the class in the native's name is: "java.time.LocalDate/of". */
enum java_kind core_java_args_class(const struct native_call *call);
