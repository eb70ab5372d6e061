#pragma once

#include <stdbool.h>

/* A count for immutable data that workers share. Starts at 1. */
struct refcount {
    _Atomic int count;
};

void refcount_init(struct refcount *refcount);
void refcount_ref(struct refcount *refcount);
/* True when this was the last reference: the caller frees. */
bool refcount_unref(struct refcount *refcount);
