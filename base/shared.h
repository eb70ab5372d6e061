#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Shared: a number, a flag and an instant that any thread reads and writes. What was written before
 * one of them was set is seen by who reads it set. Zeroed they are 0 and false.
 */
struct shared_number {
    atomic_int value; /* private */
};

struct shared_instant {
    atomic_llong value; /* private */
};

struct shared_flag {
    atomic_bool value; /* private */
};

static inline int shared_get(struct shared_number *number)
{
    return atomic_load(&number->value);
}

/* Answers what it has become. */
static inline int shared_add(struct shared_number *number, int change)
{
    return atomic_fetch_add(&number->value, change) + change;
}

static inline void shared_put(struct shared_number *number, int value)
{
    atomic_store(&number->value, value);
}

static inline int64_t shared_get_instant(struct shared_instant *instant)
{
    return atomic_load(&instant->value);
}

static inline void shared_set_instant(struct shared_instant *instant, int64_t value)
{
    atomic_store(&instant->value, value);
}

static inline bool shared_is_set(struct shared_flag *flag)
{
    return atomic_load(&flag->value);
}

static inline void shared_set(struct shared_flag *flag, bool value)
{
    atomic_store(&flag->value, value);
}

/* Clears it; answers whether it was set. */
static inline bool shared_take(struct shared_flag *flag)
{
    return atomic_exchange(&flag->value, false);
}
