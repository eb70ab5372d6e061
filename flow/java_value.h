#pragma once

#include "base/buf.h"
#include "flow/heap.h"
#include "flow/java_time.h"
#include "flow/object.h"

/*
 * Java value: the objects of the closed table of Java calls that are no data of Clojure: coders of
 * Base64, and instants, durations, units, zones and formatters of java.time. Immutable, equal by
 * content; all have one layout (struct java_object), told apart by their kind.
 */
enum java_kind {
    JAVA_ENCODER,
    JAVA_DECODER,
    JAVA_INSTANT,   /* number and nanos: a struct java_time since 1970 */
    JAVA_DURATION,  /* number and nanos: a struct java_time */
    JAVA_UNIT,      /* number: enum java_time_unit */
    JAVA_ZONE,      /* number: enum java_zone */
    JAVA_FORMATTER, /* number: enum java_zone; text: the pattern, or none: ISO_INSTANT */
    JAVA_KINDS
};

/* What the number of a coder says. */
enum java_coder { JAVA_CODER_URL = 1 << 0, JAVA_CODER_BARE = 1 << 1 /* no padding */ };

struct value java_value_new(struct heap *heap, enum java_kind kind, int64_t number, int32_t nanos);

static inline bool java_value_is(struct value value, enum java_kind kind)
{
    return value.type == VALUE_JAVA && value.object->kind == kind;
}

struct value java_value_formatter(struct heap *heap, struct value pattern, int64_t zone);
/* nil of ISO_INSTANT. */
struct value java_value_pattern(struct value formatter);
/* Of an instant or a duration; of a unit the seconds are its number. */
struct java_time java_value_time(struct value value);
/* Whether it has an order, and can be stored: all but coders, zones
 * and formatters. */
bool java_value_is_data(struct value value);
/* False when they are of different kinds, or have no order. */
bool java_value_compare(struct value a, struct value b, int *out);
/* The static fields, as ChronoUnit/DAYS; index from 0, NULL at the end. */
const char *java_value_constant(size_t index, struct heap *heap, struct value *out);

/* "java.util.Base64$Encoder" */
const char *java_value_class(struct value value);
/* "an encoder" */
const char *java_value_phrase(struct value value);
bool java_value_equal(struct value a, struct value b);
uint32_t java_value_hash(struct value value);
/* As x.toString(). */
void java_value_display(struct value value, struct buf *out);
/* As pr-str, without the address: #object[java.time.Duration "PT1H"]. */
void java_value_print(struct value value, struct buf *out);
