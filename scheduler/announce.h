#pragma once

#include "storage/admission.h"
#include "storage/run_record.h"
#include "storage/signal.h"

/*
 * Announce: what a commit has made of runs is told to Redis: who may run, whose worker should stop,
 * who has changed. Hints like all else in Redis: what is not told, the sweeper finds, and a worker
 * learns of at its next commit.
 */
struct queue;

void announce_admissions(struct queue *queue, const struct admission_batch *batch);
/* What a signal has made due; of its call only the workspace is looked at. */
void announce_signal(struct queue *queue, const struct signal_deliver *signal);
void announce_event(struct queue *queue, const struct signal_event *event);
/* Of a run of this workspace. */
void announce_cancel(struct queue *queue, int64_t workspace, const struct run_cancel *cancel);
