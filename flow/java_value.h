#pragma once

#include "base/buf.h"
#include "flow/heap.h"
#include "flow/java_time.h"
#include "flow/object.h"

/*
 * Java value: the objects of the closed table of Java calls that are no data of Clojure: coders of
 * Base64, and all of java.time. Immutable, equal by content; all have one layout (struct
 * java_object), told apart by their kind. Codec data holds the numbers of the kinds from
 * JAVA_INSTANT on: new ones go to the end.
 */
enum java_kind {
    JAVA_ENCODER,
    JAVA_DECODER,
    JAVA_FORMATTER,  /* number: enum java_format_iso; text: the pattern, or none; zone: or none */
    JAVA_INSTANT,    /* number and nanos: a struct java_time since 1970 */
    JAVA_DURATION,   /* number and nanos: a struct java_time */
    JAVA_UNIT,       /* number: enum java_time_unit */
    JAVA_LOCAL_DATE, /* this and the next ones: a struct java_moment */
    JAVA_LOCAL_TIME,
    JAVA_LOCAL_DATE_TIME,
    JAVA_OFFSET_DATE_TIME,
    JAVA_ZONED_DATE_TIME,
    JAVA_YEAR,
    JAVA_YEAR_MONTH,
    JAVA_MONTH,
    JAVA_WEEKDAY,
    JAVA_OFFSET, /* number: seconds east of UTC */
    JAVA_REGION, /* text: its name */
    JAVA_PERIOD, /* number: years and months, 32 bits each; nanos: days */
    JAVA_FIELD,  /* number: enum java_field */
    JAVA_KINDS
};

/* What the number of a coder says. */
enum java_coder { JAVA_CODER_URL = 1 << 0, JAVA_CODER_BARE = 1 << 1 /* no padding */ };

struct value java_value_new(struct heap *heap, enum java_kind kind, int64_t number, int32_t nanos);

static inline bool java_value_is(struct value value, enum java_kind kind)
{
    return value.type == VALUE_JAVA && value.object->kind == kind;
}

/* Of an instant or a duration; of a unit or a field the seconds are its number. */
struct java_time java_value_time(struct value value);
/* Whether it can be stored, and has a text of its own: all but coders and formatters. */
bool java_value_is_data(struct value value);
bool java_value_has_order(struct value value);
/* False when they are of different kinds, or have no order. */
bool java_value_compare(struct value a, struct value b, int *out);
/* The static fields, as java.time.temporal.ChronoUnit/DAYS: the name of each goes into out_name;
 * index from 0, false at the end. */
bool java_value_constant(size_t index, struct heap *heap, struct buf *out_name, struct value *out);

/* What a value is made of, for codec data. */
struct java_parts {
    enum java_kind kind;
    int32_t nanos, offset_s;
    int64_t number;
    struct text zone; /* the name of its zone, or of what is one */
};

/* The zone's name goes into the buffer. */
struct java_parts java_value_parts(struct value value, struct buf *zone);
/* False when there is no such value. */
bool java_value_restore(struct heap *heap, const struct java_parts *parts, struct value *out)
    MUST_CHECK;

/* "java.util.Base64$Encoder"; and the last part of it. */
const char *java_value_class_of(enum java_kind kind);
const char *java_value_class_short(enum java_kind kind);
/* "an encoder" */
const char *java_value_phrase(struct value value);
bool java_value_equal(struct value a, struct value b);
uint32_t java_value_hash(struct value value);
/* As x.toString(). */
void java_value_display(struct value value, struct buf *out);
/* As pr-str, without the address: #object[java.time.Duration "PT1H"]. */
void java_value_print(struct value value, struct buf *out);
