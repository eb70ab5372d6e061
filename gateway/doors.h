#pragma once

#include "flow/definition.h"
#include "storage/endpoint.h"
#include "storage/schedule_record.h"

/*
 * Doors: what a definition registers when it becomes draft or live: endpoints of its webhooks and
 * http interfaces, and its schedules with the instant that fires next.
 */
struct doors {
    struct endpoint *endpoints;
    size_t endpoint_count;
    struct schedule *schedules;
    size_t schedule_count;
};

/* Everything lies in the arena or is the definition's. Fails when a schedule's input does not fit
 * its invocation. now_ms: wall time. */
bool doors_read(struct arena *arena, const struct definition *definition, int64_t now_ms,
                struct doors *out, struct error *err) MUST_CHECK;
