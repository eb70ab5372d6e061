#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/*
 * Lazy sequences and delays.
 *
 *     PENDING --lazy_start--> RUNNING --lazy_finish--> REALISED
 *        ^---- lazy_reset (the thunk threw) ----/
 *
 * A thunk is any function of no arguments, or the lazy sequence whose value it will be. What
 * lazy_finish() gets must be nil, list, cons or seq; the VM applies seq to the thunk's result
 * first, unwrapping lazies.
 */
struct value lazy_new(struct heap *heap, struct value thunk);
struct value lazy_delay(struct heap *heap, struct value thunk);

static inline enum lazy_state lazy_state(struct value lazy)
{
    return (enum lazy_state)lazy.object->kind;
}

static inline bool lazy_is_pending(struct value value)
{
    return value.type == VALUE_LAZY && value.object->kind != LAZY_REALISED;
}

/* The thunk, or the value once realised. Both for lazy and delay. */
struct value lazy_value(struct value lazy);
void lazy_start(struct value lazy);
/* While RUNNING: its value will be that of the other one, which is its thunk from now on. */
void lazy_defer(struct value lazy, struct value other);
void lazy_finish(struct value lazy, struct value result);
void lazy_reset(struct value lazy);

/* Follows realised lazies: the first value that is no realised lazy. */
struct value lazy_unwrap(struct value value);
/* Looks for an unrealised lazy: along the sequence, or (deep) in all items and levels; iterative.
 * True: *out is it. Cursors (ranges among them) are not walked: nothing is pending along them. */
bool lazy_find_pending(struct value value, bool deep, struct value *out);

/* The same, taking one from *budget for each item that it looks at, so that a caller can charge for
 * what follows; BUDGET: it ran out. What a deep scan has found clear is not looked at again. */
enum lazy_scan { LAZY_SCAN_CLEAR, LAZY_SCAN_PENDING, LAZY_SCAN_BUDGET };
enum lazy_scan lazy_scan(struct value value, bool deep, int64_t *budget, struct value *out);
