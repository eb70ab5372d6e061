#include "io/backoff.h"

#include "base/assert.h"
#include "base/macros.h"

static int64_t multiply_capped(int64_t a, int64_t b, int64_t cap)
{
    int64_t product;

    if (__builtin_mul_overflow(a, b, &product)) return cap;
    return MIN(product, cap);
}

int64_t backoff_delay_ms(const struct backoff_rule *rule, int64_t attempt, uint64_t random)
{
    ASSERT(rule->base_ms >= 0);
    ASSERT(attempt >= 1);
    // The bound leaves room for a caller that adds the delay to a time.
    int64_t cap_ms = rule->max_ms > 0 ? rule->max_ms : INT64_MAX / 4;
    int64_t delay_ms = MIN(rule->base_ms, cap_ms);

    switch (rule->shape) {
    case BACKOFF_EXPONENTIAL:
        delay_ms = multiply_capped(rule->base_ms, INT64_C(1) << MIN(attempt - 1, 61), cap_ms);
        break;
    case BACKOFF_LINEAR: delay_ms = multiply_capped(rule->base_ms, attempt, cap_ms); break;
    case BACKOFF_CONSTANT: break;
    }
    if (!rule->jitter) return delay_ms;
    int64_t half_ms = delay_ms / 2;

    return delay_ms - half_ms + (int64_t)(random % (uint64_t)(half_ms + 1));
}

int64_t backoff_next_ms(struct backoff *backoff, uint64_t random)
{
    backoff->attempt++;
    return backoff_delay_ms(&backoff->rule, backoff->attempt, random);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->attempt = 0;
}
