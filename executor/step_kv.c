/*
 * :kv {:operation :get :key "k"} → a map with :success. Exactly once for each address: a repeated
 * step gets its first answer (storage/kv_store.h).
 *
 *     :get {:default}      {:success true :value v :exists true}
 *     :set {:value :ttl}   {:success true :existed false}
 *     :delete              {:success true :existed true}
 *     :exists              {:success true :exists true :value true}
 *     :increment {:by}     {:success true :value 3}     (or :amount)
 *     :append {:value}     {:success true :value [a b]}
 *     :list-keys {:prefix :limit}  {:success true :keys ["a" "b"]}
 *
 * Whole numbers and vectors are kept as such, so that the database can add and append to them.
 *
 * A store that is out of reach for a moment is not the flow's trouble: the call is repeated for a
 * while, which is safe because it is applied once.
 */
#include "base/limits.h"
#include "executor/secret_refs.h"
#include "executor/step.h"
#include "executor/step_config.h"
#include "executor/worker_private.h"
#include "flow/codec.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "storage/kv_store.h"

#include <string.h>

#define KEY_MAX      512
#define LIST_DEFAULT 100
#define LIST_MAX     1000
#define ITEMS_MAX    10000
#define TTL_MAX_MS   315360000000 /* ten years */
#define AGAIN_MS     500
#define AGAIN_COUNT  20

static const char *const operations[] = {"get",       "set",    "delete",    "exists",
                                         "increment", "append", "list-keys", NULL};

struct kv_step {
    struct step *step;
    struct kv_apply apply;
    struct loop_timer again;
    int failures;
    bool cancelled;
};

static void on_applied(struct storage_call *call, const struct error *err);
static void on_again(struct loop_timer *timer);

static bool encode_items(struct step *step, struct value list, struct kv_value *out,
                         struct error *err)
{
    struct seq_iter iter;
    struct value item;
    size_t capacity = 0;

    out->kind = KV_ITEMS;
    seq_iter_init(&iter, list);
    while (seq_iter_next(&iter, &step->heap, &item)) {
        out->items =
            arena_grow(&step->arena, out->items, out->item_count, &capacity, sizeof(*out->items));
        if (!step_encode(step, item, &out->items[out->item_count], err)) return false;
        out->item_count++;
    }
    if (out->item_count <= ITEMS_MAX) return true;
    return error_set(err, E_LIMIT, "a list in the store has at most %d items", ITEMS_MAX);
}

/* KV_SET, KV_INCREMENT, KV_APPEND. */
static bool read_value(struct step *step, struct kv_apply *apply, struct error *err)
{
    struct value value = step_config_get(step->config, "value");
    struct kv_value *out = &apply->value;

    if (apply->operation == KV_INCREMENT) {
        const char *key = step_config_has(step->config, "amount") ? "amount" : "by";

        out->kind = KV_INTEGER;
        return step_config_int(step->config, key, INT64_MIN, INT64_MAX, 1, &out->number, err);
    }
    if (apply->operation == KV_APPEND) {
        out->kind = KV_ITEMS;
        out->items = ARENA_NEW(&step->arena, struct text);
        out->item_count = 1;
        return step_encode(step, value, out->items, err);
    }
    if (value.type == VALUE_INT) {
        out->kind = KV_INTEGER;
        out->number = value.integer;
        return true;
    }
    if (value.type == VALUE_VECTOR) return encode_items(step, value, out, err);
    out->kind = KV_BYTES;
    return step_encode(step, value, &out->bytes, err);
}

static bool read_config(struct step *step, struct kv_apply *apply, struct error *err)
{
    struct value config = step->config;
    int operation;
    int64_t limit;
    struct secret_refs none;

    secret_refs_init(&none, NULL, &step->arena);
    if (!secret_refs_collect(&none, config, "kv", false, err)) return false;
    if (!step_config_choice(config, "operation", operations, -1, &operation, err)) return false;
    if (operation < 0) return error_set(err, E_INPUT, "a kv step has no :operation");
    apply->operation = (enum kv_operation)operation;
    const char *key = operation == KV_LIST ? "prefix" : "key";

    if (!step_config_text(&step->arena, config, key, &apply->key, err)) return false;
    if (operation != KV_LIST && apply->key.len == 0) {
        return error_set(err, E_INPUT, "a kv step has no :key");
    }
    if (apply->key.len > KEY_MAX) {
        return error_set(err, E_LIMIT, "a key in the store has at most %d bytes", KEY_MAX);
    }
    if (memchr(apply->key.ptr ? apply->key.ptr : "", 0, apply->key.len)) {
        return error_set(err, E_INPUT, "a key in the store has no NUL character");
    }
    if (!step_config_duration(config, "ttl", TTL_MAX_MS, 0, &apply->ttl_ms, err) ||
        !step_config_int(config, "limit", 1, LIST_MAX, LIST_DEFAULT, &limit, err)) {
        return false;
    }
    apply->limit = operation == KV_LIST ? (int)limit : ITEMS_MAX;
    if (operation == KV_SET || operation == KV_INCREMENT || operation == KV_APPEND) {
        return read_value(step, apply, err);
    }
    return true;
}

static bool start(struct step *step, struct error *err)
{
    struct kv_step *op = ARENA_NEW(&step->arena, struct kv_step);
    const struct step_run *run = step->run;

    *op = (struct kv_step){.step = step, .again = {.on_fire = on_again}};
    op->apply = (struct kv_apply){
        .call = {.storage = run->worker->storage,
                 .arena = &step->arena,
                 .workspace = run->workspace,
                 .on_done = on_applied},
        .owner = run->worker->owner,
        .epoch = run->epoch,
        .run = run->id,
        .address = step->address,
    };
    if (!read_config(step, &op->apply, err)) return false;
    step->state = op;
    kv_store_apply_start(&op->apply);
    return true;
}

static void cancel(struct step *step)
{
    struct kv_step *op = step->state;

    op->cancelled = true;
    if (loop_timer_is_running(&op->again)) {
        loop_timer_start(step->run->worker->loop, &op->again, 0);
    } else {
        call_cancel(&op->apply.call);
    }
}

static bool decode(struct step *step, const struct kv_value *stored, struct value *out,
                   struct error *err)
{
    struct heap *heap = &step->heap;

    if (stored->kind == KV_INTEGER) {
        *out = value_int(stored->number);
        return true;
    }
    if (stored->kind == KV_BYTES) return codec_decode(heap, stored->bytes, out, err);
    *out = pvec_empty();
    for (size_t i = 0; i < stored->item_count; i++) {
        struct value item;

        if (!codec_decode(heap, stored->items[i], &item, err)) return false;
        *out = pvec_conj(heap, *out, item);
    }
    return true;
}

static bool refused(const struct kv_apply *apply, struct error *err)
{
    static const char *const kinds[] = {"a value", "a number", "a list"};

    switch (apply->outcome) {
    case KV_OTHER_KIND:
        return error_set(err, E_CONFLICT, "the key " TEXT_FMT " holds %s, which cannot be %s",
                         TEXT_ARG(apply->key), kinds[apply->result.kind],
                         apply->operation == KV_INCREMENT ? "incremented" : "appended to");
    case KV_OVERFLOW:
        return error_set(err, E_ARITHMETIC, "the number under " TEXT_FMT " would overflow",
                         TEXT_ARG(apply->key));
    case KV_FENCED: return error_set(err, E_FENCED, "the run is driven elsewhere");
    default:
        return error_set(err, E_LIMIT, "the list under " TEXT_FMT " would be too large",
                         TEXT_ARG(apply->key));
    }
}

static bool make_result(struct step *step, const struct kv_apply *apply, struct error *err)
{
    struct heap *heap = &step->heap;
    struct value result = pmap_put_named(heap, pmap_empty(), "success", value_bool(true));
    struct value value = value_nil();

    switch (apply->operation) {
    case KV_GET:
        if (!apply->existed) {
            value = step_config_get(step->config, "default");
        } else if (!decode(step, &apply->result, &value, err)) {
            return false;
        }
        result = pmap_put_named(heap, result, "value", value);
        result = pmap_put_named(heap, result, "exists", value_bool(apply->existed));
        break;
    case KV_SET:
    case KV_DELETE:
        result = pmap_put_named(heap, result, "existed", value_bool(apply->existed));
        break;
    case KV_EXISTS:
        result = pmap_put_named(heap, result, "exists", value_bool(apply->existed));
        result = pmap_put_named(heap, result, "value", value_bool(apply->existed));
        break;
    case KV_INCREMENT:
    case KV_APPEND:
        if (!decode(step, &apply->result, &value, err)) return false;
        result = pmap_put_named(heap, result, "value", value);
        break;
    case KV_LIST:
        value = pvec_empty();
        for (size_t i = 0; i < apply->key_count; i++) {
            value = pvec_conj(heap, value, string_from_utf8(heap, apply->keys[i]));
        }
        result = pmap_put_named(heap, result, "keys", value);
        break;
    }
    return step_result(step, result, err);
}

static void on_applied(struct storage_call *call, const struct error *err)
{
    struct kv_apply *apply = CONTAINER_OF(call, struct kv_apply, call);
    struct kv_step *op = CONTAINER_OF(apply, struct kv_step, apply);
    struct step *step = op->step;
    struct error failure = {0};

    if (err && !op->cancelled && err->code == E_UNAVAILABLE && ++op->failures < AGAIN_COUNT) {
        loop_timer_start(step->run->worker->loop, &op->again, AGAIN_MS);
        return;
    }
    if (err) {
        failure = *err;
    } else if (apply->outcome != KV_DONE) {
        step->fenced = apply->outcome == KV_FENCED;
        (void)refused(apply, &failure);
    } else if (make_result(step, apply, &failure)) {
        step->on_done(step, NULL);
        return;
    }
    step->on_done(step, &failure);
}

static void on_again(struct loop_timer *timer)
{
    struct kv_step *op = CONTAINER_OF(timer, struct kv_step, again);
    struct error err = {0};

    if (op->cancelled) {
        error_set(&err, E_CANCELLED, "the step was cancelled");
        op->step->on_done(op->step, &err);
        return;
    }
    kv_store_apply_start(&op->apply);
}

const struct step_type step_kv_type = {.name = "kv", .start = start, .cancel = cancel};
