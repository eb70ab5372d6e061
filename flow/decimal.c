#include "flow/decimal.h"

#include "base/parse.h"

#include <inttypes.h>
#include <stdlib.h>

/* Clojure's results to the digit: the scale of a result is the one that java.math.BigDecimal gives.
 */

struct value decimal_new(struct heap *heap, struct value unscaled, int32_t scale)
{
    if (unscaled.type == VALUE_INT) unscaled = bignum_from_int(heap, unscaled.integer);
    struct object *made = heap_new(heap, VALUE_DECIMAL, sizeof(struct decimal_object));

    ASSERT(unscaled.type == VALUE_BIGINT);
    OBJECT_AS(decimal_object, made)->unscaled = unscaled.object;
    OBJECT_AS(decimal_object, made)->scale = scale;
    return object_value(made);
}

int32_t decimal_scale(struct value decimal)
{
    return OBJECT_AS(decimal_object, decimal.object)->scale;
}

struct value decimal_unscaled(struct value decimal)
{
    return object_value(OBJECT_AS(decimal_object, decimal.object)->unscaled);
}

int decimal_sign(struct value a)
{
    return bignum_sign(decimal_unscaled(a));
}

static bool with_scale(struct heap *heap, struct value unscaled, int64_t scale, struct value *out,
                       struct error *err)
{
    if (scale < INT32_MIN || scale > INT32_MAX) {
        return error_set(err, E_ARITHMETIC, "the scale of the decimal is out of range");
    }
    *out = decimal_new(heap, unscaled, (int32_t)scale);
    return true;
}

bool decimal_from_text(struct heap *heap, struct text source, struct value *out)
{
    struct buf digits CLEANUP(buf_done) = {0};
    int64_t exponent = 0;
    struct value unscaled;
    size_t at = 0;
    size_t fraction = 0;
    bool point = false;

    for (; at < source.len && source.ptr[at] != 'e' && source.ptr[at] != 'E'; at++) {
        if (source.ptr[at] == '.') {
            if (point) return false;
            point = true;
            continue;
        }
        buf_char(&digits, source.ptr[at]);
        fraction += point;
    }
    if (at < source.len) {
        struct text written = text_slice(source, at + 1, source.len);

        if (text_starts_with(written, TEXT("+"))) written = text_slice(written, 1, written.len);
        if (!parse_int64(written, &exponent) || exponent > INT32_MAX || exponent < INT32_MIN) {
            return false;
        }
    }
    if (!bignum_from_text(heap, buf_get(&digits), 10, &unscaled)) return false;
    return with_scale(heap, unscaled, (int64_t)fraction - exponent, out, NULL);
}

/* unscaled * 10^by */
static bool scale_up(struct heap *heap, struct value unscaled, int64_t by, struct value *out,
                     struct error *err)
{
    struct value power;

    *out = unscaled;
    if (by == 0 || bignum_sign(unscaled) == 0) return true;
    if (by > UINT32_MAX) return error_set(err, E_MEMORY, "the decimal would have too many digits");
    return bignum_pow10(heap, (uint32_t)by, &power, err) &&
           bignum_op(heap, BIGNUM_MUL, unscaled, power, out, err);
}

/* Both at the larger scale. */
static bool align(struct heap *heap, struct value a, struct value b, struct value *out_a,
                  struct value *out_b, int32_t *out_scale, struct error *err)
{
    int64_t scale_a = decimal_scale(a);
    int64_t scale_b = decimal_scale(b);
    int64_t scale = MAX(scale_a, scale_b);

    *out_scale = (int32_t)scale;
    return scale_up(heap, decimal_unscaled(a), scale - scale_a, out_a, err) &&
           scale_up(heap, decimal_unscaled(b), scale - scale_b, out_b, err);
}

static bool add_or_sub(struct heap *heap, enum bignum_op op, struct value a, struct value b,
                       struct value *out, struct error *err)
{
    struct value x, y, sum;
    int32_t scale;

    if (!align(heap, a, b, &x, &y, &scale, err)) return false;
    if (!bignum_op(heap, op, x, y, &sum, err)) return false;
    *out = decimal_new(heap, sum, scale);
    return true;
}

bool decimal_add(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err)
{
    return add_or_sub(heap, BIGNUM_ADD, a, b, out, err);
}

bool decimal_sub(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err)
{
    return add_or_sub(heap, BIGNUM_SUB, a, b, out, err);
}

bool decimal_mul(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err)
{
    struct value product;

    if (!bignum_op(heap, BIGNUM_MUL, decimal_unscaled(a), decimal_unscaled(b), &product, err)) {
        return false;
    }
    return with_scale(heap, product, (int64_t)decimal_scale(a) + decimal_scale(b), out, err);
}

static bool divide_by_zero(struct error *err)
{
    return error_set(err, E_ARITHMETIC, "Divide by zero");
}

/* With a and b reduced, an exact result exists when b is 2^i * 5^j; it needs max(i, j) more digits.
 */
bool decimal_div(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err)
{
    int64_t scale = (int64_t)decimal_scale(a) - decimal_scale(b);
    struct value top = decimal_unscaled(a);
    struct value bottom = decimal_unscaled(b);
    struct value divisor, rest;

    if (decimal_sign(b) == 0) return divide_by_zero(err);
    if (decimal_sign(a) == 0) return with_scale(heap, top, scale, out, err);
    if (!bignum_op(heap, BIGNUM_GCD, top, bottom, &divisor, err) ||
        !bignum_op(heap, BIGNUM_QUOT, top, divisor, &top, err) ||
        !bignum_op(heap, BIGNUM_QUOT, bottom, divisor, &bottom, err)) {
        return false;
    }
    uint32_t twos = bignum_power_of(heap, bottom, 2, &rest);
    uint32_t fives = bignum_power_of(heap, rest, 5, &rest);

    if (bignum_compare(rest, value_int(1)) != 0 && bignum_compare(rest, value_int(-1)) != 0) {
        return error_set(
            err, E_ARITHMETIC,
            "non-terminating decimal expansion; no exact representable decimal result");
    }
    uint32_t more = MAX(twos, fives);

    return scale_up(heap, top, more, &top, err) &&
           bignum_op(heap, BIGNUM_QUOT, top, bottom, &top, err) &&
           with_scale(heap, top, scale + more, out, err);
}

/* Drops trailing zeros while the scale is above least. */
static struct value strip_zeros(struct heap *heap, struct value unscaled, int64_t *scale,
                                int64_t least)
{
    struct value rest;

    if (bignum_sign(unscaled) == 0) return unscaled;
    uint32_t fives = bignum_power_of(heap, unscaled, 5, &rest);
    uint32_t twos = bignum_power_of(heap, unscaled, 2, &rest);
    int64_t zeros = MIN(MIN(fives, twos), MAX(*scale - least, (int64_t)0));
    struct value power, stripped;

    if (zeros == 0 || !bignum_pow10(heap, (uint32_t)zeros, &power, NULL) ||
        !bignum_op(heap, BIGNUM_QUOT, unscaled, power, &stripped, NULL)) {
        return unscaled;
    }
    *scale -= zeros;
    return stripped;
}

bool decimal_quot(struct heap *heap, struct value a, struct value b, struct value *out,
                  struct error *err)
{
    int64_t preferred = (int64_t)decimal_scale(a) - decimal_scale(b);
    int64_t scale = 0;
    struct value x, y, whole;
    int32_t common;

    if (decimal_sign(b) == 0) return divide_by_zero(err);
    if (!align(heap, a, b, &x, &y, &common, err)) return false;
    if (!bignum_op(heap, BIGNUM_QUOT, x, y, &whole, err)) return false;
    if (bignum_sign(whole) == 0) return with_scale(heap, whole, preferred, out, err);
    whole = strip_zeros(heap, whole, &scale, preferred);
    if (scale < preferred) {
        if (!scale_up(heap, whole, preferred - scale, &whole, err)) return false;
        scale = preferred;
    }
    return with_scale(heap, whole, scale, out, err);
}

bool decimal_rem(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err)
{
    struct value whole, product;

    return decimal_quot(heap, a, b, &whole, err) && decimal_mul(heap, whole, b, &product, err) &&
           decimal_sub(heap, a, product, out, err);
}

bool decimal_set_scale(struct heap *heap, struct value a, int32_t scale, bool half_up,
                       struct value *out, struct error *err)
{
    int64_t more = (int64_t)scale - decimal_scale(a);
    struct value unscaled = decimal_unscaled(a);
    struct value power, rest, one = value_int(decimal_sign(a));

    if (more >= 0) {
        if (!scale_up(heap, unscaled, more, &unscaled, err)) return false;
        *out = decimal_new(heap, unscaled, scale);
        return true;
    }
    if (-more > (int64_t)bignum_digits(unscaled) + 1) { // nothing of it is left
        *out = decimal_new(heap, value_int(0), scale);
        return true;
    }
    if (!bignum_pow10(heap, (uint32_t)-more, &power, err) ||
        !bignum_op(heap, BIGNUM_REM, unscaled, power, &rest, err) ||
        !bignum_op(heap, BIGNUM_QUOT, unscaled, power, &unscaled, err)) {
        return false;
    }
    // |rest| * 2 against the power, without the sign
    int half = bignum_compare_products(rest, value_int(2 * decimal_sign(a)), power, value_int(1));

    if (half_up && half >= 0 && !bignum_op(heap, BIGNUM_ADD, unscaled, one, &unscaled, err)) {
        return false;
    }
    *out = decimal_new(heap, unscaled, scale);
    return true;
}

/* The exponent of the first digit. */
static int64_t magnitude(struct value a)
{
    return (int64_t)bignum_digits(decimal_unscaled(a)) - decimal_scale(a);
}

int decimal_compare(struct value a, struct value b)
{
    int sign = decimal_sign(a);
    struct heap scratch;
    struct value x, y;
    int32_t scale;
    int order = 0;

    if (sign != decimal_sign(b)) return sign < decimal_sign(b) ? -1 : 1;
    if (sign == 0) return 0;
    if (magnitude(a) != magnitude(b)) return magnitude(a) < magnitude(b) ? -sign : sign;

    // now the scales differ by no more than there are digits
    heap_init(&scratch, 0);
    if (align(&scratch, a, b, &x, &y, &scale, NULL)) order = bignum_compare(x, y);
    heap_done(&scratch);
    return order;
}

uint32_t decimal_hash(struct value a)
{
    int64_t scale = decimal_scale(a);
    struct heap scratch;

    if (decimal_sign(a) == 0) return 0;
    heap_init(&scratch, 0);
    struct value stripped = strip_zeros(&scratch, decimal_unscaled(a), &scale, INT32_MIN);
    uint32_t hash = 31 * bignum_java_hash(stripped) + (uint32_t)scale;

    heap_done(&scratch);
    return hash;
}

double decimal_to_double(struct value a)
{
    struct buf text CLEANUP(buf_done) = {0};
    double real = 0;

    decimal_print(a, &text);
    if (!parse_double(buf_get(&text), &real)) { // out of range
        real = magnitude(a) > 0 ? 1e308 * 10 * decimal_sign(a) : 0.0;
    }
    return real;
}

/* "-" digits, with a point `after` digits from the left. */
static void print_point(struct text digits, int64_t after, struct buf *out)
{
    if (after <= 0) {
        buf_cstr(out, "0.");
        for (; after < 0; after++) {
            buf_char(out, '0');
        }
        buf_text(out, digits);
        return;
    }
    buf_text(out, text_slice(digits, 0, (size_t)after));
    if ((size_t)after < digits.len) {
        buf_char(out, '.');
        buf_text(out, text_slice(digits, (size_t)after, digits.len));
    }
}

void decimal_print(struct value a, struct buf *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    int64_t scale = decimal_scale(a);

    bignum_print(decimal_unscaled(a), 10, &text);
    struct text digits = buf_get(&text);

    if (digits.ptr[0] == '-') {
        buf_char(out, '-');
        digits = text_slice(digits, 1, digits.len);
    }
    int64_t exponent = (int64_t)digits.len - 1 - scale;

    if (scale == 0) {
        buf_text(out, digits);
    } else if (scale > 0 && exponent >= -6) {
        print_point(digits, (int64_t)digits.len - scale, out);
    } else {
        print_point(digits, 1, out);
        if (exponent) buf_printf(out, "E%+" PRId64, exponent);
    }
}
