#include "flow/value.h"

#include "flow/compare.h"
#include "flow/equal.h"
#include "flow/hash.h"
#include "flow/heap.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/number.h"
#include "flow/object.h"
#include "flow/print.h"
#include "flow/string.h"

#include <string.h>

/* The quick answers stand here, so that the common cases cost one call. */

const char *value_type_phrase(struct value value)
{
    static const char *const phrases[VALUE_TYPES] = {
        [VALUE_NIL] = "nil",
        [VALUE_BOOL] = "a boolean",
        [VALUE_INT] = "an integer",
        [VALUE_DOUBLE] = "a double",
        [VALUE_CHAR] = "a character",
        [VALUE_BIGINT] = "a big integer",
        [VALUE_RATIO] = "a ratio",
        [VALUE_DECIMAL] = "a decimal",
        [VALUE_STRING] = "a string",
        [VALUE_KEYWORD] = "a keyword",
        [VALUE_SYMBOL] = "a symbol",
        [VALUE_LIST] = "a list",
        [VALUE_CONS] = "a sequence",
        [VALUE_LAZY] = "a lazy sequence",
        [VALUE_SEQ] = "a sequence",
        [VALUE_VECTOR] = "a vector",
        [VALUE_MAP] = "a map",
        [VALUE_SET] = "a set",
        [VALUE_SORTED_MAP] = "a sorted map",
        [VALUE_SORTED_SET] = "a sorted set",
        [VALUE_BYTES] = "a byte array",
        [VALUE_INST] = "an instant",
        [VALUE_UUID] = "a uuid",
        [VALUE_REGEX] = "a regex",
        [VALUE_FUNCTION] = "a function",
        [VALUE_NATIVE] = "a function",
        [VALUE_EXCEPTION] = "an exception",
        [VALUE_REDUCED] = "a reduced value",
        [VALUE_DELAY] = "a delay",
        [VALUE_CELL] = "a cell",
        [VALUE_TAGGED] = "a tagged literal",
    };

    ASSERT(value.type < VALUE_TYPES);
    if (value.type == VALUE_JAVA) return java_value_phrase(value);
    return phrases[value.type];
}

const char *value_type_name(struct value value)
{
    const char *phrase = value_type_phrase(value);
    const char *space = strchr(phrase, ' ');

    return value_is_nil(value) ? phrase : space + 1;
}

bool value_identical(struct value a, struct value b)
{
    if (a.type == VALUE_KEYWORD && b.type == VALUE_KEYWORD) return keyword_equal(a, b);
    if (a.type != b.type) return false;
    if (a.type == VALUE_NIL) return true;
    if (a.type == VALUE_DOUBLE) return a.real == b.real;
    return value_is_object(a) ? a.object == b.object : a.integer == b.integer;
}

bool value_equal(struct value a, struct value b)
{
    if (a.type == b.type) {
        switch (a.type) {
        case VALUE_NIL: return true;
        case VALUE_BOOL:
        case VALUE_INT:
        case VALUE_CHAR: return a.integer == b.integer;
        case VALUE_DOUBLE: return a.real == b.real;
        case VALUE_STRING: return string_equal(a, b);
        case VALUE_KEYWORD:
        case VALUE_SYMBOL: return keyword_equal(a, b);
        default: break;
        }
    }
    return equal_values(a, b);
}

uint32_t value_hash(struct value value)
{
    return hash_value(value, false);
}

bool value_compare(struct value a, struct value b, int *out, struct error *err)
{
    if (a.type == VALUE_INT && b.type == VALUE_INT) {
        *out = (a.integer > b.integer) - (a.integer < b.integer);
        return true;
    }
    return compare_values(a, b, out, err);
}

void value_print(struct value value, struct buf *out)
{
    print_value(value, true, out);
}

void value_display(struct value value, struct buf *out)
{
    print_value(value, false, out);
}

struct value value_copy(struct heap *into, struct value value)
{
    return heap_copy_value(into, value);
}
