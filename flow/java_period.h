#pragma once

#include "flow/heap.h"
#include "flow/java_moment.h"

/* Java period: java.time.Period, years, months and days apart from each other: each a Java int,
 * E_ARITHMETIC beyond. */
struct java_period {
    int32_t years, months, days;
};

struct java_period java_period_of(struct value value);
struct value java_period_value(struct heap *heap, struct java_period period);
/* From larger numbers. */
bool java_period_make(int64_t years, int64_t months, int64_t days, struct java_period *out,
                      struct error *err) MUST_CHECK;
/* a + factor * b. */
bool java_period_add(struct java_period a, struct java_period b, int64_t factor,
                     struct java_period *out, struct error *err) MUST_CHECK;
/* Months over eleven become years. */
bool java_period_normalize(struct java_period period, struct java_period *out, struct error *err)
    MUST_CHECK;
/* From one date to the other. */
bool java_period_between(int64_t from_days, int64_t to_days, struct java_period *out,
                         struct error *err) MUST_CHECK;
/* Adds it to a moment, once or minus once. */
bool java_period_move(struct heap *heap, struct java_moment *moment, struct java_period period,
                      int sign, struct error *err) MUST_CHECK;
uint32_t java_period_hash(struct java_period period);
void java_period_print(struct java_period period, struct buf *out);
/* As Period.parse; E_DATE_TIME_PARSE. */
bool java_period_parse(struct text source, struct java_period *out, struct error *err) MUST_CHECK;
