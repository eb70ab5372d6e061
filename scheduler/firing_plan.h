#pragma once

#include "base/error.h"
#include "storage/schedule_record.h"

#define FIRING_INSTANTS_MAX 16 /* of one schedule at once; with :catch-up :all the rest follows */
#define FIRING_GRACE_MS     60000 /* :catch-up :none: later than this counts as missed */

/* What a due schedule fires now, and where it moves. Pure. */
struct firing_plan {
    int64_t instants_ms[FIRING_INSTANTS_MAX]; /* nominal, ascending */
    size_t count;
    int64_t next_ms; /* 0: never again */
};

/* E_CRON, E_TIMEZONE: the stored schedule cannot be read here. */
bool firing_plan_make(const struct schedule *schedule, int64_t now_ms, struct firing_plan *out,
                      struct error *err) MUST_CHECK;
