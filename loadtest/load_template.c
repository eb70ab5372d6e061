#include "loadtest/load_template.h"

#include "base/macros.h"

#define PLACE_SIZE 3 /* {n} */

static struct text field_of(struct text line, int index)
{
    struct text field = TEXT_NONE;

    for (int i = 0; i < index; i++) {
        field = line.ptr ? text_cut(&line, '\t') : TEXT_NONE;
    }
    return field;
}

static bool is_place(struct text rest)
{
    if (rest.len < PLACE_SIZE || rest.ptr[0] != '{' || rest.ptr[2] != '}') return false;
    return rest.ptr[1] == 'n' || (rest.ptr[1] >= '1' && rest.ptr[1] <= '9');
}

static void expand(struct text source, int64_t number, struct text line, struct buf *out)
{
    while (source.len > 0) {
        ptrdiff_t brace = text_index_of_char(source, '{');
        size_t plain = brace < 0 ? source.len : (size_t)brace;

        buf_append(out, source.ptr, plain);
        source = text_slice(source, plain, source.len);
        if (source.len == 0) return;
        bool replaced = is_place(source);

        if (!replaced) {
            buf_char(out, '{');
        } else if (source.ptr[1] == 'n') {
            buf_printf(out, "%lld", (long long)number);
        } else {
            buf_text(out, field_of(line, source.ptr[1] - '0'));
        }
        source = text_slice(source, replaced ? PLACE_SIZE : 1, source.len);
    }
}

void load_template_write(struct load_template *template, int64_t number, struct text line,
                         struct buf *out)
{
    buf_reset(out);
    buf_reset(&template->scratch);
    expand(text_from(template->body), number, line, &template->scratch);
    buf_printf(out, "%s ", template->method);
    expand(text_from(template->path), number, line, out);
    buf_printf(out, " HTTP/1.1\r\nHost: 127.0.0.1:%lld\r\n", (long long)template->port);
    expand(template->headers, number, line, out);
    if (template->body) {
        buf_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                   template->scratch.len);
    }
    buf_cstr(out, "\r\n");
    buf_text(out, buf_get(&template->scratch));
}

bool load_template_may_repeat(const struct load_template *template)
{
    static const char *const idempotent[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};

    for (size_t i = 0; i < ARRAY_COUNT(idempotent); i++) {
        if (text_equal(text_from(template->method), text_from(idempotent[i]))) return true;
    }
    return false;
}

void load_template_done(struct load_template *template)
{
    buf_done(&template->scratch);
}
