#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/pset.h"

/* Core compare: equality, order and hash of all values. */

static bool equal(struct native_call *call, struct value *out)
{
    bool same = true;

    for (uint32_t i = 0; same && i + 1 < call->count; i++) {
        same = value_equal(call->args[i], call->args[i + 1]);
    }
    *out = value_bool(same);
    return true;
}

static bool not_equal(struct native_call *call, struct value *out)
{
    if (!equal(call, out)) return false;
    *out = value_bool(!value_truthy(*out));
    return true;
}

static bool identical(struct native_call *call, struct value *out)
{
    *out = value_bool(value_identical(call->args[0], call->args[1]));
    return true;
}

static bool compare(struct native_call *call, struct value *out)
{
    int order;

    if (!value_compare(call->args[0], call->args[1], &order, call->err)) return false;
    *out = value_int(order);
    return true;
}

static bool hash(struct native_call *call, struct value *out)
{
    *out = value_int((int32_t)value_hash(call->args[0]));
    return true;
}

static bool logical_not(struct native_call *call, struct value *out)
{
    *out = value_bool(!value_truthy(call->args[0]));
    return true;
}

static bool is_distinct(struct native_call *call, struct value *out)
{
    struct value seen = pset_empty();

    if (!core_args_charge_items(call, call->count)) return false;
    for (uint32_t i = 0; i < call->count; i++) {
        seen = pset_conj(call->heap, seen, call->args[i]);
    }
    *out = value_bool(pset_count(seen) == call->count);
    return true;
}

const struct native_entry core_compare[] = {
    {"=", 1, -1, NATIVE_DEEP | NATIVE_STATIC_OK, equal, "[x & more]",
     "True when all are equal: collections by their items, numbers within their category.",
     "(= [1 2] '(1 2)) => true"},
    {"not=", 1, -1, NATIVE_DEEP | NATIVE_STATIC_OK, not_equal, "[x & more]", "The opposite of =.",
     "(not= 1 2) => true"},
    {"identical?", 2, 2, NATIVE_PLAIN, identical, "[x y]", "True when both are the same thing.",
     "(identical? :a :a) => true"},
    {"compare", 2, 2, NATIVE_DEEP | NATIVE_STATIC_OK, compare, "[x y]",
     "A negative number, zero or a positive one, as x stands before, with or behind y.",
     "(compare 1 2) => -1"},
    {"hash", 1, 1, NATIVE_DEEP | NATIVE_STATIC_OK, hash, "[x]",
     "A number that is the same for equal values.", "(hash 1) => 1392991556"},
    {"not", 1, 1, NATIVE_STATIC_OK, logical_not, "[x]", "True of nil and false.",
     "(not nil) => true"},
    {"distinct?", 1, -1, NATIVE_DEEP, is_distinct, "[x & more]",
     "True when no two of the arguments are equal.", "(distinct? 1 2 1) => false"},
    {0},
};
