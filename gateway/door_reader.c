/*
 * A lane for each door that is asked for, by workspace, target and path.
 *
 *     waiting --flush--> served: endpoint --> secret --> answered
 *
 * Invariant: gets wait in a lane only while it reads or `flush` is deferred; a lane with neither is
 * gone.
 */
#include "gateway/door_reader.h"

#include "base/assert.h"
#include "base/map.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "storage/secret_store.h"

struct door_reader {
    struct gateway *gateway;
    struct map lanes; /* by their keys' bytes */
};

struct lane {
    struct door_reader *reader;
    struct buf key;
    struct list waiting, served; /* struct door_get */
    struct loop_task flush;
    struct arena arena; /* of the read that is under way */
    struct endpoint_find find;
    struct secret_get secret;
};

static void on_flush(struct loop_task *task);

struct door_reader *door_reader_new(struct gateway *gateway)
{
    struct door_reader *reader = MEMORY_NEW(struct door_reader);

    reader->gateway = gateway;
    return reader;
}

void door_reader_free(struct door_reader *reader)
{
    if (!reader) return;
    ASSERT(reader->lanes.count == 0);
    map_done(&reader->lanes);
    memory_free(reader);
}

static void write_key(struct buf *out, const struct door_get *get)
{
    buf_append(out, &get->request->workspace, sizeof get->request->workspace);
    buf_char(out, (char)get->target);
    buf_text(out, get->path);
}

static struct lane *find_lane(struct door_reader *reader, const struct door_get *get)
{
    struct buf key CLEANUP(buf_done) = {0};

    write_key(&key, get);
    struct lane *lane = map_find(&reader->lanes, buf_get(&key));

    if (lane) return lane;
    lane = MEMORY_NEW(struct lane);
    lane->reader = reader;
    write_key(&lane->key, get);
    list_init(&lane->waiting);
    list_init(&lane->served);
    lane->flush.on_run = on_flush;
    arena_init(&lane->arena, 0);
    (void)map_put(&reader->lanes, buf_get(&lane->key), lane);
    return lane;
}

void door_reader_start(struct door_reader *reader, struct door_get *get)
{
    struct lane *lane = find_lane(reader, get);

    list_push(&lane->waiting, &get->node);
    if (list_is_empty(&lane->served)) loop_defer(reader->gateway->loop, &lane->flush);
}

static struct endpoint copy_endpoint(struct arena *arena, const struct endpoint *source)
{
    struct endpoint copy = *source;
    struct text *const texts[] = {&copy.path,       &copy.interface_id, &copy.invocation,
                                  &copy.auth_type,  &copy.secret_name,  &copy.auth_header,
                                  &copy.auth_query, &copy.auth_prefix,  &copy.slug};

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        if (texts[i]->ptr) *texts[i] = arena_text(arena, *texts[i]);
    }
    return copy;
}

static void give(const struct lane *lane, struct door_get *get)
{
    struct arena *arena = &get->request->arena;

    get->found = lane->find.found;
    if (get->found) get->endpoint = copy_endpoint(arena, &lane->find.endpoint);
    get->sealed = TEXT_NONE;
    if (lane->secret.found) get->sealed = arena_text(arena, lane->secret.secret.sealed);
}

static void finish(struct lane *lane, const struct error *err)
{
    struct list served;

    list_init(&served);
    while (!list_is_empty(&lane->served)) {
        struct list *node = list_pop(&lane->served);

        if (!err) give(lane, CONTAINER_OF(node, struct door_get, node));
        list_push(&served, node);
    }
    arena_reset(&lane->arena);
    if (!list_is_empty(&lane->waiting)) {
        loop_defer(lane->reader->gateway->loop, &lane->flush);
    } else {
        (void)map_remove(&lane->reader->lanes, buf_get(&lane->key));
        arena_done(&lane->arena);
        buf_done(&lane->key);
        memory_free(lane);
    }
    while (!list_is_empty(&served)) {
        struct door_get *get = CONTAINER_OF(list_pop(&served), struct door_get, node);

        get->on_done(get, err);
    }
}

static void on_secret(struct storage_call *call, const struct error *err)
{
    finish(CONTAINER_OF(call, struct lane, secret.call), err);
}

static struct storage_call call_for(struct lane *lane, const struct door_get *get,
                                    void (*on_done)(struct storage_call *call,
                                                    const struct error *err))
{
    return (struct storage_call){.storage = lane->reader->gateway->storage,
                                 .arena = &lane->arena,
                                 .workspace = get->request->workspace,
                                 .on_done = on_done};
}

static void on_endpoint(struct storage_call *call, const struct error *err)
{
    struct lane *lane = CONTAINER_OF(call, struct lane, find.call);
    const struct door_get *first = CONTAINER_OF(lane->served.next, struct door_get, node);
    const struct endpoint *endpoint = &lane->find.endpoint;

    if (err || !lane->find.found || !endpoint->enabled || first->target == TARGET_DRAFT ||
        endpoint->secret_name.len == 0) {
        finish(lane, err);
        return;
    }
    lane->secret = (struct secret_get){.call = call_for(lane, first, on_secret),
                                       .name = endpoint->secret_name};
    secret_store_get_start(&lane->secret);
}

static void on_flush(struct loop_task *task)
{
    struct lane *lane = CONTAINER_OF(task, struct lane, flush);

    ASSERT(list_is_empty(&lane->served));
    while (!list_is_empty(&lane->waiting)) {
        list_push(&lane->served, list_pop(&lane->waiting));
    }
    const struct door_get *first = CONTAINER_OF(lane->served.next, struct door_get, node);

    lane->secret = (struct secret_get){0};
    lane->find = (struct endpoint_find){.call = call_for(lane, first, on_endpoint),
                                        .kind = ENDPOINT_WEBHOOK,
                                        .target = first->target,
                                        .path = first->path};
    endpoint_find_start(&lane->find);
}
