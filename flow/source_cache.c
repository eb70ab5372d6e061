/*
 * Sources by level of the language and hash, functions by their code.
 *
 * Invariants: every entry is in `recent` and in its map; `bytes` is their sum; a place is in the
 * list of its entry.
 */
#include "flow/source_cache.h"

#include "base/assert.h"
#include "base/crypto.h"
#include "base/memory.h"

#include <string.h>

#define SOURCE_ARENA_MAX (512U << 20) /* of reading one file; its limits keep far below it */
#define KEY_SIZE         33           /* of a source */

/* Key and source follow the struct. */
struct source_entry {
    struct source_cache *cache;
    struct map *map; /* it is in */
    struct text key, source;
    struct image *image;
    const struct definition *definition; /* in arena */
    struct arena arena;
    size_t bytes;
    struct list recent, places;
};

void source_cache_init(struct source_cache *cache, const struct core *core, size_t bytes_max,
                       size_t entries_max)
{
    *cache =
        (struct source_cache){.core = core, .bytes_max = bytes_max, .entries_max = entries_max};
    list_init(&cache->recent);
}

static void entry_free(struct source_entry *entry)
{
    while (!list_is_empty(&entry->places)) {
        source_cache_leave(LIST_ITEM(entry->places.next, struct source_place, node));
    }
    map_remove(entry->map, entry->key);
    list_remove(&entry->recent);
    entry->cache->bytes -= entry->bytes;
    vm_image_unref(entry->image);
    arena_done(&entry->arena);
    memory_free(entry);
}

void source_cache_done(struct source_cache *cache)
{
    while (!list_is_empty(&cache->recent)) {
        entry_free(LIST_ITEM(cache->recent.next, struct source_entry, recent));
    }
    ASSERT(cache->bytes == 0);
    map_done(&cache->sources);
    map_done(&cache->functions);
}

static void use(struct source_entry *entry)
{
    list_remove(&entry->recent);
    list_push(&entry->cache->recent, &entry->recent);
}

/* Counts what it holds now; others go when that is too much. */
static void weigh(struct source_entry *entry)
{
    struct source_cache *cache = entry->cache;
    size_t bytes = sizeof(*entry) + entry->key.len + entry->source.len;

    if (entry->image) bytes += vm_image_bytes(entry->image);
    if (entry->definition) bytes += entry->arena.used_bytes;
    cache->bytes += bytes - entry->bytes;
    entry->bytes = bytes;
    use(entry);
    while (cache->bytes > cache->bytes_max ||
           cache->sources.count + cache->functions.count > cache->entries_max) {
        struct source_entry *oldest = LIST_ITEM(cache->recent.next, struct source_entry, recent);

        if (oldest == entry) break; // however large, it is needed now
        entry_free(oldest);
    }
}

static struct source_entry *entry_new(struct source_cache *cache, struct map *map, struct text key,
                                      struct text source)
{
    struct source_entry *entry = memory_new(sizeof(*entry) + key.len + source.len);
    char *copied = (char *)(entry + 1);

    memcpy(copied, key.ptr, key.len);
    if (source.len > 0) memcpy(copied + key.len, source.ptr, source.len);
    entry->cache = cache;
    entry->map = map;
    entry->key = (struct text){copied, key.len};
    entry->source = (struct text){copied + key.len, source.len};
    list_init(&entry->places);
    list_init(&entry->recent);
    arena_init(&entry->arena, SOURCE_ARENA_MAX);
    map_put(map, entry->key, entry);
    weigh(entry);
    return entry;
}

static void join(struct source_place *place, struct source_entry *entry)
{
    use(entry);
    place->entry = entry;
    list_push(&entry->places, &place->node);
}

void source_cache_put(struct source_cache *cache, struct source_place *place, int language,
                      struct text source)
{
    uint8_t bytes[KEY_SIZE] = {(uint8_t)language};
    struct text key = {(const char *)bytes, sizeof(bytes)};

    crypto_sha256(source, bytes + 1);
    struct source_entry *entry = map_find(&cache->sources, key);

    if (!entry) entry = entry_new(cache, &cache->sources, key, source);
    source_cache_leave(place);
    join(place, entry);
}

void source_cache_leave(struct source_place *place)
{
    list_remove(&place->node);
    place->entry = NULL;
}

struct text source_cache_key(const struct source_place *place)
{
    return place->entry->key;
}

bool source_cache_join(struct source_cache *cache, struct source_place *place, struct text key)
{
    struct source_entry *entry = map_find(&cache->sources, key);

    ASSERT(!place->entry);
    if (entry) join(place, entry);
    return entry != NULL;
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

struct image *source_cache_image(struct source_place *place, struct error *err)
{
    struct source_entry *entry = place->entry;
    struct source_cache *cache = entry->cache;
    struct arena arena CLEANUP(arena_done) = {0};
    const struct definition *definition = entry->definition;

    use(entry);
    if (entry->image) return entry->image;
    // Without one that is kept it is read for the image alone.
    arena_init(&arena, SOURCE_ARENA_MAX);
    if (!definition) definition = read_definition(entry->source, &arena, err);
    if (definition) entry->image = vm_compile(cache->core, definition, err);
    if (!entry->image) return NULL;
    cache->compiled++;
    weigh(entry);
    return entry->image;
}

const struct definition *source_cache_definition(struct source_place *place, struct error *err)
{
    struct source_entry *entry = place->entry;

    use(entry);
    if (entry->definition) return entry->definition;
    entry->definition = read_definition(entry->source, &entry->arena, err);
    if (entry->definition) {
        weigh(entry);
    } else {
        arena_done(&entry->arena);
    }
    return entry->definition;
}

struct image *source_cache_function(struct source_cache *cache, struct text code, struct error *err)
{
    struct source_entry *entry = map_find(&cache->functions, code);

    if (entry) {
        use(entry);
        return entry->image;
    }
    struct image *image = vm_compile_function(cache->core, code, err);

    if (!image) return NULL;
    entry = entry_new(cache, &cache->functions, code, TEXT_NONE);
    entry->image = image;
    weigh(entry);
    return image;
}
