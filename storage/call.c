/*
 * Call: one group, one transaction. Its statements are kept, so that it can be sent again: after a
 * deadlock always, after a lost answer when the operation is idempotent. The group's answer is
 * turned into the call's: what the database refuses by a rule of ours (a taken operation id, a key
 * that somebody else has just written) gets the error that the reader can act on.
 */
#include "storage/call.h"

#include "base/assert.h"
#include "storage/storage.h"

#include <string.h>

#define CALL_ATTEMPTS_MAX 4

static const struct pg_statement operation_claim = {
    "operation_claim",
    "select weir.operation_claim($1::bigint, $2::text, $3::text, $4::text, $5::bytea)"};

struct call_item {
    const struct pg_statement *statement;
    const struct pg_params *params;
    void (*on_rows)(struct pg_group *group, int index, const struct pg_rows *rows);
};

static void send(struct storage_call *call);

static bool is_deadlock(const struct pg_group *group)
{
    return strcmp(group->sqlstate, "40P01") == 0 || strcmp(group->sqlstate, "40001") == 0;
}

static bool try_again(struct storage_call *call)
{
    const struct pg_group *group = &call->group;
    /* Nothing of it was committed, and the cause has passed: safe for any group. */
    bool unwritten = group->may_retry && !group->maybe_committed;
    bool lost = call->idempotent && group->maybe_committed;

    if (!unwritten && !lost && !is_deadlock(group)) return false;
    return ++call->attempts < CALL_ATTEMPTS_MAX;
}

static void on_group_done(struct pg_group *group, const struct error *err)
{
    struct storage_call *call = CALL_OF(group);

    if (err && try_again(call)) {
        call->error = (struct error){0};
        send(call);
        return;
    }
    if (err && strcmp(group->sqlstate, "WEOP1") == 0) {
        call->repeated = true;
        error_set(&call->error, E_IN_PROGRESS, "this operation id was used before");
        err = &call->error;
    } else if (err && strcmp(group->sqlstate, "23505") == 0) {
        error_set(&call->error, E_CONFLICT, "somebody else has just written the same key");
        error_detail(&call->error, "%s", err->detail);
        err = &call->error;
    } else if (!err && call->error.code != E_NONE) {
        err = &call->error;
    }
    call->on_done(call, err);
}

static void send(struct storage_call *call)
{
    struct pg_group *group = &call->group;

    pg_group_init(group, call->arena);
    group->workspace = call->workspace;
    group->deadline_ms = call->deadline_ms;
    group->on_done = on_group_done;
    for (size_t i = 0; i < call->item_count; i++) {
        const struct call_item *item = &call->items[i];

        pg_group_add(group, item->statement, item->params, item->on_rows);
    }
    pg_pool_start(call->pool, group, call->lane);
}

struct pg_params *call_params(struct storage_call *call)
{
    struct pg_params *params = ARENA_NEW(call->arena, struct pg_params);

    pg_params_init(params, call->arena);
    return params;
}

void call_begin(struct storage_call *call)
{
    const struct operation_key *key = call->operation;

    ASSERT(call->storage && call->arena && call->on_done);
    call->repeated = false;
    call->error = (struct error){0};
    call->items = NULL;
    call->item_count = call->item_capacity = 0;
    call->attempts = 0;
    call->idempotent = false;
    if (!key) return;
    struct pg_params *params = call_params(call);

    pg_param_int64(params, call->workspace);
    pg_param_text(params, key->principal);
    pg_param_text(params, key->id);
    pg_param_text(params, key->command);
    pg_param_bytes(params, (struct text){(const char *)key->request_hash, 32});
    call_add(call, &operation_claim, params, NULL);
}

void call_add(struct storage_call *call, const struct pg_statement *statement,
              const struct pg_params *params,
              void (*on_rows)(struct pg_group *group, int index, const struct pg_rows *rows))
{
    call->items = arena_grow(call->arena, call->items, call->item_count, &call->item_capacity,
                             sizeof(struct call_item));
    call->items[call->item_count++] = (struct call_item){statement, params, on_rows};
}

void call_set_idempotent(struct storage_call *call)
{
    call->idempotent = true;
}

void call_send_engine(struct storage_call *call, int lane)
{
    call->pool = call->storage->engine;
    call->lane = lane;
    send(call);
}

void call_send_gateway(struct storage_call *call)
{
    ASSERT(call->storage->gateway);
    ASSERT(call->workspace != 0);
    call->pool = call->storage->gateway;
    call->lane = -1;
    send(call);
}

void call_cancel(struct storage_call *call)
{
    pg_group_cancel(&call->group);
}
