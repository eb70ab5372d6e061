#include "executor/claimer.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "executor/run.h"
#include "executor/worker_private.h"
#include "scheduler/courtesy.h"

#include <stdio.h>

#define SHARD            0
#define TICK_MS          5000 /* with Redis: only for hints that were lost */
#define TICK_NO_REDIS_MS 250  /* Postgres is asked for what is due */
#define TICK_TROUBLE_MS  500  /* after a failure */
#define BUSY_AGAIN_MS    50   /* a row was locked by somebody: proposed again */
#define RELEASED_FIRST   64
#define BUSY_RUNS        128 /* in memory: it does not run dry at once */
#define MIXED_CLAIM      16  /* then, of several workspaces: none waits long for others' claims */

static void on_start(struct loop_task *task);
static void on_tick(struct loop_timer *timer);
static void on_next(struct queue_next *next, const struct error *err);
static void on_claim(struct storage_call *call, const struct error *err);
static void on_disowned(struct storage_call *call, const struct error *err);
static void on_warm(struct warm_up *warm_up);
static void on_turn(struct turnstile_place *place);
static void ask(struct claimer *claimer);

static void enter(struct claimer *claimer, enum claimer_state next)
{
    static const bool legal[CLAIMER_STATES][CLAIMER_STATES] = {
        [CLAIMER_IDLE] =
            {[CLAIMER_DISOWNING] = true, [CLAIMER_ASKING] = true, [CLAIMER_CLAIMING] = true},
        [CLAIMER_DISOWNING] = {[CLAIMER_IDLE] = true},
        [CLAIMER_ASKING] = {[CLAIMER_IDLE] = true, [CLAIMER_CLAIMING] = true},
        [CLAIMER_CLAIMING] = {[CLAIMER_IDLE] = true},
    };

    ASSERT(legal[claimer->state][next]);
    claimer->state = next;
}

void claimer_set_unref(struct claim_set *set)
{
    if (!set || --set->ref_count > 0) return;
    arena_done(&set->arena);
    memory_free(set);
}

void claimer_init(struct claimer *claimer, struct worker *worker)
{
    *claimer = (struct claimer){.worker = worker, .must_disown = true};
    claimer->start.on_run = on_start;
    claimer->tick.on_fire = on_tick;
    claimer->place.on_turn = on_turn;
    arena_init(&claimer->disown_arena, 0);
}

void claimer_done(struct claimer *claimer)
{
    ASSERT(claimer->state == CLAIMER_IDLE);
    loop_undefer(&claimer->start);
    loop_timer_stop(&claimer->tick);
    arena_done(&claimer->disown_arena);
    memory_free(claimer->released);
}

static void start_soon(struct claimer *claimer)
{
    if (claimer->state != CLAIMER_IDLE) {
        claimer->again = true;
        return;
    }
    loop_defer(claimer->worker->loop, &claimer->start);
}

void claimer_kick(struct claimer *claimer)
{
    claimer->is_woken = true;
    start_soon(claimer);
}

void claimer_release(struct claimer *claimer, int64_t workspace, struct uuid run)
{
    if (claimer->released_count == claimer->released_capacity) {
        claimer->released_capacity = MAX(RELEASED_FIRST, claimer->released_capacity * 2);
        claimer->released = memory_resize(claimer->released, claimer->released_capacity,
                                          sizeof(*claimer->released));
    }
    claimer->released[claimer->released_count++] =
        (struct queue_entry){.workspace = workspace, .run = run};
    start_soon(claimer);
}

void claimer_has_room(struct claimer *claimer)
{
    if (claimer->given != HANDOVER_ALL) start_soon(claimer);
}

/* Whether it takes no runs of the queue now. */
static void tell_full(struct claimer *claimer, bool is_full)
{
    const struct worker_config *config = &claimer->worker->config;

    handover_full(config->handover, config->index, is_full);
}

/* Which runs of their own gateways may give us. */
static void allow(struct claimer *claimer, enum handover_mode mode)
{
    const struct worker_config *config = &claimer->worker->config;

    if (claimer->worker->stopping) mode = HANDOVER_NONE;
    if (claimer->given == mode) return;
    claimer->given = mode;
    handover_allow(config->handover, config->index, mode);
}

void claimer_lost(struct claimer *claimer)
{
    claimer->must_disown = true;
    allow(claimer, HANDOVER_NONE); // a run that is on its way to us would be disowned too
    tell_full(claimer, true);
    if (!loop_timer_is_running(&claimer->tick)) {
        loop_timer_start(claimer->worker->loop, &claimer->tick, TICK_TROUBLE_MS);
    }
}

static void flush_released(struct claimer *claimer)
{
    struct worker *worker = claimer->worker;

    if (claimer->released_count == 0) return;
    queue_release(worker->queue, text_from(worker->name), claimer->released,
                  claimer->released_count);
    claimer->released_count = 0;
}

void claimer_stop(struct claimer *claimer)
{
    loop_timer_stop(&claimer->tick);
    loop_undefer(&claimer->start);
    claimer->again = false;
    allow(claimer, HANDOVER_NONE);
    tell_full(claimer, true);
    flush_released(claimer);
}

/* A round is over. */
static void rest(struct claimer *claimer, int64_t tick_ms)
{
    struct worker *worker = claimer->worker;

    enter(claimer, CLAIMER_IDLE);
    if (worker->stopping) {
        worker_may_close(worker);
        return;
    }
    if (claimer->again) {
        claimer->again = false;
        loop_defer(worker->loop, &claimer->start);
    }
    loop_timer_start(worker->loop, &claimer->tick, tick_ms);
}

static int64_t usual_tick_ms(const struct claimer *claimer)
{
    if (claimer->is_refused || !redis_client_is_ready(claimer->worker->redis)) {
        return TICK_NO_REDIS_MS;
    }
    int64_t tick_ms = claimer->next.which == QUEUE_LIGHT ? COURTESY_MS : TICK_MS;

    if (claimer->next_due_ms == 0) return tick_ms;
    int64_t wait_ms = claimer->next_due_ms - clock_wall_ms();

    return MIN(MAX(wait_ms, 1), tick_ms);
}

static void on_tick(struct loop_timer *timer)
{
    claimer_kick(CONTAINER_OF(timer, struct claimer, tick));
}

static void on_start(struct loop_task *task)
{
    struct claimer *claimer = CONTAINER_OF(task, struct claimer, start);

    if (claimer->state != CLAIMER_IDLE || claimer->worker->stopping) return;
    loop_timer_stop(&claimer->tick);
    if (!claimer->must_disown) {
        ask(claimer);
        return;
    }
    enter(claimer, CLAIMER_DISOWNING);
    arena_reset(&claimer->disown_arena);
    size_t known_count;
    const struct uuid *known = run_known(claimer->worker, &claimer->disown_arena, &known_count);

    // Of what is lost from now on this call does not know.
    claimer->must_disown = false;
    claimer->disown = (struct claim_disown){
        .call = {.storage = claimer->worker->storage,
                 .arena = &claimer->disown_arena,
                 .on_done = on_disowned},
        .owner = claimer->worker->owner,
        .shard = SHARD,
        .known = known,
        .known_count = known_count,
    };
    claim_disown_start(&claimer->disown);
}

static void on_disowned(struct storage_call *call, const struct error *err)
{
    struct claim_disown *op = CONTAINER_OF(call, struct claim_disown, call);
    struct claimer *claimer = CONTAINER_OF(op, struct claimer, disown);

    if (err) {
        log_write_error(LOG_WARN, "executor/claimer", "the database does not answer", err);
        claimer->must_disown = true;
        rest(claimer, TICK_TROUBLE_MS);
        return;
    }
    if (op->count > 0) {
        log_warn("executor/claimer", "let go of %lld runs after a lost answer",
                 (long long)op->count);
    }
    if (claimer->worker->is_ready) {
        claimer->again = true;
        rest(claimer, TICK_TROUBLE_MS);
        return;
    }
    claimer->warm_up = (struct warm_up){.worker = claimer->worker, .on_done = on_warm};
    warm_up_start(&claimer->warm_up);
}

static void on_warm(struct warm_up *warm_up)
{
    struct claimer *claimer = CONTAINER_OF(warm_up, struct claimer, warm_up);

    worker_is_up(claimer->worker);
    claimer->again = true;
    rest(claimer, TICK_TROUBLE_MS);
}

static struct claim_set *set_new(struct claimer *claimer)
{
    struct claim_set *set = MEMORY_NEW(struct claim_set);

    arena_init(&set->arena, 0);
    set->claimer = claimer;
    set->ref_count = 1;
    set->claim = (struct claim){
        .call = {.storage = claimer->worker->storage, .arena = &set->arena, .on_done = on_claim},
        .owner = claimer->worker->owner,
        .shard = SHARD,
        .limit = claimer->want,
    };
    return set;
}

static void on_turn(struct turnstile_place *place)
{
    struct claimer *claimer = CONTAINER_OF(place, struct claimer, place);

    claim_start(&claimer->set->claim);
}

static void claim_soon(struct claimer *claimer)
{
    enter(claimer, CLAIMER_CLAIMING);
    if (claimer->set->is_light || turnstile_enter(&claimer->worker->turnstile, &claimer->place)) {
        claim_start(&claimer->set->claim);
    }
}

/* The runs that are due longest, without Redis. */
static void claim_any(struct claimer *claimer)
{
    claimer->is_asked = false;
    claimer->set = set_new(claimer);
    claim_soon(claimer);
}

static enum queue_which which_runs(const struct claimer *claimer)
{
    const struct worker_config *config = &claimer->worker->config;

    if (handover_is_express(config->handover, config->index)) return QUEUE_LIGHT;
    return handover_leaves_light(config->handover, config->index) ? QUEUE_OTHERS : QUEUE_ALL;
}

/* How many runs it has room for. */
static int room_for_runs(const struct claimer *claimer)
{
    const struct worker *worker = claimer->worker;
    int room = LIMIT_WORKER_RUNS - (int)worker->stats.runs_now;
    bool is_busy = worker->stats.runs_now >= BUSY_RUNS;

    if (!memory_share_has_room(worker)) return 0;
    return MIN(room, is_busy && claimer->is_mixed ? MIXED_CLAIM : LIMIT_CLAIM);
}

static void ask(struct claimer *claimer)
{
    struct worker *worker = claimer->worker;
    enum queue_which which = which_runs(claimer);
    int64_t quiet_ms = claimer->is_woken ? 0 : claimer->quiet_until_ms - clock_monotonic_ms();
    bool has_redis = redis_client_is_ready(worker->redis);

    claimer->want = room_for_runs(claimer);
    tell_full(claimer, claimer->want <= 0 || !has_redis);
    if (claimer->want <= 0) { // a run that ends kicks again, and so does memory that is free
        bool takes_light = memory_share_has_room(worker) && claimer->given != HANDOVER_NONE;

        allow(claimer, takes_light ? HANDOVER_LIGHT : HANDOVER_NONE);
        flush_released(claimer);
        return;
    }
    if (!has_redis) {
        claimer->released_count = 0; // Redis has forgotten our slots together with the connection
        claim_any(claimer);
        return;
    }
    if (which == QUEUE_LIGHT && quiet_ms > 0) {
        flush_released(claimer);
        loop_timer_start(worker->loop, &claimer->tick, quiet_ms);
        return;
    }
    enter(claimer, CLAIMER_ASKING);
    claimer->is_woken = false;
    claimer->next = (struct queue_next){
        .worker = text_from(worker->name),
        .released = claimer->released,
        .released_count = claimer->released_count,
        .want = claimer->want,
        .which = which,
        .on_done = on_next,
    };
    queue_next_start(worker->queue, &claimer->next);
    claimer->released_count = 0;
}

/* Which runs gateways may give us, by what the queue has left. */
static enum handover_mode mode_after(const struct queue_next *next)
{
    static const enum handover_mode modes[] = {[QUEUE_HAS_CAPS] = HANDOVER_NONE,
                                               [QUEUE_IS_EMPTY] = HANDOVER_ALL,
                                               [QUEUE_HAS_MORE] = HANDOVER_LIGHT};
    enum handover_mode mode = modes[next->rest];

    return next->which == QUEUE_LIGHT ? MIN(mode, HANDOVER_LIGHT) : mode;
}

static void on_refused(struct claimer *claimer, const struct error *err)
{
    log_write_error(LOG_DEBUG, "executor/claimer", "Redis does not answer", err);
    claimer->is_refused = true;
    allow(claimer, HANDOVER_NONE);
    tell_full(claimer, true);
    if (claimer->worker->stopping) {
        rest(claimer, TICK_NO_REDIS_MS);
    } else {
        claim_any(claimer); // it may be there and refuse for long: no memory, a replica
    }
}

static void on_next(struct queue_next *next, const struct error *err)
{
    struct claimer *claimer = CONTAINER_OF(next, struct claimer, next);

    if (err) {
        on_refused(claimer, err);
        return;
    }
    claimer->is_refused = false;
    claimer->next_due_ms = next->next_due_ms;
    allow(claimer, mode_after(next));
    bool is_quiet = next->which == QUEUE_LIGHT && next->run_count < (size_t)next->want;

    claimer->quiet_until_ms = is_quiet ? clock_monotonic_ms() + usual_tick_ms(claimer) : 0;
    if (next->run_count == 0) {
        rest(claimer, usual_tick_ms(claimer));
        return;
    }
    if (claimer->worker->stopping) {
        for (size_t i = 0; i < next->run_count; i++) {
            claimer_release(claimer, next->workspaces[i], next->runs[i]);
        }
        flush_released(claimer);
        rest(claimer, TICK_MS);
        return;
    }
    struct claim_set *set = set_new(claimer);

    claimer->is_mixed = false;
    for (size_t i = 0; i < next->run_count; i++) {
        set->keys[i] = (struct claim_key){next->workspaces[i], next->runs[i]};
        claimer->is_mixed |= next->workspaces[i] != next->workspaces[0];
    }
    set->is_light = next->which == QUEUE_LIGHT;
    set->claim.keys = set->keys;
    set->claim.count = next->run_count;
    claimer->set = set;
    claimer->is_asked = true;
    claim_soon(claimer);
}

/* Proposed runs that are not ours: their slots go back; what is due later, or was only locked, is
 * proposed again then. */
static void give_back_refused(struct claimer *claimer, const struct claim *claim)
{
    for (size_t i = 0; i < claim->refused_count; i++) {
        claimer_release(claimer, claim->refused[i].key.workspace, claim->refused[i].key.run);
    }
    flush_released(claimer); // before they are pushed again
    for (size_t i = 0; i < claim->refused_count; i++) {
        const struct claim_refused *refused = &claim->refused[i];
        bool later = refused->why == CLAIM_NOT_DUE && refused->wait_ms >= 0;

        if (!later && refused->why != CLAIM_BUSY) continue;
        char flow[24];
        struct queue_entry entry = {
            .workspace = refused->key.workspace,
            .run = refused->key.run,
            .due_ms = clock_wall_ms() + (later ? refused->wait_ms + 1 : BUSY_AGAIN_MS),
        };

        (void)snprintf(flow, sizeof(flow), "%lld", (long long)refused->flow);
        entry.flow = text_from(flow);
        queue_push(claimer->worker->queue, &entry, 1);
    }
}

static void on_claim(struct storage_call *call, const struct error *err)
{
    struct claim *claim = CONTAINER_OF(call, struct claim, call);
    struct claim_set *set = CONTAINER_OF(claim, struct claim_set, claim);
    struct claimer *claimer = set->claimer;
    struct worker *worker = claimer->worker;

    claimer->set = NULL;
    if (!set->is_light) turnstile_leave(&worker->turnstile);
    if (err) {
        log_write_error(LOG_WARN, "executor/claimer", "a claim failed", err);
        for (size_t i = 0; i < claim->count; i++) {
            claimer_release(claimer, claim->keys[i].workspace, claim->keys[i].run);
        }
        claimer_set_unref(set);
        claimer_lost(claimer);
        claimer->again = false; // not at once
        rest(claimer, TICK_TROUBLE_MS);
        return;
    }
    worker->stats.claims += claim->run_count;
    for (size_t i = 0; i < claim->run_count; i++) {
        run_start(worker, set, &claim->runs[i]);
    }
    if (claimer->is_asked) give_back_refused(claimer, claim);
    size_t proposed = claimer->is_asked ? claim->count : claim->run_count;

    if (!claimer->is_asked) { // all that were due, so nobody is passed over
        allow(claimer, proposed < (size_t)claimer->want ? HANDOVER_ALL : HANDOVER_NONE);
    }

    claimer->again |= proposed == (size_t)claimer->want;
    claimer_set_unref(set);
    rest(claimer, usual_tick_ms(claimer));
}
