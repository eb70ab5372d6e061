#include "flow/string.h"

#include "base/memory.h"
#include "flow/utf.h"

#include <string.h>

/* Constant data, so that "" costs nothing. Its hash is 0. */
static const struct string_object empty_string = {
    .header = {.type = VALUE_STRING,
               .flags = OBJECT_STATIC | OBJECT_ETERNAL | OBJECT_HASHED,
               .size = sizeof(struct string_object)},
};

struct value string_empty(void)
{
    return object_value((struct object *)&empty_string.header);
}

static struct string_object *string_new(struct heap *heap, enum string_kind kind, size_t length)
{
    size_t bytes = kind == STRING_UTF16 ? length * sizeof(uint16_t) : length;
    struct object *made = heap_new(heap, VALUE_STRING, sizeof(struct string_object) + bytes);
    struct string_object *string = OBJECT_AS(string_object, made);

    ASSERT(length < UINT32_MAX);
    made->kind = kind;
    string->length = (uint32_t)length;
    return string;
}

/* Constants are shared between threads, so their hash must stand before they are seen. */
static struct value made(struct string_object *string)
{
    struct value value = object_value(&string->header);

    if (string->header.flags & OBJECT_STATIC) {
        string->hash = string_hash(value);
        string->header.flags |= OBJECT_HASHED;
    }
    return value;
}

struct value string_from_latin1(struct heap *heap, const uint8_t *bytes, uint32_t length)
{
    if (length == 0) return string_empty();
    struct string_object *string = string_new(heap, STRING_LATIN1, length);

    memcpy(string->data, bytes, length);
    return made(string);
}

struct value string_from_units(struct heap *heap, const uint16_t *units, uint32_t length)
{
    uint16_t all = 0;

    for (uint32_t i = 0; i < length; i++) {
        all |= units[i];
    }
    if (length == 0) return string_empty();
    bool wide = all > 0xFF;
    struct string_object *string = string_new(heap, wide ? STRING_UTF16 : STRING_LATIN1, length);

    if (wide) {
        memcpy(string->data, units, length * sizeof(*units));
        return made(string);
    }
    for (uint32_t i = 0; i < length; i++) {
        ((uint8_t *)string->data)[i] = (uint8_t)units[i];
    }
    return made(string);
}

struct value string_from_utf8(struct heap *heap, struct text source)
{
    struct utf_units units = {.rest = source};
    size_t length = 0;
    uint16_t all = 0;
    uint16_t unit;

    if (utf_ascii_len(source) == source.len) {
        return string_from_latin1(heap, (const uint8_t *)source.ptr, (uint32_t)source.len);
    }
    for (; utf_units_next(&units, &unit); length++) {
        all |= unit;
    }
    bool wide = all > 0xFF;
    struct string_object *string = string_new(heap, wide ? STRING_UTF16 : STRING_LATIN1, length);

    units = (struct utf_units){.rest = source};
    for (size_t i = 0; utf_units_next(&units, &unit); i++) {
        if (wide) {
            string->data[i] = unit;
        } else {
            ((uint8_t *)string->data)[i] = (uint8_t)unit;
        }
    }
    return made(string);
}

struct value string_from_cstr(struct heap *heap, const char *source)
{
    return string_from_utf8(heap, text_from(source));
}

void string_append_slice(struct value string, uint32_t from, uint32_t to, struct buf *out)
{
    if (!string_is_wide(string)) {
        struct text rest = {(const char *)string_bytes(string) + from, to - from};

        while (rest.len > 0) {
            size_t ascii = utf_ascii_len(rest);

            buf_append(out, rest.ptr, ascii);
            if (ascii == rest.len) return;
            buf_utf8(out, (uint8_t)rest.ptr[ascii]);
            rest = text_slice(rest, ascii + 1, rest.len);
        }
        return;
    }
    const uint16_t *units = string_units(string);

    for (uint32_t i = from; i < to && !out->overflow; i++) {
        if (utf_is_high(units[i]) && i + 1 < to && utf_is_low(units[i + 1])) {
            utf_append(out, 0x10000 + ((units[i] & 0x3FFu) << 10 | (units[i + 1] & 0x3FF)));
            i++;
        } else {
            utf_append(out, units[i]);
        }
    }
}

void string_append_utf8(struct value string, struct buf *out)
{
    string_append_slice(string, 0, string_length(string), out);
}

bool string_is_well_formed(struct value string)
{
    uint32_t length = string_length(string);

    if (!string_is_wide(string)) return true;
    const uint16_t *units = string_units(string);

    for (uint32_t i = 0; i < length; i++) {
        if (utf_is_low(units[i])) return false;
        if (!utf_is_high(units[i])) continue;
        if (++i == length || !utf_is_low(units[i])) return false;
    }
    return true;
}

void string_scrub(struct buf *out, size_t from)
{
    struct text all = buf_get(out);
    size_t bad;

    if (text_is_utf8(text_slice(all, from, all.len), NULL)) return;
    struct buf clean = {.limit = out->limit};

    buf_append(&clean, all.ptr, from);
    for (struct text rest = text_slice(all, from, all.len); rest.len > 0;) {
        if (text_is_utf8(rest, &bad)) {
            buf_text(&clean, rest);
            break;
        }
        buf_append(&clean, rest.ptr, bad);
        buf_char(&clean, '?');
        rest = text_slice(rest, bad, rest.len);
        utf_take(&rest); // half a pair is one character, anything else one byte
    }
    buf_done(out);
    *out = clean;
}

uint32_t string_hash(struct value string)
{
    struct string_object *object = OBJECT_AS(string_object, string.object);
    uint32_t hash = 0;

    if (object->header.flags & OBJECT_HASHED) return object->hash;
    if (string_is_wide(string)) {
        for (uint32_t i = 0; i < object->length; i++) {
            hash = 31 * hash + object->data[i];
        }
    } else {
        const uint8_t *bytes = string_bytes(string);

        for (uint32_t i = 0; i < object->length; i++) {
            hash = 31 * hash + bytes[i];
        }
    }
    if (!(object->header.flags & OBJECT_STATIC)) {
        object->hash = hash;
        object->header.flags |= OBJECT_HASHED;
    }
    return hash;
}

uint32_t string_hash_utf8(struct text source)
{
    struct utf_units units = {.rest = source};
    uint32_t hash = 0;

    for (uint16_t unit; utf_units_next(&units, &unit);) {
        hash = 31 * hash + unit;
    }
    return hash;
}

static size_t byte_size(struct value string)
{
    return (size_t)string_length(string) << (string_is_wide(string) ? 1 : 0);
}

bool string_equal(struct value a, struct value b)
{
    const struct string_object *x = OBJECT_AS(string_object, a.object);
    const struct string_object *y = OBJECT_AS(string_object, b.object);

    if (x == y) return true;
    if (x->length != y->length || x->header.kind != y->header.kind) return false;
    if ((x->header.flags & y->header.flags & OBJECT_HASHED) && x->hash != y->hash) return false;
    return memcmp(x->data, y->data, byte_size(a)) == 0;
}

bool string_equal_text(struct value string, struct text utf8)
{
    uint32_t length = string_length(string);

    if (!string_is_wide(string) && utf_ascii_len(utf8) == utf8.len) {
        return utf8.len == length && memcmp(string_bytes(string), utf8.ptr, length) == 0;
    }
    struct utf_units units = {.rest = utf8};
    uint32_t at = 0;

    for (uint16_t unit; utf_units_next(&units, &unit); at++) {
        if (at == length || string_unit(string, at) != unit) return false;
    }
    return at == length;
}

int string_compare(struct value a, struct value b)
{
    uint32_t common = MIN(string_length(a), string_length(b));

    for (uint32_t i = 0; i < common; i++) {
        int difference = string_unit(a, i) - string_unit(b, i);

        if (difference) return difference;
    }
    return (int)string_length(a) - (int)string_length(b);
}

struct value string_slice(struct heap *heap, struct value string, uint32_t from, uint32_t to)
{
    ASSERT(from <= to);
    ASSERT(to <= string_length(string));
    if (from == 0 && to == string_length(string)) return string;
    if (string_is_wide(string)) {
        return string_from_units(heap, string_units(string) + from, to - from);
    }
    return string_from_latin1(heap, string_bytes(string) + from, to - from);
}

static void copy_units(uint16_t *into, struct value string)
{
    for (uint32_t i = 0; i < string_length(string); i++) {
        into[i] = string_unit(string, i);
    }
}

struct value string_concat(struct heap *heap, struct value a, struct value b)
{
    uint32_t length = string_length(a);
    bool wide = string_is_wide(a) || string_is_wide(b);

    if (length == 0) return b;
    if (string_length(b) == 0) return a;
    struct string_object *string =
        string_new(heap, wide ? STRING_UTF16 : STRING_LATIN1, (size_t)length + string_length(b));

    if (wide) {
        copy_units(string->data, a);
        copy_units(string->data + length, b);
    } else {
        memcpy(string->data, string_bytes(a), length);
        memcpy((uint8_t *)string->data + length, string_bytes(b), string_length(b));
    }
    return made(string);
}

/* A search, forwards, or backwards with both read from their ends. */
struct search {
    struct value string, part;
    uint32_t end, length; /* of what is searched, and of the part */
    bool backward;
};

static uint16_t string_at(const struct search *search, uint32_t i)
{
    return string_unit(search->string, search->backward ? search->end - 1 - i : i);
}

static uint16_t part_at(const struct search *search, uint32_t i)
{
    return string_unit(search->part, search->backward ? search->length - 1 - i : i);
}

/* How many units were read where the first match ends, or -1. By Knuth, Morris and Pratt: the
 * length of the part does not multiply the work. */
static int64_t search_units(const struct search *search, uint32_t start)
{
    uint32_t *border = memory_array(search->length, sizeof(uint32_t)); // of each beginning
    uint32_t matched = 0;
    uint32_t at = start;

    for (uint32_t i = 1; i < search->length; i++) {
        while (matched > 0 && part_at(search, i) != part_at(search, matched)) {
            matched = border[matched - 1];
        }
        matched += part_at(search, i) == part_at(search, matched);
        border[i] = matched;
    }
    for (matched = 0; at < search->end && matched < search->length; at++) {
        uint16_t unit = string_at(search, at);

        while (matched > 0 && unit != part_at(search, matched)) {
            matched = border[matched - 1];
        }
        matched += unit == part_at(search, matched);
    }
    memory_free(border);
    return matched == search->length ? (int64_t)at : -1;
}

int64_t string_index_of(struct value string, struct value part, int64_t from)
{
    int64_t last = (int64_t)string_length(string) - string_length(part);

    from = MAX(from, (int64_t)0);
    if (string_length(part) == 0) return MIN(from, last); // as Java
    if (from > last) return -1;
    if (!string_is_wide(string) && string_is_wide(part)) return -1;
    if (!string_is_wide(string)) {
        const uint8_t *bytes = string_bytes(string);
        const uint8_t *found = memmem(bytes + from, (size_t)(string_length(string) - from),
                                      string_bytes(part), string_length(part));

        return found ? found - bytes : -1;
    }
    struct search search = {string, part, string_length(string), string_length(part), false};
    int64_t end = search_units(&search, (uint32_t)from);

    return end < 0 ? -1 : end - search.length;
}

int64_t string_last_index_of(struct value string, struct value part, int64_t from)
{
    int64_t last = MIN(from, (int64_t)string_length(string) - string_length(part));

    if (last < 0) return -1;
    if (string_length(part) == 0) return last;
    struct search search = {string, part, (uint32_t)last + string_length(part), string_length(part),
                            true};
    int64_t end = search_units(&search, 0);

    return end < 0 ? -1 : search.end - end;
}

void string_builder_done(struct string_builder *builder)
{
    memory_free(builder->data);
    *builder = (struct string_builder){0};
}

static void builder_room(struct string_builder *builder, size_t more)
{
    size_t needed = builder->length + more;

    if (needed <= builder->capacity) return;
    builder->capacity = MAX(MAX(builder->capacity * 2, needed), (size_t)32);
    builder->data = memory_resize(builder->data, builder->capacity, builder->wide ? 2 : 1);
}

static void builder_widen(struct string_builder *builder)
{
    if (builder->wide) return;
    uint16_t *units = memory_array(MAX(builder->capacity, (size_t)1), sizeof(*units));
    const uint8_t *bytes = builder->data;

    for (size_t i = 0; i < builder->length; i++) {
        units[i] = bytes[i];
    }
    memory_free(builder->data);
    builder->data = units;
    builder->capacity = MAX(builder->capacity, (size_t)1);
    builder->wide = true;
}

void string_builder_add_unit(struct string_builder *builder, uint16_t unit)
{
    if (unit > 0xFF) builder_widen(builder);
    builder_room(builder, 1);
    if (builder->wide) {
        ((uint16_t *)builder->data)[builder->length++] = unit;
    } else {
        ((uint8_t *)builder->data)[builder->length++] = (uint8_t)unit;
    }
}

void string_builder_add_slice(struct string_builder *builder, struct value string, uint32_t from,
                              uint32_t to)
{
    if (string_is_wide(string)) builder_widen(builder);
    builder_room(builder, to - from);
    if (!builder->wide) {
        if (to > from) {
            memcpy((uint8_t *)builder->data + builder->length, string_bytes(string) + from,
                   to - from);
        }
    } else {
        uint16_t *units = (uint16_t *)builder->data + builder->length;

        for (uint32_t i = from; i < to; i++) {
            *units++ = string_unit(string, i);
        }
    }
    builder->length += to - from;
}

void string_builder_add(struct string_builder *builder, struct value string)
{
    string_builder_add_slice(builder, string, 0, string_length(string));
}

void string_builder_add_utf8(struct string_builder *builder, struct text source)
{
    struct utf_units units = {.rest = source};

    for (uint16_t unit; utf_units_next(&units, &unit);) {
        string_builder_add_unit(builder, unit);
    }
}

struct value string_builder_make(const struct string_builder *builder, struct heap *heap)
{
    if (builder->wide) {
        return string_from_units(heap, builder->data, (uint32_t)builder->length);
    }
    return string_from_latin1(heap, builder->data, (uint32_t)builder->length);
}
