/*
 * Effects: where the VM stops. The journal answers what it knows; recorded values are made here;
 * steps go on in run_step.c.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/random.h"
#include "executor/run.h"
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
static bool answer(struct run *run, const struct claim_row *row)
{
    struct heap *heap = vm_heap(run->vm);
    struct error err = {0};
    struct error thrown;
    struct value value = value_nil();
    bool is_error = row->status == STEP_FAILED || row->status == STEP_CANCELLED ||
                    row->status == STEP_TIMED_OUT;

    run->worker->stats.replays++;
    if (is_error ? !failure_decode(heap, row->error, &value, &thrown, &err)
                 : row->output.ptr && !codec_decode(heap, row->output, &value, &err)) {
        run_fail(run, &err, TEXT_NONE);
        return false;
    }
    if (is_error) {
        vm_throw(run->vm, &thrown, value);
    } else {
        vm_resume(run->vm, value);
    }
    return true;
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

/* The VM still stands at its effect: it is asked about again. */
static void go_on(struct run *run)
{
    run_enter(run, LIFE_READY);
    if (run->worker->stopping) {
        run_give_back(run);
    } else if (run_effect(run)) {
        run_make_ready(run);
    }
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
    run->next_sequence = run->replay.sequence + 1;
    go_on(run);
}

static struct value random_value(struct run *run, enum vm_effect_kind kind)
{
    struct uuid id;

    switch (kind) {
    case VM_EFFECT_NOW: return value_int(clock_wall_ms());
    case VM_EFFECT_RANDOM: return value_double((double)(random_u64() >> 11) * 0x1p-53);
    default:
        random_bytes(id.bytes, sizeof(id.bytes));
        id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x40); // version 4, RFC 9562
        id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
        return uuid_new(vm_heap(run->vm), id);
    }
}

/* A value that a replay must see again: it is in the journal before anything acts on it. */
static bool record(struct run *run, const struct vm_effect *effect)
{
    struct value value = random_value(run, effect->kind);
    struct buf bytes = {0};
    struct error err;
    bool ok = codec_encode(value, &bytes, &err);
    struct text type = effect->step_id;

    ASSERT(ok);
    if (text_starts_with(type, TEXT("flow/"))) type = text_slice(type, 5, type.len);
    run_commit_row(run, &(struct journal_row){
                            .kind = STEP_KIND_VALUE,
                            .status = STEP_COMPLETED,
                            .address = effect->address,
                            .step_id = effect->step_id,
                            .step_type = type,
                            .output = buf_get(&bytes),
                        });
    buf_done(&bytes);
    vm_resume(run->vm, value);
    if (run->row_count < PENDING_ROWS_MAX) return true;
    run_commit_start(run, JOURNAL_GOES_ON, RUN_THEN_DRIVE, NULL);
    return false;
}

/* {:url :key} of a wait that is yet to come. Derived, so that every replay sees the same. */
static void answer_callback(struct run *run, const struct workspace_key *key)
{
    const struct vm_effect *effect = vm_effect(run->vm);
    struct heap *heap = vm_heap(run->vm);
    const char *base = run->worker->config.base_url;
    struct buf token = {0};
    struct buf url = {0};

    vault_callback_token(key->wait_key, key->wait_key_version, run->id.id, effect->address, &token);
    buf_printf(&url, "%s/" TEXT_FMT "/callbacks/" TEXT_FMT, base, TEXT_ARG(run->id.workspace_name),
               TEXT_ARG(buf_get(&token)));
    struct value map =
        pmap_put_named(heap, pmap_empty(), "url", string_from_utf8(heap, buf_get(&url)));

    map = pmap_put_named(heap, map, "key", string_from_utf8(heap, buf_get(&token)));
    buf_done(&token);
    buf_done(&url);
    vm_resume(run->vm, map);
}

static bool callback(struct run *run)
{
    const struct workspace_key *key;

    run->key_wait.on_key = on_key;
    key = workspace_keys_get(&run->worker->keys, run->id.workspace, &run->key_wait);
    if (!key) {
        run_enter(run, LIFE_READING);
        return false;
    }
    answer_callback(run, key);
    return true;
}

static void on_key(struct workspace_wait *wait, const struct workspace_key *key,
                   const struct error *err)
{
    struct run *run = CONTAINER_OF(wait, struct run, key_wait);

    run_enter(run, LIFE_READY);
    if (run->worker->stopping) {
        run_give_back(run);
    } else if (!err) {
        answer_callback(run, key);
        run_make_ready(run);
    } else if (error_class(err->code) == CLASS_INTERNAL) {
        run_fail(run, err, TEXT_NONE);
    } else {
        run_drop(run, true);
    }
}

bool run_effect(struct run *run)
{
    const struct vm_effect *effect = vm_effect(run->vm);
    const struct claim_row *row = NULL;
    struct error err = {0};
    bool is_step = effect->kind == VM_EFFECT_STEP;

    if (effect->kind == VM_EFFECT_CALLBACK) return callback(run);
    switch (replay_ask(&run->replay, effect->address, !is_step, &row, &err)) {
    case REPLAY_ROW: run->next_sequence = run->replay.sequence + 1; return answer(run, row);
    case REPLAY_INTENT:
        run->next_sequence = run->replay.sequence + 1;
        return run_step_interrupted(run);
    case REPLAY_MORE: read_page(run); return false;
    case REPLAY_DIVERGED: run_fail(run, &err, TEXT_NONE); return false;
    case REPLAY_END: break;
    }
    if (run->wait_count == 0) run_release_set(run);
    if (run->next_sequence > LIMIT_RUN_STEPS) {
        error_set(&err, E_LIMIT, "a run has at most %d recorded calls", LIMIT_RUN_STEPS);
        run_fail(run, &err, TEXT_NONE);
        return false;
    }
    return is_step ? run_step_begin(run) : record(run, effect);
}
