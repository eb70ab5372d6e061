/* Courtesy: counts, and an instant. They are read one by one: that they do not belong together for
 * a moment does no harm. */
#include "scheduler/courtesy.h"

static struct shared_number *runs_of(struct courtesy *courtesy, int64_t workspace)
{
    uint64_t mixed = (uint64_t)workspace * UINT64_C(0x9E3779B97F4A7C15); // the golden ratio

    return &courtesy->runs[mixed >> (64 - COURTESY_COUNTS_BITS)];
}

void courtesy_count(struct courtesy *courtesy, int64_t workspace, int change)
{
    int now = shared_add(runs_of(courtesy, workspace), change);
    int last = change > 0 ? now : now + 1; // the number of the one that came or went

    (void)shared_add(&courtesy->all, change);
    if (last > COURTESY_LIGHT_EACH) (void)shared_add(&courtesy->beyond, change);
}

bool courtesy_is_light(struct courtesy *courtesy, int64_t workspace)
{
    return shared_get(runs_of(courtesy, workspace)) < COURTESY_LIGHT_EACH;
}

static bool is_crowded(struct courtesy *courtesy)
{
    int beyond = shared_get(&courtesy->beyond);
    int others = shared_get(&courtesy->all) - beyond;

    return beyond >= COURTESY_CROWD && others <= beyond / COURTESY_RATIO;
}

void courtesy_came(struct courtesy *courtesy, int64_t now_ms)
{
    int64_t until_ms = now_ms + COURTESY_MS;

    if (until_ms > shared_get_instant(&courtesy->until) && is_crowded(courtesy)) {
        shared_set_instant(&courtesy->until, until_ms);
    }
}

bool courtesy_is_on(struct courtesy *courtesy, int64_t now_ms)
{
    return now_ms < shared_get_instant(&courtesy->until);
}
