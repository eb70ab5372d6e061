/*
 * :sleep {:duration "5m"} | {:seconds n} | {:millis n} → nil. A timer that nothing but the clock
 * ends.
 */
#include "base/limits.h"
#include "executor/step.h"
#include "executor/step_config.h"

static bool plan(struct step *step, struct step_wait_plan *out, struct error *err)
{
    static const char *const keys[] = {"duration", "seconds", "millis"};
    int given = 0;

    *out = (struct step_wait_plan){.mode = WAIT_TIMER};
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        int64_t ms;

        if (!step_config_has(step->config, keys[i])) continue;
        given++;
        if (i == 2) {
            if (!step_config_int(step->config, keys[i], 0, LIMIT_WAIT_TIMEOUT_MS, 0, &ms, err)) {
                return false;
            }
        } else if (!step_config_duration(step->config, keys[i], LIMIT_WAIT_TIMEOUT_MS, 0, &ms,
                                         err)) {
            return false;
        }
        out->timeout_ms = ms;
    }
    if (given == 1) return true;
    error_set(err, E_INPUT, "a sleep takes one of :duration, :seconds and :millis");
    return error_hint(err, "Use {:duration \"5m\"} or {:seconds 30}.");
}

static bool settle(struct step *step, const struct wait_record *wait, struct error *err)
{
    (void)wait;
    return step_result(step, value_nil(), err);
}

const struct step_type step_sleep_type = {.name = "sleep", .plan = plan, .settle = settle};
