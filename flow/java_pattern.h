#pragma once

#include "flow/java_time.h"

/*
 * Java pattern: java.time's DateTimeFormatter.ofPattern, in English, for instants in UTC. The
 * letters are u y M d D E a H h m s S X x V z.
 */
enum java_zone { JAVA_ZONE_NONE, JAVA_ZONE_OFFSET /* "Z" */, JAVA_ZONE_UTC /* "UTC" */ };

/* As ofPattern(): E_ARGUMENT when it is no pattern. */
bool java_pattern_check(struct text pattern, struct error *err) MUST_CHECK;
/* Of a pattern that was checked. Without a zone an instant has fractions only: E_RUNTIME. */
bool java_pattern_print(struct text pattern, struct java_time at, enum java_zone zone,
                        struct buf *out, struct error *err) MUST_CHECK;
