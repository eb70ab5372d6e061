#pragma once

#include "gateway/request.h"
#include "storage/run_record.h"

/* Lookup: a run by the id that people use (workflow_id.h). on_done: with the run's id, or
 * E_NOT_FOUND, or E_CONFLICT when a short id is ambiguous. */
struct lookup {
    struct request *request;
    struct text workflow_id;
    void (*on_done)(struct lookup *lookup, const struct error *err);
    struct uuid run; /* Out. */

    struct run_find find; /* Private. */
};

/* on_done may come from inside this call, for an id that is none. */
void lookup_start(struct lookup *lookup);
