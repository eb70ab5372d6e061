#include "base/crypto.h"
#include "flow/bytes.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/format.h"
#include "flow/md5.h"
#include "flow/uuid.h"

#include <ctype.h>

/* Core codec: format, base64, hex, hashes, URL coding, UUIDs from names. */

/* The bytes of an argument: bytes, or a string's UTF-8. */
static bool data_of(struct native_call *call, uint32_t index, struct buf *out)
{
    struct value source = call->args[index];

    if (source.type == VALUE_BYTES) {
        buf_text(out, bytes_get(source));
    } else if (source.type == VALUE_STRING) {
        string_append_utf8(source, out);
        string_scrub(out, 0);
    } else {
        return core_args_wrong(call, index, "a string or bytes");
    }
    return core_args_charge_text(call, (int64_t)out->len);
}

static bool text_out(struct native_call *call, const struct buf *text, struct value *out)
{
    if (!core_args_charge_text(call, (int64_t)text->len)) return false;
    *out = string_from_utf8(call->heap, buf_get(text));
    return true;
}

static bool base64_encode(struct native_call *call, struct value *out)
{
    struct buf data CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};

    if (!data_of(call, 0, &data)) return false;
    crypto_base64(&text, buf_get(&data));
    return text_out(call, &text, out);
}

static bool hex_encode(struct native_call *call, struct value *out)
{
    struct buf data CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};

    if (!data_of(call, 0, &data)) return false;
    crypto_hex(&text, buf_get(&data));
    return text_out(call, &text, out);
}

typedef bool decoder(struct buf *out, struct text source);

static bool decode(struct native_call *call, decoder *function, bool as_bytes, struct value *out)
{
    struct buf source CLEANUP(buf_done) = {0};
    struct buf data CLEANUP(buf_done) = {0};

    if (!data_of(call, 0, &source)) return false;
    if (!function(&data, buf_get(&source))) {
        return error_set(call->err, E_ARGUMENT, "%s: the text is not in that encoding",
                         call->entry->name);
    }
    if (!as_bytes) return text_out(call, &data, out);
    *out = bytes_new(call->heap, buf_get(&data));
    return true;
}

static bool base64_decode(struct native_call *call, struct value *out)
{
    return decode(call, crypto_unbase64, false, out);
}

static bool base64_decode_bytes(struct native_call *call, struct value *out)
{
    return decode(call, crypto_unbase64, true, out);
}

static bool hex_decode(struct native_call *call, struct value *out)
{
    return decode(call, crypto_unhex, false, out);
}

static bool hex_decode_bytes(struct native_call *call, struct value *out)
{
    return decode(call, crypto_unhex, true, out);
}

static bool digest_out(struct native_call *call, const uint8_t digest[32], struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    crypto_hex(&text, (struct text){(const char *)digest, 32});
    return text_out(call, &text, out);
}

static bool sha256_hex(struct native_call *call, struct value *out)
{
    struct buf data CLEANUP(buf_done) = {0};
    uint8_t digest[32];

    if (!data_of(call, 0, &data) || !native_charge(call, (int64_t)data.len / 8)) return false;
    crypto_sha256(buf_get(&data), digest);
    return digest_out(call, digest, out);
}

static bool hmac_sha256_hex(struct native_call *call, struct value *out)
{
    struct buf key CLEANUP(buf_done) = {0};
    struct buf data CLEANUP(buf_done) = {0};
    uint8_t digest[32];

    if (!data_of(call, 0, &key) || !data_of(call, 1, &data)) return false;
    if (!native_charge(call, (int64_t)data.len / 8)) return false;
    crypto_hmac_sha256(buf_get(&key), buf_get(&data), digest);
    return digest_out(call, digest, out);
}

/* As Java's URLEncoder: a space is a plus. */
static bool url_encode(struct native_call *call, struct value *out)
{
    static const char digits[] = "0123456789ABCDEF";
    struct buf data CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};

    if (!core_args_string(call, 0) || !data_of(call, 0, &data)) return false;
    for (size_t i = 0; i < data.len; i++) {
        unsigned char c = (unsigned char)data.ptr[i];

        if (isalnum(c) || c == '.' || c == '-' || c == '*' || c == '_') {
            buf_char(&text, (char)c);
        } else if (c == ' ') {
            buf_char(&text, '+');
        } else {
            buf_char(&text, '%');
            buf_char(&text, digits[c >> 4]);
            buf_char(&text, digits[c & 15]);
        }
    }
    return text_out(call, &text, out);
}

static int hex_value(char c)
{
    if (isdigit((unsigned char)c)) return c - '0';
    return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

static bool url_decode(struct native_call *call, struct value *out)
{
    struct buf data CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};

    if (!core_args_string(call, 0) || !data_of(call, 0, &data)) return false;
    for (size_t i = 0; i < data.len; i++) {
        char c = data.ptr[i];

        if (c == '%') {
            int high = i + 2 < data.len ? hex_value(data.ptr[i + 1]) : -1;
            int low = i + 2 < data.len ? hex_value(data.ptr[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return error_set(call->err, E_ARGUMENT,
                                 "%s: a %% is not followed by two hexadecimal digits",
                                 call->entry->name);
            }
            buf_char(&text, (char)(high * 16 + low));
            i += 2;
        } else {
            buf_char(&text, c == '+' ? ' ' : c);
        }
    }
    return text_out(call, &text, out);
}

/* Version 3, as java.util.UUID/nameUUIDFromBytes. */
static bool uuid_from_bytes(struct native_call *call, struct value *out)
{
    struct buf data CLEANUP(buf_done) = {0};
    struct uuid id;

    if (!data_of(call, 0, &data) || !native_charge(call, (int64_t)data.len / 8)) return false;
    md5(buf_get(&data), id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0F) | 0x30);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3F) | 0x80);
    *out = uuid_new(call->heap, id);
    return true;
}

/* The UUID that the text is, else one made from it. */
static bool uuid_from(struct native_call *call, struct value *out)
{
    struct buf data CLEANUP(buf_done) = {0};
    struct uuid id;

    if (!core_args_string(call, 0) || !data_of(call, 0, &data)) return false;
    if (!id_parse(buf_get(&data), &id)) return uuid_from_bytes(call, out);
    *out = uuid_new(call->heap, id);
    return true;
}

static bool format(struct native_call *call, struct value *out)
{
    if (!core_args_string(call, 0)) return false;
    return format_text(call, call->args[0], call->args + 1, call->count - 1, out);
}

const struct native_entry core_codec[] = {
    {"format", 1, -1, NATIVE_PLAIN, format},
    {"breyta.sandbox/base64-encode", 1, 1, NATIVE_PLAIN, base64_encode},
    {"breyta.sandbox/base64-decode", 1, 1, NATIVE_PLAIN, base64_decode},
    {"breyta.sandbox/base64-decode-bytes", 1, 1, NATIVE_PLAIN, base64_decode_bytes},
    {"breyta.sandbox/hex-encode", 1, 1, NATIVE_PLAIN, hex_encode},
    {"breyta.sandbox/hex-decode", 1, 1, NATIVE_PLAIN, hex_decode},
    {"breyta.sandbox/hex-decode-bytes", 1, 1, NATIVE_PLAIN, hex_decode_bytes},
    {"breyta.sandbox/sha256-hex", 1, 1, NATIVE_PLAIN, sha256_hex},
    {"breyta.sandbox/hmac-sha256-hex", 2, 2, NATIVE_PLAIN, hmac_sha256_hex},
    {"breyta.sandbox/url-encode", 1, 1, NATIVE_PLAIN, url_encode},
    {"breyta.sandbox/url-decode", 1, 1, NATIVE_PLAIN, url_decode},
    {"breyta.sandbox/uuid-from", 1, 1, NATIVE_PLAIN, uuid_from},
    {"breyta.sandbox/uuid-from-bytes", 1, 1, NATIVE_PLAIN, uuid_from_bytes},
    {0},
};
