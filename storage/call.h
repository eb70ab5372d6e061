#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "io/pg.h"

/*
 * Call: what every operation of this folder embeds. One call is one pipeline group: one
 * transaction, one round trip.
 *
 *     struct my_thing { struct token_find find; … };
 *     thing->find = (struct token_find){
 *         .call = {.storage = storage, .arena = arena, .on_done = on_token}, .hash = hash};
 *     token_find_start(&thing->find);
 *
 * The struct, its arena and what its inputs borrow live until on_done. Results are copied into the
 * arena and live as long as it does. on_done comes exactly once, from the loop, never from inside
 * start, and is the last thing that the operation does. err NULL: it is committed. A result that
 * the caller must expect (no such row, somebody was faster) is an outcome, not an error.
 *
 * A deadlock is tried again unseen, a lost connection too where that cannot do harm.
 *
 * Errors: E_UNAVAILABLE (connection, deadline, full queue: try again), E_TIMEOUT, E_CANCELLED,
 * E_DATABASE; E_IN_PROGRESS with `repeated` as said below.
 */
struct storage;

/* An operation id of the wire (X-Breyta-Operation-ID): the write commits together with the claim of
 * its id. When the id is taken nothing is written, on_done gets E_IN_PROGRESS and call.repeated is
 * set; operation_find_start() tells what became of the first. */
struct operation_key {
    struct text principal, id, command;
    uint8_t request_hash[32];
};

struct storage_call {
    struct storage *storage; /* In: set before start. */
    struct arena *arena;
    int64_t workspace;   /* the one that is served; 0 only where a header says so */
    int64_t deadline_ms; /* 0: the pool's, 30 s */
    const struct operation_key *operation; /* or NULL; only on the gateway's pool */
    void (*on_done)(struct storage_call *call, const struct error *err);

    bool repeated; /* Out. */

    struct pg_group group; /* Private, from here on. */
    struct error error;
    struct call_item *items;
    size_t item_count, item_capacity;
    struct pg_pool *pool;
    int lane, attempts;
    bool idempotent;
};

/* A wish: works as long as nothing was sent. on_done still comes. */
void call_cancel(struct storage_call *call);

/* For the files of this folder: begin a group (with the claim of an operation id, if there is one),
 * add statements, send. Result callbacks may come again, when
 * the group is tried again: they write, they do not add up. A result callback that cannot go on
 * sets call->error, which on_done gets.
 */
void call_begin(struct storage_call *call);
struct pg_params *call_params(struct storage_call *call); /* empty, in the call's arena */
void call_add(struct storage_call *call, const struct pg_statement *statement,
              const struct pg_params *params,
              void (*on_rows)(struct pg_group *group, int index, const struct pg_rows *rows));
/* May be sent again when its answer was lost: between call_begin() and send. */
void call_set_idempotent(struct storage_call *call);
void call_send_engine(struct storage_call *call, int lane);
void call_send_gateway(struct storage_call *call);

#define CALL_OF(group_ptr) CONTAINER_OF(group_ptr, struct storage_call, group)
/* The operation that embeds the call of this group. */
#define CALL_OP(group_ptr, type) CONTAINER_OF(CALL_OF(group_ptr), type, call)
