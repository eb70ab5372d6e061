#pragma once

#include "flow/java_moment.h"

/* Java zone names: what java.time calls time zones in English, as "CET" and "Central European
 * Standard Time"; a zone that has no name is called by its id. */

/* at: tells daylight saving time from standard time; NULL: the name of both. */
bool java_zone_names_print(struct heap *heap, struct value region, const struct java_moment *at,
                           bool whole, struct buf *out, struct error *err) MUST_CHECK;

/* The longest name that the text begins with, and the id of the zone that it is read as; 0: none.
 */
size_t java_zone_names_match(struct text source, bool whole, struct text *out_id);
