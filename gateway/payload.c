/* Bodies from outside. */
#include "gateway/payload.h"

static const struct json *wrap(struct request *request, const struct json *node, struct text body,
                               struct error *err)
{
    struct buf json CLEANUP(buf_done) = {0};
    struct json_writer writer;

    json_write_init(&writer, &json);
    json_write_object(&writer);
    json_write_key(&writer, "body");
    if (node) {
        json_write_node(&writer, node);
    } else {
        json_write_text(&writer, body);
    }
    json_write_object_end(&writer);
    return json_read(&request->arena, buf_get(&json), err);
}

const struct json *payload_read(struct request *request, struct error *err)
{
    struct text type = request_header(request, "content-type");
    struct text body = request->body;
    bool is_json = text_index_of(type, TEXT("json")) >= 0;

    if (text_trim(body).len == 0) return json_read(&request->arena, TEXT("{}"), err);
    const struct json *node = json_read(&request->arena, body, err);

    if (node || is_json) return node;
    if (!text_is_utf8(body, NULL)) {
        error_set(err, E_BAD_UTF8, "the body is no UTF-8");
        return NULL;
    }
    return wrap(request, NULL, body, err);
}

const struct json *payload_read_object(struct request *request, struct error *err)
{
    const struct json *node = payload_read(request, err);

    if (!node || json_get_type(node) == JSON_OBJECT) return node;
    return wrap(request, node, TEXT_NONE, err);
}
