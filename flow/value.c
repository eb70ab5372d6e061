#include "flow/value.h"

#include "flow/compare.h"
#include "flow/equal.h"
#include "flow/hash.h"
#include "flow/heap.h"
#include "flow/keyword.h"
#include "flow/number.h"
#include "flow/object.h"
#include "flow/print.h"
#include "flow/string.h"

/* The quick answers stand here, so that the common cases cost one call. */

const char *value_type_name(struct value value)
{
    static const char *const names[VALUE_TYPES] = {
        [VALUE_NIL] = "nil",
        [VALUE_BOOL] = "boolean",
        [VALUE_INT] = "integer",
        [VALUE_DOUBLE] = "double",
        [VALUE_CHAR] = "character",
        [VALUE_BIGINT] = "big integer",
        [VALUE_RATIO] = "ratio",
        [VALUE_DECIMAL] = "decimal",
        [VALUE_STRING] = "string",
        [VALUE_KEYWORD] = "keyword",
        [VALUE_SYMBOL] = "symbol",
        [VALUE_LIST] = "list",
        [VALUE_CONS] = "sequence",
        [VALUE_LAZY] = "lazy sequence",
        [VALUE_SEQ] = "sequence",
        [VALUE_VECTOR] = "vector",
        [VALUE_MAP] = "map",
        [VALUE_SET] = "set",
        [VALUE_SORTED_MAP] = "sorted map",
        [VALUE_SORTED_SET] = "sorted set",
        [VALUE_BYTES] = "byte array",
        [VALUE_INST] = "instant",
        [VALUE_UUID] = "uuid",
        [VALUE_REGEX] = "regex",
        [VALUE_FUNCTION] = "function",
        [VALUE_NATIVE] = "function",
        [VALUE_PARTIAL] = "function",
        [VALUE_EXCEPTION] = "exception",
        [VALUE_REDUCED] = "reduced value",
        [VALUE_DELAY] = "delay",
        [VALUE_CELL] = "cell",
        [VALUE_VAR] = "var",
        [VALUE_TAGGED] = "tagged literal",
    };

    ASSERT(value.type < VALUE_TYPES);
    return names[value.type];
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
