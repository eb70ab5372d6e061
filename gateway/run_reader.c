/*
 * A lane for each workspace and kind of get that there are: a statement serves one workspace, as
 * row-level security has it.
 *
 * Half of what a statement costs is its own and not its runs', so a second one starts beside the
 * first only when a full one waits.
 *
 * Invariant: gets wait in a lane only while it has reads under way or `flush` deferred; a lane with
 * neither gets nor reads is gone.
 */
#include "gateway/run_reader.h"

#include "base/assert.h"
#include "base/map.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"

#define READS_MAX 2

struct run_reader {
    struct gateway *gateway;
    struct map lanes; /* by the bytes of their keys */
};

struct lane_key {
    int64_t workspace, kind;
};

struct lane {
    struct run_reader *reader;
    struct lane_key key;
    struct list waiting; /* struct run_get */
    size_t waiting_count;
    int read_count;
    struct loop_task flush;
};

struct read {
    struct lane *lane;
    struct arena arena;
    struct run_gets gets;
    struct run_get alone; /* in place of gets.gets[0], when that is the only one */
};

static void on_flush(struct loop_task *task);

static struct text key_bytes(const struct lane_key *key)
{
    return (struct text){(const char *)key, sizeof *key};
}

struct run_reader *run_reader_new(struct gateway *gateway)
{
    struct run_reader *reader = MEMORY_NEW(struct run_reader);

    reader->gateway = gateway;
    return reader;
}

void run_reader_free(struct run_reader *reader)
{
    if (!reader) return;
    ASSERT(reader->lanes.count == 0);
    map_done(&reader->lanes);
    memory_free(reader);
}

static struct lane *find_lane(struct run_reader *reader, int64_t workspace, enum run_gets_kind kind)
{
    const struct lane_key key = {workspace, kind};
    struct lane *lane = map_find(&reader->lanes, key_bytes(&key));

    if (lane) return lane;
    lane = MEMORY_NEW(struct lane);
    lane->reader = reader;
    lane->key = key;
    list_init(&lane->waiting);
    lane->flush.on_run = on_flush;
    (void)map_put(&reader->lanes, key_bytes(&lane->key), lane);
    return lane;
}

static void free_if_idle(struct lane *lane)
{
    if (lane->waiting_count > 0 || lane->read_count > 0) return;
    loop_undefer(&lane->flush);
    (void)map_remove(&lane->reader->lanes, key_bytes(&lane->key));
    memory_free(lane);
}

static void start_waiting(struct lane *lane);

static void leave_lane(struct read *read)
{
    struct lane *lane = read->lane;

    lane->read_count--;
    start_waiting(lane); // before the answers: the database is not kept waiting
    free_if_idle(lane);
}

static void free_read(struct read *read)
{
    arena_done(&read->arena);
    memory_free(read);
}

static void on_alone(struct storage_call *call, const struct error *err)
{
    struct run_get *alone = CONTAINER_OF(call, struct run_get, call);
    struct read *read = CONTAINER_OF(alone, struct read, alone);
    struct run_get *get = read->gets.gets[0];

    leave_lane(read);
    get->found = alone->found;
    get->run = alone->run;
    get->call.on_done(&get->call, err);
    free_read(read);
}

static void push(struct run_reader *reader, struct run_get *get, enum run_gets_kind kind)
{
    struct lane *lane = find_lane(reader, get->call.workspace, kind);

    list_push(&lane->waiting, &get->node);
    lane->waiting_count++;
    loop_defer(reader->gateway->loop, &lane->flush);
}

static void on_read(struct storage_call *call, const struct error *err)
{
    struct run_gets *gets = CONTAINER_OF(call, struct run_gets, call);
    struct read *read = CONTAINER_OF(gets, struct read, gets);
    struct run_reader *reader = read->lane->reader;

    leave_lane(read);
    for (size_t i = 0; i < gets->count; i++) {
        struct run_get *get = gets->gets[i];
        const struct error *own = get->call.error.code != E_NONE ? &get->call.error : NULL;

        if (err || own || !gets->is_partial[i]) {
            get->call.on_done(&get->call, err ? err : own);
        } else if (gets->kind == RUN_GETS_WITH_RELATIVES) {
            run_record_get_start(get);
        } else {
            push(reader, get, RUN_GETS_WITH_RELATIVES);
        }
    }
    free_read(read);
}

static void start_read(struct lane *lane)
{
    struct read *read = MEMORY_NEW(struct read);
    struct run_gets *gets = &read->gets;

    arena_init(&read->arena, 0);
    read->lane = lane;
    lane->read_count++;
    for (; gets->count < RUN_GETS_MAX && lane->waiting_count > 0; lane->waiting_count--) {
        gets->gets[gets->count++] = CONTAINER_OF(list_pop(&lane->waiting), struct run_get, node);
    }
    const struct run_get *first = gets->gets[0];

    if (gets->count == 1 && lane->key.kind != RUN_GETS_BY_NUMBER) {
        read->alone = (struct run_get){.call = first->call, .id = first->id};
        read->alone.call.on_done = on_alone;
        run_record_get_start(&read->alone);
        return;
    }
    gets->kind = (enum run_gets_kind)lane->key.kind;
    gets->call = (struct storage_call){.storage = first->call.storage,
                                       .arena = &read->arena,
                                       .workspace = lane->key.workspace,
                                       .on_done = on_read};
    run_record_gets_start(gets);
}

static void start_waiting(struct lane *lane)
{
    while (lane->waiting_count > 0 && lane->read_count < READS_MAX) {
        if (lane->read_count > 0 && lane->waiting_count < RUN_GETS_MAX) return;
        start_read(lane);
    }
}

static void on_flush(struct loop_task *task)
{
    start_waiting(CONTAINER_OF(task, struct lane, flush));
}

void run_reader_start(struct run_reader *reader, struct run_get *get)
{
    push(reader, get, get->slug.ptr ? RUN_GETS_BY_NUMBER : RUN_GETS_BY_ID);
}
