/* The catalog's two maps: from workspace, slug and target to a version's id; from there to its
 * definition. Pinned versions are looked up each time, their definitions are not. */
#include "gateway/catalog.h"

#include "base/list.h"
#include "base/map.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"

#include <string.h>

/* A definition's memory: sizes of its source (see definition_read()), and what small ones need. */
#define SOURCE_FACTOR 60
#define SOURCE_BASE   (4UL * 1024 * 1024)

struct catalog_entry {
    struct catalog_version version;
    struct arena arena;
    struct list node; /* most recently used first */
};

struct catalog_pointer {
    struct text key; /* stands behind the struct */
    int64_t version;
    int number;
};

struct catalog {
    struct gateway *gateway;
    struct map pointers;
    struct map versions; /* by the 8 bytes of the id */
    struct list recent;
    size_t size_bytes;
};

struct catalog *catalog_new(struct gateway *gateway)
{
    struct catalog *catalog = MEMORY_NEW(struct catalog);

    catalog->gateway = gateway;
    list_init(&catalog->recent);
    return catalog;
}

static struct text id_key(const int64_t *id)
{
    return (struct text){(const char *)id, sizeof *id};
}

static void drop_entry(struct catalog *catalog, struct catalog_entry *entry)
{
    (void)map_remove(&catalog->versions, id_key(&entry->version.id));
    list_remove(&entry->node);
    catalog->size_bytes -= entry->arena.used_bytes;
    arena_done(&entry->arena);
    memory_free(entry);
}

static void drop_pointers(struct catalog *catalog)
{
    size_t cursor = 0;
    struct catalog_pointer *pointer;

    while ((pointer = map_next(&catalog->pointers, &cursor, NULL)) != NULL) {
        memory_free(pointer);
    }
    map_done(&catalog->pointers);
}

void catalog_free(struct catalog *catalog)
{
    if (!catalog) return;
    drop_pointers(catalog);
    while (!list_is_empty(&catalog->recent)) {
        drop_entry(catalog, LIST_ITEM(catalog->recent.next, struct catalog_entry, node));
    }
    map_done(&catalog->versions);
    memory_free(catalog);
}

static struct text pointer_key(struct arena *arena, int64_t workspace,
                               const struct catalog_name *name)
{
    return arena_printf(arena, "%lld/%d/" TEXT_FMT, (long long)workspace, (int)name->target,
                        TEXT_ARG(name->slug));
}

static void put_pointer(struct catalog *catalog, struct text key, int64_t version, int number)
{
    if (catalog->pointers.count >= CATALOG_POINTERS_MAX) drop_pointers(catalog);
    struct catalog_pointer *pointer = memory_new(sizeof *pointer + key.len);
    char *copy = (char *)(pointer + 1);

    memcpy(copy, key.ptr, key.len);
    pointer->key = (struct text){copy, key.len};
    pointer->version = version;
    pointer->number = number;
    memory_free(map_remove(&catalog->pointers, key));
    (void)map_put(&catalog->pointers, pointer->key, pointer);
}

static struct catalog_entry *find_entry(struct catalog *catalog, int64_t id)
{
    struct catalog_entry *entry = map_find(&catalog->versions, id_key(&id));

    if (!entry) return NULL;
    list_remove(&entry->node);
    list_push_front(&catalog->recent, &entry->node);
    return entry;
}

const struct catalog_version *catalog_cached(struct request *request,
                                             const struct catalog_name *name)
{
    struct catalog *catalog = request->gateway->catalog;

    if (name->number) return NULL;
    const struct catalog_pointer *pointer =
        map_find(&catalog->pointers, pointer_key(&request->arena, request->workspace, name));
    const struct catalog_entry *entry = pointer ? find_entry(catalog, pointer->version) : NULL;

    return entry ? &entry->version : NULL;
}

/* Room for one more: the least recently used go, but never the newest. */
static void make_room(struct catalog *catalog)
{
    while (catalog->versions.count > 1 && (catalog->versions.count > CATALOG_VERSIONS_MAX ||
                                           catalog->size_bytes > CATALOG_BYTES_MAX)) {
        drop_entry(catalog, LIST_ITEM(catalog->recent.prev, struct catalog_entry, node));
    }
}

static struct catalog_entry *read_version(struct catalog *catalog,
                                          const struct version_record *record, struct error *err)
{
    struct catalog_entry *entry = MEMORY_NEW(struct catalog_entry);
    struct diagnostics diagnostics;

    arena_init(&entry->arena, record->source.len * SOURCE_FACTOR + SOURCE_BASE);
    diagnostic_init(&diagnostics, &entry->arena);
    struct text source = arena_text(&entry->arena, record->source);

    entry->version.id = record->id;
    entry->version.number = record->number;
    entry->version.definition = definition_read(&entry->arena, source, &diagnostics);
    if (!entry->version.definition) {
        if (!diagnostic_first_error(&diagnostics, err)) {
            error_set(err, E_FLOW_INVALID, "version %d cannot be read any more", record->number);
        }
        arena_done(&entry->arena);
        memory_free(entry);
        return NULL;
    }
    catalog->size_bytes += entry->arena.used_bytes;
    list_push_front(&catalog->recent, &entry->node);
    (void)map_put(&catalog->versions, id_key(&entry->version.id), entry);
    make_room(catalog);
    return entry;
}

static bool has_what_is_wanted(const struct catalog_find *op, struct error *err)
{
    const struct flow_get *get = &op->get;

    if (!get->found) {
        return error_set(err, E_NOT_FOUND, "there is no flow " TEXT_FMT, TEXT_ARG(op->name.slug));
    }
    if (get->flow.archived_ms) {
        error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " is archived", TEXT_ARG(op->name.slug));
        return error_hint(err, "Push it again to bring it back.");
    }
    if (get->has_version) return true;
    if (op->name.number) {
        return error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " has no version %d",
                         TEXT_ARG(op->name.slug), op->name.number);
    }
    error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " has nothing %s", TEXT_ARG(op->name.slug),
              op->name.target == TARGET_LIVE ? "live" : "as draft");
    return error_hint(
        err, "Release it with `weir flows release " TEXT_FMT "`, or run the draft (source: draft).",
        TEXT_ARG(op->name.slug));
}

static void on_flow(struct storage_call *call, const struct error *err)
{
    struct catalog_find *op = CONTAINER_OF(call, struct catalog_find, get.call);
    struct request *request = op->request;
    struct catalog *catalog = request->gateway->catalog;
    struct error problem = {0};

    if (err || !has_what_is_wanted(op, &problem)) {
        op->on_done(op, NULL, err ? err : &problem);
        return;
    }
    struct catalog_entry *entry = find_entry(catalog, op->get.version.id);

    if (!entry) entry = read_version(catalog, &op->get.version, &problem);
    if (!entry) {
        op->on_done(op, NULL, &problem);
        return;
    }
    if (!op->name.number) {
        put_pointer(catalog, pointer_key(&request->arena, request->workspace, &op->name),
                    entry->version.id, entry->version.number);
    }
    op->on_done(op, &entry->version, NULL);
}

void catalog_find_start(struct catalog_find *op)
{
    enum flow_source which = op->name.number                  ? FLOW_VERSION
                             : op->name.target == TARGET_LIVE ? FLOW_ACTIVE
                                                              : FLOW_DRAFT;

    op->get = (struct flow_get){
        .call = request_read(op->request, on_flow),
        .slug = op->name.slug,
        .which = which,
        .number = op->name.number,
        .with_source = true,
    };
    flow_record_get_start(&op->get);
}
