/* Pages. Everything that is not markup of ours passes page_escape(). */
#include "gateway/page.h"

#include "base/assert.h"
#include "base/crypto.h"
#include "base/random.h"
#include "gateway/embed_gateway.h"

#include <string.h>

#define NONCE_BYTES 16
#define DEPTH_MAX   4 /* of JSON shown as lists; deeper is shown as text */
#define ITEMS_MAX   200

void page_escape(struct buf *out, struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];

        switch (c) {
        case '&': buf_cstr(out, "&amp;"); break;
        case '<': buf_cstr(out, "&lt;"); break;
        case '>': buf_cstr(out, "&gt;"); break;
        case '"': buf_cstr(out, "&quot;"); break;
        case '\'': buf_cstr(out, "&#39;"); break;
        default:
            if (c >= ' ' || c == '\n' || c == '\t') buf_char(out, (char)c);
        }
    }
}

static void write_flat(struct buf *out, const struct json *node)
{
    struct buf json CLEANUP(buf_done) = {0};

    if (json_get_type(node) == JSON_STRING) {
        page_escape(out, json_text(node));
        return;
    }
    if (json_get_type(node) == JSON_ABSENT || json_get_type(node) == JSON_NULL) {
        buf_cstr(out, "<span class=\"none\">none</span>");
        return;
    }
    json_append(&json, node);
    page_escape(out, buf_get(&json));
}

static void write_node(struct buf *out, const struct json *node, int depth)
{
    struct text key;
    const struct json *value;
    void *iter = NULL;
    size_t count = 0;

    if (depth == DEPTH_MAX || json_count(node) == 0) {
        write_flat(out, node);
        return;
    }
    if (json_get_type(node) == JSON_ARRAY) {
        buf_cstr(out, "<ol>");
        for (size_t i = 0; i < json_count(node) && i < ITEMS_MAX; i++) {
            buf_cstr(out, "<li>");
            write_node(out, json_item(node, i), depth + 1);
            buf_cstr(out, "</li>");
        }
        buf_cstr(out, "</ol>");
    } else {
        buf_cstr(out, "<dl>");
        while ((iter = json_member(node, iter, &key, &value)) != NULL && count++ < ITEMS_MAX) {
            buf_cstr(out, "<dt>");
            page_escape(out, key);
            buf_cstr(out, "</dt><dd>");
            write_node(out, value, depth + 1);
            buf_cstr(out, "</dd>");
        }
        buf_cstr(out, "</dl>");
    }
    if (json_count(node) > ITEMS_MAX) {
        buf_printf(out, "<p class=\"none\">and %zu more</p>", json_count(node) - ITEMS_MAX);
    }
}

void page_write_json(struct buf *out, const struct json *node)
{
    write_node(out, node, 0);
}

static struct text find_template(const char *name)
{
    for (const struct embed_file *file = embed_gateway; file->name; file++) {
        if (strcmp(file->name, name) == 0) {
            return (struct text){file->data, (size_t)(file->data_end - file->data)};
        }
    }
    ASSERT(!"the template is embedded");
    return TEXT_NONE;
}

static void put_value(struct buf *out, struct text name, struct text nonce,
                      const struct page_value *values)
{
    if (text_equal(name, TEXT("nonce"))) {
        buf_text(out, nonce);
        return;
    }
    for (; values->name; values++) {
        if (!text_equal(name, text_from(values->name))) continue;
        if (values->is_markup) {
            buf_text(out, values->value);
        } else {
            page_escape(out, values->value);
        }
        return;
    }
}

static void fill(struct buf *out, struct text template, struct text nonce,
                 const struct page_value *values)
{
    for (;;) {
        ptrdiff_t open = text_index_of(template, TEXT("{{"));
        ptrdiff_t close = text_index_of(template, TEXT("}}"));

        if (open < 0 || close < open) break;
        buf_text(out, text_slice(template, 0, (size_t)open));
        put_value(out, text_slice(template, (size_t)open + 2, (size_t)close), nonce, values);
        template = text_slice(template, (size_t)close + 2, template.len);
    }
    buf_text(out, template);
}

void page_send(struct request *request, int status, const char *template,
               const struct page_value *values)
{
    uint8_t bytes[NONCE_BYTES];
    struct buf nonce CLEANUP(buf_done) = {0};

    random_bytes(bytes, sizeof bytes);
    crypto_base64url(&nonce, (struct text){(const char *)bytes, sizeof bytes});
    buf_reset(&request->answer);
    fill(&request->answer, find_template(template), buf_get(&nonce), values);
    request_add_header(request, TEXT("Content-Security-Policy"),
                       arena_printf(&request->arena,
                                    "default-src 'none'; style-src 'nonce-" TEXT_FMT
                                    "'; form-action 'self'; frame-ancestors 'none'; "
                                    "base-uri 'none'",
                                    TEXT_ARG(buf_get(&nonce))));
    request_add_header(request, TEXT("Referrer-Policy"), TEXT("no-referrer"));
    request_add_header(request, TEXT("Cache-Control"), TEXT("no-store"));
    request_add_header(request, TEXT("X-Frame-Options"), TEXT("DENY"));
    request_send(request, status, TEXT("text/html; charset=utf-8"), buf_get(&request->answer));
}
