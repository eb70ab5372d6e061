/* Replies of runs. */
#include "gateway/reply.h"

#include "gateway/record.h"

static const char *const refused[] = {"connection",
                                      "content-length",
                                      "transfer-encoding",
                                      "upgrade",
                                      "keep-alive",
                                      "te",
                                      "trailer",
                                      "proxy-authenticate",
                                      "set-cookie",
                                      "content-type",
                                      "content-security-policy",
                                      "strict-transport-security",
                                      "x-content-type-options",
                                      "server",
                                      "date",
                                      "location",
                                      "refresh",
                                      "report-to",
                                      "reporting-endpoints",
                                      "nel",
                                      "clear-site-data",
                                      "service-worker-allowed",
                                      "alt-svc",
                                      "access-control-allow-origin"};

bool reply_header_is_allowed(struct text name, struct text value)
{
    if (name.len == 0 || name.len > 100 || value.len > 4000) return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';

        if (!good) return false;
    }
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];

        if (c < ' ' || c == 127) return false;
    }
    for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
        if (text_equal_nocase(name, text_from(refused[i]))) return false;
    }
    return true;
}

/* The content type that the headers name, or what the body is. */
static struct text content_type(const struct json *headers, bool is_text)
{
    struct text key;
    const struct json *value;
    void *iter = NULL;

    while ((iter = json_member(headers, iter, &key, &value)) != NULL) {
        struct text type = json_text(value);

        if (!text_equal_nocase(key, TEXT("content-type")) || !type.ptr) continue;
        if (reply_header_is_allowed(TEXT("x"), type)) return type;
    }
    return is_text ? TEXT("text/plain; charset=utf-8") : TEXT("application/json; charset=utf-8");
}

static void add_headers(struct request *request, const struct json *headers)
{
    struct text key;
    const struct json *value;
    void *iter = NULL;

    while ((iter = json_member(headers, iter, &key, &value)) != NULL) {
        if (reply_header_is_allowed(key, json_text(value))) {
            request_add_header(request, key, json_text(value));
        }
    }
}

bool reply_send(struct request *request, struct text encoded_result)
{
    const struct json *result = record_decode(&request->arena, encoded_result);
    int64_t status = json_int(json_get(result, "status"), 0);
    const struct json *headers = json_get(result, "headers");
    const struct json *body = json_get(result, "body");

    // Without headers or body a :status may mean anything to the flow.
    if (json_get_type(json_get(result, "status")) != JSON_INT || (!headers && !body)) return false;
    if (status < 200 || status > 599 || (headers && json_get_type(headers) != JSON_OBJECT)) {
        return false;
    }
    bool is_text = json_get_type(body) == JSON_STRING;

    buf_reset(&request->answer);
    if (is_text) {
        buf_text(&request->answer, json_text(body));
    } else if (body) {
        json_append(&request->answer, body);
    }
    if (headers) add_headers(request, headers);
    request_add_header(request, TEXT("Content-Security-Policy"),
                       TEXT("default-src 'none'; sandbox"));
    request_send(request, (int)status, content_type(headers, is_text), buf_get(&request->answer));
    return true;
}
