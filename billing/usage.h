#pragma once

#include "storage/ledger.h"
#include "storage/status.h"

/*
 * Usage: what counts and how much of it there was. The unit is the step execution: one for each
 * address that ran at least once, whatever its attempts and its outcome; none for what was refused
 * before it ran. Triggers, waits and approvals never count; draft runs count and are marked. The
 * journal row is the record (its billed flag is set by the executor from usage_counts()).
 */

/* Whether a step of this type ("http") is counted when it has run. Unknown types are. */
bool usage_counts(struct text step_type);

struct usage_month {
    struct ledger_usage ledger; /* In: call and month; Out: lines. */
    void (*on_done)(struct usage_month *op, const struct error *err);
    int64_t total, draft_total; /* Out: draft_total is part of total. */
};

/* "2026-11". */
bool usage_parse_month(struct text source, int *out_year, int *out_month, struct error *err)
    MUST_CHECK;
void usage_month_start(struct usage_month *op);
