#include "base/refcount.h"

#include "base/assert.h"

#include <stdatomic.h>

void refcount_init(struct refcount *refcount)
{
    atomic_init(&refcount->count, 1);
}

void refcount_ref(struct refcount *refcount)
{
    int before = atomic_fetch_add_explicit(&refcount->count, 1, memory_order_relaxed);

    ASSERT(before > 0);
}

bool refcount_unref(struct refcount *refcount)
{
    // acq_rel: whoever frees sees all that the others did to the object before they let go.
    int before = atomic_fetch_sub_explicit(&refcount->count, 1, memory_order_acq_rel);

    ASSERT(before > 0);
    return before == 1;
}
