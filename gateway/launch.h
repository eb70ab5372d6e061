#pragma once

#include "gateway/start.h"

/*
 * Launch: a start whose answer is the envelope of runs.start: the run, and what its concurrency key
 * decided; with wait_ms when it has ended or parked. In the request's arena.
 */
struct launch {
    struct start start; /* In: all but on_done. */
    int64_t wait_ms;

    struct watch watch; /* Private. */
};

/* Answers the request. */
void launch_begin(struct launch *launch);
