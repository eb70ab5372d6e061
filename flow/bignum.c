#include "flow/bignum.h"

#include "base/limits.h"
#include "base/macros.h"
#include "base/memory.h"

#include <gmp.h>
#include <math.h>
#include <string.h>

/*
 * GMP works on its own memory; only finished results are copied into the heap. Operands are read
 * where they lie (mpz_roinit_n), so that nothing is copied on the way in.
 */
_Static_assert(sizeof(mp_limb_t) == sizeof(uint64_t), "limbs are 64 bits");

struct operand {
    mpz_t z;
    mp_limb_t limb;
};

static mpz_srcptr view(struct operand *operand, struct value number)
{
    if (number.type == VALUE_INT) {
        int64_t integer = number.integer;

        operand->limb = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
        return mpz_roinit_n(operand->z, &operand->limb, (integer > 0) - (integer < 0));
    }
    ASSERT(number.type == VALUE_BIGINT);
    const struct bigint_object *bigint = OBJECT_AS(bigint_object, number.object);

    return mpz_roinit_n(operand->z, (const mp_limb_t *)bigint->limbs, bigint->size);
}

static struct value make(struct heap *heap, mpz_srcptr z)
{
    size_t limbs = mpz_size(z);
    size_t size = sizeof(struct bigint_object) + limbs * sizeof(uint64_t);
    struct object *made = heap_new(heap, VALUE_BIGINT, size);
    struct bigint_object *bigint = OBJECT_AS(bigint_object, made);

    ASSERT(limbs <= INT32_MAX);
    bigint->size = mpz_sgn(z) < 0 ? -(int32_t)limbs : (int32_t)limbs;
    if (limbs) memcpy(bigint->limbs, mpz_limbs_read(z), limbs * sizeof(uint64_t));
    return object_value(made);
}

uint32_t bignum_limbs(struct value number)
{
    if (number.type == VALUE_INT) return 1;
    int32_t size = OBJECT_AS(bigint_object, number.object)->size;

    return (uint32_t)(size < 0 ? -size : size);
}

static bool fits(uint64_t limbs, struct error *err)
{
    if (limbs <= BIGNUM_LIMBS_MAX) return true;
    return error_set(err, E_MEMORY, "the number would have more than %d bits",
                     BIGNUM_LIMBS_MAX * 64);
}

bool bignum_op(struct heap *heap, enum bignum_op op, struct value a, struct value b,
               struct value *out, struct error *err)
{
    uint64_t limbs_a = bignum_limbs(a);
    uint64_t limbs_b = bignum_limbs(b);
    struct operand x, y;
    mpz_t result;

    if (!fits(op == BIGNUM_MUL ? limbs_a + limbs_b : MAX(limbs_a, limbs_b), err)) return false;
    mpz_srcptr left = view(&x, a);
    mpz_srcptr right = view(&y, b);

    mpz_init(result);
    switch (op) {
    case BIGNUM_ADD: mpz_add(result, left, right); break;
    case BIGNUM_SUB: mpz_sub(result, left, right); break;
    case BIGNUM_MUL: mpz_mul(result, left, right); break;
    case BIGNUM_QUOT: mpz_tdiv_q(result, left, right); break;
    case BIGNUM_REM: mpz_tdiv_r(result, left, right); break;
    case BIGNUM_GCD: mpz_gcd(result, left, right); break;
    }
    *out = make(heap, result);
    mpz_clear(result);
    return true;
}

bool bignum_pow10(struct heap *heap, uint32_t exponent, struct value *out, struct error *err)
{
    mpz_t result;

    if (!fits((uint64_t)exponent * 4 / 64, err)) return false; // log2(10) < 4
    mpz_init(result);
    mpz_ui_pow_ui(result, 10, exponent);
    *out = make(heap, result);
    mpz_clear(result);
    return true;
}

struct value bignum_from_int(struct heap *heap, int64_t integer)
{
    struct operand operand;

    return make(heap, view(&operand, value_int(integer)));
}

struct value bignum_from_double(struct heap *heap, double real)
{
    mpz_t result;

    ASSERT(isfinite(real));
    mpz_init_set_d(result, real);
    struct value value = make(heap, result);

    mpz_clear(result);
    return value;
}

static bool is_digit(char c, int base)
{
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'z' ? c - 'a' + 10
                : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                       : 99;

    return digit < base;
}

bool bignum_from_text(struct heap *heap, struct text digits, int base, struct value *out)
{
    bool negative = digits.len > 0 && digits.ptr[0] == '-';
    struct buf copy CLEANUP(buf_done) = {0};
    mpz_t result;

    if (negative || (digits.len > 0 && digits.ptr[0] == '+')) {
        digits = text_slice(digits, 1, digits.len);
    }
    if (digits.len == 0 || digits.len > LIMIT_FLOW_FILE) return false; // so literals always fit
    for (size_t i = 0; i < digits.len; i++) {
        if (!is_digit(digits.ptr[i], base)) return false;
    }
    buf_text(&copy, digits);
    mpz_init(result);
    bool good = mpz_set_str(result, copy.ptr, base) == 0;

    if (negative) mpz_neg(result, result);
    if (good) *out = make(heap, result);
    mpz_clear(result);
    return good;
}

bool bignum_from_bytes(struct heap *heap, bool negative, struct text big_endian, struct value *out)
{
    mpz_t result;

    if (big_endian.len > (size_t)BIGNUM_LIMBS_MAX * 8) return false;
    mpz_init(result);
    mpz_import(result, big_endian.len, 1, 1, 0, 0, big_endian.ptr);
    if (negative) mpz_neg(result, result);
    *out = make(heap, result);
    mpz_clear(result);
    return true;
}

void bignum_to_bytes(struct value bigint, struct buf *out)
{
    struct operand operand;
    mpz_srcptr z = view(&operand, bigint);
    size_t len = mpz_sgn(z) ? (mpz_sizeinbase(z, 2) + 7) / 8 : 0;
    char *room = buf_reserve(out, len);

    if (!room || !len) return;
    mpz_export(room, NULL, 1, 1, 0, 0, z);
    buf_commit(out, len);
}

bool bignum_to_int(struct value number, int64_t *out)
{
    if (number.type == VALUE_INT) {
        *out = number.integer;
        return true;
    }
    const struct bigint_object *bigint = OBJECT_AS(bigint_object, number.object);
    bool negative = bigint->size < 0;
    uint64_t limb = bigint->size ? bigint->limbs[0] : 0;

    if (bignum_limbs(number) > 1 || limb > (uint64_t)INT64_MAX + (negative ? 1 : 0)) return false;
    *out = (int64_t)(negative ? -limb : limb);
    return true;
}

/* GMP's own conversion truncates; 64 bits with a sticky last one round as they should. */
uint64_t bignum_low_bits(struct value number)
{
    const struct bigint_object *bigint = OBJECT_AS(bigint_object, number.object);

    if (bigint->size == 0) return 0;
    return bigint->size < 0 ? 0 - bigint->limbs[0] : bigint->limbs[0];
}

double bignum_to_double(struct value number)
{
    struct operand operand;
    mpz_srcptr z = view(&operand, number);
    size_t bits = mpz_sgn(z) ? mpz_sizeinbase(z, 2) : 0;
    uint64_t top;

    if (bits <= 64) {
        double real = mpz_size(z) ? (double)mpz_getlimbn(z, 0) : 0.0;

        return mpz_sgn(z) < 0 ? -real : real;
    }
    size_t shift = bits - 64;
    mpz_t head;

    mpz_init(head);
    mpz_tdiv_q_2exp(head, z, shift);
    top = mpz_getlimbn(head, 0);
    if (mpz_scan1(z, 0) < shift) top |= 1;
    mpz_clear(head);
    double real = ldexp((double)top, (int)MIN(shift, (size_t)4096));

    return mpz_sgn(z) < 0 ? -real : real;
}

struct value bignum_shrink(struct value number)
{
    int64_t integer;

    return bignum_to_int(number, &integer) ? value_int(integer) : number;
}

static struct value with_kind(struct heap *heap, struct value number, enum bigint_kind kind)
{
    struct operand operand;

    if (number.type != VALUE_BIGINT || number.object->kind == kind) return number;
    struct value copy = make(heap, view(&operand, number));

    copy.object->kind = (uint8_t)kind;
    return copy;
}

struct value bignum_to_java(struct heap *heap, struct value number)
{
    return with_kind(heap, bignum_shrink(number), BIGINT_JAVA);
}

struct value bignum_from_java(struct heap *heap, struct value number)
{
    return with_kind(heap, number, BIGINT_PLAIN);
}

int bignum_sign(struct value number)
{
    if (number.type == VALUE_INT) return (number.integer > 0) - (number.integer < 0);
    int32_t size = OBJECT_AS(bigint_object, number.object)->size;

    return (size > 0) - (size < 0);
}

int bignum_compare(struct value a, struct value b)
{
    struct operand x, y;
    int order = mpz_cmp(view(&x, a), view(&y, b));

    return (order > 0) - (order < 0);
}

int bignum_compare_products(struct value a, struct value b, struct value c, struct value d)
{
    struct operand w, x, y, z;
    mpz_t left, right;

    mpz_init(left);
    mpz_init(right);
    mpz_mul(left, view(&w, a), view(&x, b));
    mpz_mul(right, view(&y, c), view(&z, d));
    int order = mpz_cmp(left, right);

    mpz_clear(left);
    mpz_clear(right);
    return (order > 0) - (order < 0);
}

/* By 32-bit words from the most significant on, as BigInteger.hashCode does. */
uint32_t bignum_java_hash(struct value number)
{
    struct operand operand;
    mpz_srcptr z = view(&operand, number);
    uint32_t hash = 0;

    for (size_t i = mpz_size(z); i > 0; i--) {
        uint64_t limb = mpz_getlimbn(z, (mp_size_t)i - 1);

        if (hash || limb >> 32) hash = 31 * hash + (uint32_t)(limb >> 32);
        hash = 31 * hash + (uint32_t)limb;
    }
    return mpz_sgn(z) < 0 ? -hash : hash;
}

void bignum_print(struct value number, int base, struct buf *out)
{
    struct operand operand;
    mpz_srcptr z = view(&operand, number);
    char *room = buf_reserve(out, mpz_sizeinbase(z, base) + 2);

    if (!room) return;
    mpz_get_str(room, base, z);
    buf_commit(out, strlen(room));
}

uint32_t bignum_digits(struct value number)
{
    struct operand operand;
    mpz_srcptr z = view(&operand, number);
    size_t digits = mpz_sizeinbase(z, 10); // exact, or one too many
    mpz_t least;

    if (digits <= 1) return 1;
    mpz_init(least);
    mpz_ui_pow_ui(least, 10, digits - 1);
    if (mpz_cmpabs(z, least) < 0) digits--;
    mpz_clear(least);
    return (uint32_t)digits;
}

uint32_t bignum_power_of(struct heap *heap, struct value number, uint32_t factor, struct value *out)
{
    struct operand operand;
    mpz_t result, divisor;

    mpz_init(result);
    mpz_init_set_ui(divisor, factor);
    mp_bitcnt_t power = mpz_remove(result, view(&operand, number), divisor);

    *out = make(heap, result);
    mpz_clear(result);
    mpz_clear(divisor);
    return (uint32_t)power;
}

void bignum_ratio_digits(struct value numerator, struct value denominator, int64_t *out_digits,
                         int64_t *out_exponent)
{
    struct operand x, y;
    mpz_srcptr n = view(&x, numerator);
    mpz_srcptr d = view(&y, denominator);
    mpz_t top, bottom, rest;
    int64_t scale = 17 - ((int64_t)mpz_sizeinbase(n, 10) - (int64_t)mpz_sizeinbase(d, 10));

    mpz_inits(top, bottom, rest, NULL);
    for (;; scale--) { // the first guess is at most three digits too long
        mpz_ui_pow_ui(rest, 10, (unsigned long)(scale < 0 ? -scale : scale));
        mpz_abs(top, n);
        mpz_set(bottom, d);
        mpz_mul(scale < 0 ? bottom : top, scale < 0 ? bottom : top, rest);
        mpz_tdiv_qr(top, rest, top, bottom);
        if (mpz_cmp_d(top, 1e16) < 0) break;
    }
    mpz_mul_2exp(rest, rest, 1);
    int half = mpz_cmp(rest, bottom);

    if (half > 0 || (half == 0 && mpz_odd_p(top))) mpz_add_ui(top, top, 1);
    *out_digits = (int64_t)mpz_get_ui(top) * mpz_sgn(n);
    *out_exponent = -scale;
    mpz_clears(top, bottom, rest, NULL);
}
