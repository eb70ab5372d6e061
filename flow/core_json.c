#include "flow/codec.h"
#include "flow/core.h"
#include "flow/core_args.h"

/* Core json: JSON text to values and back, by the codec that steps use. */

static bool text_out(struct native_call *call, const struct buf *text, struct value *out)
{
    if (!core_args_charge_text(call, (int64_t)text->len)) return false;
    *out = string_from_utf8(call->heap, buf_get(text));
    return true;
}

static bool read_json(struct native_call *call, bool keyword_keys, struct value *out)
{
    struct buf data CLEANUP(buf_done) = {0};

    if (!core_args_string(call, 0)) return false;
    string_append_utf8(call->args[0], &data);
    if (!native_charge(call, (int64_t)data.len / 2)) return false;
    if (!heap_can(call->heap, data.len * 4, call->err)) return false;
    return codec_value_from_json(call->heap, buf_get(&data), keyword_keys, out, call->err);
}

static bool json_parse(struct native_call *call, struct value *out)
{
    return read_json(call, call->count < 2 || value_truthy(call->args[1]), out);
}

static bool json_parse_string(struct native_call *call, struct value *out)
{
    return read_json(call, call->count > 1 && value_truthy(call->args[1]), out);
}

static bool json_write(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {.limit = call->heap->budget_bytes};

    if (!codec_value_to_json(call->args[0], &text, call->err)) return false;
    return text_out(call, &text, out);
}

const struct native_entry core_json[] = {
    {"json/parse", 1, 2, NATIVE_PLAIN, json_parse},
    {"json/parse-string", 1, 2, NATIVE_PLAIN, json_parse_string},
    {"json/write", 1, 1, NATIVE_DEEP, json_write},
    {"json/generate-string", 1, 1, NATIVE_DEEP, json_write},
    {0},
};
