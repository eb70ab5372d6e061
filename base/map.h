#pragma once

#include "base/text.h"

#include <stdint.h>

/*
 * Map: a hash table from text to pointer, open addressing, on the heap. Keys are borrowed: they
 * must live as long as their entry. A zeroed struct is an empty map.
 */
struct map_slot;

struct map {
    struct map_slot *slots;
    size_t capacity, count, used;
};

void map_done(struct map *map);
void *map_find(const struct map *map, struct text key); /* NULL: none */
/* Puts value (not NULL) under key; answers the value that was there, or NULL. */
void *map_put(struct map *map, struct text key, void *value);
void *map_remove(struct map *map, struct text key);
/* Walks: *cursor starts at 0; NULL at the end. */
void *map_next(const struct map *map, size_t *cursor, struct text *out_key);
