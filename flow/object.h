#pragma once

#include "base/assert.h"
#include "flow/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Object: the header and the layout of everything that lies in a heap (flow/heap.h). Shared inside
 * flow/ only; other folders use the types' own functions.
 *
 * Every layout starts with struct object; those that carry metadata continue with `meta` (a map
 * object or NULL), see struct object_with_meta. How the collector finds the children of an object
 * is one line a type in object.c. A child is either a struct value or a struct object pointer.
 *
 * An object is written only while it is being made, except lazy, delay and cell, and the cached
 * hash of one that is not static.
 */
enum object_flags {
    OBJECT_STATIC = 1 << 0,  /* never moved; refers to static objects only */
    OBJECT_ETERNAL = 1 << 1, /* constant data of the program (the empty collections) */
    OBJECT_LARGE = 1 << 2,   /* has a chunk of its own, is not copied */
    OBJECT_MOVED = 1 << 3,   /* during a collection: the new address stands behind the header */
    OBJECT_HASHED = 1 << 4,  /* the `hash` field of the layout is filled */
    OBJECT_INPUT = 1 << 5,   /* a map that takes :k for "k" and the reverse (flow/pmap.h) */
    OBJECT_CLEAR = 1 << 6,   /* nothing in it waits to be realised, at any depth (flow/lazy.h) */
};

struct object {
    uint8_t type;   /* enum value_type, or one of the inner types below */
    uint8_t kind;   /* the type's own variant */
    uint16_t flags; /* enum object_flags */
    uint32_t size;  /* bytes, header included, a multiple of 8 */
};

/* Inner types: parts of collections, never seen as a value. */
#define OBJECT_VALUES      ((enum value_type)(VALUE_TYPES + 0)) /* an array of values */
#define OBJECT_VECTOR_NODE ((enum value_type)(VALUE_TYPES + 1))
#define OBJECT_HAMT_NODE   ((enum value_type)(VALUE_TYPES + 2))
#define OBJECT_HAMT_BUCKET ((enum value_type)(VALUE_TYPES + 3)) /* keys of one hash */
#define OBJECT_SORTED_NODE ((enum value_type)(VALUE_TYPES + 4))
#define OBJECT_TYPES       (VALUE_TYPES + 5)

struct object_with_meta {
    struct object header;
    struct object *meta;
};

/* An array of values. count are in use; capacity is what the size leaves room for. */
struct values_object {
    struct object header;
    uint32_t count;
    uint32_t unused;
    struct value items[];
};

enum bigint_kind { BIGINT_PLAIN, BIGINT_JAVA };

/* Java's BigInteger, which prints without an N, is what biginteger, numerator and denominator give;
 * in all else it is as Clojure's own. A sign and magnitude in 64-bit limbs, least first, no leading
 * zero limb. */
struct bigint_object {
    struct object header; /* kind: enum bigint_kind */
    int32_t size;         /* count of limbs, negative for a negative number, 0 for zero */
    uint32_t unused;
    uint64_t limbs[];
};

struct ratio_object {
    struct object header;
    struct object *numerator, *denominator; /* bigints, reduced, denominator > 1 */
};

struct decimal_object {
    struct object header;
    int32_t scale; /* value = unscaled * 10^-scale */
    uint32_t unused;
    struct object *unscaled; /* bigint */
};

enum string_kind { STRING_LATIN1, STRING_UTF16 };

struct string_object {
    struct object header; /* kind: enum string_kind; UTF16 only when a unit is above 255 */
    uint32_t length;      /* units */
    uint32_t hash;        /* Java's hashCode, when OBJECT_HASHED */
    uint16_t data[];      /* bytes or units */
};

/* keyword and symbol: UTF-8, the namespace's bytes then the name's */
struct name_object {
    struct object header;
    struct object *meta; /* symbols only */
    uint32_t hash;       /* clojure.core/hash */
    uint32_t name_hash;  /* Java's hashCode of the name alone, for input maps */
    uint32_t ns_len;     /* 0: none */
    uint32_t name_len;
    char data[];
};

struct list_object {
    struct object header;
    struct object *meta;
    uint32_t count;
    uint32_t hash;
    struct value first;
    struct object *rest; /* a list object with count - 1 items; NULL for the empty list */
};

struct cons_object {
    struct object header;
    struct object *meta;
    uint32_t hash;
    uint32_t unused;
    struct value first;
    struct value rest; /* nil, list, cons, seq or lazy */
};

enum lazy_state { LAZY_PENDING, LAZY_RUNNING, LAZY_REALISED };

struct lazy_object {
    struct object header; /* kind: enum lazy_state */
    struct object *meta;
    struct value value; /* the thunk (a function of no arguments); then list, cons, seq or nil */
};

/* An entry is what a map holds: a vector of two that key and val take, and that has no metadata. */
enum vector_kind { VECTOR_PLAIN, VECTOR_ENTRY };

struct vector_object {
    struct object header; /* kind: enum vector_kind */
    struct object *meta;
    uint32_t count;
    uint32_t hash;
    uint32_t shift; /* of the root: 5 for one level */
    uint32_t unused;
    struct object *root; /* vector node or NULL */
    struct object *tail; /* values or NULL: the last 1 to 32 items */
};

struct vector_node {
    struct object header;
    uint32_t count;
    uint32_t unused;
    struct object *children[]; /* vector nodes, or values at the lowest level */
};

enum map_kind { MAP_ARRAY, MAP_HASH };

/* maps and sets */
struct map_object {
    struct object header; /* kind: enum map_kind; sets are always MAP_HASH */
    struct object *meta;
    uint32_t count;
    uint32_t hash;
    struct object *root; /* values (key, value, key …), or a HAMT node or bucket; NULL when empty */
};

/* header.kind is the stride: 2 for maps (key, value), 1 for sets. Slots stand in the order of their
 * bits, entries in `entries`, children behind them. */
struct hamt_node {
    struct object header;
    uint32_t data_bits;
    uint32_t child_bits;
    struct value entries[];
};

struct hamt_bucket {
    struct object header;
    uint32_t hash;
    uint32_t count; /* entries */
    struct value entries[];
};

struct sorted_object {
    struct object header;
    struct object *meta;
    uint32_t hash;
    uint32_t unused;
    struct object *root;     /* sorted node or NULL */
    struct value comparator; /* nil: value_compare() */
};

struct sorted_node {
    struct object header;
    uint32_t count;
    uint32_t unused;
    struct object *left, *right;
    struct value key, value; /* value is nil in sets */
};

struct bytes_object {
    struct object header;
    uint32_t len;
    uint32_t unused;
    uint8_t data[];
};

struct inst_object {
    struct object header;
    int64_t ms; /* since 1970 */
};

struct uuid_object {
    struct object header;
    uint8_t bytes[16];
};

struct java_object {
    struct object header; /* kind: enum java_kind (flow/java_value.h), which says what these are */
    int64_t number;
    int32_t nanos;
    int32_t offset_s;
    struct object *text; /* a string, of a formatter and of a zone; else NULL */
    struct object *zone; /* of a formatter and of a zoned time; else NULL */
};

struct regex_object {
    struct object header;
    struct object *source; /* string: the pattern as written */
    const void *code;      /* compiled form; whoever sets it owns it and outlives the object */
};

struct function_object {
    struct object header;
    struct object *meta;
    const void *prototype; /* of an image (flow/vm.h); outlives the object */
    uint32_t count;
    uint32_t unused;
    struct value captured[];
};

struct native_entry;

struct native_object {
    struct object header;
    struct object *meta;
    const struct native_entry *entry; /* static data */
};

struct exception_object {
    struct object header;
    uint32_t code; /* enum error_code */
    uint32_t unused;
    struct value message; /* string or nil */
    struct value data;    /* map or nil: ex-data */
    struct value cause;   /* exception or nil */
};

/* reduced, cell, delay (kind: enum lazy_state; thunk until realised), var, tagged */
struct box_object {
    struct object header;
    struct value value;
    struct value name; /* var: symbol; tagged: the tag, symbol or keyword; else nil */
};

#define OBJECT_AS(layout, object_ptr) ((struct layout *)(void *)(object_ptr))

static inline struct value object_value(struct object *object)
{
    return (struct value){.type = object->type, .object = object};
}

/* The value of an object that may be NULL (nil). */
static inline struct value object_value_or_nil(struct object *object)
{
    return object ? object_value(object) : value_nil();
}

/* Moves all children (flow/heap.c calls it once for each object it reaches). */
void object_move_children(struct heap *heap, struct object *object);

/* Metadata: nil where there is none or the type has none. */
bool object_can_have_meta(struct value value);
struct value object_get_meta(struct value value);
/* A shallow copy with that metadata (a map or nil). The value must be able to have it. */
struct value object_with_meta(struct heap *heap, struct value value, struct value meta);
