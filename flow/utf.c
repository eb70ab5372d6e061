#include "flow/utf.h"

static bool is_continuation(struct text source, size_t index)
{
    return index < source.len && ((uint8_t)source.ptr[index] & 0xC0) == 0x80;
}

uint32_t utf_take(struct text *rest)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *bytes = (const uint8_t *)rest->ptr;
    uint8_t first = bytes[0];
    uint32_t len = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t code_point = len <= 1 ? first : first & (0x7Fu >> len);
    bool good = len > 0 && first < 0xF8;

    for (uint32_t i = 1; good && i < len; i++) {
        good = is_continuation(*rest, i);
        if (good) code_point = code_point << 6 | (bytes[i] & 0x3F);
    }
    if (!good || code_point < least[len] || code_point > 0x10FFFF) {
        code_point = 0xFFFD;
        len = 1;
    }
    rest->ptr += len;
    rest->len -= len;
    return code_point;
}

size_t utf_ascii_len(struct text source)
{
    size_t at = 0;

    for (uint64_t word; at + sizeof(word) <= source.len; at += sizeof(word)) {
        memcpy(&word, source.ptr + at, sizeof(word));
        if (word & 0x8080808080808080ULL) break;
    }
    while (at < source.len && (uint8_t)source.ptr[at] < 0x80) {
        at++;
    }
    return at;
}

void utf_append(struct buf *out, uint32_t code_point)
{
    if (code_point < 0xD800 || code_point > 0xDFFF) {
        buf_utf8(out, code_point);
        return;
    }
    char bytes[3] = {(char)(0xE0 | code_point >> 12), (char)(0x80 | (code_point >> 6 & 0x3F)),
                     (char)(0x80 | (code_point & 0x3F))};

    buf_append(out, bytes, sizeof(bytes));
}
