#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Backoff: how long to wait before the next attempt. Pure: randomness comes in as a number. With
 * jitter the delay is uniform between half of the rule's value and all of it ("equal jitter"):
 * clients that failed together come back apart, yet none at once, which "full jitter" would allow.
 * Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
enum backoff_shape { BACKOFF_EXPONENTIAL, BACKOFF_LINEAR, BACKOFF_CONSTANT };

struct backoff_rule {
    enum backoff_shape shape;
    int64_t base_ms; /* before the second attempt */
    int64_t max_ms;  /* 0: no bound */
    bool jitter;
};

/* Delay after the failure of that attempt (the first is 1): base, then 2 base, 4 base … or 2 base,
 * 3 base …; never over max_ms, never overflows. random: any number, as of random_u64(). */
int64_t backoff_delay_ms(const struct backoff_rule *rule, int64_t attempt, uint64_t random);

/* The state of something that reconnects. */
struct backoff {
    struct backoff_rule rule;
    int64_t attempt; /* failures since the last success */
};

int64_t backoff_next_ms(struct backoff *backoff, uint64_t random);
void backoff_reset(struct backoff *backoff); /* after a success */
