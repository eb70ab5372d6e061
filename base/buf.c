#include "base/buf.h"

#include "base/assert.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>

/*
 * Invariants: len <= limit unless the limit is 0; once there is memory, len < capacity and
 * ptr[len] is NUL.
 */

#define CAPACITY_MIN 64
#define INT64_DIGITS 20 /* with the sign */

void buf_init(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit};
}

void buf_done(struct buf *buf)
{
    memory_free(buf->ptr);
    buf_init(buf, buf->limit);
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
    if (buf->ptr) buf->ptr[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t len)
{
    size_t needed; // with the NUL

    // After an overflow nothing gets in any more: what stands there must not look complete.
    if (buf->overflow) return NULL;
    if (__builtin_add_overflow(buf->len, len, &needed) || (buf->limit > 0 && needed > buf->limit) ||
        __builtin_add_overflow(needed, 1, &needed)) {
        buf->overflow = true;
        return NULL;
    }
    if (needed > buf->capacity) {
        size_t capacity = MAX(buf->capacity + buf->capacity / 2, CAPACITY_MIN);

        buf->capacity = MAX(capacity, needed);
        buf->ptr = memory_resize(buf->ptr, buf->capacity, 1);
    }
    return buf->ptr + buf->len;
}

void buf_commit(struct buf *buf, size_t len)
{
    ASSERT(buf->capacity - buf->len > len);
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

void buf_append(struct buf *buf, const void *data, size_t len)
{
    char *room = buf_reserve(buf, len);

    if (!room) return;
    if (len > 0) memcpy(room, data, len);
    buf_commit(buf, len);
}

void buf_text(struct buf *buf, struct text value)
{
    buf_append(buf, value.ptr, value.len);
}

void buf_cstr(struct buf *buf, const char *value)
{
    buf_append(buf, value, strlen(value));
}

void buf_char(struct buf *buf, char value)
{
    char *room = buf_reserve(buf, 1);

    if (!room) return;
    *room = value;
    buf_commit(buf, 1);
}

void buf_int(struct buf *buf, int64_t value)
{
    char digits[INT64_DIGITS];
    char *first = digits + sizeof(digits);
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) *--first = '-';
    buf_append(buf, first, (size_t)(digits + sizeof(digits) - first));
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args, again;

    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);

    va_end(args);
    ASSERT(len >= 0);
    char *room = buf_reserve(buf, (size_t)len);

    if (room) {
        vsnprintf(room, (size_t)len + 1, fmt, again); // the reserve includes the NUL's room
        buf_commit(buf, (size_t)len);
    }
    va_end(again);
}

void buf_utf8(struct buf *buf, uint32_t code_point)
{
    char bytes[4];
    size_t len;

    ASSERT(code_point <= 0x10ffff);
    ASSERT(code_point < 0xd800 || code_point > 0xdfff);
    if (code_point < 0x80) {
        bytes[0] = (char)code_point;
        len = 1;
    } else if (code_point < 0x800) {
        bytes[0] = (char)(0xc0 | code_point >> 6);
        len = 2;
    } else if (code_point < 0x10000) {
        bytes[0] = (char)(0xe0 | code_point >> 12);
        len = 3;
    } else {
        bytes[0] = (char)(0xf0 | code_point >> 18);
        len = 4;
    }
    for (size_t i = 1; i < len; i++) {
        bytes[i] = (char)(0x80 | (code_point >> 6 * (len - 1 - i) & 0x3f));
    }
    buf_append(buf, bytes, len);
}

void buf_consume(struct buf *buf, size_t len)
{
    ASSERT(len <= buf->len);
    if (len == 0) return;
    memmove(buf->ptr, buf->ptr + len, buf->len - len);
    buf->len -= len;
    buf->ptr[buf->len] = '\0';
}
