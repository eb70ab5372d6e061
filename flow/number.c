#include "flow/number.h"

#include "base/parse.h"
#include "flow/hash.h"

#include <math.h>
#include <stdlib.h>

/* By contagion: an operation works in the higher rank of its two operands. */
enum rank { RANK_INT, RANK_BIGINT, RANK_RATIO, RANK_DECIMAL, RANK_DOUBLE };

enum operation { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_QUOT, OP_REM };

static bool not_a_number(struct value value, struct error *err)
{
    if (value_is_nil(value)) {
        error_set(err, E_NULL, "nil is not a number");
    } else {
        error_set(err, E_CAST, "%s is not a number", value_type_phrase(value));
    }
    return false;
}

static bool divide_by_zero(struct error *err)
{
    error_set(err, E_ARITHMETIC, "Divide by zero");
    return false;
}

static bool overflow(struct error *err)
{
    error_set(err, E_ARITHMETIC, "long overflow");
    return false;
}

static bool rank_of(struct value value, enum rank *out, struct error *err)
{
    switch (value.type) {
    case VALUE_INT: *out = RANK_INT; return true;
    case VALUE_BIGINT: *out = RANK_BIGINT; return true;
    case VALUE_RATIO: *out = RANK_RATIO; return true;
    case VALUE_DECIMAL: *out = RANK_DECIMAL; return true;
    case VALUE_DOUBLE: *out = RANK_DOUBLE; return true;
    default: return not_a_number(value, err);
    }
}

static bool common_rank(struct value a, struct value b, enum rank *out, struct error *err)
{
    enum rank x, y;

    if (!rank_of(a, &x, err) || !rank_of(b, &y, err)) return false;
    *out = MAX(x, y);
    return true;
}

struct value number_numerator(struct value ratio)
{
    ASSERT(ratio.type == VALUE_RATIO);
    return object_value(OBJECT_AS(ratio_object, ratio.object)->numerator);
}

struct value number_denominator(struct value ratio)
{
    ASSERT(ratio.type == VALUE_RATIO);
    return object_value(OBJECT_AS(ratio_object, ratio.object)->denominator);
}

static struct value top_of(struct value exact)
{
    return exact.type == VALUE_RATIO ? number_numerator(exact) : exact;
}

static struct value bottom_of(struct value exact)
{
    return exact.type == VALUE_RATIO ? number_denominator(exact) : value_int(1);
}

static struct value as_bigint(struct heap *heap, struct value integer)
{
    return integer.type == VALUE_INT ? bignum_from_int(heap, integer.integer) : integer;
}

/* numerator / denominator: a bigint when it divides. */
static bool make_ratio(struct heap *heap, struct value top, struct value bottom, struct value *out,
                       struct error *err)
{
    struct value divisor;

    if (bignum_sign(bottom) == 0) return divide_by_zero(err);
    if (!bignum_op(heap, BIGNUM_GCD, top, bottom, &divisor, err)) return false;
    if (bignum_sign(bottom) < 0 &&
        !bignum_op(heap, BIGNUM_SUB, value_int(0), divisor, &divisor, err)) {
        return false;
    }
    if (!bignum_op(heap, BIGNUM_QUOT, top, divisor, &top, err) ||
        !bignum_op(heap, BIGNUM_QUOT, bottom, divisor, &bottom, err)) {
        return false;
    }
    if (bignum_compare(bottom, value_int(1)) == 0) {
        *out = top;
        return true;
    }
    struct object *made = heap_new(heap, VALUE_RATIO, sizeof(struct ratio_object));

    OBJECT_AS(ratio_object, made)->numerator = top.object;
    OBJECT_AS(ratio_object, made)->denominator = bottom.object;
    *out = object_value(made);
    return true;
}

bool number_ratio(struct heap *heap, struct value numerator, struct value denominator,
                  struct value *out, struct error *err)
{
    ASSERT(number_is_integer(numerator));
    ASSERT(number_is_integer(denominator));
    if (!make_ratio(heap, numerator, denominator, out, err)) return false;
    if (numerator.type == VALUE_INT && denominator.type == VALUE_INT) *out = bignum_shrink(*out);
    // the one quotient of ints that is no int; Clojure's wraps around
    if (numerator.type == VALUE_INT && denominator.type == VALUE_INT && out->type == VALUE_BIGINT) {
        *out = numerator;
    }
    return true;
}

static double ratio_to_double(struct value ratio)
{
    struct buf text CLEANUP(buf_done) = {0};
    int64_t digits, exponent;
    double real = 0;

    bignum_ratio_digits(number_numerator(ratio), number_denominator(ratio), &digits, &exponent);
    buf_printf(&text, "%llde%lld", (long long)digits, (long long)exponent);
    if (!parse_double(buf_get(&text), &real)) {
        real = exponent > 0 ? copysign(INFINITY, (double)digits) : 0.0;
    }
    return real;
}

bool number_to_double(struct value a, double *out, struct error *err)
{
    switch (a.type) {
    case VALUE_INT: *out = (double)a.integer; return true;
    case VALUE_DOUBLE: *out = a.real; return true;
    case VALUE_BIGINT: *out = bignum_to_double(a); return true;
    case VALUE_RATIO: *out = ratio_to_double(a); return true;
    case VALUE_DECIMAL: *out = decimal_to_double(a); return true;
    default: return not_a_number(a, err);
    }
}

bool number_to_decimal(struct heap *heap, struct value a, struct value *out, struct error *err)
{
    struct buf text CLEANUP(buf_done) = {0};

    switch (a.type) {
    case VALUE_DECIMAL: *out = a; return true;
    case VALUE_INT:
    case VALUE_BIGINT: *out = decimal_new(heap, a, 0); return true;
    case VALUE_RATIO:
        return decimal_div(heap, decimal_new(heap, number_numerator(a), 0),
                           decimal_new(heap, number_denominator(a), 0), out, err);
    case VALUE_DOUBLE: break;
    default: return not_a_number(a, err);
    }
    number_print_double(a.real, &text);
    if (decimal_from_text(heap, buf_get(&text), out)) return true;
    error_set(err, E_NUMBER_FORMAT, "infinite or NaN: there is no such decimal");
    return false;
}

static bool on_ints(enum operation op, int64_t a, int64_t b, int64_t *out)
{
    switch (op) {
    case OP_ADD: return !__builtin_add_overflow(a, b, out);
    case OP_SUB: return !__builtin_sub_overflow(a, b, out);
    case OP_MUL: return !__builtin_mul_overflow(a, b, out);
    default: break;
    }
    // b is not zero; the smallest integer by -1 wraps around, as the JVM's does
    if (b == -1) {
        *out = op == OP_QUOT ? (int64_t) - (uint64_t)a : 0;
    } else {
        *out = op == OP_QUOT ? a / b : a % b;
    }
    return true;
}

static bool on_doubles(enum operation op, double a, double b, struct value *out, struct error *err)
{
    double quotient;

    switch (op) {
    case OP_ADD: *out = value_double(a + b); return true;
    case OP_SUB: *out = value_double(a - b); return true;
    case OP_MUL: *out = value_double(a * b); return true;
    default: break;
    }
    if (b == 0) return divide_by_zero(err);
    if (op == OP_DIV) {
        *out = value_double(a / b);
        return true;
    }
    quotient = a / b;
    if (!isfinite(quotient)) {
        error_set(err, E_NUMBER_FORMAT, "infinite or NaN: there is no whole quotient");
        return false;
    }
    quotient = trunc(quotient) + 0.0; // no -0.0: it goes through an integer
    *out = value_double(op == OP_QUOT ? quotient : a - quotient * b);
    return true;
}

static bool on_decimals(struct heap *heap, enum operation op, struct value a, struct value b,
                        struct value *out, struct error *err)
{
    struct value x, y;

    if (!number_to_decimal(heap, a, &x, err) || !number_to_decimal(heap, b, &y, err)) return false;
    switch (op) {
    case OP_ADD: return decimal_add(heap, x, y, out, err);
    case OP_SUB: return decimal_sub(heap, x, y, out, err);
    case OP_MUL: return decimal_mul(heap, x, y, out, err);
    case OP_DIV: return decimal_div(heap, x, y, out, err);
    case OP_QUOT: return decimal_quot(heap, x, y, out, err);
    default: return decimal_rem(heap, x, y, out, err);
    }
}

static bool on_ratios(struct heap *heap, enum operation op, struct value a, struct value b,
                      struct value *out, struct error *err)
{
    struct value top_a = top_of(a), bottom_a = bottom_of(a);
    struct value top_b = top_of(b), bottom_b = bottom_of(b);
    struct value left, right, top, bottom;

    if (op == OP_DIV || op == OP_QUOT || op == OP_REM) {
        if (bignum_sign(top_b) == 0) return divide_by_zero(err);
        if (!bignum_op(heap, BIGNUM_MUL, top_a, bottom_b, &top, err) ||
            !bignum_op(heap, BIGNUM_MUL, bottom_a, top_b, &bottom, err)) {
            return false;
        }
        if (op == OP_DIV) return make_ratio(heap, top, bottom, out, err);
        if (!bignum_op(heap, BIGNUM_QUOT, top, bottom, &left, err)) return false;
        *out = left;
        return op == OP_QUOT || (on_ratios(heap, OP_MUL, left, b, &right, err) &&
                                 on_ratios(heap, OP_SUB, a, right, out, err));
    }
    if (!bignum_op(heap, BIGNUM_MUL, bottom_a, bottom_b, &bottom, err)) return false;
    if (op == OP_MUL) {
        return bignum_op(heap, BIGNUM_MUL, top_a, top_b, &top, err) &&
               make_ratio(heap, top, bottom, out, err);
    }
    return bignum_op(heap, BIGNUM_MUL, top_a, bottom_b, &left, err) &&
           bignum_op(heap, BIGNUM_MUL, top_b, bottom_a, &right, err) &&
           bignum_op(heap, op == OP_ADD ? BIGNUM_ADD : BIGNUM_SUB, left, right, &top, err) &&
           make_ratio(heap, top, bottom, out, err);
}

static bool on_integers(struct heap *heap, enum operation op, struct value a, struct value b,
                        struct value *out, struct error *err)
{
    static const enum bignum_op ops[] = {
        [OP_ADD] = BIGNUM_ADD,   [OP_SUB] = BIGNUM_SUB, [OP_MUL] = BIGNUM_MUL,
        [OP_QUOT] = BIGNUM_QUOT, [OP_REM] = BIGNUM_REM,
    };

    if (op == OP_DIV) return make_ratio(heap, a, b, out, err);
    if ((op == OP_QUOT || op == OP_REM) && bignum_sign(b) == 0) return divide_by_zero(err);
    return bignum_op(heap, ops[op], a, b, out, err);
}

static bool arithmetic(struct heap *heap, enum operation op, bool promote, struct value a,
                       struct value b, struct value *out, struct error *err)
{
    enum rank rank;
    double x, y;
    int64_t result;

    if (!common_rank(a, b, &rank, err)) return false;
    switch (rank) {
    case RANK_INT:
        if (op == OP_DIV) return number_ratio(heap, a, b, out, err);
        if ((op == OP_QUOT || op == OP_REM) && b.integer == 0) return divide_by_zero(err);
        if (on_ints(op, a.integer, b.integer, &result)) {
            *out = value_int(result);
            return true;
        }
        return promote ? on_integers(heap, op, a, b, out, err) : overflow(err);
    case RANK_BIGINT: return on_integers(heap, op, a, b, out, err);
    case RANK_RATIO: return on_ratios(heap, op, a, b, out, err);
    case RANK_DECIMAL: return on_decimals(heap, op, a, b, out, err);
    case RANK_DOUBLE: break;
    }
    return number_to_double(a, &x, err) && number_to_double(b, &y, err) &&
           on_doubles(op, x, y, out, err);
}

bool number_add(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err)
{
    return arithmetic(heap, OP_ADD, false, a, b, out, err);
}

bool number_sub(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err)
{
    return arithmetic(heap, OP_SUB, false, a, b, out, err);
}

bool number_mul(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err)
{
    return arithmetic(heap, OP_MUL, false, a, b, out, err);
}

bool number_add_promote(struct heap *heap, struct value a, struct value b, struct value *out,
                        struct error *err)
{
    return arithmetic(heap, OP_ADD, true, a, b, out, err);
}

bool number_sub_promote(struct heap *heap, struct value a, struct value b, struct value *out,
                        struct error *err)
{
    return arithmetic(heap, OP_SUB, true, a, b, out, err);
}

bool number_mul_promote(struct heap *heap, struct value a, struct value b, struct value *out,
                        struct error *err)
{
    return arithmetic(heap, OP_MUL, true, a, b, out, err);
}

bool number_div(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err)
{
    return arithmetic(heap, OP_DIV, false, a, b, out, err);
}

bool number_quot(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err)
{
    return arithmetic(heap, OP_QUOT, false, a, b, out, err);
}

bool number_rem(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err)
{
    return arithmetic(heap, OP_REM, false, a, b, out, err);
}

/* The remainder with the divisor's sign. */
bool number_mod(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err)
{
    struct value rest;
    int sign_rest, sign_b;

    if (!number_rem(heap, a, b, &rest, err) || !number_sign(rest, &sign_rest, err) ||
        !number_sign(b, &sign_b, err)) {
        return false;
    }
    if (sign_rest != 0 && (sign_rest > 0) != (sign_b > 0)) {
        return number_add(heap, rest, b, out, err);
    }
    *out = rest;
    return true;
}

bool number_negate(struct heap *heap, struct value a, bool promote, struct value *out,
                   struct error *err)
{
    struct value unscaled;

    if (a.type == VALUE_DOUBLE) { // 0 - 0.0 would lose the sign
        *out = value_double(-a.real);
        return true;
    }
    if (a.type == VALUE_DECIMAL) { // 0 - 1E+5M would lose the scale
        if (!bignum_op(heap, BIGNUM_SUB, value_int(0), decimal_unscaled(a), &unscaled, err)) {
            return false;
        }
        *out = decimal_new(heap, unscaled, decimal_scale(a));
        return true;
    }
    return arithmetic(heap, OP_SUB, promote, value_int(0), a, out, err);
}

bool number_sign(struct value a, int *out, struct error *err)
{
    switch (a.type) {
    case VALUE_INT:
    case VALUE_BIGINT: *out = bignum_sign(a); return true;
    case VALUE_RATIO: *out = bignum_sign(number_numerator(a)); return true;
    case VALUE_DECIMAL: *out = decimal_sign(a); return true;
    case VALUE_DOUBLE: *out = (a.real > 0) - (a.real < 0); return true;
    default: return not_a_number(a, err);
    }
}

/* -1, 0, 1; *out_unordered with NaN. */
static bool order_of(struct value a, struct value b, int *out, bool *out_unordered,
                     struct error *err)
{
    struct value x, y;
    struct heap scratch;
    enum rank rank;
    double left, right;

    *out_unordered = false;
    if (!common_rank(a, b, &rank, err)) return false;
    switch (rank) {
    case RANK_INT: *out = (a.integer > b.integer) - (a.integer < b.integer); return true;
    case RANK_BIGINT: *out = bignum_compare(a, b); return true;
    case RANK_RATIO:
        *out = bignum_compare_products(top_of(a), bottom_of(b), top_of(b), bottom_of(a));
        return true;
    case RANK_DECIMAL: {
        heap_init(&scratch, 0);
        bool good =
            number_to_decimal(&scratch, a, &x, err) && number_to_decimal(&scratch, b, &y, err);

        if (good) *out = decimal_compare(x, y);
        heap_done(&scratch);
        return good;
    }
    case RANK_DOUBLE: break;
    }
    if (!number_to_double(a, &left, err) || !number_to_double(b, &right, err)) return false;
    *out = (left > right) - (left < right);
    *out_unordered = isnan(left) || isnan(right);
    return true;
}

bool number_compare(struct value a, struct value b, int *out, struct error *err)
{
    bool unordered;

    return order_of(a, b, out, &unordered, err);
}

bool number_less(struct value a, struct value b, bool *out, struct error *err)
{
    bool unordered;
    int order;

    if (!order_of(a, b, &order, &unordered, err)) return false;
    *out = order < 0;
    return true;
}

bool number_less_equal(struct value a, struct value b, bool *out, struct error *err)
{
    bool unordered;
    int order;

    if (!order_of(a, b, &order, &unordered, err)) return false;
    *out = order <= 0 && !unordered;
    return true;
}

bool number_equiv(struct value a, struct value b, bool *out, struct error *err)
{
    bool unordered;
    int order;

    if (!order_of(a, b, &order, &unordered, err)) return false;
    *out = order == 0 && !unordered;
    return true;
}

bool number_equal(struct value a, struct value b)
{
    bool integers = number_is_integer(a) && number_is_integer(b);

    if (integers) return bignum_compare(a, b) == 0;
    if (a.type != b.type) return false;
    switch (a.type) {
    case VALUE_DOUBLE: return a.real == b.real;
    case VALUE_DECIMAL: return decimal_compare(a, b) == 0;
    default:
        return bignum_compare(number_numerator(a), number_numerator(b)) == 0 &&
               bignum_compare(number_denominator(a), number_denominator(b)) == 0;
    }
}

static uint32_t hash_double(double real)
{
    uint64_t bits;

    if (real == 0) return 0; // -0.0 as 0.0
    if (isnan(real)) return 0x7ff80000u;
    memcpy(&bits, &real, sizeof(bits));
    return (uint32_t)bits ^ (uint32_t)(bits >> 32);
}

uint32_t number_hash(struct value number)
{
    int64_t integer;

    switch (number.type) {
    case VALUE_DOUBLE: return hash_double(number.real);
    case VALUE_DECIMAL: return decimal_hash(number);
    case VALUE_RATIO:
        return bignum_java_hash(number_numerator(number)) ^
               bignum_java_hash(number_denominator(number));
    default: return bignum_to_int(number, &integer) ? hash_long(integer) : bignum_java_hash(number);
    }
}

/* -0x1p63 and 0x1p63 bound what an int64 can hold. */
static bool double_to_int(double real, int64_t *out, struct error *err)
{
    if (isnan(real)) {
        *out = 0;
        return true;
    }
    if (real < -0x1p63 || real >= 0x1p63) {
        return error_set(err, E_ARGUMENT, "value out of range for an integer: %g", real);
    }
    *out = (int64_t)real;
    return true;
}

bool number_to_int(struct value a, int64_t *out, struct error *err)
{
    struct heap scratch;
    struct value whole = a;
    bool good = false;

    switch (a.type) {
    case VALUE_INT:
    case VALUE_CHAR: *out = a.integer; return true;
    case VALUE_DOUBLE: return double_to_int(a.real, out, err);
    case VALUE_DECIMAL: return double_to_int(decimal_to_double(a), out, err);
    case VALUE_BIGINT: good = bignum_to_int(a, out); break;
    case VALUE_RATIO:
        heap_init(&scratch, 0);
        good = number_to_bigint(&scratch, a, &whole, err) && bignum_to_int(whole, out);
        heap_done(&scratch);
        break;
    default: return not_a_number(a, err);
    }
    return good || error_set(err, E_ARGUMENT, "value out of range for an integer");
}

bool number_to_bigint(struct heap *heap, struct value a, struct value *out, struct error *err)
{
    struct value whole;

    switch (a.type) {
    case VALUE_INT:
    case VALUE_BIGINT: *out = as_bigint(heap, a); return true;
    case VALUE_RATIO:
        return bignum_op(heap, BIGNUM_QUOT, number_numerator(a), number_denominator(a), out, err);
    case VALUE_DECIMAL:
        if (!decimal_set_scale(heap, a, 0, false, &whole, err)) return false;
        *out = decimal_unscaled(whole);
        return true;
    case VALUE_DOUBLE: break;
    default: return not_a_number(a, err);
    }
    // by the decimal that it prints as, as Clojure does
    return number_to_decimal(heap, a, &whole, err) && number_to_bigint(heap, whole, out, err);
}

bool number_rationalize(struct heap *heap, struct value a, struct value *out, struct error *err)
{
    struct value decimal, power;

    if (a.type != VALUE_DOUBLE && a.type != VALUE_DECIMAL) {
        *out = a;
        return number_is(a) || not_a_number(a, err);
    }
    if (!number_to_decimal(heap, a, &decimal, err)) return false;
    if (decimal_scale(decimal) <= 0) return number_to_bigint(heap, decimal, out, err);
    return bignum_pow10(heap, (uint32_t)decimal_scale(decimal), &power, err) &&
           make_ratio(heap, decimal_unscaled(decimal), power, out, err);
}

enum { DIGITS_OF_LIMB = 19, LIMBS_OF_SCALE_MAX = 1024 };

int64_t number_limbs(struct value a)
{
    switch (a.type) {
    case VALUE_BIGINT: return bignum_limbs(a);
    case VALUE_RATIO:
        return (int64_t)bignum_limbs(number_numerator(a)) + bignum_limbs(number_denominator(a));
    case VALUE_DECIMAL:
        // what it takes when it must be written out for one of another scale
        return (int64_t)bignum_limbs(decimal_unscaled(a)) + 1 +
               MIN(llabs((int64_t)decimal_scale(a)) / DIGITS_OF_LIMB, (int64_t)LIMBS_OF_SCALE_MAX);
    default: return 0;
    }
}

int64_t number_cost(struct value a, struct value b)
{
    int64_t x = number_limbs(a);
    int64_t y = number_limbs(b);

    // a ratio is reduced afterwards: the common divisor takes the square of its limbs
    if (a.type == VALUE_RATIO || b.type == VALUE_RATIO) return x + y + (x + y) * (x + y) / 32;
    return x + y + x * y / 16;
}
