/*
 * The result of an :http step. Secrets and callback tokens that the other side sends back are
 * overwritten before anything is made of its answer.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "executor/step_config.h"
#include "executor/step_http.h"
#include "flow/bytes.h"
#include "flow/codec.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/string.h"
#include "storage/vault.h"

#include <string.h>
#include <time.h>

static const char *const forms[] = {"auto", "json", "text", "bytes", NULL};

enum error_code step_http_response_code(int status)
{
    switch (status) {
    case 401: return E_UNAUTHORIZED;
    case 403: return E_FORBIDDEN;
    case 404:
    case 410: return E_NOT_FOUND;
    case 408:
    case 504: return E_TIMEOUT;
    case 409: return E_CONFLICT;
    case 413: return E_TOO_LARGE;
    case 425:
    case 429: return E_RATE;
    case 503: return E_UNAVAILABLE;
    default: return status >= 400 && status < 500 ? E_INPUT : E_REMOTE;
    }
}

int64_t step_http_response_retry_after(struct text value, int64_t now_wall_ms)
{
    struct tm date = {0};
    char text[64];
    int64_t seconds;

    value = text_trim(value);
    if (parse_int64(value, &seconds)) return seconds > 0 && seconds < 1000000 ? seconds * 1000 : 0;
    if (value.len == 0 || value.len >= sizeof(text)) return 0;
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &date);

    if (!end || *end) return 0;
    int64_t at_ms = (int64_t)timegm(&date) * 1000;

    return at_ms > now_wall_ms ? at_ms - now_wall_ms : 0;
}

/* Lower-case keywords; a header that stands twice is joined by a comma, set-cookie is a vector. */
static struct value headers_of(struct step *step, const struct http_op *op)
{
    struct heap *heap = &step->heap;
    struct value map = pmap_empty();

    for (size_t i = 0; i < op->response_header_count; i++) {
        const struct http_header *header = &op->response_headers[i];
        struct value key = keyword_new(heap, TEXT_NONE, header->name);
        struct value old = pmap_get(map, key, value_nil());
        struct value value = string_from_utf8(heap, header->value);

        if (text_equal(header->name, TEXT("set-cookie"))) {
            value = pvec_conj(heap, old.type == VALUE_VECTOR ? old : pvec_empty(), value);
        } else if (old.type == VALUE_STRING) {
            value =
                string_concat(heap, string_concat(heap, old, string_from_cstr(heap, ", ")), value);
        }
        map = pmap_assoc(heap, map, key, value);
    }
    return map;
}

static bool says_json(struct text type)
{
    struct text rest = type;
    struct text name = text_trim(text_cut(&rest, ';'));

    return text_equal_nocase(name, TEXT("application/json")) ||
           (name.len > 5 &&
            text_equal_nocase(text_slice(name, name.len - 5, name.len), TEXT("+json")));
}

static bool body_of(struct step *step, const struct http_op *op, int form, struct value *out,
                    struct error *err)
{
    struct heap *heap = &step->heap;
    struct text body = op->response_body;
    struct text type = http_header_find(op, "content-type");
    struct error not_json = {0};

    if (!heap_can(heap, body.len * 2, err)) return false;
    if (form == STEP_HTTP_JSON || (form == STEP_HTTP_AUTO && says_json(type))) {
        if (text_trim(body).len == 0) {
            *out = value_nil();
            return true;
        }
        if (codec_value_from_json(heap, body, true, out, &not_json)) return true;
        if (form == STEP_HTTP_JSON) {
            error_set(err, E_REMOTE, "the answer is not JSON: %s", not_json.message);
            return error_hint(err, "Use :response-as :text to see what it is.");
        }
    }
    bool is_text = form == STEP_HTTP_TEXT || text_is_utf8(body, NULL);

    *out =
        form != STEP_HTTP_BYTES && is_text ? string_from_utf8(heap, body) : bytes_new(heap, body);
    return true;
}

static bool failed(struct step *step, const struct http_op *op, struct value body,
                   struct error *err)
{
    struct error ignored = {0};
    enum error_code code = step_http_response_code(op->status);

    step->failure.status = op->status;
    step->failure.retry_after_ms =
        step_http_response_retry_after(http_header_find(op, "retry-after"), clock_wall_ms());
    if (!step_encode(step, body, &step->failure_body, &ignored)) step->failure_body = TEXT_NONE;
    error_set(err, code, "the other side answered %d", op->status);
    return error_hint(err, "See :body of the error for what it says.");
}

bool step_http_response(struct step *step, struct http_op *op, const struct redact *redact,
                        struct error *err)
{
    struct heap *heap = &step->heap;
    struct value config = step->config;
    struct value body;
    bool throws;
    int form;

    redact_apply(redact, (char *)op->response_body.ptr, op->response_body.len);
    vault_callback_hide(step->run->id, (char *)op->response_body.ptr, op->response_body.len);
    for (size_t i = 0; i < op->response_header_count; i++) {
        struct text value = op->response_headers[i].value;

        redact_apply(redact, (char *)value.ptr, value.len);
        vault_callback_hide(step->run->id, (char *)value.ptr, value.len);
    }
    if (!step_config_choice(config, "response-as", forms, STEP_HTTP_AUTO, &form, err) ||
        !step_config_bool(config, "throw-on-error", true, &throws, err)) {
        return false;
    }
    bool ok = op->status >= 200 && op->status < 400; // 3xx: redirects that are not followed
    // Of a failure whatever it says is good to see.
    if (!body_of(step, op, ok || !throws ? form : STEP_HTTP_AUTO, &body, err)) return false;
    if (!ok && throws) return failed(step, op, body, err);
    struct value result = pmap_put_named(heap, pmap_empty(), "status", value_int(op->status));

    result = pmap_put_named(heap, result, "headers", headers_of(step, op));
    result = pmap_put_named(heap, result, "body", body);
    return step_result(step, result, err);
}
