#pragma once

#include "base/text.h"
#include "flow/value.h"

/*
 * Hash: clojure.core/hash, to the bit (Murmur3 of 32 bits), so that hash maps and sets iterate as
 * Clojure's. What Clojure hashes by identity (functions, regexes) has a constant here: addresses
 * would make the order of a set differ between two replays.
 */
uint32_t hash_int(uint32_t integer);
uint32_t hash_long(int64_t integer);
/* Symbol's hash from its parts (UTF-8); a keyword's is this plus a constant. */
uint32_t hash_symbol(struct text ns, struct text name);
#define HASH_KEYWORD_EXTRA 0x9e3779b9u

/* Of collections: start with HASH_ORDERED or HASH_UNORDERED, add each item's hash, then mix in the
 * count. */
#define HASH_ORDERED   1u
#define HASH_UNORDERED 0u

static inline uint32_t hash_add_ordered(uint32_t hash, uint32_t item)
{
    return 31 * hash + item;
}

uint32_t hash_mix(uint32_t hash, uint32_t count);
/* Of a map entry [key value]. */
uint32_t hash_entry(uint32_t key, uint32_t value);

/* Any value; iterative. Fills the caches of what it passes, also of static objects when `seal`:
 * for constants, before other threads see them. */
uint32_t hash_value(struct value value, bool seal);
