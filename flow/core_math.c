#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/number.h"

#include <math.h>

/* Core math: java.lang.Math. */

/* A method that is there for doubles and for integers does not take what must become a double. */
static bool real(struct native_call *call, uint32_t index, double *out)
{
    struct value number = call->args[index];

    if ((call->entry->flags & NATIVE_OVERLOADED) && number.type != VALUE_DOUBLE) {
        core_args_wrong(call, index, "a double");
        return error_hint(call->err, "Pass (double x).");
    }
    if (!number_is(number)) return core_args_wrong(call, index, "a number");
    return number_to_double(number, out, call->err);
}

#define UNARY(name, expression)                                   \
    static bool name(struct native_call *call, struct value *out) \
    {                                                             \
        double x = 0;                                             \
                                                                  \
        if (!real(call, 0, &x)) return false;                     \
        *out = value_double(expression);                          \
        return true;                                              \
    }

#define BINARY(name, expression)                                    \
    static bool name(struct native_call *call, struct value *out)   \
    {                                                               \
        double x = 0, y = 0;                                        \
                                                                    \
        if (!real(call, 0, &x) || !real(call, 1, &y)) return false; \
        *out = value_double(expression);                            \
        return true;                                                \
    }

#define DEGREE (3.14159265358979323846 / 180.0)

/* Java's pow: 1 to the power of NaN or of an infinity is NaN. */
static double power(double x, double y)
{
    if (isnan(y)) return y;
    if (fabs(x) == 1 && isinf(y)) return NAN;
    return pow(x, y);
}

static double sign_of(double x)
{
    return x > 0 ? 1.0 : x < 0 ? -1.0 : x;
}

UNARY(math_floor, floor(x))
UNARY(math_ceil, ceil(x))
UNARY(math_rint, rint(x))
UNARY(math_sqrt, sqrt(x))
UNARY(math_cbrt, (double)cbrtl(x)) // cbrt() is off by one bit at times
UNARY(math_exp, exp(x))
UNARY(math_expm1, expm1(x))
UNARY(math_log, log(x))
UNARY(math_log10, log10(x))
UNARY(math_log1p, log1p(x))
UNARY(math_sin, sin(x))
UNARY(math_cos, cos(x))
UNARY(math_tan, tan(x))
UNARY(math_asin, asin(x))
UNARY(math_acos, acos(x))
UNARY(math_atan, atan(x))
UNARY(math_sinh, sinh(x))
UNARY(math_cosh, cosh(x))
UNARY(math_tanh, tanh(x))
UNARY(math_signum, sign_of(x))
UNARY(math_to_radians, x *DEGREE)
UNARY(math_to_degrees, x *(180.0 / 3.14159265358979323846))
BINARY(math_pow, power(x, y))
BINARY(math_atan2, atan2(x, y))
BINARY(math_hypot, hypot(x, y))

static bool math_round(struct native_call *call, struct value *out)
{
    double x = 0, rounded;

    if (!real(call, 0, &x)) return false;
    rounded = floor(x);
    if (x - rounded >= 0.5) rounded += 1;
    if (isnan(x)) {
        *out = value_int(0);
    } else if (rounded >= 9223372036854775807.0) {
        *out = value_int(INT64_MAX);
    } else if (rounded <= -9223372036854775808.0) {
        *out = value_int(INT64_MIN);
    } else {
        *out = value_int((int64_t)rounded);
    }
    return true;
}

static bool math_abs(struct native_call *call, struct value *out)
{
    struct value number = call->args[0];
    double x = 0;

    if (number.type == VALUE_INT) {
        *out = value_int(number.integer == INT64_MIN ? INT64_MIN
                         : number.integer < 0        ? -number.integer
                                                     : number.integer);
        return true;
    }
    if (!real(call, 0, &x)) return false;
    *out = value_double(fabs(x));
    return true;
}

/* max and min: of two ints an int, of two doubles a double. */
static bool extreme(struct native_call *call, bool greatest, struct value *out)
{
    struct value a = call->args[0], b = call->args[1];
    double x = 0, y = 0;

    if (a.type == VALUE_INT && b.type == VALUE_INT) {
        *out = (a.integer > b.integer) == greatest ? a : b;
        return true;
    }
    if (!real(call, 0, &x) || !real(call, 1, &y)) return false;
    if (isnan(x) || isnan(y)) {
        *out = value_double(NAN);
    } else if (x == y) { // -0.0 is less than 0.0
        *out = value_double(signbit(x) != 0 ? (greatest ? y : x) : (greatest ? x : y));
    } else {
        *out = value_double((x > y) == greatest ? x : y);
    }
    return true;
}

static bool math_max(struct native_call *call, struct value *out)
{
    return extreme(call, true, out);
}

static bool math_min(struct native_call *call, struct value *out)
{
    return extreme(call, false, out);
}

/* Two ints, the second not zero. */
static bool divisor(struct native_call *call, int64_t *x, int64_t *y)
{
    if (call->args[0].type != VALUE_INT) return core_args_wrong(call, 0, "an integer");
    if (call->args[1].type != VALUE_INT) return core_args_wrong(call, 1, "an integer");
    *x = call->args[0].integer;
    *y = call->args[1].integer;
    return *y != 0 || error_set(call->err, E_ARITHMETIC, "/ by zero");
}

static bool math_floor_div(struct native_call *call, struct value *out)
{
    int64_t x = 0, y = 1;

    if (!divisor(call, &x, &y)) return false;
    if (y == -1) { // wraps at the least integer, as Java does
        *out = value_int((int64_t)(0 - (uint64_t)x));
        return true;
    }
    *out = value_int(x / y - (x % y != 0 && (x % y < 0) != (y < 0)));
    return true;
}

static bool math_floor_mod(struct native_call *call, struct value *out)
{
    int64_t x = 0, y = 1, rest;

    if (!divisor(call, &x, &y)) return false;
    rest = y == -1 ? 0 : x % y;
    *out = value_int(rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest);
    return true;
}

#define ENTRY(name, count, flags, function, arglists, doc, example)                      \
    {                                                                                    \
        "Math/" name, count, count, NATIVE_STATIC_OK | (flags), function, arglists, doc, \
            "(Math/" name " " example                                                    \
    }
#define ENTRY1(name, function, doc, example) ENTRY(name, 1, 0, function, "[x]", doc, example)
#define ENTRY2(name, function, doc, example) ENTRY(name, 2, 0, function, "[x y]", doc, example)
#define OVERLOADED1(name, function, doc, example) \
    ENTRY(name, 1, NATIVE_OVERLOADED, function, "[x]", doc, example)
#define OVERLOADED2(name, function, doc, example) \
    ENTRY(name, 2, NATIVE_OVERLOADED, function, "[x y]", doc, example)

const struct native_entry core_math[] = {
    ENTRY1("floor", math_floor, "The next whole number below.", "1.5) => 1.0"),
    ENTRY1("ceil", math_ceil, "The next whole number above.", "1.5) => 2.0"),
    ENTRY1("rint", math_rint, "The nearest whole number; the even one of two.", "2.5) => 2.0"),
    OVERLOADED1("round", math_round, "The integer nearest to a double; the greater of two.",
                "2.5) => 3"),
    OVERLOADED1("abs", math_abs, "The integer or double without its sign.", "-1) => 1"),
    ENTRY1("sqrt", math_sqrt, "The square root.", "4) => 2.0"),
    ENTRY1("cbrt", math_cbrt, "The cube root.", "27) => 3.0"),
    ENTRY1("exp", math_exp, "e to that power.", "0) => 1.0"),
    ENTRY1("expm1", math_expm1, "e to that power, less one.", "0) => 0.0"),
    ENTRY1("log", math_log, "The natural logarithm.", "1) => 0.0"),
    ENTRY1("log10", math_log10, "The decimal logarithm.", "1000) => 3.0"),
    ENTRY1("log1p", math_log1p, "The natural logarithm of one more.", "0) => 0.0"),
    ENTRY1("sin", math_sin, "The sine.", "0) => 0.0"),
    ENTRY1("cos", math_cos, "The cosine.", "0) => 1.0"),
    ENTRY1("tan", math_tan, "The tangent.", "0) => 0.0"),
    ENTRY1("asin", math_asin, "The arc sine.", "0) => 0.0"),
    ENTRY1("acos", math_acos, "The arc cosine.", "1) => 0.0"),
    ENTRY1("atan", math_atan, "The arc tangent.", "0) => 0.0"),
    ENTRY1("sinh", math_sinh, "The hyperbolic sine.", "0) => 0.0"),
    ENTRY1("cosh", math_cosh, "The hyperbolic cosine.", "0) => 1.0"),
    ENTRY1("tanh", math_tanh, "The hyperbolic tangent.", "0) => 0.0"),
    OVERLOADED1("signum", math_signum, "1.0, 0.0 or -1.0 by the sign of a double.",
                "-2.5) => -1.0"),
    ENTRY1("toRadians", math_to_radians, "Degrees as radians.", "0) => 0.0"),
    ENTRY1("toDegrees", math_to_degrees, "Radians as degrees.", "0) => 0.0"),
    ENTRY2("pow", math_pow, "x to the power of y.", "2 10) => 1024.0"),
    ENTRY2("atan2", math_atan2, "The angle of the point (y, x).", "0 1) => 0.0"),
    ENTRY2("hypot", math_hypot, "The length of the hypotenuse.", "3 4) => 5.0"),
    OVERLOADED2("max", math_max, "The greater of two integers or two doubles.", "1 2) => 2"),
    OVERLOADED2("min", math_min, "The lesser of two integers or two doubles.", "1 2) => 1"),
    OVERLOADED2("floorDiv", math_floor_div, "The quotient, rounded down.", "-7 2) => -4"),
    OVERLOADED2("floorMod", math_floor_mod, "The remainder of floorDiv.", "-7 2) => 1"),
    {0},
};
