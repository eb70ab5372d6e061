#pragma once

#include "base/arena.h"
#include "io/loop.h"
#include "scheduler/scheduler_context.h"
#include "storage/ledger.h"
#include "storage/sweep.h"

/* Upkeep: the chores of the database, one after another: usage into the ledger each minute, what
 * has had its time deleted and partitions made ahead each hour, old journals dropped each day. */
enum upkeep_chore { UPKEEP_ROLLUP, UPKEEP_CLEAN, UPKEEP_RETENTION, UPKEEP_CHORES };

struct upkeep {
    struct scheduler_context *context; /* In. */
    int retention_days;                /* 0: journals are kept */

    struct arena arena; /* Private, from here on. */
    struct loop_timer timer;
    int64_t due_ms[UPKEEP_CHORES]; /* monotonic */
    enum upkeep_chore chore;       /* in hand */
    struct ledger_rollup rollup;
    struct sweep_clean clean;
    struct sweep_retention retention;
    struct scheduler_outage outages[UPKEEP_CHORES];
};

void upkeep_start(struct upkeep *upkeep);
void upkeep_stop(struct upkeep *upkeep);
void upkeep_done(struct upkeep *upkeep);
