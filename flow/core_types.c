#include "flow/callable.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/lazy.h"
#include "flow/number.h"
#include "flow/pvec.h"
#include "flow/symbol.h"

#include <math.h>

/* Core types: predicates on what a value is; metadata. */

#define PREDICATE(name, ...)                                      \
    static bool name(struct native_call *call, struct value *out) \
    {                                                             \
        struct value x = call->args[0];                           \
                                                                  \
        *out = value_bool(__VA_ARGS__);                           \
        return true;                                              \
    }

static bool is_map_value(struct value x)
{
    return x.type == VALUE_MAP || x.type == VALUE_SORTED_MAP;
}

static bool is_set_value(struct value x)
{
    return x.type == VALUE_SET || x.type == VALUE_SORTED_SET;
}

static bool is_coll_value(struct value x)
{
    return x.type >= VALUE_LIST && x.type <= VALUE_SORTED_SET;
}

static bool is_function_value(struct value x)
{
    return x.type == VALUE_FUNCTION || x.type == VALUE_NATIVE;
}

static bool is_callable_value(struct value x)
{
    return is_function_value(x) || is_map_value(x) || is_set_value(x) || x.type == VALUE_VECTOR ||
           x.type == VALUE_KEYWORD || x.type == VALUE_SYMBOL;
}

static bool is_counted_value(struct value x)
{
    if (x.type == VALUE_SEQ) {
        const struct seq_object *seq = OBJECT_AS(seq_object, x.object);

        switch ((enum seq_kind)x.object->kind) {
        case SEQ_MAP: return seq->coll.object->kind == MAP_ARRAY && seq->part == SEQ_ENTRIES;
        case SEQ_SET:
        case SEQ_SORTED:
        case SEQ_RSORTED:
        case SEQ_REPEAT: return false;
        default: return true;
        }
    }
    return is_coll_value(x) && x.type != VALUE_CONS && x.type != VALUE_LAZY;
}

static bool is_name(struct value x)
{
    return x.type == VALUE_KEYWORD || x.type == VALUE_SYMBOL;
}

static bool is_qualified(struct value x)
{
    struct text ns = x.type == VALUE_KEYWORD ? keyword_ns(x) : symbol_ns(x);

    return ns.ptr != NULL;
}

PREDICATE(is_nil, x.type == VALUE_NIL)
PREDICATE(is_some, x.type != VALUE_NIL)
PREDICATE(is_true, x.type == VALUE_BOOL && x.integer)
PREDICATE(is_false, x.type == VALUE_BOOL && !x.integer)
PREDICATE(is_boolean, x.type == VALUE_BOOL)
PREDICATE(is_any, x.type < VALUE_TYPES)
PREDICATE(is_string, x.type == VALUE_STRING)
PREDICATE(is_char, x.type == VALUE_CHAR)
PREDICATE(is_keyword, x.type == VALUE_KEYWORD)
PREDICATE(is_symbol, x.type == VALUE_SYMBOL)
PREDICATE(is_ident, is_name(x))
PREDICATE(is_simple_ident, is_name(x) && !is_qualified(x))
PREDICATE(is_qualified_ident, is_name(x) && is_qualified(x))
PREDICATE(is_simple_keyword, x.type == VALUE_KEYWORD && !is_qualified(x))
PREDICATE(is_qualified_keyword, x.type == VALUE_KEYWORD && is_qualified(x))
PREDICATE(is_simple_symbol, x.type == VALUE_SYMBOL && !is_qualified(x))
PREDICATE(is_qualified_symbol, x.type == VALUE_SYMBOL && is_qualified(x))
PREDICATE(is_number, number_is(x))
PREDICATE(is_integer, number_is_integer(x))
PREDICATE(is_int, x.type == VALUE_INT)
PREDICATE(is_pos_int, x.type == VALUE_INT && x.integer > 0)
PREDICATE(is_neg_int, x.type == VALUE_INT && x.integer < 0)
PREDICATE(is_nat_int, x.type == VALUE_INT && x.integer >= 0)
PREDICATE(is_double, x.type == VALUE_DOUBLE)
PREDICATE(is_ratio, x.type == VALUE_RATIO)
PREDICATE(is_decimal, x.type == VALUE_DECIMAL)
PREDICATE(is_rational, number_is(x) && x.type != VALUE_DOUBLE)
PREDICATE(is_seq, seq_is(x))
PREDICATE(is_seqable, seq_is_seqable(x) || value_is_nil(x))
PREDICATE(is_sequential, seq_is_sequential(x))
PREDICATE(is_coll, is_coll_value(x))
PREDICATE(is_list, x.type == VALUE_LIST)
PREDICATE(is_vector, x.type == VALUE_VECTOR)
PREDICATE(is_map, is_map_value(x))
PREDICATE(is_set, is_set_value(x))
PREDICATE(is_associative, is_map_value(x) || x.type == VALUE_VECTOR)
PREDICATE(is_counted, is_counted_value(x))
PREDICATE(is_reversible,
          x.type == VALUE_VECTOR || x.type == VALUE_SORTED_MAP || x.type == VALUE_SORTED_SET)
PREDICATE(is_sorted, x.type == VALUE_SORTED_MAP || x.type == VALUE_SORTED_SET)
PREDICATE(is_map_entry, pvec_is_entry(x))
PREDICATE(is_record, x.type == VALUE_TYPES)
PREDICATE(is_fn, is_function_value(x))
PREDICATE(is_ifn, is_callable_value(x))
PREDICATE(is_bytes, x.type == VALUE_BYTES)
PREDICATE(is_inst, x.type == VALUE_INST || java_value_is(x, JAVA_INSTANT))
PREDICATE(is_uuid, x.type == VALUE_UUID)
PREDICATE(is_regex, x.type == VALUE_REGEX)
PREDICATE(is_var, x.type == VALUE_TYPES) // #'name is the function
PREDICATE(is_delay, x.type == VALUE_DELAY)
PREDICATE(is_tagged, x.type == VALUE_TAGGED)

static bool is_nan(struct native_call *call, struct value *out)
{
    if (!number_is(call->args[0])) return core_args_wrong(call, 0, "a number");
    *out = value_bool(call->args[0].type == VALUE_DOUBLE && isnan(call->args[0].real));
    return true;
}

static bool is_infinite(struct native_call *call, struct value *out)
{
    if (!number_is(call->args[0])) return core_args_wrong(call, 0, "a number");
    *out = value_bool(call->args[0].type == VALUE_DOUBLE && isinf(call->args[0].real));
    return true;
}

static bool is_special_symbol(struct native_call *call, struct value *out)
{
    static const char *const names[] = {
        "&",     "case*", "catch",  "def",  "deftype*", "do",     "finally",       "fn*",
        "if",    "let*",  "loop*",  "new",  "import",   "letfn*", "monitor-enter", "monitor-exit",
        "quote", "recur", "reify*", "set!", "throw",    "try",    "var",           ".",
    };
    struct value x = call->args[0];
    bool special = false;

    for (size_t i = 0; x.type == VALUE_SYMBOL && !is_qualified(x) && i < ARRAY_COUNT(names); i++) {
        special = special || text_equal(symbol_name(x), text_from(names[i]));
    }
    *out = value_bool(special);
    return true;
}

static bool meta(struct native_call *call, struct value *out)
{
    *out = object_get_meta(call->args[0]);
    return true;
}

static bool with_meta(struct native_call *call, struct value *out)
{
    if (!is_map_value(call->args[1]) && !value_is_nil(call->args[1])) {
        return core_args_wrong(call, 1, "a map");
    }
    if (!object_can_have_meta(call->args[0])) {
        return core_args_wrong(call, 0, "a collection, symbol or function");
    }
    *out = object_with_meta(call->heap, call->args[0], call->args[1]);
    return true;
}

#define ENTRY(name, function)              \
    {                                      \
        name, 1, 1, NATIVE_PLAIN, function \
    }

const struct native_entry core_types[] = {
    ENTRY("nil?", is_nil),
    ENTRY("some?", is_some),
    ENTRY("true?", is_true),
    ENTRY("false?", is_false),
    ENTRY("boolean?", is_boolean),
    ENTRY("any?", is_any),
    ENTRY("string?", is_string),
    ENTRY("char?", is_char),
    ENTRY("keyword?", is_keyword),
    ENTRY("symbol?", is_symbol),
    ENTRY("ident?", is_ident),
    ENTRY("simple-ident?", is_simple_ident),
    ENTRY("qualified-ident?", is_qualified_ident),
    ENTRY("simple-keyword?", is_simple_keyword),
    ENTRY("qualified-keyword?", is_qualified_keyword),
    ENTRY("simple-symbol?", is_simple_symbol),
    ENTRY("qualified-symbol?", is_qualified_symbol),
    ENTRY("number?", is_number),
    ENTRY("integer?", is_integer),
    ENTRY("int?", is_int),
    ENTRY("pos-int?", is_pos_int),
    ENTRY("neg-int?", is_neg_int),
    ENTRY("nat-int?", is_nat_int),
    ENTRY("double?", is_double),
    ENTRY("float?", is_double),
    ENTRY("ratio?", is_ratio),
    ENTRY("decimal?", is_decimal),
    ENTRY("rational?", is_rational),
    ENTRY("NaN?", is_nan),
    ENTRY("infinite?", is_infinite),
    ENTRY("seq?", is_seq),
    ENTRY("seqable?", is_seqable),
    ENTRY("sequential?", is_sequential),
    ENTRY("coll?", is_coll),
    ENTRY("list?", is_list),
    ENTRY("vector?", is_vector),
    ENTRY("map?", is_map),
    ENTRY("set?", is_set),
    ENTRY("associative?", is_associative),
    ENTRY("counted?", is_counted),
    ENTRY("indexed?", is_vector),
    ENTRY("reversible?", is_reversible),
    ENTRY("sorted?", is_sorted),
    ENTRY("map-entry?", is_map_entry),
    ENTRY("record?", is_record),
    ENTRY("fn?", is_fn),
    ENTRY("ifn?", is_ifn),
    ENTRY("bytes?", is_bytes),
    ENTRY("inst?", is_inst),
    ENTRY("uuid?", is_uuid),
    ENTRY("var?", is_var),
    ENTRY("delay?", is_delay),
    ENTRY("uri?", is_record),
    ENTRY("tagged-literal?", is_tagged),
    ENTRY("special-symbol?", is_special_symbol),
    {"-regex?", 1, 1, NATIVE_INTERNAL, is_regex},
    ENTRY("meta", meta),
    {"with-meta", 2, 2, NATIVE_PLAIN, with_meta},
    {0},
};
