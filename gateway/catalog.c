/* From workspace, slug and target to a version's id, with its source's place in the cache. Pinned
 * versions are looked up each time, what is made of their source is not. */
#include "gateway/catalog.h"

#include "base/map.h"
#include "base/memory.h"
#include "flow/source_cache.h"
#include "gateway/gateway_private.h"

#include <string.h>

struct catalog_pointer {
    struct text key; /* stands behind the struct */
    struct catalog_version version;
    struct source_place place;
};

struct catalog {
    struct gateway *gateway;
    struct map pointers;
    struct source_cache sources;
};

struct catalog *catalog_new(struct gateway *gateway)
{
    struct catalog *catalog = MEMORY_NEW(struct catalog);

    catalog->gateway = gateway;
    source_cache_init(&catalog->sources, NULL, CATALOG_BYTES_MAX, CATALOG_SOURCES_MAX);
    return catalog;
}

static void drop_pointer(struct catalog_pointer *pointer)
{
    if (!pointer) return;
    source_cache_leave(&pointer->place);
    memory_free(pointer);
}

static void drop_pointers(struct catalog *catalog)
{
    size_t cursor = 0;
    struct catalog_pointer *pointer;

    while ((pointer = map_next(&catalog->pointers, &cursor, NULL)) != NULL) {
        drop_pointer(pointer);
    }
    map_done(&catalog->pointers);
}

void catalog_free(struct catalog *catalog)
{
    if (!catalog) return;
    drop_pointers(catalog);
    source_cache_done(&catalog->sources);
    memory_free(catalog);
}

static struct text pointer_key(struct arena *arena, int64_t workspace,
                               const struct catalog_name *name)
{
    return arena_printf(arena, "%lld/%d/" TEXT_FMT, (long long)workspace, (int)name->target,
                        TEXT_ARG(name->slug));
}

static void put_pointer(struct catalog *catalog, struct text key,
                        const struct version_record *record)
{
    if (catalog->pointers.count >= CATALOG_POINTERS_MAX) drop_pointers(catalog);
    struct catalog_pointer *pointer = memory_new(sizeof *pointer + key.len);
    char *copy = (char *)(pointer + 1);

    memcpy(copy, key.ptr, key.len);
    pointer->key = (struct text){copy, key.len};
    pointer->version.id = record->id;
    pointer->version.number = record->number;
    source_cache_put(&catalog->sources, &pointer->place, record->language, record->source);
    drop_pointer(map_remove(&catalog->pointers, key));
    (void)map_put(&catalog->pointers, pointer->key, pointer);
}

const struct catalog_version *catalog_cached(struct request *request,
                                             const struct catalog_name *name)
{
    struct catalog *catalog = request->gateway->catalog;
    struct error ignored;

    if (name->number) return NULL;
    struct catalog_pointer *pointer =
        map_find(&catalog->pointers, pointer_key(&request->arena, request->workspace, name));

    if (!pointer || !pointer->place.entry) return NULL;
    pointer->version.source_key = source_cache_key(&pointer->place);
    pointer->version.definition = source_cache_definition(&pointer->place, &ignored);
    return pointer->version.definition ? &pointer->version : NULL;
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
    const struct version_record *record = &op->get.version;
    struct catalog_version version = {.id = record->id, .number = record->number};
    struct source_place place = {0};

    source_cache_put(&catalog->sources, &place, record->language, record->source);
    version.source_key = source_cache_key(&place);
    version.definition = source_cache_definition(&place, &problem);
    source_cache_leave(&place);
    if (!version.definition) {
        op->on_done(op, NULL, &problem);
        return;
    }
    if (!op->name.number) {
        put_pointer(catalog, pointer_key(&request->arena, request->workspace, &op->name), record);
    }
    op->on_done(op, &version, NULL);
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
