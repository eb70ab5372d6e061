/*
 * Effects: where the VM stands still. The journal answers what it knows; recorded values are made
 * here; steps go on in flight.c.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "executor/run.h"
#include "executor/run_input.h"
#include "flow/codec.h"
#include "flow/pmap.h"
#include "flow/string.h"
#include "flow/uuid.h"

#include <stdio.h>
#include <string.h>

#define PENDING_ROWS_MAX 100 /* recorded values that gather before a commit */

static void on_page(struct storage_call *call, const struct error *err);
static void on_key(struct workspace_wait *wait, const struct workspace_key *key,
                   const struct error *err);

/* Resumes or throws as the row says. */
static enum flight_answer answer(struct run *run, struct flight *flight,
                                 const struct claim_row *row)
{
    struct heap *heap = vm_heap(run->vm);
    struct error err = {0};
    struct error thrown;
    struct value value = value_nil();
    int64_t effect = flight->effect;
    bool is_error = row->status == STEP_FAILED || row->status == STEP_TIMED_OUT;

    run->worker->stats.replays++;
    flight_free(flight);
    if (is_error ? !failure_decode(heap, row->error, &value, &thrown, &err)
                 : row->output.ptr && !codec_decode(heap, row->output, &value, &err)) {
        run_fail(run, &err, TEXT_NONE);
        return FLIGHT_LEFT;
    }
    if (is_error) {
        vm_throw(run->vm, effect, &thrown, value);
    } else {
        vm_resume(run->vm, effect, value);
    }
    return FLIGHT_ANSWERED;
}

/* The next page of the journal. The rows before it were all used. */
static void read_page(struct run *run)
{
    run_enter(run, LIFE_READING);
    arena_reset(&run->page_arena);
    run->page = (struct claim_page){
        .call = {.storage = run->worker->storage,
                 .arena = &run->page_arena,
                 .workspace = run->id.workspace,
                 .on_done = on_page},
        .run = run->id.id,
        .from_sequence = run->replay.sequence + 1,
    };
    claim_page_start(&run->page);
}

static void on_page(struct storage_call *call, const struct error *err)
{
    struct claim_page *page = CONTAINER_OF(call, struct claim_page, call);
    struct run *run = CONTAINER_OF(page, struct run, page);

    if (err) {
        run_drop(run, true);
        return;
    }
    replay_page(&run->replay, page->rows, page->row_count, page->has_more);
    run_enter(run, LIFE_READY);
    run_proceed(run);
}

static struct value random_value(struct run *run, enum vm_effect_kind kind)
{
    struct uuid id;

    switch (kind) {
    case VM_EFFECT_NOW: return value_int(clock_wall_ms());
    case VM_EFFECT_SLOT: return value_bool(false); // nothing binds slots
    case VM_EFFECT_RANDOM: return value_double((double)(random_u64() >> 11) * 0x1p-53);
    default:
        random_bytes(id.bytes, sizeof(id.bytes));
        id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x40); // version 4, RFC 9562
        id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
        return uuid_new(vm_heap(run->vm), id);
    }
}

/* A value that a replay must see again: it is in the journal before anything acts on it. */
static enum flight_answer record(struct run *run, struct flight *flight)
{
    struct value value = random_value(run, flight->kind);
    struct buf bytes = {0};
    struct error err;
    bool ok = codec_encode(value, &bytes, &err);
    struct text type = flight->step.step_id;
    int64_t effect = flight->effect;

    ASSERT(ok);
    if (text_starts_with(type, TEXT("flow/"))) type = text_slice(type, 5, type.len);
    if (flight->kind == VM_EFFECT_SLOT) type = TEXT("slot-bound?");
    run_commit_row(run, &(struct journal_row){
                            .kind = STEP_KIND_VALUE,
                            .status = STEP_COMPLETED,
                            .address = flight->step.address,
                            .step_id = flight->step.step_id,
                            .step_type = type,
                            .output = buf_get(&bytes),
                        });
    buf_done(&bytes);
    flight_free(flight);
    vm_resume(run->vm, effect, value);
    if (run->row_count < PENDING_ROWS_MAX) return FLIGHT_ANSWERED;
    run->vm_runs = true;
    run_commit_start(run, JOURNAL_GOES_ON);
    return FLIGHT_LEFT;
}

/* {:url :key} of a wait that is yet to come. Derived, so that every replay sees the same. */
static void answer_callback(struct run *run, struct flight *flight, const struct workspace_key *key)
{
    struct heap *heap = vm_heap(run->vm);
    const char *base = run->worker->config.base_url;
    struct buf token = {0};
    struct buf url = {0};
    int64_t effect = flight->effect;

    vault_callback_token(key->wait_key, key->wait_key_version, run->id.id, flight->step.address,
                         &token);
    buf_printf(&url, "%s/" TEXT_FMT "/callbacks/" TEXT_FMT, base, TEXT_ARG(run->id.workspace_name),
               TEXT_ARG(buf_get(&token)));
    struct value map =
        pmap_put_named(heap, pmap_empty(), "url", string_from_utf8(heap, buf_get(&url)));

    map = pmap_put_named(heap, map, "key", string_from_utf8(heap, buf_get(&token)));
    buf_done(&token);
    buf_done(&url);
    flight_free(flight);
    vm_resume(run->vm, effect, map);
}

static struct flight *find_kind(const struct run *run, enum vm_effect_kind kind)
{
    list_each (flight, &run->flights, struct flight, node) {
        if (flight->kind == kind && !flight->is_cancelled) return flight;
    }
    return NULL;
}

/* Callbacks are in no journal: they are answered before anything else, live and in a replay. */
static enum flight_answer callback(struct run *run, struct flight *flight)
{
    const struct workspace_key *key;

    run->key_wait.on_key = on_key;
    key = workspace_keys_get(&run->worker->keys, run->id.workspace, &run->key_wait);
    if (!key) {
        run_enter(run, LIFE_READING);
        return FLIGHT_LEFT;
    }
    answer_callback(run, flight, key);
    return FLIGHT_ANSWERED;
}

static void on_key(struct workspace_wait *wait, const struct workspace_key *key,
                   const struct error *err)
{
    struct run *run = CONTAINER_OF(wait, struct run, key_wait);

    run_enter(run, LIFE_READY);
    if (run->is_fenced || (err && error_class(err->code) != CLASS_INTERNAL)) {
        run_drop(run, true);
    } else if (err) {
        run_fail(run, err, TEXT_NONE);
    } else {
        answer_callback(run, find_kind(run, VM_EFFECT_CALLBACK), key);
        run->vm_runs = true;
        run_make_ready(run);
    }
}

/* Replay */

static enum flight_answer diverged(struct run *run, const struct claim_row *row)
{
    struct error err = {0};
    struct text asked = TEXT_NONE;

    list_each (flight, &run->flights, struct flight, node) {
        asked = flight->step.address;
        break;
    }
    (void)replay_diverged(row, asked, &err);
    run_fail(run, &err, TEXT_NONE);
    return FLIGHT_LEFT;
}

/* The next row says which call is answered. Rows of calls that went with their branch are passed
 * over: FLIGHT_WAITS. */
static enum flight_answer replay_row(struct run *run, const struct claim_row *row)
{
    struct flight *flight = flight_find(run, row->address);
    struct flight_lost *lost = map_find(&run->lost, row->address);
    bool is_value = row->kind == STEP_KIND_VALUE;

    if (flight && flight_is_value(flight->kind) != is_value) return diverged(run, row);
    if (flight ? row->status == STEP_CANCELLED : lost == NULL) return diverged(run, row);
    replay_take(&run->replay);
    run->next_sequence = run->replay.sequence + 1;
    if (flight && row->kind != STEP_KIND_INTENT) return answer(run, flight, row);
    if (flight) {
        flight->is_interrupted = true;
    } else if (row->kind == STEP_KIND_INTENT) {
        lost->is_interrupted = true;
    } else {
        lost->is_journalled = true;
    }
    return FLIGHT_WAITS;
}

/* The journal is behind: what is open happens now, what went with its branch is given up. */
static void go_live(struct run *run)
{
    struct flight_lost *lost;
    size_t cursor = 0;

    run->is_live = true;
    while ((lost = map_next(&run->lost, &cursor, NULL))) {
        if (!lost->is_journalled) flight_record_lost(run, lost);
    }
    map_done(&run->lost);
}

/* Live */

static enum flight_answer begin(struct run *run, struct flight *flight)
{
    struct error err = {0};

    if (run->next_sequence > LIMIT_RUN_STEPS) {
        error_set(&err, E_LIMIT, "a run has at most %d recorded calls", LIMIT_RUN_STEPS);
        run_fail(run, &err, TEXT_NONE);
        return FLIGHT_LEFT;
    }
    return flight_is_value(flight->kind) ? record(run, flight) : flight_begin(flight);
}

/* The run ends and goes on in its successor; an input that cannot be one is the body's error. */
static enum flight_answer restart(struct run *run, struct flight *flight)
{
    struct value input = vm_effect_find(run->vm, flight->effect)->config;
    struct buf bytes = {0};
    struct error err = {0};
    int64_t effect = flight->effect;
    bool ok = run_input_encode(&flight->step.heap, input, &bytes, &err);

    if (ok) {
        run->successor = id_uuid7();
        run->successor_input = arena_text(&run->arena, buf_get(&bytes));
    }
    buf_done(&bytes);
    if (ok) {
        run_leave(run, RUN_EXIT_RESTARTED);
        return FLIGHT_LEFT;
    }
    flight_free(flight);
    vm_throw(run->vm, effect, &err, value_nil());
    return FLIGHT_ANSWERED;
}

enum flight_answer run_effect(struct run *run)
{
    struct flight *asks = find_kind(run, VM_EFFECT_CALLBACK);
    const struct claim_row *row;

    if (asks) return callback(run, asks);
    while (!run->is_live) {
        enum flight_answer answer = FLIGHT_WAITS;

        switch (replay_peek(&run->replay, &row)) {
        case REPLAY_ROW: answer = replay_row(run, row); break;
        case REPLAY_MORE: read_page(run); return FLIGHT_LEFT;
        case REPLAY_END: go_live(run); break;
        }
        if (answer != FLIGHT_WAITS) return answer;
    }
    if (run->vm_status == VM_DONE) {
        run_leave(run, RUN_EXIT_COMPLETED);
        return FLIGHT_LEFT;
    }
    asks = find_kind(run, VM_EFFECT_RESTART);
    if (asks) return restart(run, asks);
    list_each (flight, &run->flights, struct flight, node) {
        if (flight->state != FLIGHT_NEW) continue;
        enum flight_answer answer = begin(run, flight);

        if (answer != FLIGHT_WAITS) return answer;
    }
    run->wait_count = 0; // all that belongs to one has looked
    run_release_set(run);
    while (!list_is_empty(&run->done)) {
        enum flight_answer answer = flight_finish(LIST_ITEM(run->done.next, struct flight, done));

        if (answer != FLIGHT_WAITS) return answer;
    }
    return FLIGHT_WAITS;
}
