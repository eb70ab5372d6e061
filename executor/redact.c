#include "executor/redact.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/url_code.h"

#include <string.h>

void redact_init(struct redact *redact, struct arena *arena)
{
    *redact = (struct redact){.arena = arena};
}

static void add(struct redact *redact, struct text needle)
{
    if (needle.len < REDACT_MIN) return;
    for (size_t i = 0; i < redact->count; i++) {
        if (text_equal(redact->needles[i], needle)) return;
    }
    redact->needles = arena_grow(redact->arena, redact->needles, redact->count, &redact->capacity,
                                 sizeof(*redact->needles));
    // The longer first: of two that begin alike the shorter would leave the other's end.
    size_t place = redact->count++;

    while (place > 0 && redact->needles[place - 1].len < needle.len) {
        redact->needles[place] = redact->needles[place - 1];
        place--;
    }
    redact->needles[place] = arena_text(redact->arena, needle);
}

/* Without padding, and without the last character, which depends on what follows. */
static struct text base64_core(const struct buf *encoded)
{
    size_t len = encoded->len;

    while (len > 0 && encoded->ptr[len - 1] == '=') {
        len--;
    }
    return (struct text){encoded->ptr, len > 0 ? len - 1 : 0};
}

void redact_add(struct redact *redact, struct text secret)
{
    struct buf out = {0};
    struct json_writer writer;

    if (secret.len < REDACT_MIN) return;
    add(redact, secret);
    crypto_base64(&out, secret);
    add(redact, base64_core(&out));
    buf_reset(&out);
    crypto_base64url(&out, secret);
    add(redact, base64_core(&out));
    buf_reset(&out);
    crypto_hex(&out, secret);
    add(redact, buf_get(&out));
    for (size_t i = 0; i < out.len; i++) {
        if (out.ptr[i] >= 'a') out.ptr[i] = (char)(out.ptr[i] - 'a' + 'A');
    }
    add(redact, buf_get(&out));
    buf_reset(&out);
    url_code_append(&out, secret);
    add(redact, buf_get(&out));
    buf_reset(&out);
    if (text_is_utf8(secret, NULL)) {
        json_write_init(&writer, &out);
        json_write_text(&writer, secret);
        add(redact, text_slice(buf_get(&out), 1, out.len - 1));
    }
    if (out.ptr) crypto_wipe(out.ptr, out.capacity);
    buf_done(&out);
}

void redact_apply(const struct redact *redact, char *bytes, size_t len)
{
    for (size_t i = 0; i < redact->count; i++) {
        struct text needle = redact->needles[i];
        char *at = bytes;
        char *found;

        while ((found = memmem(at, len - (size_t)(at - bytes), needle.ptr, needle.len))) {
            memset(found, '*', needle.len);
            at = found + needle.len;
        }
    }
}

void redact_wipe(struct redact *redact)
{
    for (size_t i = 0; i < redact->count; i++) {
        crypto_wipe((char *)redact->needles[i].ptr, redact->needles[i].len);
    }
    redact->count = 0;
}
