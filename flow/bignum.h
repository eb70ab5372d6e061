#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/*
 * Bignum: big integers; the only file that includes GMP. Operands are ints or bigints, results are
 * always bigint objects (1N stays 1N); bignum_shrink() makes an int of one that fits. Sizes are
 * bounded by BIGNUM_LIMBS_MAX; past it E_MEMORY.
 */
#define BIGNUM_LIMBS_MAX (1 << 16)

enum bignum_op {
    BIGNUM_ADD,
    BIGNUM_SUB,
    BIGNUM_MUL,
    BIGNUM_QUOT, /* truncates; the divisor is not zero */
    BIGNUM_REM,
    BIGNUM_GCD,
};

bool bignum_op(struct heap *heap, enum bignum_op op, struct value a, struct value b,
               struct value *out, struct error *err) MUST_CHECK;
bool bignum_pow10(struct heap *heap, uint32_t exponent, struct value *out, struct error *err)
    MUST_CHECK;
struct value bignum_from_int(struct heap *heap, int64_t integer);
struct value bignum_from_double(struct heap *heap, double real); /* finite; truncated */
/* Decimal digits (any base of 2 to 36) with an optional sign. False: not a number. */
bool bignum_from_text(struct heap *heap, struct text digits, int base, struct value *out);
bool bignum_from_bytes(struct heap *heap, bool negative, struct text big_endian, struct value *out);
/* The magnitude, big-endian, no leading zero. */
void bignum_to_bytes(struct value bigint, struct buf *out);
/* False when it does not fit. Accepts ints. */
bool bignum_to_int(struct value number, int64_t *out);
uint64_t bignum_low_bits(struct value number); /* of the two's complement */
double bignum_to_double(struct value number);  /* nearest; infinite when out of range */
/* numerator / denominator to sixteen digits, half to even: *out_digits * 10^*out_exponent (which is
 * how Clojure makes doubles of ratios). */
void bignum_ratio_digits(struct value numerator, struct value denominator, int64_t *out_digits,
                         int64_t *out_exponent);
/* An int when it fits, else the value itself. */
struct value bignum_shrink(struct value number);
/* The same as Java's BigInteger, and the reverse: what is neither stays as it is. */
struct value bignum_to_java(struct heap *heap, struct value number);
struct value bignum_from_java(struct heap *heap, struct value number);
int bignum_compare(struct value a, struct value b); /* -1, 0, 1; ints too */
/* a * b against c * d */
int bignum_compare_products(struct value a, struct value b, struct value c, struct value d);
int bignum_sign(struct value number);
uint32_t bignum_digits(struct value number); /* decimal digits, 1 for zero */
/* How often the (non-zero) number can be divided by factor, and what is left. */
uint32_t bignum_power_of(struct heap *heap, struct value number, uint32_t factor,
                         struct value *out);
uint32_t bignum_java_hash(struct value number);                    /* BigInteger.hashCode */
void bignum_print(struct value number, int base, struct buf *out); /* digits, no N */
uint32_t bignum_limbs(struct value number);                        /* 1 for ints: what work costs */
