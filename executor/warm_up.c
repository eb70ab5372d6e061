#include "executor/warm_up.h"

#include "base/assert.h"
#include "executor/worker_private.h"

#define WORKSPACE 1 /* any */
#define EPOCH     1

static void end_one(struct warm_up *warm_up)
{
    if (--warm_up->pending_count == 0) warm_up->on_done(warm_up);
}

static void on_claim(struct storage_call *call, const struct error *err)
{
    struct warm_claim *warm = CONTAINER_OF(call, struct warm_claim, claim.call);

    (void)err;
    ASSERT(warm->claim.run_count == 0);
    arena_done(&warm->arena);
    end_one(warm->warm_up);
}

/* No lane is asked for: each takes the connection that has less to do. */
static void claim_nothing(struct warm_up *warm_up, int index)
{
    struct warm_claim *warm = &warm_up->claims[index];

    warm->warm_up = warm_up;
    arena_init(&warm->arena, 0);
    warm->key = (struct claim_key){WORKSPACE, id_uuid7()};
    warm->claim = (struct claim){
        .call = {.storage = warm_up->worker->storage, .arena = &warm->arena, .on_done = on_claim},
        .owner = warm_up->worker->owner,
        .keys = &warm->key,
        .count = 1,
    };
    claim_start(&warm->claim);
}

static void on_commit(struct journal_batch *journal, const struct error *err)
{
    struct warm_commit *warm = CONTAINER_OF(journal, struct warm_commit, journal);

    ASSERT(err || warm->entry.outcome != JOURNAL_COMMITTED);
    journal_done(journal);
    end_one(warm->warm_up);
}

static void commit_nothing(struct warm_up *warm_up, int lane)
{
    struct warm_commit *warm = &warm_up->commits[lane];
    struct worker *worker = warm_up->worker;

    warm->warm_up = warm_up;
    warm->row = (struct journal_row){.sequence = 1,
                                     .kind = STEP_KIND_STEP,
                                     .status = STEP_COMPLETED,
                                     .address = TEXT("warm#1"),
                                     .step_id = TEXT("warm"),
                                     .step_type = TEXT("function")};
    warm->wait = (struct journal_wait){
        .address = TEXT("warm#2"), .step_id = TEXT("warm"), .mode = WAIT_TIMER, .timeout_ms = 1};
    warm->entry = (struct journal_entry){
        .workspace = WORKSPACE,
        .run = id_uuid7(),
        .epoch = EPOCH,
        .change = JOURNAL_ENDS,
        .status = RUN_COMPLETED,
        .rows = &warm->row,
        .row_count = 1,
        .waits = &warm->wait,
        .wait_count = 1,
    };
    journal_init(&warm->journal, worker->storage, worker->owner, batch_connection_of(lane));
    warm->journal.on_done = on_commit;
    bool fits = journal_add(&warm->journal, &warm->entry);

    ASSERT(fits);
    journal_start(&warm->journal);
}

void warm_up_start(struct warm_up *warm_up)
{
    warm_up->pending_count = BATCH_CONNECTIONS + BATCH_LANES;
    for (int i = 0; i < BATCH_CONNECTIONS; i++) {
        claim_nothing(warm_up, i);
    }
    for (int i = 0; i < BATCH_LANES; i++) {
        commit_nothing(warm_up, i);
    }
}
