/*
 * Versions by id, each with a place in the cache of sources.
 *
 * Invariants: `recent` holds exactly the versions that are not loading; one that loads has no
 * place, and its waiters, which may be nobody.
 */
#include "executor/version_cache.h"

#include "base/assert.h"
#include "base/memory.h"
#include "executor/worker_private.h"
#include "storage/flow_record.h"

#define CACHE_BYTES_MAX    (64 << 20)
#define CACHE_SOURCES_MAX  1024
#define CACHE_VERSIONS_MAX 16384 /* of about 200 bytes */

struct version_entry {
    int64_t version; /* the key */
    struct source_place place;
    struct list recent, waits;
    bool is_loading;
};

struct load {
    struct version_cache *cache;
    struct version_entry *entry;
    struct version_get get;
    struct arena arena;
};

static struct text key_of(const int64_t *version)
{
    return (struct text){(const char *)version, sizeof(*version)};
}

void version_cache_init(struct version_cache *cache, struct worker *worker)
{
    *cache = (struct version_cache){.worker = worker};
    source_cache_init(&cache->sources, worker->config.core, CACHE_BYTES_MAX, CACHE_SOURCES_MAX);
    list_init(&cache->recent);
}

static void entry_free(struct version_cache *cache, struct version_entry *entry)
{
    ASSERT(list_is_empty(&entry->waits) && !entry->is_loading);
    map_remove(&cache->entries, key_of(&entry->version));
    list_remove(&entry->recent);
    source_cache_leave(&entry->place);
    memory_free(entry);
}

void version_cache_done(struct version_cache *cache)
{
    ASSERT(cache->loading_count == 0);
    while (!list_is_empty(&cache->recent)) {
        entry_free(cache, LIST_ITEM(cache->recent.next, struct version_entry, recent));
    }
    source_cache_done(&cache->sources);
    map_done(&cache->entries);
}

static void use(struct version_cache *cache, struct version_entry *entry)
{
    list_remove(&entry->recent);
    list_push(&cache->recent, &entry->recent);
}

static void on_source(struct storage_call *call, const struct error *err)
{
    struct version_get *get = CONTAINER_OF(call, struct version_get, call);
    struct load *load = CONTAINER_OF(get, struct load, get);
    struct version_cache *cache = load->cache;
    struct version_entry *entry = load->entry;
    struct error failure = {0};
    struct list waits, *node;

    cache->loading_count--;
    entry->is_loading = false;
    list_init(&waits);
    while ((node = list_pop(&entry->waits))) {
        list_push(&waits, node);
    }
    if (err) {
        failure = *err;
    } else if (!get->found) {
        error_set(&failure, E_INTERNAL, "version %lld is gone", (long long)entry->version);
    }
    bool is_held = failure.code == E_NONE;

    if (is_held) {
        source_cache_put(&cache->sources, &entry->place, get->version.language,
                         get->version.source);
        use(cache, entry);
    } else {
        entry_free(cache, entry);
    }
    arena_done(&load->arena);
    memory_free(load);
    while ((node = list_pop(&waits))) {
        struct version_wait *wait = LIST_ITEM(node, struct version_wait, node);

        wait->on_version(wait, is_held ? NULL : &failure);
    }
}

static void start_load(struct version_cache *cache, struct version_entry *entry)
{
    struct load *load = MEMORY_NEW(struct load);

    list_remove(&entry->recent);
    entry->is_loading = true;
    load->cache = cache;
    load->entry = entry;
    arena_init(&load->arena, 0);
    load->get = (struct version_get){
        .call = {.storage = cache->worker->storage, .arena = &load->arena, .on_done = on_source},
        .id = entry->version,
    };
    cache->loading_count++;
    flow_record_version_start(&load->get);
}

static struct version_entry *entry_new(struct version_cache *cache, int64_t version)
{
    struct version_entry *entry = MEMORY_NEW(struct version_entry);

    if (cache->entries.count >= CACHE_VERSIONS_MAX && !list_is_empty(&cache->recent)) {
        entry_free(cache, LIST_ITEM(cache->recent.next, struct version_entry, recent));
    }
    entry->version = version;
    list_init(&entry->recent);
    list_init(&entry->waits);
    map_put(&cache->entries, key_of(&entry->version), entry);
    return entry;
}

void version_cache_offer(struct version_cache *cache, int64_t version, struct text source_key)
{
    struct version_entry *entry = map_find(&cache->entries, key_of(&version));
    struct source_place place = {0};

    if (entry && (entry->place.entry || entry->is_loading)) return;
    if (!source_cache_join(&cache->sources, &place, source_key)) return;
    source_cache_leave(&place);
    if (!entry) entry = entry_new(cache, version);
    bool joined = source_cache_join(&cache->sources, &entry->place, source_key);

    ASSERT(joined);
    use(cache, entry);
}

/* Its place, or NULL: wait hears of it. */
static struct source_place *find(struct version_cache *cache, int64_t version,
                                 struct version_wait *wait)
{
    struct version_entry *entry = map_find(&cache->entries, key_of(&version));

    ASSERT(version != 0);
    if (entry && entry->place.entry) {
        use(cache, entry);
        return &entry->place;
    }
    if (!entry) entry = entry_new(cache, version);
    if (!entry->is_loading) start_load(cache, entry);
    list_push(&entry->waits, &wait->node);
    return NULL;
}

bool version_cache_image(struct version_cache *cache, int64_t version, struct version_wait *wait,
                         struct image **out, struct error *err)
{
    struct source_place *place = find(cache, version, wait);

    *out = place ? source_cache_image(place, err) : NULL;
    cache->worker->stats.compiled = cache->sources.compiled;
    return !place || *out;
}

bool version_cache_definition(struct version_cache *cache, int64_t version,
                              struct version_wait *wait, const struct definition **out,
                              struct error *err)
{
    struct source_place *place = find(cache, version, wait);

    *out = place ? source_cache_definition(place, err) : NULL;
    return !place || *out;
}
