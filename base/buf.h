#pragma once

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Buf: bytes that grow, on the heap, owned by whoever embeds it. A zeroed struct is an empty buf.
 * A limit (0: none) bounds its length: past it the append does nothing, and `overflow` stays set
 * until buf_reset(), so that a writer may check once at the end. Always NUL-terminated behind len
 * once anything was appended.
 */
struct buf {
    char *ptr;
    size_t len;
    size_t capacity;
    size_t limit;
    bool overflow;
};

void buf_init(struct buf *buf, size_t limit);
void buf_done(struct buf *buf);  /* frees; the buf is empty again */
void buf_reset(struct buf *buf); /* keeps the memory */
/* Room for len more bytes at ptr + len, or NULL past the limit; then buf_commit(). */
char *buf_reserve(struct buf *buf, size_t len);
void buf_commit(struct buf *buf, size_t len);

void buf_append(struct buf *buf, const void *data, size_t len);
void buf_text(struct buf *buf, struct text value);
void buf_cstr(struct buf *buf, const char *value);
void buf_char(struct buf *buf, char value);
void buf_int(struct buf *buf, int64_t value); /* in decimal digits */
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_utf8(struct buf *buf, uint32_t code_point);
/* Drops the first len bytes. */
void buf_consume(struct buf *buf, size_t len);

static inline struct text buf_get(const struct buf *buf)
{
    return (struct text){buf->ptr ? buf->ptr : "", buf->len};
}
