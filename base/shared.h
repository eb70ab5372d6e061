#pragma once

#include <stdatomic.h>
#include <stdbool.h>

/*
 * Shared: a number and a flag that any thread reads and writes. What was written before a flag or a
 * number was set is seen by who reads it set. Zeroed they are 0 and false.
 */
struct shared_number {
    atomic_int value; /* private */
};

struct shared_flag {
    atomic_bool value; /* private */
};

static inline int shared_get(struct shared_number *number)
{
    return atomic_load(&number->value);
}

static inline void shared_add(struct shared_number *number, int change)
{
    (void)atomic_fetch_add(&number->value, change);
}

static inline void shared_put(struct shared_number *number, int value)
{
    atomic_store(&number->value, value);
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
