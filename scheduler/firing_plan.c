#include "scheduler/firing_plan.h"

#include "base/cron.h"
#include "base/zone.h"

static void plan(const struct schedule *schedule, const struct cron *cron, const struct zone *zone,
                 int64_t now_ms, struct firing_plan *out)
{
    int64_t before_ms = schedule->next_ms - 1; // so that next_ms itself is among the missed
    int64_t moved_ms = now_ms;

    if (schedule->catch_up == CATCH_UP_ALL) {
        for (int64_t at_ms = cron_next(cron, zone, before_ms);
             at_ms >= 0 && at_ms <= now_ms && out->count < FIRING_INSTANTS_MAX;
             at_ms = cron_next(cron, zone, at_ms)) {
            out->instants_ms[out->count++] = at_ms;
            moved_ms = at_ms;
        }
    } else {
        int64_t latest_ms = cron_latest(cron, zone, before_ms, now_ms);
        bool is_missed =
            schedule->catch_up == CATCH_UP_NONE && now_ms - latest_ms > FIRING_GRACE_MS;

        if (latest_ms >= 0 && !is_missed) out->instants_ms[out->count++] = latest_ms;
    }
    int64_t next_ms = cron_next(cron, zone, moved_ms);

    out->next_ms = next_ms < 0 ? 0 : next_ms;
}

bool firing_plan_make(const struct schedule *schedule, int64_t now_ms, struct firing_plan *out,
                      struct error *err)
{
    struct cron cron = {0};

    if (!cron_parse(schedule->cron, &cron, err)) return false;
    struct zone *zone =
        zone_load(schedule->timezone.len > 0 ? schedule->timezone : TEXT("UTC"), err);

    if (!zone) return false;
    *out = (struct firing_plan){0};
    plan(schedule, &cron, zone, now_ms, out);
    zone_free(zone);
    return true;
}
