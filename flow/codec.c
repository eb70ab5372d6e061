#include "flow/codec.h"

#include "base/memory.h"
#include "flow/box.h"
#include "flow/bytes.h"
#include "flow/codec_format.h"
#include "flow/inst.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/name.h"
#include "flow/number.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/seq.h"
#include "flow/sorted.h"
#include "flow/string.h"
#include "flow/uuid.h"
#include "flow/value_list.h"

#include <math.h>
#include <string.h>

/*
 * Encoding: frames are the collections that have begun. The path of an error is what the frames
 * have in hand, outermost first. The decoder is codec_decode.c.
 */
struct frame {
    struct seq_iter iter;
    struct value coll;
    struct value key, value; /* of the entry in hand; of a sequence, key is the item */
    uint32_t index;
    bool is_map;
    bool value_next; /* the key is written */
};

struct entry {
    struct value value; /* nil: free */
    uint32_t hash, index;
};

struct encoder {
    struct buf *out;
    struct error *err;
    struct frame *frames;
    size_t count, capacity;
    struct entry *dictionary;
    uint32_t dictionary_count, dictionary_capacity;
    struct heap scratch; /* plain copies of sorted collections; entries of sequences over maps */
};

static void put_varint(struct buf *out, uint64_t number)
{
    char bytes[10];
    size_t len = 0;

    do {
        bytes[len++] = (char)((number & 0x7F) | (number > 0x7F ? 0x80 : 0));
        number >>= 7;
    } while (number);
    buf_append(out, bytes, len);
}

static void put_zigzag(struct buf *out, int64_t number)
{
    put_varint(out, (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0));
}

static void put_tag(struct encoder *encoder, enum codec_tag tag)
{
    buf_char(encoder->out, (char)tag);
}

static void put_sized(struct buf *out, struct text data)
{
    put_varint(out, data.len);
    buf_text(out, data);
}

static void put_bigint(struct encoder *encoder, struct value bigint)
{
    struct buf bytes CLEANUP(buf_done) = {0};

    bignum_to_bytes(bigint, &bytes);
    buf_char(encoder->out, bignum_sign(bigint) < 0);
    put_sized(encoder->out, buf_get(&bytes));
}

static void put_int(struct encoder *encoder, int64_t integer)
{
    if (integer >= 0 && integer < CODEC_SHORT_MAX) {
        buf_char(encoder->out, (char)(CODEC_SMALL_INT + integer));
        return;
    }
    put_tag(encoder, CODEC_INT);
    put_zigzag(encoder->out, integer);
}

static void put_double(struct encoder *encoder, double real)
{
    uint64_t bits;
    char bytes[8];

    if (isnan(real)) real = NAN; // there is one NaN
    memcpy(&bits, &real, sizeof(bits));
    for (int i = 0; i < 8; i++) {
        bytes[i] = (char)(bits >> 8 * i);
    }
    put_tag(encoder, CODEC_DOUBLE);
    buf_append(encoder->out, bytes, sizeof(bytes));
}

/* Where the value stands, for the message: ":items 3 :f". */
static void print_path(const struct encoder *encoder, struct buf *path)
{
    for (size_t i = 0; i < encoder->count && !path->overflow; i++) {
        const struct frame *frame = &encoder->frames[i];
        struct buf word CLEANUP(buf_done) = {.limit = 60};

        if (frame->coll.type == VALUE_TAGGED) continue;
        if (frame->is_map) {
            value_print(frame->key, &word);
        } else {
            buf_printf(&word, "%u", frame->index - 1);
        }
        if (path->len) buf_char(path, ' ');
        buf_text(path, buf_get(&word));
    }
    string_scrub(path, 0);
}

static bool refuse(struct encoder *encoder, const char *what)
{
    struct buf path CLEANUP(buf_done) = {.limit = 200};

    print_path(encoder, &path);
    if (path.len == 0) return error_set(encoder->err, E_INPUT, "%s cannot be stored", what);
    return error_set(encoder->err, E_INPUT, "%s cannot be stored: at " TEXT_FMT, what,
                     TEXT_ARG(buf_get(&path)));
}

static uint32_t dictionary_hash(struct value value)
{
    return value.type == VALUE_KEYWORD ? OBJECT_AS(name_object, value.object)->hash
                                       : string_hash(value) * 0x9E3779B1u;
}

static struct entry *dictionary_slot(struct encoder *encoder, struct value value, uint32_t hash)
{
    uint32_t mask = encoder->dictionary_capacity - 1;
    uint32_t at = hash & mask;

    for (;; at = (at + 1) & mask) {
        struct entry *entry = &encoder->dictionary[at];

        if (value_is_nil(entry->value)) return entry;
        if (entry->hash != hash || entry->value.type != value.type) continue;
        if (value.type == VALUE_KEYWORD ? keyword_equal(entry->value, value)
                                        : string_equal(entry->value, value)) {
            return entry;
        }
    }
}

static void dictionary_grow(struct encoder *encoder)
{
    struct entry *old = encoder->dictionary;
    uint32_t capacity = encoder->dictionary_capacity;

    encoder->dictionary_capacity = MAX(capacity * 2, 32u);
    encoder->dictionary = memory_array(encoder->dictionary_capacity, sizeof(*old));
    for (uint32_t i = 0; i < capacity; i++) {
        if (value_is_nil(old[i].value)) continue;
        *dictionary_slot(encoder, old[i].value, old[i].hash) = old[i];
    }
    memory_free(old);
}

/* True: it was there, and its number is written. */
static bool put_known(struct encoder *encoder, struct value value)
{
    uint32_t hash = dictionary_hash(value);

    if (encoder->dictionary_count * 2 >= encoder->dictionary_capacity) dictionary_grow(encoder);
    struct entry *entry = dictionary_slot(encoder, value, hash);

    if (value_is_nil(entry->value)) {
        if (encoder->dictionary_count < CODEC_DICTIONARY_MAX) {
            *entry = (struct entry){value, hash, encoder->dictionary_count++};
        }
        return false;
    }
    if (entry->index < CODEC_SHORT_MAX) {
        buf_char(encoder->out, (char)(CODEC_SHORT_REF + entry->index));
    } else {
        put_tag(encoder, CODEC_REF);
        put_varint(encoder->out, entry->index);
    }
    return true;
}

static void put_name(struct encoder *encoder, enum codec_tag tag, const struct name_object *name)
{
    put_tag(encoder, tag);
    put_varint(encoder->out, name->ns_len);
    put_varint(encoder->out, name->name_len);
    buf_append(encoder->out, name->data, (size_t)name->ns_len + name->name_len);
}

static bool put_string(struct encoder *encoder, struct value string, bool is_key)
{
    struct buf utf8 CLEANUP(buf_done) = {0};

    if (!string_is_well_formed(string)) return refuse(encoder, "half of a surrogate pair");
    // as many bytes as units at least: no need to look at longer ones
    if (is_key && string_length(string) <= CODEC_KEY_MAX) {
        string_append_utf8(string, &utf8);
        if (utf8.len <= CODEC_KEY_MAX && put_known(encoder, string)) return true;
    } else {
        utf8.limit = encoder->out->limit;
        string_append_utf8(string, &utf8);
        encoder->out->overflow |= utf8.overflow;
    }
    if (utf8.len < CODEC_SHORT_MAX) {
        buf_char(encoder->out, (char)(CODEC_SHORT_STRING + utf8.len));
        buf_text(encoder->out, buf_get(&utf8));
        return true;
    }
    put_tag(encoder, CODEC_STRING);
    put_sized(encoder->out, buf_get(&utf8));
    return true;
}

static struct frame *push(struct encoder *encoder, struct value coll)
{
    if (encoder->count == encoder->capacity) {
        encoder->capacity = MAX(encoder->capacity * 2, (size_t)8);
        encoder->frames =
            memory_resize(encoder->frames, encoder->capacity, sizeof(*encoder->frames));
    }
    struct frame *frame = &encoder->frames[encoder->count++];

    *frame = (struct frame){.coll = coll, .is_map = coll.type == VALUE_MAP};
    return frame;
}

static enum codec_tag map_tag(struct value map)
{
    bool hash = map.object->kind == MAP_HASH;

    if (pmap_is_input(map)) return hash ? CODEC_INPUT_HASH_MAP : CODEC_INPUT_ARRAY_MAP;
    return hash ? CODEC_HASH_MAP : CODEC_ARRAY_MAP;
}

/* The map or set that decoding will give. */
static struct value plain_of(struct encoder *encoder, struct value sorted)
{
    struct value_list items CLEANUP(value_list_done) = {0};
    uint32_t count = sorted_count(sorted);
    bool is_map = sorted.type == VALUE_SORTED_MAP;

    for (uint32_t i = 0; i < count; i++) {
        struct value key, value;

        sorted_nth(sorted, i, &key, &value);
        value_list_push(&items, key);
        if (is_map) value_list_push(&items, value);
    }
    return is_map ? pmap_new(&encoder->scratch, items.items, count)
                  : pset_new(&encoder->scratch, items.items, count);
}

static bool begin_collection(struct encoder *encoder, struct value coll)
{
    enum codec_tag tag = CODEC_LIST;
    struct value pending;
    int64_t count;

    if (coll.type == VALUE_SORTED_MAP || coll.type == VALUE_SORTED_SET) {
        coll = plain_of(encoder, coll);
    }
    switch (seq_count(coll, &count, &pending, encoder->err)) {
    case SEQ_PENDING: return refuse(encoder, "a sequence that is not realised");
    case SEQ_FAILED: return false;
    case SEQ_OK: break;
    }
    if (count > UINT32_MAX) return refuse(encoder, "a sequence without end");
    if (coll.type == VALUE_VECTOR) tag = CODEC_VECTOR;
    if (coll.type == VALUE_SET) tag = CODEC_SET;
    if (coll.type == VALUE_MAP) tag = map_tag(coll);
    put_tag(encoder, tag);
    put_varint(encoder->out, (uint64_t)count);
    if (count > 0) seq_iter_init(&push(encoder, coll)->iter, coll);
    return true;
}

static void begin_tagged(struct encoder *encoder, struct value tagged)
{
    struct frame *frame = push(encoder, tagged);

    put_tag(encoder, CODEC_TAGGED);
    frame->key = box_name(tagged);
    frame->value = box_get(tagged);
}

static bool put_number(struct encoder *encoder, struct value number)
{
    switch (number.type) {
    case VALUE_INT: put_int(encoder, number.integer); break;
    case VALUE_DOUBLE: put_double(encoder, number.real); break;
    case VALUE_BIGINT:
        put_tag(encoder, CODEC_BIGINT);
        put_bigint(encoder, number);
        break;
    case VALUE_RATIO:
        put_tag(encoder, CODEC_RATIO);
        put_bigint(encoder, number_numerator(number));
        put_bigint(encoder, number_denominator(number));
        break;
    default:
        put_tag(encoder, CODEC_DECIMAL);
        put_zigzag(encoder->out, decimal_scale(number));
        put_bigint(encoder, decimal_unscaled(number));
    }
    return true;
}

static bool put_java(struct encoder *encoder, struct value value)
{
    struct buf zone CLEANUP(buf_done) = {0};
    struct java_parts parts = java_value_parts(value, &zone);

    if (java_value_is(value, JAVA_UNIT)) {
        put_tag(encoder, CODEC_UNIT);
        put_varint(encoder->out, (uint64_t)parts.number);
        return true;
    }
    if (!java_value_is_data(value)) return refuse(encoder, value_type_phrase(value));
    if (parts.kind == JAVA_INSTANT || parts.kind == JAVA_DURATION) {
        put_tag(encoder, parts.kind == JAVA_INSTANT ? CODEC_INSTANT : CODEC_DURATION);
        put_zigzag(encoder->out, parts.number);
        put_varint(encoder->out, (uint64_t)parts.nanos);
        return true;
    }
    put_tag(encoder, CODEC_JAVA);
    put_varint(encoder->out, parts.kind);
    put_zigzag(encoder->out, parts.number);
    put_zigzag(encoder->out, parts.nanos);
    put_zigzag(encoder->out, parts.offset_s);
    put_varint(encoder->out, parts.zone.len);
    buf_text(encoder->out, parts.zone);
    return true;
}

static bool put_value(struct encoder *encoder, struct value value, bool is_key)
{
    if (number_is(value)) return put_number(encoder, value);
    if (value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET) {
        return begin_collection(encoder, value);
    }
    switch (value.type) {
    case VALUE_NIL: put_tag(encoder, CODEC_NIL); return true;
    case VALUE_BOOL: put_tag(encoder, value.integer ? CODEC_TRUE : CODEC_FALSE); return true;
    case VALUE_CHAR:
        put_tag(encoder, CODEC_CHAR);
        put_varint(encoder->out, (uint64_t)value.integer);
        return true;
    case VALUE_STRING: return put_string(encoder, value, is_key);
    case VALUE_KEYWORD:
        if (put_known(encoder, value)) return true;
        put_name(encoder, CODEC_KEYWORD, OBJECT_AS(name_object, value.object));
        return true;
    case VALUE_SYMBOL:
        put_name(encoder, CODEC_SYMBOL, OBJECT_AS(name_object, value.object));
        return true;
    case VALUE_BYTES:
        put_tag(encoder, CODEC_BYTES);
        put_sized(encoder->out, bytes_get(value));
        return true;
    case VALUE_INST:
        put_tag(encoder, CODEC_INST);
        put_zigzag(encoder->out, inst_ms(value));
        return true;
    case VALUE_UUID:
        put_tag(encoder, CODEC_UUID);
        buf_append(encoder->out, uuid_get(value).bytes, 16);
        return true;
    case VALUE_TAGGED: begin_tagged(encoder, value); return true;
    case VALUE_JAVA: return put_java(encoder, value);
    default: return refuse(encoder, value_type_phrase(value));
    }
}

/* The next thing to write inside the innermost collection; false at its end. */
static bool next_item(struct encoder *encoder, struct value *out, bool *out_is_key)
{
    struct frame *frame = &encoder->frames[encoder->count - 1];

    *out_is_key = false;
    if (frame->value_next) {
        frame->value_next = false;
        *out = frame->value;
        return true;
    }
    if (frame->coll.type == VALUE_TAGGED) {
        frame->value_next = frame->index == 0;
        *out = frame->key;
        return frame->index++ == 0;
    }
    bool more = frame->is_map ? seq_iter_next_pair(&frame->iter, &frame->key, &frame->value)
                              : seq_iter_next(&frame->iter, &encoder->scratch, &frame->key);

    frame->index++;
    frame->value_next = more && frame->is_map;
    *out_is_key = frame->is_map;
    *out = frame->key;
    return more;
}

bool codec_encode(struct value value, struct buf *out, struct error *err)
{
    struct encoder encoder = {.out = out, .err = err};
    size_t start = out->len;
    bool good = true;
    bool is_key;

    heap_init(&encoder.scratch, 0);
    buf_char(out, CODEC_VERSION);
    good = put_value(&encoder, value, false);
    while (good && encoder.count > 0 && !out->overflow) {
        if (next_item(&encoder, &value, &is_key)) {
            good = put_value(&encoder, value, is_key);
        } else {
            encoder.count--;
        }
    }
    heap_done(&encoder.scratch);
    memory_free(encoder.frames);
    memory_free(encoder.dictionary);
    if (good && out->overflow) {
        good = error_set(err, E_TOO_LARGE, "the value takes more than %zu bytes", out->limit);
    }
    if (!good && out->len > start) out->len = start;
    return good;
}
