/* Intake: what becomes of a group of admissions. */
#include "gateway/intake.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "scheduler/announce.h"

struct intake {
    struct gateway *gateway;
    struct gather gather; /* struct intake_op */
    int64_t sent_ms;      /* monotonic */
    struct arena arena;
    struct admission_batch batch;
};

static void on_send(struct gather *gather);
static void on_committed(struct storage_call *call, const struct error *err);

struct intake *intake_new(struct gateway *gateway)
{
    struct intake *intake = MEMORY_NEW(struct intake);

    intake->gateway = gateway;
    intake->gather =
        (struct gather){.loop = gateway->loop, .count_max = INTAKE_GROUP_MAX, .on_send = on_send};
    gather_init(&intake->gather);
    arena_init(&intake->arena, 0);
    return intake;
}

void intake_free(struct intake *intake)
{
    if (!intake) return;
    ASSERT(gather_is_idle(&intake->gather));
    arena_done(&intake->arena);
    memory_free(intake);
}

void intake_start(struct intake_op *op)
{
    gather_put(&op->gateway->intake->gather, &op->gathered, 0);
}

static struct intake_op *op_of(struct gather_item *gathered)
{
    return gathered ? CONTAINER_OF(gathered, struct intake_op, gathered) : NULL;
}

static struct handover *handover_of(const struct intake_op *op)
{
    return op->gateway->config.handover;
}

/* A worker that drives it from the start, if one has room. */
static void take_seat(struct intake_op *op)
{
    op->admission.owner = 0;
    if (op->admission.key.ptr) return; // what a key decides is the queue's
    op->seat = handover_reserve(handover_of(op), op->admission.workspace);
    op->admission.owner = op->seat.owner;
}

static void leave_seat(struct intake_op *op, bool is_lost)
{
    if (!op->admission.owner) return;
    handover_leave(handover_of(op), &op->seat);
    if (is_lost) handover_lost(handover_of(op), op->seat.worker);
    op->admission.owner = 0;
}

static struct text copy(struct handover_run *run, struct text source)
{
    return source.ptr ? arena_text(&run->arena, source) : TEXT_NONE;
}

/* As it would be read now. */
static void fill_record(struct handover_run *run, const struct admission *admission)
{
    run->record = (struct run_record){
        .id = admission->out_run,
        .workspace = admission->workspace,
        .flow = admission->flow,
        .version = admission->out_version,
        .number = admission->number,
        .slug = copy(run, admission->slug),
        .version_number = admission->version_number,
        .release = admission->release,
        .status = RUN_RUNNING,
        .target = admission->target,
        .invocation = copy(run, admission->invocation),
        .triggered_by = copy(run, admission->triggered_by),
        .epoch = 1,
        .claims = 1,
        .priority = admission->priority,
        .shard = admission->shard,
        .owner = admission->owner,
        .created_ms = admission->admitted_ms,
        .started_ms = admission->admitted_ms,
        .updated_ms = admission->admitted_ms,
        .wake_ms = admission->admitted_ms,
        .input = copy(run, admission->input),
    };
}

/* To its worker, as that one would have claimed it. */
static void give(const struct intake_op *op, int64_t due_ms)
{
    struct handover_run *run = handover_run_new();
    const struct run_record *record = &run->record;

    fill_record(run, &op->admission);
    run->claim = (struct claim_run){
        .workspace = record->workspace,
        .id = record->id,
        .workspace_name = copy(run, op->workspace_name),
        .slug = record->slug,
        .flow = record->flow,
        .version = record->version,
        .number = record->number,
        .version_number = record->version_number,
        .epoch = record->epoch,
        .claims = record->claims,
        .priority = record->priority,
        .target = record->target,
        .triggered_by = record->triggered_by,
        .invocation = record->invocation,
        .created_ms = record->created_ms,
        .input = record->input,
    };
    if (record->version == op->admission.version) run->source_key = copy(run, op->source_key);
    run->due_ms = due_ms;
    run->seat = op->seat;
    run->gateway = op->gateway->config.index;
    handover_give(handover_of(op), run);
}

static void on_send(struct gather *gather)
{
    struct intake *intake = CONTAINER_OF(gather, struct intake, gather);
    struct intake_op *op;
    size_t count = 0;

    arena_reset(&intake->arena);
    struct admission *admissions = ARENA_ARRAY(&intake->arena, INTAKE_GROUP_MAX, struct admission);

    while ((op = op_of(gather_next(gather)))) {
        take_seat(op);
        admissions[count++] = op->admission;
    }
    intake->sent_ms = clock_monotonic_ms();
    intake->batch = (struct admission_batch){
        .call = {.storage = intake->gateway->storage,
                 .arena = &intake->arena,
                 .on_done = on_committed},
        .admissions = admissions,
        .count = count,
    };
    admission_start(&intake->batch);
}

/* The group was refused for one of its runs: all of them again, each by itself. */
static void send_apart(struct intake *intake)
{
    struct intake_op *op;

    while ((op = op_of(gather_apart(&intake->gather)))) {
        leave_seat(op, false);
    }
}

static void answer(struct intake *intake, const struct error *err)
{
    struct list done = {0};
    struct intake_op *op;
    size_t index = 0;

    list_init(&done); // all go to their workers before the first is answered
    while ((op = op_of(gather_take(&intake->gather)))) {
        if (!err) op->admission = intake->batch.admissions[index++];
        if (op->admission.claimed) {
            give(op, intake->sent_ms);
        } else {
            leave_seat(op, err != NULL);
        }
        list_push(&done, &op->gathered.node);
    }
    while (!list_is_empty(&done)) {
        op = LIST_ITEM(list_pop(&done), struct intake_op, gathered.node);
        op->on_done(op, err);
    }
}

static void on_committed(struct storage_call *call, const struct error *err)
{
    struct intake *intake = CONTAINER_OF(call, struct intake, batch.call);
    struct error copy = {0};

    if (err && err->code == E_DATABASE && intake->batch.count > 1) {
        send_apart(intake);
    } else {
        if (err) copy = *err;
        if (!err && intake->gateway->queue) {
            announce_admissions(intake->gateway->queue, &intake->batch);
        }
        answer(intake, err ? &copy : NULL);
    }
    gather_go_on(&intake->gather);
}
