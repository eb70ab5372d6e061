#pragma once

#include "gateway/request.h"
#include "io/gather.h"
#include "scheduler/handover.h"
#include "storage/admission.h"

/*
 * Intake: admissions of many requests share a commit (io/gather.h). After the commit the runs go to
 * workers of this process that have room (scheduler/handover.h), in whose names they were admitted;
 * of the others Redis is told.
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

    struct gather_item gathered; /* Private. */
    struct handover_seat seat;   /* with admission.owner */
};

void intake_start(struct intake_op *op);
