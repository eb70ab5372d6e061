#include "base/map.h"

#include "base/assert.h"
#include "base/memory.h"

#include <stdbool.h>

/*
 * Linear probing. A slot is empty (value and hash 0), live (value set) or dead (value NULL, hash
 * set): dead ones keep the probes of others going and go away when the table is rebuilt.
 *
 * Invariants: capacity is 0 or a power of two; count <= used; 4 * used <= 3 * capacity, so that
 * every probe ends at an empty slot.
 */

#define CAPACITY_MIN 8

struct map_slot {
    struct text key;
    uint64_t hash; /* never 0 once the slot was used */
    void *value;
};

static uint64_t hash_of(struct text key)
{
    uint64_t hash = text_hash(key);

    hash ^= hash >> 32; // FNV's low bits alone are weak
    return hash ? hash : 1;
}

void map_done(struct map *map)
{
    memory_free(map->slots);
    *map = (struct map){0};
}

static struct map_slot *find_slot(const struct map *map, struct text key)
{
    if (map->count == 0) return NULL;
    uint64_t hash = hash_of(key);

    for (size_t i = hash;; i++) {
        struct map_slot *slot = &map->slots[i & (map->capacity - 1)];

        if (slot->hash == 0) return NULL;
        if (slot->value && slot->hash == hash && text_equal(slot->key, key)) return slot;
    }
}

void *map_find(const struct map *map, struct text key)
{
    struct map_slot *slot = find_slot(map, key);

    return slot ? slot->value : NULL;
}

static void insert_new(struct map *map, struct text key, uint64_t hash, void *value)
{
    size_t i = hash;

    while (map->slots[i & (map->capacity - 1)].hash != 0) {
        i++;
    }
    map->slots[i & (map->capacity - 1)] = (struct map_slot){key, hash, value};
    map->count++;
    map->used++;
}

static void rebuild(struct map *map)
{
    struct map old = *map;
    size_t capacity = CAPACITY_MIN;

    while (capacity < (old.count + 1) * 2) {
        capacity *= 2;
    }
    *map = (struct map){memory_array(capacity, sizeof(struct map_slot)), capacity, 0, 0};
    for (size_t i = 0; i < old.capacity; i++) {
        struct map_slot *slot = &old.slots[i];

        if (slot->value) insert_new(map, slot->key, slot->hash, slot->value);
    }
    map_done(&old);
}

void *map_put(struct map *map, struct text key, void *value)
{
    ASSERT(value);
    struct map_slot *slot = find_slot(map, key);

    if (slot) {
        void *before = slot->value;

        slot->key = key; // the new entry's key is the one that lives on
        slot->value = value;
        return before;
    }
    if ((map->used + 1) * 4 > map->capacity * 3) rebuild(map);
    insert_new(map, key, hash_of(key), value);
    return NULL;
}

void *map_remove(struct map *map, struct text key)
{
    struct map_slot *slot = find_slot(map, key);

    if (!slot) return NULL;
    void *value = slot->value;

    slot->value = NULL;
    slot->key = TEXT_NONE;
    map->count--;
    return value;
}

void *map_next(const struct map *map, size_t *cursor, struct text *out_key)
{
    while (*cursor < map->capacity) {
        struct map_slot *slot = &map->slots[(*cursor)++];

        if (!slot->value) continue;
        if (out_key) *out_key = slot->key;
        return slot->value;
    }
    return NULL;
}
