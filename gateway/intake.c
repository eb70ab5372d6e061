/* Intake: one group under way at a time. */
#include "gateway/intake.h"

#include "base/assert.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "scheduler/announce.h"

struct intake {
    struct gateway *gateway;
    struct list waiting;
    struct list under_way; /* in the order of the batch */
    bool is_sent;
    struct loop_task task;
    struct arena arena;
    struct admission_batch batch;
};

static void on_end_of_turn(struct loop_task *task);
static void on_committed(struct storage_call *call, const struct error *err);

struct intake *intake_new(struct gateway *gateway)
{
    struct intake *intake = MEMORY_NEW(struct intake);

    intake->gateway = gateway;
    intake->task.on_run = on_end_of_turn;
    list_init(&intake->waiting);
    list_init(&intake->under_way);
    arena_init(&intake->arena, 0);
    return intake;
}

void intake_free(struct intake *intake)
{
    if (!intake) return;
    ASSERT(list_is_empty(&intake->waiting) && !intake->is_sent);
    arena_done(&intake->arena);
    memory_free(intake);
}

void intake_start(struct intake_op *op)
{
    struct intake *intake = op->gateway->intake;

    op->alone = false;
    list_push(&intake->waiting, &op->node);
    if (!intake->is_sent) loop_defer(op->gateway->loop, &intake->task);
}

static void send(struct intake *intake)
{
    size_t count = 0;

    arena_reset(&intake->arena);
    struct admission *admissions = ARENA_ARRAY(&intake->arena, INTAKE_GROUP_MAX, struct admission);

    while (count < INTAKE_GROUP_MAX && !list_is_empty(&intake->waiting)) {
        struct intake_op *op = LIST_ITEM(intake->waiting.next, struct intake_op, node);

        if (op->alone && count > 0) break;
        list_remove(&op->node);
        list_push(&intake->under_way, &op->node);
        admissions[count++] = op->admission;
        if (op->alone) break;
    }
    intake->is_sent = true;
    intake->batch = (struct admission_batch){
        .call = {.storage = intake->gateway->storage,
                 .arena = &intake->arena,
                 .on_done = on_committed},
        .admissions = admissions,
        .count = count,
    };
    admission_start(&intake->batch);
}

static void on_end_of_turn(struct loop_task *task)
{
    struct intake *intake = CONTAINER_OF(task, struct intake, task);

    if (!intake->is_sent && !list_is_empty(&intake->waiting)) send(intake);
}

/* The group was refused for one of its runs: all of them again, each by itself. */
static void send_apart(struct intake *intake)
{
    while (!list_is_empty(&intake->under_way)) {
        struct list *last = intake->under_way.prev;

        list_remove(last);
        LIST_ITEM(last, struct intake_op, node)->alone = true;
        list_push_front(&intake->waiting, last);
    }
}

static void answer(struct intake *intake, const struct error *err)
{
    struct list done = {0};
    size_t index = 0;

    list_init(&done);
    while (!list_is_empty(&intake->under_way)) {
        struct list *node = list_pop(&intake->under_way);
        struct intake_op *op = LIST_ITEM(node, struct intake_op, node);

        if (!err) op->admission = intake->batch.admissions[index++];
        list_push(&done, node);
    }
    while (!list_is_empty(&done)) {
        struct intake_op *op = LIST_ITEM(list_pop(&done), struct intake_op, node);

        op->on_done(op, err);
    }
}

static void on_committed(struct storage_call *call, const struct error *err)
{
    struct intake *intake = CONTAINER_OF(call, struct intake, batch.call);
    struct error copy = {0};

    intake->is_sent = false;
    if (err && err->code == E_DATABASE && intake->batch.count > 1) {
        send_apart(intake);
    } else {
        if (err) copy = *err;
        if (!err && intake->gateway->queue) {
            announce_admissions(intake->gateway->queue, &intake->batch);
        }
        answer(intake, err ? &copy : NULL);
    }
    if (!intake->is_sent && !list_is_empty(&intake->waiting)) send(intake);
}
