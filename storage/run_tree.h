#pragma once

#include "base/id.h"
#include "storage/call.h"
#include "storage/status.h"

/* The runs that a run has called, and those that they have called, each behind its caller. Of a run
 * that went on in a successor only the last one. On the gateway's pool. */
struct run_tree_child {
    struct text slug, address; /* address: in its caller */
    int64_t number;
    int version_number;
    enum run_status status;
    int depth; /* 1: called by the run itself */
};

struct run_tree {
    struct storage_call call;
    struct uuid id;
    struct run_tree_child *children; /* Out: at most LIMIT_LIST. */
    size_t count;
    bool has_more;
};

void run_tree_start(struct run_tree *op);
