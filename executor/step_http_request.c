/*
 * The request of an :http step. It is checked twice: before secrets are read, on the config as
 * written, and when it is made, on the config with the secrets in their places.
 */
#include "base/crypto.h"
#include "base/json.h"
#include "base/url_code.h"
#include "executor/step_config.h"
#include "executor/step_http.h"
#include "flow/bytes.h"
#include "flow/codec.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/string.h"

#include <string.h>

#define REDIRECTS_MAX 5
#define HEADERS_MAX   100
#define REQUEST_MAX   LIMIT_REQUEST_BODY

static const char *const methods[] = {"get",    "post", "put",     "patch",
                                      "delete", "head", "options", NULL};
static const char *const upper_methods[] = {"GET",    "POST", "PUT",    "PATCH",
                                            "DELETE", "HEAD", "OPTIONS"};
static const char *const auth_types[] = {"none", "bearer", "basic", "api-key", NULL};

enum { AUTH_NONE, AUTH_BEARER, AUTH_BASIC, AUTH_API_KEY };

static const char *const bodies[] = {"json", "form", "body", NULL};
/* Where a secret may stand. */
static const char *const secret_places[] = {"auth", "headers", "query", "form", "json", NULL};
static const char *const open_places[] = {"url",  "base-url", "path",        "method",
                                          "body", "timeout",  "response-as", NULL};
static const char *const refused[] = {"multipart", "body-from-ref"};

static bool check_shapes(struct value config, struct error *err)
{
    static const char *const maps[] = {"headers", "query", "form", "auth"};
    int body_count = 0;

    for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
        if (!step_config_has(config, refused[i])) continue;
        return error_set(err, E_NOT_SUPPORTED, "this server does not send :%s", refused[i]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(maps); i++) {
        struct value map = step_config_get(config, maps[i]);

        if (value_is_nil(map) || map.type == VALUE_MAP) continue;
        return error_set(err, E_INPUT, ":%s is a %s; expected a map", maps[i],
                         value_type_name(map));
    }
    for (int i = 0; bodies[i]; i++) {
        body_count += step_config_has(config, bodies[i]);
    }
    if (body_count <= 1) return true;
    return error_set(err, E_INPUT, "an http step takes one of :json, :form and :body");
}

/* :url, or :base-url; with :path appended. */
static bool read_url(struct step *step, struct text *out, struct error *err)
{
    struct text url, path;
    const char *key = step_config_has(step->config, "url") ? "url" : "base-url";

    if (!step_config_text(&step->arena, step->config, key, &url, err) ||
        !step_config_text(&step->arena, step->config, "path", &path, err)) {
        return false;
    }
    if (!text_starts_with(url, TEXT("http://")) && !text_starts_with(url, TEXT("https://"))) {
        error_set(err, E_INPUT,
                  url.len ? "the :url is not http:// or https://" : "an http step has no :url");
        return error_hint(err, "Give it :url \"https://…\".");
    }
    if (path.len > 0) {
        bool slashes = text_ends_with(url, TEXT("/")) && path.ptr[0] == '/';
        bool none = !text_ends_with(url, TEXT("/")) && path.ptr[0] != '/';

        if (slashes) url.len--;
        url = arena_printf(&step->arena, TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(url), none ? "/" : "",
                           TEXT_ARG(path));
    }
    *out = url;
    return true;
}

bool step_http_request_check(struct step *step, struct secret_refs *secrets, struct error *err)
{
    struct value config = step->config;
    struct text url;
    int index;
    bool flag;

    if (!check_shapes(config, err) || !read_url(step, &url, err) ||
        !step_config_choice(config, "method", methods, 0, &index, err) ||
        !step_config_choice(step_config_get(config, "auth"), "type", auth_types, 0, &index, err) ||
        !step_config_bool(config, "follow-redirects", true, &flag, err) ||
        !step_config_bool(config, "throw-on-error", true, &flag, err)) {
        return false;
    }
    for (int i = 0; open_places[i]; i++) {
        struct value part = step_config_get(config, open_places[i]);

        if (!secret_refs_collect(secrets, part, open_places[i], false, err)) return false;
    }
    for (int i = 0; secret_places[i]; i++) {
        struct value part = step_config_get(config, secret_places[i]);

        if (!secret_refs_collect(secrets, part, secret_places[i], true, err)) return false;
    }
    return true;
}

static bool add_header(struct step *step, struct step_http_request *out, struct text name,
                       struct text value, bool sensitive, struct error *err)
{
    if (out->header_count == HEADERS_MAX) {
        return error_set(err, E_LIMIT, "a request has at most %d headers", HEADERS_MAX);
    }
    if (memchr(value.ptr ? value.ptr : "", '\n', value.len) ||
        memchr(value.ptr ? value.ptr : "", '\r', value.len)) {
        return error_set(err, E_INPUT, "the header " TEXT_FMT " has a line break in its value",
                         TEXT_ARG(name));
    }
    out->headers = arena_grow(&step->arena, out->headers, out->header_count, &out->header_capacity,
                              sizeof(*out->headers));
    out->headers[out->header_count++] = (struct http_header){name, value, sensitive};
    return true;
}

static bool has_header(const struct step_http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (text_equal_nocase(request->headers[i].name, text_from(name))) return true;
    }
    return false;
}

static bool is_unsafe(struct text method)
{
    return !text_equal(method, TEXT("GET")) && !text_equal(method, TEXT("HEAD")) &&
           !text_equal(method, TEXT("OPTIONS"));
}

static bool add_headers(struct step *step, const struct secret_refs *secrets,
                        struct step_http_request *out, struct error *err)
{
    struct value headers = step_config_get(step->config, "headers");
    struct pmap_iter iter;
    struct value key, value;

    if (value_is_nil(headers)) return true;
    pmap_iter_init(&iter, headers);
    while (pmap_iter_next(&iter, &key, &value)) {
        bool sensitive = secret_refs_has(value);
        struct text name, text;

        value = secret_refs_fill(secrets, &step->heap, value);
        if (!step_config_show(&step->arena, key, &name) || name.len == 0 ||
            !step_config_show(&step->arena, value, &text)) {
            return error_set(err, E_INPUT, "a header is a %s; expected a text",
                             value_type_name(value));
        }
        if (!text.ptr) continue; // nil: not sent
        if (!add_header(step, out, name, text, sensitive, err)) return false;
    }
    return true;
}

/* key=value pairs, percent-encoded; a collection gives its key once for each item. */
static bool encode_pairs(struct step *step, struct value map, struct buf *out, struct error *err)
{
    struct pmap_iter iter;
    struct value key, value;

    pmap_iter_init(&iter, map);
    while (pmap_iter_next(&iter, &key, &value)) {
        struct seq_iter items;
        struct value item;
        struct text name, text;
        bool many = seq_is_sequential(value) || value.type == VALUE_SET;
        struct value alone = many ? value : pvec_new(&step->heap, &value, 1);

        if (!step_config_show(&step->arena, key, &name)) {
            return error_set(err, E_INPUT, "a name in :query or :form is a %s",
                             value_type_name(key));
        }
        seq_iter_init(&items, alone);
        while (seq_iter_next(&items, &step->heap, &item)) {
            if (!step_config_show(&step->arena, item, &text)) {
                return error_set(err, E_INPUT, "the value of " TEXT_FMT " is a %s; expected a text",
                                 TEXT_ARG(name), value_type_name(item));
            }
            if (!text.ptr) continue; // nil: left out
            if (out->len > 0) buf_char(out, '&');
            url_code_append(out, name);
            buf_char(out, '=');
            url_code_append(out, text);
        }
    }
    return true;
}

static bool add_query(struct step *step, struct value query, struct text *url, struct error *err)
{
    struct buf pairs = {.limit = REQUEST_MAX};
    bool ok = encode_pairs(step, query, &pairs, err);

    if (ok && pairs.len > 0) {
        ptrdiff_t hash = text_index_of_char(*url, '#');
        struct text front = hash < 0 ? *url : text_slice(*url, 0, (size_t)hash);
        const char *joint = text_index_of_char(front, '?') < 0 ? "?" : "&";

        *url = arena_printf(&step->arena, TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(front), joint,
                            TEXT_ARG(buf_get(&pairs)));
    }
    if (pairs.ptr) crypto_wipe(pairs.ptr, pairs.capacity);
    buf_done(&pairs);
    return ok;
}

/* The secret of an auth map: its own :secret-ref, or one of the keys. */
static bool auth_text(struct step *step, struct value auth, const char *key, const char *other,
                      struct text *out, struct error *err)
{
    const char *found = step_config_has(auth, "secret") ? "secret"
                        : step_config_has(auth, key)    ? key
                                                        : other;

    if (!step_config_text(&step->arena, auth, found, out, err)) return false;
    if (out->ptr) return true;
    error_set(err, E_INPUT, "the :auth of the step has no :%s", key);
    return error_hint(err, "Use {:type :bearer :token {:secret-ref :name}} or the like.");
}

static bool add_basic(struct step *step, struct value auth, struct redact *redact,
                      struct step_http_request *out, struct error *err)
{
    struct text user, password;
    struct buf value = {0};

    if (!step_config_text(&step->arena, auth, "username", &user, err) ||
        !auth_text(step, auth, "password", "value", &password, err)) {
        return false;
    }
    struct text pair = user.ptr ? arena_printf(&step->arena, TEXT_FMT ":" TEXT_FMT, TEXT_ARG(user),
                                               TEXT_ARG(password))
                                : password;

    redact_add(redact, pair);
    buf_cstr(&value, "Basic ");
    crypto_base64(&value, pair);
    bool ok = add_header(step, out, TEXT("Authorization"),
                         arena_text(&step->arena, buf_get(&value)), true, err);

    crypto_wipe(value.ptr, value.capacity);
    buf_done(&value);
    return ok;
}

static bool add_auth(struct step *step, struct value auth, struct redact *redact,
                     struct step_http_request *out, struct error *err)
{
    struct text secret, name;
    int type;

    if (!step_config_choice(auth, "type", auth_types, AUTH_NONE, &type, err)) return false;
    switch (type) {
    case AUTH_BEARER:
        if (!auth_text(step, auth, "token", "value", &secret, err)) return false;
        return add_header(step, out, TEXT("Authorization"),
                          arena_printf(&step->arena, "Bearer " TEXT_FMT, TEXT_ARG(secret)), true,
                          err);
    case AUTH_BASIC: return add_basic(step, auth, redact, out, err);
    case AUTH_API_KEY:
        if (!auth_text(step, auth, "key", "value", &secret, err)) return false;
        if (step_config_has(auth, "query")) {
            if (!step_config_text(&step->arena, auth, "query", &name, err)) return false;
            struct value pair =
                pmap_put_named(&step->heap, pmap_empty(), arena_cstr(&step->arena, name),
                               string_from_utf8(&step->heap, secret));

            return add_query(step, pair, &out->url, err);
        }
        if (!step_config_text(&step->arena, auth, "header", &name, err)) return false;
        return add_header(step, out, name.ptr ? name : TEXT("X-API-Key"), secret, true, err);
    default: return true;
    }
}

static bool make_body(struct step *step, const struct secret_refs *secrets, const char *kind,
                      struct step_http_request *out, struct error *err)
{
    struct value value = step_config_get(step->config, kind);
    struct buf bytes = {.limit = REQUEST_MAX};
    bool ok = true;

    out->body_sensitive = secret_refs_has(value);
    value = secret_refs_fill(secrets, &step->heap, value);
    if (kind == bodies[0]) {
        ok = codec_value_to_json(value, &bytes, err);
    } else if (kind == bodies[1]) {
        ok = encode_pairs(step, value, &bytes, err);
    } else if (value.type == VALUE_BYTES) {
        buf_text(&bytes, bytes_get(value));
    } else {
        struct text text;

        ok = step_config_show(&step->arena, value, &text) ||
             error_set(err, E_INPUT, ":body is a %s; expected a text or bytes",
                       value_type_name(value));
        if (ok) buf_text(&bytes, text);
    }
    if (ok && bytes.overflow) {
        ok = error_set(err, E_LIMIT, "the body of the request is larger than %d MB",
                       REQUEST_MAX / 1048576);
    }
    if (ok) out->body = arena_text(&step->arena, buf_get(&bytes));
    if (bytes.ptr && out->body_sensitive) crypto_wipe(bytes.ptr, bytes.capacity);
    buf_done(&bytes);
    return ok;
}

static bool add_body(struct step *step, const struct secret_refs *secrets,
                     struct step_http_request *out, struct error *err)
{
    static const char *const types[] = {"application/json", "application/x-www-form-urlencoded",
                                        "text/plain; charset=utf-8"};

    for (int i = 0; bodies[i]; i++) {
        struct value value;

        if (step_config_has(step->config, bodies[i])) {
            if (!make_body(step, secrets, bodies[i], out, err)) return false;
            value = step_config_get(step->config, bodies[i]);
            const char *type = value.type == VALUE_BYTES ? "application/octet-stream" : types[i];

            if (has_header(out, "content-type")) return true;
            return add_header(step, out, TEXT("Content-Type"), text_from(type), false, err);
        }
    }
    return true;
}

struct text step_http_request_key(struct step *step)
{
    struct buf source = {0};
    struct buf hex = {0};
    char run[UUID_TEXT_SIZE];
    uint8_t hash[32];

    id_format(step->run->id, run);
    buf_cstr(&source, run);
    buf_char(&source, '/');
    buf_text(&source, step->address);
    crypto_sha256(buf_get(&source), hash);
    crypto_hex(&hex, (struct text){(const char *)hash, 16});
    struct text key = arena_text(&step->arena, buf_get(&hex));

    buf_done(&source);
    buf_done(&hex);
    return key;
}

bool step_http_request_make(struct step *step, const struct secret_refs *secrets,
                            struct redact *redact, struct step_http_request *out, struct error *err)
{
    struct value config = step->config;
    struct value auth = secret_refs_fill(secrets, &step->heap, step_config_get(config, "auth"));
    struct value query = secret_refs_fill(secrets, &step->heap, step_config_get(config, "query"));
    bool redirects;
    int method;

    *out = (struct step_http_request){0};
    if (!read_url(step, &out->url, err) ||
        !step_config_bool(config, "follow-redirects", true, &redirects, err) ||
        !add_headers(step, secrets, out, err) || !add_auth(step, auth, redact, out, err)) {
        return false;
    }
    if (!value_is_nil(query) && !add_query(step, query, &out->url, err)) return false;
    if (!add_body(step, secrets, out, err)) return false;
    if (!step_config_choice(config, "method", methods, out->body.ptr ? 1 : 0, &method, err)) {
        return false;
    }
    out->method = text_from(upper_methods[method]);
    out->max_redirects = redirects ? REDIRECTS_MAX : 0;
    if (!has_header(out, "user-agent") &&
        !add_header(step, out, TEXT("User-Agent"), TEXT("weir/" WEIR_VERSION), false, err)) {
        return false;
    }
    if (!has_header(out, "accept") &&
        !add_header(step, out, TEXT("Accept"), TEXT("*/*"), false, err)) {
        return false;
    }
    if (!is_unsafe(out->method) || has_header(out, "idempotency-key")) return true;
    return add_header(step, out, TEXT("Idempotency-Key"), step_http_request_key(step), false, err);
}
