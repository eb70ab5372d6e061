#include "flow/pmap.h"

#include "base/memory.h"
#include "flow/hash.h"
#include "flow/keyword.h"
#include "flow/name.h"
#include "flow/string.h"
#include "flow/utf.h"

#include <string.h>

#define STRIDE 2

static const struct map_object empty_map = {
    .header = {.type = VALUE_MAP,
               .kind = MAP_ARRAY,
               .flags = OBJECT_STATIC | OBJECT_ETERNAL,
               .size = sizeof(struct map_object)},
};

struct value pmap_empty(void)
{
    return object_value((struct object *)&empty_map.header);
}

static const struct map_object *map_of(struct value map)
{
    ASSERT(map.type == VALUE_MAP);
    return OBJECT_AS(map_object, map.object);
}

static const struct value *array_of(const struct map_object *map)
{
    return map->root ? OBJECT_AS(values_object, map->root)->items : NULL;
}

static struct value map_new(struct heap *heap, enum map_kind kind, uint32_t count,
                            struct object *root)
{
    struct object *made = heap_new(heap, VALUE_MAP, sizeof(struct map_object));

    made->kind = kind;
    OBJECT_AS(map_object, made)->count = count;
    OBJECT_AS(map_object, made)->root = root;
    return object_value(made);
}

/* A changed map keeps metadata and flag of the one it comes from. */
static struct value map_like(struct heap *heap, const struct map_object *old, enum map_kind kind,
                             uint32_t count, struct object *root)
{
    struct value map = map_new(heap, kind, count, root);

    map.object->flags |= old->header.flags & OBJECT_INPUT;
    OBJECT_AS(map_object, map.object)->meta = old->meta;
    return map;
}

static struct values_object *array_new(struct heap *heap, uint32_t count)
{
    size_t size = sizeof(struct values_object) + (size_t)count * STRIDE * sizeof(struct value);
    struct values_object *array = OBJECT_AS(values_object, heap_new(heap, OBJECT_VALUES, size));

    array->count = count * STRIDE;
    return array;
}

/* Index of the entry, or count. */
static uint32_t array_index(const struct value *items, uint32_t count, struct value key)
{
    uint32_t at = 0;

    if (key.type == VALUE_KEYWORD) {
        for (; at < count; at++) {
            struct value there = items[(size_t)at * STRIDE];

            if (there.type == VALUE_KEYWORD && keyword_equal(there, key)) break;
        }
        return at;
    }
    while (at < count && !value_equal(items[(size_t)at * STRIDE], key)) {
        at++;
    }
    return at;
}

/* Fills the array, the last of equal keys winning in the first one's place; answers how many stay.
 */
static uint32_t fill_array(struct values_object *array, const struct value *pairs, uint32_t count)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = array_index(array->items, kept, pairs[(size_t)i * STRIDE]);

        if (at == kept) array->items[(size_t)kept++ * STRIDE] = pairs[(size_t)i * STRIDE];
        array->items[(size_t)at * STRIDE + 1] = pairs[(size_t)i * STRIDE + 1];
    }
    return kept;
}

/* The same with a table from key to place, for many. */
static uint32_t fill_large_array(struct values_object *array, const struct value *pairs,
                                 uint32_t count)
{
    struct heap scratch;
    struct object *places = NULL;
    uint32_t kept = 0;
    bool added;

    heap_init(&scratch, 0);
    for (uint32_t i = 0; i < count; i++) {
        struct value entry[STRIDE] = {pairs[(size_t)i * STRIDE], value_int(kept)};
        uint32_t hash = value_hash(entry[0]);
        const struct value *there = hamt_find(places, hash, entry[0]);
        uint32_t at = there ? (uint32_t)there[1].integer : kept;

        if (!there) {
            places = hamt_put(&scratch, places, STRIDE, hash, entry, &added);
            array->items[(size_t)kept++ * STRIDE] = entry[0];
        }
        array->items[(size_t)at * STRIDE + 1] = pairs[(size_t)i * STRIDE + 1];
    }
    heap_done(&scratch);
    return kept;
}

struct value pmap_new_array(struct heap *heap, const struct value *pairs, uint32_t count)
{
    if (count == 0) return pmap_empty();
    struct values_object *array = array_new(heap, count);
    uint32_t kept = count > 4 * PMAP_ARRAY_MAX ? fill_large_array(array, pairs, count)
                                               : fill_array(array, pairs, count);

    array->count = kept * STRIDE;
    return map_new(heap, MAP_ARRAY, kept, &array->header);
}

struct value pmap_new_hash(struct heap *heap, const struct value *pairs, uint32_t count)
{
    uint32_t kept;

    if (count == 0) return pmap_empty();
    struct object *root = hamt_build(heap, STRIDE, pairs, count, &kept);

    return map_new(heap, MAP_HASH, kept, root);
}

struct value pmap_new(struct heap *heap, const struct value *pairs, uint32_t count)
{
    if (count <= PMAP_ARRAY_MAX) return pmap_new_array(heap, pairs, count);
    struct value map = pmap_new_hash(heap, pairs, count);

    // with equal keys among them there may be eight or fewer, which stay in their order
    return pmap_count(map) <= PMAP_ARRAY_MAX ? pmap_new_array(heap, pairs, count) : map;
}

/* The entry itself, without aliases. */
static const struct value *find_exact(const struct map_object *map, struct value key)
{
    if (map->header.kind == MAP_HASH) return hamt_find(map->root, value_hash(key), key);
    const struct value *items = array_of(map);
    uint32_t at = array_index(items, map->count, key);

    return at < map->count ? items + (size_t)at * STRIDE : NULL;
}

/* Whether the string is what the keyword is called: "name" or "ns/name". */
static bool is_called(const struct name_object *keyword, struct value string)
{
    struct text parts[] = {name_ns(keyword), keyword->ns_len ? TEXT("/") : TEXT_NONE,
                           name_name(keyword)};
    uint32_t at = 0;

    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        struct utf_units units = {.rest = parts[i]};

        for (uint16_t unit; utf_units_next(&units, &unit); at++) {
            if (at == string_length(string) || string_unit(string, at) != unit) return false;
        }
    }
    return at == string_length(string);
}

static uint32_t called_hash(const struct name_object *keyword)
{
    if (!keyword->ns_len) return hash_int(keyword->name_hash);
    struct utf_units name = {.rest = name_name(keyword)};
    uint32_t hash = string_hash_utf8(name_ns(keyword)) * 31 + '/';

    for (uint16_t unit; utf_units_next(&name, &unit);) {
        hash = 31 * hash + unit;
    }
    return hash_int(hash);
}

static bool is_alias(struct value a, struct value b)
{
    if (a.type == VALUE_KEYWORD && b.type == VALUE_STRING) {
        return is_called(OBJECT_AS(name_object, a.object), b);
    }
    if (a.type == VALUE_STRING && b.type == VALUE_KEYWORD) {
        return is_called(OBJECT_AS(name_object, b.object), a);
    }
    return false;
}

static uint32_t alias_hash(struct value key)
{
    if (key.type == VALUE_KEYWORD) return called_hash(OBJECT_AS(name_object, key.object));
    struct buf utf8 CLEANUP(buf_done) = {0};
    struct text ns, name;

    string_append_utf8(key, &utf8);
    keyword_split(buf_get(&utf8), &ns, &name);
    return hash_symbol(ns, name) + HASH_KEYWORD_EXTRA;
}

/* The entry under the name of a missing keyword, or under the keyword of a missing name. */
static const struct value *find_alias(const struct map_object *map, struct value key)
{
    const struct value *items = array_of(map);
    uint32_t count = map->count;

    if (key.type != VALUE_KEYWORD && key.type != VALUE_STRING) return NULL;
    if (map->header.kind == MAP_HASH) items = hamt_candidates(map->root, alias_hash(key), &count);
    for (uint32_t i = 0; i < count; i++) {
        if (is_alias(items[(size_t)i * STRIDE], key)) return items + (size_t)i * STRIDE;
    }
    return NULL;
}

static const struct value *find(const struct map_object *map, struct value key)
{
    const struct value *entry = find_exact(map, key);

    return entry || !(map->header.flags & OBJECT_INPUT) ? entry : find_alias(map, key);
}

struct value pmap_get(struct value map, struct value key, struct value otherwise)
{
    const struct value *entry = find(map_of(map), key);

    return entry ? entry[1] : otherwise;
}

bool pmap_find(struct value map, struct value key, struct value *out_key, struct value *out_value)
{
    const struct value *entry = find(map_of(map), key);

    if (!entry) return false;
    if (out_key) *out_key = entry[0];
    if (out_value) *out_value = entry[1];
    return true;
}

bool pmap_contains(struct value map, struct value key)
{
    return find(map_of(map), key) != NULL;
}

struct value pmap_get_named(struct value map, const char *name)
{
    const struct map_object *object = map_of(map);
    struct text wanted = text_from(name);
    const struct value *items = array_of(object);
    uint32_t count = object->count;

    // twice at most: as keyword, then as string
    for (int as_string = 0; as_string < 2; as_string++) {
        if (object->header.kind == MAP_HASH) {
            uint32_t hash = as_string ? hash_int(string_hash_utf8(wanted))
                                      : hash_symbol(TEXT_NONE, wanted) + HASH_KEYWORD_EXTRA;

            items = hamt_candidates(object->root, hash, &count);
        }
        for (uint32_t i = 0; i < count; i++) {
            struct value key = items[(size_t)i * STRIDE];

            if (as_string ? key.type == VALUE_STRING && string_equal_text(key, wanted)
                          : keyword_is(key, name)) {
                return items[(size_t)i * STRIDE + 1];
            }
        }
    }
    return value_nil();
}

static struct value assoc_hash(struct heap *heap, const struct map_object *old, struct object *root,
                               uint32_t count, struct value key, struct value value)
{
    struct value entry[STRIDE] = {key, value};
    bool added;

    root = hamt_put(heap, root, STRIDE, value_hash(key), entry, &added);
    return map_like(heap, old, MAP_HASH, count + (added ? 1 : 0), root);
}

struct value pmap_assoc(struct heap *heap, struct value map, struct value key, struct value value)
{
    const struct map_object *old = map_of(map);
    uint32_t count = old->count;

    if (old->header.kind == MAP_HASH) return assoc_hash(heap, old, old->root, count, key, value);
    const struct value *items = array_of(old);
    uint32_t at = array_index(items, count, key);

    if (at == count && count >= PMAP_ARRAY_MAX) {
        uint32_t kept;
        struct object *root = hamt_build(heap, STRIDE, items, count, &kept);

        return assoc_hash(heap, old, root, kept, key, value);
    }
    if (at < count && value_identical(items[(size_t)at * STRIDE + 1], value)) return map;
    struct values_object *array = array_new(heap, at == count ? count + 1 : count);

    if (count) memcpy(array->items, items, (size_t)count * STRIDE * sizeof(*items));
    if (at == count) array->items[(size_t)at * STRIDE] = key;
    array->items[(size_t)at * STRIDE + 1] = value;
    return map_like(heap, old, MAP_ARRAY, array->count / STRIDE, &array->header);
}

struct value pmap_dissoc(struct heap *heap, struct value map, struct value key)
{
    const struct map_object *old = map_of(map);
    const struct value *entry = find(old, key);
    const struct value *items = array_of(old);

    if (!entry) return map;
    if (old->header.kind == MAP_HASH) {
        struct object *root = hamt_remove(heap, old->root, value_hash(entry[0]), entry[0]);

        return map_like(heap, old, MAP_HASH, old->count - 1, root);
    }
    size_t before = (size_t)(entry - items);
    struct values_object *array = array_new(heap, old->count - 1);

    memcpy(array->items, items, before * sizeof(*items));
    memcpy(array->items + before, entry + STRIDE, (array->count - before) * sizeof(*items));
    return map_like(heap, old, MAP_ARRAY, old->count - 1, &array->header);
}

struct value pmap_put_named(struct heap *heap, struct value map, const char *name,
                            struct value value)
{
    return pmap_assoc(heap, map, keyword_new(heap, TEXT_NONE, text_from(name)), value);
}

struct value pmap_empty_like(struct heap *heap, struct value map)
{
    const struct map_object *old = map_of(map);
    bool plain = old->header.kind == MAP_ARRAY && !old->meta && !pmap_is_input(map);

    return plain ? pmap_empty() : map_like(heap, old, (enum map_kind)old->header.kind, 0, NULL);
}

bool pmap_is_input(struct value map)
{
    return map_of(map)->header.flags & OBJECT_INPUT;
}

struct value pmap_with_input(struct heap *heap, struct value map, bool input)
{
    const struct map_object *old = map_of(map);

    if (pmap_is_input(map) == input) return map;
    struct value made = map_like(heap, old, (enum map_kind)old->header.kind, old->count, old->root);

    made.object->flags &= (uint16_t)~OBJECT_INPUT;
    if (input) made.object->flags |= OBJECT_INPUT;
    return made;
}

void pmap_iter_init(struct pmap_iter *iter, struct value map)
{
    const struct map_object *object = map_of(map);

    *iter = (struct pmap_iter){0};
    if (object->header.kind == MAP_HASH) {
        hamt_iter_init(&iter->hamt, object->root);
    } else if (object->root) {
        iter->array = OBJECT_AS(values_object, object->root);
    }
}

bool pmap_iter_next(struct pmap_iter *iter, struct value *out_key, struct value *out_value)
{
    const struct value *entry;

    if (iter->array) {
        entry = iter->index < iter->array->count ? iter->array->items + iter->index : NULL;
        iter->index += STRIDE;
    } else {
        entry = hamt_iter_next(&iter->hamt);
    }
    if (!entry) return false;
    *out_key = entry[0];
    *out_value = entry[1];
    return true;
}
