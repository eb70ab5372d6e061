/* Gather. Invariant: items wait only while a group is under way or `turn` is deferred. */
#include "io/gather.h"

#include "base/assert.h"
#include "base/macros.h"

static void send(struct gather *gather)
{
    if (gather->is_sent || list_is_empty(&gather->waiting)) return;
    gather->is_sent = true;
    gather->count = gather->size = 0;
    gather->on_send(gather);
    ASSERT(!list_is_empty(&gather->under_way));
}

static void on_turn(struct loop_task *task)
{
    send(CONTAINER_OF(task, struct gather, turn));
}

void gather_init(struct gather *gather)
{
    ASSERT(gather->on_send && gather->count_max > 0);
    list_init(&gather->waiting);
    list_init(&gather->under_way);
    gather->is_sent = false;
    gather->turn = (struct loop_task){.on_run = on_turn};
}

bool gather_is_idle(const struct gather *gather)
{
    return list_is_empty(&gather->waiting) && !gather->is_sent;
}

void gather_put(struct gather *gather, struct gather_item *item, size_t size)
{
    *item = (struct gather_item){.size = size};
    list_push(&gather->waiting, &item->node);
    if (!gather->is_sent) loop_defer(gather->loop, &gather->turn);
}

/* Whether the group takes this one too. */
static bool fits(const struct gather *gather, const struct gather_item *item)
{
    if (gather->count == 0) return true;
    const struct gather_item *last =
        LIST_ITEM(gather->under_way.prev, const struct gather_item, node);

    if (item->is_alone || last->is_alone || gather->count >= gather->count_max) return false;
    return gather->size_max == 0 || gather->size + item->size <= gather->size_max;
}

struct gather_item *gather_next(struct gather *gather)
{
    ASSERT(gather->is_sent);
    if (list_is_empty(&gather->waiting)) return NULL;
    struct gather_item *item = LIST_ITEM(gather->waiting.next, struct gather_item, node);

    if (!fits(gather, item)) return NULL;
    list_remove(&item->node);
    list_push(&gather->under_way, &item->node);
    gather->count++;
    gather->size += item->size;
    return item;
}

struct gather_item *gather_take(struct gather *gather)
{
    struct list *node = list_pop(&gather->under_way);

    ASSERT(gather->is_sent);
    return node ? LIST_ITEM(node, struct gather_item, node) : NULL;
}

struct gather_item *gather_apart(struct gather *gather)
{
    ASSERT(gather->is_sent);
    if (list_is_empty(&gather->under_way)) return NULL;
    struct gather_item *item = LIST_ITEM(gather->under_way.prev, struct gather_item, node);

    list_remove(&item->node);
    item->is_alone = true;
    list_push_front(&gather->waiting, &item->node);
    return item;
}

void gather_go_on(struct gather *gather)
{
    ASSERT(gather->is_sent && list_is_empty(&gather->under_way));
    gather->is_sent = false;
    send(gather);
}
