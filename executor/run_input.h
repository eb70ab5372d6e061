#pragma once

#include "base/buf.h"
#include "flow/definition.h"
#include "flow/heap.h"
#include "flow/value.h"

/*
 * Run input: what a body hands to another run, a child or its own successor. It passes the codec,
 * as all does that leaves a body, so that instants, keywords and the like arrive as they are; keys
 * are strings, as in any input, and :flow/ctx is the run's own.
 */

/* The input as it is stored. value: a map or nil, in heap. */
bool run_input_encode(struct heap *heap, struct value value, struct buf *out, struct error *err)
    MUST_CHECK;

/* The input of a child, checked like any other start's. */
struct run_input {
    struct text encoded;
    struct text invocation; /* its id, or "" */
    struct text key;        /* of its concurrency (flow/concurrency_key.h) */
};

/* What the definition declares is coerced; texts lie in the arena. */
bool run_input_check(struct heap *heap, const struct definition *definition, struct value value,
                     struct arena *arena, struct run_input *out, struct error *err) MUST_CHECK;
