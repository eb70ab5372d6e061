/*
 * Diagnostics: a list in an arena. What comes after as many errors, or warnings, as are kept is
 * counted only: a file that is wrong in so many places is read again after the first repairs. Each
 * kind has a bound of its own, so that warnings do not crowd out an error that comes later.
 */
#include "flow/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>

#define FORM_SHOWN 80 /* bytes of a form's source in a diagnostic */

void diagnostic_init(struct diagnostics *list, struct arena *arena)
{
    *list = (struct diagnostics){.arena = arena, .kept_max = DIAGNOSTIC_KEPT};
}

static bool is_before(const struct diagnostic *a, const struct diagnostic *b)
{
    if (a->severity != b->severity) return a->severity < b->severity;
    if (a->line != b->line) return a->line < b->line;
    return a->column <= b->column;
}

static bool is_same(const struct diagnostic *a, const struct diagnostic *b)
{
    return a->severity == b->severity && a->line == b->line && a->column == b->column &&
           strcmp(a->code, b->code) == 0 && text_equal(a->message, b->message);
}

/* What could not be read is no form that could be wrong in another way. */
static bool hides(const struct diagnostic *known, const struct diagnostic *added)
{
    return known->line == added->line && known->column == added->column &&
           text_starts_with(text_from(known->code), TEXT("clojure_")) &&
           !text_starts_with(text_from(added->code), TEXT("clojure_"));
}

/* Whether the last error that was added stands before that place, so that what stands there comes
 * behind it: errors come mostly in the order of the text. */
static bool is_behind_near(const struct diagnostics *list, uint32_t line, uint32_t column)
{
    const struct diagnostic *near = list->near;

    return near && (near->line != line ? near->line < line : near->column < column);
}

/* From where on the errors of that place stand. */
static const struct diagnostic *errors_from(const struct diagnostics *list, uint32_t line,
                                            uint32_t column)
{
    return is_behind_near(list, line, column) ? list->near->next : list->first;
}

/* To its place, unless it was said already. */
static void insert(struct diagnostics *list, struct diagnostic *diagnostic)
{
    // What hides a warning may be an error, so a warning looks at all of them.
    bool is_behind = diagnostic->severity == DIAGNOSTIC_ERROR &&
                     is_behind_near(list, diagnostic->line, diagnostic->column);
    struct diagnostic **link = is_behind ? &list->near->next : &list->first;

    list->newest = NULL;
    for (const struct diagnostic *item = *link; item; item = item->next) {
        if (is_same(item, diagnostic) || hides(item, diagnostic)) return;
        if (!is_before(item, diagnostic)) break; // what follows stands further behind
    }
    if (diagnostic->severity == DIAGNOSTIC_ERROR) {
        list->error_count++;
        list->near = diagnostic;
    } else {
        list->warning_count++;
    }
    while (*link && is_before(*link, diagnostic)) {
        link = &(*link)->next;
    }
    diagnostic->next = *link;
    *link = diagnostic;
    list->newest = diagnostic;
}

/* Makes a diagnostic, or answers NULL when enough of its kind are kept: then it is counted only. */
static struct diagnostic *make(struct diagnostics *list, enum diagnostic_severity severity,
                               const char *code)
{
    uint32_t *count = severity == DIAGNOSTIC_ERROR ? &list->error_count : &list->warning_count;

    list->newest = NULL;
    if (*count >= list->kept_max) {
        ++*count;
        return NULL;
    }
    struct diagnostic *diagnostic = ARENA_NEW(list->arena, struct diagnostic);

    *diagnostic = (struct diagnostic){.severity = severity, .code = code, .line = 1, .column = 1};
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

/* Source as written, shortened; runs of white space become one space. form: when there is none. */
static struct text show(const struct diagnostics *list, struct text written,
                        const struct form *form)
{
    struct buf out = {.limit = FORM_SHOWN + 8};
    bool gap = false;

    if (written.len == 0 && form) form_print(form, &out);
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

static struct text form_source(const struct diagnostics *list, const struct form *form)
{
    return show(list, text_slice(list->source, form->offset, form->end_offset), form);
}

/* The rest of the line, where there is no form. */
static struct text line_source(const struct diagnostics *list, uint32_t offset)
{
    struct text rest = text_slice(list->source, offset, list->source.len);
    struct text line = text_trim(text_cut(&rest, '\n'));

    return line.len > 0 ? show(list, line, NULL) : TEXT_NONE;
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
    if (form) {
        diagnostic->line = form->line;
        diagnostic->column = form->column;
        diagnostic->offset = form->offset;
        diagnostic->form = form_source(list, form);
    }
    insert(list, diagnostic);
}

const char *diagnostic_path(struct diagnostics *list, const char *path, struct text word)
{
    if (!word.ptr) return path;
    return arena_printf(list->arena, "%s " TEXT_FMT, path, TEXT_ARG(word)).ptr;
}

/* A place of the source: an offset and what it is in lines and characters. */
struct place {
    size_t offset;
    uint32_t line, column;
};

static uint32_t offset_from(struct text source, struct place at, uint32_t line, uint32_t column)
{
    for (; at.offset < source.len; at.offset++) {
        char c = source.ptr[at.offset];
        bool inside = ((unsigned char)c & 0xc0) == 0x80; // of a character

        if (!inside && (at.line > line || (at.line == line && at.column >= column))) break;
        bool lone_return =
            c == '\r' && !(at.offset + 1 < source.len && source.ptr[at.offset + 1] == '\n');

        if (c == '\n' || lone_return) {
            at.line++;
            at.column = 1;
        } else if (!inside) {
            at.column++;
        }
    }
    return (uint32_t)at.offset;
}

uint32_t diagnostic_offset(struct text source, uint32_t line, uint32_t column)
{
    bool has_mark = text_starts_with(source, TEXT("\xef\xbb\xbf")); // a byte order mark

    return offset_from(source, (struct place){has_mark ? 3 : 0, 1, 1}, line, column);
}

uint32_t diagnostic_place(const struct diagnostics *list, uint32_t line, uint32_t column)
{
    const struct diagnostic *near = list->near;

    // Those without a form say line 1 and offset 0, whatever begins the source.
    if (!is_behind_near(list, line, column) || near->line == 1) {
        return diagnostic_offset(list->source, line, column);
    }
    return offset_from(list->source, (struct place){near->offset, near->line, near->column}, line,
                       column);
}

void diagnostic_add_error(struct diagnostics *list, const struct error *err, const char *path)
{
    diagnostic_add_error_form(list, err, NULL, path);
}

void diagnostic_add_error_form(struct diagnostics *list, const struct error *err,
                               const struct form *form, const char *path)
{
    struct diagnostic *diagnostic = make(list, DIAGNOSTIC_ERROR, error_wire(err->code));

    if (!diagnostic) return;
    const char *hint = err->hint[0] ? err->hint : error_default_hint(err->code);

    diagnostic->message = clean(list->arena, text_from(err->message));
    diagnostic->hint = clean(list->arena, text_from(hint));
    if (path) diagnostic->path = clean(list->arena, text_from(path));
    if (err->line > 0) {
        diagnostic->line = (uint32_t)err->line;
        diagnostic->column = err->column < 1 ? 1 : (uint32_t)err->column;
        diagnostic->offset = diagnostic_place(list, diagnostic->line, diagnostic->column);
        diagnostic->form = form ? form_source(list, form) : line_source(list, diagnostic->offset);
    }
    insert(list, diagnostic);
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

bool diagnostic_has_error(const struct diagnostics *list, uint32_t line, uint32_t column)
{
    for (const struct diagnostic *item = errors_from(list, line, column); item; item = item->next) {
        if (item->severity == DIAGNOSTIC_ERROR && item->line == line && item->column == column) {
            return true;
        }
    }
    return false;
}

bool diagnostic_has_syntax_error(const struct diagnostics *list, uint32_t line, uint32_t column)
{
    for (const struct diagnostic *item = errors_from(list, line, column); item; item = item->next) {
        if (item->line == line && item->column == column &&
            text_starts_with(text_from(item->code), TEXT("clojure_"))) {
            return true;
        }
    }
    return false;
}

/* Fixes */

void diagnostic_fix(struct diagnostics *list, uint32_t from, uint32_t to, struct text text)
{
    struct diagnostic *diagnostic = list->newest;

    if (!diagnostic) return;
    struct diagnostic_edit **link = &diagnostic->fix;

    while (*link && (*link)->from < from) {
        link = &(*link)->next;
    }
    struct diagnostic_edit *edit = ARENA_NEW(list->arena, struct diagnostic_edit);

    *edit = (struct diagnostic_edit){from, to, arena_text(list->arena, text), *link};
    *link = edit;
    uint32_t end = 0;

    for (edit = diagnostic->fix; edit; edit = edit->next) {
        if (edit->from < end || edit->to < edit->from || edit->to > list->source.len) {
            diagnostic->fix = NULL;
            list->newest = NULL; // what comes yet would be half of it
            return;
        }
        end = edit->to;
    }
}

void diagnostic_fix_name(struct diagnostics *list, const struct form *form, struct text name)
{
    struct text written = text_slice(list->source, form->offset, form->end_offset);
    struct buf text CLEANUP(buf_done) = {0};

    if (!name.ptr || written.len == 0) return;
    switch (form->kind) {
    case FORM_KEYWORD:
        if (written.ptr[0] != ':') return; // written in another way
        buf_printf(&text, ":" TEXT_FMT, TEXT_ARG(name));
        break;
    case FORM_STRING:
        if (written.ptr[0] != '"') return;
        buf_printf(&text, "\"" TEXT_FMT "\"", TEXT_ARG(name));
        break;
    default: buf_text(&text, name); break;
    }
    diagnostic_fix(list, form->offset, form->end_offset, buf_get(&text));
}

void diagnostic_apply(struct text source, const struct diagnostic_edit *edits, struct buf *out)
{
    size_t from = 0;

    for (; edits; edits = edits->next) {
        buf_text(out, text_slice(source, from, edits->from));
        buf_text(out, edits->text);
        from = edits->to;
    }
    buf_text(out, text_slice(source, from, source.len));
}

uint32_t diagnostic_carried(uint32_t offset, const struct diagnostic_edit *edits)
{
    uint32_t shift = 0; // modulo 2^32, as the sums are

    for (; edits && offset >= edits->from; edits = edits->next) {
        if (offset < edits->to) return edits->from + shift;
        shift += (uint32_t)edits->text.len - (edits->to - edits->from);
    }
    return offset + shift;
}

uint32_t diagnostic_carried_back(uint32_t offset, const struct diagnostic_edit *edits)
{
    uint32_t shift = 0;

    for (; edits && offset >= edits->from + shift; edits = edits->next) {
        if (offset < edits->from + shift + edits->text.len) return edits->from;
        shift += (uint32_t)edits->text.len - (edits->to - edits->from);
    }
    return offset - shift;
}

static void write_fix(const struct diagnostic_edit *edit, struct json_writer *writer)
{
    json_write_key(writer, "fix");
    json_write_object(writer);
    json_write_key(writer, "edits");
    json_write_array(writer);
    for (; edit; edit = edit->next) {
        json_write_object(writer);
        json_put_int(writer, "byteOffset", edit->from);
        json_put_int(writer, "byteEnd", edit->to);
        json_put_text(writer, "text", edit->text);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
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
    if (item->fix) write_fix(item->fix, writer);
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
