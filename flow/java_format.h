#pragma once

#include "base/buf.h"
#include "flow/java_moment.h"

/*
 * Java format: java.time's DateTimeFormatter, in English. A formatter is a list of steps: a pattern
 * is compiled to one, the constants (ISO_LOCAL_DATE and the others) are tables of them. The same
 * steps print a moment and read a text.
 *
 * Reading is in two parts, as in Java: the steps collect fields; then the fields are resolved to a
 * date, a time, an instant. Optional sections are nested at most JAVA_FORMAT_DEPTH deep.
 */
enum java_format_id {
    JAVA_FORMAT_BASIC_ISO_DATE,
    JAVA_FORMAT_ISO_DATE,
    JAVA_FORMAT_ISO_DATE_TIME,
    JAVA_FORMAT_ISO_INSTANT,
    JAVA_FORMAT_ISO_LOCAL_DATE,
    JAVA_FORMAT_ISO_LOCAL_DATE_TIME,
    JAVA_FORMAT_ISO_LOCAL_TIME,
    JAVA_FORMAT_ISO_OFFSET_DATE,
    JAVA_FORMAT_ISO_OFFSET_DATE_TIME,
    JAVA_FORMAT_ISO_OFFSET_TIME,
    JAVA_FORMAT_ISO_ORDINAL_DATE,
    JAVA_FORMAT_ISO_TIME,
    JAVA_FORMAT_ISO_WEEK_DATE,
    JAVA_FORMAT_ISO_ZONED_DATE_TIME,
    JAVA_FORMAT_RFC_1123_DATE_TIME,
    JAVA_FORMAT_CONSTANTS,
    JAVA_FORMAT_INSTANT = JAVA_FORMAT_CONSTANTS, /* what ISO_INSTANT reads */
    JAVA_FORMAT_YEAR,                            /* and Year, and YearMonth */
    JAVA_FORMAT_YEAR_MONTH,
    JAVA_FORMAT_TABLES,
    JAVA_FORMAT_PATTERN = JAVA_FORMAT_TABLES
};

#define JAVA_FORMAT_DEPTH 16

enum java_step_kind {
    JAVA_STEP_LITERAL,
    JAVA_STEP_NUMBER,
    JAVA_STEP_REDUCED,  /* two digits of a year, from 2000 on */
    JAVA_STEP_FRACTION, /* of a second; sign: whether a point stands before it */
    JAVA_STEP_TEXT,     /* min: 3 short, 4 whole, 5 one letter */
    JAVA_STEP_OFFSET,   /* min: the index of Java's patterns of offsets */
    JAVA_STEP_GMT,      /* "GMT+1" */
    JAVA_STEP_ZONE,     /* the name */
    JAVA_STEP_REGION,   /* the name of what is no offset */
    JAVA_STEP_ZONE_TEXT,
    JAVA_STEP_INSTANT,
    JAVA_STEP_OPTIONAL, /* up to its END */
    JAVA_STEP_END,
    JAVA_STEP_ANY_CASE,
    JAVA_STEP_EXACT_CASE,
    JAVA_STEP_LENIENT,
    JAVA_STEP_STRICT
};

enum java_step_sign {
    JAVA_SIGN_NORMAL,      /* a minus where it is below zero */
    JAVA_SIGN_NONE,        /* it may not be below zero */
    JAVA_SIGN_EXCEEDS_PAD, /* and a plus where it has more digits than the least */
};

struct java_step {
    enum java_step_kind kind;
    enum java_field field;
    uint8_t min, max; /* digits */
    uint8_t sign;
    int8_t follow;       /* digits of the numbers right behind, which are left to them; -1: fixed */
    struct text literal; /* of an offset: what stands for zero */
};

struct java_steps {
    const struct java_step *items;
    size_t count;
    bool strict;             /* how fields are resolved: else SMART */
    struct java_step *owned; /* of a pattern */
};

/* "ISO_DATE" */
const char *java_format_constant(size_t index);
/* As ofPattern: E_ARGUMENT. The steps point into the pattern. */
bool java_format_compile(struct text pattern, struct java_steps *out, struct error *err) MUST_CHECK;
struct java_steps java_format_table(enum java_format_id id);
void java_format_done(struct java_steps *steps);
/* The END of the section that the step is in. */
size_t java_format_section_end(const struct java_steps *steps, size_t at);

/* zone: of the formatter, or nil. */
bool java_format_print(struct heap *heap, const struct java_steps *steps, struct value zone,
                       const struct java_moment *moment, struct buf *out, struct error *err)
    MUST_CHECK;

/* What was read. */
struct java_parsed {
    uint64_t present; /* bits of values */
    int64_t values[JAVA_FIELDS];
    struct value zone; /* or nil */
    bool has_date, has_time;
    int64_t days, nano_of_day;
    int64_t excess_days; /* 24:00 is the next day's midnight */
};

/* The whole text, resolved and made a moment of the kind: E_DATE_TIME_PARSE. */
bool java_format_parse(struct heap *heap, const struct java_steps *steps, struct value zone,
                       struct text source, enum java_kind kind, struct java_moment *out,
                       struct error *err) MUST_CHECK;
/* The two parts of that: what is read from source, else where the error is; then the fields. */
bool java_format_read(struct heap *heap, const struct java_steps *steps, struct text source,
                      struct java_parsed *out, size_t *out_end, struct error *err) MUST_CHECK;
bool java_format_resolve(struct heap *heap, struct java_parsed *parsed, bool strict,
                         struct error *err) MUST_CHECK;
bool java_format_query(struct heap *heap, const struct java_parsed *parsed, enum java_kind kind,
                       struct java_moment *out, struct error *err) MUST_CHECK;

/* The text of a field's value, by JAVA_STEP_TEXT's width; NULL: it has none. */
const char *java_format_text(enum java_field field, int64_t value, int width, size_t *out_len);
