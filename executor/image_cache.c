/*
 * Images of versions and of inline functions, in one list of recent use and one budget.
 *
 * Invariants: `recent` holds exactly the entries that have an image; an entry that loads has
 * waiters or nobody (its runs were dropped), and no image.
 */
#include "executor/image_cache.h"

#include "base/assert.h"
#include "base/memory.h"
#include "executor/worker_private.h"
#include "flow/definition.h"

#include <string.h>

#define CACHE_BYTES_MAX   (64 << 20)
#define CACHE_ENTRIES_MAX 1024
#define SOURCE_ARENA_MAX  (512U << 20) /* of reading one file; its limits keep far below it */

struct image_entry {
    struct image_cache *cache;
    int64_t version; /* 0: a function */
    struct text key; /* of the map it is in; follows the struct */
    struct image *image;
    size_t bytes;
    struct list recent, waits;
    struct version_get get;
    struct arena arena;
};

void image_cache_init(struct image_cache *cache, struct worker *worker)
{
    *cache = (struct image_cache){.worker = worker};
    list_init(&cache->recent);
}

static struct map *map_of(struct image_cache *cache, const struct image_entry *entry)
{
    return entry->version ? &cache->versions : &cache->functions;
}

static struct image_entry *entry_new(struct image_cache *cache, int64_t version, struct text key)
{
    struct image_entry *entry = memory_new(sizeof(*entry) + key.len);
    char *copied = (char *)(entry + 1);

    memcpy(copied, key.ptr, key.len);
    entry->cache = cache;
    entry->version = version;
    entry->key = (struct text){copied, key.len};
    list_init(&entry->waits);
    list_init(&entry->recent);
    map_put(map_of(cache, entry), entry->key, entry);
    return entry;
}

static void entry_free(struct image_entry *entry)
{
    struct image_cache *cache = entry->cache;

    ASSERT(list_is_empty(&entry->waits));
    map_remove(map_of(cache, entry), entry->key);
    list_remove(&entry->recent);
    cache->bytes -= entry->bytes;
    vm_image_unref(entry->image);
    memory_free(entry);
}

void image_cache_done(struct image_cache *cache)
{
    ASSERT(cache->loading_count == 0);
    while (!list_is_empty(&cache->recent)) {
        entry_free(LIST_ITEM(cache->recent.next, struct image_entry, recent));
    }
    map_done(&cache->versions);
    map_done(&cache->functions);
}

static void use(struct image_entry *entry)
{
    list_remove(&entry->recent);
    list_push(&entry->cache->recent, &entry->recent);
}

static void hold(struct image_entry *entry, struct image *image)
{
    struct image_cache *cache = entry->cache;

    entry->image = image;
    entry->bytes = vm_image_bytes(image);
    cache->bytes += entry->bytes;
    use(entry);
    while (cache->bytes > CACHE_BYTES_MAX ||
           cache->versions.count + cache->functions.count > CACHE_ENTRIES_MAX) {
        struct image_entry *oldest = LIST_ITEM(cache->recent.next, struct image_entry, recent);

        if (oldest == entry) break; // however large, it is needed now
        entry_free(oldest);
    }
}

static struct image *compile(const struct core *core, const struct version_record *version,
                             struct error *err)
{
    struct arena arena;
    struct diagnostics diagnostics;

    arena_init(&arena, SOURCE_ARENA_MAX);
    diagnostic_init(&diagnostics, &arena);
    const struct definition *definition = definition_read(&arena, version->source, &diagnostics);
    struct image *image = NULL;

    if (definition) {
        image = vm_compile(core, definition, err);
    } else if (!diagnostic_first_error(&diagnostics, err)) {
        error_set(err, E_INTERNAL, "the version's source cannot be read");
    }
    arena_done(&arena);
    return image;
}

static void on_source(struct storage_call *call, const struct error *err)
{
    struct version_get *get = CONTAINER_OF(call, struct version_get, call);
    struct image_entry *entry = CONTAINER_OF(get, struct image_entry, get);
    struct image_cache *cache = entry->cache;
    struct error failure = {0};
    struct list waits, *node;

    cache->loading_count--;
    if (err) {
        failure = *err;
    } else if (!get->found) {
        error_set(&failure, E_INTERNAL, "version %lld is gone", (long long)entry->version);
    } else {
        struct image *image = compile(cache->worker->config.core, &get->version, &failure);

        if (image) hold(entry, image);
    }
    arena_done(&entry->arena);
    struct image *image = entry->image;
    // A waiter may load others and so push this one out of the cache.
    if (image) vm_image_ref(image);
    list_init(&waits);
    while ((node = list_pop(&entry->waits))) {
        list_push(&waits, node);
    }
    if (!image) entry_free(entry);
    while ((node = list_pop(&waits))) {
        struct image_wait *wait = LIST_ITEM(node, struct image_wait, node);

        wait->on_image(wait, image, image ? NULL : &failure);
    }
    vm_image_unref(image);
}

struct image *image_cache_get(struct image_cache *cache, int64_t version, struct image_wait *wait)
{
    struct text key = {(const char *)&version, sizeof(version)};
    struct image_entry *entry = map_find(&cache->versions, key);

    ASSERT(version != 0);
    if (entry && entry->image) {
        use(entry);
        return entry->image;
    }
    if (!entry) {
        entry = entry_new(cache, version, key);
        arena_init(&entry->arena, 0);
        entry->get = (struct version_get){
            .call = {.storage = cache->worker->storage,
                     .arena = &entry->arena,
                     .on_done = on_source},
            .id = version,
        };
        cache->loading_count++;
        flow_record_version_start(&entry->get);
    }
    list_push(&entry->waits, &wait->node);
    return NULL;
}

struct image *image_cache_function(struct image_cache *cache, struct text code, struct error *err)
{
    struct image_entry *entry = map_find(&cache->functions, code);

    if (entry) {
        use(entry);
        return entry->image;
    }
    struct image *image = vm_compile_function(cache->worker->config.core, code, err);

    if (!image) return NULL;
    entry = entry_new(cache, 0, code);
    hold(entry, image);
    return image;
}
