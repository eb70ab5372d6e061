/*
 * Two tables: versions by id, each with what its source has become, and that by the hash of the
 * source. One list of recent use and one budget for all that is compiled, another for versions,
 * which are small.
 *
 * Invariants: a version is in `recent_versions` and in its source's list exactly when it is held;
 * one that loads has no source, and its waiters, which may be nobody. A source without versions
 * stays until its turn to go.
 */
#include "executor/version_cache.h"

#include "base/assert.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "executor/worker_private.h"
#include "storage/flow_record.h"

#include <string.h>

#define CACHE_BYTES_MAX    (64 << 20)
#define CACHE_ENTRIES_MAX  1024
#define CACHE_VERSIONS_MAX 16384        /* of about 150 bytes */
#define SOURCE_ARENA_MAX   (512U << 20) /* of reading one file; its limits keep far below it */
#define KEY_SIZE           33           /* of a source: level of the language and hash */

/* What a source, or a function's code, has become until now. Key and source follow the struct. */
struct compiled {
    struct version_cache *cache;
    struct map *map; /* it is in */
    struct text key, source;
    struct image *image;
    const struct definition *definition; /* in arena */
    struct arena arena;
    size_t bytes;
    struct list recent, versions;
};

struct version_entry {
    int64_t version; /* the key */
    struct compiled *compiled;
    struct list node; /* compiled->versions */
    struct list recent, waits;
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
    list_init(&cache->recent);
    list_init(&cache->recent_versions);
}

static void version_free(struct version_cache *cache, struct version_entry *entry)
{
    ASSERT(list_is_empty(&entry->waits));
    map_remove(&cache->versions, key_of(&entry->version));
    list_remove(&entry->recent);
    list_remove(&entry->node);
    memory_free(entry);
}

static void compiled_free(struct compiled *compiled)
{
    struct version_cache *cache = compiled->cache;

    while (!list_is_empty(&compiled->versions)) {
        version_free(cache, LIST_ITEM(compiled->versions.next, struct version_entry, node));
    }
    map_remove(compiled->map, compiled->key);
    list_remove(&compiled->recent);
    cache->bytes -= compiled->bytes;
    vm_image_unref(compiled->image);
    arena_done(&compiled->arena);
    memory_free(compiled);
}

void version_cache_done(struct version_cache *cache)
{
    ASSERT(cache->loading_count == 0);
    while (!list_is_empty(&cache->recent)) {
        compiled_free(LIST_ITEM(cache->recent.next, struct compiled, recent));
    }
    ASSERT(cache->versions.count == 0 && cache->bytes == 0);
    map_done(&cache->versions);
    map_done(&cache->sources);
    map_done(&cache->functions);
}

/* ---- what is compiled ---- */

static void use(struct compiled *compiled)
{
    list_remove(&compiled->recent);
    list_push(&compiled->cache->recent, &compiled->recent);
}

/* Counts what it holds now; others go when that is too much. */
static void weigh(struct compiled *compiled)
{
    struct version_cache *cache = compiled->cache;
    size_t bytes = sizeof(*compiled) + compiled->key.len + compiled->source.len;

    if (compiled->image) bytes += vm_image_bytes(compiled->image);
    if (compiled->definition) bytes += compiled->arena.used_bytes;
    cache->bytes += bytes - compiled->bytes;
    compiled->bytes = bytes;
    use(compiled);
    while (cache->bytes > CACHE_BYTES_MAX ||
           cache->sources.count + cache->functions.count > CACHE_ENTRIES_MAX) {
        struct compiled *oldest = LIST_ITEM(cache->recent.next, struct compiled, recent);

        if (oldest == compiled) break; // however large, it is needed now
        compiled_free(oldest);
    }
}

static struct compiled *compiled_new(struct version_cache *cache, struct map *map, struct text key,
                                     struct text source)
{
    struct compiled *compiled = memory_new(sizeof(*compiled) + key.len + source.len);
    char *copied = (char *)(compiled + 1);

    memcpy(copied, key.ptr, key.len);
    if (source.len > 0) memcpy(copied + key.len, source.ptr, source.len);
    compiled->cache = cache;
    compiled->map = map;
    compiled->key = (struct text){copied, key.len};
    compiled->source = (struct text){copied + key.len, source.len};
    list_init(&compiled->versions);
    list_init(&compiled->recent);
    arena_init(&compiled->arena, SOURCE_ARENA_MAX);
    map_put(map, compiled->key, compiled);
    weigh(compiled);
    return compiled;
}

static const struct definition *read_definition(struct text source, struct arena *arena,
                                                struct error *err)
{
    struct diagnostics diagnostics;

    diagnostic_init(&diagnostics, arena);
    const struct definition *definition = definition_read(arena, source, &diagnostics);

    if (!definition && !diagnostic_first_error(&diagnostics, err)) {
        error_set(err, E_INTERNAL, "the version's source cannot be read");
    }
    return definition;
}

/* Without one to keep it is read for the image alone, which needs it no longer. */
static bool make_image(struct compiled *compiled, struct error *err)
{
    const struct core *core = compiled->cache->worker->config.core;
    struct arena arena CLEANUP(arena_done) = {0};
    const struct definition *definition = compiled->definition;

    arena_init(&arena, SOURCE_ARENA_MAX);
    if (!definition) definition = read_definition(compiled->source, &arena, err);
    if (definition) compiled->image = vm_compile(core, definition, err);
    if (!compiled->image) return false;
    compiled->cache->worker->stats.compiled++;
    weigh(compiled);
    return true;
}

static bool make_definition(struct compiled *compiled, struct error *err)
{
    compiled->definition = read_definition(compiled->source, &compiled->arena, err);
    if (compiled->definition) {
        weigh(compiled);
    } else {
        arena_done(&compiled->arena);
    }
    return compiled->definition != NULL;
}

/* ---- versions ---- */

static struct compiled *find_source(struct version_cache *cache,
                                    const struct version_record *version)
{
    uint8_t key[KEY_SIZE] = {(uint8_t)version->language};
    struct text key_text = {(const char *)key, sizeof(key)};

    crypto_sha256(version->source, key + 1);
    struct compiled *compiled = map_find(&cache->sources, key_text);

    return compiled ? compiled : compiled_new(cache, &cache->sources, key_text, version->source);
}

static void hold(struct version_cache *cache, struct version_entry *entry,
                 struct compiled *compiled)
{
    entry->compiled = compiled;
    list_push(&compiled->versions, &entry->node);
    list_push(&cache->recent_versions, &entry->recent);
    use(compiled);
    if (cache->versions.count > CACHE_VERSIONS_MAX) {
        version_free(cache, LIST_ITEM(cache->recent_versions.next, struct version_entry, recent));
    }
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
    if (err) {
        failure = *err;
    } else if (!get->found) {
        error_set(&failure, E_INTERNAL, "version %lld is gone", (long long)entry->version);
    } else {
        hold(cache, entry, find_source(cache, &get->version));
    }
    bool is_held = entry->compiled != NULL;

    arena_done(&load->arena);
    memory_free(load);
    list_init(&waits);
    while ((node = list_pop(&entry->waits))) {
        list_push(&waits, node);
    }
    if (!is_held) version_free(cache, entry);
    // From here on the entry may go: a waiter may have others compiled.
    while ((node = list_pop(&waits))) {
        struct version_wait *wait = LIST_ITEM(node, struct version_wait, node);

        wait->on_version(wait, is_held ? NULL : &failure);
    }
}

static struct version_entry *load_version(struct version_cache *cache, int64_t version)
{
    struct version_entry *entry = MEMORY_NEW(struct version_entry);
    struct load *load = MEMORY_NEW(struct load);

    entry->version = version;
    list_init(&entry->node);
    list_init(&entry->recent);
    list_init(&entry->waits);
    map_put(&cache->versions, key_of(&entry->version), entry);
    load->cache = cache;
    load->entry = entry;
    arena_init(&load->arena, 0);
    load->get = (struct version_get){
        .call = {.storage = cache->worker->storage, .arena = &load->arena, .on_done = on_source},
        .id = version,
    };
    cache->loading_count++;
    flow_record_version_start(&load->get);
    return entry;
}

/* NULL: wait hears of it. */
static struct compiled *find_version(struct version_cache *cache, int64_t version,
                                     struct version_wait *wait)
{
    struct version_entry *entry = map_find(&cache->versions, key_of(&version));

    ASSERT(version != 0);
    if (entry && entry->compiled) {
        list_remove(&entry->recent);
        list_push(&cache->recent_versions, &entry->recent);
        use(entry->compiled);
        return entry->compiled;
    }
    if (!entry) entry = load_version(cache, version);
    list_push(&entry->waits, &wait->node);
    return NULL;
}

bool version_cache_image(struct version_cache *cache, int64_t version, struct version_wait *wait,
                         struct image **out, struct error *err)
{
    struct compiled *compiled = find_version(cache, version, wait);

    if (compiled && !compiled->image && !make_image(compiled, err)) return false;
    *out = compiled ? compiled->image : NULL;
    return true;
}

bool version_cache_definition(struct version_cache *cache, int64_t version,
                              struct version_wait *wait, const struct definition **out,
                              struct error *err)
{
    struct compiled *compiled = find_version(cache, version, wait);

    if (compiled && !compiled->definition && !make_definition(compiled, err)) return false;
    *out = compiled ? compiled->definition : NULL;
    return true;
}

struct image *version_cache_function(struct version_cache *cache, struct text code,
                                     struct error *err)
{
    struct compiled *compiled = map_find(&cache->functions, code);

    if (compiled) {
        use(compiled);
        return compiled->image;
    }
    struct image *image = vm_compile_function(cache->worker->config.core, code, err);

    if (!image) return NULL;
    compiled = compiled_new(cache, &cache->functions, code, TEXT_NONE);
    compiled->image = image;
    weigh(compiled);
    return image;
}
