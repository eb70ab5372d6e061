/*
 * Diagnostics: a list in an arena. What comes after the two-hundredth is counted, not kept: a file
 * that is wrong in so many places is read again after the first repairs.
 */
#include "flow/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>

#define KEPT       200
#define FORM_SHOWN 80 /* bytes of a form's source in a diagnostic */

void diagnostic_init(struct diagnostics *list, struct arena *arena)
{
    *list = (struct diagnostics){.arena = arena};
}

/* Behind the last of its severity: who repairs a flow wants the errors first. */
static void insert(struct diagnostics *list, struct diagnostic *diagnostic)
{
    bool error = diagnostic->severity == DIAGNOSTIC_ERROR;
    struct diagnostic *before = error ? list->last_error : list->last;
    struct diagnostic **link = before ? &before->next : &list->first;

    diagnostic->next = *link;
    *link = diagnostic;
    if (error) list->last_error = diagnostic;
    if (!diagnostic->next) list->last = diagnostic;
}

/* Makes a diagnostic, or answers NULL when enough are kept. */
static struct diagnostic *make(struct diagnostics *list, enum diagnostic_severity severity,
                               const char *code)
{
    uint32_t count = list->error_count + list->warning_count;

    if (severity == DIAGNOSTIC_ERROR) {
        list->error_count++;
    } else {
        list->warning_count++;
    }
    if (count >= KEPT) return NULL;
    struct diagnostic *diagnostic = ARENA_NEW(list->arena, struct diagnostic);

    *diagnostic = (struct diagnostic){.severity = severity, .code = code, .line = 1, .column = 1};
    insert(list, diagnostic);
    return diagnostic;
}

/* A copy without what is no UTF-8: a message that was cut inside a character, half a pair. */
static struct text clean(struct arena *arena, struct text text)
{
    size_t bad;

    if (!text_is_utf8(text, &bad)) text.len = bad;
    return arena_text(arena, text);
}

/* Cuts at a character boundary and says so. */
static struct text shorten(struct arena *arena, struct text text)
{
    if (text.len <= FORM_SHOWN) return clean(arena, text);
    size_t len = FORM_SHOWN;

    while (len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return arena_printf(arena, TEXT_FMT "…", TEXT_ARG(text_slice(text, 0, len)));
}

/* The form as written; runs of white space become one space. */
static struct text form_source(const struct diagnostics *list, const struct form *form)
{
    struct text written = text_slice(list->source, form->offset, form->end_offset);
    struct buf out = {.limit = FORM_SHOWN + 8};
    bool gap = false;

    if (written.len == 0) {
        form_print(form, &out);
    }
    for (size_t i = 0; i < written.len && !out.overflow; i++) {
        char c = written.ptr[i];
        bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';

        if (!space || !gap) buf_char(&out, space ? ' ' : c);
        gap = space;
    }
    struct text shown = shorten(list->arena, buf_get(&out));

    buf_done(&out);
    return shown;
}

void diagnostic_add(struct diagnostics *list, enum diagnostic_severity severity, const char *code,
                    const struct form *form, const char *path, const char *hint, const char *fmt,
                    ...)
{
    struct diagnostic *diagnostic = make(list, severity, code);
    char message[400];
    va_list args;

    if (!diagnostic) return;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    diagnostic->message = clean(list->arena, text_from(message));
    if (hint) diagnostic->hint = clean(list->arena, text_from(hint));
    if (path) diagnostic->path = clean(list->arena, text_from(path));
    if (!form) return;
    diagnostic->line = form->line;
    diagnostic->column = form->column;
    diagnostic->offset = form->offset;
    diagnostic->form = form_source(list, form);
}

const char *diagnostic_path(struct diagnostics *list, const char *path, struct text word)
{
    if (!word.ptr) return path;
    return arena_printf(list->arena, "%s " TEXT_FMT, path, TEXT_ARG(word)).ptr;
}

/* The byte offset of a line and a column, which counts characters. */
static uint32_t offset_of(struct text source, uint32_t line, uint32_t column)
{
    size_t offset = 0;

    for (uint32_t at = 1; at < line; at++) {
        ptrdiff_t newline = text_index_of_char(text_slice(source, offset, source.len), '\n');

        if (newline < 0) break;
        offset += (size_t)newline + 1;
    }
    for (uint32_t at = 1; at < column && offset < source.len; at++) {
        do {
            offset++;
        } while (offset < source.len && ((unsigned char)source.ptr[offset] & 0xc0) == 0x80);
    }
    return (uint32_t)offset;
}

void diagnostic_add_error(struct diagnostics *list, const struct error *err, const char *path)
{
    struct diagnostic *diagnostic = make(list, DIAGNOSTIC_ERROR, error_wire(err->code));

    if (!diagnostic) return;
    const char *hint = err->hint[0] ? err->hint : error_default_hint(err->code);

    diagnostic->message = clean(list->arena, text_from(err->message));
    diagnostic->hint = clean(list->arena, text_from(hint));
    if (path) diagnostic->path = clean(list->arena, text_from(path));
    if (err->line < 1) return;
    diagnostic->line = (uint32_t)err->line;
    diagnostic->column = err->column < 1 ? 1 : (uint32_t)err->column;
    diagnostic->offset = offset_of(list->source, diagnostic->line, diagnostic->column);
}

bool diagnostic_has(const struct diagnostics *list, const char *code, uint32_t line,
                    uint32_t column)
{
    for (const struct diagnostic *item = list->first; item; item = item->next) {
        if (item->line == line && item->column == column &&
            text_equal(text_from(item->code), text_from(code))) {
            return true;
        }
    }
    return false;
}

static void write_one(const struct diagnostic *item, struct json_writer *writer, const char *stage)
{
    struct text path = item->path;

    json_write_object(writer);
    json_put_cstr(writer, "severity", item->severity == DIAGNOSTIC_ERROR ? "error" : "warning");
    json_put_cstr(writer, "code", item->code);
    json_put_text(writer, "message", item->message);
    json_write_key(writer, "path");
    json_write_array(writer);
    while (path.ptr) {
        struct text word = text_cut(&path, ' ');

        if (word.len > 0) json_write_text(writer, word);
    }
    json_write_array_end(writer);
    if (item->hint.ptr) json_put_text(writer, "hint", item->hint);
    json_put_cstr(writer, "stage", stage);
    json_put_int(writer, "line", item->line);
    json_put_int(writer, "column", item->column);
    json_put_int(writer, "byteOffset", item->offset);
    if (item->form.ptr) json_put_text(writer, "form", item->form);
    json_write_object_end(writer);
}

void diagnostic_write(const struct diagnostics *list, struct json_writer *writer, const char *stage)
{
    json_write_array(writer);
    for (const struct diagnostic *item = list->first; item; item = item->next) {
        write_one(item, writer, stage);
    }
    json_write_array_end(writer);
}

bool diagnostic_first_error(const struct diagnostics *list, struct error *err)
{
    for (const struct diagnostic *item = list->first; item; item = item->next) {
        if (item->severity != DIAGNOSTIC_ERROR) continue;
        enum error_code code = error_find(text_from(item->code));

        error_set(err, code == E_NONE ? E_FLOW_INVALID : code, TEXT_FMT, TEXT_ARG(item->message));
        if (item->hint.ptr) error_hint(err, TEXT_FMT, TEXT_ARG(item->hint));
        error_at(err, (int)item->line, (int)item->column);
        return true;
    }
    return false;
}
