#include "executor/failure.h"

#include "base/assert.h"
#include "base/limits.h"
#include "flow/codec.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/string.h"

#include <stdio.h>

#define FAILURE_PART_MAX 65536 /* bytes of body, and of data */
#define FAILURE_HEAP_MAX (16 << 20)

static struct value word(struct heap *heap, struct text name)
{
    return keyword_new(heap, TEXT_NONE, name);
}

static struct value put_part(struct heap *heap, struct value map, const char *key,
                             struct text encoded)
{
    struct value part;
    struct error ignored;

    if (!encoded.ptr || encoded.len > FAILURE_PART_MAX) return map;
    if (!codec_decode(heap, encoded, &part, &ignored)) return map;
    return pmap_put_named(heap, map, key, part);
}

void failure_encode(const struct failure *failure, struct buf *out)
{
    const struct error *error = &failure->error;
    const char *hint = error->hint[0] ? error->hint : error_default_hint(error->code);
    struct heap heap;
    struct value map = pmap_empty();
    struct error err;

    heap_init(&heap, FAILURE_HEAP_MAX);
    map = pmap_put_named(&heap, map, "class",
                         word(&heap, text_from(error_class_name(error_class(error->code)))));
    map = pmap_put_named(&heap, map, "code", word(&heap, text_from(error_wire(error->code))));
    map = pmap_put_named(&heap, map, "message", string_from_utf8(&heap, text_from(error->message)));
    if (hint && hint[0]) {
        map = pmap_put_named(&heap, map, "hint", string_from_utf8(&heap, text_from(hint)));
    }
    if (failure->step_id.ptr) {
        map = pmap_put_named(&heap, map, "step-id", word(&heap, failure->step_id));
    }
    if (failure->address.ptr) {
        map = pmap_put_named(&heap, map, "address", string_from_utf8(&heap, failure->address));
    }
    if (failure->run.ptr) {
        map = pmap_put_named(&heap, map, "workflow-id", string_from_utf8(&heap, failure->run));
    }
    if (failure->attempt > 0) {
        map = pmap_put_named(&heap, map, "attempt", value_int(failure->attempt));
    }
    if (failure->status > 0) {
        map = pmap_put_named(&heap, map, "status", value_int(failure->status));
    }
    if (error->line > 0) {
        map = pmap_put_named(&heap, map, "line", value_int(error->line));
        map = pmap_put_named(&heap, map, "column", value_int(error->column));
    }
    map = put_part(&heap, map, "body", failure->body);
    map = put_part(&heap, map, "data", failure->data);
    bool ok = codec_encode(map, out, &err);

    ASSERT(ok); // plain data of a bounded size
    heap_done(&heap);
}

static struct text text_in(struct value map, const char *key, struct buf *out)
{
    struct value value = pmap_get_named(map, key);

    buf_reset(out);
    if (value.type == VALUE_STRING) string_append_utf8(value, out);
    if (value.type == VALUE_KEYWORD) buf_text(out, keyword_name(value));
    return buf_get(out);
}

bool failure_decode(struct heap *heap, struct text bytes, struct value *out_data,
                    struct error *out_error, struct error *err)
{
    struct buf text = {.limit = LIMIT_STEP_RESULT};

    if (!codec_decode(heap, bytes, out_data, err)) return false;
    if (out_data->type != VALUE_MAP) {
        return error_set(err, E_INTERNAL, "a journal's error is a %s", value_type_name(*out_data));
    }
    enum error_code code = error_find(text_in(*out_data, "code", &text));

    *out_error = (struct error){0};
    struct text message = text_in(*out_data, "message", &text);

    error_set(out_error, code == E_NONE ? E_USER : code, TEXT_FMT, TEXT_ARG(message));
    struct text hint = text_in(*out_data, "hint", &text);

    if (hint.len > 0) error_hint(out_error, TEXT_FMT, TEXT_ARG(hint));
    buf_done(&text);
    return true;
}
