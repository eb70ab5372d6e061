/*
 * :sleep {:duration "5m"} | {:seconds n} | {:millis n} → nil. A timer that nothing but the clock
 * ends.
 */
#include "base/limits.h"
#include "executor/step.h"
#include "executor/step_config.h"

static bool plan(struct step *step, struct step_wait_plan *out, struct error *err)
{
    int given;

    *out = (struct step_wait_plan){.mode = WAIT_TIMER};
    if (!step_config_pause(step->config, LIMIT_WAIT_TIMEOUT_MS, &out->timeout_ms, &given, err)) {
        return false;
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
