#pragma once

#include "flow/bignum.h"

/* Exact decimals (BigDecimal): an unscaled big integer and a scale. */
struct value decimal_new(struct heap *heap, struct value unscaled, int32_t scale);
/* "1.50", "-2E+3"; no M. False: not a number. */
bool decimal_from_text(struct heap *heap, struct text source, struct value *out);
int32_t decimal_scale(struct value decimal);
struct value decimal_unscaled(struct value decimal); /* bigint */

/* Of two decimals. divide: E_ARITHMETIC when there is no exact result. */
bool decimal_add(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err) MUST_CHECK;
bool decimal_sub(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err) MUST_CHECK;
bool decimal_mul(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err) MUST_CHECK;
bool decimal_div(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err) MUST_CHECK;
bool decimal_quot(struct heap *heap, struct value a, struct value b, struct value *out,
                  struct error *err) MUST_CHECK;
bool decimal_rem(struct heap *heap, struct value a, struct value b, struct value *out,
                 struct error *err) MUST_CHECK;
/* Rounds half up (or truncates) to that scale. */
bool decimal_set_scale(struct heap *heap, struct value a, int32_t scale, bool half_up,
                       struct value *out, struct error *err) MUST_CHECK;
int decimal_compare(struct value a, struct value b);
int decimal_sign(struct value a);
uint32_t decimal_hash(struct value a); /* of the number without trailing zeros, as Clojure's hash */
double decimal_to_double(struct value a);
void decimal_print(struct value a, struct buf *out); /* BigDecimal.toString, no M */
