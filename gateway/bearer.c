/* Tokens as text. */
#include "gateway/bearer.h"

#include "base/crypto.h"
#include "base/parse.h"
#include "base/random.h"

#define ID_BYTES     8
#define SECRET_BYTES 32
#define TOKEN_MAX    200

static void append_random(struct buf *out, size_t len)
{
    uint8_t bytes[SECRET_BYTES];

    random_bytes(bytes, len);
    crypto_hex(out, (struct text){(const char *)bytes, len});
    crypto_wipe(bytes, sizeof bytes);
}

void bearer_new(const char *kind, struct buf *out)
{
    size_t start = out->len;

    buf_printf(out, "weir_%s_", kind);
    append_random(out, ID_BYTES);
    buf_char(out, '_');
    append_random(out, SECRET_BYTES);
    uint32_t crc = crypto_crc32(text_slice(buf_get(out), start, out->len));

    buf_printf(out, "_%08x", crc);
}

bool bearer_parse(struct text source, struct bearer *out)
{
    uint64_t crc;

    if (source.len > TOKEN_MAX || source.len < 10) return false;
    struct text signed_part = text_slice(source, 0, source.len - 9);
    struct text rest = source;
    struct text prefix = text_cut(&rest, '_');
    struct text kind = text_cut(&rest, '_');
    struct text id = text_cut(&rest, '_');
    struct text secret = text_cut(&rest, '_');

    if (!text_equal(prefix, TEXT("weir")) || id.len != 2UL * ID_BYTES) return false;
    if (secret.len != 2UL * SECRET_BYTES || rest.len != 8) return false;
    if (!parse_hex_uint64(rest, &crc) || crc != crypto_crc32(signed_part)) return false;
    out->kind = kind;
    out->id = id;
    crypto_sha256(secret, out->secret_hash);
    return true;
}
