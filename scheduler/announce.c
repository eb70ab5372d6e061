/*
 * Announce. queue_push() copies, so an entry lives on the stack.
 */
#include "scheduler/announce.h"

#include "scheduler/queue.h"

#include <inttypes.h>
#include <stdio.h>

#define ID_SIZE 24 /* a bigint in decimal */

static void push(struct queue *queue, int64_t workspace, struct uuid run, int64_t flow)
{
    char digits[ID_SIZE];

    (void)snprintf(digits, sizeof digits, "%" PRId64, flow);
    queue_push(queue,
               &(struct queue_entry){.workspace = workspace, .run = run, .flow = text_from(digits)},
               1);
}

static void announce_effect(struct queue *queue, const struct admission_effect *effect)
{
    switch (effect->kind) {
    case ADMISSION_WOKE:
        push(queue, effect->cause->workspace, effect->run, effect->cause->flow);
        break;
    case ADMISSION_STOPS: queue_publish_cancel(queue, effect->run); break;
    case ADMISSION_ENDED: queue_publish_changed(queue, &effect->run, 1); break;
    }
}

void announce_admissions(struct queue *queue, const struct admission_batch *batch)
{
    for (size_t i = 0; i < batch->effect_count; i++) {
        announce_effect(queue, &batch->effects[i]);
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct admission *admission = &batch->admissions[i];

        if (admission->outcome != ADMITTED || admission->claimed) continue;
        if (admission->decision == DECISION_QUEUED) continue;
        push(queue, admission->workspace, admission->out_run, admission->flow);
    }
}

void announce_signal(struct queue *queue, const struct signal_deliver *signal)
{
    if (signal->outcome != SIGNAL_RESOLVED) return;
    push(queue, signal->call.workspace, signal->out_run, signal->flow);
}

void announce_event(struct queue *queue, const struct signal_event *event)
{
    for (size_t i = 0; i < event->woken_count; i++) {
        push(queue, event->call.workspace, event->woken[i].run, event->woken[i].flow);
    }
}

void announce_cancel(struct queue *queue, int64_t workspace, const struct run_cancel *cancel)
{
    bool ended = cancel->outcome == RUN_CANCEL_ENDED;

    if (!ended && cancel->outcome != RUN_CANCEL_ASKED) return;
    if (cancel->owner) queue_publish_cancel(queue, cancel->id);
    if (ended) queue_publish_changed(queue, &cancel->id, 1);
    for (size_t i = 0; i < cancel->woken_count; i++) {
        const struct run_cancel_woken *woken = &cancel->woken[i];

        if (woken->owner) {
            queue_publish_cancel(queue, woken->run);
        } else {
            push(queue, workspace, woken->run, woken->flow);
        }
    }
}
