#pragma once

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Template: an HTTP request with places that differ from one to the next, in path, headers and
 * body: {n} is its number, {1} to {9} are fields of its line, which tabs separate. An absent field
 * is empty; all other braces are themselves.
 */
struct load_template {
    const char *method, *path, *body; /* In: body NULL: none. */
    struct text headers;              /* whole lines */
    int64_t port;

    struct buf scratch; /* Private. */
};

/* Replaces what is in out. */
void load_template_write(struct load_template *template, int64_t number, struct text line,
                         struct buf *out);
/* Its method says that the request may come twice (RFC 9110, 9.2.2). */
bool load_template_may_repeat(const struct load_template *template);
void load_template_done(struct load_template *template);
