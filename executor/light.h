#pragma once

#include "base/map.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Light: the runs of workspaces that have next to nothing in this worker, beside others that fill
 * it. Redis proposes fairly, but what is claimed then waits in the worker: for its turn behind the
 * slices of hundreds of runs, and for its commit behind all that those have to write. A light run
 * waits for neither: its slices come first, and its commits have a lane of their own (batch.h).
 *
 * A run is light when at its start its workspace has fewer than LIGHT_RUNS_EACH others in the
 * worker, other workspaces have LIGHT_BESIDE or more, and fewer than LIGHT_RUNS_MAX are light; it
 * stays what it is until it leaves the worker; and one that was given or proposed to the express
 * worker as light (scheduler/handover.h) is. So whoever has a backlog is not light, whatever comes
 * in the way of the others is bounded, and where nobody is in the way, or all are small, runs go
 * the usual way.
 *
 * That is light in a worker. In a process a workspace is by COURTESY_LIGHT_EACH
 * (scheduler/courtesy.h), in Redis by LIGHT_EACH (scheduler/redis/queue.lua): each of the three
 * sees another part of its runs.
 */
#define LIGHT_BESIDE    8
#define LIGHT_RUNS_EACH 2
#define LIGHT_RUNS_MAX  32

struct light_workspace; /* private */

struct light {
    struct map workspaces; /* Private: those that have runs here. */
    int count, run_count;  /* of light runs, of all */
};

/* Embedded in a run. */
struct light_place {
    bool is_light;
    struct light_workspace *workspace; /* private */
};

void light_done(struct light *light); /* nobody may be in */
/* is_known: it came as light. */
void light_enter(struct light *light, struct light_place *place, int64_t workspace, bool is_known);
void light_leave(struct light *light, struct light_place *place);
