#include "base/memory.h"
#include "flow/box.h"
#include "flow/bytes.h"
#include "flow/codec.h"
#include "flow/codec_format.h"
#include "flow/inst.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/name.h"
#include "flow/number.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/pvec.h"
#include "flow/string.h"
#include "flow/symbol.h"
#include "flow/utf.h"
#include "flow/uuid.h"
#include "flow/value_list.h"

#include <string.h>

/*
 * Decoding: bytes are never trusted. Finished items lie on a value list; a frame knows where those
 * of its collection begin and how many are missing. A count is checked against the bytes that are
 * left, each item taking one at least, so that memory is bounded by the input.
 */
struct frame {
    enum codec_tag tag;
    uint32_t count; /* as encoded: items, or entries of a map */
    uint64_t left;  /* values to come */
    size_t base;
};

struct decoder {
    struct heap *heap;
    const uint8_t *start, *at, *end;
    bool input;
    struct error *err;
    struct frame *frames;
    size_t count, capacity;
    struct value_list values, dictionary;
};

static bool damaged(const struct decoder *decoder)
{
    error_set(decoder->err, E_INTERNAL, "the stored value is damaged at byte %td",
              decoder->at - decoder->start);
    return false;
}

static size_t bytes_left(const struct decoder *decoder)
{
    return (size_t)(decoder->end - decoder->at);
}

static bool take_varint(struct decoder *decoder, uint64_t *out)
{
    uint64_t number = 0;

    for (uint32_t shift = 0; shift < 64 && decoder->at < decoder->end; shift += 7) {
        uint8_t byte = *decoder->at++;

        if (shift == 63 && byte > 1) break;
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = number;
            return true;
        }
    }
    return damaged(decoder);
}

static bool take_zigzag(struct decoder *decoder, int64_t *out)
{
    uint64_t number;

    if (!take_varint(decoder, &number)) return false;
    *out = (int64_t)(number >> 1 ^ -(number & 1));
    return true;
}

static bool take_bytes(struct decoder *decoder, uint64_t len, struct text *out)
{
    if (len > bytes_left(decoder)) return damaged(decoder);
    *out = (struct text){(const char *)decoder->at, (size_t)len};
    decoder->at += len;
    return true;
}

static bool take_sized(struct decoder *decoder, struct text *out)
{
    uint64_t len;

    return take_varint(decoder, &len) && take_bytes(decoder, len, out);
}

static bool take_utf8(struct decoder *decoder, uint64_t len, struct text *out)
{
    if (!take_bytes(decoder, len, out)) return false;
    if (utf_ascii_len(*out) == out->len || text_is_utf8(*out, NULL)) return true;
    return damaged(decoder);
}

static bool take_bigint(struct decoder *decoder, struct value *out)
{
    struct text sign, magnitude;

    if (!take_bytes(decoder, 1, &sign) || !take_sized(decoder, &magnitude)) return false;
    if ((uint8_t)sign.ptr[0] > 1) return damaged(decoder);
    return bignum_from_bytes(decoder->heap, sign.ptr[0] == 1, magnitude, out) || damaged(decoder);
}

static bool take_ratio(struct decoder *decoder, struct value *out)
{
    struct value numerator, denominator;

    if (!take_bigint(decoder, &numerator) || !take_bigint(decoder, &denominator)) return false;
    if (bignum_sign(denominator) <= 0 ||
        !number_ratio(decoder->heap, numerator, denominator, out, decoder->err)) {
        return damaged(decoder);
    }
    return out->type == VALUE_RATIO || damaged(decoder);
}

static bool take_decimal(struct decoder *decoder, struct value *out)
{
    struct value unscaled;
    int64_t scale;

    if (!take_zigzag(decoder, &scale) || !take_bigint(decoder, &unscaled)) return false;
    if (scale < INT32_MIN || scale > INT32_MAX) return damaged(decoder);
    *out = decimal_new(decoder->heap, unscaled, (int32_t)scale);
    return true;
}

static bool take_double(struct decoder *decoder, struct value *out)
{
    struct text bytes;
    uint64_t bits = 0;

    if (!take_bytes(decoder, 8, &bytes)) return false;
    for (int i = 0; i < 8; i++) {
        bits |= (uint64_t)(uint8_t)bytes.ptr[i] << 8 * i;
    }
    *out = value_double(0);
    memcpy(&out->real, &bits, sizeof(bits));
    return true;
}

static bool is_key(const struct decoder *decoder)
{
    if (decoder->count == 0) return false;
    const struct frame *frame = &decoder->frames[decoder->count - 1];

    return frame->tag >= CODEC_ARRAY_MAP && frame->tag <= CODEC_INPUT_HASH_MAP &&
           frame->left % 2 == 0;
}

static void remember(struct decoder *decoder, struct value value)
{
    if (decoder->dictionary.count < CODEC_DICTIONARY_MAX) {
        value_list_push(&decoder->dictionary, value);
    }
}

static bool take_string(struct decoder *decoder, uint64_t len, struct value *out)
{
    struct text utf8;

    if (!take_utf8(decoder, len, &utf8)) return false;
    if (!heap_can(decoder->heap, 2 * utf8.len + 64, decoder->err)) return false;
    *out = string_from_utf8(decoder->heap, utf8);
    if (len <= CODEC_KEY_MAX && is_key(decoder)) remember(decoder, *out);
    return true;
}

static bool take_name(struct decoder *decoder, enum codec_tag tag, struct value *out)
{
    uint64_t ns_len, name_len;
    struct text ns, name;

    if (!take_varint(decoder, &ns_len) || !take_varint(decoder, &name_len) ||
        !take_utf8(decoder, ns_len, &ns) || !take_utf8(decoder, name_len, &name)) {
        return false;
    }
    if (tag == CODEC_SYMBOL) {
        *out = symbol_new(decoder->heap, ns, name);
        return true;
    }
    *out = keyword_new(decoder->heap, ns, name);
    remember(decoder, *out);
    return true;
}

static bool take_ref(struct decoder *decoder, uint64_t index, struct value *out)
{
    if (index >= decoder->dictionary.count) return damaged(decoder);
    *out = decoder->dictionary.items[index];
    return true;
}

static bool take_java(struct decoder *decoder, enum codec_tag tag, struct value *out)
{
    enum java_kind kind = tag == CODEC_INSTANT ? JAVA_INSTANT : JAVA_DURATION;
    struct java_time time;
    uint64_t number;

    if (tag == CODEC_UNIT) {
        if (!take_varint(decoder, &number) || number >= JAVA_TIME_UNITS) return damaged(decoder);
        *out = java_value_new(decoder->heap, JAVA_UNIT, (int64_t)number, 0);
        return true;
    }
    if (!take_zigzag(decoder, &time.seconds) || !take_varint(decoder, &number)) return false;
    time.nanos = (int32_t)number;
    if (number >= JAVA_TIME_NANOS || (kind == JAVA_INSTANT && !java_time_is_instant(time))) {
        return damaged(decoder);
    }
    *out = java_value_new(decoder->heap, kind, time.seconds, time.nanos);
    return true;
}

static bool take_temporal(struct decoder *decoder, struct value *out)
{
    struct java_parts parts = {0};
    int64_t nanos, offset_s;
    uint64_t kind;

    if (!take_varint(decoder, &kind) || !take_zigzag(decoder, &parts.number) ||
        !take_zigzag(decoder, &nanos) || !take_zigzag(decoder, &offset_s) ||
        !take_sized(decoder, &parts.zone)) {
        return false;
    }
    parts.kind = (enum java_kind)MIN(kind, (uint64_t)JAVA_KINDS);
    parts.nanos = (int32_t)nanos;
    parts.offset_s = (int32_t)offset_s;
    if (parts.nanos != nanos || parts.offset_s != offset_s ||
        !java_value_restore(decoder->heap, &parts, out)) {
        return damaged(decoder);
    }
    return true;
}

static bool take_scalar(struct decoder *decoder, enum codec_tag tag, struct value *out)
{
    struct text bytes;
    struct uuid id;
    int64_t integer = 0;
    uint64_t number = 0;

    switch (tag) {
    case CODEC_NIL: *out = value_nil(); return true;
    case CODEC_FALSE:
    case CODEC_TRUE: *out = value_bool(tag == CODEC_TRUE); return true;
    case CODEC_DOUBLE: return take_double(decoder, out);
    case CODEC_BIGINT: return take_bigint(decoder, out);
    case CODEC_RATIO: return take_ratio(decoder, out);
    case CODEC_DECIMAL: return take_decimal(decoder, out);
    case CODEC_KEYWORD:
    case CODEC_SYMBOL: return take_name(decoder, tag, out);
    case CODEC_INT:
    case CODEC_INST:
        if (!take_zigzag(decoder, &integer)) return false;
        *out = tag == CODEC_INT ? value_int(integer) : inst_new(decoder->heap, integer);
        return true;
    case CODEC_CHAR:
        if (!take_varint(decoder, &number)) return false;
        *out = value_char((uint16_t)number);
        return number <= UINT16_MAX || damaged(decoder);
    case CODEC_STRING: return take_varint(decoder, &number) && take_string(decoder, number, out);
    case CODEC_REF: return take_varint(decoder, &number) && take_ref(decoder, number, out);
    case CODEC_BYTES:
        if (!take_sized(decoder, &bytes)) return false;
        if (!heap_can(decoder->heap, bytes.len, decoder->err)) return false;
        *out = bytes_new(decoder->heap, bytes);
        return true;
    case CODEC_UUID:
        if (!take_bytes(decoder, sizeof(id.bytes), &bytes)) return false;
        memcpy(id.bytes, bytes.ptr, sizeof(id.bytes));
        *out = uuid_new(decoder->heap, id);
        return true;
    case CODEC_INSTANT:
    case CODEC_DURATION:
    case CODEC_UNIT: return take_java(decoder, tag, out);
    case CODEC_JAVA: return take_temporal(decoder, out);
    default: return damaged(decoder);
    }
}

/* An input map's keys are strings. */
static void make_keys_strings(struct decoder *decoder, struct value *pairs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct buf name CLEANUP(buf_done) = {0};

        if (pairs[2 * (size_t)i].type != VALUE_KEYWORD) continue;
        name_append(OBJECT_AS(name_object, pairs[2 * (size_t)i].object), &name);
        pairs[2 * (size_t)i] = string_from_utf8(decoder->heap, buf_get(&name));
    }
}

static bool build_map(struct decoder *decoder, const struct frame *frame, struct value *pairs,
                      struct value *out)
{
    bool hash = frame->tag == CODEC_HASH_MAP || frame->tag == CODEC_INPUT_HASH_MAP;
    bool input = decoder->input || frame->tag >= CODEC_INPUT_ARRAY_MAP;

    if (decoder->input) make_keys_strings(decoder, pairs, frame->count);
    struct value map = hash ? pmap_new_hash(decoder->heap, pairs, frame->count)
                            : pmap_new_array(decoder->heap, pairs, frame->count);

    if (pmap_count(map) != frame->count && !decoder->input) return damaged(decoder);
    *out = pmap_with_input(decoder->heap, map, input);
    return true;
}

static bool build(struct decoder *decoder, const struct frame *frame, struct value *out)
{
    struct value *items = decoder->values.items + frame->base;

    if (!heap_can(decoder->heap, ((size_t)frame->count + 2) * 64, decoder->err)) return false;
    switch (frame->tag) {
    case CODEC_LIST: *out = plist_new(decoder->heap, items, frame->count); return true;
    case CODEC_VECTOR: *out = pvec_new(decoder->heap, items, frame->count); return true;
    case CODEC_SET:
        *out = pset_new(decoder->heap, items, frame->count);
        return pset_count(*out) == frame->count || damaged(decoder);
    case CODEC_TAGGED:
        ASSERT(items);
        if (items[0].type != VALUE_SYMBOL && items[0].type != VALUE_KEYWORD) {
            return damaged(decoder);
        }
        *out = box_tagged(decoder->heap, items[0], items[1]);
        return true;
    default: return build_map(decoder, frame, items, out);
    }
}

static bool push(struct decoder *decoder, enum codec_tag tag)
{
    bool is_map = tag >= CODEC_ARRAY_MAP && tag <= CODEC_INPUT_HASH_MAP;
    uint64_t count = 2;

    if (tag != CODEC_TAGGED && !take_varint(decoder, &count)) return false;
    uint64_t values = is_map ? 2 * count : count;

    if (count > UINT32_MAX || values > bytes_left(decoder)) return damaged(decoder);
    if (decoder->count == decoder->capacity) {
        decoder->capacity = MAX(decoder->capacity * 2, (size_t)8);
        decoder->frames =
            memory_resize(decoder->frames, decoder->capacity, sizeof(*decoder->frames));
    }
    decoder->frames[decoder->count++] =
        (struct frame){tag, (uint32_t)count, values, decoder->values.count};
    return true;
}

/* One value, or the beginning of a collection (*out_began). */
static bool take_value(struct decoder *decoder, struct value *out, bool *out_began)
{
    struct text byte;

    *out_began = false;
    if (!take_bytes(decoder, 1, &byte)) return false;
    uint8_t tag = (uint8_t)byte.ptr[0];

    if (tag >= CODEC_SHORT_REF) return take_ref(decoder, tag - CODEC_SHORT_REF, out);
    if (tag >= CODEC_SHORT_STRING) return take_string(decoder, tag - CODEC_SHORT_STRING, out);
    if (tag >= CODEC_SMALL_INT) {
        *out = value_int(tag - CODEC_SMALL_INT);
        return true;
    }
    *out_began = (tag >= CODEC_LIST && tag <= CODEC_INPUT_HASH_MAP) || tag == CODEC_TAGGED;
    return *out_began ? push(decoder, (enum codec_tag)tag)
                      : take_scalar(decoder, (enum codec_tag)tag, out);
}

static bool run(struct decoder *decoder, struct value *out)
{
    bool began;

    do {
        if (decoder->heap->exhausted) {
            return error_set(decoder->err, E_MEMORY, "the value does not fit in the run's memory");
        }
        if (!take_value(decoder, out, &began)) return false;
        if (!began) value_list_push(&decoder->values, *out);
        if (!began && decoder->count > 0) decoder->frames[decoder->count - 1].left--;
        while (decoder->count > 0 && decoder->frames[decoder->count - 1].left == 0) {
            struct frame frame = decoder->frames[--decoder->count];

            if (!build(decoder, &frame, out)) return false;
            value_list_truncate(&decoder->values, frame.base);
            value_list_push(&decoder->values, *out);
            if (decoder->count > 0) decoder->frames[decoder->count - 1].left--;
        }
    } while (decoder->count > 0);
    return decoder->at == decoder->end || damaged(decoder);
}

static bool decode(struct heap *heap, struct text bytes, bool input, struct value *out,
                   struct error *err)
{
    struct decoder decoder = {.heap = heap, .input = input, .err = err};
    struct value value = value_nil();
    bool good;

    decoder.start = (const uint8_t *)bytes.ptr;
    decoder.at = decoder.start;
    decoder.end = decoder.start + bytes.len;
    if (bytes.len == 0 || decoder.start[0] != CODEC_VERSION) {
        return error_set(err, E_INTERNAL, "the stored value has an unknown version");
    }
    decoder.at++;
    good = run(&decoder, &value);
    value_list_done(&decoder.values);
    value_list_done(&decoder.dictionary);
    memory_free(decoder.frames);
    if (good) *out = value;
    return good;
}

bool codec_decode(struct heap *heap, struct text bytes, struct value *out, struct error *err)
{
    return decode(heap, bytes, false, out, err);
}

bool codec_decode_input(struct heap *heap, struct text bytes, struct value *out, struct error *err)
{
    return decode(heap, bytes, true, out, err);
}
