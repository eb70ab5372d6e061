#pragma once

#include <stdint.h>

/*
 * The encoded form: a version byte, then one value. A value is a tag byte and what the tag needs;
 * numbers are varints (7 bits a byte, least first), signed ones zigzag.
 *
 *     0x00-0x1F   enum codec_tag
 *     0x40-0x7F   the ints 0 to 63
 *     0x80-0xBF   a string of 0 to 63 bytes of UTF-8, which follow
 *     0xC0-0xFF   the dictionary's entries 0 to 63
 *
 * The dictionary: every keyword, and every string of at most CODEC_KEY_MAX bytes that is a map's
 * key, gets the next number when it first appears and is only referred to afterwards. It holds
 * CODEC_DICTIONARY_MAX entries; what comes later is written out each time.
 */
#define CODEC_VERSION        1
#define CODEC_SMALL_INT      0x40
#define CODEC_SHORT_STRING   0x80
#define CODEC_SHORT_REF      0xC0
#define CODEC_SHORT_MAX      64
#define CODEC_KEY_MAX        64
#define CODEC_DICTIONARY_MAX 65536

enum codec_tag {
    CODEC_NIL,
    CODEC_FALSE,
    CODEC_TRUE,
    CODEC_INT,             /* zigzag */
    CODEC_DOUBLE,          /* 8 bytes, least first */
    CODEC_CHAR,            /* the unit */
    CODEC_BIGINT,          /* sign byte, length, magnitude most significant first */
    CODEC_RATIO,           /* numerator and denominator, each as after CODEC_BIGINT */
    CODEC_DECIMAL,         /* zigzag scale, the rest as after CODEC_BIGINT */
    CODEC_STRING,          /* length, UTF-8 */
    CODEC_KEYWORD,         /* lengths of namespace and name, both */
    CODEC_SYMBOL,          /* the same */
    CODEC_REF,             /* number in the dictionary */
    CODEC_LIST,            /* count, items */
    CODEC_VECTOR,          /* count, items */
    CODEC_SET,             /* count, items in the set's order */
    CODEC_ARRAY_MAP,       /* count, key, value, key … in the map's order */
    CODEC_HASH_MAP,        /* the same */
    CODEC_INPUT_ARRAY_MAP, /* the same, with the input flag (flow/pmap.h) */
    CODEC_INPUT_HASH_MAP,
    CODEC_BYTES,    /* length, bytes */
    CODEC_INST,     /* zigzag ms */
    CODEC_UUID,     /* 16 bytes */
    CODEC_TAGGED,   /* the tag (symbol or keyword), the form */
    CODEC_INSTANT,  /* java.time.Instant: zigzag seconds, nanoseconds */
    CODEC_DURATION, /* java.time.Duration: the same */
    CODEC_UNIT,     /* ChronoUnit: its number */
    CODEC_JAVA,     /* all else of java.time: its kind (enum java_kind), zigzag number, nanoseconds
                     * and offset, the name of its zone (length, bytes) */
    CODEC_TAGS
};
