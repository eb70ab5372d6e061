#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/number.h"

#include <math.h>

/* Core numbers: arithmetic and the order of numbers. */

typedef bool binary_op(struct heap *heap, struct value a, struct value b, struct value *out,
                       struct error *err);
typedef bool order_op(struct value a, struct value b, bool *out, struct error *err);

/* Where a double is known to take part zero divides as IEEE says: see compile_double.c. */
static bool divide_known(struct heap *heap, struct value a, struct value b, struct value *out,
                         struct error *err)
{
    double x, y;

    if (!number_is(a) || !number_is(b) || (a.type != VALUE_DOUBLE && b.type != VALUE_DOUBLE)) {
        return number_div(heap, a, b, out, err);
    }
    if (!number_to_double(a, &x, err) || !number_to_double(b, &y, err)) return false;
    *out = value_double(x / y);
    return true;
}

static bool is_zero_number(struct value number)
{
    struct error unused;
    int sign = 1;

    if (!number_is(number) || !number_sign(number, &sign, &unused)) return false;
    return sign == 0 && !(number.type == VALUE_DOUBLE && isnan(number.real));
}

static bool divide_two(struct heap *heap, struct value a, struct value b, struct value *out,
                       struct error *err)
{
    bool nan = a.type == VALUE_DOUBLE && isnan(a.real);

    if (number_is(a) && !nan && is_zero_number(b)) {
        return error_set(err, E_ARITHMETIC, "Divide by zero");
    }
    return divide_known(heap, a, b, out, err);
}

/*
 * Of two arguments that are no numbers, which one Java complains about: for most operations a nil,
 * for divisions the divisor, for == what is not nil.
 */
enum blame { BLAME_NIL, BLAME_SECOND, BLAME_OTHER };

static bool refuse(struct native_call *call, enum blame blame, struct value a, struct value b)
{
    bool null = value_is_nil(a) || value_is_nil(b);

    if (call->err->code != E_CAST && call->err->code != E_NULL) return false;
    if (blame == BLAME_SECOND && is_zero_number(b)) {
        return error_set(call->err, E_ARITHMETIC, "Divide by zero");
    }
    if (blame == BLAME_SECOND && !number_is(b)) null = value_is_nil(b);
    if (blame == BLAME_OTHER) {
        null = (value_is_nil(a) || number_is(a)) && (value_is_nil(b) || number_is(b));
    }
    call->err->code = null ? E_NULL : E_CAST;
    return false;
}

static bool apply_op(struct native_call *call, binary_op *op, struct value a, struct value b,
                     struct value *out)
{
    bool divides = op == number_quot || op == number_rem || op == number_mod || op == divide_two;
    int64_t cost = number_is(a) && number_is(b) ? number_cost(a, b) : 0;

    if (cost > 0 && !native_charge(call, cost)) return false;
    if (op(call->heap, a, b, out, call->err)) return true;
    return refuse(call, divides ? BLAME_SECOND : BLAME_NIL, a, b);
}

static bool fold(struct native_call *call, binary_op *op, struct value *out)
{
    struct value acc = call->args[0];

    for (uint32_t i = 1; i < call->count; i++) {
        if (!apply_op(call, op, acc, call->args[i], &acc)) return false;
    }
    *out = acc;
    return true;
}

/* + and *: of one argument only its type is looked at. */
static bool fold_from(struct native_call *call, binary_op *op, int64_t identity, struct value *out)
{
    if (call->count == 0) {
        *out = value_int(identity);
        return true;
    }
    if (call->count == 1 && !number_is(call->args[0]) && !value_is_nil(call->args[0])) {
        return core_args_wrong(call, 0, "a number");
    }
    return fold(call, op, out);
}

static bool add(struct native_call *call, struct value *out)
{
    return fold_from(call, number_add, 0, out);
}

static bool add_promote(struct native_call *call, struct value *out)
{
    return fold_from(call, number_add_promote, 0, out);
}

static bool multiply(struct native_call *call, struct value *out)
{
    return fold_from(call, number_mul, 1, out);
}

static bool multiply_promote(struct native_call *call, struct value *out)
{
    return fold_from(call, number_mul_promote, 1, out);
}

static bool subtract(struct native_call *call, struct value *out)
{
    if (call->count == 1) {
        return number_negate(call->heap, call->args[0], false, out, call->err);
    }
    return fold(call, number_sub, out);
}

static bool subtract_promote(struct native_call *call, struct value *out)
{
    if (call->count == 1) return number_negate(call->heap, call->args[0], true, out, call->err);
    return fold(call, number_sub_promote, out);
}

static bool divide(struct native_call *call, struct value *out)
{
    if (call->count == 1) return apply_op(call, divide_two, value_int(1), call->args[0], out);
    return fold(call, divide_two, out);
}

static bool divide_doubles(struct native_call *call, struct value *out)
{
    return apply_op(call, divide_known, call->args[0], call->args[1], out);
}

static bool quotient(struct native_call *call, struct value *out)
{
    return apply_op(call, number_quot, call->args[0], call->args[1], out);
}

static bool remainder_of(struct native_call *call, struct value *out)
{
    return apply_op(call, number_rem, call->args[0], call->args[1], out);
}

static bool modulo(struct native_call *call, struct value *out)
{
    return apply_op(call, number_mod, call->args[0], call->args[1], out);
}

static bool increment(struct native_call *call, struct value *out)
{
    return apply_op(call, number_add, call->args[0], value_int(1), out);
}

static bool increment_promote(struct native_call *call, struct value *out)
{
    return apply_op(call, number_add_promote, call->args[0], value_int(1), out);
}

static bool decrement(struct native_call *call, struct value *out)
{
    return apply_op(call, number_sub, call->args[0], value_int(1), out);
}

static bool decrement_promote(struct native_call *call, struct value *out)
{
    return apply_op(call, number_sub_promote, call->args[0], value_int(1), out);
}

static bool absolute(struct native_call *call, struct value *out)
{
    struct value number = call->args[0];
    int sign;

    if (number.type == VALUE_DOUBLE) {
        *out = value_double(fabs(number.real));
        return true;
    }
    if (number.type == VALUE_INT && number.integer == INT64_MIN) { // Java's Math.abs
        *out = number;
        return true;
    }
    if (!number_sign(number, &sign, call->err)) return false;
    if (sign < 0) return number_negate(call->heap, number, true, out, call->err);
    *out = number;
    return true;
}

static bool is_nan(struct value value)
{
    return value.type == VALUE_DOUBLE && isnan(value.real);
}

/* max and min: NaN wins; of equal ones the later. */
static bool extreme(struct native_call *call, bool greatest, struct value *out)
{
    struct value best = call->args[0];

    for (uint32_t i = 1; i < call->count; i++) {
        struct value next = call->args[i];
        bool keep;

        if (is_nan(best) || is_nan(next)) {
            if (!is_nan(best)) best = next;
            continue;
        }
        if (!number_less(greatest ? next : best, greatest ? best : next, &keep, call->err)) {
            return refuse(call, BLAME_NIL, next, best);
        }
        if (!keep) best = next;
    }
    *out = best;
    return true;
}

static bool maximum(struct native_call *call, struct value *out)
{
    return extreme(call, true, out);
}

static bool minimum(struct native_call *call, struct value *out)
{
    return extreme(call, false, out);
}

/* a op b op c …; one argument is always in order, whatever it is. */
static bool chain(struct native_call *call, order_op *op, bool swap, struct value *out)
{
    bool holds = true;

    for (uint32_t i = 0; holds && i + 1 < call->count; i++) {
        struct value a = call->args[swap ? i + 1 : i];
        struct value b = call->args[swap ? i : i + 1];

        if (!op(a, b, &holds, call->err)) {
            return refuse(call, op == number_equiv ? BLAME_OTHER : BLAME_NIL, a, b);
        }
    }
    *out = value_bool(holds);
    return true;
}

static bool less(struct native_call *call, struct value *out)
{
    return chain(call, number_less, false, out);
}

static bool less_equal(struct native_call *call, struct value *out)
{
    return chain(call, number_less_equal, false, out);
}

static bool greater(struct native_call *call, struct value *out)
{
    return chain(call, number_less, true, out);
}

static bool greater_equal(struct native_call *call, struct value *out)
{
    return chain(call, number_less_equal, true, out);
}

static bool equiv(struct native_call *call, struct value *out)
{
    return chain(call, number_equiv, false, out);
}

static bool sign_is(struct native_call *call, int wanted, struct value *out)
{
    int sign;

    if (!number_sign(call->args[0], &sign, call->err)) return false;
    *out = value_bool(sign == wanted && !is_nan(call->args[0]));
    return true;
}

static bool is_zero(struct native_call *call, struct value *out)
{
    return sign_is(call, 0, out);
}

static bool is_pos(struct native_call *call, struct value *out)
{
    return sign_is(call, 1, out);
}

static bool is_neg(struct native_call *call, struct value *out)
{
    return sign_is(call, -1, out);
}

static bool parity(struct native_call *call, bool *out_odd)
{
    struct value number = call->args[0];
    struct value rest;

    if (!number_is_integer(number)) return core_args_invalid(call, 0, "an integer");
    if (number.type == VALUE_INT) {
        *out_odd = number.integer & 1;
        return true;
    }
    if (!number_rem(call->heap, number, value_int(2), &rest, call->err)) return false;
    return number_equiv(rest, value_int(0), out_odd, call->err) && (*out_odd = !*out_odd, true);
}

static bool is_even(struct native_call *call, struct value *out)
{
    bool odd = false;

    if (!parity(call, &odd)) return false;
    *out = value_bool(!odd);
    return true;
}

static bool is_odd(struct native_call *call, struct value *out)
{
    bool odd = false;

    if (!parity(call, &odd)) return false;
    *out = value_bool(odd);
    return true;
}

/* unchecked-…: integers wrap around, all else as the checked ones */
static bool unchecked(struct native_call *call, binary_op *op, struct value *out)
{
    struct value a = call->args[0];
    struct value b = call->count > 1 ? call->args[1] : value_int(1);

    if (a.type != VALUE_INT || b.type != VALUE_INT) return apply_op(call, op, a, b, out);

    uint64_t x = (uint64_t)a.integer, y = (uint64_t)b.integer;
    uint64_t result = op == number_add ? x + y : op == number_sub ? x - y : x * y;

    *out = value_int((int64_t)result);
    return true;
}

static bool unchecked_add(struct native_call *call, struct value *out)
{
    return unchecked(call, number_add, out);
}

static bool unchecked_subtract(struct native_call *call, struct value *out)
{
    return unchecked(call, number_sub, out);
}

static bool unchecked_multiply(struct native_call *call, struct value *out)
{
    return unchecked(call, number_mul, out);
}

static bool unchecked_negate(struct native_call *call, struct value *out)
{
    struct value number = call->args[0];

    if (number.type != VALUE_INT) {
        return number_negate(call->heap, number, false, out, call->err);
    }
    *out = value_int((int64_t)(0 - (uint64_t)number.integer));
    return true;
}

const struct native_entry core_numbers[] = {
    {"+", 0, -1, NATIVE_STATIC_OK, add},
    {"-", 1, -1, NATIVE_STATIC_OK, subtract},
    {"*", 0, -1, NATIVE_STATIC_OK, multiply},
    {"/", 1, -1, NATIVE_STATIC_OK, divide},
    {"-divide", 2, 2, NATIVE_STATIC_OK | NATIVE_INTERNAL, divide_doubles},
    {"+'", 0, -1, NATIVE_STATIC_OK, add_promote},
    {"-'", 1, -1, NATIVE_STATIC_OK, subtract_promote},
    {"*'", 0, -1, NATIVE_STATIC_OK, multiply_promote},
    {"inc", 1, 1, NATIVE_STATIC_OK, increment},
    {"dec", 1, 1, NATIVE_STATIC_OK, decrement},
    {"inc'", 1, 1, NATIVE_STATIC_OK, increment_promote},
    {"dec'", 1, 1, NATIVE_STATIC_OK, decrement_promote},
    {"quot", 2, 2, NATIVE_STATIC_OK, quotient},
    {"rem", 2, 2, NATIVE_STATIC_OK, remainder_of},
    {"mod", 2, 2, NATIVE_STATIC_OK, modulo},
    {"abs", 1, 1, NATIVE_STATIC_OK, absolute},
    {"max", 1, -1, NATIVE_STATIC_OK, maximum},
    {"min", 1, -1, NATIVE_STATIC_OK, minimum},
    {"<", 1, -1, NATIVE_STATIC_OK, less},
    {"<=", 1, -1, NATIVE_STATIC_OK, less_equal},
    {">", 1, -1, NATIVE_STATIC_OK, greater},
    {">=", 1, -1, NATIVE_STATIC_OK, greater_equal},
    {"==", 1, -1, NATIVE_STATIC_OK, equiv},
    {"zero?", 1, 1, NATIVE_STATIC_OK, is_zero},
    {"pos?", 1, 1, NATIVE_STATIC_OK, is_pos},
    {"neg?", 1, 1, NATIVE_STATIC_OK, is_neg},
    {"even?", 1, 1, NATIVE_STATIC_OK, is_even},
    {"odd?", 1, 1, NATIVE_STATIC_OK, is_odd},
    {"unchecked-add", 2, 2, NATIVE_STATIC_OK, unchecked_add},
    {"unchecked-subtract", 2, 2, NATIVE_STATIC_OK, unchecked_subtract},
    {"unchecked-multiply", 2, 2, NATIVE_STATIC_OK, unchecked_multiply},
    {"unchecked-inc", 1, 1, NATIVE_STATIC_OK, unchecked_add},
    {"unchecked-dec", 1, 1, NATIVE_STATIC_OK, unchecked_subtract},
    {"unchecked-negate", 1, 1, NATIVE_STATIC_OK, unchecked_negate},
    {0},
};
