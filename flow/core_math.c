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

#define ENTRY(name, count, flags, function)                              \
    {                                                                    \
        "Math/" name, count, count, NATIVE_STATIC_OK | (flags), function \
    }
#define ENTRY1(name, function)      ENTRY(name, 1, 0, function)
#define ENTRY2(name, function)      ENTRY(name, 2, 0, function)
#define OVERLOADED1(name, function) ENTRY(name, 1, NATIVE_OVERLOADED, function)
#define OVERLOADED2(name, function) ENTRY(name, 2, NATIVE_OVERLOADED, function)

const struct native_entry core_math[] = {
    ENTRY1("floor", math_floor),
    ENTRY1("ceil", math_ceil),
    ENTRY1("rint", math_rint),
    OVERLOADED1("round", math_round),
    OVERLOADED1("abs", math_abs),
    ENTRY1("sqrt", math_sqrt),
    ENTRY1("cbrt", math_cbrt),
    ENTRY1("exp", math_exp),
    ENTRY1("expm1", math_expm1),
    ENTRY1("log", math_log),
    ENTRY1("log10", math_log10),
    ENTRY1("log1p", math_log1p),
    ENTRY1("sin", math_sin),
    ENTRY1("cos", math_cos),
    ENTRY1("tan", math_tan),
    ENTRY1("asin", math_asin),
    ENTRY1("acos", math_acos),
    ENTRY1("atan", math_atan),
    ENTRY1("sinh", math_sinh),
    ENTRY1("cosh", math_cosh),
    ENTRY1("tanh", math_tanh),
    OVERLOADED1("signum", math_signum),
    ENTRY1("toRadians", math_to_radians),
    ENTRY1("toDegrees", math_to_degrees),
    ENTRY2("pow", math_pow),
    ENTRY2("atan2", math_atan2),
    ENTRY2("hypot", math_hypot),
    OVERLOADED2("max", math_max),
    OVERLOADED2("min", math_min),
    OVERLOADED2("floorDiv", math_floor_div),
    OVERLOADED2("floorMod", math_floor_mod),
    {0},
};
