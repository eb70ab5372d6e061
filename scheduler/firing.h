#pragma once

#include "base/arena.h"
#include "io/loop.h"
#include "scheduler/firing_plan.h"
#include "scheduler/scheduler_context.h"
#include "storage/admission.h"

/*
 * Firing: admits a run for each instant of a schedule that has come. The instant is the run's
 * idempotency key, and a schedule moves on by compare-and-set in the same transaction, so any
 * number of servers may fire the same schedules at once, and a failure anywhere is repaired by
 * doing all of it again.
 */
struct firing {
    struct scheduler_context *context; /* In. */

    struct arena arena; /* Private, from here on; of one round. */
    struct loop_timer timer;
    bool is_careful; /* one schedule at a time, after the database refused a round */
    struct schedule_due due;
    struct schedule_move *moves; /* one a due schedule */
    struct admission_batch batch;
    struct schedule_advance advance;
    struct scheduler_outage outage;
};

void firing_start(struct firing *firing);
void firing_stop(struct firing *firing);
void firing_done(struct firing *firing);
