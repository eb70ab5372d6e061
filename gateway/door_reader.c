/*
 * A lane for each door that is asked for, by workspace, target and path. What is asked for at the
 * same time is a group (io/gather.h), which is read for once:
 *
 *     sent: endpoint --> secret --> answered
 *
 * Invariant: a lane whose gather is idle is gone.
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
    struct gather gather;  /* struct door_get */
    struct door_get *asks; /* one of the group that is under way: all ask for the same */
    struct arena arena;    /* of its read */
    struct endpoint_find find;
    struct secret_get secret;
};

static void on_send(struct gather *gather);

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
    lane->gather =
        (struct gather){.loop = reader->gateway->loop, .count_max = SIZE_MAX, .on_send = on_send};
    gather_init(&lane->gather);
    arena_init(&lane->arena, 0);
    (void)map_put(&reader->lanes, buf_get(&lane->key), lane);
    return lane;
}

void door_reader_start(struct door_reader *reader, struct door_get *get)
{
    gather_put(&find_lane(reader, get)->gather, &get->gathered, 0);
}

static struct door_get *get_of(struct gather_item *gathered)
{
    return gathered ? CONTAINER_OF(gathered, struct door_get, gathered) : NULL;
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

static void free_lane(struct lane *lane)
{
    (void)map_remove(&lane->reader->lanes, buf_get(&lane->key));
    arena_done(&lane->arena);
    buf_done(&lane->key);
    memory_free(lane);
}

static void finish(struct lane *lane, const struct error *err)
{
    struct error copy = {0}; // what it points to may be the lane's
    struct list done = {0};
    struct door_get *get;

    if (err) copy = *err;
    list_init(&done);
    while ((get = get_of(gather_take(&lane->gather)))) {
        if (!err) give(lane, get);
        list_push(&done, &get->gathered.node);
    }
    bool ok = !err;

    arena_reset(&lane->arena);
    gather_go_on(&lane->gather);
    if (gather_is_idle(&lane->gather)) free_lane(lane);
    while (!list_is_empty(&done)) {
        get = LIST_ITEM(list_pop(&done), struct door_get, gathered.node);
        get->on_done(get, ok ? NULL : &copy);
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
    const struct endpoint *endpoint = &lane->find.endpoint;

    if (err || !lane->find.found || !endpoint->enabled || lane->asks->target == TARGET_DRAFT ||
        endpoint->secret_name.len == 0) {
        finish(lane, err);
        return;
    }
    lane->secret = (struct secret_get){.call = call_for(lane, lane->asks, on_secret),
                                       .name = endpoint->secret_name};
    secret_store_get_start(&lane->secret);
}

static void on_send(struct gather *gather)
{
    struct lane *lane = CONTAINER_OF(gather, struct lane, gather);
    struct door_get *get;

    while ((get = get_of(gather_next(gather)))) {
        lane->asks = get;
    }
    lane->secret = (struct secret_get){0};
    lane->find = (struct endpoint_find){.call = call_for(lane, lane->asks, on_endpoint),
                                        .kind = ENDPOINT_WEBHOOK,
                                        .target = lane->asks->target,
                                        .path = lane->asks->path};
    endpoint_find_start(&lane->find);
}
