#pragma once

#include "storage/call.h"

/* The usage ledger: what billing/usage.h is made of. */
struct ledger_line {
    struct text slug, step_type;
    bool draft;
    int64_t executions;
};

/* A month's executions of a workspace, by flow, step type and draft: ledger plus what the journal
 * has beyond it, in one snapshot. The gateway's pool. */
struct ledger_usage {
    struct storage_call call;
    int year, month;           /* month 1 to 12, UTC */
    struct ledger_line *lines; /* Out. */
    size_t count;
};

void ledger_usage_start(struct ledger_usage *op);

/* Moves what is closed of all journals into the ledger, exactly once. The engine's pool;
 * call.workspace is not looked at. */
struct ledger_rollup {
    struct storage_call call;
    int64_t moved; /* Out: executions. */
};

void ledger_rollup_start(struct ledger_rollup *op);
