#pragma once

#include "tests/unit/flow/value_fixture.h"

/*
 * For the tests of what is parsed once and used by many runs: an arena for forms and what is made
 * of them, a run's heap, and the static one of an image. start and stop are a test's setup and
 * teardown.
 */
static struct arena arena;
static struct heap heap, statics;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    heap_init(&heap, 1 << 26);
    heap_init_static(&statics);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    heap_done(&heap);
    heap_done(&statics);
    arena_done(&arena);
    return 0;
}
