#include "executor/turnstile.h"

#include "base/assert.h"
#include "executor/worker_private.h"
#include "scheduler/handover.h"

static void on_task(struct loop_task *task);

void turnstile_init(struct turnstile *turnstile, struct worker *worker)
{
    *turnstile = (struct turnstile){.worker = worker, .task.on_run = on_task};
    list_init(&turnstile->waiting);
}

bool turnstile_is_idle(const struct turnstile *turnstile)
{
    return turnstile->inside_count == 0 && list_is_empty(&turnstile->waiting);
}

void turnstile_done(struct turnstile *turnstile)
{
    ASSERT(turnstile_is_idle(turnstile));
    loop_undefer(&turnstile->task);
}

static bool has_room(const struct turnstile *turnstile)
{
    return turnstile->inside_count == 0 ||
           !handover_is_courteous(turnstile->worker->config.handover);
}

bool turnstile_enter(struct turnstile *turnstile, struct turnstile_place *place)
{
    if (list_is_empty(&turnstile->waiting) && has_room(turnstile)) {
        turnstile->inside_count++;
        return true;
    }
    list_push(&turnstile->waiting, &place->node);
    return false;
}

static void on_task(struct loop_task *task)
{
    struct turnstile *turnstile = CONTAINER_OF(task, struct turnstile, task);

    while (!list_is_empty(&turnstile->waiting) && has_room(turnstile)) {
        struct turnstile_place *place =
            LIST_ITEM(list_pop(&turnstile->waiting), struct turnstile_place, node);

        turnstile->inside_count++;
        place->on_turn(place);
    }
}

void turnstile_leave(struct turnstile *turnstile)
{
    ASSERT(turnstile->inside_count > 0);
    turnstile->inside_count--;
    if (!list_is_empty(&turnstile->waiting)) {
        loop_defer(turnstile->worker->loop, &turnstile->task);
    }
}
