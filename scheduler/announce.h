#pragma once

#include "storage/admission.h"
#include "storage/run_record.h"

/*
 * Announce: what a commit has made of runs is told to Redis: who may run, whose worker should stop,
 * who has changed. Hints like all else in Redis: what is not told, the sweeper finds, and a worker
 * learns of at its next commit.
 */
struct queue;

void announce_admissions(struct queue *queue, const struct admission_batch *batch);
/* Of a run of this workspace. */
void announce_cancel(struct queue *queue, int64_t workspace, const struct run_cancel *cancel);
