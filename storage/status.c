/*
 * Status: the names of the small enumerations. The numbers are stored, so a name's place never
 * changes.
 */
#include "storage/status.h"

#include "base/assert.h"
#include "base/macros.h"

static const char *const run_names[RUN_STATUS_COUNT] = {
    [RUN_QUEUED] = "queued",         [RUN_RUNNING] = "running",     [RUN_WAITING] = "waiting",
    [RUN_COMPLETED] = "completed",   [RUN_FAILED] = "failed",       [RUN_CANCELLED] = "cancelled",
    [RUN_TERMINATED] = "terminated", [RUN_TIMED_OUT] = "timed-out",
};

static const char *const step_names[STEP_STATUS_COUNT] = {
    [STEP_STARTED] = "started",     [STEP_COMPLETED] = "completed", [STEP_FAILED] = "failed",
    [STEP_CANCELLED] = "cancelled", [STEP_SKIPPED] = "skipped",     [STEP_TIMED_OUT] = "timed-out",
};

static const char *const kind_names[STEP_KIND_COUNT] = {
    [STEP_KIND_STEP] = "step",
    [STEP_KIND_WAIT] = "wait",
    [STEP_KIND_VALUE] = "value",
    [STEP_KIND_INTENT] = "intent",
};

static const char *const mode_names[WAIT_MODE_COUNT] = {
    [WAIT_TIMER] = "timer", [WAIT_APPROVAL] = "approval", [WAIT_CALLBACK] = "callback",
    [WAIT_EVENT] = "event", [WAIT_RETRY] = "retry",       [WAIT_CHILD] = "child",
};

static const char *const wait_names[WAIT_STATUS_COUNT] = {
    [WAIT_OPEN] = "open",
    [WAIT_RESOLVED] = "resolved",
    [WAIT_TIMED_OUT] = "timed-out",
    [WAIT_CANCELLED] = "cancelled",
};

static const char *const target_names[TARGET_COUNT] = {
    [TARGET_DRAFT] = "draft",
    [TARGET_LIVE] = "live",
};

static const char *const decision_names[DECISION_COUNT] = {
    [DECISION_STARTED] = "started",       [DECISION_QUEUED] = "queued",
    [DECISION_COEXISTED] = "coexisted",   [DECISION_DROPPED] = "dropped",
    [DECISION_SUPERSEDED] = "superseded",
};

static const char *const catch_up_names[] = {"latest", "none", "all"};

static const char *name_of(const char *const *names, size_t count, int index)
{
    ASSERT(index >= 0);
    ASSERT((size_t)index < count);
    return names[index];
}

static bool find(const char *const *names, size_t count, struct text name, int *out)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(text_from(names[i]), name)) {
            *out = (int)i;
            return true;
        }
    }
    return false;
}

const char *status_run(enum run_status status)
{
    return name_of(run_names, RUN_STATUS_COUNT, (int)status);
}

bool status_run_find(struct text name, enum run_status *out)
{
    int index;

    if (!find(run_names, RUN_STATUS_COUNT, name, &index)) return false;
    *out = (enum run_status)index;
    return true;
}

bool status_run_ended(enum run_status status)
{
    return status >= RUN_COMPLETED;
}

const char *status_step(enum step_status status)
{
    return name_of(step_names, STEP_STATUS_COUNT, (int)status);
}

const char *status_step_kind(enum step_kind kind)
{
    return name_of(kind_names, STEP_KIND_COUNT, (int)kind);
}

const char *status_wait_mode(enum wait_mode mode)
{
    return name_of(mode_names, WAIT_MODE_COUNT, (int)mode);
}

const char *status_wait(enum wait_status status)
{
    return name_of(wait_names, WAIT_STATUS_COUNT, (int)status);
}

bool status_wait_find(struct text name, enum wait_status *out)
{
    int index;

    if (!find(wait_names, WAIT_STATUS_COUNT, name, &index)) return false;
    *out = (enum wait_status)index;
    return true;
}

const char *status_target(enum flow_target target)
{
    return name_of(target_names, TARGET_COUNT, (int)target);
}

bool status_target_find(struct text name, enum flow_target *out)
{
    int index;

    if (!find(target_names, TARGET_COUNT, name, &index)) return false;
    *out = (enum flow_target)index;
    return true;
}

const char *status_decision(enum concurrency_decision decision)
{
    return name_of(decision_names, DECISION_COUNT, (int)decision);
}

const char *status_catch_up(int catch_up)
{
    return name_of(catch_up_names, ARRAY_COUNT(catch_up_names), catch_up);
}

bool status_catch_up_find(struct text name, int *out)
{
    return find(catch_up_names, ARRAY_COUNT(catch_up_names), name, out);
}
