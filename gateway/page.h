#pragma once

#include "gateway/request.h"

/*
 * Page: HTML for people, from the embedded files of this folder. A template holds {{name}}; each is
 * replaced by a value that is escaped, or by markup that was made by page_* functions. Pages stand
 * alone: no scripts, nothing is loaded, styles by a nonce.
 */
struct page_value {
    const char *name;
    struct text value;
    bool is_markup;
};

void page_escape(struct buf *out, struct text value);
/* values: ends with name NULL. {{nonce}} is the page's own. */
void page_send(struct request *request, int status, const char *template,
               const struct page_value *values);
/* JSON as nested definition lists, escaped; strings bare. */
void page_write_json(struct buf *out, const struct json *node);
