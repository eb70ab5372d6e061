#pragma once

#include "flow/bignum.h"
#include "flow/decimal.h"

/*
 * Number: Clojure's tower. int64 with overflow errors, bigint, ratio, decimal, double; double wins
 * over decimal, decimal over ratio, ratio over bigint, bigint over int. A non-number is E_CAST (nil
 * is E_NULL), division by zero and overflow E_ARITHMETIC.
 */
static inline bool number_is(struct value value)
{
    return value.type == VALUE_INT || value.type == VALUE_DOUBLE ||
           (value.type >= VALUE_BIGINT && value.type <= VALUE_DECIMAL);
}

/* int or bigint: clojure.core/integer? */
static inline bool number_is_integer(struct value value)
{
    return value.type == VALUE_INT || value.type == VALUE_BIGINT;
}

bool number_add(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err) MUST_CHECK;
bool number_sub(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err) MUST_CHECK;
bool number_mul(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err) MUST_CHECK;
/* The promoting ones: +' -' *' */
bool number_add_promote(struct heap *heap, struct value a, struct value b, struct value *out,
                        struct error *err) MUST_CHECK;
bool number_sub_promote(struct heap *heap, struct value a, struct value b, struct value *out,
                        struct error *err) MUST_CHECK;
bool number_mul_promote(struct heap *heap, struct value a, struct value b, struct value *out,
                        struct error *err) MUST_CHECK;
/* As / on boxed numbers: 0.0 as a divisor throws too. Where Clojure's compiler knows that both are
 * primitive and one a double (literals), a / b of doubles it is, which gives ##Inf. */
bool number_div(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err) MUST_CHECK;
bool number_quot(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err) MUST_CHECK;
bool number_rem(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err) MUST_CHECK;
bool number_mod(struct heap *heap, struct value a, struct value b, struct value *out,
                struct error *err) MUST_CHECK;
bool number_negate(struct heap *heap, struct value a, bool promote, struct value *out,
                   struct error *err) MUST_CHECK;

/* -1, 0, 1; of NaN 0 as in Clojure's compare. */
bool number_compare(struct value a, struct value b, int *out, struct error *err) MUST_CHECK;
/* a < b and a <= b as the operators mean it: false with NaN. */
bool number_less(struct value a, struct value b, bool *out, struct error *err) MUST_CHECK;
bool number_less_equal(struct value a, struct value b, bool *out, struct error *err) MUST_CHECK;
/* == : across categories (1 and 1.0). */
bool number_equiv(struct value a, struct value b, bool *out, struct error *err) MUST_CHECK;
/* = : same category only. Both must be numbers. */
bool number_equal(struct value a, struct value b);
uint32_t number_hash(struct value number);
bool number_sign(struct value a, int *out, struct error *err) MUST_CHECK; /* NaN: 0 */

/* (double x), (long x) (truncates; characters too; E_ARGUMENT out of range), (bigint x), (bigdec
 * x), (rationalize x). Doubles become decimals by their printed form, as Clojure's. */
bool number_to_double(struct value a, double *out, struct error *err) MUST_CHECK;
bool number_to_int(struct value a, int64_t *out, struct error *err) MUST_CHECK;
bool number_to_bigint(struct heap *heap, struct value a, struct value *out, struct error *err)
    MUST_CHECK;
bool number_to_decimal(struct heap *heap, struct value a, struct value *out, struct error *err)
    MUST_CHECK;
bool number_rationalize(struct heap *heap, struct value a, struct value *out, struct error *err)
    MUST_CHECK;
/* The reduced quotient of two integers: an int or bigint when it divides. */
bool number_ratio(struct heap *heap, struct value numerator, struct value denominator,
                  struct value *out, struct error *err) MUST_CHECK;
struct value number_numerator(struct value ratio);   /* bigint */
struct value number_denominator(struct value ratio); /* bigint */

/* What an operation on these costs in fuel beyond one: 0 for ints and doubles. For natives that
 * charge before they work. */
int64_t number_cost(struct value a, struct value b);

/* Java's Double.toString, of the newer JDKs: shortest that reads back. "Infinity", "NaN". */
void number_print_double(double real, struct buf *out);
/* As pr-str does: ##Inf, N and M suffixes. */
void number_print(struct value number, struct buf *out);
/* How long it is inside: 0 of machine words. */
int64_t number_limbs(struct value a);
/* As str does: no suffixes. */
void number_display(struct value number, struct buf *out);
