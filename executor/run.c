/*
 * The life of an activation: its start, its turns, its ends. The diagram stands in run.h.
 */
#include "executor/run.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "billing/usage.h"
#include "flow/codec.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/string.h"
#include "scheduler/handover.h"
#include "scheduler/queue.h"

#include <stdio.h>

#define EFFECTS_A_TURN 64
#define AHEAD_MS       20 /* pure steps start before a commit: what a crash may repeat */
#define AHEAD_ROWS     64
#define AHEAD_BYTES    (256 << 10)

static void on_version(struct version_wait *wait, const struct error *err);
static void on_turn(struct slice *slice);
static void end_failed(struct run *run);
static void begin_life(struct run *run);

void run_enter(struct run *run, enum life_state next)
{
    static const bool legal[LIFE_STATES][LIFE_STATES] = {
        [LIFE_NEW] = {[LIFE_READY] = true},
        [LIFE_LOADING] = {[LIFE_READY] = true},
        [LIFE_READY] = {[LIFE_LOADING] = true,
                        [LIFE_READING] = true,
                        [LIFE_STEPS] = true,
                        [LIFE_COMMIT] = true,
                        [LIFE_LEAVING] = true,
                        [LIFE_OVER] = true},
        [LIFE_READING] = {[LIFE_READY] = true},
        [LIFE_STEPS] = {[LIFE_READY] = true},
        [LIFE_COMMIT] = {[LIFE_READY] = true, [LIFE_LEAVING] = true, [LIFE_OVER] = true},
        [LIFE_LEAVING] = {[LIFE_READY] = true},
    };

    ASSERT(legal[run->state][next]);
    run->state = next;
}

static struct text id_text(const struct run *run)
{
    return (struct text){(const char *)run->id.id.bytes, sizeof(run->id.id.bytes)};
}

struct run *run_find(struct worker *worker, struct uuid id)
{
    return map_find(&worker->runs_by_id, (struct text){(const char *)id.bytes, sizeof(id.bytes)});
}

const struct uuid *run_known(struct worker *worker, struct arena *arena, size_t *out_count)
{
    struct uuid *ids = ARENA_ARRAY(arena, worker->stats.runs_now + 1, struct uuid);
    size_t count = 0;

    list_each (run, &worker->runs, struct run, node)
        ids[count++] = run->id.id;
    *out_count = count;
    return ids;
}

/* given: by whom and how, or NULL; is_light: whatever else is here */
static struct run *run_new(struct worker *worker, const struct claim_run *claimed,
                           struct handover_run *given, bool is_light)
{
    struct run *run = MEMORY_NEW(struct run);

    run->worker = worker;
    run->claimed = claimed;
    run->waits = claimed->waits;
    run->wait_count = claimed->wait_count;
    arena_init(&run->arena, 0);
    arena_init(&run->commit_arena, 0);
    arena_init(&run->page_arena, 0);
    run->id = (struct step_run){
        .worker = worker,
        .workspace = claimed->workspace,
        .version = claimed->version,
        .id = claimed->id,
        .epoch = claimed->epoch,
        .workspace_name = arena_text(&run->arena, claimed->workspace_name),
        .slug = arena_text(&run->arena, claimed->slug),
        .input = claimed->input.ptr ? arena_text(&run->arena, claimed->input) : TEXT_NONE,
    };
    run->flow = claimed->flow;
    run->number = claimed->number;
    run->version_number = claimed->version_number;
    run->target = claimed->target;
    run->queue_ms = (int)MIN(MAX(claimed->queue_ms, 0), INT32_MAX);
    light_enter(&worker->light, &run->light, claimed->workspace, is_light);
    run->given = given;
    run->id.is_light = run->light.is_light;
    run->slice = (struct slice){.on_turn = on_turn, .is_light = run->light.is_light};
    run_news_init(run);
    list_init(&run->flights);
    list_init(&run->done);
    arena_init(&run->news_arena, 0);
    run->vm_runs = true;
    run->next_sequence = 1;
    replay_init(&run->replay, claimed->rows, claimed->row_count, claimed->has_more);
    list_push(&worker->runs, &run->node);
    map_put(&worker->runs_by_id, id_text(run), run);
    worker->stats.runs_now++;
    return run;
}

void run_release_set(struct run *run)
{
    claimer_set_unref(run->set);
    run->set = NULL;
    if (run->given && run->given->is_resumed && run->claimed && !run->given->is_ended) {
        arena_done(&run->given->arena); // its journal
        arena_init(&run->given->arena, 0);
    }
    run->claimed = NULL;
}

static void run_free(struct run *run)
{
    struct worker *worker = run->worker;
    struct handover_run *next = run->next_given;

    list_each_safe (flight, &run->flights, struct flight, node)
        flight_free(flight);
    loop_timer_stop(&run->news_timer);
    map_done(&run->lost);
    run_release_set(run);
    vm_free(run->vm);
    memory_share_set(worker, &run->memory, 0);
    light_leave(&worker->light, &run->light);
    list_remove(&run->slice.node);
    list_remove(&run->node);
    map_remove(&worker->runs_by_id, id_text(run));
    worker->stats.runs_now--;
    if (run->given) {
        handover_return(worker->config.handover, run->given);
        claimer_has_room(&worker->claimer);
    } else {
        handover_count(worker->config.handover, run->id.workspace, -1);
        claimer_release(&worker->claimer, run->id.workspace, run->id.id);
    }
    arena_done(&run->commit_arena);
    arena_done(&run->page_arena);
    arena_done(&run->news_arena);
    arena_done(&run->arena);
    memory_free(run);
    if (next) run_start_given(worker, next);
    worker_may_close(worker);
}

/* Redis is told when a parked run is due. */
static void hint_due(struct run *run)
{
    const struct journal_entry *entry = &run->commit.entry;
    char flow[24];
    struct queue_entry hint = {.workspace = run->id.workspace, .run = run->id.id};

    if (entry->outcome != JOURNAL_COMMITTED) return;
    if (entry->change == JOURNAL_PARKS) {
        if (entry->due_ms < 0 || entry->due_ms > LIMIT_TIMER_AHEAD_MS) return;
        hint.due_ms = clock_wall_ms() + entry->due_ms;
    } else if (entry->change != JOURNAL_GIVES_BACK) {
        return;
    }
    (void)snprintf(flow, sizeof(flow), "%lld", (long long)run->flow);
    hint.flow = text_from(flow);
    queue_push(run->worker->queue, &hint, 1);
}

void run_drop(struct run *run, bool lost)
{
    run->exit_is_lost |= lost || run->is_stale;
    if (run->state == LIFE_COMMIT) hint_due(run);
    if (run->state == LIFE_STEPS || run->state == LIFE_READING) run_enter(run, LIFE_READY);
    if (run->state != LIFE_LEAVING) {
        run_leave(run, RUN_EXIT_DROP);
        return;
    }
    run->exit = RUN_EXIT_DROP;
    run_may_leave(run);
}

void run_fenced(struct run *run)
{
    run->is_fenced = true;
    if (run->state == LIFE_STEPS || run->state == LIFE_READY || run->state == LIFE_LEAVING) {
        run_drop(run, true); // else when the commit or the key has come
    }
}

void run_make_ready(struct run *run)
{
    ASSERT(run->state == LIFE_READY);
    worker_ready(run->worker, &run->slice);
}

void run_proceed(struct run *run)
{
    if (run->worker->stopping) {
        run_leave(run, RUN_EXIT_GIVE_BACK);
    } else {
        run_make_ready(run);
    }
}

void run_wake(struct run *run)
{
    if (run->state != LIFE_STEPS) return; // its turn comes anyway
    run_enter(run, LIFE_READY);
    run_make_ready(run);
}

/* Start */

/* In READY. */
static void need_image(struct run *run)
{
    struct error err = {0};
    struct image *image;

    if (!version_cache_image(&run->worker->versions, run->id.version, &run->version_wait, &image,
                             &err)) {
        run_fail(run, &err, TEXT_NONE);
    } else if (image) {
        run_begin(run, image);
    } else {
        run_enter(run, LIFE_LOADING);
    }
}

static void quarantine(struct run *run)
{
    struct error err = {0};

    error_set(&err, E_INTERNAL, "the run was in flight in %d crashes of its server in a row",
              LIMIT_RUN_CRASHES);
    error_hint(&err, "It is not tried again. Please report it with the server's log.");
    run_fail(run, &err, TEXT_NONE);
}

void run_start(struct worker *worker, struct claim_set *set, const struct claim_run *claimed)
{
    struct run *known = run_find(worker, claimed->id);

    // Our lease had passed, and we claimed it again before we noticed. What is in memory is fenced
    // at its next commit; then the new claim is let go of.
    if (known) {
        known->is_stale = true;
        return;
    }
    struct run *run = run_new(worker, claimed, NULL, set->is_light);

    run->set = set;
    set->ref_count++;
    handover_count(worker->config.handover, claimed->workspace, 1);
    if (run->light.is_light) {
        handover_light_came(worker->config.handover, clock_monotonic_ms());
    }
    begin_life(run);
}

void run_start_given(struct worker *worker, struct handover_run *given)
{
    struct run *known = run_find(worker, given->claim.id);

    // It has just parked, and a signal was faster than the answer to that commit; or what is in
    // memory is fenced, and will notice.
    if (known && known->id.epoch < given->claim.epoch && !known->next_given) {
        known->next_given = given;
        return;
    }
    // An answer had been lost, and we have disowned the run and claimed it again before this came:
    // then it has a later epoch, and this one is void.
    if (known) {
        handover_return(worker->config.handover, given);
        return;
    }
    if (given->source_key.ptr) {
        version_cache_offer(&worker->versions, given->claim.version, given->source_key);
    }
    given->claim.queue_ms = clock_monotonic_ms() - given->due_ms;
    struct run *run = run_new(worker, &given->claim, given, given->seat.is_light);

    begin_life(run);
}

static void begin_life(struct run *run)
{
    struct worker *worker = run->worker;
    const struct claim_run *claimed = run->claimed;

    run_enter(run, LIFE_READY);
    if (worker->stopping) {
        run_leave(run, RUN_EXIT_GIVE_BACK);
    } else if (claimed->cancel_requested) {
        run_leave(run, RUN_EXIT_CANCELLED);
    } else if (claimed->crashes >= LIMIT_RUN_CRASHES) {
        quarantine(run);
    } else {
        run->version_wait.on_version = on_version;
        need_image(run);
    }
}

static void on_version(struct version_wait *wait, const struct error *err)
{
    struct run *run = CONTAINER_OF(wait, struct run, version_wait);

    run_enter(run, LIFE_READY);
    if (run->worker->stopping) {
        run_leave(run, RUN_EXIT_GIVE_BACK);
    } else if (!err) {
        need_image(run);
    } else if (error_class(err->code) == CLASS_UNAVAILABLE || err->code == E_TIMEOUT) {
        run_drop(run, true);
    } else {
        run_fail(run, err, TEXT_NONE);
    }
}

/* Turns */

/* The worker stops: what ended is journalled, then the run is given back, or waits for the rest. */
static void stop_turn(struct run *run)
{
    while (run->is_live && !list_is_empty(&run->done)) {
        struct flight *flight = LIST_ITEM(run->done.next, struct flight, done);

        if (!flight_settle(flight)) continue;
        flight_record_outcome(flight);
        flight_free(flight);
    }
    // The intent of a step that runs at most once is on record: given back now it would end as
    // interrupted, although it has not begun.
    bool has_time = run->is_live && loop_timer_is_running(&run->worker->stop_timer);

    if (has_time && run_commit_is_empty(run)) flight_start_all(run, true);
    bool stays = run->active_count > 0 || (has_time && flight_has_intended(run));

    if (!stays && list_is_empty(&run->done)) {
        run_leave(run, RUN_EXIT_GIVE_BACK);
    } else if (!run_commit_is_empty(run)) {
        run_commit_start(run, JOURNAL_GOES_ON);
    } else if (list_is_empty(&run->done)) {
        run_enter(run, LIFE_STEPS);
    } else {
        run_make_ready(run);
    }
}

static bool may_run_ahead(struct run *run)
{
    int64_t now_ms = clock_monotonic_ms();

    if (run->ahead_until_ms == 0) run->ahead_until_ms = now_ms + AHEAD_MS;
    return now_ms < run->ahead_until_ms && run->row_count < AHEAD_ROWS &&
           run->pending_bytes < AHEAD_BYTES;
}

/* The worker has too little memory for all of its runs: this one goes on elsewhere, or later. */
static bool give_back(struct run *run)
{
    struct worker *worker = run->worker;

    if (!memory_share_must_go(worker, &run->memory)) return false;
    if (run->active_count > 0 || !list_is_empty(&run->done) || flight_has_intended(run)) {
        return false;
    }
    worker->stats.given_back++;
    run_leave(run, RUN_EXIT_GIVE_BACK);
    return true;
}

void run_rest(struct run *run)
{
    ASSERT(run->is_live && !run->vm_runs);
    if (flight_all_parked(run) && !run->is_asking) {
        flight_stop_timers(run);
        run_commit_start(run, JOURNAL_PARKS);
        return;
    }
    if (give_back(run)) return;
    if (!run_commit_is_empty(run)) {
        // A pure step has its first slice before this run's next turn; a longer one finds the rest
        // committed meanwhile.
        if (may_run_ahead(run) && flight_start_pure(run)) {
            run_make_ready(run);
        } else {
            run_commit_start(run, JOURNAL_GOES_ON);
        }
        return;
    }
    flight_start_all(run, false);
    if (!list_is_empty(&run->done)) {
        run_make_ready(run);
        return;
    }
    run_enter(run, LIFE_STEPS);
    run_news_watch(run);
}

/* What the VM says when it stops. True: it stands still, and is to be answered. */
static bool run_vm(struct run *run)
{
    run->vm_status = vm_run(run->vm);
    memory_share_set(run->worker, &run->memory, vm_bytes(run->vm));
    if (run->vm_status == VM_FAILED) {
        end_failed(run);
        return false;
    }
    if (run->vm_status == VM_YIELD) {
        if (give_back(run)) return false;
        if (run->row_count > 0) { // what is done is durable before long work
            run_commit_start(run, JOURNAL_GOES_ON);
        } else {
            run_make_ready(run);
        }
        return false;
    }
    run->vm_runs = false;
    flight_collect(run);
    return true;
}

static void on_turn(struct slice *slice)
{
    struct run *run = CONTAINER_OF(slice, struct run, slice);

    ASSERT(run->state == LIFE_READY);
    if (run->worker->stopping) {
        stop_turn(run);
        return;
    }
    if (run->cancel_hint) { // a commit tells whether it is so
        run_commit_start(run, JOURNAL_GOES_ON);
        return;
    }
    for (int i = 0; i < EFFECTS_A_TURN; i++) {
        if (run->vm_runs && !run_vm(run)) return;
        switch (run_effect(run)) {
        case FLIGHT_ANSWERED: run->vm_runs = true; break;
        case FLIGHT_WAITS: run_rest(run); return;
        case FLIGHT_LEFT: return;
        }
    }
    run_make_ready(run);
}

/* Ends */

/* A sleep, or a step between two attempts: it counts although it is cancelled. */
static bool has_begun(const struct flight *flight)
{
    return flight->has_wait && usage_counts(flight->step.step_type);
}

/* What its calls have done until now is journalled. */
static void record_flights(struct run *run)
{
    if (!run->is_live || run->is_failing) return;
    list_each_safe (flight, &run->flights, struct flight, node) {
        bool ended = run->exit != RUN_EXIT_GIVE_BACK;

        bool was_cancelled =
            flight->is_cancelled || (flight->has_failed && flight->error.code == E_CANCELLED);

        if (flight->state == FLIGHT_DONE && !was_cancelled) {
            flight_record_outcome(flight);
        } else if (flight->is_cancelled || (ended && (flight->has_run || has_begun(flight)))) {
            flight_record_cancelled(flight);
        }
        flight_free(flight);
    }
}

static void exit_completed(struct run *run)
{
    struct buf result = {.limit = LIMIT_STEP_RESULT};
    struct error err = {0};
    bool ok = codec_encode(vm_result(run->vm), &result, &err);

    if (result.overflow) {
        ok = error_set(&err, E_LIMIT, "the result of the run is larger than %d KB",
                       LIMIT_STEP_RESULT / 1024);
    }
    if (ok) {
        run_commit_end(run, RUN_COMPLETED, buf_get(&result), TEXT_NONE);
    } else {
        run_fail(run, &err, TEXT_NONE);
    }
    buf_done(&result);
}

static void exit_cancelled(struct run *run)
{
    struct error err = {0};
    struct buf bytes = {0};

    error_set(&err, E_CANCELLED, "the run was cancelled");
    failure_encode(&(struct failure){.error = err}, &bytes);
    run_commit_end(run, RUN_CANCELLED, TEXT_NONE, buf_get(&bytes));
    buf_done(&bytes);
}

static void forget(struct run *run)
{
    struct claimer *claimer = &run->worker->claimer;
    bool lost = run->exit_is_lost;

    run_enter(run, LIFE_OVER);
    run_free(run);
    if (lost) claimer_lost(claimer);
}

void run_may_leave(struct run *run)
{
    if (run->active_count > 0 || run->is_asking) return;
    if (run->state == LIFE_LEAVING) run_enter(run, LIFE_READY);
    if (run->exit != RUN_EXIT_DROP) record_flights(run);
    switch (run->exit) {
    case RUN_EXIT_COMPLETED: exit_completed(run); break;
    case RUN_EXIT_RESTARTED: run_commit_restart(run); break;
    case RUN_EXIT_FAILED: run_commit_end(run, RUN_FAILED, TEXT_NONE, run->exit_error); break;
    case RUN_EXIT_CANCELLED: exit_cancelled(run); break;
    case RUN_EXIT_GIVE_BACK: run_commit_start(run, JOURNAL_GIVES_BACK); break;
    case RUN_EXIT_DROP: forget(run); break;
    case RUN_EXIT_NONE: ASSERT(!"a run leaves for a reason");
    }
}

void run_leave(struct run *run, enum run_exit exit)
{
    run->exit = exit;
    list_remove(&run->slice.node);
    flight_stop_timers(run);
    loop_timer_stop(&run->news_timer);
    if (run->active_count > 0 || run->is_asking) {
        run_enter(run, LIFE_LEAVING);
        flight_cancel_all(run);
        return;
    }
    run_may_leave(run);
}

static void end_failed(struct run *run)
{
    struct value data = vm_failure(run->vm);
    struct buf bytes = {.limit = LIMIT_STEP_RESULT};
    struct error ignored;
    struct error err = *vm_error(run->vm);
    bool has_data = !value_is_nil(data) && codec_encode(data, &bytes, &ignored) && !bytes.overflow;

    run_fail(run, &err, has_data ? buf_get(&bytes) : TEXT_NONE);
    buf_done(&bytes);
}

void run_fail(struct run *run, const struct error *err, struct text data)
{
    struct buf bytes = {0};
    struct failure failure = {.error = *err, .data = data};

    failure_encode(&failure, &bytes);
    run->exit_error = arena_text(&run->arena, buf_get(&bytes));
    buf_done(&bytes);
    run_leave(run, RUN_EXIT_FAILED);
}

void run_cancel_hint(struct run *run)
{
    run->cancel_hint = true;
    run_wake(run);
}

void run_stop(struct run *run, bool hard)
{
    if (hard && run->state != LIFE_LEAVING) flight_cancel_all(run);
    run_wake(run);
}
