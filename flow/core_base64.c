#include "base/crypto.h"
#include "flow/bytes.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/java_value.h"

#include <string.h>

/* Core base64: java.util.Base64, its encoders and decoders of the basic and the URL alphabet. */

static bool coder(struct native_call *call, enum java_kind kind, int64_t options, struct value *out)
{
    *out = java_value_new(call->heap, kind, options, 0);
    return true;
}

static bool get_encoder(struct native_call *call, struct value *out)
{
    return coder(call, JAVA_ENCODER, 0, out);
}

static bool get_url_encoder(struct native_call *call, struct value *out)
{
    return coder(call, JAVA_ENCODER, JAVA_CODER_URL, out);
}

static bool get_decoder(struct native_call *call, struct value *out)
{
    return coder(call, JAVA_DECODER, 0, out);
}

static bool get_url_decoder(struct native_call *call, struct value *out)
{
    return coder(call, JAVA_DECODER, JAVA_CODER_URL, out);
}

static bool options_of(struct native_call *call, enum java_kind kind, int64_t *out)
{
    if (!java_value_is(call->args[0], kind)) {
        return core_args_wrong(call, 0,
                               kind == JAVA_ENCODER ? "an encoder of Base64, as "
                                                      "(java.util.Base64/getEncoder)"
                                                    : "a decoder of Base64, as "
                                                      "(java.util.Base64/getDecoder)");
    }
    *out = OBJECT_AS(java_object, call->args[0].object)->number;
    return true;
}

static bool without_padding(struct native_call *call, struct value *out)
{
    int64_t options = 0;

    if (!options_of(call, JAVA_ENCODER, &options)) return false;
    return coder(call, JAVA_ENCODER, options | JAVA_CODER_BARE, out);
}

static bool encode(struct native_call *call, struct buf *out)
{
    struct text data;
    int64_t options = 0;

    if (!options_of(call, JAVA_ENCODER, &options)) return false;
    if (call->args[1].type != VALUE_BYTES) {
        return core_args_wrong(call, 1, "a byte array, as (.getBytes s)");
    }
    data = bytes_get(call->args[1]);
    if (!core_args_charge_text(call, (int64_t)data.len * 2)) return false;
    if (options & JAVA_CODER_URL) {
        crypto_base64url(out, data);
        while (!(options & JAVA_CODER_BARE) && out->len % 4 != 0) {
            buf_char(out, '=');
        }
    } else {
        crypto_base64(out, data);
        while ((options & JAVA_CODER_BARE) && out->len > 0 && out->ptr[out->len - 1] == '=') {
            out->len--;
        }
    }
    return true;
}

static bool encode_to_string(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (!encode(call, &text)) return false;
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

static bool encode_to_bytes(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (!encode(call, &text)) return false;
    *out = bytes_new(call->heap, buf_get(&text));
    return true;
}

static bool wrong_text(struct native_call *call, const char *why)
{
    error_set(call->err, E_ARGUMENT, "%s: %s", call->entry->name, why);
    return error_hint(call->err, "(java.util.Base64/getUrlDecoder) reads text with - and _, "
                                 "(java.util.Base64/getDecoder) text with + and /.");
}

static int digit_value(char c, bool url)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *at = c ? strchr(alphabet, c) : NULL;

    if (at) return (int)(at - alphabet);
    if (c == (url ? '-' : '+')) return 62;
    return c == (url ? '_' : '/') ? 63 : -1;
}

/* As Java's decoder: padding may be left out, but what is there must be whole and last; the bits
 * that are left over are not looked at. */
static bool decode_text(struct native_call *call, struct text source, bool url, struct buf *out)
{
    size_t len = 0, digits, tail;
    uint32_t bits = 0;

    while (len < source.len && source.ptr[len] != '=') {
        if (digit_value(source.ptr[len], url) < 0) {
            return wrong_text(call, "the text has a character that is none of Base64");
        }
        len++;
    }
    digits = len % 4;
    tail = source.len - len;
    if (digits == 1) return wrong_text(call, "the last unit does not have enough bits");
    if (tail > 0 && (digits == 0 || tail + digits != 4 || source.ptr[source.len - 1] != '=')) {
        return wrong_text(call, "the padding at the end is wrong");
    }
    for (size_t i = 0; i < len; i++) {
        bits = bits << 6 | (uint32_t)digit_value(source.ptr[i], url);
        if (i % 4 > 0) buf_char(out, (char)(bits >> (6 - 2 * (i % 4))));
    }
    return true;
}

static bool decode(struct native_call *call, struct value *out)
{
    struct buf source CLEANUP(buf_done) = {0};
    struct buf data CLEANUP(buf_done) = {0};
    struct value coded = call->args[1];
    int64_t options = 0;

    if (!options_of(call, JAVA_DECODER, &options)) return false;
    if (coded.type == VALUE_STRING) {
        string_append_utf8(coded, &source);
    } else if (coded.type == VALUE_BYTES) {
        buf_text(&source, bytes_get(coded));
    } else {
        return core_args_wrong(call, 1, "a string or a byte array");
    }
    if (!core_args_charge_text(call, 2 * (int64_t)source.len)) return false;
    if (!decode_text(call, buf_get(&source), options & JAVA_CODER_URL, &data)) return false;
    *out = bytes_new(call->heap, buf_get(&data));
    return true;
}

const struct native_entry core_base64[] = {
    {"java.util.Base64/getEncoder", 0, 0, NATIVE_PLAIN, get_encoder},
    {"java.util.Base64/getUrlEncoder", 0, 0, NATIVE_PLAIN, get_url_encoder},
    {"java.util.Base64/getDecoder", 0, 0, NATIVE_PLAIN, get_decoder},
    {"java.util.Base64/getUrlDecoder", 0, 0, NATIVE_PLAIN, get_url_decoder},
    {".withoutPadding", 1, 1, NATIVE_PLAIN, without_padding},
    {".encodeToString", 2, 2, NATIVE_PLAIN, encode_to_string},
    {".encode", 2, 2, NATIVE_OVERLOADED, encode_to_bytes},
    {".decode", 2, 2, NATIVE_OVERLOADED, decode},
    {0},
};
