/*
 * Definitions of called versions.
 *
 * Invariants: `recent` holds exactly the entries that have a definition; an entry that loads has
 * waiters, and none.
 */
#include "executor/definition_cache.h"

#include "base/assert.h"
#include "base/memory.h"
#include "executor/worker_private.h"

#define CACHE_BYTES_MAX   (32 << 20)
#define CACHE_ENTRIES_MAX 128
#define SOURCE_ARENA_MAX  (512U << 20) /* of reading one file; its limits keep far below it */

struct definition_entry {
    struct definition_cache *cache;
    int64_t version; /* the key */
    const struct definition *definition;
    struct arena arena; /* source and definition */
    struct list recent, waits;
    struct version_get get;
};

static struct text key_of(const int64_t *version)
{
    return (struct text){(const char *)version, sizeof(*version)};
}

void definition_cache_init(struct definition_cache *cache, struct worker *worker)
{
    *cache = (struct definition_cache){.worker = worker};
    list_init(&cache->recent);
}

static void entry_free(struct definition_entry *entry)
{
    struct definition_cache *cache = entry->cache;

    ASSERT(list_is_empty(&entry->waits));
    map_remove(&cache->entries, key_of(&entry->version));
    list_remove(&entry->recent);
    if (entry->definition) cache->bytes -= entry->arena.used_bytes;
    arena_done(&entry->arena);
    memory_free(entry);
}

void definition_cache_done(struct definition_cache *cache)
{
    ASSERT(cache->loading_count == 0);
    while (!list_is_empty(&cache->recent)) {
        entry_free(LIST_ITEM(cache->recent.next, struct definition_entry, recent));
    }
    map_done(&cache->entries);
}

static void hold(struct definition_entry *entry)
{
    struct definition_cache *cache = entry->cache;

    cache->bytes += entry->arena.used_bytes;
    list_push(&cache->recent, &entry->recent);
    while (cache->bytes > CACHE_BYTES_MAX || cache->entries.count > CACHE_ENTRIES_MAX) {
        struct definition_entry *oldest =
            LIST_ITEM(cache->recent.next, struct definition_entry, recent);

        if (oldest == entry) break; // however large, it is needed now
        entry_free(oldest);
    }
}

static void read_source(struct definition_entry *entry, struct error *err)
{
    struct diagnostics diagnostics;

    if (!entry->get.found) {
        error_set(err, E_INTERNAL, "version %lld is gone", (long long)entry->version);
        return;
    }
    diagnostic_init(&diagnostics, &entry->arena);
    entry->definition = definition_read(&entry->arena, entry->get.version.source, &diagnostics);
    if (entry->definition) return;
    if (!diagnostic_first_error(&diagnostics, err)) {
        error_set(err, E_INTERNAL, "the version's source cannot be read");
    }
}

static void on_source(struct storage_call *call, const struct error *err)
{
    struct version_get *get = CONTAINER_OF(call, struct version_get, call);
    struct definition_entry *entry = CONTAINER_OF(get, struct definition_entry, get);
    struct error failure = {0};
    struct list *node;

    entry->cache->loading_count--;
    if (err) {
        failure = *err;
    } else {
        read_source(entry, &failure);
    }
    if (entry->definition) hold(entry);
    // Entries are freed when another one comes to be held: not by what a waiter does.
    while ((node = list_pop(&entry->waits))) {
        struct definition_wait *wait = LIST_ITEM(node, struct definition_wait, node);

        wait->on_definition(wait, entry->definition, entry->definition ? NULL : &failure);
    }
    if (!entry->definition) entry_free(entry);
}

const struct definition *definition_cache_get(struct definition_cache *cache, int64_t version,
                                              struct definition_wait *wait)
{
    struct definition_entry *entry = map_find(&cache->entries, key_of(&version));

    ASSERT(version != 0);
    if (entry && entry->definition) {
        list_remove(&entry->recent);
        list_push(&cache->recent, &entry->recent);
        return entry->definition;
    }
    if (!entry) {
        entry = MEMORY_NEW(struct definition_entry);
        entry->cache = cache;
        entry->version = version;
        list_init(&entry->waits);
        list_init(&entry->recent);
        arena_init(&entry->arena, SOURCE_ARENA_MAX);
        map_put(&cache->entries, key_of(&entry->version), entry);
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
