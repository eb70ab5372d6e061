#include "flow/hash.h"

#include "base/memory.h"
#include "flow/bytes.h"
#include "flow/inst.h"
#include "flow/java_value.h"
#include "flow/lazy.h"
#include "flow/number.h"
#include "flow/plist.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/utf.h"
#include "flow/uuid.h"

static uint32_t rotate(uint32_t word, int by)
{
    return word << by | word >> (32 - by);
}

static uint32_t mix_k1(uint32_t k1)
{
    return rotate(k1 * 0xcc9e2d51u, 15) * 0x1b873593u;
}

static uint32_t mix_h1(uint32_t h1, uint32_t k1)
{
    return rotate(h1 ^ k1, 13) * 5 + 0xe6546b64u;
}

static uint32_t finish(uint32_t h1, uint32_t length)
{
    h1 ^= length;
    h1 = (h1 ^ h1 >> 16) * 0x85ebca6bu;
    h1 = (h1 ^ h1 >> 13) * 0xc2b2ae35u;
    return h1 ^ h1 >> 16;
}

uint32_t hash_int(uint32_t integer)
{
    return integer == 0 ? 0 : finish(mix_h1(0, mix_k1(integer)), 4);
}

uint32_t hash_long(int64_t integer)
{
    if (integer == 0) return 0;
    uint32_t low = mix_h1(0, mix_k1((uint32_t)integer));

    return finish(mix_h1(low, mix_k1((uint32_t)((uint64_t)integer >> 32))), 8);
}

uint32_t hash_mix(uint32_t hash, uint32_t count)
{
    return finish(mix_h1(0, mix_k1(hash)), count);
}

uint32_t hash_entry(uint32_t key, uint32_t value)
{
    return hash_mix(hash_add_ordered(hash_add_ordered(HASH_ORDERED, key), value), 2);
}

/* Murmur3.hashUnencodedChars: two units a round. */
static uint32_t hash_units(struct text source)
{
    struct utf_units units = {.rest = source};
    uint32_t hash = 0;
    uint32_t length = 0;
    uint16_t first = 0;

    for (uint16_t unit; utf_units_next(&units, &unit); length++) {
        if (length % 2) {
            hash = mix_h1(hash, mix_k1(first | (uint32_t)unit << 16));
        } else {
            first = unit;
        }
    }
    if (length % 2) hash ^= mix_k1(first);
    return finish(hash, 2 * length);
}

uint32_t hash_symbol(struct text ns, struct text name)
{
    uint32_t seed = hash_units(name);
    uint32_t hash = ns.len ? string_hash_utf8(ns) : 0;

    // Java's >> keeps the sign
    return seed ^ (hash + 0x9e3779b9u + (seed << 6) + (uint32_t)((int32_t)seed >> 2));
}

static uint32_t hash_bytes(struct value bytes)
{
    struct text data = bytes_get(bytes);
    uint32_t hash = HASH_ORDERED;

    for (size_t i = 0; i < data.len; i++) {
        hash = hash_add_ordered(hash, (uint8_t)data.ptr[i]);
    }
    return hash_mix(hash, (uint32_t)data.len);
}

/* Where a collection keeps its hash; NULL where it does not. */
static uint32_t *cache_of(struct value value)
{
    switch (value.type) {
    case VALUE_LIST: return &OBJECT_AS(list_object, value.object)->hash;
    case VALUE_CONS: return &OBJECT_AS(cons_object, value.object)->hash;
    case VALUE_SEQ: return &OBJECT_AS(seq_object, value.object)->hash;
    case VALUE_VECTOR: return &OBJECT_AS(vector_object, value.object)->hash;
    case VALUE_MAP:
    case VALUE_SET: return &OBJECT_AS(map_object, value.object)->hash;
    case VALUE_SORTED_MAP:
    case VALUE_SORTED_SET: return &OBJECT_AS(sorted_object, value.object)->hash;
    default: return NULL;
    }
}

static bool is_collection(struct value value)
{
    return value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET;
}

static uint32_t hash_scalar(struct value value)
{
    switch (value.type) {
    case VALUE_NIL: return 0;
    case VALUE_BOOL: return value.integer ? 1231 : 1237;
    case VALUE_INT: return hash_long(value.integer);
    case VALUE_CHAR: return (uint32_t)value.integer;
    case VALUE_STRING: return hash_int(string_hash(value));
    case VALUE_KEYWORD:
    case VALUE_SYMBOL: return OBJECT_AS(name_object, value.object)->hash;
    case VALUE_DOUBLE:
    case VALUE_BIGINT:
    case VALUE_RATIO:
    case VALUE_DECIMAL: return number_hash(value);
    case VALUE_BYTES: return hash_bytes(value);
    case VALUE_INST: return (uint32_t)inst_ms(value) ^ (uint32_t)((uint64_t)inst_ms(value) >> 32);
    case VALUE_UUID: return uuid_hash(value);
    case VALUE_JAVA: return java_value_hash(value);
    case VALUE_TAGGED: // the form may be deep; equal ones have equal tags
        return hash_scalar(OBJECT_AS(box_object, value.object)->name);
    default: return hash_int(value.type);
    }
}

/* What is in a realised lazy sequence keeps the hash; shared parts are hashed once. */
static struct value without_lazy(struct value value)
{
    if (value.type != VALUE_LAZY) return value;
    value = lazy_unwrap(value);
    return value_is_nil(value) ? plist_empty() : value;
}

/* One collection whose items are being hashed. */
struct frame {
    struct value coll;
    struct seq_iter iter;
    struct value value; /* of the map entry whose key is being hashed */
    uint32_t hash, count, key_hash;
    bool pair;       /* the item in hand is an entry, of a map or of a sequence over one */
    bool value_next; /* its key is hashed */
};

struct machine {
    struct frame *frames;
    size_t count, capacity;
    bool seal;
};

static bool is_unordered(struct value value)
{
    return value.type >= VALUE_MAP && value.type <= VALUE_SORTED_SET;
}

static void push(struct machine *machine, struct value coll)
{
    if (machine->count == machine->capacity) {
        machine->capacity = MAX(machine->capacity * 2, (size_t)4);
        machine->frames =
            memory_resize(machine->frames, machine->capacity, sizeof(*machine->frames));
    }
    struct frame *frame = &machine->frames[machine->count++];

    *frame = (struct frame){.coll = coll};
    frame->hash = is_unordered(coll) ? HASH_UNORDERED : HASH_ORDERED;
    seq_iter_init(&frame->iter, coll);
}

static void deliver(struct frame *frame, uint32_t hash)
{
    if (frame->pair && !frame->value_next) {
        frame->key_hash = hash;
        frame->value_next = true;
        return;
    }
    if (frame->pair) hash = hash_entry(frame->key_hash, hash);
    frame->value_next = false;
    frame->count++;
    frame->hash =
        is_unordered(frame->coll) ? frame->hash + hash : hash_add_ordered(frame->hash, hash);
}

static void cache(struct value coll, uint32_t hash, bool seal)
{
    uint32_t *place = cache_of(coll);

    if (!place || (coll.object->flags & OBJECT_ETERNAL)) return;
    if ((coll.object->flags & OBJECT_STATIC) && !seal) return; // other threads may look at it
    *place = hash;
    coll.object->flags |= OBJECT_HASHED;
}

static bool is_cached(struct value coll)
{
    return (coll.object->flags & OBJECT_HASHED) && cache_of(coll);
}

/* The next thing inside the frame to hash. */
static bool next_item(struct frame *frame, struct value *out)
{
    if (frame->value_next) {
        *out = frame->value;
        return true;
    }
    if (!seq_iter_next_pair(&frame->iter, out, &frame->value)) return false;
    frame->pair = seq_iter_gives_entries(&frame->iter);
    return true;
}

static uint32_t run(struct machine *machine)
{
    for (;;) {
        struct frame *frame = &machine->frames[machine->count - 1];
        struct value item;
        bool more = next_item(frame, &item);

        if (more) item = without_lazy(item);
        if (!more) {
            uint32_t hash = hash_mix(frame->hash, frame->count);

            cache(frame->coll, hash, machine->seal);
            if (--machine->count == 0) return hash;
            deliver(frame - 1, hash);
        } else if (!is_collection(item)) {
            deliver(frame, hash_scalar(item));
        } else if (is_cached(item)) {
            deliver(frame, *cache_of(item));
        } else {
            push(machine, item);
        }
    }
}

uint32_t hash_value(struct value value, bool seal)
{
    value = without_lazy(value);
    if (!is_collection(value)) return hash_scalar(value);
    if (is_cached(value)) return *cache_of(value);
    struct machine machine = {.seal = seal};

    push(&machine, value);
    uint32_t hash = run(&machine);

    memory_free(machine.frames);
    return hash;
}
