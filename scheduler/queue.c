/*
 * The thread's end of the queue: gathers what is pushed, released and published within a turn of
 * the loop, sends it as few calls of the Redis functions, and forgets it.
 *
 * The functions' library is named by a hash of its text and so are its functions, which makes
 * loading them idempotent: LOAD answers an error when they are there already. LOAD goes first on
 * each new connection, and calls behind it on the same connection find them.
 *
 * What a broken call may have cost: a lost push or timer is found again by the sweeper. A lost
 * release, or a lost answer with proposals, leaves slots in use that nobody will give back; so the
 * call after a failure (must_reset) gives back all slots of the worker first. Caps are then looser
 * for a while, until the runs that it drives have ended.
 */
#include "scheduler/queue.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "io/loop.h"
#include "scheduler/embed_scheduler.h"

#include <inttypes.h>
#include <string.h>

#define LIBRARY_FILE   "redis/queue.lua"
#define PUSHES_MAX     4096 /* in one call */
#define RELEASES_MAX   4096
#define CHANGED_MAX    4096 /* runs in a message */
#define WORKER_SIZE    64
#define ID_BYTES       6 /* of the library's hash */
#define HEARTBEAT_MS   10000
#define TURN_MS        "3000"
#define DELAY_MAX_MS   315360000000LL /* ten years */
#define FUNCTION_COUNT 4

enum function { FUNCTION_NEXT, FUNCTION_PUSH, FUNCTION_SWEEP, FUNCTION_LIMIT };

static const char *const function_names[FUNCTION_COUNT] = {"next", "push", "sweep", "limit"};

/* An entry that waits for the end of the turn; its flow stands in the queue's flows. */
struct push {
    int64_t workspace, delay_ms;
    struct uuid run;
    int32_t weight;
    size_t flow_at, flow_len;
};

struct queue {
    struct loop *loop;
    struct redis_client *redis;
    struct buf library;
    char prefix[32]; /* weir:{s0}: */
    char functions[FUNCTION_COUNT][40];
    char sender[17];                       /* who we are, among sweepers */
    struct list sends, nexts, generations; /* in flight */
    /* Gathered in this turn. */
    struct push *pushes;
    size_t push_count, push_capacity;
    struct buf flows;
    struct buf releases, changed; /* 16 bytes each */
    struct loop_task flush_task;

    char worker[WORKER_SIZE];
    size_t worker_len;
    bool must_reset;
    int64_t worker_sent_ms; /* when Redis was last told of the worker */
    struct loop_timer heartbeat_timer;
};

/* One call whose answer nobody waits for. */
struct send {
    struct redis_op op;
    struct queue *queue; /* NULL: it is gone */
    struct list node;
    bool is_release;
};

struct args {
    struct arena arena;
    struct text *items;
    size_t count, capacity;
};

static void on_flush(struct loop_task *task);
static void on_heartbeat(struct loop_timer *timer);

/* ---- names ---- */

/* The source with its own hash in place of @ID@. */
static void make_library(struct queue *queue)
{
    const struct embed_file *file = embed_scheduler;
    struct buf id CLEANUP(buf_done) = {0};
    uint8_t hash[32];

    while (file->name && strcmp(file->name, LIBRARY_FILE) != 0) {
        file++;
    }
    ASSERT(file->name);
    struct text rest = {file->data, (size_t)(file->data_end - file->data)};

    crypto_sha256(rest, hash);
    crypto_hex(&id, (struct text){(const char *)hash, ID_BYTES});
    for (ptrdiff_t at = text_index_of(rest, TEXT("@ID@")); at >= 0;
         at = text_index_of(rest, TEXT("@ID@"))) {
        buf_text(&queue->library, text_slice(rest, 0, (size_t)at));
        buf_text(&queue->library, buf_get(&id));
        rest = text_slice(rest, (size_t)at + 4, rest.len);
    }
    buf_text(&queue->library, rest);
    for (int i = 0; i < FUNCTION_COUNT; i++) {
        struct buf name CLEANUP(buf_done) = {0};

        buf_printf(&name, "weir_%s_%s", function_names[i], id.ptr);
        ASSERT(name.len < sizeof queue->functions[i]);
        memcpy(queue->functions[i], name.ptr, name.len + 1);
    }
}

static void put_text(char *out, size_t size, struct text source)
{
    ASSERT(source.len < size);
    memcpy(out, source.ptr, source.len);
    out[source.len] = 0;
}

struct queue *queue_new(struct loop *loop, const struct queue_config *config)
{
    struct queue *queue = MEMORY_NEW(struct queue);
    struct buf text CLEANUP(buf_done) = {0};

    queue->loop = loop;
    queue->redis = config->redis;
    buf_printf(&text, "weir:{s%d}:", config->shard);
    put_text(queue->prefix, sizeof queue->prefix, buf_get(&text));
    buf_reset(&text);
    buf_printf(&text, "%016" PRIx64, random_u64());
    put_text(queue->sender, sizeof queue->sender, buf_get(&text));
    make_library(queue);
    list_init(&queue->sends);
    list_init(&queue->nexts);
    list_init(&queue->generations);
    queue->flush_task.on_run = on_flush;
    queue->heartbeat_timer.on_fire = on_heartbeat;
    if (redis_client_is_ready(queue->redis)) queue_on_ready(queue);
    return queue;
}

/* ---- sending ---- */

static void args_add(struct args *args, struct text value)
{
    args->items =
        arena_grow(&args->arena, args->items, args->count, &args->capacity, sizeof *args->items);
    args->items[args->count++] = value;
}

static void args_int(struct args *args, int64_t value)
{
    args_add(args, arena_printf(&args->arena, "%" PRId64, value));
}

static void args_call(struct args *args, const struct queue *queue, enum function function)
{
    arena_init(&args->arena, 0);
    args_add(args, TEXT("FCALL"));
    args_add(args, text_from(queue->functions[function]));
    args_add(args, TEXT("1"));
    args_add(args, text_from(queue->prefix));
}

static void args_command(struct args *args, struct text command)
{
    arena_init(&args->arena, 0);
    args_add(args, command);
}

/* The client copies the arguments, so they are freed at once. */
static void args_send(struct args *args, struct queue *queue, struct redis_op *op)
{
    op->args = args->items;
    op->arg_count = args->count;
    redis_op_start(queue->redis, op);
    arena_done(&args->arena);
}

static bool is_refusal(const struct redis_reply *reply, struct text why)
{
    return reply && text_index_of(redis_reply_text(reply), why) >= 0;
}

/* Somebody has flushed the functions. */
static void heal(struct queue *queue, const struct redis_reply *reply)
{
    if (is_refusal(reply, TEXT("Function not found"))) queue_on_ready(queue);
}

static void on_sent(struct redis_op *op, const struct redis_reply *reply, const struct error *err)
{
    struct send *send = CONTAINER_OF(op, struct send, op);
    struct queue *queue = send->queue;

    list_remove(&send->node);
    if (queue && err) {
        if (send->is_release) queue->must_reset = true;
        heal(queue, reply);
        if (reply && !is_refusal(reply, TEXT("already exists"))) {
            log_write_error(LOG_WARN, "scheduler/queue", "a call was refused", err);
        }
    }
    memory_free(send);
}

static void send_off(struct queue *queue, struct args *args, bool is_release)
{
    struct send *send = MEMORY_NEW(struct send);

    send->queue = queue;
    send->is_release = is_release;
    send->op.on_done = on_sent;
    list_push(&queue->sends, &send->node);
    args_send(args, queue, &send->op);
}

void queue_on_ready(struct queue *queue)
{
    struct args args = {0};

    args_command(&args, TEXT("FUNCTION"));
    args_add(&args, TEXT("LOAD"));
    args_add(&args, buf_get(&queue->library));
    send_off(queue, &args, false);
    queue->must_reset = true;
}

/* ---- what is gathered ---- */

static bool is_reachable(const struct queue *queue)
{
    return redis_client_is_ready(queue->redis);
}

static void flush_pushes(struct queue *queue)
{
    struct args args = {0};

    if (queue->push_count == 0) return;
    args_call(&args, queue, FUNCTION_PUSH);
    for (size_t i = 0; i < queue->push_count; i++) {
        const struct push *push = &queue->pushes[i];

        args_int(&args, push->workspace);
        args_add(&args, (struct text){(const char *)push->run.bytes, sizeof push->run.bytes});
        args_add(&args, (struct text){queue->flows.ptr + push->flow_at, push->flow_len});
        args_int(&args, push->delay_ms);
        args_int(&args, push->weight);
    }
    send_off(queue, &args, false);
    queue->push_count = 0;
    buf_reset(&queue->flows);
}

/* worker, want, reset, of which, and the released runs that were gathered. */
static void args_next(struct args *args, struct queue *queue, int want, enum queue_which which)
{
    static const char *const names[] = {
        [QUEUE_ALL] = "all", [QUEUE_LIGHT] = "light", [QUEUE_OTHERS] = "other"};

    args_call(args, queue, FUNCTION_NEXT);
    args_add(args, (struct text){queue->worker, queue->worker_len});
    args_int(args, want);
    args_add(args, queue->must_reset ? TEXT("1") : TEXT("0"));
    args_add(args, text_from(names[which]));
    for (size_t at = 0; at < queue->releases.len; at += sizeof(struct uuid)) {
        args_add(args, (struct text){queue->releases.ptr + at, sizeof(struct uuid)});
    }
    queue->must_reset = false;
    queue->worker_sent_ms = clock_monotonic_ms();
    if (!loop_timer_is_running(&queue->heartbeat_timer)) {
        loop_timer_start(queue->loop, &queue->heartbeat_timer, HEARTBEAT_MS);
    }
}

static void flush_releases(struct queue *queue)
{
    struct args args = {0};

    if (queue->releases.len == 0) return;
    args_next(&args, queue, 0, QUEUE_ALL);
    send_off(queue, &args, true);
    buf_reset(&queue->releases);
}

static void publish(struct queue *queue, const char *channel, struct text message)
{
    struct args args = {0};

    args_command(&args, TEXT("PUBLISH"));
    args_add(&args, arena_printf(&args.arena, "%s%s", queue->prefix, channel));
    args_add(&args, message);
    send_off(queue, &args, false);
}

static void flush_changed(struct queue *queue)
{
    if (queue->changed.len == 0) return;
    publish(queue, "changed", buf_get(&queue->changed));
    buf_reset(&queue->changed);
}

static void flush(struct queue *queue)
{
    flush_pushes(queue);
    flush_releases(queue);
    flush_changed(queue);
}

static void on_flush(struct loop_task *task)
{
    flush(CONTAINER_OF(task, struct queue, flush_task));
}

static void on_heartbeat(struct loop_timer *timer)
{
    struct queue *queue = CONTAINER_OF(timer, struct queue, heartbeat_timer);
    struct args args = {0};

    loop_timer_start(queue->loop, timer, HEARTBEAT_MS);
    if (!is_reachable(queue)) return;
    if (clock_monotonic_ms() - queue->worker_sent_ms < HEARTBEAT_MS / 2) return;
    args_next(&args, queue, 0, QUEUE_ALL);
    send_off(queue, &args, true);
    buf_reset(&queue->releases);
}

void queue_push(struct queue *queue, const struct queue_entry *entries, size_t count)
{
    int64_t now_ms = clock_wall_ms();

    if (!is_reachable(queue)) return; // the sweeper will find them
    for (size_t i = 0; i < count; i++) {
        const struct queue_entry *entry = &entries[i];

        if (queue->push_count == queue->push_capacity) {
            queue->push_capacity = MAX(64, queue->push_capacity * 2);
            queue->pushes =
                memory_resize(queue->pushes, queue->push_capacity, sizeof *queue->pushes);
        }
        queue->pushes[queue->push_count++] = (struct push){
            .workspace = entry->workspace,
            .delay_ms = entry->due_ms > now_ms ? MIN(entry->due_ms - now_ms, DELAY_MAX_MS) : 0,
            .run = entry->run,
            .weight = entry->weight,
            .flow_at = queue->flows.len,
            .flow_len = entry->flow.len,
        };
        buf_append(&queue->flows, entry->flow.ptr, entry->flow.len);
        if (queue->push_count == PUSHES_MAX) flush_pushes(queue);
    }
    if (queue->push_count > 0) loop_defer(queue->loop, &queue->flush_task);
}

static void set_worker(struct queue *queue, struct text worker)
{
    ASSERT(worker.len > 0);
    ASSERT(worker.len < WORKER_SIZE);
    if (text_equal(worker, (struct text){queue->worker, queue->worker_len})) return;
    flush_releases(queue); // those are of the other one
    memcpy(queue->worker, worker.ptr, worker.len);
    queue->worker_len = worker.len;
    queue->must_reset = true;
}

static void gather_releases(struct queue *queue, const struct queue_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_append(&queue->releases, entries[i].run.bytes, sizeof entries[i].run.bytes);
        if (queue->releases.len == RELEASES_MAX * sizeof(struct uuid)) flush_releases(queue);
    }
}

void queue_release(struct queue *queue, struct text worker, const struct queue_entry *entries,
                   size_t count)
{
    set_worker(queue, worker);
    if (!is_reachable(queue)) return; // all slots are given back at the first call after it
    gather_releases(queue, entries, count);
    if (queue->releases.len > 0) loop_defer(queue->loop, &queue->flush_task);
}

void queue_publish_changed(struct queue *queue, const struct uuid *runs, size_t count)
{
    if (!is_reachable(queue)) return;
    for (size_t i = 0; i < count; i++) {
        buf_append(&queue->changed, runs[i].bytes, sizeof runs[i].bytes);
        if (queue->changed.len == CHANGED_MAX * sizeof(struct uuid)) flush_changed(queue);
    }
    if (queue->changed.len > 0) loop_defer(queue->loop, &queue->flush_task);
}

void queue_publish_cancel(struct queue *queue, struct uuid run)
{
    if (!is_reachable(queue)) return;
    publish(queue, "cancel", (struct text){(const char *)run.bytes, sizeof run.bytes});
}

void queue_limit_set(struct queue *queue, int64_t workspace, struct text flow, int limit)
{
    struct args args = {0};
    struct text owner = TEXT("*");

    if (!is_reachable(queue)) return;
    args_call(&args, queue, FUNCTION_LIMIT);
    if (workspace > 0) owner = arena_printf(&args.arena, "%" PRId64, workspace);
    args_add(&args, flow.ptr ? arena_printf(&args.arena, TEXT_FMT "/" TEXT_FMT, TEXT_ARG(owner),
                                            TEXT_ARG(flow))
                             : owner);
    args_add(&args, limit < 0 ? TEXT("") : arena_printf(&args.arena, "%d", limit));
    send_off(queue, &args, false);
}

/* ---- next ---- */

static struct uuid to_uuid(struct text source)
{
    struct uuid id;

    memcpy(id.bytes, source.ptr, sizeof id.bytes);
    return id;
}

/* The answer: delay, what is left, then id and workspace of each run. */
static bool read_next(struct queue_next *next, const struct redis_reply *reply)
{
    size_t count = redis_reply_count(reply);

    if (count < 2 || count % 2 != 0 || (count - 2) / 2 > (size_t)next->want) return false;
    int64_t delay_ms = redis_reply_int(redis_reply_item(reply, 0));

    next->next_due_ms = delay_ms < 0 ? 0 : clock_wall_ms() + MIN(delay_ms, DELAY_MAX_MS);
    int64_t rest = redis_reply_int(redis_reply_item(reply, 1));

    if (rest < QUEUE_HAS_CAPS || rest > QUEUE_HAS_MORE) return false;
    next->rest = (enum queue_rest)rest;
    for (size_t i = 2; i < count; i += 2) {
        struct text run = redis_reply_text(redis_reply_item(reply, i));

        if (run.len != sizeof(struct uuid)) return false;
        next->runs[next->run_count] = to_uuid(run);
        next->workspaces[next->run_count++] = redis_reply_int(redis_reply_item(reply, i + 1));
    }
    return true;
}

static void on_next(struct redis_op *op, const struct redis_reply *reply, const struct error *err)
{
    struct queue_next *next = CONTAINER_OF(op, struct queue_next, op);
    struct queue *queue = next->queue;
    struct error bad = {0};

    list_remove(&next->node);
    if (!err && !read_next(next, reply)) {
        error_set(&bad, E_REMOTE, "redis answered something else than a list of runs");
        next->run_count = 0;
        err = &bad;
    }
    if (err && queue) {
        queue->must_reset = true;
        heal(queue, reply);
    }
    next->on_done(next, err); // last: it may start it again
}

void queue_next_start(struct queue *queue, struct queue_next *next)
{
    struct args args = {0};

    ASSERT(next->want >= 0);
    ASSERT(next->want <= LIMIT_CLAIM);
    set_worker(queue, next->worker);
    gather_releases(queue, next->released, next->released_count);
    flush_pushes(queue); // so that they can be among the proposed
    args_next(&args, queue, next->want, next->which);
    next->run_count = 0;
    next->next_due_ms = 0;
    next->rest = QUEUE_HAS_CAPS;
    next->queue = queue;
    next->op = (struct redis_op){.on_done = on_next};
    list_push(&queue->nexts, &next->node);
    args_send(&args, queue, &next->op);
    buf_reset(&queue->releases);
}

/* ---- generations ---- */

static void on_generation(struct redis_op *op, const struct redis_reply *reply,
                          const struct error *err)
{
    struct queue_generation *generation = CONTAINER_OF(op, struct queue_generation, op);
    struct queue *queue = generation->queue;
    struct error bad = {0};
    bool is_new = false;

    list_remove(&generation->node);
    if (err && queue) heal(queue, reply);
    if (!err && redis_reply_count(reply) != 3) {
        error_set(&bad, E_REMOTE, "redis answered something else than its generation");
        err = &bad;
    }
    if (!err) {
        struct text id = redis_reply_text(redis_reply_item(reply, 0));

        put_text(generation->id, sizeof generation->id,
                 text_slice(id, 0, QUEUE_GENERATION_SIZE - 1));
        is_new = redis_reply_int(redis_reply_item(reply, 1)) == 0;
        generation->is_turn = redis_reply_int(redis_reply_item(reply, 2)) == 1;
    }
    generation->on_done(generation, is_new, err); // last: it may start it again
}

static void args_sweep(struct args *args, struct queue *queue, struct text swept)
{
    args_call(args, queue, FUNCTION_SWEEP);
    args_add(args, text_from(queue->sender));
    args_add(args, TEXT(TURN_MS));
    args_add(args, swept);
}

void queue_generation_start(struct queue *queue, struct queue_generation *generation)
{
    struct args args = {0};

    generation->is_turn = false;
    generation->id[0] = 0;
    generation->queue = queue;
    generation->op = (struct redis_op){.on_done = on_generation};
    list_push(&queue->generations, &generation->node);
    args_sweep(&args, queue, TEXT(""));
    args_send(&args, queue, &generation->op);
}

void queue_swept(struct queue *queue, const char *id)
{
    struct args args = {0};

    if (!is_reachable(queue)) return;
    flush_pushes(queue);
    args_sweep(&args, queue, text_from(id));
    send_off(queue, &args, false);
}

/* ---- end ---- */

void queue_free(struct queue *queue)
{
    if (!queue) return;
    if (is_reachable(queue)) flush(queue);
    list_each_safe (send, &queue->sends, struct send, node) {
        send->queue = NULL;
        list_remove(&send->node);
    }
    list_each_safe (next, &queue->nexts, struct queue_next, node) {
        next->queue = NULL;
        list_remove(&next->node);
    }
    list_each_safe (generation, &queue->generations, struct queue_generation, node) {
        generation->queue = NULL;
        list_remove(&generation->node);
    }
    loop_undefer(&queue->flush_task);
    loop_timer_stop(&queue->heartbeat_timer);
    buf_done(&queue->library);
    buf_done(&queue->flows);
    buf_done(&queue->releases);
    buf_done(&queue->changed);
    memory_free(queue->pushes);
    memory_free(queue);
}
