#pragma once

#include "base/list.h"
#include "gateway/request.h"
#include "scheduler/handover.h"
#include "storage/admission.h"

/*
 * Intake: admissions of many requests share a commit. They gather until the turn ends, or while the
 * group before is under way; then all that there is goes in one transaction. After the commit the
 * runs go to workers of this process that have room (scheduler/handover.h), in whose names they
 * were admitted; of the others Redis is told.
 *
 *     gathering --end of turn, nothing under way--> sent --committed--> answered, next group
 *
 * A group that the database refuses is sent again one by one, so that only the offender fails.
 */
#define INTAKE_GROUP_MAX 256

struct intake;

struct intake *intake_new(struct gateway *gateway);
void intake_free(struct intake *intake);

struct intake_op {
    struct gateway *gateway;    /* In. */
    struct admission admission; /* In and out (not owner); what it borrows lives until on_done. */
    struct text workspace_name;
    struct text source_key; /* of admission.version, or absent (flow/source_cache.h) */
    void (*on_done)(struct intake_op *op, const struct error *err);

    struct list node; /* Private. */
    bool alone;
    struct handover_seat seat; /* with admission.owner */
};

void intake_start(struct intake_op *op);
