#include "base/text.h"

#include "base/assert.h"

#define DISTANCE_LEN_MAX 64 /* longer texts are no typing mistakes of each other */

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool text_equal_nocase(struct text a, struct text b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    }
    return true;
}

int text_compare(struct text a, struct text b)
{
    size_t len = MIN(a.len, b.len);
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;

    if (order != 0) return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool text_starts_with(struct text whole, struct text prefix)
{
    return whole.len >= prefix.len && text_equal(text_slice(whole, 0, prefix.len), prefix);
}

bool text_ends_with(struct text whole, struct text suffix)
{
    return whole.len >= suffix.len &&
           text_equal(text_slice(whole, whole.len - suffix.len, whole.len), suffix);
}

struct text text_slice(struct text whole, size_t from, size_t to)
{
    if (to > whole.len) to = whole.len;
    if (from > to) from = to;
    if (!whole.ptr) return TEXT_NONE;
    return (struct text){whole.ptr + from, to - from};
}

struct text text_trim(struct text whole)
{
    while (whole.len > 0 && is_space(whole.ptr[whole.len - 1])) {
        whole.len--;
    }
    while (whole.len > 0 && is_space(whole.ptr[0])) {
        whole.ptr++;
        whole.len--;
    }
    return whole;
}

ptrdiff_t text_index_of(struct text whole, struct text part)
{
    if (part.len == 0) return 0;
    if (whole.len < part.len) return -1;
    const char *found = memmem(whole.ptr, whole.len, part.ptr, part.len);

    return found ? found - whole.ptr : -1;
}

ptrdiff_t text_index_of_char(struct text whole, char c)
{
    const char *found = whole.len ? memchr(whole.ptr, c, whole.len) : NULL;

    return found ? found - whole.ptr : -1;
}

struct text text_cut(struct text *rest, char separator)
{
    struct text whole = *rest;
    ptrdiff_t index = text_index_of_char(whole, separator);

    if (index < 0) {
        *rest = TEXT_NONE;
        return whole;
    }
    *rest = text_slice(whole, (size_t)index + 1, whole.len);
    return text_slice(whole, 0, (size_t)index);
}

size_t text_utf8_next(struct text rest, uint32_t *out_code_point)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000}; // by length: no overlong forms
    size_t len;
    uint32_t code_point;

    if (rest.len == 0) return 0;
    uint8_t first = (uint8_t)rest.ptr[0];

    if (first < 0x80) {
        *out_code_point = first;
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        len = 2, code_point = first & 0x1fU;
    } else if (first >= 0xe0 && first <= 0xef) {
        len = 3, code_point = first & 0x0fU;
    } else if (first >= 0xf0 && first <= 0xf4) {
        len = 4, code_point = first & 0x07U;
    } else {
        return 0;
    }
    if (rest.len < len) return 0;
    for (size_t i = 1; i < len; i++) {
        uint8_t next = (uint8_t)rest.ptr[i];

        if ((next & 0xc0) != 0x80) return 0;
        code_point = code_point << 6 | (next & 0x3fU);
    }
    if (code_point < smallest[len] || code_point > 0x10ffff) return 0;
    if (code_point >= 0xd800 && code_point <= 0xdfff) return 0;
    *out_code_point = code_point;
    return len;
}

bool text_is_utf8(struct text whole, size_t *out_bad)
{
    for (size_t i = 0; i < whole.len;) {
        uint64_t eight;
        uint32_t code_point;

        if (whole.len - i >= sizeof(eight)) {
            memcpy(&eight, whole.ptr + i, sizeof(eight));
            if ((eight & 0x8080808080808080ULL) == 0) {
                i += sizeof(eight);
                continue;
            }
        }
        size_t len = text_utf8_next(text_slice(whole, i, whole.len), &code_point);

        if (len == 0) {
            if (out_bad) *out_bad = i;
            return false;
        }
        i += len;
    }
    return true;
}

size_t text_distance(struct text a, struct text b, size_t limit)
{
    size_t row[DISTANCE_LEN_MAX + 1]; // distances of a's first i bytes to b's first j

    if (a.len > DISTANCE_LEN_MAX || b.len > DISTANCE_LEN_MAX) {
        return text_equal(a, b) ? 0 : limit;
    }
    if (MAX(a.len, b.len) - MIN(a.len, b.len) >= limit) return limit;
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0], least = i;

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t replaced = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            size_t inserted = MIN(row[j], row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = MIN(replaced, inserted);
            least = MIN(least, row[j]);
        }
        if (least >= limit) return limit;
    }
    return MIN(row[b.len], limit);
}

uint64_t text_hash(struct text value)
{
    uint64_t hash = 0xcbf29ce484222325ULL;

    for (size_t i = 0; i < value.len; i++) {
        hash = (hash ^ (uint8_t)value.ptr[i]) * 0x100000001b3ULL;
    }
    return hash;
}
